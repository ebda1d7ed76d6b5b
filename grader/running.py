"""How one check is run: with the student's own functions, then with the reference below.

A check first runs on the submission as it is. Only if it fails does it run again, in a new worker,
with the reference in place of the functions strictly below the one under test, so that a mistake
costs its points once: where nothing below has lost any, there is no second run. It also needs
something below that works: glue around nothing earns nothing. A function that those below it call
in turn has no answer of its own (a cycle).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace

from grader import failures
from grader.attempt import Attempt, Attempts, Body, Circumstances, Failure
from grader.results import CheckSpec, Outcome, Status
from grader.sandbox import Callbacks, Worker, WorkerDied
from grader.sandbox import StudentFailure as SandboxFailure
from grader.workers import Workers
from tests.helpers.proxy import Student

MAX_TIMEOUTS = 2
# CPU seconds, and a share of a processor: less takes only code that sleeps, however busy the
# machine is.
LITTLE, SLEEPER = 0.5, 0.01
# A worker that does not do what the grader itself asks of it; the submission's doing.
LOST = (WorkerDied, SandboxFailure)


@dataclass(frozen=True)
class Tried:
    """A check that was run, and the attempts at it in which nothing below was broken.

    every: these and those on what is broken below.
    """

    spec: CheckSpec
    body: Body
    attempts: list[Attempt] = field(default_factory=list)
    every: list[Attempt] = field(default_factory=list)


class Runner:
    """Runs checks in order and remembers what later ones need: gates, timeouts, time spent.

    tried: every check that was run, by its id. examined: the functions all of whose checks are.
    """

    def __init__(
        self,
        workers: Workers,
        circumstances: Circumstances,
        student: Student,
        examined: Set[str],
    ) -> None:
        self._workers = workers
        self._examined = examined
        self._with = circumstances
        self._making = Attempts(workers, circumstances, student)
        self.tried: dict[str, Tried] = {}
        self._started = time.monotonic()
        self._timeouts: Counter[str] = Counter()
        self._gates: dict[str, Status] = {}
        self._broken: set[str] = set()
        self._failure: Failure | None = None
        # Functions whose own run hangs below them: no more time is lost on that.
        self._stand_in_first: dict[str, Outcome] = {}

    def run(self, spec: CheckSpec, body: Body) -> Outcome:
        """The outcome of one check; whatever the submission does, there is one."""
        started = time.perf_counter()
        self._workers.begin(spec.suite)
        result = self._blocked(spec) or self._attempts(spec, body)
        self._note(spec, result)
        return replace(result, seconds=time.perf_counter() - started)

    def _blocked(self, spec: CheckSpec) -> Outcome | None:
        """Reasons not to run at all."""
        if spec.id in self._with.excused:
            return self._with.excused[spec.id]
        if spec.id in self._with.passing:
            return Outcome(Status.passed)
        if spec.suite in self._with.file_blocks:
            return self._with.file_blocks[spec.suite]
        if self._with.level_block and not spec.visible:
            return Outcome(Status.not_run, self._with.level_block)
        gate = self._gates.get(spec.function)
        if not spec.gate and gate in (Status.not_implemented, Status.missing):
            name = self._with.path(spec.function)
            unfinished = gate is Status.not_implemented
            return Outcome(gate, failures.NOT_YET if unfinished else f"{name} is not defined")
        if self._timeouts[spec.function] >= MAX_TIMEOUTS:
            text = f"Not tried: {MAX_TIMEOUTS} checks of {spec.function} ran out of time before."
            return Outcome(Status.timed_out, text)
        if self._time_is_up():
            text = f"Not tried: the submission used all of its {self._with.total_seconds:g} s."
            return Outcome(Status.timed_out, text)
        return None

    def _time_is_up(self) -> bool:
        """By CPU time; by the wall only for a submission that sleeps, not for a busy machine."""
        wall, total = time.monotonic() - self._started, self._with.total_seconds
        cpu = self._workers.spent
        return cpu > total or (wall > total and cpu < LITTLE + SLEEPER * wall)

    def _attempts(self, spec: CheckSpec, body: Body) -> Outcome:
        below = self._below(spec)
        own = self._stand_in_first.get(spec.function)
        if own is None:
            own = self._attempt(spec, body, self._workers.own(spec.visible))
            if own.status.good or own.status is Status.missing or not below:
                return own
            if self._gate_shut(spec) or self._hangs_itself(spec) or self._right(below):
                return own
            if not self._any_works(below):
                return self._glue(spec, own, below)
        result = self._with_reference(spec, body, own, below)
        if result.status.good and own.status is Status.timed_out:
            self._stand_in_first[spec.function] = own
        return result

    def _with_reference(
        self, spec: CheckSpec, body: Body, own: Outcome, below: Sequence[str]
    ) -> Outcome:
        """In place of what is broken below; if that does not help, of everything below.

        What works stays the student's own as long as it can: conventions that are consistent
        within a submission are nobody else's business.
        """
        broken = [function for function in below if function in self._broken]
        result = own
        for replaced in (broken, below) if 0 < len(broken) < len(below) else (below,):
            result = self._second(spec, body, own, replaced)
            if result.status.good:
                return self._unless_cycle(spec, body, below, result)
        return result

    def _second(self, spec: CheckSpec, body: Body, own: Outcome, below: Sequence[str]) -> Outcome:
        function = self._with.path(spec.function)
        try:
            # visible and hidden checks have workers apart, as their own ones are
            key = function, spec.visible, tuple(below)
            worker, replaced = self._workers.kept(
                "stand-ins", key, lambda one: one.replace(self._paths(below), function)
            )
        except LOST:
            return own
        if replaced.refused:
            return own
        result = self._attempt(spec, body, worker, self._callbacks(below))
        elsewhere = own.status in (Status.crashed, Status.not_implemented, Status.missing)
        says_more = elsewhere and result.detail != own.detail and not self._refused()
        return result if says_more or result.status.good else own

    def _refused(self) -> bool:
        """Whether the last attempt ended where the reference could not take what it was given."""
        error = getattr(self._failure, "error", None)
        return error is not None and error.kind == "callback"

    def _unless_cycle(
        self, spec: CheckSpec, body: Body, below: Sequence[str], passed: Outcome
    ) -> Outcome:
        tested, lower = self._with.path(spec.function), self._paths(below)
        try:
            key = spec.function, spec.visible
            worker, _ = self._workers.kept("watching", key, lambda one: one.watch(tested, lower))
        except LOST as lost:
            failure = failures.from_error(lost.error)
            return failures.outcome(failure, visible=spec.visible, files=self._with.files)
        watched = self._attempt(spec, body, worker)
        if watched.detail.startswith(failures.CYCLE):
            return watched
        text = "Passed with the reference in place of the functions below it."
        return replace(passed, message=text, with_reference=True)

    def _attempt(
        self, spec: CheckSpec, body: Body, worker: Worker, callbacks: Callbacks | None = None
    ) -> Outcome:
        attempt = self._making.make(spec, body, worker, callbacks)
        tried = self.tried.setdefault(spec.id, Tried(spec, body))
        tried.every.append(attempt)
        if callbacks is not None or self._broken.isdisjoint(self._below(spec)):
            tried.attempts.append(attempt)
        self._failure = attempt.failure
        return attempt.outcome

    def _callbacks(self, below: Sequence[str]) -> Callbacks:
        return Callbacks(
            self._with.answers,
            allowed=self._with.answers.allowed(self._paths(below)),
            max_elements=200_000,
            shapes=lambda shape: len(shape) <= 2,
        )

    def _below(self, spec: CheckSpec) -> list[str]:
        suite = self._with.suites[spec.suite]
        needed = [self._with.suites[name] for name in suite.needs]
        return [f for one in needed for f in one.functions()] + suite.below(spec.function)

    def _paths(self, functions: Sequence[str]) -> list[str]:
        return [self._with.path(function) for function in functions]

    def _any_works(self, below: Sequence[str]) -> bool:
        known = [self._gates[f] for f in below if f in self._gates]
        return not known or any(status.good for status in known)

    def _right(self, functions: Sequence[str]) -> bool:
        """Whether these have passed all of their checks; what fails is then the submission's."""
        return self._broken.isdisjoint(functions) and self._examined >= set(functions)

    def _hangs_itself(self, spec: CheckSpec) -> bool:
        """Whether the last attempt ran out of time in the function under test and no other."""
        return self._ended_in("timed_out") == {_last(spec.function)}

    def _ended_in(self, kind: str) -> set[str]:
        """The submission's functions on the stack as the last attempt ended; none of another kind
        of end."""
        error = getattr(self._failure, "error", None)
        if error is None or error.kind != kind:
            return set()
        return {line.function for line in error.lines}

    def _gate_shut(self, spec: CheckSpec) -> bool:
        return not spec.gate and not self._gates.get(spec.function, Status.passed).good

    def _glue(self, spec: CheckSpec, own: Outcome, below: Sequence[str]) -> Outcome:
        """The outcome of what calls others, and none of those works."""
        if own.status is Status.not_implemented:
            entered = self._ended_in("not_implemented")
            unwritten = [f for f in below if _last(f) in entered]
            if not unwritten or _last(spec.function) not in entered:
                return own
            hint = f"It calls {_last(unwritten[-1])}, which is not written yet."
        elif any(self._gates.get(f) is Status.not_implemented for f in below):
            hint = ""
        else:
            return own
        text = f"{failures.NOT_YET} Nothing that it could stand on works."
        return replace(own, status=Status.not_implemented, message=text, hint=hint)

    def _note(self, spec: CheckSpec, result: Outcome) -> None:
        if not result.status.good and not (spec.optional and result.status is Status.missing):
            self._broken.add(spec.function)
        if result.status is Status.timed_out:
            self._timeouts[spec.function] += 1
        if spec.gate and self._gates.get(spec.function, Status.passed).good:
            self._gates[spec.function] = result.status


def _last(function: str) -> str:
    """The name of solution.relu in its own file."""
    return function.rpartition(".")[2]
