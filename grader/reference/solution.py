# grader-secret: nothing of this file may reach students.
"""A multilayer perceptron (MLP) with softmax output, in one class.

Shapes: m examples in a minibatch, d inputs, c classes. X is (m, d), labels Y are one-hot (m, c).
Layers are numbered 1..L, with L = number of hidden layers + 1:

    Z0 = X,   Ai = Z(i-1) Wi + bi,   Zi = activation(Ai) for i < L,   ZL = softmax(AL)
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

Split = tuple[np.ndarray, np.ndarray]


class NN:
    """MLP d-h1-h2-...-c for classification, trained by minibatch gradient descent.

    hidden_dims: sizes of the hidden layers. Choose the default (h1, h2) so that 784-h1-h2-10 has
        0.5 to 1.0 million parameters, biases included.
    epsilon: probabilities are clipped to [epsilon, 1 - epsilon] in the loss.
    lr: learning rate. batch_size: examples in a minibatch. seed: of the initial weights.
    activation: "relu", "sigmoid", "tanh" or "leakyrelu".
    data: ((X_train, Y_train), (X_valid, Y_valid), (X_test, Y_test)), or None for a small random
        placeholder of MNIST's shape.
    init_method: "zero", "normal", "glorot" or "he".
    """

    def __init__(
        self,
        hidden_dims: Sequence[int] = (512, 256),
        epsilon: float = 1e-6,
        lr: float = 7e-4,
        batch_size: int = 64,
        seed: int | None = None,
        activation: str = "relu",
        data: tuple[Split, Split, Split] | None = None,
        init_method: str = "glorot",
    ) -> None:
        self.hidden_dims = tuple(hidden_dims)
        self.n_hidden = len(self.hidden_dims)
        self.epsilon = epsilon
        self.lr = lr
        self.batch_size = batch_size
        self.seed = seed
        self.activation_str = activation
        self.init_method = init_method
        self.weights: dict[str, np.ndarray] = {}
        self.train_logs: dict[str, list[float]] = {}
        self.train, self.valid, self.test = random_data(seed) if data is None else data

    def initialize_weights(self, dims: Sequence[int]) -> None:
        """Fill self.weights with W1, b1, ..., WL, bL for dims = (d, c).

        Wi is (fan_in, fan_out), bi is (1, fan_out) and zero. By self.init_method:
            "zero"    W = 0
            "normal"  W ~ N(0, 1)
            "glorot"  W ~ U(-r, r) with r = sqrt(6 / (fan_in + fan_out))
            "he"      W ~ N(0, 2 / fan_in), the variance (optional)
        The same self.seed gives the same weights. Any other name: ValueError.
        """
        rng = np.random.default_rng(self.seed)
        sizes = [dims[0], *self.hidden_dims, dims[1]]
        self.weights = {}
        for i, shape in enumerate(pairwise(sizes), start=1):
            self.weights[f"W{i}"] = initial_matrix(rng, shape, self.init_method)
            self.weights[f"b{i}"] = np.zeros((1, shape[1]))

    def relu(self, x: np.ndarray, grad: bool = False) -> np.ndarray:
        """max(0, x), elementwise; grad=True: its derivative at x (0 at x = 0). x stays as it is."""
        return np.where(x > 0, 1.0, 0.0) if grad else np.maximum(x, 0.0)

    def sigmoid(self, x: np.ndarray, grad: bool = False) -> np.ndarray:
        """s(x) = 1 / (1 + exp(-x)), elementwise; grad=True: s'(x) = s(x) (1 - s(x)).

        No overflow for large |x|. x stays as it is.
        """
        e = np.exp(-np.abs(x))
        return e / (1.0 + e) ** 2 if grad else np.where(x >= 0, 1.0, e) / (1.0 + e)

    def tanh(self, x: np.ndarray, grad: bool = False) -> np.ndarray:
        """tanh(x), elementwise; grad=True: its derivative at x, 1 - tanh(x)^2. x stays as it is."""
        return 1.0 - np.tanh(x) ** 2 if grad else np.tanh(x)

    def leakyrelu(self, x: np.ndarray, grad: bool = False) -> np.ndarray:
        """x where x > 0, else 0.01 x; grad=True: its derivative at x. Optional."""
        return np.where(x > 0, 1.0, 0.01) if grad else np.where(x > 0, x, 0.01 * x)

    def activation(self, x: np.ndarray, grad: bool = False) -> np.ndarray:
        """The activation that self.activation_str names, at x; grad=True: its derivative at x.

        An unknown name: ValueError.
        """
        if self.activation_str == "relu":
            return self.relu(x, grad)
        if self.activation_str == "sigmoid":
            return self.sigmoid(x, grad)
        if self.activation_str == "tanh":
            return self.tanh(x, grad)
        if self.activation_str == "leakyrelu":
            return self.leakyrelu(x, grad)
        raise ValueError(f"unknown activation {self.activation_str!r}")

    def softmax(self, x: np.ndarray) -> np.ndarray:
        """p_j = exp(x_j) / sum_k exp(x_k) over the last axis, same shape as x.

        Finite for any finite x: softmax(x) = softmax(x - max_k x_k), row by row.
        """
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)

    def forward(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Propagate x (m, d) through the network; x stays as it is.

        Returns the cache {"Z0": x, "A1": ..., "Z1": ..., ..., "AL": ..., "ZL": probabilities}:
            Ai = Z(i-1) Wi + bi,   Zi = activation(Ai) for i < L,   ZL = softmax(AL)
        """
        n_layers = len(self.weights) // 2
        cache = {"Z0": x}
        for i in range(1, n_layers + 1):
            a = cache[f"Z{i - 1}"] @ self.weights[f"W{i}"] + self.weights[f"b{i}"]
            cache[f"A{i}"] = a
            cache[f"Z{i}"] = self.activation(a) if i < n_layers else self.softmax(a)
        return cache

    def backward(self, cache: dict[str, np.ndarray], labels: np.ndarray) -> dict[str, np.ndarray]:
        """Gradients of the mean cross-entropy of the m examples in cache, labels one-hot (m, c).

        Returns {"dAL", "dWL", "dbL", "dZ(L-1)", ..., "dA1", "dW1", "db1"}; dWi and dbi have the
        shapes of Wi and bi. With the layers from last to first:
            dAL = (ZL - Y) / m
            dWi = Z(i-1)^T dAi,   dbi = sum of dAi over the examples
            dZ(i-1) = dAi Wi^T,   dA(i-1) = dZ(i-1) * activation'(A(i-1)), elementwise
        """
        n_layers = len(self.weights) // 2
        grads = {f"dA{n_layers}": (cache[f"Z{n_layers}"] - labels) / len(labels)}
        for i in range(n_layers, 0, -1):
            da = grads[f"dA{i}"]
            grads[f"dW{i}"] = cache[f"Z{i - 1}"].T @ da
            grads[f"db{i}"] = np.sum(da, axis=0, keepdims=True)
            if i > 1:
                grads[f"dZ{i - 1}"] = da @ self.weights[f"W{i}"].T
                slope = self.activation(cache[f"A{i - 1}"], grad=True)
                grads[f"dA{i - 1}"] = grads[f"dZ{i - 1}"] * slope
        return grads

    def loss(self, prediction: np.ndarray, labels: np.ndarray) -> float:
        """Mean cross-entropy -(1/m) sum_i sum_j Y_ij ln P_ij of predictions P and labels Y, (m, c).

        P is clipped to [epsilon, 1 - epsilon] first.
        """
        p = np.clip(prediction, self.epsilon, 1.0 - self.epsilon)
        return float(-np.sum(labels * np.log(p)) / len(labels))

    def update(self, grads: dict[str, np.ndarray]) -> None:
        """One step of gradient descent: Wi <- Wi - lr dWi,   bi <- bi - lr dbi."""
        for key in self.weights:
            self.weights[key] = self.weights[key] - self.lr * grads[f"d{key}"]

    def compute_loss_and_accuracy(
        self, X: np.ndarray, Y: np.ndarray
    ) -> tuple[float, float, np.ndarray]:
        """(loss, accuracy, predictions) for X (m, d) and one-hot Y (m, c).

        accuracy is a fraction from 0 to 1, predictions are class indices (m,).
        """
        probabilities = self.forward(X)[f"Z{len(self.weights) // 2}"]
        predictions = np.argmax(probabilities, axis=1)
        accuracy = float(np.mean(predictions == np.argmax(Y, axis=1)))
        return self.loss(probabilities, Y), accuracy, predictions

    def train_loop(self, n_epochs: int) -> dict[str, list[float]]:
        """Initialise the weights, then make n_epochs passes over self.train in minibatches.

        A minibatch has self.batch_size examples, the last one of a pass what is left. Returns
        self.train_logs: "train_accuracy", "validation_accuracy", "train_loss" and
        "validation_loss", each a list with one number per epoch, measured after the epoch.
        """
        X, Y = self.train
        self.initialize_weights((X.shape[1], Y.shape[1]))
        splits = {"train": self.train, "validation": self.valid}
        self.train_logs = {f"{s}_{q}": [] for q in ("accuracy", "loss") for s in splits}
        for _ in range(n_epochs):
            for start in range(0, len(X), self.batch_size):
                batch = slice(start, start + self.batch_size)
                self.update(self.backward(self.forward(X[batch]), Y[batch]))
            for name, split in splits.items():
                loss, accuracy, _ = self.compute_loss_and_accuracy(*split)
                self.train_logs[f"{name}_accuracy"].append(accuracy)
                self.train_logs[f"{name}_loss"].append(loss)
        return self.train_logs

    def evaluate(self) -> tuple[float, float]:
        """(loss, accuracy) on self.test."""
        loss, accuracy, _ = self.compute_loss_and_accuracy(*self.test)
        return loss, accuracy


def initial_matrix(rng: np.random.Generator, shape: tuple[int, int], method: str) -> np.ndarray:
    """A weight matrix (fan_in, fan_out) drawn from rng; an unknown method: ValueError."""
    fan_in, fan_out = shape
    if method == "zero":
        return np.zeros(shape)
    if method == "normal":
        return rng.standard_normal(shape)
    if method == "glorot":
        r = np.sqrt(6.0 / (fan_in + fan_out))
        return rng.uniform(-r, r, shape)
    if method == "he":
        return np.sqrt(2.0 / fan_in) * rng.standard_normal(shape)
    raise ValueError(f"unknown init_method {method!r}")


def random_data(seed: int | None, n: int = 64) -> tuple[Split, Split, Split]:
    """Three sets of n random examples of MNIST's shape: X (n, 784) in [0, 1), one-hot Y (n, 10)."""
    rng = np.random.default_rng(seed)

    def split() -> Split:
        return rng.random((n, 784)), np.eye(10)[rng.integers(0, 10, n)]

    return split(), split(), split()
