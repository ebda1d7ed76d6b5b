"""Where a property's cases come from: a seeded stream when grading, else hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Array = NDArray[np.float64]


class Draw(Protocol):
    """The draws a case is made of."""

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""

    def size(self, most: int, least: int = 1) -> int:
        """How many rows or columns. In the first case of those that grade, two or more."""

    def uniform(self, low: float, high: float) -> float:
        """A number between low and high."""

    def array(self, shape: Sequence[int] | int, low: float, high: float) -> Array:
        """A float64 array of this shape, entries between low and high."""

    def choice(self, options: Sequence[T]) -> T:
        """One of the options."""

    def permutation(self, n: int) -> NDArray[np.int64]:
        """A permutation of 0 .. n - 1."""

    def one_hot(self, m: int, c: int) -> Array:
        """(m, c) one-hot rows."""

    def until(self, good: Callable[[Any], bool], make: Callable[[], T]) -> T:
        """Draw again until `good` says yes: to stay away from kinks and ties."""


def on_a_grid(x: Array) -> Array:
    """The nearest multiples of 2^-8: float32 holds them, also after adding 1e4 to them."""
    return np.round(x * 256.0) / 256.0


class SeededDraw:
    """Draws from one numpy generator; the same seed gives the same cases on every machine.

    first: this is the first case of a check. Arrays of one or two entries are among the others:
    who is right for those alone must not be lucky enough to meet nothing else.
    """

    def __init__(self, generator: np.random.Generator, *, first: bool = False):
        self._random, self._first = generator, first

    def integer(self, low: int, high: int) -> int:
        return int(self._random.integers(low, high + 1))

    def size(self, most: int, least: int = 1) -> int:
        return self.integer(max(least, 2) if self._first else least, most)

    def uniform(self, low: float, high: float) -> float:
        return float(self._random.uniform(low, high))

    def array(self, shape: Sequence[int] | int, low: float, high: float) -> Array:
        return self._random.uniform(low, high, shape)

    def choice(self, options: Sequence[T]) -> T:
        return options[self.integer(0, len(options) - 1)]

    def permutation(self, n: int) -> NDArray[np.int64]:
        return self._random.permutation(n)

    def one_hot(self, m: int, c: int) -> Array:
        return np.eye(c)[self._random.integers(0, c, m)]

    def until(self, good: Callable[[Any], bool], make: Callable[[], T]) -> T:
        for _ in range(1000):
            value = make()
            if good(value):
                return value
        raise ValueError("1000 draws and none fits; widen the draw or loosen the condition")


class HypothesisDraw:
    """The same draws made by hypothesis, which shrinks a failing case to a small one."""

    def __init__(self, data: Any):
        from hypothesis import assume, strategies
        from hypothesis.extra import numpy as arrays

        self._data, self._assume, self._strategies, self._arrays = data, assume, strategies, arrays

    def integer(self, low: int, high: int) -> int:
        return int(self._data.draw(self._strategies.integers(low, high)))

    def size(self, most: int, least: int = 1) -> int:
        return self.integer(least, most)

    def uniform(self, low: float, high: float) -> float:
        return float(self._data.draw(self._floats(low, high)))

    def array(self, shape: Sequence[int] | int, low: float, high: float) -> Array:
        size = (shape,) if isinstance(shape, int) else tuple(shape)
        return self._data.draw(
            self._arrays.arrays(np.float64, size, elements=self._floats(low, high))
        )

    def choice(self, options: Sequence[T]) -> T:
        return self._data.draw(self._strategies.sampled_from(list(options)))

    def permutation(self, n: int) -> NDArray[np.int64]:
        return np.array(self._data.draw(self._strategies.permutations(range(n))), dtype=np.int64)

    def one_hot(self, m: int, c: int) -> Array:
        return np.eye(c)[[self.integer(0, c - 1) for _ in range(m)]]

    def until(self, good: Callable[[Any], bool], make: Callable[[], T]) -> T:
        value = make()
        self._assume(good(value))
        return value

    def _floats(self, low: float, high: float) -> Any:
        return self._strategies.floats(low, high, allow_subnormal=False)
