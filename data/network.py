"""A trained network as its model files hold it: dense layers, each with its activation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .errors import DataError


def linear(a: np.ndarray) -> np.ndarray:
    return a


def relu(a: np.ndarray) -> np.ndarray:
    return np.maximum(a, 0)


def sigmoid(a: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-a)), without overflow on either side."""
    small = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, small) / (1 + small)


def softmax(a: np.ndarray) -> np.ndarray:
    """Over the last axis, each row shifted by its maximum."""
    grown = np.exp(a - a.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": linear,
    "relu": relu,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "softmax": softmax,
}


@dataclass(frozen=True, eq=False)
class Layer:
    """A dense layer: W (fan_out, fan_in), b (fan_out,), and the name of its activation."""

    W: np.ndarray
    b: np.ndarray
    activation: str


@dataclass(frozen=True, eq=False)
class Network:
    """Dense layers, from the input to the output; where it comes from, for messages."""

    layers: tuple[Layer, ...]
    origin: str = "network"

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, units of each hidden layer, outputs."""
        return (self.layers[0].W.shape[1], *(len(layer.b) for layer in self.layers))

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation of each layer, the last one that of the output."""
        return tuple(layer.activation for layer in self.layers)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """The outputs (m, n_out) for inputs x (m, n_in), in float64."""
        z = np.asarray(x, dtype=np.float64)
        if z.ndim != 2 or z.shape[1] != self.sizes[0]:
            raise DataError(
                f"{self.origin}: inputs of shape {z.shape}, wanted (m, {self.sizes[0]})"
            )
        for layer in self.layers:
            z = ACTIVATIONS[layer.activation](z @ layer.W.T + layer.b)
        return z

    def require(self, sizes: Sequence[int], activations: Sequence[str]) -> "Network":
        """Itself where it has these sizes and activations, else DataError with both."""
        found, wanted = describe(self.sizes, self.activations), describe(sizes, activations)
        if found != wanted:
            raise DataError(f"{self.origin}: a network {found}, wanted {wanted}")
        return self


def make_network(
    layers: Sequence[tuple[np.ndarray, np.ndarray]],
    activations: Sequence[str],
    origin: str = "network",
    *,
    names: Sequence[tuple[str, str]] | None = None,
) -> Network:
    """A network of pairs W (fan_out, fan_in), b (fan_out,) or (fan_out, 1), in float64.

    names: what to call each W and b in a message (W1 and b1, ... unless given). Raises DataError
    where a shape does not fit, a value is no finite number, or an activation is not known.
    """
    names = names or [(f"W{i}", f"b{i}") for i in range(1, len(layers) + 1)]
    fan_in, made = None, []
    for (W, b), (W_name, b_name), activation in zip(layers, names, activations, strict=True):
        if activation not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise DataError(f"{origin}: activation {activation!r}, wanted one of {known}")
        W, b = _numbers(W, f"{origin}: {W_name}"), _numbers(b, f"{origin}: {b_name}")
        if W.ndim != 2 or W.size == 0 or (fan_in is not None and W.shape[1] != fan_in):
            wanted = "fan_in" if fan_in is None else fan_in
            raise DataError(f"{origin}: {W_name} of shape {W.shape}, wanted (fan_out, {wanted})")
        fan_in = len(W)
        if b.shape not in ((fan_in,), (fan_in, 1)):
            raise DataError(f"{origin}: {b_name} of shape {b.shape}, wanted ({fan_in},)")
        made.append(Layer(W, b.reshape(-1), activation))
    if not made:
        raise DataError(f"{origin}: no layers")
    return Network(tuple(made), origin)


def describe(sizes: Sequence[int], activations: Sequence[str]) -> str:
    """`20-20-1 (relu, sigmoid)`."""
    return f"{'-'.join(map(str, sizes))} ({', '.join(activations)})"


def _numbers(values: np.ndarray, name: str) -> np.ndarray:
    values = np.asarray(values)
    if values.dtype.kind not in "buif":
        raise DataError(f"{name} of type {values.dtype}, wanted numbers")
    if not np.isfinite(values).all():
        raise DataError(f"{name} has NaN or infinite values")
    return values.astype(np.float64)
