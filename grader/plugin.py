"""pytest's part in grading: it finds the checks, and sets up fixtures that are not ours."""

from __future__ import annotations

import inspect
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from grader.errors import GraderError, UsageError
from grader.results import CheckSpec
from grader.suites import ROOT, Layout, Suite

# A check needs collection, fixtures and the plugin below; every other hook costs time per check.
PYTEST_OPTIONS = (
    "--assert=plain",
    "--import-mode=importlib",
    "--noconftest",
    "--strict-markers",
    "-p no:cacheprovider",
    "-p no:terminal",
    "-p no:logging",
    "-p no:doctest",
    "-p no:unittest",
    "-p no:faulthandler",
    "-p no:junitxml",
    "-p no:pastebin",
    "-p no:stepwise",
    "-p no:threadexception",
    "-p no:unraisableexception",
    "-p no:warnings",
    "-p no:debugging",
    "-p no:skipping",
    "-p no:legacypath",
    "-p no:tmpdir",
    "-p no:monkeypatch",
    "-p no:recwarn",
    "-p no:freeze_support",
    "-p no:setuponly",
    "-p no:setupplan",
    "-p no:subtests",
    "--capture=no",
)
OURS = ("student", "reference", "settings")
Function = Callable[..., object]
ENDINGS = (
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.NO_TESTS_COLLECTED,
)


@dataclass(frozen=True)
class Check:
    """A check that was found.

    function: called with `parameters` and those of OURS that it wants. foreign: it needs fixtures
    of its own, so that pytest must set it up.
    """

    spec: CheckSpec
    function: Function = field(repr=False)
    parameters: Mapping[str, Any]
    wants: tuple[str, ...]
    foreign: bool
    path: Path
    node: str


def collect(layout: Layout, names: Sequence[str]) -> tuple[Check, ...]:
    """The checks of these suites in running order: suites, levels, gates first, visible first.

    Raises GraderError where a file cannot be collected, UsageError where a check lacks its mark.
    """
    suites = layout.suites(names)
    collector = _Collector(suites)
    paths = [path for name in suites for path in layout.checks(name)]
    for path in paths:
        _refuse_twins(path)
    _pytest(paths, collector)
    return tuple(sorted(collector.found, key=lambda check: _rank(check.spec, suites)))


def with_fixtures(
    check: Check, given: Mapping[str, Any], call: Callable[[Function, Mapping[str, Any]], None]
) -> str:
    """Set up the fixtures of a foreign check, then `call` it with all of its arguments.

    given: what there is of OURS. Returns what pytest says of a fixture that failed, else "".
    """
    setting_up = _SettingUp(check, given, call)
    _pytest([check.path], setting_up)
    return setting_up.failure


class _Plugin:
    """What a run of pytest has in common: error is what a hook has raised."""

    error: BaseException | None = None
    _at: Path | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """The checks' one marker."""
        config.addinivalue_line("markers", "marks(function, weight, gate): whose points")

    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        """Remember the file: the report of one in a course folder names none."""
        self._at = collector.path

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A check file that cannot be collected is a fault of the grader's."""
        if report.failed:
            raise GraderError(f"{self._at} cannot be collected: {_last_line(report)}")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Keep what was raised in a hook; `_pytest` raises it again."""
        self.error = excinfo.value
        return True


class _Collector(_Plugin):
    """Keeps the checks and runs none."""

    def __init__(self, suites: Mapping[str, Suite]) -> None:
        self._suites = suites
        self.found: list[Check] = []

    @pytest.fixture
    def student(self) -> None:
        """Stands for the submission, so that pytest knows the name; likewise the others."""

    @pytest.fixture
    def reference(self) -> None:
        """Stands for the suite's reference."""

    @pytest.fixture
    def settings(self) -> None:
        """Stands for the instructor's settings."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Give every item its spec."""
        self.found = [self._check(item) for item in items]

    def pytest_runtestloop(self) -> bool:
        """Nothing runs."""
        return True

    def _check(self, item: pytest.Item) -> Check:
        spec = _spec(item, self._suites)
        assert isinstance(item, pytest.Function)
        info, marks = item._fixtureinfo, list(item.iter_markers("parametrize"))
        parameters = dict(item.callspec.params) if marks else {}
        others = {*item.fixturenames} - {"request", *OURS} - parameters.keys()
        foreign = (
            bool(others)
            or "request" in info.argnames
            or item.cls is not None  # an instance is not for two gradings
            or any(len(one) > 1 for one in info.name2fixturedefs.values())
            or any(len(mark.args) > 2 or "indirect" in mark.kwargs for mark in marks)
        )
        wants = tuple(name for name in info.argnames if name in OURS and name not in parameters)
        return Check(spec, item.obj, parameters, wants, foreign, item.path, item.nodeid)


class _SettingUp(_Plugin):
    """Runs one check with its fixtures. failure: what pytest says of one that failed."""

    def __init__(
        self,
        check: Check,
        given: Mapping[str, Any],
        call: Callable[[Function, Mapping[str, Any]], None],
    ) -> None:
        self._check, self._given, self._call = check, given, call
        self.failure = ""

    @pytest.fixture
    def student(self) -> Any:
        """The submission, behind the sandbox."""
        return self._given["student"]

    @pytest.fixture
    def reference(self) -> Any:
        """The suite's reference implementation."""
        return self._given["reference"]

    @pytest.fixture
    def settings(self) -> Any:
        """The instructor's settings."""
        return self._given["settings"]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The one check."""
        items[:] = [item for item in items if item.nodeid == self._check.node]

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """In place of the check itself, which may be run more than once."""
        names = pyfuncitem._fixtureinfo.argnames
        self._call(pyfuncitem.obj, {name: pyfuncitem.funcargs[name] for name in names})
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A fixture that failed."""
        if report.failed:
            self.failure = str(report.longrepr)


def _pytest(paths: Sequence[Path], plugin: _Plugin) -> None:
    """pytest with our own configuration and plugins only, whatever the environment says."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PYTEST_")}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = [part for option in PYTEST_OPTIONS for part in option.split(" ", 1)]
    # confcutdir: or pytest lists every folder above the repository to find the checks.
    base = ["-c", os.devnull, "--rootdir", str(ROOT), "--confcutdir", str(ROOT)]
    try:
        code = pytest.main([*base, *options, *map(str, paths)], plugins=[plugin])
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update(kept)
    if plugin.error is not None:
        raise plugin.error
    if code not in ENDINGS:
        raise GraderError(f"pytest ended with {code!r} before all checks had run")


def _refuse_twins(path: Path) -> None:
    """Of two functions with one name only the second would be found."""
    names = Counter(re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    for name, times in names.items():
        if times > 1:
            raise UsageError(f"{path}: {times} checks are called {name}, the last alone would run")


def _rank(spec: CheckSpec, suites: Mapping[str, Suite]) -> tuple[Any, ...]:
    place = suites[spec.suite].functions().index(spec.function)
    return list(suites).index(spec.suite), place, not spec.gate, not spec.visible


def _spec(item: pytest.Item, suites: Mapping[str, Suite]) -> CheckSpec:
    # not the node id, which names no file where that lies in a course folder
    mark, place = item.get_closest_marker("marks"), f"{item.path}::{item.name}"
    body = getattr(item, "obj", None)
    title = (body.__doc__ or "").strip().split("\n")[0].rstrip(".")
    if inspect.iscoroutinefunction(body) or inspect.isasyncgenfunction(body):
        raise UsageError(f"{place}: a check cannot be async, nothing would run it")
    if "student" in getattr(getattr(item, "callspec", None), "params", {}):
        raise UsageError(f"{place}: student is the submission and no parameter")
    if mark is None or not title:
        raise UsageError(f"{place} needs @marks(function) and a docstring as its title")
    (function,) = mark.args
    name = _suite(item.path, suites)
    suite = suites[name]
    if function not in suite.functions():
        raise UsageError(f"{place}: {function} is not in the SUITE of {name}")
    visible = item.path.parent.name == "tests"
    return CheckSpec(
        id=f"{name}/{'public' if visible else 'hidden'}/{item.name.removeprefix('test_')}",
        suite=name,
        function=function,
        title=title,
        visible=visible,
        weight=Fraction(mark.kwargs["weight"]),
        gate=mark.kwargs["gate"],
        optional=function.split(".")[-1] in suite.optional,
    )


def _suite(path: Path, suites: Collection[str]) -> str:
    """The suite that a file of checks belongs to: test_nn.py and test_nn_layers.py to nn."""
    stem = path.stem.removeprefix("test_")
    return max((name for name in suites if f"{stem}_".startswith(f"{name}_")), key=len)


def _last_line(report: pytest.CollectReport) -> str:
    lines = str(report.longrepr).strip().splitlines()
    return lines[-1] if lines else "no reason given"
