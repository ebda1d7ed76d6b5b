"""Gradients against central differences of the student's own function.

Differences of a function that rounds to float32 on its way are noise at the steps that suit
float64. Such a function is found by a step that float32 cannot resolve, and then compared over a
large step; its values are compared with right ones elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .asking import Ask
from .assertions import ATOL, RTOL, CheckFailure, close, compared

if TYPE_CHECKING:
    from .proxy import Student

Array = NDArray[Any]

STEP, LARGE_STEP, UNRESOLVED_STEP = 1e-5, 1e-2, 1e-9
LARGE_STEP_TOLERANCE = 1e-2


def rounds_to_float32(
    student: Student, one: Ask, base: Array, *, project: Array | None = None
) -> bool:
    """Whether the function that this Ask computes of VARY goes through float32.

    In float64 the slopes over both steps agree to 1e-6; in float32 the smaller step changes
    nothing at all, or the result by a rounding error that is many times the step.
    """
    waves = np.sin(np.arange(1.0, 2.0 * base.size + 1.0)).reshape(2, *base.shape)
    coarse, fine = (
        student.differences(one, base, directions=waves, project=project, step=step)
        for step in (STEP, UNRESOLVED_STEP)
    )
    return bool(np.any(np.abs(coarse - fine) > 1e-3 * np.maximum(1.0, np.abs(coarse))))


def close_to_slopes(
    call: str,
    got: Any,
    student: Student,
    one: Ask,
    base: Array,
    *,
    project: Array | None = None,
    hint: str = "",
) -> None:
    """got, of the shape of base, is the gradient of what the Ask computes of VARY.

    project: as for `Student.differences`. No kink may be within 0.01 max(1, |x|) of base.
    """
    want = student.differences(one, base, project=project)
    found = compared(call, got, want, rtol=RTOL, atol=ATOL, hint=hint)
    if found is None:  # noise would not agree
        return
    if not rounds_to_float32(student, one, base, project=project):
        raise CheckFailure(found)
    want = student.differences(one, base, project=project, step=LARGE_STEP)
    tolerance = LARGE_STEP_TOLERANCE
    close(call, got, want, rtol=tolerance, atol=tolerance, hint=hint)
