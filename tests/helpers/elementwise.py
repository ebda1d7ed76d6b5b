"""Properties that all activations of solution.py share; each is a part of a for_all generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .asking import VARY, Ask, Name
from .assertions import close, holds, shaped
from .conventions import networks
from .drawing import Draw
from .properties import Asking

if TYPE_CHECKING:
    from .proxy import Student

Array = np.ndarray
FAR = 1e4
KEPT = "Make a new array; what you were given belongs to the caller."


def drawn_input(draw: Draw, *, scale: float = 4.0) -> Array:
    """(m, n), one to four of each, entries at least 0.05 from 0, where relu has its kink."""
    shape = draw.integer(1, 4), draw.integer(1, 4)
    return draw.until(
        lambda x: bool(np.all(np.abs(x) > 0.05)), lambda: draw.array(shape, -scale, scale)
    )


def check_values(student: Student, name: str, right: Callable[..., Array], x: Array) -> Asking:
    """name(x) and its derivative are those of `right`."""
    nets = networks(student)
    out, slope = yield nets.ask(name, x), nets.ask(name, x, True)
    close(f"{name}(x)", out, right(x))
    hint = "The derivative is taken at x, the pre-activation."
    close(f"{name}(x, grad=True)", slope, right(x, grad=True), hint=hint)


def check_slopes(student: Student, draw: Draw, name: str) -> Asking:
    """name(x, grad=True) agrees with central differences of name(x)."""
    x, nets = drawn_input(draw, scale=3.0), networks(student)
    out, slope = yield nets.ask(name, x), nets.ask(name, x, True)
    shaped(f"{name}(x)", out, x.shape)
    shaped(f"{name}(x, grad=True)", slope, x.shape)
    if np.asarray(out).dtype != np.float64:
        return  # differences of float32 values say nothing
    project = draw.array(x.shape, 0.5, 2.0)
    want = student.differences(nets.ask(name, VARY), x, project=project)
    call = f"{name}(x, grad=True)"
    close(call, np.asarray(slope), want / project, rtol=1e-5, atol=1e-7)


def check_kept(student: Student, name: str, x: Array) -> Asking:
    """Neither name(x) nor its derivative changes x."""
    for grad in (False, True):
        one = Ask()
        given = one.call(Name("numpy.array"), x)
        one.method(networks(student).build(one), name, given, grad)
        close(f"x after {name}(x, grad={grad})", (yield one.returns(given)), x, hint=KEPT)


def check_kink(student: Student, name: str, left: float) -> None:
    """Slope `left` below 0 and slope 1 above, between the two at 0; exact far out."""
    x, nets = np.array([[0.0, FAR, -FAR]]), networks(student)
    out, slope = student.run_all([nets.ask(name, x), nets.ask(name, x, True)])
    close(f"{name}(x) at 0 and ±1e4", out, [[0.0, FAR, -left * FAR]])
    values = shaped(f"{name}(x, grad=True)", slope, (1, 3)).astype(np.float64)
    close(f"{name}(x, grad=True) at ±1e4", values[0, 1:], [1.0, left])
    between = left - 1e-6 <= values[0, 0] <= 1.0 + 1e-6
    holds(f"{name}(x, grad=True) at 0", bool(between), "is not between the two slopes")
