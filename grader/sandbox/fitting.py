"""Worker side: fit a call by documented names to the signature that the student wrote."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import Any, NamedTuple


class Signature(NamedTuple):
    """Parameters of a function: positional ones in order, keyword-only ones, * and **.

    The first `by_place` positional ones can be given by position, those after them by name alone.
    """

    positional: list[str]
    positional_only: int
    keyword_only: list[str]
    args: bool
    kwargs: bool
    by_place: int = sys.maxsize


def is_class(value: Any) -> bool:
    """isinstance(value, type), which Python 3.10 also says of dict[str, int]."""
    return issubclass(type(value), type)


def signature(target: Any, original: Callable[[Any], Any]) -> Signature | None:
    """The signature of `target` without self; None where it cannot be known.

    original(function) undoes a replacement, so that the student's own signature is seen.
    """
    if isinstance(target, MethodType):
        return _without_first(signature(target.__func__, original))
    if isinstance(target, functools.partial):
        return _without_bound(signature(target.func, original), target)
    if is_class(target):
        start = getattr(target, "__init__", None)
        return _without_first(signature(start, original)) if _is_plain(start) else None
    if not _is_plain(target):
        call = _attribute(type(target), "__call__")
        return _without_first(signature(call, original)) if _is_plain(call) else None
    wrapped = vars(target).get("__wrapped__")
    return _of_code(original(wrapped if _is_plain(wrapped) else target).__code__)


def _attribute(value: Any, name: str) -> Any:
    return getattr(value, name, None)


def _is_plain(value: Any) -> bool:
    return type(value) is FunctionType


def _of_code(code: Any) -> Signature:
    names = list(code.co_varnames)
    n, n_keyword = code.co_argcount, code.co_kwonlyargcount
    return Signature(
        positional=names[:n],
        positional_only=code.co_posonlyargcount,
        keyword_only=names[n : n + n_keyword],
        args=bool(code.co_flags & inspect.CO_VARARGS),
        kwargs=bool(code.co_flags & inspect.CO_VARKEYWORDS),
    )


def _without_first(found: Signature | None) -> Signature | None:
    if found is None or not found.positional:
        return found
    return found._replace(
        positional=found.positional[1:],
        positional_only=max(0, found.positional_only - 1),
        by_place=max(0, found.by_place - 1),
    )


def _without_bound(found: Signature | None, target: functools.partial[Any]) -> Signature | None:
    for _ in target.args:
        found = _without_first(found)
    if found is None:
        return None
    first, names = found.positional_only, found.positional
    named = [i for i in range(first, len(names)) if names[i] in target.keywords]
    if not named:
        return found
    # Given by position, the first of them would be given twice.
    return found._replace(by_place=min(found.by_place, *named), args=False)


def fit(
    found: Signature | None,
    documented: Sequence[str],
    args: Sequence[Any],
    kwargs: dict[str, Any],
) -> tuple[list[Any], dict[str, Any], list[str]]:
    """(args, kwargs, dropped names) for a call that was written for the documented signature.

    A parameter goes by name where the student has the name; else by position if the student's
    parameter there is not itself a documented name; what fits nowhere is dropped.
    """
    if found is None:
        return list(args), kwargs, []
    starred: list[Any] = []
    by_name: dict[str, Any] = {}
    by_position: dict[int, Any] = {}
    dropped = []
    for index, name, value in _placed(documented, args, kwargs):
        if name in found.positional:
            by_position[found.positional.index(name)] = value
        elif name in found.keyword_only:
            by_name[name] = value
        elif _is_renamed(found, documented, index):
            by_position[index] = value
        elif found.args and len(found.positional) <= index < len(args):
            starred.append(value)
        elif found.kwargs:
            by_name[name] = value
        else:
            dropped.append(name)
    positional = _positional(found, by_position, by_name)
    return [*positional, *starred, *args[len(documented) :]], by_name, dropped


def _placed(
    documented: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]
) -> list[tuple[int, str, Any]]:
    """(documented position or -1, documented name, value) of each argument."""
    places = [
        (index, name, value)
        for index, (name, value) in enumerate(zip(documented, args, strict=False))
    ]
    for name, value in kwargs.items():
        places.append((documented.index(name) if name in documented else -1, name, value))
    return places


def _positional(
    found: Signature, by_position: dict[int, Any], by_name: dict[str, Any]
) -> list[Any]:
    """Values from the first position on; what follows a gap goes by the student's own name.

    So does what can be given by name alone.
    """
    fitted: list[Any] = []
    for index, name in enumerate(found.positional):
        if index not in by_position:
            continue
        if index == len(fitted) and index < found.by_place:
            fitted.append(by_position[index])
        elif index >= found.positional_only:
            by_name[name] = by_position[index]
    return fitted


def _is_renamed(found: Signature, documented: Sequence[str], index: int) -> bool:
    """Is there a parameter at `index`, and is it none of the other documented ones?"""
    return 0 <= index < len(found.positional) and found.positional[index] not in documented


def translate(
    theirs: Signature, ours: Signature, args: Sequence[Any], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Arguments by the names of `ours` for a call that was written for the signature `theirs`.

    As in `fit`: by name where both have it, else by position; what fits nowhere is dropped.
    """
    named: dict[str, Any] = {}
    places = list(enumerate(args))
    for key, value in kwargs.items():
        if key in ours.positional:
            named[key] = value
        elif key in theirs.positional:
            places.append((theirs.positional.index(key), value))
    for index, value in places:
        their_name = theirs.positional[index] if index < len(theirs.positional) else None
        if their_name in ours.positional:
            named[their_name] = value
        elif index < len(ours.positional) and ours.positional[index] not in theirs.positional:
            named[ours.positional[index]] = value
    return named
