"""A functional MLP: every forward pass returns its result and a function for the way back.

`out, back = f(x)`: back takes the gradient of the loss with respect to out and returns the gradient
with respect to what went in. Shapes: m examples in a minibatch, W is (n_out, n_in), b is (n_out,).
Arrays hold float64, sometimes float32 or whole numbers: results are fractions then too.

Fill in the TODOs: write each body and delete its NotImplementedError. `python nn.py` tries the
network, compares each way back with central differences and lists what is left to do.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Back = Callable[[np.ndarray], np.ndarray]
Activation = Callable[[np.ndarray], tuple[np.ndarray, Back]]
LinearBack = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


def relu(x: np.ndarray) -> tuple[np.ndarray, Back]:
    """(out, back): out = max(0, x), back(dout) = dout where x > 0, else 0. x has any shape."""
    # TODO(nn.relu): remember where x was positive.
    raise NotImplementedError("nn.relu")


def tanh(x: np.ndarray) -> tuple[np.ndarray, Back]:
    """(out, back): out = tanh(x), back(dout) = dout (1 - out^2), elementwise. x has any shape."""
    # TODO(nn.tanh): back needs out only.
    raise NotImplementedError("nn.tanh")


def linear_forward(x: np.ndarray, W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, LinearBack]:
    """(z, back): z = x W^T + b, (m, n_out), for x (m, n_in), W (n_out, n_in), b (n_out,).

    back(dz) = (dx, dW, db), see linear_backward.
    """
    # TODO(nn.linear_forward): the matrix product, and linear_backward as the way back.
    raise NotImplementedError("nn.linear_forward")


def linear_backward(
    dz: np.ndarray, x: np.ndarray, W: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(dx, dW, db) from dz (m, n_out), in the shapes of x, W and b.

    dx = dz W,   dW = dz^T x,   db = sum of dz over the examples.
    These are sums: the 1/m of the loss is in dz already.
    """
    # TODO(nn.linear_backward): three lines.
    raise NotImplementedError("nn.linear_backward")


def softmax(h: np.ndarray) -> np.ndarray:
    """p_ij = exp(h_ij) / sum_k exp(h_ik), row by row, for logits h (m, c). No overflow."""
    # TODO(nn.softmax): shift each row by its own maximum first.
    raise NotImplementedError("nn.softmax")


def softmax_jacobian(p: np.ndarray) -> np.ndarray:
    """Bonus: the (c, c) matrix J_ij = dp_j / ds_i = p_j (delta_ij - p_i) of p (c,) = softmax(s)."""
    # TODO(nn.softmax_jacobian): bonus; a diagonal matrix and an outer product.
    raise NotImplementedError("nn.softmax_jacobian")


def cross_entropy_loss(h: np.ndarray, y: np.ndarray) -> tuple[float, Callable[[float], np.ndarray]]:
    """(loss, back): the mean cross-entropy of softmax(h) and y, both (m, c).

    h are logits, the rows of y one-hot or any probabilities. With p = softmax(h):
        loss = -(1/m) sum_i sum_j y_ij ln p_ij,   back(dl) = dl (p - y) / m, (m, c)
    ln p comes from ln p_j = h_j - ln sum_k exp(h_k), never from the logarithm of a rounded p.
    """
    # TODO(nn.cross_entropy_loss): log-sum-exp on the shifted logits.
    raise NotImplementedError("nn.cross_entropy_loss")


class DenseLayer:
    """A linear layer and its activation: h = activation(x W^T + b).

    W (num_outputs, num_inputs) ~ N(0, 1/num_inputs), i.e. of standard deviation
    1/sqrt(num_inputs); b (num_outputs,) = 0. activation is a function such as relu, or None.
    Attributes: W, b, activation.
    """

    def __init__(
        self, num_inputs: int, num_outputs: int, activation: Activation | None = None
    ) -> None:
        # TODO(nn.DenseLayer): draw W, set b and activation.
        raise NotImplementedError("nn.DenseLayer")

    def parameters(self) -> tuple[np.ndarray, np.ndarray]:
        """(W, b), the arrays themselves and no copies."""
        # TODO(nn.DenseLayer): return the pair.
        raise NotImplementedError("nn.DenseLayer")

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, LinearBack]:
        """(h, back) for x (m, num_inputs): h is (m, num_outputs), back(dh) = (dx, dW, db)."""
        # TODO(nn.DenseLayer): linear_forward, then the activation, if any.
        raise NotImplementedError("nn.DenseLayer")


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
        # TODO(nn.NN): a list of DenseLayer objects; the last one is linear.
        raise NotImplementedError("nn.NN")

    def parameters(self) -> dict[str, np.ndarray]:
        """{"W0": ..., "b0": ..., "W1": ..., ...}: the live arrays, first layer first.

        A change in place of one of them changes the network: so optimisers train it.
        """
        # TODO(nn.NN): collect the layers' arrays under their keys.
        raise NotImplementedError("nn.NN")

    def forward(
        self, x: np.ndarray
    ) -> tuple[np.ndarray, Callable[[np.ndarray], dict[str, np.ndarray]]]:
        """(h, back) for x (m, num_inputs): logits h (m, num_outputs).

        back(dh) is a dict of gradients with the keys and shapes of parameters().
        """
        # TODO(nn.NN): through the layers, keeping each back; then the same in reverse.
        raise NotImplementedError("nn.NN")


def dropout(
    x: np.ndarray, rate: float, rng: np.random.Generator, training: bool = True
) -> tuple[np.ndarray, Back]:
    """Bonus: (out, back): each unit of x is dropped (0) with probability rate in [0, 1).

    What is kept is scaled by 1/(1 - rate), so that the expectation of out is x; back(dout) drops
    and scales the same units. Not training: out = x. A rate outside [0, 1): ValueError.
    """
    # TODO(nn.dropout): bonus; one random mask, used both ways.
    raise NotImplementedError("nn.dropout")


def finite_difference(
    f: Callable[[np.ndarray], float], arg: np.ndarray, eps: float = 1e-5
) -> np.ndarray:
    """Given: the gradient of a number f(arg) by central differences, in the shape of arg.

    (f(arg + eps e_i) - f(arg - eps e_i)) / (2 eps) for each coordinate i, e_i its unit vector.
    """
    gradient = np.zeros(arg.shape)
    for i in np.ndindex(arg.shape):
        step = np.zeros(arg.shape)
        step[i] = eps
        gradient[i] = (f(arg + step) - f(arg - step)) / (2 * eps)
    return gradient


def largest_difference(got: np.ndarray, want: np.ndarray) -> float:
    """Given: max |got - want|, infinite where the shapes differ (no broadcasting)."""
    return float(np.max(np.abs(got - want))) if np.shape(got) == want.shape else np.inf


def gradient_error(f: Callable[..., tuple], *args: np.ndarray) -> float:
    """Given: the largest difference between the way back of f and central differences.

    f(*args) = (out, back); compared is the gradient of sum(r * out) with fixed random r.
    """
    out, back = f(*args)
    r = np.random.default_rng(1).standard_normal(np.shape(out))
    got = back(r)
    worst = 0.0
    for i, gradient in enumerate(got if isinstance(got, tuple) else (got,)):

        def project(a: np.ndarray, i: int = i) -> float:
            return float(np.sum(r * f(*args[:i], a, *args[i + 1 :])[0]))

        worst = max(worst, largest_difference(gradient, finite_difference(project, args[i])))
    return worst


def network_error(x: np.ndarray, y: np.ndarray) -> float:
    """Given: like gradient_error, for the loss of a small network and all its parameters."""
    net = NN(x.shape[1], [4], tanh, y.shape[1])
    h, back = net.forward(x)
    grads = back(cross_entropy_loss(h, y)[1](1.0))
    worst = 0.0
    for key, param in net.parameters().items():
        start = param.copy()

        def loss(value: np.ndarray, param: np.ndarray = param) -> float:
            param[...] = value
            return cross_entropy_loss(net.forward(x)[0], y)[0]

        worst = max(worst, largest_difference(grads[key], finite_difference(loss, start)))
        param[...] = start
    return worst


def try_nn() -> None:
    """Given: build a small network, print its shapes and the loss before and after some steps."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((8, 5)), np.eye(3)[rng.integers(0, 3, 8)]
    try:
        net = NN(5, [4], relu, 3)
        for key, param in net.parameters().items():
            print(f"{key}: {param.shape}")
        for step in range(101):
            h, back = net.forward(x)
            loss, loss_back = cross_entropy_loss(h, y)
            if step % 50 == 0:
                print(f"logits {h.shape}, loss after {step} steps: {loss:.4f}")
            grads = back(loss_back(1.0))
            for key, param in net.parameters().items():
                param -= 0.1 * grads[key]
    except NotImplementedError as task:
        print(f"try_nn stops here: {task} is not implemented yet")


def test_cases() -> None:
    """Given: one line per function: its largest error, or that it is not implemented yet."""
    rng = np.random.default_rng(0)
    x, W, b = rng.standard_normal((6, 5)), rng.standard_normal((3, 5)), rng.standard_normal(3)
    y = np.eye(5)[rng.integers(0, 5, 6)]

    def dense(x: np.ndarray, W: np.ndarray, b: np.ndarray) -> tuple:
        layer: Any = DenseLayer(5, 3, tanh)
        layer.W, layer.b = W, b
        return layer.forward(x)

    cases: dict[str, Callable[[], float]] = {
        "relu": lambda: gradient_error(relu, x),
        "tanh": lambda: gradient_error(tanh, x),
        "linear_forward": lambda: gradient_error(linear_forward, x, W, b),
        "linear_backward": lambda: gradient_error(
            lambda x, W, b: (x @ W.T + b, lambda dz: linear_backward(dz, x, W, b)), x, W, b
        ),
        "softmax": lambda: float(np.max(np.abs(np.sum(softmax(1e3 * x), axis=1) - 1))),
        "softmax_jacobian": lambda: gradient_error(
            lambda s: (softmax(s), lambda r: r @ softmax_jacobian(softmax(s)[0])), x[:1]
        ),
        "cross_entropy_loss": lambda: gradient_error(lambda h: cross_entropy_loss(h, y), x),
        "DenseLayer": lambda: gradient_error(dense, x, W, b),
        "NN": lambda: network_error(x, y),
        "dropout": lambda: gradient_error(lambda a: dropout(a, 0.5, np.random.default_rng(2)), x),
    }
    for name, case in cases.items():
        try:
            error = case()
        except NotImplementedError as task:
            print(f"{name:20s}not implemented yet ({task})")
        else:
            print(f"{name:20s}{'ok' if error < 1e-6 else 'WRONG'} (largest error {error:.1e})")


if __name__ == "__main__":
    try_nn()
    test_cases()
