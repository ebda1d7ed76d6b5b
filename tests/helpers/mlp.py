"""What the checks of solution.py share: networks with given weights, and programs that use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from .asking import Ask, Name
from .assertions import changed, entry, finite, holds, shaped
from .conventions import networks
from .drawing import Draw
from .networks import Networks

if TYPE_CHECKING:
    from .proxy import Student

Array = np.ndarray
Weights = Mapping[str, Array]

SEED = 11  # of the student's generators, where two runs must start alike
LN3 = np.log(3.0)
# A 2-2-2 network with relu and three examples, so that no factor is taken for their number:
#   A1 = [[3, 2], [1, -2], [-2, 1]],  Z1 = [[3, 2], [1, 0], [0, 1]],
#   A2 = [[0, ln 3], [0, ln 3], [0, -ln 3]]
X = np.array([[1.0, 2.0], [2.0, -1.0], [-1.0, -1.0]])
Y = np.eye(2)[[0, 1, 0]]
WEIGHTS = {
    "W1": np.array([[1.0, -1.0], [1.0, 1.0]]),
    "b1": np.array([[0.0, 1.0]]),
    "W2": np.array([[0.0, LN3], [0.0, -LN3]]),
    "b2": np.array([[0.0, 0.0]]),
}
LOSS = (np.log(4.0) + 2.0 * np.log(4.0 / 3.0)) / 3.0
X_TEXT, Y_TEXT = "[[1, 2], [2, -1], [-1, -1]]", "[[1, 0], [0, 1], [1, 0]]"
EXAMPLE = "W1 = [[1, -1], [1, 1]], b1 = [[0, 1]], W2 = [[0, ln 3], [0, -ln 3]], b2 = 0, relu"


def drawn_weights(draw: Draw, widths: Sequence[int]) -> dict[str, Array]:
    """Weights of a network with these widths, input and output included; biases drawn too."""
    weights = {}
    for i, (n, k) in enumerate(pairwise(widths), start=1):
        weights[f"W{i}"] = draw.array((n, k), -1.5, 1.5)
        weights[f"b{i}"] = draw.array((1, k), -1, 1)
    return weights


def fixed_weights(widths: Sequence[int]) -> dict[str, Array]:
    """Weights without chance, different in every entry, short to write."""
    weights: dict[str, Array] = {}
    for i, (n, k) in enumerate(pairwise(widths), start=1):
        W = np.sin(1.7 * i + 2.3 * np.arange(n * k)).reshape(n, k)
        b = 0.3 * np.cos(1.1 * i + 1.9 * np.arange(k)).reshape(1, k)
        weights |= {f"W{i}": np.round(W, 3), f"b{i}": np.round(b, 3)}
    return weights


def drawn_probabilities(draw: Draw, m: int, c: int) -> Array:
    """(m, c) rows of probabilities, none near 0."""
    p = draw.array((m, c), 0.1, 1.0)
    return p / p.sum(axis=1, keepdims=True)


def separable() -> tuple[Array, Array]:
    """Eight points of two classes that a plane divides: X (8, 3), one-hot Y (8, 2)."""
    x = np.array([[1.0, 0.2, -0.4], [-0.8, 0.5, 0.3], [0.9, -1.0, 0.1], [-1.2, -0.3, 0.8]])
    x = np.concatenate([x, 1.5 * x + 0.1])
    return x, np.eye(2)[(x[:, 0] > 0).astype(int)]


def initialisation(
    student: Student,
    hidden_dims: Sequence[int],
    dims: tuple[int, int],
    *,
    may_raise: bool = False,
    **settings: Any,
) -> Ask:
    """The weights of a new network after initialize_weights(dims); None where it has none."""
    one = Ask(may_raise=may_raise)
    net = networks(student).build(
        one, hidden_dims=hidden_dims, dims=dims, **{"seed": 3, **settings}
    )
    one.method(net, "initialize_weights", dims)
    return one.returns(one.call(Name("builtins.getattr"), net, "weights", None))


def initialised(
    student: Student, hidden_dims: Sequence[int], dims: tuple[int, int], **settings: Any
) -> Any:
    """The weights that `initialisation` asks for, from the same state of unseeded generators."""
    student.reseed(SEED)
    return student.run(initialisation(student, hidden_dims, dims, **settings))


def matrix(weights: Any, key: str, shape: tuple[int, ...]) -> Array:
    """weights[key], of this shape; it is a stub's work where there is no W at all."""
    matrices = [name for name in weights or () if str(name).startswith("W")]
    changed("initialize_weights(dims)", [], matrices)
    return shaped(f'weights["{key}"]', entry("weights", weights, key), shape)


def gradients(
    student: Student, weights: Weights = WEIGHTS, x: Array = X, y: Array = Y, **settings: Any
) -> Ask:
    """backward(forward(x), y) of a network whose batch_size is that of x, unless it is given."""
    nets, one = networks(student, "backward"), Ask()
    net = nets.build(one, weights, **{"batch_size": len(x), **settings})
    _, held = nets.forward(one, net, x)
    one.method(net, "backward", held, y)
    return one


def own_loss(
    student: Student, weights: Weights, vary: str, x: Array, y: Array, **settings: Any
) -> Ask:
    """loss(forward(x), y) with VARY in place of one weight, for `student.differences`."""
    nets, one = networks(student, "backward"), Ask()
    net = nets.build(one, weights, vary=vary, **{"batch_size": len(x), **settings})
    cache, _ = nets.forward(one, net, x)
    one.method(net, "loss", one.item(cache, f"Z{len(weights) // 2}"), y)
    return one


def updated(
    student: Student, *gradients: Weights, weights: Weights = WEIGHTS, **settings: Any
) -> Ask:
    """The weights after an update(grads) with each of these gradients."""
    nets, one = networks(student, "update"), Ask()
    net = nets.build(one, weights, **settings)
    for grads in gradients:
        one.method(net, "update", grads)
    return one.returns(one.get(net, "weights"))


def measured(
    nets: Networks, x: Array, y: Array, weights: Weights = WEIGHTS, **settings: Any
) -> Ask:
    """compute_loss_and_accuracy(x, y), labels as the class expects them."""
    labels = nets.labels(y)
    return nets.ask("compute_loss_and_accuracy", x, labels, weights=weights, **settings)


def gradient(call: str, grads: Any, key: str) -> Any:
    """grads[key]; of a bias as a row, whatever its shape: one check of its own looks at that."""
    got = entry(call, grads, key)
    if key.startswith("db") and isinstance(got, (np.ndarray, list)) and np.ndim(got) == 1:
        got = np.reshape(got, (1, -1))
    return got


def up_to_mean(got: Any, want: Array, m: int) -> Any:
    """`want` where got is that times 1/m², 1/m, m or m²: only the factor of the mean is wrong."""
    try:
        values = np.asarray(got)
    except ValueError:  # a ragged list
        return got
    if values.shape == want.shape and values.dtype.kind in "iuf":
        for factor in (1.0 / m, 1.0 / m**2, m, m**2):
            if np.allclose(values, factor * want, rtol=1e-4, atol=1e-7):
                return want
    return got


def joined(call: str, weights: Any, keys: Sequence[str]) -> Array:
    """The entries of all these weights in one vector."""
    return np.concatenate([np.ravel(shaped_any(call, weights, key)) for key in keys])


def shaped_any(call: str, weights: Any, key: str) -> Array:
    """weights[key] as an array of numbers, of whatever shape."""
    got = entry(call, weights, key)
    finite(f'{call}["{key}"]', got)
    return np.asarray(got, dtype=np.float64)


def series(call: str, got: Any, n: int) -> Array:
    """n finite numbers, each of which may come as an array of one entry."""
    finite(call, got)
    return shaped(call, np.ravel(got), (n,), hint="One number for each epoch.")


def number(call: str, got: Any) -> float:
    """A number, or an array of one entry."""
    return float(shaped(call, np.reshape(got, -1), (1,))[0])


def three(call: str, got: Any) -> tuple[Any, Any, Any]:
    """(loss, accuracy, predictions)."""
    good = isinstance(got, (tuple, list)) and len(got) == 3
    holds(call, good, "is not (loss, accuracy, predictions)")
    return got[0], got[1], got[2]
