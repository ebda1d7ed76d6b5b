"""Known mistakes under many seeds, quickly: in this process, as a diagnosis replays them.

Nothing of it is a student's, so no sandbox is needed; what is below a mistake is right, so that a
check that fails would fail with the reference below as well.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from types import ModuleType

import numpy as np
from seeds_grading import Losses, errors_times, seed
from seeds_submissions import Entry

from grader.answers import ReplayTransport
from grader.attempt import Body
from grader.config import Settings
from grader.diagnosis import RAISED
from grader.plugin import GraderPlugin, run_checks
from grader.results import CheckSpec, Outcome, Status
from grader.seeds import number, stream
from grader.suites import Layout
from tests.helpers.asking import StudentFailure
from tests.helpers.assertions import CheckFailure
from tests.helpers.drawing import SeededDraw
from tests.helpers.local import LocalTransport
from tests.helpers.proxy import Student

FAILURES = (CheckFailure, StudentFailure, *RAISED)


class Collecting:
    """Keeps the checks instead of running them."""

    def __init__(self) -> None:
        self.found: list[tuple[CheckSpec, Body]] = []

    def run(self, spec: CheckSpec, body: Body) -> Outcome:
        self.found.append((spec, body))
        return Outcome(Status.passed)


@functools.cache
def checks(suite: str) -> Sequence[tuple[CheckSpec, Body]]:
    """The checks of a suite, in running order, each with the function that runs it."""
    layout, settings, collecting = Layout(), Settings(suites=(suite,)), Collecting()
    plugin = GraderPlugin(
        lambda specs: collecting,
        lambda check_id, outcome: None,
        Student(LocalTransport()),
        {name: layout.reference(name) for name in layout.suites([suite])},
        settings,
        layout.suites([suite]),
        list,
    )
    run_checks(layout.checks(suite), plugin)
    return collecting.found


def own_checks(entry: Entry) -> Sequence[tuple[CheckSpec, Body]]:
    """The checks of the function that is wrong."""
    (suite,) = entry.subject.suites
    return [one for one in checks(suite) if one[0].function == entry.subject.function]


def losses_in_process(entry: Entry, seeds: Sequence[int], margin: float = 1.0) -> Losses:
    """The first check of the wrong function that fails, under each seed.

    margin: the errors must be this factor above the tolerance.
    """
    (suite,) = entry.subject.suites
    wrong, own = _module(entry), own_checks(entry)
    with errors_times(1 / margin):
        return {one: _first_loss(suite, wrong, own, one) for one in seeds}


def _first_loss(
    suite: str, wrong: ModuleType, own: Sequence[tuple[CheckSpec, Body]], one: int
) -> dict[str, str]:
    for spec, body in own:
        if why := _failure(suite, wrong, spec, body, seed(one)):
            return {spec.id: why[:80]}
    return {}


def _failure(suite: str, wrong: ModuleType, spec: CheckSpec, body: Body, secret: bytes) -> str:
    layout = Layout()
    references = {name: layout.reference(name) for name in layout.suites([suite])}
    transport = ReplayTransport(
        {**references, suite: wrong}, lambda i: SeededDraw(stream(secret, f"{spec.id}#{i}"))
    )
    transport.reseed(number(secret, spec.id))
    try:
        with np.errstate(all="ignore"):
            body(Student(transport))
    except FAILURES as failure:
        return f"{type(failure).__name__}: {failure}"
    return ""


def _module(entry: Entry) -> ModuleType:
    """The reference with the mistake, as a module of the reference's package."""
    (suite,) = entry.subject.suites
    name = f"grader.reference.{suite}"
    module = ModuleType(name)
    module.__package__ = "grader.reference"
    source = entry.subject.files[f"{suite}.py"]
    exec(compile(source, f"<{entry.name}>", "exec"), vars(module))
    return module
