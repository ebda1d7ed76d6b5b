# grader-secret: nothing of this file may reach students.
"""Stand-ins for solution.py. A method sends the attributes that it needs, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:

    def host(name: str, *args: Any, **kwargs: Any) -> Any: ...


_FORWARD = ("weights", "activation_str", "epsilon")


def _ask(name: str, self: Any, attributes: Any, *args: Any) -> Any:
    state = {key: getattr(self, key) for key in attributes if hasattr(self, key)}
    answer = host(f"solution.NN.{name}", state, *args)
    for key, value in answer["state"].items():
        setattr(self, key, value)
    return answer["result"]


def _one_hot(labels: Any, n_classes: int) -> Any:
    """Class indices as one-hot rows, for a submission that keeps its labels so."""
    labels = np.asarray(labels)
    return labels if labels.ndim > 1 else np.eye(n_classes)[labels.astype(int)]


def _n_classes(self: Any) -> int:
    return int(self.weights[f"b{len(self.weights) // 2}"].shape[-1])


class NN:
    def initialize_weights(self, dims: Any) -> Any:
        return _ask("initialize_weights", self, ("hidden_dims", "init_method", "seed"), dims)

    def relu(self, x: Any, grad: Any = False) -> Any:
        return _ask("relu", self, (), x, grad)

    def sigmoid(self, x: Any, grad: Any = False) -> Any:
        return _ask("sigmoid", self, (), x, grad)

    def tanh(self, x: Any, grad: Any = False) -> Any:
        return _ask("tanh", self, (), x, grad)

    def leakyrelu(self, x: Any, grad: Any = False) -> Any:
        return _ask("leakyrelu", self, (), x, grad)

    def activation(self, x: Any, grad: Any = False) -> Any:
        return _ask("activation", self, ("activation_str",), x, grad)

    def softmax(self, x: Any) -> Any:
        return _ask("softmax", self, (), x)

    def forward(self, x: Any) -> Any:
        return _ask("forward", self, _FORWARD, x)

    def backward(self, cache: Any, labels: Any) -> Any:
        return _ask("backward", self, _FORWARD, cache, labels)

    def loss(self, prediction: Any, labels: Any) -> Any:
        return _ask("loss", self, ("epsilon",), prediction, labels)

    def update(self, grads: Any) -> Any:
        return _ask("update", self, ("weights", "lr"), grads)

    def compute_loss_and_accuracy(self, X: Any, Y: Any) -> Any:
        Y = _one_hot(Y, _n_classes(self))
        return _ask("compute_loss_and_accuracy", self, _FORWARD, X, Y)
