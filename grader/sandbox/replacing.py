"""Worker side: put stand-ins in place of the student's functions, and watch for circles.

A stand-in asks the host. What stands under test is never replaced, also not under another name.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType, FrameType, FunctionType
from typing import Any

import numpy as np

from .calling import HostCalls
from .failures import Cycle, Missing
from .fitting import is_class, signature, translate
from .programs import Namespace
from .trampolines import plain, redirect, twin

_ABSENT = object()


class Replacer:
    """Replaces and watches functions of the submission; remembers what they were."""

    def __init__(self, names: Namespace, calls: HostCalls) -> None:
        self.names = names
        self.calls = calls
        self._originals: dict[int, tuple[FunctionType, FunctionType]] = {}
        self._alone: dict[int, CodeType] = {}
        self._cycle = False

    def original(self, function: Any) -> Any:
        """What `function` was when the student wrote it."""
        return self._originals.get(id(function), (None, function))[1]

    def took_cycle(self) -> bool:
        """Has a watched function been entered in a circle since the last question?"""
        found, self._cycle = self._cycle, False
        return found

    def replace(
        self, names: Sequence[str], keep: str, sources: Mapping[str, str]
    ) -> tuple[list[str], str | None]:
        """(names replaced, None), or ([], why nothing was): all of `names` or none."""
        kept = {id(function) for _, function in self._functions(keep)}
        for name in names:
            for path, function in self._functions(name):
                if id(function) in kept:
                    return [], f"{_last(keep)} and {_last(path)} are the same function"
        standins = {suite: self._execute(text) for suite, text in sources.items()}
        found = [(name, _found(standins, name.split("."))) for name in names]
        return [name for name, standin in found if self._put(name, standin)], None

    def watch(self, under_test: str, below: Sequence[str]) -> None:
        """Entering `under_test` while one of `below` is on the stack is a circle from now on."""
        tested = [function for _, function in self._functions(under_test)]
        own = {id(function) for function in tested}
        lower = [function for name in below for _, function in self._functions(name)]
        codes = [
            self._own_code(one)
            for function in lower
            if id(function) not in own
            for one in (function, self.original(function))
        ]
        entered = {id(code): code for code in codes}
        for function in tested:
            self._remember(function)
            redirect(function, self._guard(twin(function), entered))

    def _guard(self, function: FunctionType, lower: Mapping[int, CodeType]) -> Callable[..., Any]:
        def guard(*args: Any, **kwargs: Any) -> Any:
            frame: FrameType | None = sys._getframe(1)
            while frame is not None:
                if id(frame.f_code) in lower:
                    self._cycle = True
                    raise Cycle(f"{function.__name__} is called by what it calls")
                frame = frame.f_back
            return function(*args, **kwargs)

        return guard

    def _own_code(self, function: FunctionType) -> CodeType:
        """The code that is entered with this function alone: a decorator's inner functions have
        one code for all, and so have the functions that a function makes."""
        if self._alone.get(id(function)) is not function.__code__:
            function.__code__ = self._alone[id(function)] = function.__code__.replace()
        return function.__code__

    def _remember(self, function: FunctionType) -> None:
        self._originals.setdefault(id(function), (function, twin(function)))

    def _functions(self, name: str) -> Iterator[tuple[str, FunctionType]]:
        """The plain functions behind a name: itself, or all methods of a class."""
        value = self._value(name)
        parts = {name: value}
        if is_class(value):
            parts = {f"{name}.{key}": part for key, part in list(vars(value).items())}
        for path, part in parts.items():
            function = plain(part)
            if function is not None:
                yield path, function

    def _value(self, name: str) -> Any:
        owner, _, last = name.rpartition(".")
        try:
            return _lookup(self.names.resolve(owner), last)
        except Missing:
            return _ABSENT

    def _execute(self, source: str) -> dict[str, Any]:
        space: dict[str, Any] = {"host": self.calls, "np": np, "__name__": "standin"}
        exec(compile(source, "standin", "exec"), space)
        return space

    def _put(self, name: str, standin: Any) -> bool:
        owner_name, _, last = name.rpartition(".")
        try:
            owner = self.names.resolve(owner_name)
        except Missing:
            return False
        old = _lookup(owner, last)
        if is_class(standin) and is_class(old):
            methods = {key: part for key, part in vars(standin).items() if plain(part)}
            return all([self._put(f"{name}.{key}", part) for key, part in methods.items()])
        standin = self._generic(name) if standin is _ABSENT else standin
        function = plain(old)
        if function is None:
            _put_everywhere(owner, last, old, standin)
        elif is_class(owner) and last not in vars(owner):
            # Inherited: a swap would change what the base class does for others.
            setattr(owner, last, self._fitted(standin, function, old))
        else:
            self._remember(function)
            redirect(function, self._fitted(standin, self.original(function), old))
        return True

    def _fitted(
        self, standin: Callable[..., Any], function: FunctionType, old: Any
    ) -> Callable[..., Any]:
        """The stand-in behind the student's own signature; a method without self gets one."""
        ours, theirs = signature(standin, self.original), signature(function, self.original)
        if ours is None or theirs is None or ours.args:
            return _without_class(standin) if isinstance(old, classmethod) else standin
        if isinstance(old, staticmethod):
            theirs.positional.insert(0, "self")

        def fitted(*args: Any, **kwargs: Any) -> Any:
            if isinstance(old, staticmethod):
                args = (None, *args)
            elif isinstance(old, classmethod):
                args = (None, *args[1:])
            return standin(**translate(theirs, ours, args, kwargs))

        return fitted

    def _generic(self, name: str) -> Callable[..., Any]:
        calls = self.calls

        def generic(*args: Any, **kwargs: Any) -> Any:
            return calls(name, *args, **kwargs)

        return generic


def _lookup(owner: Any, name: str) -> Any:
    """The attribute as it is stored: a static method stays one."""
    if is_class(owner):
        for base in type.mro(owner)[:-1]:
            if name in vars(base):
                return vars(base)[name]
        return _ABSENT
    return getattr(owner, name, _ABSENT)


def _found(standins: Mapping[str, Mapping[str, Any]], path: Sequence[str]) -> Any:
    value = standins.get(path[0], {}).get(path[1], _ABSENT)
    for name in path[2:]:
        value = _ABSENT if value is _ABSENT else vars(value).get(name, _ABSENT)
    return value


def _without_class(standin: Callable[..., Any]) -> Callable[..., Any]:
    def without_class(cls: type, *args: Any, **kwargs: Any) -> Any:
        return standin(*args, **kwargs)

    return without_class


def _put_everywhere(owner: Any, name: str, old: Any, new: Any) -> None:
    """Set the attribute, and replace `old` in every dict and list that holds it."""
    setattr(owner, name, new)
    if old is _ABSENT or not callable(old):
        return
    for holder in gc.get_referrers(old):
        if isinstance(holder, dict):
            for key, value in list(holder.items()):
                if value is old:
                    holder[key] = new
        elif isinstance(holder, list):
            holder[:] = [new if value is old else value for value in holder]


def _last(name: str) -> str:
    return name.rpartition(".")[2]
