"""Asks and properties of functions that return (out, back), as all of nn.py do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .asking import VARY, Ask, Name, Ref
from .assertions import CheckFailure, close, equal, holds
from .drawing import Draw, on_a_grid
from .properties import Asking
from .tolerances import FLOAT32_ATOL, FLOAT32_RTOL

Array = np.ndarray
GRADIENTS = ("dx", "dW", "db")
KEPT = "Make a new array; what you were given belongs to the caller."
COPIES = "gives copies: a change in place of them does not reach the network"
OWN_PASS = "back belongs to the forward pass it came with; keep what it needs in its own closure."
START = 5  # of numpy's own generator, where weights are drawn and put aside
KINDS = (np.int64, np.float32)
AS_FLOAT32 = {"rtol": FLOAT32_RTOL, "atol": FLOAT32_ATOL}


def three(call: str, grads: Any) -> tuple[Any, Any, Any]:
    """(dx, dW, db), or a finding."""
    right = isinstance(grads, (tuple, list)) and len(grads) == 3
    holds(call, right, "is not (dx, dW, db)")
    return tuple(grads)


def away_from_zero(draw: Draw, shape: Sequence[int], scale: float = 3.0) -> Array:
    """Entries at least 0.05 from 0, where relu has its kink."""
    return draw.until(
        lambda x: bool(np.all(np.abs(x) > 0.05)), lambda: draw.array(shape, -scale, scale)
    )


def check_kept(name: str, **arguments: Array) -> Asking:
    """The function leaves these arguments as they are; negative and positive entries tried."""
    one, mine = Ask(), []
    for value in arguments.values():
        mine.append(one.call(Name("numpy.array"), value))
    one.call(name, *mine)
    after = yield one.returns(*(one.call(Name("numpy.array"), copy) for copy in mine))
    seen = after if len(mine) > 1 else (after,)
    for (key, before), value in zip(arguments.items(), seen, strict=True):
        equal(f"{key} after the call", value, before, hint=KEPT)


def check_own_pass(
    name: str, passes: Sequence[tuple[Array, ...]], upstream: Any, right: Callable[..., Any]
) -> Asking:
    """Each back answers for its own forward pass, whatever was called in between, and again."""
    one = Ask()
    backs = [one.item(one.call(name, *arguments), 1) for arguments in passes]
    got = yield one.returns(*(one.call(back, upstream) for back in (*backs, backs[0])))
    want = [right(*arguments)[1](upstream) for arguments in passes]
    which = [f"back of call {i} of {len(passes)}" for i in range(1, len(passes) + 1)]
    for call, found, expected in zip(
        (*which, f"{which[0]}, asked again,"), got, (*want, want[0]), strict=True
    ):
        _same(call, found, expected, OWN_PASS)


def check_kinds(
    name: str,
    whole: Sequence[Array],
    fractions: Sequence[Array],
    upstream: Any,
    right: Callable[..., Any],
) -> Asking:
    """The same results for whole numbers given as integers, and for numbers given as float32.

    whole: arguments whose gradients are whole numbers too: those may have the type of the argument.
    upstream comes in the type of the arguments where it is an array.
    """
    for kind, arguments in zip(KINDS, (whole, map(on_a_grid, fractions)), strict=True):
        values = [np.asarray(value, dtype=kind) for value in arguments]
        one = Ask()
        result = one.call(name, *values)
        want = right(*(value.astype(np.float64) for value in values))
        call = f"{name.rsplit('.', 1)[-1]} of {np.dtype(kind).name}"
        if upstream is None:
            close(call, (yield one.returns(result)), want, **AS_FLOAT32)
            continue
        above = upstream if np.ndim(upstream) == 0 else np.asarray(upstream, dtype=kind)
        back = one.call(one.item(result, 1), above)
        out, grads = yield one.returns(one.item(result, 0), back)
        close(call, out, want[0], **AS_FLOAT32)
        _same(f"back of {call}", grads, want[1](upstream), "", **AS_FLOAT32)


def _same(call: str, got: Any, want: Any, hint: str, **tolerance: float) -> None:
    if not isinstance(want, tuple):
        close(call, got, want, hint=hint, **tolerance)
        return
    for name, one, right in zip(GRADIENTS, three(call, got), want, strict=True):
        close(f"{name} from {call}", one, right, hint=hint, **tolerance)


def shape_hint(name: str, got: Any, like: str, value: Array) -> str:
    """A hint at the shape, where it is the shape that is wrong."""
    right = getattr(got, "shape", None) == np.shape(value)
    return "" if right else f"{name} has the shape of {like}."


def put(one: Ask, params: Ref, values: Sequence[Any]) -> tuple[Ref, ...]:
    """Write these values into a layer's live arrays (W, b), in place."""
    found = tuple(one.item(params, i) for i in range(len(values)))
    for target, value in zip(found, values, strict=True):
        one.call(Name("numpy.copyto"), target, np.asarray(value, dtype=np.float64))
    return found


def seeded(one: Ask) -> None:
    """Weights drawn from numpy's own generator are the same in the example of a failure."""
    one.call(Name("numpy.random.seed"), START)


def dense_forward(one: Ask, W: Any, b: Any, activation: Any, x: Any) -> Ref:
    """(h, back) of a DenseLayer with these parameters; b may be VARY, W too with `like`."""
    seeded(one)
    layer = one.call("nn.DenseLayer", W.shape[1], W.shape[0], activation)
    put(one, one.method(layer, "parameters"), (W, b))
    return one.method(layer, "forward", x)


def written(call: str, got: Any, values: Sequence[Array]) -> None:
    """What was written into the arrays of `call` is there when they are asked for again."""
    for one, value in zip(got, values, strict=True):
        there = np.size(one) == value.size and np.allclose(np.ravel(one), value.ravel(), 1e-3)
        holds(call, there, COPIES)


def network(
    one: Ask,
    params: Mapping[str, Array],
    activation: str,
    vary: str = "",
    hidden: Ref | None = None,
) -> Ref:
    """A network of the student's with these parameters; VARY in place of one of them.

    hidden: the list of its hidden sizes, where a check looks at it afterwards.
    """
    widths = [params["W0"].shape[1], *(v.shape[0] for k, v in params.items() if k[0] == "W")]
    seeded(one)
    net = one.call("nn.NN", widths[0], hidden or widths[1:-1], Name(f"nn.{activation}"), widths[-1])
    live = one.method(net, "parameters")
    for key, value in params.items():
        target = one.item(live, key)
        one.call(Name("numpy.copyto"), target, VARY if key == vary else value)
    return net


def roughly(number: float) -> float:
    """The nearest power of 2^(1/4): steps of a fifth, the same for every way of drawing."""
    return float(2.0 ** (np.round(4.0 * np.log2(number)) / 4.0)) if number > 0.0 else 0.0


def roughly_close(call: str, got: float, want: float, *, rough: float, hint: str = "") -> None:
    """`rough` must be `want`: got in steps that are the same for every way of drawing.

    What is told is `got`, as an example prints it; what is compared with known mistakes is `rough`.
    """
    try:
        close(call, rough, want, hint=hint)
    except CheckFailure as failure:
        told = replace(failure.finding, got=f"{got:.6g}", tolerance="")
        raise CheckFailure(told) from None
