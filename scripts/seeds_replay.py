"""Submissions under many seeds, quickly: in this process, as a diagnosis replays known mistakes.

All of them are our own, so no sandbox is needed. Of a wrong one: what is below the mistake is
right, so that a check that fails would fail with the reference below as well. A right one that
fails here may have a convention that the sandbox's own process understands: it has the last word.
"""

from __future__ import annotations

import functools
import io
import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from types import ModuleType
from unittest.mock import patch

import numpy as np
from seeds_grading import Losses, errors_times, factor, seed
from seeds_submissions import Entry

from grader.answers import ReplayTransport
from grader.attempt import Body, draws
from grader.config import Settings
from grader.plugin import collect
from grader.replays import RAISED
from grader.results import CheckSpec, Outcome, Status
from grader.seeds import number
from grader.suites import Layout
from grader.turns import Given, run_all
from tests.helpers.asking import StudentFailure
from tests.helpers.assertions import CheckFailure
from tests.helpers.local import LocalTransport
from tests.helpers.proxy import Student

FAILURES = (CheckFailure, StudentFailure, *RAISED)
# What a file may raise that needs the sandbox's way of importing.
UNLOADABLE = (ImportError, OSError, *RAISED)


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
    layout, collecting = Layout(), Collecting()
    names = tuple(layout.suites([suite]))
    references = {name: layout.reference(name) for name in names}
    given = Given(Student(LocalTransport()), references, Settings(suites=(suite,)))
    run_all(collect(layout, names), given, collecting)
    return [one for one in collecting.found if one[0].suite == suite]


def own_checks(entry: Entry) -> Sequence[tuple[CheckSpec, Body]]:
    """The checks of the function that is wrong."""
    (suite,) = entry.subject.suites
    return [one for one in checks(suite) if one[0].function == entry.subject.function]


def first_losses(entry: Entry, seeds: Sequence[int], margin: float = 1.0) -> Losses:
    """The first check of the wrong function that fails, under each seed.

    margin: the errors must be this factor above the tolerance.
    """
    modules, own = _modules(entry), own_checks(entry)
    found: Losses = {}
    for one in seeds:
        failures = _failures(entry, modules, own, one, margin)
        found[one] = dict(itertools.islice(failures, 1))
    return found


def fails_nothing(entry: Entry, seeds: Sequence[int], margin: float = 1.0) -> list[int]:
    """The seeds under which every check passes here; none where the files cannot be run here."""
    mine = [one for suite in entry.subject.suites for one in checks(suite)]
    with redirect_stdout(io.StringIO()):
        try:
            modules = _modules(entry)
        except UNLOADABLE:
            return []
        return [one for one in seeds if not any(_failures(entry, modules, mine, one, margin))]


def _failures(
    entry: Entry,
    modules: Mapping[str, ModuleType],
    chosen: Sequence[tuple[CheckSpec, Body]],
    one: int,
    margin: float,
) -> Iterator[tuple[str, str]]:
    """(id of a check, why it fails) for all that fail under a seed."""
    secret = seed(one)
    student = Student(LocalTransport())
    for spec, body in chosen:
        transport = ReplayTransport(modules, draws(secret, spec.id))
        transport.reseed(number(secret, spec.id))
        student.use(transport)
        with errors_times(factor(entry, spec, margin)), np.errstate(all="ignore"):
            try:
                body(student)
            except FAILURES as failure:
                yield spec.id, f"{type(failure).__name__}: {failure}"[:80]


def _modules(entry: Entry) -> dict[str, ModuleType]:
    """The files of the graded suites, run as modules that find one another."""
    names = list(Layout().suites(entry.subject.suites))
    if strange := set(entry.subject.files) - {f"{name}.py" for name in names}:
        raise ImportError(f"files besides those of suites: {sorted(strange)}")
    made = {name: ModuleType(name) for name in names}
    with patch.dict(sys.modules, made):
        for name, module in made.items():
            source = entry.subject.files[f"{name}.py"]
            exec(compile(source, f"<{entry.name}>", "exec"), vars(module))
    return made
