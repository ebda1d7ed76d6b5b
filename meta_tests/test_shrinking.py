"""Visible failures are told by a short case: the same each time, and without another outcome."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.examples import Examples
from grader.results import Report
from grader.shrinking import SimpleDraw, simple_values, smallest_like
from meta_tests.variants import graded, variant
from tests.helpers import CheckFailure, Finding, StudentFailure
from tests.helpers.properties import Case
from tests.helpers.wrong import same

PROPERTY = "nn/public/relu_leaves_positive_and_clears_negative"
WRONG = {"relu": "def relu(x): return np.where(x > 0, x, 0.01 * x), lambda d: d * (x > 0)"}


@pytest.mark.parametrize(
    ("low", "high"), [(-5, 5), (-1, 1), (0.1, 1.0), (0.5, 2), (-8, 8), (1e-3, 2e-3), (100, 200)]
)
def test_simple_values_lie_in_the_range_and_are_short(low: float, high: float) -> None:
    values = simple_values(low, high)
    assert len(np.unique(values)) >= 2
    assert values.min() >= low and values.max() <= high
    assert max(len(repr(float(value))) for value in values) <= 6
    if low < 0:
        assert np.abs(values).max() <= 3


def draws(spread: int) -> list[Any]:
    draw = SimpleDraw(np.random.default_rng(5), spread)
    array = draw.array((3, 2), -2, 2)
    return [array.tolist(), draw.integer(2, 9), draw.uniform(0, 1), draw.one_hot(2, 3).tolist()]


def test_draws_are_the_same_each_time_and_small_at_first() -> None:
    assert draws(0) == draws(0)
    assert draws(0)[1] == 2
    assert all(2 <= draws(spread)[1] <= 2 + spread for spread in range(6))


def test_until_takes_finer_values_where_whole_ones_do_not_fit() -> None:
    draw = SimpleDraw(np.random.default_rng(5), 0)
    x = draw.until(lambda x: 0 < abs(x) < 0.3, lambda: draw.uniform(-4, 4))
    assert abs(x) in (0.25, 0.125, 0.0625)


def case(failure: Any, size: int) -> Case:
    one = Case.of([], failure)
    one.size = size
    return one


def wrong(pattern: str = "", call: str = "f(1.25)", **parts: Any) -> CheckFailure:
    return CheckFailure(Finding(call, said=lambda: same(pattern), **parts))


def test_a_smaller_case_fails_in_the_same_way() -> None:
    shape = {"fact": "has shape (1,)", "safe_fact": "has the wrong shape"}
    drawn = case(wrong("Another one."), 9)
    found = [
        case(wrong(**shape), 1),
        case(wrong("", "g(2.0)"), 1),
        case(StudentFailure("crashed", "ValueError"), 1),
        case(wrong("Another."), 2),
        case(wrong("Sign."), 4),
        case(wrong("Sign.", "f(4, -1.5)"), 3),
    ]
    assert smallest_like(found, drawn) is found[-1]
    assert smallest_like(found[:3], drawn) is None
    assert smallest_like(found[:4], drawn) is found[3]


def report_on(folder: Path, number: int) -> Report:
    seed = folder / f"seed{number}"
    seed.write_bytes(bytes([number]) * 32)
    return graded(folder / str(number), {"nn": variant("nn", WRONG)}, seed_file=seed)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The checks for which smaller cases were looked for."""
    seen: list[str] = []
    search = Examples._search

    def counting(self: Examples, one: Any, stack: Any) -> Any:
        seen.append(one.spec.id)
        return search(self, one, stack)

    monkeypatch.setattr(Examples, "_search", counting)
    yield seen


def test_a_failing_property_is_told_by_short_numbers(tmp_path: Path, counted: list[str]) -> None:
    """The same with every seed, in visible properties alone, and with the same outcomes."""
    reports = [report_on(tmp_path, number) for number in (1, 2)]
    examples = [report.outcomes[PROPERTY].example for report in reports]
    assert examples[0] == examples[1]
    assert "x = np.array([[" in examples[0]
    numbers = re.findall(r"-?\d+\.\d+", examples[0].split("#")[0])
    assert numbers and all(len(number) <= 5 for number in numbers)
    said = reports[0].outcomes[PROPERTY].message.split(" Every ")[0]
    assert said in examples[0].replace("\n# ", " ")
    assert set(counted) == {PROPERTY}


def test_the_search_decides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even for code that counts its calls, and not if it ends its process."""
    source = variant(
        "nn",
        {
            "relu": """
            def relu(x):
                CALLS.append(x)
                if len(CALLS) > 60: __import__("os")._exit(1)
                return np.maximum(x, 0.0) + (x.size > 4), lambda d: d * (x > 0)
            """
        },
        extra="CALLS = []",
    )
    with_search = graded(tmp_path / "with", {"nn": source})
    monkeypatch.setattr(Examples, "written", lambda *arguments: iter(()))
    without = graded(tmp_path / "without", {"nn": source})
    assert [o.status for o in with_search.outcomes.values()] == [
        o.status for o in without.outcomes.values()
    ]
    assert with_search.written_score == without.written_score
