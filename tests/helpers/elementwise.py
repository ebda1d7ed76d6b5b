"""Properties that all activations of solution.py share; each is a part of a for_all generator."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .asking import VARY, Ask, Name
from .assertions import close, finite, holds, shaped
from .conventions import networks
from .drawing import Draw
from .properties import Asking
from .several import close_all
from .slopes import close_to_slopes
from .tolerances import FLOAT32_ATOL, FLOAT32_RTOL

if TYPE_CHECKING:
    from .proxy import Student

Array = np.ndarray
FAR = 1e4
TYPES = "An array made like x has the type of x: whole numbers cannot hold fractions."
SINGLE = {"rtol": FLOAT32_RTOL, "atol": FLOAT32_ATOL}  # what float32 was handed to
KEPT = "Make a new array; what you were given belongs to the caller."


def drawn_input(draw: Draw, *, scale: float = 4.0) -> Array:
    """(m, n), one to four of each, entries at least 0.05 from 0, where relu has its kink."""
    shape = draw.size(4), draw.size(4)
    return draw.until(
        lambda x: bool(np.all(np.abs(x) > 0.05)), lambda: draw.array(shape, -scale, scale)
    )


def check_values(student: Student, name: str, right: Callable[..., Array], x: Array) -> Asking:
    """name(x) is that of `right`."""
    close(f"{name}(x)", (yield networks(student).ask(name, x)), right(x))


def check_slopes(student: Student, name: str, right: Callable[..., Array], draw: Draw) -> Asking:
    """name(x, grad=True) is that of `right`, and agrees with central differences of name(x)."""
    x, nets, call = drawn_input(draw, scale=3.0), networks(student), f"{name}(x, grad=True)"
    out, _, slope = yield nets.ask_each((name, x), (name, -0.5 * x), (name, x, True))
    hint = "The derivative is taken at x, the pre-activation."
    close(call, slope, right(x, grad=True), hint=hint)
    shaped(f"{name}(x)", out, x.shape)
    project = draw.array(x.shape, 0.5, 2.0)
    got = project * shaped(call, slope, x.shape)
    varied = nets.ask(name, VARY)
    close_to_slopes(f"{call}, weighted,", got, student, varied, x, project=project)


def check_kept(student: Student, name: str, x: Array) -> Asking:
    """Neither name(x) nor its derivative changes x, whatever its sign."""
    x = np.concatenate([x, -x])
    one = Ask()
    net, copies = networks(student).build(one), []
    for grad in (False, True):
        copies.append(one.call(Name("numpy.array"), x))
        one.method(net, name, copies[-1], grad)
    for grad, after in zip((False, True), (yield one.returns(*copies)), strict=True):
        close(f"x after {name}(x, grad={grad})", after, x, hint=KEPT)


def check_kink(student: Student, name: str, left: float) -> None:
    """Slope `left` below 0 and slope 1 above, between the two at 0; exact far out."""
    x, nets = np.array([[0.0, FAR, -FAR]]), networks(student)
    out, slope = student.run(nets.ask_each((name, x), (name, x, True)))
    close(f"{name}(x) at 0 and ±1e4", out, [[0.0, FAR, -left * FAR]])
    values = shaped(f"{name}(x, grad=True)", slope, (1, 3)).astype(np.float64)
    close(f"{name}(x, grad=True) at ±1e4", values[0, 1:], [1.0, left])
    between = left - 1e-6 <= values[0, 0] <= 1.0 + 1e-6
    holds(f"{name}(x, grad=True) at 0", bool(between), "is not between the two slopes")


def check_far(student: Student, name: str, left: float, draw: Draw) -> Asking:
    """`left` far below 0 and 1 far above, flat on both sides."""
    u = draw.uniform(800.0, FAR)
    x, call = np.array([[u, -u]]), f"{name}([[{u:g}, -{u:g}]]"
    out, slope = yield networks(student).ask_each((name, x), (name, x, True))
    hint = "A quotient of huge exponentials is NaN: no exponent may be large and positive."
    wanted = {f"{call})": (out, [[1.0, left]]), f"{call}, grad=True)": (slope, [[0.0, 0.0]])}
    for called, (got, want) in wanted.items():
        finite(called, got, hint=hint)
        close(called, got, want)


def check_types(student: Student, name: str, right: Callable[..., Array], draw: Draw) -> Asking:
    """Whole numbers, as int64 and as float32, give what the same numbers as float64 give."""
    x = drawn_input(draw)
    x = np.copysign(np.ceil(np.abs(x)), x)
    ways = list(itertools.product((np.float64, np.int64, np.float32), ((), (True,))))
    found = yield networks(student).ask_each(*[(name, x.astype(t), *grad) for t, grad in ways])
    want = {
        f"{name}(x{', grad=True' if grad else ''}) with x of {np.dtype(t)}": right(x, *grad)
        for t, grad in ways
    }
    got, calls = dict(zip(want, found, strict=True)), list(want)
    for some, hint in ((calls[:2], ""), (calls[2:], TYPES)):
        close_all({c: got[c] for c in some}, {c: want[c] for c in some}, hint=hint, **SINGLE)
