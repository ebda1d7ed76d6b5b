"""For visible properties that failed: a smaller case in place of the one that was drawn."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

import numpy as np

from grader import failures
from grader.attempt import SHOWN, UNUSABLE, Attempt, Attempts, Circumstances
from grader.results import Outcome
from grader.running import LOST, Tried
from grader.sandbox import Worker
from grader.shrinking import CPU_SECONDS, SearchTransport, smallest_like
from grader.workers import Workers
from tests.helpers.asking import StudentFailure
from tests.helpers.assertions import CheckFailure
from tests.helpers.properties import Case, smallest
from tests.helpers.proxy import Student

TOTAL_SECONDS = 5.0
LONGER = 1.5  # how much longer the example may get for the sake of whole numbers


class Examples:
    """Looks for smaller examples once all outcomes of a grading are known."""

    def __init__(self, workers: Workers, circumstances: Circumstances, student: Student) -> None:
        self._workers, self._with, self._student = workers, circumstances, student
        self._making = Attempts(workers, circumstances, student)
        self._worker: Worker | None = None
        self._until = time.monotonic() + TOTAL_SECONDS

    def smaller(
        self, tried: Sequence[Tried], outcomes: Mapping[str, Outcome]
    ) -> Iterator[tuple[str, Outcome]]:
        """(id of a check, its outcome told of a smaller case); the status is the same."""
        with ExitStack() as stack:
            for one in tried:
                outcome = outcomes.get(one.spec.id)
                if outcome is None or outcome.status not in SHOWN or not one.spec.visible:
                    continue
                for attempt in one.every:
                    if attempt.own and attempt.outcome.detail == outcome.detail:
                        told = self._retold(one, attempt, outcome, stack)
                        if told is not outcome:
                            yield one.spec.id, told

    def _retold(self, one: Tried, attempt: Attempt, outcome: Outcome, stack: ExitStack) -> Outcome:
        case = smallest(attempt.cases)
        if case is None or len(attempt.cases) < 2:  # no property: nothing is drawn
            return outcome
        found = smallest_like(self._search(one, stack), case)
        code = self._making.example(found) if found is not None else ""
        if found is None or not code or len(code) > LONGER * len(outcome.example or code):
            return outcome
        assert found.failure is not None
        told = failures.outcome(found.failure, visible=True, files=self._with.files)
        return replace(
            outcome, message=told.message, hint=told.hint, detail=told.detail, example=code
        )

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
