"""Settings: section `[grader]` of setup.cfg, ours with the course folder's laid over it.

    [grader]
    suites = solution, nn, hw_mlp      which files are graded
    total = 100                        points of everything together
    points =                           points per function, scaled to the total; 0 drops it
        solution.softmax = 5
    void =                             checks that everyone earns, each with the reason; not run
        nn/hidden/relu_values : the expected values were wrong
    overrides = overrides.csv          points set by hand, relative to this file; empty: none
    seed_file = ../seed.txt            the secret seed, relative to this file; empty: none
    minimum_level = none               none, reduced or full: the sandbox that hidden checks need
    visibility = visible               results of hidden checks on Gradescope: visible, hidden,
                                       after_due_date or after_published
    init_bound = glorot                glorot or fan_in: the rule of initialize_weights
    frameworks = flag                  torch and the like where a suite does not allow them:
                                       flag (a note), zero (no points for it) or allow
    claims_data =                      the test set that report_claims measures on, a file relative
                                       to this one; empty: the embedded digits
    packages =                         what else submissions may import, installed in the
                                       autograder's image: scipy, pandas>=2
    limits =                           seconds are CPU seconds of the submission
        cpu_seconds = 10               one call
        import_seconds = 20            the import of its files
        total_seconds = 240            everything
        memory_mb = 1024               above what the worker needs itself

What Gradescope shows, and policies (grader/config_gradescope.py, docs/gradescope.md):

    feedback = practice                practice, teaser or exam: what is told of hidden checks
    hints = always                     always, never, or after_attempts:N
    rows = function                    one row per function, or per check
    deadline_minutes = 9               wall time of a grading, below the platform's own limit
    late_penalty =                     10% per day, 1% per hour; empty: none
    late_grace =                       a delay that costs nothing, such as 15m
    late_cap = 100%                    the most that is taken off
    extensions =                       extensions.csv, relative to this file; empty: none
    group_extension = latest           latest, earliest or submitter: whose extension a group has
    submission_limit =                 3 per 24h, 10 in all; empty: none
    leaderboard = off                  off, solution or hw_mlp: whose training is measured

Whatever is wrong in it is one line that names the file, the section and the key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from grader import config_gradescope
from grader.config_file import SECTION, read_section, where
from grader.config_gradescope import GradescopeSettings
from grader.config_values import PARSERS, unknown
from grader.errors import UsageError

# A part of its own: its keys, and the field of Settings that holds what they set.
OWN_PARTS = {"gradescope": (config_gradescope.PARSERS, GradescopeSettings)}
ALL_PARSERS = {**PARSERS, **{k: p for parsers, _ in OWN_PARTS.values() for k, p in parsers.items()}}


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
    void: Mapping[str, str] = field(default_factory=dict)
    overrides: Path | None = None
    seed_file: Path | None = None
    minimum_level: str = "none"
    visibility: str = "visible"
    init_bound: str = "glorot"
    frameworks: str = "flag"
    claims_data: Path | None = None
    packages: tuple[str, ...] = ()
    limits: LimitSettings = LimitSettings()
    gradescope: GradescopeSettings = field(default_factory=GradescopeSettings)
    sources: Mapping[str, Path] = field(default_factory=dict, compare=False, repr=False)

    @property
    def settings_hash(self) -> str:
        """Eight hexadecimal digits over every setting that an outcome depends on.

        Of what is in other files each has its own place in a report: the seed its fingerprint, the
        overrides the checks that they are for. The test set counts by its content.
        """
        data = asdict(self)
        for key in ("sources", "seed_file", "overrides", "gradescope"):
            del data[key]
        path = data.pop("claims_data")
        if path is not None:
            data["claims_data"] = hashlib.sha256(path.read_bytes()).hexdigest()
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

    def check_void(self, problem: Callable[[str], str]) -> None:
        """Raise UsageError for an id in `void` that `problem` has something to say of."""
        for name in self.void:
            if what := problem(name):
                raise self._wrong("void", what)

    def check_suites(self, known: Collection[str]) -> None:
        """Raise UsageError for a name in `suites` that is not a suite."""
        for name in self.suites:
            if name not in known:
                raise self._wrong("suites", unknown("suite", name, known))

    def _wrong(self, key: str, what: str) -> UsageError:
        return UsageError(where(self.sources.get(key, Path("setup.cfg")), key) + what)


def value_of(folder: Path, key: str, text: str) -> Any:
    """What a key of `folder`/setup.cfg is set to; raises UsageError where it may not be that."""
    return _parse(folder / "setup.cfg", key, text)


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
        for key, text in read_section(path).items():
            value = _parse(path, key, text)
            values[key] = values.get(key, {}) | value if isinstance(value, dict) else value
            sources[key] = path
    return _settings(values, sources)


def _settings(values: Mapping[str, Any], sources: Mapping[str, Path]) -> Settings:
    limits = LimitSettings(**values.get("limits", {}))
    if limits.total_seconds < max(limits.cpu_seconds, limits.import_seconds):
        what = "total_seconds must not be less than cpu_seconds or import_seconds"
        raise UsageError(where(sources["limits"], "limits") + what)
    own = {
        name: kind(**{key: values[key] for key in parsers if key in values})
        for name, (parsers, kind) in OWN_PARTS.items()
    }
    plain = {key: value for key, value in values.items() if key in PARSERS}
    return Settings(**{**plain, **own, "limits": limits}, sources=dict(sources))


def _parse(path: Path, key: str, text: str) -> Any:
    if key not in ALL_PARSERS:
        raise UsageError(f"{path}, section [{SECTION}]: {unknown('key', key, ALL_PARSERS)}")
    try:
        return ALL_PARSERS[key](text, path.parent)
    except ValueError as error:
        raise UsageError(where(path, key) + str(error)) from error
