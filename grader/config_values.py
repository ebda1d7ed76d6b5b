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

# "nn/hidden/relu_values : reason"; an id has no blanks, and ends at the first sign.
VOID_LINE = re.compile(r"(?P<id>[^\s:=]+)\s*[:=]\s*(?P<reason>\S.*)")
LONGEST_REASON = 500
REASON_RULE = f"a reason has at most {LONGEST_REASON} characters, all of them printable"
# A name, extras and versions as pip reads them: no options, paths or addresses.
_VERSION = r"(?:==|~=|!=|<=|>=|<|>)[A-Za-z0-9][A-Za-z0-9.*+!_-]*"
PACKAGE = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
    r"(?:\[[A-Za-z0-9._-]+(?:,[A-Za-z0-9._-]+)*\])?"
    rf"(?:{_VERSION}(?:,{_VERSION})*)?"
)
# What grading imports. Not matplotlib: to a submission it is a stub (sandbox/stubs.py).
GRADING = ("numpy", "h5py", "pytest", "hypothesis", "rich", "jinja2")

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


def _packages(text: str, _: Path) -> tuple[str, ...]:
    joined = re.sub(r"\s+(?=[,<>=!~])|(?<=[,<>=!~])\s+", "", text.strip())
    names: dict[str, str] = {}
    for one in filter(None, re.split(r"\s+|,(?![<>=!~])(?![^\[\]]*\])", joined)):
        match = PACKAGE.fullmatch(one)
        if match is None:
            example = "a package such as scipy or pandas>=2,<3"
            raise ValueError(f"{shown(one)} is not the name of {example}")
        name = re.sub(r"[-_.]+", "-", match[1]).lower()
        if name in GRADING:
            raise ValueError(f"{match[1]} is there already, in the version that grading needs")
        if name in names:
            raise ValueError(f"{match[1]} is named twice")
        names[name] = one
    return tuple(names.values())


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


def _void(text: str, _: Path) -> dict[str, str]:
    result: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        found = VOID_LINE.fullmatch(line)
        if not found:
            raise ValueError(f"line {shown(line)} should read: check id : reason")
        if found["id"] in result:
            raise ValueError(f"{shown(found['id'])} is void twice")
        if len(found["reason"]) > LONGEST_REASON or not found["reason"].isprintable():
            raise ValueError(f"{shown(found['id'])}: {REASON_RULE}")
        result[found["id"]] = found["reason"]
    return result


def _seed_file(text: str, folder: Path) -> Path | None:
    path = _file(text, folder)
    if path is not None:
        seed_in(path)
    return path


def seed_in(path: Path) -> bytes:
    """The seed in a file, without surrounding white space; ValueError where it is too short."""
    try:
        seed = path.read_bytes().strip()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error
    if len(seed) < SHORTEST_SEED:
        raise ValueError(f"{path} holds fewer than {SHORTEST_SEED} bytes")
    return seed


def _file(text: str, folder: Path) -> Path | None:
    """A file that is there, relative to the folder; none where nothing is named."""
    if not text.strip():
        return None
    path = folder / text.strip()
    try:
        if not path.is_file():
            raise ValueError(f"there is no file {path}")
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error
    return path


def _hdf5(text: str, folder: Path) -> Path | None:
    """An HDF5 file of examples, images and labels: a build takes it along."""
    path = _file(text, folder)
    if path is None:
        return None
    from data.errors import DataError  # neither it nor numpy is needed for most settings
    from data.loading import load_file

    try:
        load_file(path)
    except DataError as error:
        raise ValueError(str(error)) from error
    if path.suffix not in (".hdf5", ".h5"):
        raise ValueError(f"{path} is no HDF5 file: images and labels must be in one")
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
    "packages": _packages,
    "total": _total,
    "points": _points,
    "void": _void,
    "overrides": _file,
    "claims_data": _hdf5,
    "seed_file": _seed_file,
    "minimum_level": one_of(LEVELS),
    "visibility": one_of(VISIBILITIES),
    "init_bound": one_of(INIT_BOUNDS),
    "frameworks": one_of(FRAMEWORKS),
    "limits": _limits,
}
