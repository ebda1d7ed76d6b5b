"""The way forth and back through a network for one minibatch, without allocating anything.

The readable counterpart is grader/reference/nn.py. What makes this one fast: every result goes to
a buffer made once (`out=`); gradients go straight into one flat array, which an optimiser updates
in few passes; a ReLU's slope is a bool mask made from its output; the sum over the examples is a
product with ones; what the gradient is divided by, or multiplied with, is put into the output
layer's delta, the smallest array on the way.
"""

from __future__ import annotations

import numpy as np

from .network import Network
from .outputs import OUTPUTS


class HiddenLayer:
    """A hidden layer's buffers, all (m, width).

    h: the pre-activation, then the output. delta: the gradient with respect to the output, then to
    the pre-activation.
    """

    def __init__(self, network: Network, shape: tuple[int, int], dropout: float) -> None:
        self.h = np.empty(shape, network.dtype)
        self.delta = np.empty(shape, network.dtype)
        self.relu = network.activation == "relu"
        self.dropout = dropout
        self.scale = 1.0 / (1.0 - dropout)
        self._mask = np.empty(shape, np.bool_)
        self._slope = np.empty(shape, network.dtype)
        self._zeros = np.zeros(shape[1], network.dtype)  # a row is faster than one 0

    def activate(self, rng: np.random.Generator | None) -> None:
        """Turn the pre-activation in h into the layer's output, with dropout where rng is given."""
        if self.relu:
            np.maximum(self.h, self._zeros, out=self.h)
        else:
            np.tanh(self.h, out=self.h)
            np.multiply(self.h, self.h, out=self._slope)
            np.subtract(1.0, self._slope, out=self._slope)
        if rng is not None and self.dropout:
            self._drop(rng)

    def differentiate(self) -> None:
        """Multiply delta by the derivative of activate."""
        if not self.relu:
            np.multiply(self.delta, self._slope, out=self.delta)
            return
        np.greater(self.h, 0.0, out=self._mask)  # a dropped unit is 0 in h, too
        np.multiply(self.delta, self._mask, out=self.delta)
        if self.dropout:
            np.multiply(self.delta, self.scale, out=self.delta)

    def _drop(self, rng: np.random.Generator) -> None:
        drawn = self.delta  # not in use on the way forth
        rng.random(dtype=drawn.dtype, out=drawn)
        np.greater_equal(drawn, self.dropout, out=self._mask)
        for array in (self.h,) if self.relu else (self.h, self._slope):
            np.multiply(array, self._mask, out=array)
            np.multiply(array, self.scale, out=array)


class Passes:
    """Forward and backward of a network for minibatches of exactly m examples.

    gradient: flat, as network.parameters; backward fills it.
    """

    def __init__(self, network: Network, m: int, dropout: float = 0.0) -> None:
        self.gradient = np.zeros_like(network.parameters)
        self._weights, self._biases = network.weights, network.biases
        self._weight_gradients, self._bias_gradients = network.views(self.gradient)
        self._output = OUTPUTS[network.output]
        self._hidden = [HiddenLayer(network, (m, n), dropout) for n in network.sizes[1:-1]]
        self._delta = np.empty((m, network.sizes[-1]), network.dtype)
        self._ones = np.ones(m, network.dtype)

    def forward(
        self, x: np.ndarray, logits: np.ndarray, rng: np.random.Generator | None = None
    ) -> None:
        """Write the logits (m, outputs) for x (m, inputs); rng: for dropout, None without."""
        h = x
        for layer, weight, bias in zip(self._hidden, self._weights, self._biases, strict=False):
            np.matmul(h, weight, out=layer.h)
            np.add(layer.h, bias, out=layer.h)
            layer.activate(rng)
            h = layer.h
        np.matmul(h, self._weights[-1], out=logits)
        np.add(logits, self._biases[-1], out=logits)

    def backward(
        self, x: np.ndarray, logits: np.ndarray, targets: np.ndarray, factor: float = 1.0
    ) -> None:
        """Fill gradient with factor times that of the mean loss, after forward(x, logits)."""
        delta = self._output.probabilities(logits, out=self._delta)
        np.subtract(delta, targets, out=delta)
        np.multiply(delta, factor / len(x), out=delta)
        for i in range(len(self._hidden), 0, -1):
            below = self._hidden[i - 1]
            self._accumulate(i, below.h, delta)
            np.matmul(delta, self._weights[i].T, out=below.delta)
            below.differentiate()
            delta = below.delta
        self._accumulate(0, x, delta)

    def _accumulate(self, i: int, h: np.ndarray, delta: np.ndarray) -> None:
        np.matmul(h.T, delta, out=self._weight_gradients[i])
        np.matmul(self._ones, delta, out=self._bias_gradients[i])
