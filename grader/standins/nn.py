# grader-secret: nothing of this file may reach students.
"""Stand-ins for nn.py. What the host answers with may hold functions: `back` asks it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:

    def host(name: str, *args: Any, **kwargs: Any) -> Any: ...


def relu(x: Any) -> Any:
    return host("nn.relu", x)


def tanh(x: Any) -> Any:
    return host("nn.tanh", x)


def linear_forward(x: Any, W: Any, b: Any) -> Any:
    return host("nn.linear_forward", x, W, b)


def linear_backward(dz: Any, x: Any, W: Any, b: Any = None) -> Any:
    return host("nn.linear_backward", dz, x, W, b)


def softmax(h: Any) -> Any:
    return host("nn.softmax", h)


def softmax_jacobian(p: Any) -> Any:
    return host("nn.softmax_jacobian", p)


def cross_entropy_loss(h: Any, y: Any) -> Any:
    return host("nn.cross_entropy_loss", h, y)


class DenseLayer:
    def __init__(self, num_inputs: Any, num_outputs: Any, activation: Any = None) -> None:
        # Drawn here, so that the worker's seed decides and the host makes nothing of this size.
        self.W = np.random.standard_normal((num_outputs, num_inputs)) / num_inputs**0.5
        self.b = np.zeros(num_outputs)
        self.activation = activation

    def parameters(self) -> Any:
        return self.W, self.b

    def forward(self, x: Any) -> Any:
        state = {"W": self.W, "b": self.b, "activation": self.activation}
        return host("nn.DenseLayer.forward", state, x)["result"]


class NN:
    def __init__(
        self, num_inputs: Any, hidden_sizes: Any, hidden_activation: Any, num_outputs: Any
    ) -> None:
        sizes = [num_inputs, *hidden_sizes, num_outputs]
        self._hidden_activation = hidden_activation
        self._parameters = {}
        for i in range(len(sizes) - 1):
            W = np.random.standard_normal((sizes[i + 1], sizes[i])) / sizes[i] ** 0.5
            self._parameters[f"W{i}"] = W
            self._parameters[f"b{i}"] = np.zeros(sizes[i + 1])

    def parameters(self) -> Any:
        return dict(self._parameters)

    def forward(self, x: Any) -> Any:
        state = {"parameters": self._parameters, "hidden_activation": self._hidden_activation}
        return host("nn.NN.forward", state, x)["result"]
