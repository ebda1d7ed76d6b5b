"""The cases of a check as the reference with known mistakes in it answers them.

They hang on the seed, the settings, the check and the mistakes, but on no submission: whoever
grades many keeps one `Replays` for all of them.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from types import ModuleType

import numpy as np

from grader.answers import ReplayTransport
from grader.attempt import UNUSABLE, Body, Failure, draws
from grader.errors import GraderError
from grader.failures import unusable
from grader.misconceptions.bank import Misconception, applied
from grader.results import CheckSpec
from grader.seeds import number
from grader.suites import Layout
from tests.helpers.asking import StudentFailure
from tests.helpers.assertions import CheckFailure
from tests.helpers.properties import Case
from tests.helpers.proxy import Student

RAISED = (*UNUSABLE, RuntimeError, AssertionError)
Mistakes = tuple[Misconception, ...]


class Replays:
    """Runs checks on known mistakes and keeps what came of it. bank: those of a suite."""

    def __init__(self, layout: Layout, seed: bytes) -> None:
        self.bank = functools.cache(layout.misconceptions)
        self._source = functools.cache(layout.reference_source)
        self._layout, self._seed = layout, seed
        self._modules: dict[Mistakes, ModuleType | None] = {}
        self._known: dict[tuple[Mistakes, str], Sequence[Case]] = {}

    def cases(self, mistakes: Mistakes, spec: CheckSpec, body: Body) -> Sequence[Case]:
        """The cases of a check, as the reference with these mistakes answers them.

        There is none where two of the mistakes edit the same place.
        """
        key = mistakes, spec.id
        if key not in self._known:
            self._known[key] = [_small(case) for case in self._run(mistakes, spec, body)]
        return self._known[key]

    def _run(self, mistakes: Mistakes, spec: CheckSpec, body: Body) -> Sequence[Case]:
        module = self.module(spec.suite, mistakes)
        if module is None:
            return []
        needed = self._layout.suites([spec.suite])
        references = {**{name: self._layout.reference(name) for name in needed}, spec.suite: module}
        transport = ReplayTransport(references, draws(self._seed, spec.id))
        transport.reseed(number(self._seed, spec.id))
        failure: Failure | None = None
        try:
            with np.errstate(all="ignore"):
                body(Student(transport))
        except (CheckFailure, StudentFailure) as failed:
            failure = failed
        except RAISED as error:
            failure = CheckFailure(unusable(error))
        return list(transport.cases) or [Case.of(transport.log, failure)]

    def module(self, suite: str, mistakes: Mistakes) -> ModuleType | None:
        """The reference with these mistakes; none where two of them edit the same place."""
        if mistakes not in self._modules:
            self._modules[mistakes] = self._made(suite, mistakes)
        return self._modules[mistakes]

    @staticmethod
    def place(suite: str) -> str:
        """The file name in the code of a suite's modules."""
        return f"<grader.reference.{suite} with mistakes>"

    def _made(self, suite: str, mistakes: Mistakes) -> ModuleType | None:
        name = f"grader.reference.{suite}"
        for order in itertools.permutations(mistakes):
            try:
                source = applied(self._source(suite), order)
                code = compile(source, self.place(suite), "exec")
            except (GraderError, SyntaxError):
                continue
            module = ModuleType(name)
            module.__package__ = name.rpartition(".")[0]
            exec(code, vars(module))
            return module
        return None


def _small(case: Case) -> Case:
    """Only what a comparison needs: how it ended, and the last answer."""
    return Case.of(case.log[-1:], case.failure)
