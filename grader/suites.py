"""Suites by convention: one name in each folder, a course folder laid over ours.

Suite `nn` is nn.py, tests/test_nn.py, grader/checks/test_nn.py, grader/reference/nn.py,
grader/misconceptions/nn.py and grader/standins/nn.py. Its hidden checks hold a `SUITE = Suite(...)`
that says what stands on what. Checks that are many may go on in files beside the first:
test_nn_layers.py is another part of the suite nn.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import ModuleType

from grader.errors import UsageError
from grader.misconceptions.bank import Misconception

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Suite:
    """What a suite's functions are and how they stand on one another.

    levels: names from the bottom up; a function may use those strictly below its level.
    owner: the class whose methods the functions are ("NN" in solution), or none.
    needs: suites that lie wholly below this one. optional: names that may be absent.
    points: relative points of a function where not 1. lenient: functions called with as many of
    their documented arguments as they take. aliases: other names a function may have. allowed:
    frameworks (see grader.frameworks) that its file is written with, such as torch. files: patterns
    of what is handed in beside its file and graded with it, such as runs/*.json. unset: settings
    that its checks need, each with what the instructor is told where it is not set.
    """

    name: str
    levels: tuple[tuple[str, ...], ...]
    owner: str = ""
    needs: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    points: Mapping[str, int] = field(default_factory=dict)
    lenient: frozenset[str] = frozenset()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    unset: Mapping[str, str] = field(default_factory=dict)

    def functions(self) -> list[str]:
        """All functions as reports name them, bottom up: "solution.relu", ..."""
        return [f"{self.name}.{name}" for level in self.levels for name in level]

    def default_points(self) -> dict[str, Fraction]:
        """Points of each function before any setting."""
        return {f: Fraction(self.points.get(_last(f), 1)) for f in self.functions()}

    def path(self, function: str) -> str:
        """Where the function is in the submission: "solution.NN.relu" for "solution.relu"."""
        return f"{self.name}.{self.owner}.{_last(function)}" if self.owner else function

    def level(self, function: str) -> int:
        """Height of a function; raises UsageError where the suite does not know it."""
        for height, names in enumerate(self.levels):
            if _last(function) in names:
                return height
        raise UsageError(f"suite {self.name} has no function {function}; see SUITE in its checks")

    def below(self, function: str) -> list[str]:
        """The functions of this suite strictly below `function`."""
        height = self.level(function)
        return [f"{self.name}.{name}" for names in self.levels[:height] for name in names]


@dataclass(frozen=True)
class Layout:
    """Where the folders are: the course's first, then ours."""

    course: Path | None = None

    def find(self, relative: str) -> Path | None:
        """The first of the roots that has this file."""
        roots = [self.course, ROOT] if self.course else [ROOT]
        return next((root / relative for root in roots if (root / relative).is_file()), None)

    def has(self, suite: str) -> bool:
        """Whether there is such a suite, here or in the course folder: each has one reference."""
        return suite.isidentifier() and self.find(f"grader/reference/{suite}.py") is not None

    def checks(self, suite: str) -> list[Path]:
        """The public and the hidden checks of a suite; raises UsageError where there are none."""
        found = []
        for name in (f"tests/test_{suite}.py", f"grader/checks/test_{suite}.py"):
            path = self.find(name)
            if path is None:
                raise UsageError(f"suite {suite} has no {name}, here or in the course folder")
            found += [path, *self._parts(path)]
        return found

    def _parts(self, path: Path) -> list[Path]:
        """test_nn_layers.py beside test_nn.py, unless nn_layers is a suite of its own."""
        beside = sorted(path.parent.glob(f"{path.stem}_*.py"))
        names = {one: one.stem.removeprefix("test_") for one in beside}
        return [one for one in beside if not self.find(f"grader/reference/{names[one]}.py")]

    def standin(self, suite: str) -> str:
        """Source of the suite's stand-ins, empty where plain functions suffice."""
        path = self.find(f"grader/standins/{suite}.py")
        return path.read_text("utf-8") if path else ""

    def reference(self, suite: str) -> ModuleType:
        """The suite's reference module; raises UsageError where there is none."""
        name = f"grader.reference.{suite}"
        path = self.find(f"grader/reference/{suite}.py")
        if path is None:
            raise UsageError(f"suite {suite} has no grader/reference/{suite}.py")
        return _module(name, path)

    def reference_source(self, suite: str) -> str:
        """Source of the suite's reference; raises UsageError where there is none."""
        self.reference(suite)
        path = self.find(f"grader/reference/{suite}.py")
        return path.read_text("utf-8") if path else ""

    def misconceptions(self, suite: str) -> tuple[Misconception, ...]:
        """The suite's BANK of known mistakes; empty where there is none."""
        path = self.find(f"grader/misconceptions/{suite}.py")
        return tuple(_module(f"grader.misconceptions.{suite}", path).BANK) if path else ()

    def suite(self, name: str) -> Suite:
        """The SUITE that a suite's hidden checks begin with; raises UsageError without one."""
        path = next(path for path in self.checks(name) if path.parent.name == "checks")
        suite = vars(_module(f"grader.checks.test_{name}", path)).get("SUITE")
        if not isinstance(suite, Suite) or suite.name != name:
            raise UsageError(f"{path} has no SUITE = Suite(name={name!r}, ...)")
        return suite

    def suites(self, names: Sequence[str]) -> dict[str, Suite]:
        """These suites and all that they need, those needed first."""
        found: dict[str, Suite] = {}
        for name in names:
            if name not in found:
                suite = self.suite(name)
                found |= self.suites(suite.needs)
                found[name] = suite
        return found

    def fingerprint(self, suites: Iterable[str]) -> str:
        """Eight hex digits of everything that decides an outcome: checks, helpers, references."""
        digest = hashlib.sha256()
        names = sorted(suites)
        files = [path for suite in names for path in self.checks(suite)]
        ours = ("reference", "misconceptions")
        files += [p for s in names for one in ours if (p := self.find(f"grader/{one}/{s}.py"))]
        files += sorted((ROOT / "tests/helpers").glob("*.py"))
        for path in files:
            digest.update(path.read_bytes())
        return digest.hexdigest()[:8]


def handed_in(suites: Mapping[str, Suite]) -> dict[str, tuple[str, ...]]:
    """Patterns of the files that are handed in beside each suite's own."""
    return {name: suite.files for name, suite in suites.items() if suite.files}


def _last(function: str) -> str:
    return function.rsplit(".", 1)[-1]


def _module(name: str, path: Path) -> ModuleType:
    """The module of this name from this very file, loaded at most once."""
    known = sys.modules.get(name)
    return known if known is not None and known.__file__ == str(path) else _load(name, path)


def _load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
