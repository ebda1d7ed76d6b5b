"""The grader as a pytest plugin: checks are collected as items, run by a Runner, never reported by
pytest itself."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest

from grader.errors import GraderError, UsageError
from grader.results import CheckSpec, Outcome, Status
from grader.suites import ROOT, Suite
from tests.helpers.proxy import Student

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
Record = Callable[[str, Outcome], None]


class Running(Protocol):
    """Who runs a check and says how it ended."""

    def run(self, spec: CheckSpec, body: Callable[[Student], None]) -> Outcome:
        """The outcome of one check; `body` runs it on a student."""


class GraderPlugin:
    """One run of pytest: `ready` is called once with the specs, in running order, for the runner.

    After the run, `faults` holds a traceback for each check that the grader itself got wrong.
    """

    def __init__(
        self,
        ready: Callable[[Sequence[CheckSpec]], Running],
        record: Record,
        student: Student,
        references: Mapping[str, ModuleType],
        settings: Any,
        suites: Mapping[str, Suite],
        choose: Callable[[Sequence[CheckSpec]], Collection[CheckSpec]],
    ) -> None:
        self._ready, self._record, self._student = ready, record, student
        self._references, self._settings = references, settings
        self._suites, self._choose = suites, choose
        self._runner: Running | None = None
        self._specs: dict[str, CheckSpec] = {}
        self.faults: list[str] = []
        self.error: BaseException | None = None

    @pytest.fixture
    def student(self) -> Student:
        """The submission, behind the sandbox."""
        return self._student

    @pytest.fixture
    def reference(self, request: pytest.FixtureRequest) -> ModuleType:
        """The suite's reference implementation."""
        return self._references[_suite(request.node.path, self._suites)]

    @pytest.fixture
    def settings(self) -> Any:
        """The instructor's settings."""
        return self._settings

    def pytest_configure(self, config: pytest.Config) -> None:
        """The checks' one marker."""
        config.addinivalue_line("markers", "marks(function, weight, gate): whose points")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A check file that cannot be collected is a fault of the grader's."""
        if report.failed:
            raise GraderError(f"{report.nodeid} cannot be collected: {_last_line(report)}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Give every item its spec, drop those not wanted, sort: suites, levels, gates first."""
        pairs = [(_spec(item, self._suites), item) for item in items]
        chosen = {spec.id for spec in self._choose([spec for spec, _ in pairs])}
        pairs = [(spec, item) for spec, item in pairs if spec.id in chosen]
        pairs.sort(key=lambda pair: self._rank(pair[0]))
        items[:] = [item for _, item in pairs]
        self._specs = {item.nodeid: spec for spec, item in pairs}
        self._runner = self._ready(list(self._specs.values()))

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Keep what was raised in a hook; `run_checks` raises it again."""
        self.error = excinfo.value
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run every check: at once where it needs nothing but ours, which takes half as long."""
        for item in session.items:
            assert isinstance(item, pytest.Function)
            arguments = self._arguments(item)
            if arguments is not None:
                self._run(item, arguments)
            else:  # the next one may be of the other kind, so that nothing stays set up for it
                item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        return True

    def _arguments(self, item: pytest.Function) -> Mapping[str, Any] | None:
        """What a check is called with; None where that is for pytest to find out."""
        suite = _suite(item.path, self._suites)
        given = {
            "student": self._student,
            "reference": self._references[suite],
            "settings": self._settings,
        }
        for mark in item.iter_markers("parametrize"):
            if len(mark.args) > 2 or "indirect" in mark.kwargs:
                return None
            given |= item.callspec.params
        info = item._fixtureinfo
        foreign = {*item.fixturenames} - {"request"} - given.keys()
        redefined = any(len(one) > 1 for one in info.name2fixturedefs.values())
        if foreign or redefined or "request" in info.argnames:
            return None
        return {name: given[name] for name in info.argnames}

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Run a check that has other fixtures, too."""
        names = pyfuncitem._fixtureinfo.argnames
        self._run(pyfuncitem, {name: pyfuncitem.funcargs[name] for name in names})
        return True

    def _run(self, item: pytest.Function, arguments: Mapping[str, Any]) -> None:
        """Run one check; the one boundary where a fault of the grader's own is caught."""
        spec = self._specs[item.nodeid]
        assert self._runner is not None

        def body(student: Student) -> None:
            given = {"student": student} if "student" in arguments else {}
            item.obj(**{**arguments, **given})

        try:
            outcome = self._runner.run(spec, body)
        except Exception as fault:
            outcome = self._fault(spec, f"{type(fault).__name__}: {fault}", traceback.format_exc())
        self._record(spec.id, outcome)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A fixture that failed before its check could run."""
        if report.failed:
            spec = self._specs[report.nodeid]
            self._record(spec.id, self._fault(spec, "a fixture failed", str(report.longrepr)))

    def _fault(self, spec: CheckSpec, what: str, trace: str) -> Outcome:
        self.faults.append(f"{spec.id}: {what}\n{trace}")
        text = "The grader failed on this check; the score is provisional."
        return Outcome(Status.grader_error, text, detail=what)

    def _rank(self, spec: CheckSpec) -> tuple[Any, ...]:
        place = self._suites[spec.suite].functions().index(spec.function)
        return list(self._suites).index(spec.suite), place, not spec.gate, not spec.visible


def run_checks(paths: Sequence[Path], plugin: GraderPlugin) -> None:
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
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise GraderError(f"pytest ended with {code!r} before all checks had run")


def _spec(item: pytest.Item, suites: Mapping[str, Suite]) -> CheckSpec:
    # not the node id, which names no file where that lies in a course folder
    mark, place = item.get_closest_marker("marks"), f"{item.path}::{item.name}"
    title = (getattr(item, "obj", None).__doc__ or "").strip().split("\n")[0].rstrip(".")
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
