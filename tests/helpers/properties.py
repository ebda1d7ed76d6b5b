"""Properties: a generator function runs once per drawn case; all cases ask in one batch."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any

import numpy as np

from .asking import Answer, Ask, StudentFailure
from .assertions import CheckFailure

# Enough to show a small one, and to tell one mistake from another.
ONCE_FAILED = 6
Asking = Generator[Any, Any, None]
AskAll = Callable[[Sequence[Ask]], Sequence[Answer]]


def for_all(*, cases: int = 12) -> Callable[[Callable[..., Asking]], Callable[..., None]]:
    """Run the decorated generator for `cases` drawn cases; its `draw` argument makes each case.

    The generator yields an Ask, or a tuple of them, and is sent the value, or the tuple of values.
    """

    def decorate(function: Callable[..., Asking]) -> Callable[..., None]:
        signature = inspect.signature(function)
        kept = [p for p in signature.parameters.values() if p.name != "draw"]

        @functools.wraps(function)
        def check(**fixtures: Any) -> None:
            fixtures["student"].for_cases(functools.partial(function, **fixtures), cases)

        check.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return check

    return decorate


class Case:
    """One running generator, what it waits for, and how large its questions were.

    log: all that it asked, with the answers. failure: why it ended, None where all was right.
    """

    def __init__(self, asking: Asking):
        self.asking = asking
        self.size = 0
        self.several = False
        self.asks: list[Ask] = []
        self.log: list[tuple[Ask, Answer]] = []
        self.failure: CheckFailure | StudentFailure | None = None

    @classmethod
    def of(
        cls, log: list[tuple[Ask, Answer]], failure: CheckFailure | StudentFailure | None
    ) -> Case:
        """A check that is no property, as one case."""
        case = cls(_ for _ in ())
        case.log, case.failure = log, failure
        return case

    def advance(self, step: Callable[[], Any]) -> None:
        try:
            wanted = step()
        except StopIteration:
            self.asks = []
        except (CheckFailure, StudentFailure) as failure:
            self.asks, self.failure = [], failure
        else:
            self.several = isinstance(wanted, tuple)
            self.asks = list(wanted) if self.several else [wanted]
            self.size += sum(_size(one) for one in self.asks)

    def receive(self, answers: Sequence[Answer]) -> None:
        pairs = list(zip(answers, self.asks, strict=True))
        self.log += [(one, answer) for answer, one in pairs]
        failed = next((a.failure for a, one in pairs if a.failure and not one.may_raise), None)
        if failed is not None:
            self.advance(lambda: self.asking.throw(failed))
            return
        values = tuple(a if one.may_raise else a.value for a, one in pairs)
        self.advance(lambda: self.asking.send(values if self.several else values[0]))


def lockstep(generators: Iterable[Asking], ask_all: AskAll) -> None:
    """Run all generators side by side, questions batched; raise the smallest case's failure."""
    raise_smallest(played(generators, ask_all))


def played(generators: Iterable[Asking], ask_all: AskAll) -> list[Case]:
    """The generators as cases, each run to its end or its failure, questions batched."""
    cases = [Case(asking) for asking in generators]
    for case in cases:
        case.advance(lambda case=case: next(case.asking))  # type: ignore[misc]
    while waiting := [case for case in cases if case.asks]:
        answers = iter(ask_all([one for case in waiting for one in case.asks]))
        for case in waiting:
            case.receive([next(answers) for _ in case.asks])
    return cases


def drawn(make: Callable[[int], Asking], cases: int, ask_all: AskAll) -> list[Case]:
    """`cases` cases, make(i) each; if an answer is wrong, more of them, up to ONCE_FAILED."""
    first = played(map(make, range(cases)), ask_all)
    if any(isinstance(case.failure, CheckFailure) for case in first):
        return first + played(map(make, range(cases, ONCE_FAILED)), ask_all)
    return first


def raise_smallest(cases: Sequence[Case]) -> None:
    """Raise the failure of the smallest case that failed, if any did."""
    found = smallest(cases)
    if found is not None:
        assert found.failure is not None
        raise found.failure


def smallest(cases: Sequence[Case]) -> Case | None:
    """The smallest case that failed, if any did."""
    failed = [case for case in cases if case.failure is not None]
    return min(failed, key=lambda case: case.size, default=None)


def _size(one: Ask) -> int:
    return sum(
        np.size(arg) for step in one.steps for arg in step.args if isinstance(arg, np.ndarray)
    )
