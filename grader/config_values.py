"""What the values of settings may be: one parser for each key, ValueError for what is wrong.

A parser gets the text and the folder of the file that it stands in.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

Parser = Callable[[str, Path], Any]

LEVELS = ("none", "reduced", "full")
VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
INIT_BOUNDS = ("glorot", "fan_in")
FRAMEWORKS = ("flag", "zero", "allow")

SHORTEST_SEED = 16

LIMIT_RANGES = {
    "cpu_seconds": (0.1, 3600),
    "import_seconds": (0.1, 3600),
    "total_seconds": (1, 86_400),
    "memory_mb": (64, 1_000_000),
}


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """One line on a name that is not known, with the nearest that are."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    guess = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"there is no {kind} {shown(name)}{guess}"


def shown(text: str) -> str:
    """A text of the user's as it is quoted in an error."""
    return ascii(text if len(text) <= 60 else text[:60] + "...")


def _suites(text: str, _: Path) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(re.split(r"[\s,]+", text.strip())))
    for name in names:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise ValueError(f"{shown(name)} is not the name of a suite")
    return names


def _number(text: str) -> Fraction:
    if len(text) > 20 or not re.fullmatch(r"\d+(\.\d+)?|\d+/0*[1-9]\d*", text):
        raise ValueError(f"{shown(text)} is not a number of at least 0, such as 5, 2.5 or 1/3")
    return Fraction(text)


def _total(text: str, _: Path) -> Fraction:
    total = _number(text)
    if not 0 < total <= 1_000_000 or (100 * total).denominator != 1:
        raise ValueError(f"{shown(text)} is not a positive number with at most two decimals")
    return total


def _entries(text: str) -> dict[str, str]:
    result: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, sign, value = (part.strip() for part in line.partition("="))
        if not (name and sign and value):
            raise ValueError(f"line {shown(line)} should read: name = value")
        if name in result:
            raise ValueError(f"{shown(name)} is set twice")
        result[name] = value
    return result


def _points(text: str, _: Path) -> dict[str, Fraction]:
    result = {}
    for name, value in _entries(text).items():
        try:
            result[name] = _number(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return result


def _limits(text: str, _: Path) -> dict[str, float]:
    result: dict[str, float] = {}
    for name, value in _entries(text).items():
        if name not in LIMIT_RANGES:
            raise ValueError(unknown("limit", name, LIMIT_RANGES))
        low, high = LIMIT_RANGES[name]
        whole = name == "memory_mb"
        pattern = r"\d{1,9}" if whole else r"\d{1,9}(\.\d{1,9})?"
        number = float(value) if re.fullmatch(pattern, value) else -1.0
        if not low <= number <= high:
            kind = "whole number" if whole else "number"
            raise ValueError(f"{name}: {shown(value)} is not a {kind} from {low} to {high}")
        result[name] = int(number) if whole else number
    return result


def _seed_file(text: str, folder: Path) -> Path | None:
    if not text.strip():
        return None
    path = folder / text.strip()
    try:
        if not path.is_file():
            raise ValueError(f"there is no file {path}")
        seed = path.read_bytes().strip()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error
    if len(seed) < SHORTEST_SEED:
        raise ValueError(f"{path} holds fewer than {SHORTEST_SEED} bytes")
    return path


def one_of(choices: tuple[str, ...]) -> Parser:
    """The parser of a key that has only these values."""

    def parse(text: str, _: Path) -> str:
        if text not in choices:
            raise ValueError(f"{shown(text)} is not one of {', '.join(choices)}")
        return text

    return parse


PARSERS: Mapping[str, Parser] = {
    "suites": _suites,
    "total": _total,
    "points": _points,
    "seed_file": _seed_file,
    "minimum_level": one_of(LEVELS),
    "visibility": one_of(VISIBILITIES),
    "init_bound": one_of(INIT_BOUNDS),
    "frameworks": one_of(FRAMEWORKS),
    "limits": _limits,
}
