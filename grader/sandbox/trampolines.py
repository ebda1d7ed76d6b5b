"""Worker side: change what a function does while it stays the same object.

Whoever holds the function (an attribute, a dict, an alias, a partial, a default, a closure, a bound
method, another module) holds its code object through it, so that one swap reaches them all.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

_MARK = "what is to be called instead"


def plain(value: Any) -> FunctionType | None:
    """The function in `value`, also inside a static or class method; None for anything else.

    A partial or a bound method is something else: the function in it may have other uses.
    """
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    return value if type(value) is FunctionType else None


def redirect(function: FunctionType, instead: Callable[..., Any]) -> None:
    """Make every call of `function` a call of `instead` with the same arguments."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a generator may become a plain function
        function.__code__ = trampoline(function.__code__, instead)


def twin(function: FunctionType) -> FunctionType:
    """A function that goes on doing what `function` does now."""
    copy = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def trampoline(code: CodeType, instead: Callable[..., Any]) -> CodeType:
    """Code with as many free variables as `code` that calls `instead`."""
    cells = [f"cell_{i}" for i in range(len(code.co_freevars))]
    source = f"""
def outer():
    {" = ".join([*cells, "none"])} = None
    def inner(*args, **kwargs):
        if 0:
            {", ".join(cells) or "pass"}
        instead = {_MARK!r}
        return instead(*args, **kwargs)
"""
    space: dict[str, Any] = {}
    exec(compile(source, code.co_filename, "exec"), space)
    (inner,) = (c for c in space["outer"].__code__.co_consts if isinstance(c, CodeType))
    consts = tuple(instead if value == _MARK else value for value in inner.co_consts)
    return inner.replace(co_consts=consts, co_name=code.co_name, co_firstlineno=code.co_firstlineno)
