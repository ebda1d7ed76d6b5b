"""What the checks of optimisers share: make one, let it update, look at each of its steps."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .asking import Answer, Ask, Live, Name
from .assertions import CheckFailure, Finding, entry, holds, shaped
from .proxy import Student
from .training import RECORDING, Array, Params, same_params

IN_PLACE = (
    "Change the arrays themselves, not what the dict holds: "
    "the network keeps its own references and never sees new arrays."
)


def made(student: Student, path: str, *args: Any, **settings: Any) -> Any:
    """An optimiser that stays with the student; settings that its constructor does not take are
    set as attributes."""
    answer = student.answer(_making(path, *args, **settings))
    late = _left_over(answer, settings)
    if late.steps:
        student.run(late)
    return answer.value


def making(path: str, *args: Any, **settings: Any) -> Generator[Ask, Any, Live]:
    """As `made`, as a part of a property: sgd = yield from making("hw_mlp.SGD", eta)."""
    answer = yield _making(path, *args, **settings)
    late = _left_over(answer, settings)
    if late.steps:
        yield late
    optimizer: Live = answer.value
    return optimizer


def _making(path: str, *args: Any, **settings: Any) -> Ask:
    one = Ask(may_raise=True)
    return one.returns(one.call(path, *args, **settings), live=True)


def _left_over(answer: Answer, settings: Mapping[str, Any]) -> Ask:
    """Set what the constructor did not take."""
    late, optimizer = Ask(), answer.value
    for name in settings:
        if name in answer.dropped:
            late.set(optimizer, name, settings[name])
    return late


def updates(
    one: Ask,
    optimizer: Any,
    params: Params,
    gradients: Sequence[Params],
    etas: Sequence[float] = (),
) -> Ask:
    """Ask for the parameters after each update with one gradient after another; see `path`.

    etas: what optimizer.eta is set to before each update, where given.
    """
    return one.returns(one.call(Name(f"{RECORDING}.updates"), optimizer, params, gradients, etas))


def steps(
    one: Ask,
    optimizer: Any,
    params: Params,
    gradients: Sequence[Params],
    etas: Sequence[float] = (),
) -> Ask:
    """As `updates`, for what each update adds to the parameters; see `moves`."""
    both = one.call(Name(f"{RECORDING}.steps"), optimizer, params, gradients, etas)
    return one.returns(one.item(both, 0), one.item(both, 1))


def moves(call: str, start: Params, got: Any, n: int, *, gate: bool = False) -> list[Params]:
    """What each of n updates added, which must have been done in place; see `path`."""
    found, last_two = got
    holds(call, isinstance(found, list) and len(found) == n, "ends early")
    last = {
        key: value + sum(shaped_like(call, step, start, key) for step in found)
        for key, value in start.items()
    }
    path(call, start, [*[last] * n, *last_two], n, gate=gate)
    steps: list[Params] = found
    return steps


def path(call: str, start: Params, got: Any, steps: int, *, gate: bool = False) -> list[Params]:
    """The parameters after each update, which must not have put new arrays into the dict.

    gate: the first look at the code, so that no change means that there is no code yet.
    """
    holds(call, isinstance(got, list) and len(got) == steps + 2, "ends early")
    *found, handed, other = got
    moved = [not np.array_equal(entry(call, found[-1], key), start[key]) for key in start]
    if not any(moved):
        rebound = [not np.array_equal(entry(call, handed, key), start[key]) for key in start]
        fact = "puts new arrays into the dict instead of changing those that it was given"
        holds(call, not any(rebound), fact, hint=IN_PLACE)
        fact = "gives new arrays back instead of changing those that it was given"
        holds(call, not other, fact, hint=IN_PLACE)
        if gate:
            raise CheckFailure(Finding(call, fact="changes nothing", stub=True))
    return found


def same_steps(
    call: str, found: Sequence[Params], want: Sequence[Params], start: Params, *, hint: str = ""
) -> None:
    """The parameters after each update, want, reached by these steps: what an update adds.

    Steps and not places, so that a wrong sign or factor can be seen in them. The first wrong step
    is reported; the answer is all of them, as another mistake may begin in the same way.
    """
    before = start
    for i, (got, after) in enumerate(zip(found, want, strict=True), 1):
        try:
            right = {key: after[key] - before[key] for key in start}
            same_params(call.format(i), got, right, hint=hint)
        except CheckFailure as failure:
            answer = np.concatenate([np.ravel(step[key]) for step in found for key in start])
            raise CheckFailure(replace(failure.finding, answer=answer)) from None
        before = after


def shaped_like(call: str, got: Params, like: Params, key: str) -> Array:
    """got[key], which must have the shape of like[key]."""
    return shaped(f'{call}["{key}"]', entry(call, got, key), np.shape(like[key]))
