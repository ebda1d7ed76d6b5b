"""Settings: section `[grader]` of setup.cfg, ours with the course folder's laid over it.

    [grader]
    suites = solution, nn, hw_mlp      which files are graded
    total = 100                        points of everything together
    points =                           points per function, scaled to the total; 0 drops it
        solution.softmax = 5
    seed_file = ../seed.txt            the secret seed, relative to this file; empty: none
    minimum_level = none               none, reduced or full: the sandbox that hidden checks need
    visibility = visible               results of hidden checks on Gradescope: visible, hidden,
                                       after_due_date or after_published
    init_bound = glorot                glorot or fan_in: the rule of initialize_weights
    frameworks = flag                  torch and the like where a suite does not allow them:
                                       flag (a note), zero (no points for it) or allow
    limits =                           seconds are CPU seconds of the submission
        cpu_seconds = 10               one call
        import_seconds = 20            the import of its files
        total_seconds = 240            everything
        memory_mb = 1024               above what the worker needs itself

Whatever is wrong in it is one line that names the file, the section and the key.
"""

import configparser
import difflib
import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from grader.errors import UsageError

SECTION = "grader"
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


@dataclass(frozen=True)
class LimitSettings:
    """Limits of one submission: CPU seconds and mebibytes."""

    cpu_seconds: float = 10.0
    import_seconds: float = 20.0
    total_seconds: float = 240.0
    memory_mb: int = 1024


@dataclass(frozen=True)
class Settings:
    """Everything an instructor can choose, validated; `sources` says where each key was set."""

    suites: tuple[str, ...] = ("solution", "nn", "hw_mlp")
    total: Fraction = Fraction(100)
    points: Mapping[str, Fraction] = field(default_factory=dict)
    seed_file: Path | None = None
    minimum_level: str = "none"
    visibility: str = "visible"
    init_bound: str = "glorot"
    frameworks: str = "flag"
    limits: LimitSettings = LimitSettings()
    sources: Mapping[str, Path] = field(default_factory=dict, compare=False, repr=False)

    @property
    def settings_hash(self) -> str:
        """Eight hexadecimal digits over every setting that a grade depends on."""
        data = asdict(self)
        del data["sources"], data["seed_file"]
        text = json.dumps(data, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def points_for(self, defaults: Mapping[str, Fraction]) -> dict[str, Fraction]:
        """The points of every function in `defaults`, where nothing else is set for it.

        Raises UsageError where that leaves no function at all.
        """
        points = {name: self.points.get(name, value) for name, value in defaults.items()}
        if not any(points.values()):
            raise self._wrong("points", "every function is dropped; at least one must count")
        return points

    def check_functions(self, known: Collection[str]) -> None:
        """Raise UsageError for a name in `points` that is not a function of any suite."""
        for name in self.points:
            if name not in known:
                raise self._wrong("points", unknown("function", name, known))

    def check_suites(self, known: Collection[str]) -> None:
        """Raise UsageError for a name in `suites` that is not a suite."""
        for name in self.suites:
            if name not in known:
                raise self._wrong("suites", unknown("suite", name, known))

    def _wrong(self, key: str, what: str) -> UsageError:
        return UsageError(_where(self.sources.get(key, Path("setup.cfg")), key) + what)


def load_settings(course: Path | None, root: Path) -> Settings:
    """The settings of `root`/setup.cfg with those of the course folder laid over them.

    Mappings (points, limits) are laid over entry by entry. A file that does not exist, or has no
    section [grader], sets nothing. Raises UsageError for anything that is wrong in either.
    """
    values: dict[str, Any] = {}
    sources: dict[str, Path] = {}
    for folder in (root, course):
        if folder is None:
            continue
        path = folder / "setup.cfg"
        for key, text in _read_section(path).items():
            value = _parse(path, key, text)
            values[key] = values.get(key, {}) | value if isinstance(value, dict) else value
            sources[key] = path
    return _settings(values, sources)


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """One line on a name that is not known, with the nearest that are."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    guess = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"there is no {kind} {_shown(name)}{guess}"


def _settings(values: Mapping[str, Any], sources: Mapping[str, Path]) -> Settings:
    limits = LimitSettings(**values.get("limits", {}))
    if limits.total_seconds < max(limits.cpu_seconds, limits.import_seconds):
        what = "total_seconds must not be less than cpu_seconds or import_seconds"
        raise UsageError(_where(sources["limits"], "limits") + what)
    return Settings(**{**values, "limits": limits}, sources=dict(sources))


def _read_section(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    parser = configparser.RawConfigParser()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        byte, line = error.object[error.start], 1 + error.object.count(b"\n", 0, error.start)
        raise UsageError(f"{path}: not valid UTF-8: byte 0x{byte:02x} in line {line}") from error
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise UsageError(f"{path}, {_mistake(error, text)}") from error
    _refuse_misspelt(path, parser.sections())
    return dict(parser[SECTION]) if parser.has_section(SECTION) else {}


def _mistake(error: configparser.Error, text: str) -> str:
    """The line of a mistake of syntax and what it is."""
    if isinstance(error, configparser.DuplicateSectionError):
        return f"line {error.lineno}: there are two sections [{error.section}]"
    if isinstance(error, configparser.DuplicateOptionError):
        return f"line {error.lineno}: section [{error.section}] has the key {error.option} twice"
    if not isinstance(error, configparser.ParsingError):
        return " ".join(str(error).split())
    if isinstance(error, configparser.MissingSectionHeaderError):
        number, what = error.lineno, f"stands below no section, such as [{SECTION}]"
    else:
        number, what = error.errors[0][0], "should read: key = value"
    return f"line {number}: {_shown(text.splitlines()[number - 1].strip())} {what}"


def _refuse_misspelt(path: Path, sections: Iterable[str]) -> None:
    """Sections of other tools are no concern of ours, but one that is nearly ours is a slip."""
    for name in sections:
        if name != SECTION and difflib.get_close_matches(SECTION, [name.strip().lower()], 1, 0.8):
            what = f"there is no section [{name}]; did you mean [{SECTION}]?"
            raise UsageError(f"{path}: {what} Names of sections are in lower case")


def _parse(path: Path, key: str, text: str) -> Any:
    if key not in PARSERS:
        raise UsageError(f"{path}, section [{SECTION}]: {unknown('key', key, PARSERS)}")
    try:
        return PARSERS[key](text, path.parent)
    except ValueError as error:
        raise UsageError(_where(path, key) + str(error)) from error


def _where(path: Path, key: str) -> str:
    return f"{path}, section [{SECTION}], key {key}: "


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 60 else text[:60] + "...")


def _suites(text: str, _: Path) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(re.split(r"[\s,]+", text.strip())))
    for name in names:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise ValueError(f"{_shown(name)} is not the name of a suite")
    return names


def _number(text: str) -> Fraction:
    if len(text) > 20 or not re.fullmatch(r"\d+(\.\d+)?|\d+/0*[1-9]\d*", text):
        raise ValueError(f"{_shown(text)} is not a number of at least 0, such as 5, 2.5 or 1/3")
    return Fraction(text)


def _total(text: str, _: Path) -> Fraction:
    total = _number(text)
    if not 0 < total <= 1_000_000 or (100 * total).denominator != 1:
        raise ValueError(f"{_shown(text)} is not a positive number with at most two decimals")
    return total


def _entries(text: str) -> dict[str, str]:
    result: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, sign, value = (part.strip() for part in line.partition("="))
        if not (name and sign and value):
            raise ValueError(f"line {_shown(line)} should read: name = value")
        if name in result:
            raise ValueError(f"{_shown(name)} is set twice")
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
            raise ValueError(f"{name}: {_shown(value)} is not a {kind} from {low} to {high}")
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


def _one_of(choices: tuple[str, ...]) -> Callable[[str, Path], str]:
    def parse(text: str, _: Path) -> str:
        if text not in choices:
            raise ValueError(f"{_shown(text)} is not one of {', '.join(choices)}")
        return text

    return parse


PARSERS: Mapping[str, Callable[[str, Path], Any]] = {
    "suites": _suites,
    "total": _total,
    "points": _points,
    "seed_file": _seed_file,
    "minimum_level": _one_of(LEVELS),
    "visibility": _one_of(VISIBILITIES),
    "init_bound": _one_of(INIT_BOUNDS),
    "frameworks": _one_of(FRAMEWORKS),
    "limits": _limits,
}
