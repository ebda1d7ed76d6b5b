"""The student's code behind the sandbox: a check's Asks become programs that a worker runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from grader.failures import from_error
from grader.sandbox import VARY as SANDBOX_VARY
from grader.sandbox import Callbacks, Handle, Program, Result, Worker, WorkerDied
from grader.sandbox import Name as SandboxName
from grader.sandbox import Ref as SandboxRef
from grader.sandbox import StudentFailure as SandboxFailure
from tests.helpers.asking import VARY, Answer, Ask, Live, Name, Ref, StudentFailure
from tests.helpers.drawing import Draw
from tests.helpers.properties import Asking, Case, drawn, raise_smallest

PLAIN = frozenset({np.ndarray, str, int, float, bool, type(None)})


class SandboxTransport:
    """Runs the Asks of one attempt at one check in one worker.

    documented: parameter names of constructors and lenient functions, by path; calls to them are
    fitted to the student's signature. streams: the draws of case i of this check.
    aliases: the student's name of a function that may have several.
    """

    def __init__(
        self,
        worker: Worker,
        *,
        documented: Mapping[str, tuple[str, ...]],
        streams: Callable[[int], Draw],
        cpu_seconds: float,
        names: Collection[str],
        aliases: Mapping[str, str],
        callbacks: Callbacks | None = None,
    ) -> None:
        self._worker = worker
        self._documented = documented
        self._streams = streams
        self._names = names
        self._aliases = aliases
        self._callbacks = callbacks
        self._deadline = worker.cpu_time() + cpu_seconds
        self._seed: int | None = None
        self._lost: StudentFailure | None = None
        self.log: list[tuple[Ask, Answer]] = []
        self.cases: list[Case] = []

    def ask_all(self, asks: Sequence[Ask]) -> list[Answer]:
        """One frame each way for all programs; an error ends only its own."""
        self._check_alive()
        programs = [self._program(one) for one in asks]
        try:
            results = self._worker.run(
                programs, cpu_seconds=self._left(), callbacks=self._callbacks, reseed=self._seed
            )
        except WorkerDied as death:
            raise self._lose(death) from death
        self._seed = None
        answers = [_answer(result) for result in results]
        self.log += zip(asks, answers, strict=True)
        return answers

    def scan(
        self,
        ask: Ask,
        base: np.ndarray,
        deltas: np.ndarray | None,
        h: float,
        project: np.ndarray | None,
    ) -> np.ndarray:
        """Evaluate the program at base + d and base - d inside the worker."""
        self._check_alive()
        try:
            return self._worker.scan(
                self._program(ask),
                base,
                deltas=deltas,
                h=h * np.maximum(1.0, np.abs(base)),
                project=project,
                cpu_seconds=self._left(),
                callbacks=self._callbacks,
            )
        except WorkerDied as death:
            raise self._lose(death) from death
        except SandboxFailure as failed:
            raise from_error(failed.error) from failed

    def reseed(self, seed: int) -> None:
        """Takes effect before the next Ask."""
        self._seed = seed

    def for_cases(self, make: Callable[..., Asking], cases: int) -> None:
        """All cases side by side; the batch is one frame. More of them where one fails."""
        self.cases = drawn(lambda i: make(draw=self._streams(i)), cases, self.ask_all)
        raise_smallest(self.cases)

    def has(self, path: str) -> bool:
        """By what the import of the submission found."""
        return path in self._names

    def _lose(self, death: WorkerDied) -> StudentFailure:
        self._lost = from_error(death.error)
        return self._lost

    def _check_alive(self) -> None:
        """A check may go on after its worker has died: it gets the same answer again."""
        if self._lost is not None:
            raise self._lost

    def _left(self) -> float:
        return max(0.05, self._deadline - self._worker.cpu_time())

    def _program(self, ask: Ask) -> Program:
        program = Program()
        refs: list[SandboxRef] = []
        for step in ask.steps:
            target = self._target(step.target, refs)
            args = [_translate(arg, refs) for arg in step.args]
            if step.kind == "call":
                kwargs = {key: _translate(value, refs) for key, value in step.kwargs.items()}
                names = self._documented.get(step.target) if isinstance(step.target, str) else None
                refs.append(program.call(target, *args, documented=names, **kwargs))
            elif step.kind == "value":
                refs.append(program.item((target,), 0))
            else:
                refs.append(getattr(program, step.kind)(target, *args))
        for ref, live in ask.results():
            program.returns(refs[ref.step], keep=live)
        return program

    def _target(self, target: Any, refs: Sequence[SandboxRef]) -> Any:
        if isinstance(target, str):
            return SandboxName(self._aliases.get(target, target))
        return _translate(target, refs)


def _translate(value: Any, refs: Sequence[SandboxRef]) -> Any:
    if type(value) in PLAIN:
        return value
    if isinstance(value, Ref):
        return refs[value.step]
    if isinstance(value, Live):
        return value.key
    if isinstance(value, Name):
        return SandboxName(value.path)
    if value is VARY:
        return SANDBOX_VARY
    if isinstance(value, (tuple, list)):
        return type(value)(_translate(part, refs) for part in value)
    if isinstance(value, dict):
        return {key: _translate(part, refs) for key, part in value.items()}
    return value


def _answer(result: Result) -> Answer:
    if result.error is not None:
        return Answer(failure=from_error(result.error), dropped=result.dropped)
    return Answer(tuple(_live(value) for value in result.values), dropped=result.dropped)


def _live(value: Any) -> Any:
    """Handles as Live objects, wherever they are in a value."""
    if isinstance(value, Handle):
        return Live(value, value.type_name, value.callable)
    if isinstance(value, (tuple, list)):
        return type(value)(_live(part) for part in value)
    if isinstance(value, dict):
        return {key: _live(part) for key, part in value.items()}
    return value
