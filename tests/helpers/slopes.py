"""Gradients against central differences of the student's own function.

Differences of a function that rounds to float32 on its way are noise at the steps that suit
float64. Such a function is found by a step that float32 cannot resolve, and then compared over a
large step; its values are compared with right ones elsewhere.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .asking import Ask
from .assertions import CheckFailure, close, compared
from .tolerances import ATOL, RTOL, all_float32

if TYPE_CHECKING:
    from .proxy import Student

Array = NDArray[Any]

STEP, LARGE_STEP = 1e-5, 1e-2
UNRESOLVED_STEPS = (1e-6, 1e-7, 1e-8, 1e-9)
LARGE_STEP_TOLERANCE = 1e-2
DIRECTIONS = 8
# A rounding error of float64, with room for thousands of them; slopes over STEP take no harm.
FLOAT64_NOISE = 1e-12


def rounds_to_float32(
    student: Student, one: Ask, base: Array, *, project: Array | None = None
) -> bool:
    """Whether the function that this Ask computes of VARY goes through float32.

    In float64 the values over smaller steps are where the slopes over STEP put them. In float32
    smaller steps change nothing, or more than they should; or all values are numbers of float32;
    or even STEP changes nothing where a large step does.
    """
    waves = np.sin(np.arange(1.0, DIRECTIONS * base.size + 1.0)).reshape(-1, *base.shape)
    around = partial(student.values_around, one, base, waves, project=project)
    plain = around(step=STEP)
    moved = plain[:, 0] - plain[:, 1]
    if all_float32(plain):
        return True
    noise = FLOAT64_NOISE * max(1.0, float(np.max(np.abs(plain))))
    for step in UNRESOLVED_STEPS:
        fine = around(step=step)
        off = fine[:, 0] - fine[:, 1] - moved * (step / STEP)
        if np.any(np.abs(off) > noise):
            return True
    return not np.any(moved) and bool(np.ptp(around(step=LARGE_STEP)) > noise)


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
