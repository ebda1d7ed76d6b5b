"""Whether two wrong answers are the same: how many cases of a check ended alike in two runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.helpers.assertions import CheckFailure
from tests.helpers.properties import Case
from tests.helpers.tolerances import all_float32

RTOL, ATOL = 1e-6, 1e-9
FLOAT32_RTOL, FLOAT32_ATOL = 1e-3, 1e-5


def matching(seen: Sequence[Case], known: Sequence[Case]) -> int | None:
    """How many failing cases gave the same wrong numbers; None where any case differs.

    A case that ends alike without numbers to compare, in an error for example, counts for nothing.
    """
    if len(seen) != len(known):
        return None
    counts = [_alike(one, other) for one, other in zip(seen, known, strict=True)]
    return None if None in counts else sum(filter(None, counts))


def _alike(one: Case, other: Case) -> int | None:
    """1 where both gave the same wrong numbers, 0 where there are none, None where they differ."""
    if _verdict(one) != _verdict(other):
        return None
    if one.failure is None:
        return 0
    pair = [_numbers(case) for case in (one, other)]
    if not _same(*pair):
        return None
    return int(_has_numbers(pair[0]))


def _verdict(case: Case) -> tuple[str, ...]:
    failure = case.failure
    if isinstance(failure, CheckFailure):
        return failure.finding.call, failure.finding.fact
    return () if failure is None else ("raised",)


def _numbers(case: Case) -> Any:
    """What was found wrong; where the finding is a plain statement, the last answer."""
    if isinstance(case.failure, CheckFailure):
        wrong = case.failure.finding.answer
        if wrong is not None:
            return wrong
        if case.log:
            return case.log[-1][1].values
    return None


def _same(one: Any, two: Any) -> bool:
    """Equal all the way down, numbers as far as float32 carries where one of them is float32."""
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(_same(one[key], two[key]) for key in one)
    if isinstance(one, (tuple, list)) and isinstance(two, (tuple, list)):
        return len(one) == len(two) and all(map(_same, one, two))
    if not (_is_number(one) and _is_number(two)):
        return type(one) is type(two) and (one == two if isinstance(one, str) else True)
    rtol, atol = (FLOAT32_RTOL, FLOAT32_ATOL) if all_float32(one) else (RTOL, ATOL)
    a, b = np.asarray(one, dtype=np.float64), np.asarray(two, dtype=np.float64)
    return a.shape == b.shape and np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, np.generic, np.ndarray)) and (
        np.asarray(value).dtype.kind in "biuf"
    )


def _has_numbers(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_numbers, value.values()))
    if isinstance(value, (tuple, list)):
        return any(map(_has_numbers, value))
    return _is_number(value)
