"""Which of all that a check asked matters for what was wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from tests.helpers.asking import Answer, Ask, Live
from tests.helpers.assertions import Finding

T = TypeVar("T")
Log = Sequence[tuple[Ask, Answer]]


def relevant(log: Log, finding: Finding | None) -> list[tuple[Ask, Answer]]:
    """What the wrong answer and the expected one came from, with all that these need.

    Trials, by which a check finds out what a submission expects, are left out.
    """
    last = len(log) - 1
    plain = {i for i, (one, _) in enumerate(log) if not one.may_raise or i == last}
    arrays = [finding.answer, finding.wanted] if finding is not None else []
    sources = [_source_of(log, array) for array in arrays]
    kept = plain if not sources or sources[0] is None else {i for i in sources if i is not None}
    used: set[Any] = set()
    for i, (one, answer) in reversed(list(enumerate(log))):
        made = {live.key for live in lives(answer.values)}
        needs = {live.key for step in one.steps for live in lives((step.target, *step.args))}
        if i in kept or made & used or (i in plain and needs & used):
            kept.add(i)
            used |= made | needs
    return [log[i] for i in sorted(kept)]


def _source_of(log: Log, array: np.ndarray | None) -> int | None:
    """The first Ask that an array is an answer of."""
    if array is None:
        return None
    return next((i for i, (_, answer) in enumerate(log) if holds(answer.values, array)), None)


def telling(log: Log, finding: Finding | None) -> list[np.ndarray]:
    """The wrong and the expected array, if the wrong one is an answer as it is."""
    if finding is None or _source_of(log, finding.answer) is None:
        return []
    return [one for one in (finding.answer, finding.wanted) if one is not None]


def holds(value: Any, array: np.ndarray) -> bool:
    """Whether these numbers are part of a value, in whatever shape."""
    if isinstance(value, (tuple, list)):
        return any(holds(part, array) for part in value)
    if isinstance(value, dict):
        return any(holds(part, array) for part in value.values())
    if not isinstance(value, (np.ndarray, np.generic, float, int)):
        return False
    one = np.asarray(value)
    if one.size != array.size or one.dtype.kind not in "iuf":
        return False
    return np.array_equal(one.ravel().astype(np.float64), array.ravel(), equal_nan=True)


def lives(value: Any) -> Iterator[Live]:
    """The objects of the student's that are in a value."""
    return inside(value, Live)


def inside(value: Any, kind: type[T]) -> Iterator[T]:
    """Everything of this kind that is in a value."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from inside(part, kind)
    elif isinstance(value, dict):
        yield from inside(tuple(value.values()), kind)
