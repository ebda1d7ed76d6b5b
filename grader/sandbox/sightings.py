"""Host side: what a worker says of imports, in its files and while they run. Hostile until read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .text import clean
from .wire import ProtocolError

MAX_SIGHTINGS = 50
MAX_ENTRIES = 5_000
_T = TypeVar("_T")


@dataclass(frozen=True)
class Sighting:
    """A watched library was asked for at run time: its dotted name, and the place that did it.

    foreign: code of it was run from outside the submission, so it is no file of the submission's.
    """

    name: str
    file: str
    line: int
    foreign: bool


@dataclass(frozen=True)
class Import:
    """An import in a file, from `line` to `end`; guarded: only when that is run as a program."""

    name: str
    line: int
    end: int
    guarded: bool


@dataclass(frozen=True)
class SourceFile:
    """What a file imports, which known names it defines, and classes like an autograd engine."""

    file: str
    imports: tuple[Import, ...]
    defines: tuple[str, ...]
    engines: tuple[tuple[str, int], ...]


def sightings(value: Any) -> tuple[Sighting, ...]:
    """The sightings in a reply; ProtocolError for anything malformed."""
    rows = _rows(value, (str, str, int, bool), Sighting)
    if len(rows) > MAX_SIGHTINGS:
        raise ProtocolError("more sightings than there can be")
    return rows


def surveyed(value: Any) -> tuple[SourceFile, ...]:
    """The account of all files; ProtocolError for anything malformed."""
    if type(value) is not list or not all(type(one) is dict for one in value):
        raise ProtocolError("a malformed account of files")
    return tuple(
        SourceFile(
            _text(one.get("file")),
            _rows(one.get("imports"), (str, int, int, bool), Import),
            _rows([[name] for name in _list(one.get("defines"))], (str,), str),
            _rows(one.get("engines"), (str, int), lambda *row: row),
        )
        for one in value[:MAX_ENTRIES]
    )


def _rows(value: Any, kinds: tuple[type, ...], make: Callable[..., _T]) -> tuple[_T, ...]:
    rows = _list(value)
    if any(type(row) is not list or [type(part) for part in row] != [*kinds] for row in rows):
        raise ProtocolError("a malformed account of imports")
    return tuple(make(*(clean(p, 200) if type(p) is str else p for p in row)) for row in rows)


def _list(value: Any) -> list[Any]:
    if type(value) is not list or len(value) > MAX_ENTRIES:
        raise ProtocolError("a malformed account of imports")
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ProtocolError("a malformed account of files")
    return clean(value, 200)
