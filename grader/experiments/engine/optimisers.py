"""Optimisers on one flat array of parameters. The rate `eta` is read at every step."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Optimiser(Protocol):
    """One step changes parameters (P,) in place by the gradient (P,)."""

    eta: float

    def step(self, parameters: np.ndarray, gradient: np.ndarray) -> None:
        """Change parameters in place; gradient may be overwritten."""

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

    def step(self, parameters: np.ndarray, gradient: np.ndarray) -> None:
        if self.momentum:
            self._v = self.momentum * (0.0 if self._v is None else self._v) + gradient
            gradient = self._v
        parameters -= self.eta * gradient

    def state(self) -> dict[str, np.ndarray]:
        return {} if self._v is None else {"v": self._v.copy()}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        self._v = state["v"].copy() if "v" in state else None


class Adam:
    """Adam (Kingma and Ba, 2015), bias-corrected, eps outside the root; t counts from 1.

    m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
    parameters <- parameters - eta mhat / (sqrt(vhat) + eps)
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

    def step(self, parameters: np.ndarray, gradient: np.ndarray) -> None:
        if self._m is None or self._v is None:
            self._m, self._v = np.zeros_like(parameters), np.zeros_like(parameters)
        self.t += 1
        self._m += (1 - self.beta1) * (gradient - self._m)
        self._v += (1 - self.beta2) * (gradient**2 - self._v)
        m_hat = self._m / (1 - self.beta1**self.t)
        v_hat = self._v / (1 - self.beta2**self.t)
        parameters -= self.eta * m_hat / (np.sqrt(v_hat) + self.eps)

    def state(self) -> dict[str, np.ndarray]:
        arrays = {"t": np.array(self.t)}
        if self._m is not None and self._v is not None:
            arrays |= {"m": self._m.copy(), "v": self._v.copy()}
        return arrays

    def restore(self, state: dict[str, np.ndarray]) -> None:
        self.t = int(state["t"])
        self._m = state["m"].copy() if "m" in state else None
        self._v = state["v"].copy() if "v" in state else None
