"""Which known mistake explains the wrong answers of a function.

A misconception is named only if, put into the reference, it fails the very checks that the student
fails, on the same cases with the same wrong answers, at least three of them, and if no other
misconception of that function does so. Where none does alone, two at once are tried. Answers that
may be wrong because of something below the function say nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from grader.evidence import matching
from grader.replays import Mistakes, Replays
from grader.results import Outcome, Status
from grader.running import Tried
from tests.helpers.assertions import CheckFailure
from tests.helpers.properties import Case

LEAST_EVIDENCE = 3
WRONG = (Status.failed, Status.crashed)


class Diagnosis:
    """Explains the outcomes of one grading; known mistakes are loaded only if something failed."""

    def __init__(self, replays: Replays) -> None:
        self._replays = replays

    def explain(
        self, tried: Sequence[Tried], outcomes: Mapping[str, Outcome]
    ) -> Iterator[tuple[str, Mistakes]]:
        """(id of a failed check, the mistakes behind it) for all that can be explained."""
        for function in dict.fromkeys(one.spec.function for one in tried):
            checks = [one for one in tried if one.spec.function == function]
            failed = [one for one in checks if _to_explain(one, outcomes)]
            passed = [one for one in checks if _status(one, outcomes) is Status.passed]
            clear = [one for one in failed if one.attempts]
            if clear and (found := self._mistakes(function, clear, passed)):
                wrong = (one for one in failed if _status(one, outcomes) in WRONG)
                yield from ((one.spec.id, found) for one in wrong if self._fails(found, one))

    def _mistakes(
        self, function: str, failed: Sequence[Tried], passed: Sequence[Tried]
    ) -> Mistakes:
        """The only explanation, or none."""
        if sum(len(one.attempts[-1].cases) for one in failed) < LEAST_EVIDENCE:
            return ()
        suite, _, name = function.rpartition(".")
        known = self._replays.bank(suite)
        bank: list[Mistakes] = [(one,) for one in known if one.function == name]
        alone = [one for one in bank if self._explains(one, failed, passed)]
        if not alone:
            alone = [
                pair
                for pair in self._pairs(bank, failed, passed)
                if self._explains(pair, failed, passed)
            ]
        return alone[0] if len(alone) == 1 else ()

    def _pairs(
        self, bank: Sequence[Mistakes], failed: Sequence[Tried], passed: Sequence[Tried]
    ) -> Iterator[Mistakes]:
        """Two mistakes that fail nothing else, and together all that failed."""
        possible = [one for one in bank if all(not self._fails(one, check) for check in passed)]
        fails = {one: {c.spec.id for c in failed if self._fails(one, c)} for one in possible}
        for (first,), (second,) in itertools.combinations(possible, 2):
            both = fails[first,] | fails[second,]
            if both == {one.spec.id for one in failed}:
                yield first, second

    def _explains(
        self, mistakes: Mistakes, failed: Sequence[Tried], passed: Sequence[Tried]
    ) -> bool:
        evidence = 0
        for check in failed:
            count = matching(check.attempts[-1].cases, self._cases(mistakes, check))
            if count is None:
                return False
            evidence += count
        if evidence < LEAST_EVIDENCE:
            return False
        return not any(self._fails(mistakes, check) for check in passed)

    def _fails(self, mistakes: Mistakes, check: Tried) -> bool:
        return any(case.failure is not None for case in self._cases(mistakes, check))

    def _cases(self, mistakes: Mistakes, check: Tried) -> Sequence[Case]:
        return self._replays.cases(mistakes, check.spec, check.body)


def sentence(mistakes: Mistakes) -> str:
    """What a student is told."""
    names = "; ".join(one.name for one in mistakes)
    known = "a known mistake" if len(mistakes) == 1 else "two known mistakes at once"
    return " ".join([f"This looks like {known}: {names}.", *(one.hint for one in mistakes)])


def _to_explain(one: Tried, outcomes: Mapping[str, Outcome]) -> bool:
    """Whether its answers were wrong, also where they are those of doing nothing."""
    status = _status(one, outcomes)
    answered = bool(one.attempts) and isinstance(one.attempts[-1].failure, CheckFailure)
    return status in WRONG or (status is Status.not_implemented and answered)


def _status(one: Tried, outcomes: Mapping[str, Outcome]) -> Status | None:
    outcome = outcomes.get(one.spec.id)  # none for a check that the settings drop
    return outcome.status if outcome else None
