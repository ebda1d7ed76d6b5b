"""Training of solution.py against right steps: where may an epoch end?

The weights from which train_loop starts are found by training with a learning rate of 0, with the
same seeds. From there a right class makes the steps; the order of the examples is the student's.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from .against import net_of
from .asking import Ask, Name
from .assertions import entry, shaped
from .conventions import networks
from .drawing import Draw
from .mlp import Array, Weights, separable
from .several import close_each
from .training import RECORDING

if TYPE_CHECKING:
    from .proxy import Student

LAYERS = {"W1": (3, 4), "b1": (1, 4), "W2": (4, 2), "b2": (1, 2)}
LR = 0.5
SEED = 20
ORDER = "Every example once per epoch, with an update after each minibatch."
Step = Callable[[Weights, list[int]], Weights]


def snapshot(one: Ask, net: Any) -> Any:
    """Copies of a network's weights at this point of an Ask."""
    return one.call(Name(f"{RECORDING}.arrays"), one.get(net, "weights"))


def trained(
    student: Student,
    x: Array,
    y: Array,
    valid: tuple[Array, Array] | None = None,
    epochs: int = 1,
    **settings: Any,
) -> tuple[Any, Any]:
    """(logs, weights) after train_loop of a 3-4-2 network, from the same seeds every time.

    The test set is the validation set at half its size, so that the two lead elsewhere.
    """
    nets, one = networks(student, "train_loop"), Ask()
    other = valid or (x[:4], y[:4])
    test = 0.5 * other[0], other[1]
    fixed = {"hidden_dims": (4,), "activation": "tanh", "seed": 5, "lr": LR}
    net = nets.build(one, data=((x, y), other, test), **{**fixed, **settings})
    logs = one.method(net, "train_loop", epochs)
    student.reseed(SEED)
    got: tuple[Any, Any] = student.run(one.returns(logs, one.get(net, "weights")))
    return got


def start_of(student: Student, x: Array, y: Array, **settings: Any) -> dict[str, Array]:
    """The weights from which train_loop starts."""
    return as_weights(trained(student, x, y, lr=0.0, batch_size=len(x), **settings)[1])


def as_weights(got: Any) -> dict[str, Array]:
    """The weights as float64 arrays in their shapes."""
    call = "weights after train_loop(1)"
    return {
        key: shaped(f'{call}: "{key}"', entry(call, got, key), shape).astype(np.float64)
        for key, shape in LAYERS.items()
    }


def stepper(reference: Any, x: Array, y: Array, activation: str = "tanh") -> Step:
    """step(weights, examples): the weights after one right update with a minibatch of these."""

    def step(weights: Weights, batch: list[int]) -> Weights:
        net = net_of(reference, weights, activation=activation, lr=LR)
        net.update(net.backward(net.forward(x[batch]), y[batch]))
        after: Weights = net.weights
        return after

    return step


def drawn_set(draw: Draw, n: int) -> tuple[Array, Array]:
    """The first n points of `separable`, each moved a little."""
    x, y = (part[:n] for part in separable())
    return x + draw.array(x.shape, -0.1, 0.1), y


def same_weights(call: str, got: Any, want: Weights) -> None:
    """These weights, within what float32 and another order of summation may change."""
    close_each(f"weights after {call}", got, want, rtol=1e-5, atol=1e-6, hint=ORDER)


def reaches(student: Student, reference: Any, x: Array, y: Array) -> None:
    """An epoch in minibatches of two ends where some order of the examples leads.

    Where none does, the weights are compared with those of the order that was given.
    """
    step, start = stepper(reference, x, y), start_of(student, x, y)
    got = as_weights(trained(student, x, y, batch_size=2)[1])

    def good(state: Weights) -> bool:
        return all(np.allclose(got[k], state[k], rtol=1e-5, atol=1e-5) for k in LAYERS)

    if not reachable(step, start, good, len(x), 2):
        for first in range(0, len(x), 2):
            start = dict(step(start, list(range(first, min(first + 2, len(x))))))
        same_weights("train_loop(1)", got, start)


def reachable(
    step: Step, start: Weights, good: Callable[[Weights], bool], n: int, batch_size: int
) -> bool:
    """Whether an epoch over n examples, in any order, can end in weights that are `good`."""

    def search(state: Weights, left: frozenset[int]) -> bool:
        if not left:
            return good(state)
        batches = combinations(sorted(left), min(batch_size, len(left)))
        return any(search(step(state, list(batch)), left - set(batch)) for batch in batches)

    return search(start, frozenset(range(n)))
