"""The checks of a grading one after the other, each with its outcome, whatever goes wrong."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import pytest

from grader.plugin import Check, Function, with_fixtures
from grader.results import CheckSpec, Outcome, Status
from tests.helpers.proxy import Student

Record = Callable[[str, Outcome], None]


class Running(Protocol):
    """Who runs a check and says how it ended."""

    def run(self, spec: CheckSpec, body: Callable[[Student], None]) -> Outcome:
        """The outcome of one check; `body` runs it on a student."""


@dataclass(frozen=True)
class Given:
    """What checks are called with. references: by suite."""

    student: Student
    references: Mapping[str, ModuleType]
    settings: Any

    def to(self, check: Check) -> dict[str, Any]:
        """All that a check of its suite may want."""
        reference = self.references[check.spec.suite]
        return {"student": self.student, "reference": reference, "settings": self.settings}


def run_all(
    checks: Iterable[Check], given: Given, running: Running, record: Record = lambda i, o: None
) -> list[str]:
    """Run the checks in this order; `record` has each id and outcome at once.

    Returns a traceback for each check that the grader itself got wrong.
    """
    faults: list[str] = []
    for check in checks:
        outcome, trace = _turn(check, given, running)
        if trace:
            faults.append(f"{check.spec.id}: {outcome.detail}\n{trace}")
        record(check.spec.id, outcome)
    return faults


def _turn(check: Check, given: Given, running: Running) -> tuple[Outcome, str]:
    offered = given.to(check)
    if not check.foreign:
        arguments = {name: offered[name] for name in check.wants} | _own(check.parameters)
        return _run(check.spec, check.function, arguments, running)

    ended: list[tuple[Outcome, str]] = []

    def call(function: Function, arguments: Mapping[str, Any]) -> None:
        ended.append(_run(check.spec, function, arguments, running))

    failed = with_fixtures(check, offered, call)
    # a fixture that fails when it is taken down fails the check as well
    return (_fault("a fixture failed"), failed) if failed or not ended else ended[0]


def _own(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of one turn: what a check changes in them must not reach the next grading."""
    changing = (list, dict, set, np.ndarray)
    return {
        name: copy.deepcopy(value) if isinstance(value, changing) else value
        for name, value in parameters.items()
    }


def _run(
    spec: CheckSpec, function: Function, arguments: Mapping[str, Any], running: Running
) -> tuple[Outcome, str]:
    """The one boundary where a fault of the grader's own is caught."""

    def body(student: Student) -> None:
        given = {"student": student} if "student" in arguments else {}
        function(**{**arguments, **given})

    try:
        return running.run(spec, body), ""
    # pytest.skip and sys.exit are no exceptions of the usual kind; Ctrl-C and signals pass
    except (Exception, pytest.skip.Exception, pytest.fail.Exception, SystemExit) as fault:
        return _fault(f"{type(fault).__name__}: {fault}"), traceback.format_exc()


def _fault(what: str) -> Outcome:
    text = "The grader failed on this check; the score is provisional."
    return Outcome(Status.grader_error, text, detail=what)
