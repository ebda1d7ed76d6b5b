"""Tell a stub from a mistake: what did the function give where the check could not go on?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tests.helpers.asking import Answer, Ask, Live, Ref, Step
from tests.helpers.assertions import Finding
from tests.helpers.kinds import kind_of

Log = Iterable[tuple[Ask, Answer]]
Run = Callable[[Sequence[Ask]], Sequence[Answer]]

MAX_TRIALS = 8
EXPECTED = {
    "item": "a tuple or a dict",
    "setitem": "an array or a dict",
    "get": "an object with attributes",
    "set": "an object with attributes",
    "call": "a function",
}


def only_stubs(log: Log, name: str) -> bool:
    """Whether every answer of the function `name` is what a stub gives.

    None, 0, an empty container, zeros, or an argument handed back; containers of nothing else.
    """
    seen = [(one, answer) for one, answer in log if name in one.called and answer.values]
    return bool(seen) and all(is_stub(answer.values, _arrays(one)) for one, answer in seen)


def is_stub(value: Any, arguments: Sequence[np.ndarray] = ()) -> bool:
    """None, 0, zeros, an empty container, one of the arguments, or a container of nothing else."""
    if value is None or (isinstance(value, (int, float, np.generic)) and value == 0):
        return True
    if isinstance(value, np.ndarray):
        return not value.any() or any(np.array_equal(value, one) for one in arguments)
    if isinstance(value, dict):
        value = list(value.values())
    return isinstance(value, (tuple, list)) and all(is_stub(part, arguments) for part in value)


def where_it_ended(one: Ask, run: Run) -> Finding | None:
    """What the last call gave that the next step of a failed Ask could not use."""
    calls = [i for i, step in enumerate(one.steps) if step.kind == "call"]
    for i in list(reversed(calls[:-1] if _last_is_plain(one) else calls))[:MAX_TRIALS]:
        shorter = Ask()
        shorter.steps = one.steps[: i + 1]
        answer = run([shorter.returns(Ref(i))])[0]
        if answer.failure is None:
            return _finding(one.steps, i, answer.values[0], _arrays(one))
    return None


def _finding(
    steps: Sequence[Step], i: int, value: Any, arguments: Sequence[np.ndarray]
) -> Finding | None:
    use = next((step for step in steps[i + 1 :] if step.target == Ref(i)), None)
    if use is None or isinstance(value, Live):
        return None
    fact = f"gives {kind_of(value)}, expected {EXPECTED[use.kind]}"
    return Finding(_called(steps, i), fact=fact, stub=is_stub(value, arguments))


def _called(steps: Sequence[Step], i: int) -> str:
    target = steps[i].target
    if isinstance(target, Ref):
        target = steps[target.step].args[0] if steps[target.step].kind == "get" else "back"
    return f"{str(target).rsplit('.', 1)[-1]}(...)"


def _last_is_plain(one: Ask) -> bool:
    return one.steps[-1].kind == "call" and len(one.steps) > 1


def _arrays(one: Ask) -> list[np.ndarray]:
    return [arg for step in one.steps for arg in step.args if isinstance(arg, np.ndarray)]
