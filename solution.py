"""A multilayer perceptron (MLP) with softmax output, in one class.

Shapes: m examples in a minibatch, d inputs, c classes. X is (m, d), labels Y are one-hot (m, c).
Arrays hold float64, sometimes float32 or whole numbers, as pixels are: results are fractions then
too. Layers are numbered 1..L, with L = number of hidden layers + 1:

    Z0 = X,   Ai = Z(i-1) Wi + bi,   Zi = activation(Ai) for i < L,   ZL = softmax(AL)

Fill in the TODOs: write each body and delete its NotImplementedError. `python solution.py` lists
what is left to do and trains on the embedded digits; `pytest` says what is wrong.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from data import DataError, load_splits
from data.tasks import print_open_tasks

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
        hidden_dims: Sequence[int] = (1, 1),  # TODO(solution.initialize_weights): choose (h1, h2)
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
        # TODO(solution.initialize_weights): a matrix and a bias for each pair of layers.
        raise NotImplementedError("solution.initialize_weights")

    def relu(self, x: np.ndarray, grad: bool = False) -> np.ndarray:
        """max(0, x), elementwise; grad=True: its derivative at x (0 at x = 0). x stays as it is."""
        # TODO(solution.relu): both values, elementwise.
        raise NotImplementedError("solution.relu")

    def sigmoid(self, x: np.ndarray, grad: bool = False) -> np.ndarray:
        """s(x) = 1 / (1 + exp(-x)), elementwise; grad=True: s'(x) = s(x) (1 - s(x)).

        No overflow for large |x|. x stays as it is.
        """
        # TODO(solution.sigmoid): exp of a large positive number overflows: use the sign of x.
        raise NotImplementedError("solution.sigmoid")

    def tanh(self, x: np.ndarray, grad: bool = False) -> np.ndarray:
        """tanh(x), elementwise; grad=True: its derivative at x, 1 - tanh(x)^2. x stays as it is."""
        # TODO(solution.tanh): np.tanh is there.
        raise NotImplementedError("solution.tanh")

    def leakyrelu(self, x: np.ndarray, grad: bool = False) -> np.ndarray:
        """x where x > 0, else 0.01 x; grad=True: its derivative at x. Optional."""
        # TODO(solution.leakyrelu): optional; like relu, with a slope of 0.01 on the left.
        raise NotImplementedError("solution.leakyrelu")

    def activation(self, x: np.ndarray, grad: bool = False) -> np.ndarray:
        """The activation that self.activation_str names, at x; grad=True: its derivative at x.

        An unknown name: ValueError.
        """
        # TODO(solution.activation): choose by self.activation_str.
        raise NotImplementedError("solution.activation")

    def softmax(self, x: np.ndarray) -> np.ndarray:
        """p_j = exp(x_j) / sum_k exp(x_k) over the last axis, same shape as x.

        Finite for any finite x: softmax(x) = softmax(x - max_k x_k), row by row.
        """
        # TODO(solution.softmax): shift each row by its own maximum first.
        raise NotImplementedError("solution.softmax")

    def forward(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Propagate x (m, d) through the network; x stays as it is.

        Returns the cache {"Z0": x, "A1": ..., "Z1": ..., ..., "AL": ..., "ZL": probabilities}:
            Ai = Z(i-1) Wi + bi,   Zi = activation(Ai) for i < L,   ZL = softmax(AL)
        """
        # TODO(solution.forward): fill the cache layer by layer.
        raise NotImplementedError("solution.forward")

    def backward(self, cache: dict[str, np.ndarray], labels: np.ndarray) -> dict[str, np.ndarray]:
        """Gradients of the mean cross-entropy of the m examples in cache, labels one-hot (m, c).

        Returns {"dAL", "dWL", "dbL", "dZ(L-1)", ..., "dA1", "dW1", "db1"}; dWi and dbi have the
        shapes of Wi and bi. With the layers from last to first:
            dAL = (ZL - Y) / m
            dWi = Z(i-1)^T dAi,   dbi = sum of dAi over the examples
            dZ(i-1) = dAi Wi^T,   dA(i-1) = dZ(i-1) * activation'(A(i-1)), elementwise
        """
        # TODO(solution.backward): from the last layer to the first.
        raise NotImplementedError("solution.backward")

    def loss(self, prediction: np.ndarray, labels: np.ndarray) -> float:
        """Mean cross-entropy -(1/m) sum_i sum_j Y_ij ln P_ij of predictions P and labels Y, (m, c).

        P is clipped to [epsilon, 1 - epsilon] first.
        """
        # TODO(solution.loss): clip, logarithm, sum, mean.
        raise NotImplementedError("solution.loss")

    def update(self, grads: dict[str, np.ndarray]) -> None:
        """One step of gradient descent: Wi <- Wi - lr dWi,   bi <- bi - lr dbi."""
        # TODO(solution.update): every weight and every bias.
        raise NotImplementedError("solution.update")

    def compute_loss_and_accuracy(
        self, X: np.ndarray, Y: np.ndarray
    ) -> tuple[float, float, np.ndarray]:
        """(loss, accuracy, predictions) for X (m, d) and one-hot Y (m, c).

        accuracy is a fraction from 0 to 1, predictions are class indices (m,).
        """
        # TODO(solution.compute_loss_and_accuracy): forward, loss, argmax.
        raise NotImplementedError("solution.compute_loss_and_accuracy")

    def train_loop(self, n_epochs: int) -> dict[str, list[float]]:
        """Initialise the weights, then make n_epochs passes over self.train in minibatches.

        A minibatch has self.batch_size examples, the last one of a pass what is left. Returns
        self.train_logs: "train_accuracy", "validation_accuracy", "train_loss" and
        "validation_loss", each a list with one number per epoch, measured after the epoch.
        """
        # TODO(solution.train_loop): initialise; per epoch the minibatches, then the logs.
        raise NotImplementedError("solution.train_loop")

    def evaluate(self) -> tuple[float, float]:
        """(loss, accuracy) on self.test."""
        # TODO(solution.evaluate): the same on self.test.
        raise NotImplementedError("solution.evaluate")


def random_data(seed: int | None, n: int = 64) -> tuple[Split, Split, Split]:
    """Three sets of n random examples of MNIST's shape: X (n, 784) in [0, 1), one-hot Y (n, 10)."""
    rng = np.random.default_rng(seed)

    def split() -> Split:
        return rng.random((n, 784)), np.eye(10)[rng.integers(0, 10, n)]

    return split(), split(), split()


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Given: the command line."""
    parser = argparse.ArgumentParser(description="Train the MLP and report its accuracy.")
    parser.add_argument(
        "--data", help="folder of MNIST files, or a set's name (default: the embedded digits)"
    )
    parser.add_argument("--hidden", type=int, nargs="+", help="sizes (default: those of NN)")
    activations, methods = (
        ["relu", "sigmoid", "tanh", "leakyrelu"],
        ["zero", "normal", "glorot", "he"],
    )
    parser.add_argument("--activation", choices=activations, default="relu")
    parser.add_argument("--init", choices=methods, default="glorot")
    parser.add_argument("--lr", type=float, default=0.1, help="learning rate")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(argv)


def run(args: argparse.Namespace) -> None:
    """Given: train as the command line says, print a line per epoch and the test accuracy."""
    net = NN(
        lr=args.lr,
        batch_size=args.batch_size,
        seed=args.seed,
        activation=args.activation,
        data=load_splits(args.data, seed=args.seed),
        init_method=args.init,
        **({"hidden_dims": args.hidden} if args.hidden else {}),
    )
    n, d = net.train[0].shape
    layers = "-".join(map(str, [d, *net.hidden_dims, net.train[1].shape[1]]))
    print(f"training {layers} on {n} examples for {args.epochs} epochs")
    logs = net.train_loop(args.epochs)
    print("epoch  training loss  accuracy  validation loss  accuracy")
    columns = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
    for epoch, row in enumerate(zip(*(logs[key] for key in columns), strict=True), start=1):
        print("{:5d}  {:13.4f}  {:8.2%}  {:15.4f}  {:8.2%}".format(epoch, *row))
    print("test loss {:.4f}, test accuracy {:.2%}".format(*net.evaluate()))


def main(argv: Sequence[str] | None = None) -> int:
    """Given: 0 when trained, 1 when a task is missing for it, 2 when the data is wrong."""
    args = parse_arguments(argv)
    print_open_tasks(__file__)
    try:
        run(args)
    except NotImplementedError as task:
        print(f"training stops here: it needs {task}")
        return 1
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
