"""What a constant factor between a wrong array and the right one is likely to mean."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NEAR = 1e-4
AS_SQUARE = "as from the derivative of a square"
AS_HALF = "as from half a square, or a mean of two"


class Meaning(NamedTuple):
    """What a factor comes from, with its number and without it; sure: of one number alone, too."""

    fine: str
    coarse: str
    sure: bool = False


def meaning(
    ratio: float, got: NDArray[Any], want: NDArray[Any], examples: int = 0
) -> Meaning | None:
    """What made `got` the `ratio` times as large as `want`; None where nobody can say.

    ratio: neither 1 nor -1.
    """
    sign = ", and the sign is reversed" if ratio < 0 else ""
    size = abs(ratio)
    found = _of_examples(size, examples)
    if found is None and (near(size, 2.0) or near(size, 0.5)):
        found = _of_squares(size) if examples else None
    elif found is None:
        found = _of_chains(size, got, want) or _of_sizes(size, got)
    if found is None:
        return None
    return found._replace(fine=found.fine + sign, coarse=found.coarse + sign)


def _of_examples(ratio: float, m: int) -> Meaning | None:
    """A power of the number of examples."""
    if m < 2:
        return None
    mean = "as if the mean over the examples were missing"
    square = "as if multiplied by the number of examples where it should be divided"
    for size, fine, coarse in (
        (m, f"{m} is the number of examples, {mean}", mean),
        (m**2, f"{m**2} is the number of examples squared, {square}", square),
    ):
        if near(ratio, float(size)):
            return Meaning(fine, coarse, True)
    for size, often in ((m, "once too often"), (m**2, "twice too often")):
        if near(ratio, 1.0 / size):
            divided = "as if divided by the number of examples"
            return Meaning(f"{divided}, {m}, {often}", f"{divided} {often}", True)
    return None


def _of_chains(ratio: float, got: NDArray[Any], want: NDArray[Any]) -> Meaning | None:
    for base in (2, 10):
        if near(ratio, 1.0 / np.log(base)):
            text = f"a logarithm of base {base} in place of the natural one"
            return Meaning(text, text, True)
    if got.size > 3 and near(float(got.sum()), 1.0) and not near(float(want.sum()), 1.0):
        return _both("all entries together sum to 1")
    return None


def _of_squares(ratio: float) -> Meaning:
    """2 or 1/2 where a mean is taken: of squares, or of two."""
    if ratio > 1.0:
        return Meaning(AS_SQUARE, f"2, {AS_SQUARE}")
    return Meaning(AS_HALF, f"1/2, {AS_HALF}")


def _of_sizes(ratio: float, got: NDArray[Any]) -> Meaning | None:
    """The number of entries, columns or rows, as where a mean runs over too much or too little."""
    sizes = [(got.size, "entries")] if got.ndim else []
    if got.ndim == 2:
        sizes += [(got.shape[1], "columns"), (got.shape[0], "rows")]
    for size, name in sizes:
        if size > 2 and near(ratio, float(size)):
            times = f"as if multiplied by the number of {name}"
            return Meaning(f"{size} is the number of its {name}", times)
        if size > 2 and near(ratio, 1.0 / size):
            return _both(f"as if divided by the number of {name}")
    return None


def _both(text: str) -> Meaning:
    return Meaning(text, text)


def near(a: float, b: float) -> bool:
    """Equal for the purpose of naming a factor."""
    return abs(a - b) < NEAR * abs(b)


def number(ratio: float) -> str:
    """The ratio in the form that says most: 4, 1/4, 0.37."""
    if abs(ratio) < 1.0:
        inverse = 1.0 / ratio
        if abs(inverse - round(inverse)) < NEAR:
            return f"{'-' if ratio < 0 else ''}1/{abs(round(inverse))}"
    return f"{ratio:.6g}"
