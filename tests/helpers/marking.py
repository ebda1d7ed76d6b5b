"""The one marker of a check: whose points it is worth, and how it is counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

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


def marks_each(*functions: str, gate: bool = False) -> pytest.MarkDecorator:
    """One check for each of these functions; its argument `name` is their last part: "relu"."""
    parameters = [
        pytest.param(one.rsplit(".", 1)[-1], marks=[cast(Any, marks(one, gate=gate))])
        for one in functions
    ]
    return pytest.mark.parametrize("name", parameters)
