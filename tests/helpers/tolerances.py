"""How near is near enough, by the type that a student computes in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

RTOL = ATOL = 3e-6  # ten times the errors of float32 work in these checks
FLOAT32_RTOL, FLOAT32_ATOL = 1e-4, 1e-5
FLOAT16_TOL = 2e-2


def of_dtype(dtype: np.dtype[Any], rtol: float, atol: float) -> tuple[float, float]:
    """(rtol, atol), at least what an answer of this type needs."""
    if dtype == np.float32:
        return max(rtol, FLOAT32_RTOL), max(atol, FLOAT32_ATOL)
    if dtype == np.float16:
        return max(rtol, FLOAT16_TOL), max(atol, FLOAT16_TOL)
    return rtol, atol


def tolerance(want: Array, rtol: float, atol: float) -> Array:
    """How far from each entry is near enough: atol + rtol |want|."""
    return atol + rtol * np.abs(want)


def within(got: Array, want: Array, near: Array) -> bool:
    """Whether all are well within; quick. An infinity or NaN never is: `excess` knows better."""
    with np.errstate(all="ignore"):
        return bool((np.abs(got - want) < near).all())


def excess(got: Array, want: Array, near: Array) -> Array:
    """Error over tolerance, above 1 where wrong; infinite where only one of the two is finite."""
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    with np.errstate(all="ignore"):
        ratio = np.abs(got - want) / np.maximum(near, 1e-300)
    return np.where(same, 0.0, np.where(np.isnan(ratio), np.inf, ratio))


def all_float32(value: Any) -> bool:
    """Whether every entry is a number of float32; short binary fractions alone say nothing."""
    array = np.asarray(value, dtype=np.float64)
    with np.errstate(over="ignore"):
        short, rounded = array * 2.0**12, array.astype(np.float32)
    return bool(np.all(array == rounded) and np.any(short != np.round(short)))
