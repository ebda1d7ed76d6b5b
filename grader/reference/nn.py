# grader-secret: nothing of this file may reach students.
"""A functional MLP: every forward pass returns its result and a function for the way back.

`out, back = f(x)`: back takes the gradient of the loss with respect to out and returns the gradient
with respect to what went in. Shapes: m examples in a minibatch, W is (n_out, n_in), b is (n_out,).
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

Back = Callable[[np.ndarray], np.ndarray]
Activation = Callable[[np.ndarray], tuple[np.ndarray, Back]]
LinearBack = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


def relu(x: np.ndarray) -> tuple[np.ndarray, Back]:
    """(out, back): out = max(0, x), back(dout) = dout where x > 0, else 0. x has any shape."""
    positive = x > 0
    return np.maximum(x, 0.0), lambda dout: dout * positive


def tanh(x: np.ndarray) -> tuple[np.ndarray, Back]:
    """(out, back): out = tanh(x), back(dout) = dout (1 - out^2), elementwise. x has any shape."""
    out = np.tanh(x)
    return out, lambda dout: dout * (1.0 - out**2)


def linear_forward(x: np.ndarray, W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, LinearBack]:
    """(z, back): z = x W^T + b, (m, n_out), for x (m, n_in), W (n_out, n_in), b (n_out,).

    back(dz) = (dx, dW, db), see linear_backward.
    """
    return x @ W.T + b, lambda dz: linear_backward(dz, x, W, b)


def linear_backward(
    dz: np.ndarray, x: np.ndarray, W: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(dx, dW, db) from dz (m, n_out), in the shapes of x, W and b.

    dx = dz W,   dW = dz^T x,   db = sum of dz over the examples.
    These are sums: the 1/m of the loss is in dz already.
    """
    return dz @ W, dz.T @ x, np.sum(dz, axis=0)


def softmax(h: np.ndarray) -> np.ndarray:
    """p_ij = exp(h_ij) / sum_k exp(h_ik), row by row, for logits h (m, c). No overflow."""
    e = np.exp(h - np.max(h, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def softmax_jacobian(p: np.ndarray) -> np.ndarray:
    """Bonus: the (c, c) matrix J_ij = dp_j / ds_i = p_j (delta_ij - p_i) of p (c,) = softmax(s)."""
    return np.diag(p) - np.outer(p, p)


def cross_entropy_loss(h: np.ndarray, y: np.ndarray) -> tuple[float, Callable[[float], np.ndarray]]:
    """(loss, back): the mean cross-entropy of softmax(h) and y, both (m, c).

    h are logits, the rows of y one-hot or any probabilities. With p = softmax(h):
        loss = -(1/m) sum_i sum_j y_ij ln p_ij,   back(dl) = dl (p - y) / m, (m, c)
    ln p comes from ln p_j = h_j - ln sum_k exp(h_k), never from the logarithm of a rounded p.
    """
    shifted = h - np.max(h, axis=-1, keepdims=True)
    surprisal = np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True)) - shifted
    p = np.exp(-surprisal)
    return float(np.sum(y * surprisal) / len(h)), lambda dl: dl * (p - y) / len(h)


class DenseLayer:
    """A linear layer and its activation: h = activation(x W^T + b).

    W (num_outputs, num_inputs) ~ N(0, 1/num_inputs), i.e. of standard deviation
    1/sqrt(num_inputs); b (num_outputs,) = 0. activation is a function such as relu, or None.
    Attributes: W, b, activation.
    """

    def __init__(
        self, num_inputs: int, num_outputs: int, activation: Activation | None = None
    ) -> None:
        self.W = np.random.standard_normal((num_outputs, num_inputs)) / np.sqrt(num_inputs)
        self.b = np.zeros(num_outputs)
        self.activation = activation

    def parameters(self) -> tuple[np.ndarray, np.ndarray]:
        """(W, b), the arrays themselves and no copies."""
        return self.W, self.b

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, LinearBack]:
        """(h, back) for x (m, num_inputs): h is (m, num_outputs), back(dh) = (dx, dW, db)."""
        z, linear_back = linear_forward(x, self.W, self.b)
        if self.activation is None:
            return z, linear_back
        h, activation_back = self.activation(z)
        return h, lambda dh: linear_back(activation_back(dh))


class NN:
    """An MLP of dense layers: hidden ones of the given sizes and activation, a linear output layer.

    Attribute: layers, the DenseLayer objects from first to last.
    """

    def __init__(
        self,
        num_inputs: int,
        hidden_sizes: Sequence[int],
        hidden_activation: Activation | None,
        num_outputs: int,
    ) -> None:
        sizes = [num_inputs, *hidden_sizes]
        self.layers = [
            DenseLayer(n_in, n_out, hidden_activation) for n_in, n_out in pairwise(sizes)
        ]
        self.layers.append(DenseLayer(sizes[-1], num_outputs))

    def parameters(self) -> dict[str, np.ndarray]:
        """{"W0": ..., "b0": ..., "W1": ..., ...}: the live arrays, first layer first.

        A change in place of one of them changes the network: so optimisers train it.
        """
        params = {}
        for i, layer in enumerate(self.layers):
            params[f"W{i}"], params[f"b{i}"] = layer.parameters()
        return params

    def forward(
        self, x: np.ndarray
    ) -> tuple[np.ndarray, Callable[[np.ndarray], dict[str, np.ndarray]]]:
        """(h, back) for x (m, num_inputs): logits h (m, num_outputs).

        back(dh) is a dict of gradients with the keys and shapes of parameters().
        """
        backs: list[Any] = []
        h = x
        for layer in self.layers:
            h, layer_back = layer.forward(h)
            backs.append(layer_back)

        def back(dh: np.ndarray) -> dict[str, np.ndarray]:
            grads = {}
            for i in reversed(range(len(backs))):
                dh, grads[f"W{i}"], grads[f"b{i}"] = backs[i](dh)
            return grads

        return h, back


def dropout(
    x: np.ndarray, rate: float, rng: np.random.Generator, training: bool = True
) -> tuple[np.ndarray, Back]:
    """Bonus: (out, back): each unit of x is dropped (0) with probability rate in [0, 1).

    What is kept is scaled by 1/(1 - rate), so that the expectation of out is x; back(dout) drops
    and scales the same units. Not training: out = x. A rate outside [0, 1): ValueError.
    """
    if not 0.0 <= rate < 1.0:
        raise ValueError(f"rate is {rate}, but must lie in [0, 1)")
    if not training:
        return x, lambda dout: dout
    scale = (rng.random(x.shape) >= rate) / (1.0 - rate)
    return x * scale, lambda dout: dout * scale
