"""Fields of a stored report, each of the type that it was written with; else a ValueError."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, TypeVar

from grader.scoring import Status

_T = TypeVar("_T")

# As str() writes them; 1e999999999 would be computed before it could be refused.
FRACTION = re.compile(r"[0-9]{1,40}(/[0-9]{1,40})?")


def record(kind: type[_T], data: Any, *, names: bool = False) -> _T:
    """An instance of a dataclass from the JSON fields that it knows; `names`: all can be printed.

    Such texts are the grader's own and are written as they are.
    """
    values = {name: read(data[name]) for name, read in _readers(kind) if name in data}  # type: ignore[arg-type]
    for value in values.values() if names else ():
        parts = [*value, *value.values()] if isinstance(value, dict) else [value]
        if not all(part.isprintable() for part in parts if isinstance(part, str)):
            raise ValueError("a name that cannot be printed")
    return kind(**values)


@cache
def _readers(kind: type[Any]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    return tuple((one.name, READERS[one.type]) for one in fields(kind))


def fraction(value: Any) -> Fraction:
    """A fraction of at least 0."""
    return _fraction(text(value))


@lru_cache(maxsize=1000)
def _fraction(value: str) -> Fraction:
    if not FRACTION.fullmatch(value):
        raise ValueError(f"{value[:100]!r} is not a fraction")
    return Fraction(value)


def text(value: Any) -> str:
    """A text."""
    return _of(str, value)


def texts(value: Any) -> tuple[str, ...]:
    """Several texts; a tuple where they never were in a file."""
    return tuple(text(one) for one in (value if type(value) is tuple else _of(list, value)))


def without(value: str, last: str) -> str:
    """A text of several lines without its last one, if it ends so."""
    return value.removesuffix(last).removesuffix("\n") if last else value


def version(value: Any) -> int:
    """The number of a format."""
    if not 0 < _of(int, value) < 1_000_000:
        raise ValueError("a version is a small number")
    return int(value)


def number(value: Any) -> float:
    """A number of at least 0, such as seconds or points."""
    if type(value) not in (int, float) or not 0 <= value < math.inf:
        raise ValueError("not a number of at least 0")
    return float(value)


def _named_texts(value: Any) -> Mapping[str, str]:
    return {text(name): text(one) for name, one in _of(dict, value).items()}


def _flag(value: Any) -> bool:
    return _of(bool, value)


def _of(kind: type[_T], value: Any) -> _T:
    """The value, which is of exactly this type."""
    if type(value) is not kind:
        raise ValueError(f"{type(value).__name__} where {kind.__name__} is expected")
    return value


READERS: Mapping[Any, Callable[[Any], Any]] = {
    str: text,
    bool: _flag,
    int: version,
    float: number,
    Fraction: fraction,
    Status: Status,
    tuple[str, ...]: texts,
    Mapping[str, str]: _named_texts,
}
