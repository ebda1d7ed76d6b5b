"""Optimisers on one flat array of parameters. The rate `eta` is read at every step.

The readable counterparts are in grader/reference/hw_mlp.py. These allocate nothing but their own
arrays, at the first step.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np


class Optimiser(Protocol):
    """One step changes parameters (P,) in place by their gradient (P,)."""

    eta: float

    @property
    def factor(self) -> float:
        """What step wants the gradient multiplied with."""

    def step(self, parameters: np.ndarray, gradient: np.ndarray) -> None:
        """Change parameters in place by factor times the gradient, which may be overwritten."""

    def state(self) -> dict[str, np.ndarray]:
        """Copies of everything that the next step depends on, but for eta."""

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from what state() gave."""


class SGD:
    """v <- mu v + g, parameters <- parameters - eta v, with mu = momentum."""

    def __init__(self, eta: float, momentum: float = 0.0) -> None:
        self.eta = eta
        self.momentum = momentum
        self._v: np.ndarray | None = None

    @property
    def factor(self) -> float:
        return 1.0 if self.momentum else self.eta

    def step(self, parameters: np.ndarray, gradient: np.ndarray) -> None:
        if not self.momentum:
            np.subtract(parameters, gradient, out=parameters)
            return
        if self._v is None:
            self._v = np.zeros_like(parameters)
        np.multiply(self._v, self.momentum, out=self._v)
        np.add(self._v, gradient, out=self._v)
        np.multiply(self._v, self.eta, out=gradient)
        np.subtract(parameters, gradient, out=parameters)

    def state(self) -> dict[str, np.ndarray]:
        return {} if self._v is None else {"v": self._v.copy()}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        self._v = state["v"].copy() if "v" in state else None


class Adam:
    """Adam (Kingma and Ba, 2015), bias-corrected, eps outside the root; t counts from 1.

    m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
    parameters <- parameters - eta mhat / (sqrt(vhat) + eps)

    Kept are m / (1 - beta1) and v / (1 - beta2): so both sums take the gradient as it is.
    """

    def __init__(
        self, eta: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        self.eta = eta
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.t = 0
        self._m: np.ndarray | None = None
        self._v: np.ndarray | None = None

    @property
    def factor(self) -> float:
        return 1.0

    def step(self, parameters: np.ndarray, gradient: np.ndarray) -> None:
        if self._m is None or self._v is None:
            self._m, self._v = np.zeros_like(parameters), np.zeros_like(parameters)
        self.t += 1
        root = math.sqrt((1 - self.beta2) / (1 - self.beta2**self.t))
        rate = self.eta * (1 - self.beta1) / (1 - self.beta1**self.t) / root
        eps = self.eps / root
        m, v, step = self._m, self._v, gradient
        np.multiply(m, self.beta1, out=m)
        np.add(m, gradient, out=m)
        np.multiply(v, self.beta2, out=v)
        np.multiply(gradient, gradient, out=gradient)
        np.add(v, gradient, out=v)
        np.sqrt(v, out=step)
        np.add(step, eps, out=step)
        np.divide(m, step, out=step)
        np.multiply(step, rate, out=step)
        np.subtract(parameters, step, out=parameters)

    def state(self) -> dict[str, np.ndarray]:
        arrays = {"t": np.array(self.t)}
        if self._m is not None and self._v is not None:
            arrays |= {"m": self._m.copy(), "v": self._v.copy()}
        return arrays

    def restore(self, state: dict[str, np.ndarray]) -> None:
        self.t = int(state["t"])
        self._m = state["m"].copy() if "m" in state else None
        self._v = state["v"].copy() if "v" in state else None
