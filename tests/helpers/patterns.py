"""The pattern of an error: what a wrong array has in common with the right one, in a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def describe(
    got: Array,
    want: Array,
    *,
    rtol: float = 1e-6,
    wrong: Array | None = None,
    coarse: bool = False,
) -> str:
    """One sentence, or nothing where no pattern fits. It never names a value of `want`.

    coarse: without places, counts and odd factors, in which a student's code could hide values.
    """
    if got.shape != want.shape:
        return _shapes(got, want, rtol)
    for pattern in (_not_finite, _nothing, _factor, _transposed, _one_line):
        marked = np.ones(got.shape, bool) if wrong is None else wrong
        sentence = pattern(got, want, rtol, marked, coarse)
        if sentence:
            return sentence
    return ""


def _shapes(got: Array, want: Array, rtol: float) -> str:
    if got.shape == want.T.shape:
        same = _alike(got.T, want, rtol)
        return "It is the transpose of the expected array." if same else "The axes are swapped."
    if got.size == want.size and _alike(got.reshape(want.shape), want, rtol):
        return "The numbers are right, only the shape is not."
    if got.ndim < want.ndim and want.shape and got.size == want.size // want.shape[0]:
        return "One axis was summed or averaged away."
    return ""


def _not_finite(got: Array, want: Array, rtol: float, wrong: Array, coarse: bool) -> str:
    bad = ~np.isfinite(got) & np.isfinite(want)
    if not bad.any():
        return ""
    kind = "NaN" if np.isnan(got[bad]).any() else "infinity"
    where = "some" if coarse else f"{int(bad.sum())} of {got.size}"
    return f"{kind} in {where} entries."


def _nothing(got: Array, want: Array, rtol: float, wrong: Array, coarse: bool) -> str:
    return "Every entry is 0." if got.size and not got.any() and want.any() else ""


def _factor(got: Array, want: Array, rtol: float, wrong: Array, coarse: bool) -> str:
    large = np.abs(want) > 1e-3 * np.max(np.abs(want), initial=0.0)
    if large.sum() < 2 or not np.isfinite(got).all() or not want.any():
        return ""
    ratio = float(np.median(got[large] / want[large]))
    if ratio == 0.0 or abs(ratio - 1.0) < 1e-4 or not _alike(got, ratio * want, rtol):
        return ""
    if abs(ratio + 1.0) < 1e-6:
        return "The sign is reversed."
    number = _number(ratio)
    if coarse and not _plain(ratio):
        return "Every entry is off by the same factor."
    return f"Every entry is {number} times the expected one."


def _transposed(got: Array, want: Array, rtol: float, wrong: Array, coarse: bool) -> str:
    square = got.ndim == 2 and got.shape[0] == got.shape[1] > 1
    return (
        "It is the transpose of the expected array." if square and _alike(got.T, want, rtol) else ""
    )


def _one_line(got: Array, want: Array, rtol: float, wrong: Array, coarse: bool) -> str:
    if got.ndim != 2 or wrong.all() or min(got.shape) < 2:
        return ""
    rows, columns = np.flatnonzero(wrong.any(axis=1)), np.flatnonzero(wrong.any(axis=0))
    if len(rows) == 1 and got.shape[1] > 1 and len(columns) > 1:
        return "Only one row is wrong." if coarse else f"Only row {rows[0]} is wrong."
    if len(columns) == 1 and len(rows) > 1:
        return "Only one column is wrong." if coarse else f"Only column {columns[0]} is wrong."
    return ""


def _alike(got: Array, want: Array, rtol: float) -> bool:
    return bool(np.allclose(got, want, rtol=max(rtol, 1e-6), atol=1e-9))


def _plain(ratio: float) -> bool:
    """A small whole number or its inverse, as 2 or 1/m."""
    size = max(abs(ratio), 1.0 / abs(ratio))
    return size < 10.5 and abs(size - round(size)) < 1e-4


def _number(ratio: float) -> str:
    if abs(ratio) < 1.0:
        inverse = 1.0 / ratio
        if abs(inverse - round(inverse)) < 1e-4:
            return f"1/{round(inverse)}"
    return f"{ratio:.6g}"
