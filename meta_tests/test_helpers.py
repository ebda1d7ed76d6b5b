"""The helpers that checks are written with: they fail when they should, and say why."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import pytest

from tests.helpers import (
    VARY,
    Ask,
    CheckFailure,
    SeededDraw,
    StudentFailure,
    ask,
    ask_back,
    changed,
    close,
    entry,
    equal,
    finite,
    holds,
    marks,
    pair,
    shaped,
)
from tests.helpers.asking import Answer, Live
from tests.helpers.local import LocalTransport
from tests.helpers.properties import lockstep
from tests.helpers.proxy import Student
from tests.helpers.slopes import close_to_slopes, rounds_to_float32

RIGHT = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -6.0]])


def test_close_names_the_worst_entry_and_every_part_of_the_message() -> None:
    got = RIGHT.copy()
    got[1, 2] += 0.5
    got[0, 0] += 1e-3
    with pytest.raises(CheckFailure) as caught:
        close("f(x)", got, RIGHT, hint="Mind the sign.")
    text = str(caught.value)
    assert text == "f(x) = -5.5, expected -6 (tolerance 2e-05) at [1, 2]. Mind the sign."
    assert "5.5" not in caught.value.finding.outline()


@pytest.mark.parametrize(
    ("got", "fits"),
    [
        (RIGHT.tolist(), True),
        (RIGHT.astype(np.float32) * np.float32(1 + 1e-6), True),
        (RIGHT * (1 + 1e-5), False),
        (RIGHT.astype(np.float32).astype(np.float64) * (1 + 1e-6), True),
        (RIGHT[None], False),
        (np.where(RIGHT > 3.5, np.nan, RIGHT), False),
        (None, False),
        ({"a": 1}, False),
        ([[1.0], [1.0, 2.0]], False),
        ("text", False),
        (RIGHT.astype(object), False),
    ],
)
def test_close_accepts_the_dtypes_tolerance_and_nothing_odd(got: Any, fits: bool) -> None:
    if fits:
        close("f(x)", got, RIGHT)
        return
    with pytest.raises(CheckFailure):
        close("f(x)", got, RIGHT)


def test_a_number_may_come_as_an_array_of_one_entry() -> None:
    close("loss", np.array([0.25]), 0.25)
    with pytest.raises(CheckFailure):
        close("loss", np.array([0.25, 0.25]), 0.25)


def test_infinities_must_match_in_sign() -> None:
    close("f", np.array([np.inf, -np.inf]), np.array([np.inf, -np.inf]))
    with pytest.raises(CheckFailure):
        close("f", np.array([np.inf]), np.array([-np.inf]))
    with pytest.raises(CheckFailure):
        close("f", np.array([5.0]), np.array([np.inf]))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: pair("f(x)", 3.0),
        lambda: pair("f(x)", (1, 2, 3)),
        lambda: entry("f(x)", {"W1": 1}, "b1"),
        lambda: entry("f(x)", [1], "b1"),
        lambda: shaped("f(x)", [1.0, 2.0], (3,)),
        lambda: finite("f(x)", [1.0, np.inf]),
        lambda: holds("f(x)", False, "is odd"),
        lambda: equal("f(x)", 1.0 + 1e-12, 1.0),
        lambda: equal("f(x)", "tanh", "relu"),
        lambda: changed("update", RIGHT, RIGHT.copy()),
    ],
)
def test_each_assertion_can_fail(wrong: Any) -> None:
    with pytest.raises(CheckFailure):
        wrong()


def test_an_assertion_that_holds_gives_the_value() -> None:
    assert pair("f(x)", (1, 2)) == (1, 2)
    assert entry("f(x)", {"W1": 5}, "W1") == 5
    assert shaped("f(x)", [[1, 2]], (1, 2)).tolist() == [[1.0, 2.0]]
    changed("update", RIGHT, RIGHT + 1e-12)


def test_draws_depend_on_the_seed_alone() -> None:
    def draws(seed: int) -> list[Any]:
        draw = SeededDraw(np.random.default_rng(seed))
        array = draw.array((2, 2), -1, 1)
        return [array.tolist(), draw.integer(1, 9), draw.choice("abc"), draw.one_hot(3, 4).tolist()]

    assert draws(1) == draws(1) != draws(2)


def test_the_first_case_has_several_rows_and_columns_and_the_others_any() -> None:
    def sizes(*, first: bool) -> set[int]:
        draws = (SeededDraw(np.random.default_rng(i), first=first) for i in range(40))
        return {draw.size(3) for draw in draws}

    assert sizes(first=True) == {2, 3}
    assert sizes(first=False) == {1, 2, 3}


def test_until_draws_again_and_gives_up_on_the_impossible() -> None:
    draw = SeededDraw(np.random.default_rng(0))
    assert draw.until(lambda n: n > 7, lambda: draw.integer(1, 9)) > 7
    with pytest.raises(ValueError, match="1000 draws"):
        draw.until(lambda n: n > 9, lambda: draw.integer(1, 9))


def test_weights_must_count() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        marks("nn.relu", weight=0)


class Calls:
    """Runs asks of one function in this process and counts the batches."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.batches: list[int] = []

    def __call__(self, asks: Any) -> list[Answer]:
        self.batches.append(len(asks))
        return [self._one(one) for one in asks]

    def _one(self, one: Ask) -> Answer:
        try:
            return Answer((self.function(*one.steps[0].args),))
        except ZeroDivisionError:
            return Answer(failure=StudentFailure("crashed", "ZeroDivisionError"))


def _asking(x: float) -> Generator[Any, Any, None]:
    first = yield ask("f", x)
    second, third = yield ask("f", first), ask("f", x)
    close("f(f(x))", second, 4 * x)
    close("f(x)", third, 2 * x)


def test_all_cases_travel_in_one_batch() -> None:
    calls = Calls(lambda x: 2 * x)
    lockstep((_asking(x) for x in (1.0, 2.0, 3.0)), calls)
    assert calls.batches == [3, 6]


def test_the_smallest_failing_case_is_told() -> None:
    def asking(n: int) -> Generator[Any, Any, None]:
        got = yield ask("f", np.ones(n))
        close(f"f of {n}", got, n + 1)

    with pytest.raises(CheckFailure, match="f of 2"):
        lockstep((asking(n) for n in (5, 2, 4)), Calls(np.sum))


def test_a_failure_reaches_the_case_that_asked() -> None:
    def asking(x: float) -> Generator[Any, Any, None]:
        answer = yield ask("f", x, may_raise=True)
        holds("f(0)", answer.failure is not None, "does not raise")
        yield ask("f", x)

    with pytest.raises(StudentFailure, match="ZeroDivisionError"):
        lockstep([asking(0.0)], Calls(lambda x: 1 / x))


def _functions(path: str) -> Any:
    table = {
        "m.square": lambda x: (x**2, lambda d: 2 * x * d),
        "m.clear": lambda x: x.fill(0),
        "m.f": lambda x: np.sum(x**3),
        "m.logs": lambda x: {"loss": deque([x, 2.0]), "accuracy": array("d", [x, 1.0])},
        "m.Box": _Box,
    }
    return table[path]


class _Box:
    def __init__(self) -> None:
        self.values = {"a": np.zeros(2)}

    def total(self) -> float:
        return float(self.values["a"].sum())


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("ndarray", "an array, but not of real numbers"),
        ("generator", "a generator"),
        ("function", "a function"),
        ("x = 0.25", "an object"),
    ],
)
def test_what_stayed_with_the_student_is_called_by_known_types_alone(kind: str, words: str) -> None:
    with pytest.raises(CheckFailure) as caught:
        shaped("f(x)", Live("key", kind), (2,))
    assert str(caught.value) == f"f(x) gives {words}, expected an array of shape (2,)."
    assert caught.value.finding.outline() == f"f(x) gives {words}, expected an array."


@pytest.fixture
def student() -> Student:
    return Student(LocalTransport(_functions))


def test_a_student_is_asked_at_once_or_by_program(student: Student) -> None:
    out, slope = student.run(ask_back("m.square", (np.array([3.0]),), np.array([0.5])))
    assert (out, slope) == (9.0, 3.0)
    out, back = student.m.square(np.array([3.0]))
    assert back(np.array([0.5])) == 3.0


def test_other_sequences_of_numbers_are_lists_as_in_the_grader(student: Student) -> None:
    assert student.m.logs(0.5) == {"loss": [0.5, 2.0], "accuracy": [0.5, 1.0]}


def test_arguments_are_copies(student: Student) -> None:
    mine = np.ones(3)
    student.m.clear(mine)
    assert mine.tolist() == [1.0, 1.0, 1.0]


def test_objects_stay_and_can_be_changed(student: Student) -> None:
    box = student.m.Box()
    box.values = {"a": np.array([1.0, 2.0])}
    assert box.total() == 3.0
    box.values["a"][0] = 10.0
    assert box.values["a"].tolist() == [1.0, 2.0]
    assert box.live("values").value["a"].tolist() == [1.0, 2.0]


def test_central_differences_of_a_cube(student: Student) -> None:
    one = Ask()
    one.call("m.f", VARY)
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    np.testing.assert_allclose(student.differences(one, x), 3 * x**2, rtol=1e-8)
    directions = np.array([[[1.0, -1.0], [1.0, 1.0]]])
    slopes = student.differences(one, x, directions=directions)
    np.testing.assert_allclose(slopes, [np.sum(3 * x**2 * directions[0])], rtol=1e-8)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_slopes_of_float32_work_are_compared_over_a_large_step(dtype: Any) -> None:
    def cube(x: np.ndarray) -> float:
        return float(np.sum(x.astype(dtype) ** 3))

    student, one = asking(cube)
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    single = dtype is np.float32
    assert rounds_to_float32(student, one, x) == single
    close_to_slopes("slopes", 3 * x**2, student, one, x)
    wrong = 3 * x**2 * (1.1 if single else 1.0001)
    with pytest.raises(CheckFailure):
        close_to_slopes("slopes", wrong, student, one, x)


@pytest.mark.parametrize("size", [1.0, 0.01, 1e-4])
@pytest.mark.parametrize("rounded", ["inside", "outside", "nowhere"])
def test_rounding_to_float32_is_seen_whatever_the_numbers(rounded: str, size: float) -> None:
    """size: how steep the function is, beside a value of about 2; many are drawn of each."""
    for number in range(200):
        rng = np.random.default_rng([number, 8])
        W, project = rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
        x = rng.uniform(-2, 2, (4, 3))

        def f(x: np.ndarray, W: np.ndarray = W, project: np.ndarray = project) -> float:
            z = x @ W
            a = np.tanh(np.float32(z)) if rounded == "inside" else np.tanh(z)
            total = 2.0 + size * np.sum(project * a)
            return float(np.float32(total) if rounded == "outside" else total)

        assert rounds_to_float32(*asking(f), x) == (rounded != "nowhere"), number


def asking(f: Callable[..., float]) -> tuple[Student, Ask]:
    """A student who has only f, and the question what it makes of VARY."""
    one = Ask()
    one.call("m.f", VARY)
    return Student(LocalTransport(lambda path: f)), one
