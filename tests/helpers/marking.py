"""The one marker of a check: whose points it is worth, and how it is counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., object])


def marks(function: str, *, weight: int = 1, gate: bool = False) -> Callable[[Test], Test]:
    """Give a check to `function`, such as "nn.softmax" or "solution.relu".

    weight: its share of the function's points, against the function's other checks.
    gate: a basic value check; the function earns nothing until all its gates pass.
    """
    if weight < 1:
        raise ValueError(f"weight of a check of {function} must be at least 1, not {weight}")
    return pytest.mark.marks(function, weight=weight, gate=gate)
