"""A wrong array beside the right one, and what may be said of the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Pattern(NamedTuple):
    """A sentence on an error, and what may be said of it where values are hidden."""

    fine: str
    coarse: str


def same(sentence: str) -> Pattern:
    """A sentence without anything that would have to be left out."""
    return Pattern(sentence, sentence)


NOTHING = same("")


@dataclass(frozen=True)
class Error:
    """A wrong array beside the right one of the same shape; `wrong` marks its wrong entries."""

    got: Array
    want: Array
    wrong: Array
    rtol: float
    examples: int

    def alike(self, got: Array, want: Array) -> bool:
        """Equal for the purpose of naming a pattern."""
        return alike(got, want, self.rtol)

    @property
    def only(self) -> bool:
        """Some entries are wrong and others are right."""
        return bool(self.wrong.any()) and not self.wrong.all()


def alike(got: Array, want: Array, rtol: float) -> bool:
    """Equal for the purpose of naming a pattern: rounding apart."""
    close = max(rtol, 1e-6)
    atol = 1e-9 if close < 1e-5 else close / 10
    if np.isfinite(want).all():  # a quarter of the time, and a failure asks a hundred times
        return bool((np.abs(got - want) <= atol + close * np.abs(want)).all())
    return bool(np.allclose(got, want, rtol=close, atol=atol))
