"""Whether a mutant loses points: it is handed in like any submission, and its suite is graded."""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from mutate_sources import Mutant

from grader.config import LimitSettings, Settings
from grader.errors import GraderError
from grader.parallel import Job, graded_here
from grader.results import CheckSpec, Outcome, Report, Status
from grader.suites import Layout

# For loops that do not end: many times what the reference takes.
LIMITS = LimitSettings(cpu_seconds=1, import_seconds=5, total_seconds=30)


@dataclass(frozen=True)
class Verdict:
    """status: killed, survived or (the grader's own) fault. check: the first that lost points."""

    status: str
    check: str = ""
    seconds: float = 0.0


def reference(suite: str) -> str:
    """The file that mutants are made of."""
    return Layout().reference_source(suite)


def verdict(mutant: Mutant) -> Verdict:
    """Grade the checks of the function that was changed, then all, until one loses points."""
    started = time.perf_counter()
    first = checks_of(mutant.suite, mutant.place)
    loss = None
    for only in (first, [f"{mutant.suite}/"]):
        loss = loss or (_first_loss(mutant.suite, mutant.source, only) if only else None)
    return _judged(loss, time.perf_counter() - started)


def checks_of(suite: str, place: str) -> list[str]:
    """The ids of the checks of a function, by its name in the file: "NN.forward"."""
    paths = Layout().suite(suite).path
    specs = _specs(suite)
    return [s.id for s in specs if f"{suite}.{place}.".startswith(f"{paths(s.function)}.")]


def _judged(loss: tuple[str, Outcome] | None, seconds: float) -> Verdict:
    if loss is None:
        return Verdict("survived", seconds=round(seconds, 3))
    check, outcome = loss
    status = "fault" if outcome.status is Status.grader_error else "killed"
    return Verdict(status, check, round(seconds, 3))


@functools.cache
def _specs(suite: str) -> Sequence[CheckSpec]:
    """The suite's checks; raises GraderError where the reference itself does not pass them."""
    watch = _Watch()
    _grade(suite, reference(suite), [f"{suite}/"], watch)
    if watch.loss is not None:
        raise GraderError(f"the reference of {suite} does not pass {watch.loss[0]}")
    return watch.specs


def _first_loss(suite: str, source: str, only: Sequence[str]) -> tuple[str, Outcome] | None:
    watch = _Watch()
    _grade(suite, source, only, watch)
    return watch.loss


class _Decided(Exception):
    """The rest of the checks cannot bring the points back."""


class _Watch:
    """Looks at a report as it grows and ends the grading at the first check that loses points."""

    def __init__(self) -> None:
        self.specs: Sequence[CheckSpec] = ()
        self.loss: tuple[str, Outcome] | None = None

    def __call__(self, report: Report) -> None:
        self.specs = report.specs
        for spec in report.specs:
            outcome = report.outcomes[spec.id]
            if self.loss is None and not outcome.status.good and outcome.status != Status.not_run:
                self.loss = spec.id, outcome
                raise _Decided


def _grade(suite: str, source: str, only: Sequence[str], watch: _Watch) -> None:
    names = tuple(Layout().suites([suite]))
    sources = {name: source if name == suite else reference(name) for name in names}
    files = {f"{name}.py": text for name, text in sources.items()}
    settings = Settings(suites=names, limits=LIMITS)
    with suppress(_Decided):
        graded_here(Job(files, settings, only=tuple(only)), on_update=watch)
