"""Initial weights."""

from __future__ import annotations

import numpy as np


def initial_weights(rng: np.random.Generator, shape: tuple[int, ...], init: str) -> np.ndarray:
    """A weight matrix (fan_in, fan_out), float64, drawn from rng.

    "zero"    W = 0
    "normal"  W ~ N(0, 1)
    "glorot"  W ~ U(-r, r), r = sqrt(6 / (fan_in + fan_out))
    "fan_in"  W ~ N(0, 1 / fan_in), the variance
    "he"      W ~ N(0, 2 / fan_in), the variance
    Any other name: ValueError.
    """
    fan_in, fan_out = shape
    if init == "zero":
        return np.zeros(shape)
    if init == "glorot":
        r = np.sqrt(6.0 / (fan_in + fan_out))
        return rng.uniform(-r, r, shape)
    deviations = {"normal": 1.0, "fan_in": (1 / fan_in) ** 0.5, "he": (2 / fan_in) ** 0.5}
    if init not in deviations:
        known = ", ".join(["zero", "glorot", *deviations])
        raise ValueError(f"unknown init {init!r} (known: {known})")
    return deviations[init] * rng.standard_normal(shape)
