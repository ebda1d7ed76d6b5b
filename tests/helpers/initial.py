"""What initialize_weights of solution.py draws by a method that the submission may lack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .asking import Answer, Ask
from .conventions import networks
from .mlp import initialised, matrix

if TYPE_CHECKING:
    from .proxy import Student

Array = NDArray[Any]
SHAPE = (80, 30)
SAME_VARIANCE = 0.15  # of 2400 normal draws it varies by 0.03
NORMAL_KURTOSIS, KURTOSIS_ATOL = 3.0, 0.6  # a uniform distribution has 1.8


def initialisation_of_w1(student: Student, init_method: str, seed: int) -> Ask:
    """The weights of a network whose W1 is (80, 30), by this method; it may raise."""
    one = Ask(may_raise=True)
    settings = {"hidden_dims": SHAPE[1:], "dims": (SHAPE[0], 10), "seed": seed}
    net = networks(student).build(one, init_method=init_method, **settings)
    one.method(net, "initialize_weights", (SHAPE[0], 10))
    return one.returns(one.get(net, "weights"))


def w1_of(found: Answer) -> Array | None:
    """W1 (80, 30); None where there is no such matrix of numbers."""
    if found.failure is not None or not isinstance(found.value, dict):
        return None
    W = found.value.get("W1")
    if not isinstance(W, np.ndarray) or W.shape != SHAPE or W.dtype.kind not in "iuf":
        return None
    return W.astype(np.float64) if np.all(np.isfinite(W)) else None


def own_normal(W: Array | None, others: Iterable[Array | None]) -> bool:
    """Whether W has normal entries of another variance than each of the others."""
    variance = 0.0 if W is None else float(np.var(W))
    if W is None or variance == 0.0:
        return False
    kurtosis = float(np.mean((W - W.mean()) ** 4)) / variance**2
    known = [float(np.var(other)) for other in others if other is not None]
    as_another = any(abs(variance - one) <= SAME_VARIANCE * one for one in known)
    return abs(kurtosis - NORMAL_KURTOSIS) < KURTOSIS_ATOL and not as_another


def one_initialisation(student: Student) -> bool:
    """Whether the class has no choice of initialisation: it is graded on the one that it has."""
    if "init_method" not in student.memo:
        student.memo["init_method"] = _one_initialisation(student)
    found: bool = student.memo["init_method"]
    return found


def _one_initialisation(student: Student) -> bool:
    dropped = networks(student).constructor.dropped
    if "init_method" in dropped or "data" not in dropped:
        return "init_method" in dropped
    found = [initialised(student, (6,), (5, 2), init_method=how) for how in ("zero", "glorot")]
    first, second = (matrix(weights, "W1", (5, 6)) for weights in found)
    return bool(np.array_equal(first, second))
