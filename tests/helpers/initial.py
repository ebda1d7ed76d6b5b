"""What initialize_weights of solution.py draws by a method that the submission may lack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .asking import Answer, Ask
from .assertions import close, finite, holds, shaped
from .conventions import networks, swallows
from .mlp import initialisation, initialised, matrix

if TYPE_CHECKING:
    from .proxy import Student

Array = NDArray[Any]
WIDTHS = (80, 30, 80)
SAME_VARIANCE = 0.15  # of 2400 normal draws it varies by 0.03
VARIANCE_ATOL = 0.2
NORMAL_KURTOSIS, KURTOSIS_ATOL = 3.0, 0.6  # a uniform distribution has 1.8
BELL = "Draw from a normal distribution."
OTHERS = ("zero", "normal", "he")


def initialisation_by(student: Student, init_method: str, seed: int) -> Ask:
    """The weights of a network 80-30-80, by this method; it may raise."""
    one, (d, h, c) = Ask(may_raise=True), WIDTHS
    nets = networks(student)
    net = nets.build(one, hidden_dims=(h,), dims=(d, c), seed=seed, init_method=init_method)
    one.method(net, "initialize_weights", (d, c))
    return one.returns(one.get(net, "weights"))


def by_other_methods(
    student: Student, hidden_dims: tuple[int, ...], dims: tuple[int, int], **settings: Any
) -> tuple[Ask, ...]:
    """The weights by each of OTHERS; it may raise."""
    return tuple(
        initialisation(student, hidden_dims, dims, may_raise=True, init_method=method, **settings)
        for method in OTHERS
    )


def matrices(found: Iterable[Answer], key: str, shape: tuple[int, ...]) -> list[Array]:
    """What there is under this key, but for methods that give no numbers of this shape, or zeros.

    Those are the business of checks of their own, or need not be known.
    """
    drawn = [np.asarray(drawn_as(one, key)) for one in found]
    return [W for W in drawn if W.shape == shape and W.dtype.kind == "f" and np.any(W)]


def drawn_as(found: Answer, key: str) -> Any:
    """What there is under this key; None where the method raises or leaves nothing."""
    known = found.failure is None and isinstance(found.value, dict)
    return found.value.get(key) if known else None


def as_another(W: Any, others: Iterable[Any]) -> bool:
    """Whether W is what another method gives: it has the shape and the variance of one of these."""
    return any(np.shape(W) == np.shape(one) and _varies_alike(W, one) for one in others)


def _varies_alike(W: Any, other: Any) -> bool:
    try:
        one, two = np.var(np.asarray(W, float)), np.var(np.asarray(other, float))
    except (TypeError, ValueError):  # no numbers
        return False
    return bool(abs(one - two) <= SAME_VARIANCE * two)


def check_normal(call: str, W: Any, shape: tuple[int, int]) -> None:
    """W is (fan_in, fan_out) and drawn from N(0, 2 / fan_in)."""
    W = shaped(call, W, shape)
    finite(call, W)
    close(
        f"the variance of {call}, over the right one,",
        np.var(W) * shape[0] / 2.0,
        1.0,
        atol=VARIANCE_ATOL,
        hint="2 / fan_in is the variance, not the deviation; W is (fan_in, fan_out).",
    )
    middle = bool(abs(W.mean()) < 0.2 * W.std())
    holds(call, is_bell(W) and middle, "is not normal with mean 0", hint=BELL)


def is_bell(W: Array) -> bool:
    """Whether the entries are spread like those of a normal distribution, by their kurtosis."""
    kurtosis = float(np.mean((W - W.mean()) ** 4)) / np.var(W) ** 2
    return bool(abs(kurtosis - NORMAL_KURTOSIS) < KURTOSIS_ATOL)


def biases_moved(weights: Any, n: int) -> bool:
    """Whether these weights have two biases of n numbers, as an update should leave them."""
    known = isinstance(weights, dict)
    return known and all(np.shape(weights.get(key)) == (1, n) for key in ("b1", "b2"))


def one_initialisation(student: Student) -> bool:
    """Whether the class has no choice of initialisation: it is graded on the one that it has."""
    if "init_method" not in student.memo:
        student.memo["init_method"] = _one_initialisation(student)
    found: bool = student.memo["init_method"]
    return found


def _one_initialisation(student: Student) -> bool:
    dropped = networks(student).constructor.dropped
    if "init_method" in dropped or not ("data" in dropped or swallows(student)):
        return "init_method" in dropped
    found = [initialised(student, (6,), (5, 2), init_method=how) for how in ("zero", "glorot")]
    first, second = (matrix(weights, "W1", (5, 6)) for weights in found)
    return bool(np.array_equal(first, second))
