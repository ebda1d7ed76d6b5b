"""One attempt at one check: the student's code in one worker, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np

from grader import failures, stubs
from grader.answers import Answers, ReferenceTransport
from grader.results import CheckSpec, Outcome, Status
from grader.sandbox import Callbacks, Worker
from grader.seeds import number, stream
from grader.student import SandboxTransport
from grader.suites import Suite
from grader.workers import Workers
from tests.helpers.asking import Ask, StudentFailure
from tests.helpers.assertions import CheckFailure
from tests.helpers.drawing import Draw, SeededDraw
from tests.helpers.properties import Case
from tests.helpers.proxy import Student

# What a check's own code raises when it meets a value of a kind that nobody thought of.
UNUSABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
Body = Callable[[Student], None]
Failure = CheckFailure | StudentFailure


@dataclass
class Circumstances:
    """What the outcomes of a grading depend on besides the submission.

    file_blocks: by suite, excused: by check; what is not run has its outcome there. passing: checks
    that need not be run, as somebody who trusts the files knows how they end.
    """

    suites: Mapping[str, Suite]
    answers: Answers
    references: Mapping[str, ModuleType]
    documented: Mapping[str, tuple[str, ...]]
    aliases: Mapping[str, str]
    seed: bytes
    cpu_seconds: float
    total_seconds: float
    level_block: str = ""
    file_blocks: Mapping[str, Outcome] = field(default_factory=dict)
    excused: Mapping[str, Outcome] = field(default_factory=dict)
    passing: frozenset[str] = frozenset()
    files: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def path(self, function: str) -> str:
        """Where a function is in a submission: "solution.NN.relu" for "solution.relu"."""
        return self.suites[function.split(".")[0]].path(function)

    def streams(self, check_id: str) -> Callable[[int], Draw]:
        """The draws of case i of a check."""
        return draws(self.seed, check_id)

    def reseeding(self, check_id: str) -> int:
        """What the student's own random numbers start from in this check."""
        return number(self.seed, check_id)


def draws(seed: bytes, check_id: str) -> Callable[[int], Draw]:
    """The draws of case i of a check under a seed."""
    return lambda i: SeededDraw(stream(seed, f"{check_id}#{i}"), first=not i)


@dataclass(frozen=True)
class Attempt:
    """How it ended, and its cases: one each of a property's, else all that was asked as one.

    own: all functions were the student's own.
    """

    outcome: Outcome
    cases: Sequence[Case] = ()
    failure: Failure | None = None
    own: bool = True


class Attempts:
    """Makes attempts at checks on the workers of one submission."""

    def __init__(self, workers: Workers, circumstances: Circumstances, student: Student) -> None:
        self._workers = workers
        self._with = circumstances
        self._student = student

    def make(
        self, spec: CheckSpec, body: Body, worker: Worker, callbacks: Callbacks | None = None
    ) -> Attempt:
        """Run the check once in this worker."""
        transport = self._transport(spec, worker, callbacks)
        self._student.use(transport)
        try:
            with np.errstate(all="ignore"):  # a student's NaN is the check's business alone
                body(self._student)
        except (CheckFailure, StudentFailure) as failure:
            return self._failed(spec, failure, transport, own=callbacks is None)
        except UNUSABLE as error:
            self._prove_check(spec, body)
            unusable = CheckFailure(failures.unusable(error))
            return self._failed(spec, unusable, transport, own=callbacks is None)
        return Attempt(Outcome(Status.passed), transport.cases, own=callbacks is None)

    def _failed(
        self, spec: CheckSpec, failure: Failure, transport: SandboxTransport, *, own: bool
    ) -> Attempt:
        cases = transport.cases or [Case.of(list(transport.log), failure)]
        told = self._told(spec, failure, transport)
        stub = spec.gate and stubs.only_stubs(transport.log, spec.function.split(".")[-1])
        files = self._with.files
        outcome = failures.outcome(told, visible=spec.visible, files=files, stub=stub)
        return Attempt(outcome, cases, failure, own)

    def _told(self, spec: CheckSpec, failure: Failure, transport: SandboxTransport) -> Failure:
        """The failure in the words that say most."""
        if isinstance(failure, StudentFailure) and failures.is_unusable(failure):
            unfinished = [one for one, answer in transport.log if answer.failure is not None]
            if unfinished:
                failure = self._looked_into(unfinished[-1], transport, failure)
        if isinstance(failure, StudentFailure) and failure.status == Status.missing.value:
            failure = self._missing(spec, failure)
        return failure

    @staticmethod
    def _looked_into(one: Ask, transport: SandboxTransport, failure: StudentFailure) -> Failure:
        """The failure told by what could not be used, where asking for it again succeeds."""
        try:
            finding = stubs.where_it_ended(one, transport.ask_all)
        except StudentFailure:
            return failure
        return failure if finding is None else CheckFailure(finding)

    def _missing(self, spec: CheckSpec, failure: StudentFailure) -> StudentFailure:
        """A name that is not there is `missing` only for the checks of that very name."""
        path = self._with.path(spec.function)
        names = self._workers.names
        if path not in names and self._with.aliases.get(path) not in names:
            return failure
        return StudentFailure(Status.failed.value, failure.text, error=failure.error)

    def _prove_check(self, spec: CheckSpec, body: Body) -> None:
        """Run the check on the reference: only if it works there is the student's value to blame.

        Otherwise the error comes out of here, as the grader's own.
        """
        streams = self._with.streams(spec.id)
        body(Student(ReferenceTransport(self._with.references, streams)))

    def _transport(
        self, spec: CheckSpec, worker: Worker, callbacks: Callbacks | None
    ) -> SandboxTransport:
        transport = SandboxTransport(
            worker,
            documented=self._with.documented,
            streams=self._with.streams(spec.id),
            cpu_seconds=self._with.cpu_seconds,
            names=self._workers.names,
            aliases=self._with.aliases,
            callbacks=callbacks,
        )
        transport.reseed(self._with.reseeding(spec.id))
        return transport
