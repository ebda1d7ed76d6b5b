"""Look for a smaller case in which a visible property fails in the same way.

The cases that grade are drawn from all numbers of a range; those that are shown should be short.
So the property runs once more on many small cases of whole numbers and simple fractions, all in one
batch, in a worker of its own. No outcome depends on it. The draws are the same each time, which
those of a shrinking library are not: they follow what is installed and loaded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from grader.attempt import UNUSABLE, Failure
from grader.seeds import stream
from grader.student import SandboxTransport
from tests.helpers.asking import StudentFailure
from tests.helpers.assertions import CheckFailure
from tests.helpers.drawing import SeededDraw
from tests.helpers.properties import Asking, Case, played

T = TypeVar("T")
Array = NDArray[np.float64]

CASES = 60
CPU_SECONDS = 1.0
TRIES = 200
STEPS = (1.0, 0.5, 0.25, 0.125, 0.0625)
FEWEST_VALUES = 4


class SimpleDraw(SeededDraw):
    """Draws small numbers of few digits. spread: how far sizes may go beyond the smallest."""

    def __init__(self, generator: np.random.Generator, spread: int) -> None:
        super().__init__(generator)
        self._spread, self._finer = spread, 0

    def integer(self, low: int, high: int) -> int:
        return super().integer(low, min(high, low + self._spread))

    def uniform(self, low: float, high: float) -> float:
        return float(self.array((), low, high))

    def array(self, shape: Sequence[int] | int, low: float, high: float) -> Array:
        values = simple_values(low, high, self._finer)
        return np.asarray(self._random.choice(values, shape), dtype=np.float64)

    def choice(self, options: Sequence[T]) -> T:
        return options[int(self._random.integers(len(options)))]

    def until(self, good: Callable[[Any], bool], make: Callable[[], T]) -> T:
        for i in range(TRIES):
            value = make()
            if good(value):
                return value
            self._finer = i * len(STEPS) // TRIES
        return super().until(good, make)


def simple_values(low: float, high: float, finer: int = 0) -> Array:
    """Numbers of a range that are short to write: whole ones if there are enough of them.

    finer: by how many halvings the grid is finer than needed.
    """
    for i, step in enumerate(STEPS):
        grid = step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)
        if len(grid) >= FEWEST_VALUES:
            fine = STEPS[min(i + finer, len(STEPS) - 1)]
            wide = fine * np.arange(np.ceil(low / fine), np.floor(high / fine) + 1)
            near = wide[np.abs(wide) <= max(3.0, 2 * np.abs(wide).min())]
            return near if len(near) >= FEWEST_VALUES else wide
    return np.array([low, high])


class SearchTransport(SandboxTransport):
    """Runs a property on simple cases; `found` are those that failed."""

    found: Sequence[Case] = ()

    def for_cases(self, make: Callable[..., Asking], cases: int) -> None:
        """Many simple cases in place of the drawn ones, small ones first."""
        self.found = [
            case
            for case in played((self._simple(make, i) for i in range(CASES)), self.ask_all)
            if case.failure is not None
        ]

    def _simple(self, make: Callable[..., Asking], i: int) -> Asking:
        draw = SimpleDraw(stream(b"", f"simple#{i}"), spread=4 * i // CASES)
        return _guarded(make(draw=draw))


def _guarded(asking: Asking) -> Asking:
    try:
        yield from asking
    except UNUSABLE:
        return


def smallest_like(found: Sequence[Case], case: Case) -> Case | None:
    """Of the cases found that fail as this one does, the smallest with the most usual pattern.

    In the very smallest a mistake may look like another: a sum over the wrong axis of one column.
    """
    alike = [one for one in found if _same_verdict(one.failure, case.failure)]
    (most, _), *_ = Counter(map(_pattern, alike)).most_common(1) or [("", 0)]
    return min(alike, key=lambda one: (_pattern(one) != most, one.size, _length(one)), default=None)


def _same_verdict(one: Failure | None, other: Failure | None) -> bool:
    if isinstance(one, CheckFailure) and isinstance(other, CheckFailure):
        a, b = one.finding, other.finding
        return (_words(a.call), bool(a.fact), a.safe_fact) == (
            _words(b.call),
            bool(b.fact),
            b.safe_fact,
        )
    if isinstance(one, StudentFailure) and isinstance(other, StudentFailure):
        return (one.status, _words(str(one))) == (other.status, _words(str(other)))
    return False


def _words(text: str) -> list[str]:
    """The names in a text without its numbers, which are another case's."""
    return re.findall(r"[A-Za-z_]\w*", text)


def _pattern(case: Case) -> str:
    return case.failure.finding.safe_pattern if isinstance(case.failure, CheckFailure) else ""


def _length(case: Case) -> int:
    """How long its arrays are when written."""
    arrays = (arg for one, _ in case.log for step in one.steps for arg in step.args)
    return sum(len(repr(arg.tolist())) for arg in arrays if isinstance(arg, np.ndarray))
