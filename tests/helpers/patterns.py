"""The pattern of an error: what a wrong array has in common with the right one, in a sentence.

Each pattern has two texts. The coarse one is for hidden checks: it names no place, no count and no
number but powers of the number of examples, 2 and 1/2, as a student's code could hide values in
the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import lines
from .factors import meaning, near, number
from .wrong import NOTHING, Array, Error, Pattern, alike, same


def describe(
    got: Array,
    want: Array,
    *,
    rtol: float = 1e-6,
    wrong: Array | None = None,
    examples: int = 0,
    coarse: bool = False,
) -> str:
    """One sentence, or nothing where no pattern fits. It never names a value of `want`."""
    found = pattern_of(got, want, rtol=rtol, wrong=wrong, examples=examples)
    return found.coarse if coarse else found.fine


def pattern_of(
    got: Array,
    want: Array,
    *,
    rtol: float = 1e-6,
    wrong: Array | None = None,
    examples: int = 0,
    start: Any = None,
) -> Pattern:
    """The first pattern that fits. examples: how many there are, to name factors by them.

    start: what both were before a step; the pattern is then that of the step.
    """
    if got.shape != want.shape:
        return same(_shapes(got, want, rtol))
    marked = np.ones(got.shape, bool) if wrong is None else wrong
    before = None if start is None else np.asarray(start, dtype=np.float64)
    if before is not None and before.shape == want.shape and np.isfinite(got).all():
        return _of_step(_of(Error(got - before, want - before, marked, rtol, examples)))
    return _of(Error(got, want, marked, rtol, examples))


def _of(error: Error) -> Pattern:
    with np.errstate(all="ignore"):
        if error.alike(error.got, error.want):
            return same("It differs only in the last digits.")
        found = (pattern(error) for pattern in PATTERNS)
        return next((one for one in found if one.fine), NOTHING)


def _of_step(found: Pattern) -> Pattern:
    if not found.fine:
        return found
    return Pattern(*(f"As to the step: {text[0].lower()}{text[1:]}" for text in found))


def _shapes(got: Array, want: Array, rtol: float) -> str:
    if got.shape == want.T.shape:
        right = alike(got.T, want, rtol)
        return "It is the transpose of the expected array." if right else "The axes are swapped."
    if got.size == want.size and alike(got.reshape(want.shape), want, rtol):
        return "The numbers are right, only the shape is not."
    if got.size == 1 < want.size:
        return "It is one number for the whole array."
    if _adds_up(got, want, rtol):
        return "It would be right if it were summed over one axis more."
    if got.ndim < want.ndim and want.shape and got.size == want.size // want.shape[0]:
        return "One axis was summed or averaged away."
    return ""


def _adds_up(got: Array, want: Array, rtol: float) -> bool:
    sums = (got.sum(axis=axis) for axis in range(got.ndim))
    return any(one.size == want.size and alike(one.ravel(), want.ravel(), rtol) for one in sums)


def _not_finite(error: Error) -> Pattern:
    bad = ~np.isfinite(error.got) & np.isfinite(error.want)
    if not bad.any():
        return NOTHING
    kind = "NaN" if np.isnan(error.got[bad]).any() else "infinity"
    return Pattern(
        f"{kind} in {int(bad.sum())} of {error.got.size} entries.", f"{kind} in some entries."
    )


def _constant(error: Error) -> Pattern:
    if error.got.size < 2 or np.ptp(error.got) > 0 or not np.ptp(error.want) > 0:
        return NOTHING
    return same("Every entry is the same number.")


def _nothing(error: Error) -> Pattern:
    if not error.got.size or error.got.any() or not error.want.any():
        return NOTHING
    return same("Every entry is 0." if error.got.size > 1 else "It is 0.")


def _factor(error: Error) -> Pattern:
    ratio = _ratio(error)
    if ratio is None:
        return NOTHING
    if near(ratio, -1.0):
        return same("The sign is reversed.")
    single = error.got.size == 1
    why = meaning(ratio, error.got, error.want, error.examples)
    if single and not (why and why.sure):
        return NOTHING  # of a single number any other factor may be chance
    what = "It" if single else "Every entry"
    fine = f"{what} is {number(ratio)} times the expected one"
    if why:
        return Pattern(f"{fine}: {why.fine}.", f"{what} is off by the same factor: {why.coarse}.")
    named = number(ratio) in ("2", "1/2")
    return Pattern(f"{fine}.", f"{fine}." if named else f"{what} is off by the same factor.")


def _ratio(error: Error) -> float | None:
    """The factor between the two arrays, if there is one and it is not 1."""
    got, want = error.got, error.want
    large = np.abs(want) > 1e-3 * np.max(np.abs(want), initial=0.0)
    if large.sum() < min(2, got.size) or not np.isfinite(got).all() or not want.any():
        return None
    ratio = float(np.median(got[large] / want[large]))
    if ratio == 0.0 or abs(ratio - 1.0) < 1e-4 or not error.alike(got, ratio * want):
        return None
    return ratio


def _signs(error: Error) -> Pattern:
    right = error.got.size > 1 and error.alike(np.abs(error.got), np.abs(error.want))
    return same("Right apart from the sign of some entries.") if right else NOTHING


def _transposed(error: Error) -> Pattern:
    got = error.got
    square = got.ndim == 2 and got.shape[0] == got.shape[1] > 1
    if square and error.alike(got.T, error.want):
        return same("It is the transpose of the expected array.")
    return NOTHING


def _function(error: Error) -> Pattern:
    """A simple function of the right array in its place."""
    got, want = error.got, error.want
    if got.size < 2:
        return NOTHING
    if error.alike(got, 1.0 - want):
        return same("Every entry is 1 minus the expected one.")
    if error.alike(got, want**2):
        return same("Every entry is the square of the expected one.")
    if (got >= 0).all() and error.alike(got**2, want):
        return same("Every entry is the square root of the expected one.")
    return NOTHING


def _saturated(error: Error) -> Pattern:
    between = (error.want > 0) & (error.want < 1)
    ends = np.isin(error.got, (0.0, 1.0))
    if (between & error.wrong).sum() < 2 or not ends[error.wrong].all():
        return NOTHING
    if not between[error.wrong].all() or not (error.got[error.wrong] == 1.0).any():
        return NOTHING
    return same("The wrong entries are exactly 0 or 1.")


def _zeros(error: Error) -> Pattern:
    got, want, wrong = error.got, error.want, error.wrong
    if not error.only:
        return NOTHING
    if (want[wrong] == 0).all():
        return same("Only entries that should be 0 are wrong.")
    if (got[wrong] == 0).all():
        return same("Only entries that are 0 are wrong: they should not be.")
    return NOTHING


def _inverted(error: Error) -> Pattern:
    """A mask the wrong way round."""
    zero = error.want == 0
    if zero.any() and not zero.all() and np.array_equal(error.got != 0, zero):
        return same("Just where it should be 0 it is not, and the other way round.")
    return NOTHING


def _one_side(error: Error) -> Pattern:
    want, wrong = error.want, error.wrong
    if not error.only or want.size < 4:
        return NOTHING
    if np.array_equal(wrong, want < 0):
        return same("Only where it should be negative is it wrong.")
    if np.array_equal(wrong, want > 0):
        return same("Only where it should be positive is it wrong.")
    return NOTHING


PATTERNS: tuple[Callable[[Error], Pattern], ...] = (
    _not_finite,
    _nothing,
    _factor,
    _transposed,
    _constant,
    _signs,
    _function,
    lines.reordered,
    lines.offset,
    lines.scaled_lines,
    lines.diagonal,
    _inverted,
    _zeros,
    _saturated,
    lines.one_line,
    _one_side,
)
