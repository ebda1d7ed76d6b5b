"""What initialize_weights of solution.py draws by a method that the submission may lack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .asking import Ask
from .conventions import networks
from .mlp import SEED

if TYPE_CHECKING:
    from .proxy import Student

Array = NDArray[Any]
SHAPE = (80, 30)
SAME_VARIANCE = 0.15  # of 2400 normal draws it varies by 0.03
NORMAL_KURTOSIS, KURTOSIS_ATOL = 3.0, 0.6  # a uniform distribution has 1.8


def initial_w1(student: Student, init_method: str) -> Array | None:
    """W1 (80, 30) by this method; None where it raises or gives no such matrix of numbers."""
    one = Ask(may_raise=True)
    settings = {"hidden_dims": SHAPE[1:], "dims": (SHAPE[0], 10), "seed": 3}
    net = networks(student).build(one, init_method=init_method, **settings)
    one.method(net, "initialize_weights", (SHAPE[0], 10))
    student.reseed(SEED)
    found = student.answer(one.returns(one.get(net, "weights")))
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
