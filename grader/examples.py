"""What failed as code that can be run, and for visible properties a smaller case than was drawn."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

import numpy as np

from grader import failures
from grader.attempt import UNUSABLE, Attempt, Circumstances
from grader.results import Outcome, Status
from grader.running import LOST, Tried
from grader.sandbox import Worker
from grader.shrinking import CPU_SECONDS, SearchTransport, smallest_like
from grader.snippets import snippet
from grader.source import Signatures
from grader.workers import Workers
from tests.helpers.asking import StudentFailure
from tests.helpers.assertions import CheckFailure
from tests.helpers.properties import Case, smallest
from tests.helpers.proxy import Student

# Outcomes that an example is worth writing for.
SHOWN = (Status.failed, Status.crashed)
TOTAL_SECONDS = 5.0
LONGER = 1.5  # how much longer the example may get for the sake of whole numbers


class Examples:
    """Writes examples once all outcomes of a grading are known."""

    def __init__(self, workers: Workers, circumstances: Circumstances, student: Student) -> None:
        self._workers, self._with, self._student = workers, circumstances, student
        self._signatures = Signatures(circumstances.references)
        self._worker: Worker | None = None
        self._until = time.monotonic() + TOTAL_SECONDS

    def written(
        self, tried: Sequence[Tried], outcomes: Mapping[str, Outcome]
    ) -> Iterator[tuple[str, Outcome]]:
        """(id of a check, its outcome with an example); the status is the same."""
        with ExitStack() as stack:
            for one in tried:
                outcome = outcomes.get(one.spec.id)
                if outcome is None or outcome.status not in SHOWN:
                    continue
                attempt = _behind(outcome, one.every)
                if attempt is not None:
                    yield one.spec.id, self._told(one, attempt, outcome, stack)

    def _told(self, one: Tried, attempt: Attempt, outcome: Outcome, stack: ExitStack) -> Outcome:
        """The outcome with its smallest case as code; of a visible property, a smaller one yet."""
        case = smallest(attempt.cases)
        if case is None:
            return outcome
        code = self._code(case)
        property_ = len(attempt.cases) > 1  # else nothing is drawn
        if one.spec.visible and property_:
            found = smallest_like(self._search(one, stack), case)
            smaller = self._code(found) if found is not None else ""
            if found is not None and smaller and len(smaller) <= LONGER * len(code or smaller):
                return self._retold(outcome, found, smaller)
        return replace(outcome, example=code)

    def _retold(self, outcome: Outcome, case: Case, code: str) -> Outcome:
        assert case.failure is not None
        told = failures.outcome(case.failure, visible=True, files=self._with.files)
        return replace(
            outcome, message=told.message, hint=told.hint, detail=told.detail, example=code
        )

    def _code(self, case: Case) -> str:
        """A case that failed, as code; empty where it would be too long."""
        assert case.failure is not None
        try:
            return snippet(
                case.log, case.failure, signatures=self._signatures, aliases=self._with.aliases
            )
        except UNUSABLE:  # a value of a kind that nobody thought of has no source: no example then
            return ""

    def _search(self, one: Tried, stack: ExitStack) -> Sequence[Case]:
        """Simple cases that fail, if there is time to look for them."""
        if time.monotonic() > self._until:
            return ()
        try:
            if self._worker is None or not self._worker.alive:
                self._worker = stack.enter_context(self._workers.lent())
            transport = self._transport(one, self._worker)
            self._student.use(transport)
            with np.errstate(all="ignore"):
                one.body(self._student)
        except (CheckFailure, StudentFailure, *UNUSABLE, *LOST):
            return ()
        return transport.found

    def _transport(self, one: Tried, worker: Worker) -> SearchTransport:
        transport = SearchTransport(
            worker,
            documented=self._with.documented,
            streams=self._with.streams(one.spec.id),
            cpu_seconds=CPU_SECONDS,
            names=self._workers.names,
            aliases=self._with.aliases,
        )
        transport.reseed(self._with.reseeding(one.spec.id))
        return transport


def _behind(outcome: Outcome, attempts: Sequence[Attempt]) -> Attempt | None:
    """The attempt with the student's own functions that ended so, if it was one of these."""
    alike = (one for one in attempts if one.own and one.outcome.detail == outcome.detail)
    return next(alike, None)
