"""The network: its parameters in one flat buffer, and what it computes for many examples."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .initial import initial_weights
from .outputs import OUTPUTS

ACTIVATIONS = ("relu", "tanh")
CHUNK = 1000  # examples: their hidden layers fit into the processor's cache


class Network:
    """An MLP of the given sizes (inputs, hidden ..., outputs), float32 or float64.

    Layer i: z = h @ weights[i] + biases[i], weights[i] (fan_in, fan_out), biases[i] (fan_out,);
    hidden layers apply the activation, "relu" or "tanh". output: "softmax" over the classes, with
    cross-entropy; or "sigmoid", one output = P(label 1), with binary cross-entropy. init: see
    initial_weights; biases start at zero. All parameters lie in the flat array `parameters`, of
    which weights (first) and biases are views: write into them, never replace them.
    Raises ValueError for sizes or names that are none.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "relu",
        dtype: Any = np.float32,
        *,
        seed: int,
        init: str = "glorot",
        output: str = "softmax",
    ) -> None:
        check_shape(sizes, activation, output)
        self.sizes = tuple(int(size) for size in sizes)
        self.activation = activation
        self.init = init
        self.output = output
        self.dtype = np.dtype(dtype)
        self.parameters = np.zeros(self.n_parameters, self.dtype)
        self.weights, self.biases = self.views(self.parameters)
        rng = np.random.default_rng(seed)
        for weight in self.weights:
            weight[...] = initial_weights(rng, weight.shape, init)

    @property
    def n_weights(self) -> int:
        """Weights of all layers, without biases."""
        return sum(fan_in * fan_out for fan_in, fan_out in pairwise(self.sizes))

    @property
    def n_parameters(self) -> int:
        """Weights and biases of all layers."""
        return self.n_weights + sum(self.sizes[1:])

    def views(self, flat: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """(weights, biases) of every layer as views of an array of the length of parameters."""
        shapes = list(pairwise(self.sizes))
        weights, biases, start = [], [], 0
        for fan_in, fan_out in shapes:
            weights.append(flat[start : start + fan_in * fan_out].reshape(fan_in, fan_out))
            start += fan_in * fan_out
        for _, fan_out in shapes:
            biases.append(flat[start : start + fan_out])
            start += fan_out
        return weights, biases

    def logits(self, x: np.ndarray) -> np.ndarray:
        """What the last layer's activation is applied to: (n, outputs) for x (n, inputs)."""
        z = np.empty((len(x), self.sizes[-1]), self.dtype)
        hidden = [np.empty((min(CHUNK, len(x)), n), self.dtype) for n in self.sizes[1:-1]]
        with np.errstate(all="ignore"):  # parameters of a training that diverged
            for start in range(0, len(x), CHUNK):
                few = np.asarray(x[start : start + CHUNK], self.dtype)
                outs = [*(h[: len(few)] for h in hidden), z[start : start + CHUNK]]
                self._propagate(few, outs)
        return z

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Probabilities (n, outputs) for x (n, inputs); rows sum to 1 with a softmax."""
        return OUTPUTS[self.output].probabilities(self.logits(x))

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The most probable class (n,) for each row of x (n, inputs)."""
        return OUTPUTS[self.output].classes(self.logits(x))

    def loss_and_accuracy(self, x: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
        """(mean cross-entropy, fraction that is right) for x (n, inputs) and labels (n,).

        Raises ValueError where there is not one label for each example.
        """
        if labels.shape != (len(x),):
            raise ValueError(f"labels of shape {labels.shape}, wanted ({len(x)},)")
        return measured(self.output, self.logits(x), labels)

    def _propagate(self, h: np.ndarray, outs: list[np.ndarray]) -> None:
        """Write the output of each layer for h (m, inputs), and the logits last."""
        last = len(outs) - 1
        for i, z in enumerate(outs):
            np.matmul(h, self.weights[i], out=z)
            np.add(z, self.biases[i], out=z)
            if i < last:
                np.maximum(z, 0.0, out=z) if self.activation == "relu" else np.tanh(z, out=z)
            h = z


def measured(output: str, logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """(mean cross-entropy, accuracy) of logits (n, outputs) against labels (n,)."""
    layer = OUTPUTS[output]
    with np.errstate(all="ignore"):  # a loss that is not finite says so itself
        losses = layer.losses(logits, labels)
    right = layer.classes(logits) == labels
    return float(np.mean(losses, dtype=np.float64)), float(np.mean(right))


def check_shape(sizes: Sequence[int], activation: str, output: str) -> None:
    """Raise ValueError where no network can be made of this."""
    if len(sizes) < 2 or any(int(size) != size or size < 1 for size in sizes):
        raise ValueError(f"sizes {tuple(sizes)}: wanted two or more whole numbers from 1")
    if activation not in ACTIVATIONS:
        raise ValueError(f"unknown activation {activation!r} (known: {', '.join(ACTIVATIONS)})")
    if output not in OUTPUTS:
        raise ValueError(f"unknown output {output!r} (known: {', '.join(OUTPUTS)})")
    if output == "sigmoid" and sizes[-1] != 1:
        raise ValueError(f"sizes {tuple(sizes)}: a sigmoid output is one unit")
