"""Which known mistake explains the wrong answers of a function.

A misconception is named only if, put into the reference, it fails the very checks that the student
fails, on the same cases with the same wrong answers, at least three of them, and if no other
misconception of that function does so. Where none does alone, two at once are tried. Answers that
may be wrong because of something below the function say nothing.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType

import numpy as np

from grader.answers import ReplayTransport
from grader.attempt import UNUSABLE, Circumstances, Failure
from grader.errors import GraderError
from grader.evidence import matching
from grader.failures import unusable
from grader.misconceptions.bank import Misconception, applied
from grader.results import Outcome, Status
from grader.running import Tried
from tests.helpers.asking import StudentFailure
from tests.helpers.assertions import CheckFailure
from tests.helpers.properties import Case
from tests.helpers.proxy import Student

LEAST_EVIDENCE = 3
RAISED = (*UNUSABLE, RuntimeError, AssertionError)
WRONG = (Status.failed, Status.crashed)
Mistakes = tuple[Misconception, ...]


class Diagnosis:
    """Explains the outcomes of one grading.

    bank: the misconceptions of a suite. source: the text of a suite's reference. Both are asked
    for only where something failed.
    """

    def __init__(
        self,
        bank: Callable[[str], Sequence[Misconception]],
        source: Callable[[str], str],
        circumstances: Circumstances,
    ) -> None:
        self._bank, self._source = bank, functools.cache(source)
        self._with = circumstances
        self._modules: dict[Mistakes, ModuleType | None] = {}
        self._replayed: dict[tuple[Mistakes, str], list[Case]] = {}

    def explain(
        self, tried: Sequence[Tried], outcomes: Mapping[str, Outcome]
    ) -> Iterator[tuple[str, Mistakes]]:
        """(id of a failed check, the mistakes behind it) for all that can be explained."""
        for function in dict.fromkeys(one.spec.function for one in tried):
            checks = [one for one in tried if one.spec.function == function]
            failed = [one for one in checks if _status(one, outcomes) in WRONG]
            passed = [one for one in checks if _status(one, outcomes) is Status.passed]
            clear = [one for one in failed if one.attempts]
            if clear and (found := self._mistakes(function, clear, passed)):
                yield from ((one.spec.id, found) for one in failed if self._fails(found, one))

    def _mistakes(
        self, function: str, failed: Sequence[Tried], passed: Sequence[Tried]
    ) -> Mistakes:
        """The only explanation, or none."""
        if sum(len(one.attempts[-1].cases) for one in failed) < LEAST_EVIDENCE:
            return ()
        suite, _, name = function.rpartition(".")
        known = self._bank(suite)
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
            known = self._replay(mistakes, check)
            count = matching(check.attempts[-1].cases, known)
            if count is None:
                return False
            evidence += count
        if evidence < LEAST_EVIDENCE:
            return False
        return not any(self._fails(mistakes, check) for check in passed)

    def _fails(self, mistakes: Mistakes, check: Tried) -> bool:
        return any(case.failure is not None for case in self._replay(mistakes, check))

    def _replay(self, mistakes: Mistakes, check: Tried) -> list[Case]:
        """The cases of a check, as the reference with these mistakes answers them."""
        key = mistakes, check.spec.id
        if key not in self._replayed:
            self._replayed[key] = self._run(mistakes, check)
        return self._replayed[key]

    def _run(self, mistakes: Mistakes, check: Tried) -> list[Case]:
        suite, check_id = check.spec.suite, check.spec.id
        module = self._module(suite, mistakes)
        if module is None:
            return []
        references = {**self._with.references, suite: module}
        transport = ReplayTransport(references, self._with.streams(check_id))
        transport.reseed(self._with.reseeding(check_id))
        failure: Failure | None = None
        try:
            with np.errstate(all="ignore"):
                check.body(Student(transport))
        except (CheckFailure, StudentFailure) as failed:
            failure = failed
        except RAISED as error:
            failure = CheckFailure(unusable(error))
        return list(transport.cases) or [Case.of(transport.log, failure)]

    def _module(self, suite: str, mistakes: Mistakes) -> ModuleType | None:
        """The reference with these mistakes; none where two of them edit the same place."""
        if mistakes not in self._modules:
            self._modules[mistakes] = self._made(suite, mistakes)
        return self._modules[mistakes]

    def _made(self, suite: str, mistakes: Mistakes) -> ModuleType | None:
        name = f"grader.reference.{suite}"
        for order in itertools.permutations(mistakes):
            try:
                source = applied(self._source(suite), order)
                code = compile(source, f"<{name} with mistakes>", "exec")
            except (GraderError, SyntaxError):
                continue
            module = ModuleType(name)
            module.__package__ = name.rpartition(".")[0]
            exec(code, vars(module))
            return module
        return None


def sentence(mistakes: Mistakes) -> str:
    """What a student is told."""
    names = "; ".join(one.name for one in mistakes)
    known = "a known mistake" if len(mistakes) == 1 else "two known mistakes at once"
    return " ".join([f"This looks like {known}: {names}.", *(one.hint for one in mistakes)])


def _status(one: Tried, outcomes: Mapping[str, Outcome]) -> Status | None:
    outcome = outcomes.get(one.spec.id)  # none for a check that the settings drop
    return outcome.status if outcome else None
