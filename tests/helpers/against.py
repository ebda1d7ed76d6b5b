"""The student's networks of solution.py against right ones: caches and gradients.

`reference` is a module with a right class NN; the checks that have one pass it in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .asking import Ask
from .assertions import CheckFailure, close, compared, entry, holds, shaped
from .conventions import networks
from .drawing import Draw
from .mlp import Array, Weights, drawn_weights, gradient, gradients, own_loss, up_to_mean
from .networks import cache_of
from .properties import Asking
from .several import close_all, close_each
from .slopes import rounds_to_float32
from .tolerances import ATOL, RTOL

if TYPE_CHECKING:
    from .proxy import Student

ACTIVATIONS = ("relu", "sigmoid", "tanh")
HINTS = {
    "A": "Ai = Z(i-1) Wi + bi.",
    "Z": "Zi is the activation of Ai, in the last layer its softmax.",
    "dW": "dWi follows from Z(i-1) and dAi: where that step is right, look at how dAi is made.",
    "db": "dbi follows from dAi: where that step is right, look at how dAi is made.",
}
MEAN = "The loss is a mean over the examples, so its gradient has a factor 1/m: once, no more."
CALL = "backward(cache, y)"
Case = tuple[Any, Array, Array]
FROM_A_KINK = 1e-3
FROM_CERTAINTY = 1e-5


def net_of(reference: Any, weights: Weights | None = None, **settings: Any) -> Any:
    """A right network with these weights."""
    none = np.zeros((1, 1)), np.zeros((1, 1))
    net = reference.NN((1,), data=(none, none, none), **settings)
    net.weights = dict(weights or {})
    return net


def drawn_widths(draw: Draw) -> list[int]:
    """Sizes from input to output: one to three hidden layers, two to five of each."""
    return [draw.integer(2, 5) for _ in range(draw.integer(3, 5))]


def smooth_case(
    draw: Draw,
    reference: Any,
    activations: Sequence[str],
    widths: Sequence[int] = (),
    m: int = 3,
) -> Case:
    """A right network with one of the activations, X (m, d) and one-hot Y (m, c).

    It is away from the kinks of relu and of the clipped loss, and some gradient reaches every
    layer. Widths are drawn where not given.
    """
    activation, widths = draw.choice(activations), widths or drawn_widths(draw)

    def make() -> tuple[Any, Array]:
        net = net_of(reference, drawn_weights(draw, widths), activation=activation)
        return net, draw.array((m, widths[0]), -2, 2)

    net, x = draw.until(lambda made: _is_smooth(*made), make)
    return net, x, draw.one_hot(m, widths[-1])


def _is_smooth(net: Any, x: Array) -> bool:
    cache, last = net.forward(x), len(net.weights) // 2
    kinks = min(float(np.abs(cache[f"A{i}"]).min()) for i in range(1, last))
    p = cache[f"Z{last}"]
    certain = p.min() <= FROM_CERTAINTY or p.max() >= 1 - FROM_CERTAINTY
    alive = all(np.any(one) for one in net.backward(cache, np.zeros_like(p)).values())
    return kinks > FROM_A_KINK and alive and not certain


def selected(
    student: Student, x: Array, reference: Any, names: Sequence[str], *grad: bool
) -> Asking:
    """activation(x), or its derivative, of networks with each of these activations."""
    nets = networks(student)
    found = yield tuple(nets.ask("activation", x, *grad, activation=name) for name in names)
    call = f"activation(x{', grad=True' if grad else ''}) with activation="
    want = {
        f'{call}"{name}"': net_of(reference, activation=name).activation(x, *grad) for name in names
    }
    close_all(dict(zip(want, found, strict=True)), want)


def leakyrelu_works(student: Student) -> bool:
    """leakyrelu is optional: a class without it need not select it."""
    if not student.has("solution.NN.leakyrelu"):
        return False
    one = Ask(may_raise=True)
    one.method(networks(student).build(one), "leakyrelu", np.array([[1.0, -1.0]]))
    answer = student.answer(one)
    got = np.asarray(None if answer.failure else answer.value)
    return got.dtype.kind in "iuf" and bool(np.allclose(got, [[1.0, -0.01]]))


def same_cache(
    student: Student, reference: Any, weights: Weights, x: Array, activation: str
) -> Asking:
    """The student's cache is the right one; the first wrong key is named."""
    nets = networks(student, "forward")
    ask = nets.ask("forward", x, weights=weights, activation=activation)
    got = cache_of("forward(x)", (yield ask))
    want = net_of(reference, weights, activation=activation).forward(x)
    close_each("forward(x)", got, want, hints=hints_of(want))


def hints_of(keys: Iterable[str]) -> dict[str, str]:
    """What each of these keys of a cache or of gradients is made of."""
    return {key: HINTS.get(key.rstrip("0123456789"), "") for key in keys}


def true_gradient(
    student: Student, case: Case, *kinds: str, hint: str = "", **settings: Any
) -> Asking:
    """The gradients of these kinds, dW or db, are right; else what the wrong ones share."""
    net, x, y = case
    grads = yield gradients(student, net.weights, x, y, activation=net.activation_str, **settings)
    right = net.backward(net.forward(x), y)
    want = {key: value for key, value in right.items() if key.startswith(kinds)}
    got = {key: gradient(CALL, grads, key) for key in want}
    hints = {} if hint else hints_of(want)
    close_each(CALL, got, want, hint=hint, hints=hints, examples=len(x))


def true_slopes(student: Student, draw: Draw, case: Case) -> Asking:
    """dW and db agree with differences of the student's own loss, along two directions each."""
    net, x, y = case
    settings = {"activation": net.activation_str}
    grads = yield gradients(student, net.weights, x, y, **settings)
    for key, value in net.weights.items():
        got = gradient(CALL, grads, f"d{key}")
        along = _two_directions(draw, value.shape)
        got = np.sum(along * shaped(f'{CALL}["d{key}"]', got, value.shape), axis=(1, 2))
        loss = own_loss(student, net.weights, key, x, y, **settings)
        want = student.differences(loss, value, directions=along)
        found = compared(f'"d{key}" along two directions', got, want, rtol=RTOL, atol=ATOL)
        # a step that float32 resolves may cross a kink
        if found is not None and not rounds_to_float32(student, loss, value):
            raise CheckFailure(found)


def first_step(student: Student, case: Case) -> Asking:
    """dA of the last layer is probabilities minus labels, up to the factor of the mean."""
    net, x, y = case
    grads = yield gradients(student, net.weights, x, y, activation=net.activation_str)
    last = len(net.weights) // 2
    want = net.forward(x)[f"Z{last}"] - y
    hint = "Softmax and cross-entropy together have a simple derivative."
    got = up_to_mean(entry(CALL, grads, f"dA{last}"), want, len(x))
    close(f'{CALL}["dA{last}"]', got, want, hint=hint)


def steps_down(student: Student, case: Case) -> Asking:
    """Each dZ follows from the student's own dA above it, each dA from the dZ of its layer."""
    net, x, y = case
    grads = yield gradients(student, net.weights, x, y, activation=net.activation_str)
    cache = net.forward(x)
    for i in range(len(net.weights) // 2 - 1, 0, -1):
        above = _nonzero(grads, f"dA{i + 1}", cache[f"A{i + 1}"].shape)
        want = above @ net.weights[f"W{i + 1}"].T
        got = up_to_mean(entry(CALL, grads, f"dZ{i}"), want, len(x))
        hint = "The gradient goes back through the weights that the activations went through."
        close(f'"dZ{i}", given "dA{i + 1}",', got, want, hint=hint)
        want = _nonzero(grads, f"dZ{i}", want.shape) * net.activation(cache[f"A{i}"], grad=True)
        got = up_to_mean(entry(CALL, grads, f"dA{i}"), want, len(x))
        hint = "Multiply with the derivative of the activation, taken at the pre-activation."
        close(f'"dA{i}", given "dZ{i}",', got, want, hint=hint)


def steps_aside(student: Student, case: Case) -> Asking:
    """Each dW and db follows from the student's own dA of its layer, up to the mean's factor."""
    net, x, y = case
    grads = yield gradients(student, net.weights, x, y, activation=net.activation_str)
    cache = net.forward(x)
    for i in range(len(net.weights) // 2, 0, -1):
        da = _nonzero(grads, f"dA{i}", cache[f"A{i}"].shape)
        wanted = {f"dW{i}": cache[f"Z{i - 1}"].T @ da, f"db{i}": da.sum(axis=0, keepdims=True)}
        for key, want in wanted.items():
            got = up_to_mean(gradient(CALL, grads, key), want, len(x))
            close(f'"{key}", given "dA{i}",', got, want, hint="Add up over the examples.")


def gradients_like(draw: Draw, weights: Weights, longest: float = 1.0) -> dict[str, Array]:
    """Gradients in the shapes of these weights, the last layer first, as backward finds them."""
    made = {f"d{key}": draw.array(value.shape, -longest, longest) for key, value in weights.items()}
    return dict(reversed(made.items()))


def _nonzero(grads: Any, key: str, shape: tuple[int, ...]) -> Array:
    """grads[key], of this shape and not zero everywhere: a step can start from it."""
    got = shaped(f'"{key}"', entry(CALL, grads, key), shape)
    holds(f'"{key}"', bool(np.any(got)), "is zero everywhere")
    return got


def _two_directions(draw: Draw, shape: tuple[int, ...]) -> Array:
    """(2, *shape): all entries by ±1, and one entry alone."""
    signs = np.where(draw.array(shape, -1, 1) < 0, -1.0, 1.0)
    single = np.zeros(shape)
    single.flat[draw.integer(0, single.size - 1)] = 1.0
    return np.stack([signs, single])
