"""The pattern of an error is named, and its coarse form holds nothing that could be a value."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from tests.helpers import CheckFailure, close, close_each
from tests.helpers.assertions import Finding
from tests.helpers.patterns import describe
from tests.helpers.several import in_common

RIGHT = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -6.0]])
TALL = np.array([[1.0, -2.0], [0.5, 4.0], [0.25, 7.0]])
P = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.15, 0.25, 0.6]])
ROW, COLUMN = np.array([0.5, -1.0, 2.0]), np.array([[2.0], [5.0]])
MASKED = np.array([[0.0, 2.0, 0.0], [1.5, 0.0, 3.0]])
M = 4
SAME = "Every entry is off by the same factor: "

CASES: dict[str, tuple[Any, Any, str, str]] = {
    # name: (got, want, sentence, coarse sentence or "" where it is the same)
    "a factor": (
        3.7 * RIGHT,
        RIGHT,
        "Every entry is 3.7 times the expected one.",
        "Every entry is off by the same factor.",
    ),
    "another whole number": (
        -RIGHT / 5,
        RIGHT,
        "Every entry is -1/5 times the expected one.",
        "Every entry is off by the same factor.",
    ),
    "no mean": (
        M * RIGHT,
        RIGHT,
        "Every entry is 4 times the expected one: 4 is the number of examples, as if the mean "
        "over the examples were missing.",
        SAME + "as if the mean over the examples were missing.",
    ),
    "divided twice": (
        RIGHT / M,
        RIGHT,
        "Every entry is 1/4 times the expected one: as if divided by the number of examples, 4, "
        "once too often.",
        SAME + "as if divided by the number of examples once too often.",
    ),
    "divided three times, with the sign": (
        -RIGHT / M**2,
        RIGHT,
        "Every entry is -1/16 times the expected one: as if divided by the number of examples, 4, "
        "twice too often, and the sign is reversed.",
        SAME + "as if divided by the number of examples twice too often, and the sign is reversed.",
    ),
    "multiplied instead of divided": (
        RIGHT * M**2,
        RIGHT,
        "Every entry is 16 times the expected one: 16 is the number of examples squared, as if "
        "multiplied by the number of examples where it should be divided.",
        SAME + "as if multiplied by the number of examples where it should be divided.",
    ),
    "a number, no mean": (
        M * 0.3,
        0.3,
        "It is 4 times the expected one: 4 is the number of examples, as if the mean over the "
        "examples were missing.",
        "It is off by the same factor: as if the mean over the examples were missing.",
    ),
    "a number twice as large": (0.6, 0.3, "", ""),
    "a square's derivative": (
        2 * RIGHT,
        RIGHT,
        "Every entry is 2 times the expected one: as from the derivative of a square.",
        SAME + "2, as from the derivative of a square.",
    ),
    "half": (
        RIGHT / 2,
        RIGHT,
        "Every entry is 1/2 times the expected one: as from half a square, or a mean of two.",
        SAME + "1/2, as from half a square, or a mean of two.",
    ),
    "base 2": (
        np.log2(TALL**2),
        np.log(TALL**2),
        "Every entry is 1.4427 times the expected one: a logarithm of base 2 in place of the "
        "natural one.",
        SAME + "a logarithm of base 2 in place of the natural one.",
    ),
    "base 10": (
        np.log10(TALL**2),
        np.log(TALL**2),
        "Every entry is 0.434294 times the expected one: a logarithm of base 10 in place of the "
        "natural one.",
        SAME + "a logarithm of base 10 in place of the natural one.",
    ),
    "a number of base 2": (
        np.log2(6.0),
        np.log(6.0),
        "It is 1.4427 times the expected one: a logarithm of base 2 in place of the natural one.",
        "It is off by the same factor: a logarithm of base 2 in place of the natural one.",
    ),
    "almost the opposite": (-1.00001 * 0.3, 0.3, "The sign is reversed.", "The sign is reversed."),
    "divided by the sum": (
        TALL / TALL.sum(),
        TALL,
        "Every entry is 0.0930233 times the expected one: all entries together sum to 1.",
        SAME + "all entries together sum to 1.",
    ),
    "divided by the size": (
        RIGHT / 6,
        RIGHT,
        "Every entry is 1/6 times the expected one: as if divided by the number of entries.",
        SAME + "as if divided by the number of entries.",
    ),
    "divided by the columns": (
        RIGHT / 3,
        RIGHT,
        "Every entry is 1/3 times the expected one: as if divided by the number of columns.",
        SAME + "as if divided by the number of columns.",
    ),
    "times the rows": (
        TALL * 3,
        TALL,
        "Every entry is 3 times the expected one: 3 is the number of its rows.",
        SAME + "as if multiplied by the number of rows.",
    ),
    "times the size": (
        RIGHT * 6,
        RIGHT,
        "Every entry is 6 times the expected one: 6 is the number of its entries.",
        SAME + "as if multiplied by the number of entries.",
    ),
    "sign": (-RIGHT, RIGHT, "The sign is reversed.", ""),
    "sign of a number": (-0.3, 0.3, "The sign is reversed.", ""),
    "some signs": (np.abs(RIGHT), RIGHT, "Right apart from the sign of some entries.", ""),
    "nothing": (0 * RIGHT, RIGHT, "Every entry is 0.", ""),
    "nothing, a number": (0.0, 0.3, "It is 0.", ""),
    "constant": (np.full((2, 3), 0.37), RIGHT, "Every entry is the same number.", ""),
    "last digits": (RIGHT * (1 + 1e-9), RIGHT, "It differs only in the last digits.", ""),
    "transposed": (RIGHT.T, RIGHT, "It is the transpose of the expected array.", ""),
    "transposed square": (P.T, P, "It is the transpose of the expected array.", ""),
    "axes": (TALL, RIGHT, "The axes are swapped.", ""),
    "flat": (RIGHT.ravel(), RIGHT, "The numbers are right, only the shape is not.", ""),
    "one number": (RIGHT.sum(), RIGHT[0], "It is one number for the whole array.", ""),
    "not summed": (
        TALL,
        TALL.sum(axis=0),
        "It would be right if it were summed over one axis more.",
        "",
    ),
    "summed": (RIGHT.sum(axis=0), RIGHT, "One axis was summed or averaged away.", ""),
    "NaN": (
        np.where(RIGHT == 4.0, np.nan, RIGHT),
        RIGHT,
        "NaN in 1 of 6 entries.",
        "NaN in some entries.",
    ),
    "infinity": (
        np.where(RIGHT > 2.0, np.inf, RIGHT),
        RIGHT,
        "infinity in 2 of 6 entries.",
        "infinity in some entries.",
    ),
    "offset": (
        RIGHT - 0.25,
        RIGHT,
        "Every entry is too small by the same amount, 0.25.",
        "Every entry is off by the same amount.",
    ),
    "a bias": (
        RIGHT + ROW,
        RIGHT,
        "The same row is missing from every row, or added to it, as with a bias.",
        "",
    ),
    "a shift of rows": (RIGHT + COLUMN, RIGHT, "Each row is off by an amount of its own.", ""),
    "rows scaled": (RIGHT * COLUMN, RIGHT, "Each row is off by a factor of its own.", ""),
    "columns scaled": (RIGHT * ROW, RIGHT, "Each column is off by a factor of its own.", ""),
    "complement": (1 - P, P, "Every entry is 1 minus the expected one.", ""),
    "square": (P**2, P, "Every entry is the square of the expected one.", ""),
    "root": (np.sqrt(P), P, "Every entry is the square root of the expected one.", ""),
    "reversed rows": (TALL[::-1], TALL, "The rows are in reversed order.", ""),
    "reversed columns": (P[:, ::-1], P, "The columns are in reversed order.", ""),
    "reversed entries": (ROW[::-1], ROW, "The entries are in reversed order.", ""),
    "shifted down": (np.roll(P, 1, axis=0), P, "The rows are shifted by one place.", ""),
    "shifted left": (np.roll(P, -1, axis=1), P, "The columns are shifted by one place.", ""),
    "another order": (
        np.array([4.0, 2.0, 1.0, 3.0]),
        np.array([1.0, 2.0, 3.0, 4.0]),
        "Right but for the order of the entries.",
        "",
    ),
    "no mask": (
        MASKED + 1.0 * (MASKED == 0),
        MASKED,
        "Only entries that should be 0 are wrong.",
        "",
    ),
    "too much masked": (
        np.where(RIGHT > 2, 0.0, RIGHT),
        RIGHT,
        "Only entries that are 0 are wrong: they should not be.",
        "",
    ),
    "saturated": (np.round(P + 0.1), P, "The wrong entries are exactly 0 or 1.", ""),
    "one entry": (RIGHT + np.eye(2, 3, 2), RIGHT, "Only one entry is wrong.", ""),
    "one row": (
        RIGHT + np.array([[0.0], [1.0]]) * [1.0, 2.0, 3.0],
        RIGHT,
        "Only row 1 is wrong.",
        "Only one row is wrong.",
    ),
    "one column": (
        RIGHT + np.array([1.0, 0.0, 0.0]) * [[1.0], [2.0]],
        RIGHT,
        "Only column 0 is wrong.",
        "Only one column is wrong.",
    ),
    "one right row": (
        P + [[0.3, 0.1, 0.2], [0.0, 0.0, 0.0], [0.7, 0.2, 0.4]],
        P,
        "Only row 1 is right.",
        "Only one row is right.",
    ),
    "diagonal": (P - np.diag([0.3, 0.1, 0.2]), P, "Only the diagonal is wrong.", ""),
    "all but the diagonal": (
        P * np.eye(3) + 0.1 * np.tri(3).T + 0.2 * np.tri(3),
        P + 0.3 * np.eye(3),
        "Only the diagonal is right.",
        "",
    ),
    "mask the wrong way round": (
        3.0 * (MASKED == 0),
        MASKED,
        "Just where it should be 0 it is not, and the other way round.",
        "",
    ),
    "up and down": (
        RIGHT + 0.5 * np.sign(RIGHT),
        RIGHT,
        "Every entry is off by the same amount, some up and some down.",
        "",
    ),
    "negative side": (
        np.where(RIGHT < 0, RIGHT**3, RIGHT),
        RIGHT,
        "Only where it should be negative is it wrong.",
        "",
    ),
    "positive side": (
        np.where(RIGHT > 0, RIGHT + 0.1 * RIGHT**3, RIGHT),
        RIGHT,
        "Only where it should be positive is it wrong.",
        "",
    ),
    "nothing to say": (RIGHT + np.array([[0.1, 0.7, 0.2], [0.9, 0.1, 0.4]]), RIGHT, "", ""),
}


@pytest.mark.parametrize("name", CASES)
def test_a_pattern_is_named(name: str) -> None:
    got, want, fine, coarse = CASES[name]
    with pytest.raises(CheckFailure) as caught:
        rtol = 0.0 if name == "last digits" else 3e-6
        close("f(x)", got, want, rtol=rtol, atol=rtol, examples=M)
    finding = caught.value.finding
    assert finding.pattern == fine
    assert finding.safe_pattern == (coarse or fine)
    assert finding.sentence().endswith(fine)


@pytest.mark.parametrize("name", CASES)
def test_a_coarse_pattern_holds_no_number_that_code_could_choose(name: str) -> None:
    _, _, fine, coarse = CASES[name]
    numbers = re.findall(r"\d+(?:[./]\d+)*", coarse or fine)
    assert set(numbers) <= {"0", "1", "2", "1/2", "10"}


def test_coarse_patterns_are_few() -> None:
    """What a student's code could say by choosing among them is a handful of bits."""
    assert len({coarse or fine for _, _, fine, coarse in CASES.values()}) < 64


def test_float32_noise_does_not_hide_a_pattern() -> None:
    got = (RIGHT * M).astype(np.float32) * (1 + 1e-6 * np.sin(np.arange(6.0)).reshape(2, 3))
    with pytest.raises(CheckFailure, match="4 is the number of examples"):
        close("f(x)", got.astype(np.float32), RIGHT, examples=M)


def test_a_shift_of_lines_that_are_alike_is_none() -> None:
    want = np.ones(4)
    got = np.array([2.0, 1.0, 1.0, 1.0])
    assert describe(got, want, wrong=got != want) == "Only one entry is wrong."


@pytest.mark.parametrize(
    ("got", "want"),
    [
        ([[2.0, 0.5], [3.0, 0.1]], [[0.0, 0.5], [3.0, 0.0]]),  # |x| in place of relu
        ([[5.0, 20.0], [-30.0, 7.0]], [[0.0, 20.0], [-30.0, 2.0]]),
        ([1, 2, 2], [2, 2, 1]),  # classes
        ([0, 2, 0, 2, 2], [2, 0, 2, 2, 1]),
        ([0.5, 0.5], [0.8, 0.8]),  # accuracies in place of losses
    ],
)
def test_what_few_numbers_have_in_common_may_be_chance(got: Any, want: Any) -> None:
    got, want = np.array(got, dtype=float), np.array(want, dtype=float)
    said = describe(got, want, wrong=got != want)
    assert not re.search("diagonal|shifted|together", said), said


KEYS = ("dW3", "db3", "dW2", "db2", "dW1", "db1")
CACHE = ("A1", "Z1", "A2", "Z2", "A3", "Z3")


@pytest.mark.parametrize(
    ("keys", "wrong", "sentence"),
    [
        (KEYS, "db3 db2 db1", "Only the biases are wrong."),
        (KEYS, "db3 db1", "Only biases are wrong, not all of them."),
        (KEYS, "dW3 dW2 dW1", "Only the weights are wrong."),
        (KEYS, "dW2 db2 dW1 db1", "Only the last layer is right, all below it are wrong."),
        (KEYS, "dW3 db3", "Only the last layer is wrong."),
        (KEYS, "dW1 db1", "Only the first layer is wrong."),
        (KEYS, "dW2 db2", "Only the layers between the first and the last are wrong."),
        (KEYS, "dW2", "All others are right."),
        (KEYS, "dW3 db3 dW2 db2 dW1 db1", "All after it are wrong as well."),
        (KEYS, "dW3 dW2 db2 dW1 db1", 'Of the others, right: "db3".'),
        (KEYS, "dW3 db2", 'Of the others, wrong as well: "db2".'),
        (CACHE, "A2 Z2 A3 Z3", "Only the first layer is right, all after it are wrong."),
        (
            CACHE,
            "Z1 A2 Z2 A3 Z3",
            "All before it are right, all after it are wrong and may follow from it.",
        ),
        (CACHE, "Z3", "All others are right."),
        (("W0", "b0", "W1", "b1"), "b0 b1", "Only the biases are wrong."),
        (("dx", "dW", "db"), "dx", "All others are right."),
        (("dx",), "dx", ""),
    ],
)
def test_what_wrong_arrays_have_in_common(keys: Any, wrong: str, sentence: str) -> None:
    common = in_common(wrong.split(), keys)
    assert common.fine == sentence
    listed = sentence.startswith("Of the others")
    assert common.coarse == ("Some of the others are right." if listed else sentence)


def grads() -> dict[str, Any]:
    """Six arrays of three layers."""
    return {key: RIGHT + i for i, key in enumerate(KEYS)}


def each(got: dict[str, Any], **options: Any) -> Finding:
    with pytest.raises(CheckFailure) as caught:
        close_each("backward(cache, y)", got, grads(), **options)
    return caught.value.finding


def test_the_first_wrong_array_is_told_with_what_all_wrong_ones_share() -> None:
    close_each("f", grads(), grads())
    got = grads()
    for key in ("db3", "db2", "db1"):
        got[key] = got[key] / M
    finding = each(got, examples=M, hints={"db3": "Mind the mean."}, hint="Not this.")
    assert finding.call == 'backward(cache, y)["db3"]'
    assert finding.hint == "Mind the mean."
    assert finding.pattern.endswith(
        "as if divided by the number of examples, 4, once too often. Only the biases are wrong. "
        "All of these are wrong in the same way."
    )
    assert finding.safe_pattern == (
        SAME + "as if divided by the number of examples once too often. "
        "Only the biases are wrong. All of these are wrong in the same way."
    )
    assert finding.answer is not None and finding.answer.size == 36


def test_where_nan_begins_is_told() -> None:
    got = grads()
    got["dW2"] = got["dW2"] * np.nan
    got["dW1"] = got["dW1"] * np.nan
    assert "NaN in 6 of 6 entries. It begins here." in each(got).pattern
    got["dW3"] = -got["dW3"]
    finding = each(got)
    assert 'The sign is reversed. NaN begins in "dW2".' in finding.pattern
    assert "Later ones hold NaN or infinity." in finding.safe_pattern


@pytest.mark.parametrize("lacking", [{"dW3": None}, {"dW3": "text"}])
def test_what_is_no_number_fails_by_itself(lacking: dict[str, Any]) -> None:
    assert "expected an array" in each(grads() | lacking).fact


def test_a_missing_key_is_named() -> None:
    got = grads()
    del got["dW2"]
    assert 'no key "dW2"' in each(got).fact


def test_a_wrong_shape_goes_with_the_others() -> None:
    got = grads()
    got["dW3"] = got["dW3"].T
    finding = each(got)
    assert finding.fact == "has shape (3, 2), expected (2, 3)"
    assert finding.safe_fact == "has the wrong shape"
    assert (
        finding.safe_pattern == "It is the transpose of the expected array. All others are right."
    )


@pytest.mark.parametrize(("factor", "name"), [(2.0, "2"), (0.5, "1/2")])
def test_without_a_mean_a_factor_of_two_is_only_named(factor: float, name: str) -> None:
    sentence = f"Every entry is {name} times the expected one."
    for want in (RIGHT, TALL):
        assert describe(factor * want, want) == sentence
        assert describe(factor * want, want, coarse=True) == sentence


def test_after_a_step_the_pattern_is_that_of_the_step() -> None:
    step = np.array([[0.5, 0.25, -1.0], [2.0, 1.5, -0.75]])
    with pytest.raises(CheckFailure) as caught:
        close("W", RIGHT - step / M, RIGHT - step, start=RIGHT, examples=M)
    assert caught.value.finding.pattern == (
        "As to the step: every entry is 1/4 times the expected one: as if divided by the number of "
        "examples, 4, once too often."
    )
    assert caught.value.finding.safe_pattern.startswith("As to the step: every entry is off by")
    after = {key: value - step for key, value in grads().items()}
    with pytest.raises(CheckFailure) as caught:
        close_each("weights", grads(), after, start=grads())
    assert caught.value.finding.pattern.startswith(
        "As to the step: every entry is 0. All after it are wrong in the same"
    )
    with pytest.raises(CheckFailure, match="NaN in 6 of 6"):
        close("W", RIGHT * np.nan, RIGHT - step, start=RIGHT)


def test_what_stands_under_the_wrong_key_is_told() -> None:
    got = grads()
    got["dW2"], got["db2"] = got["db2"], got["dW2"]
    finding = each(got)
    assert finding.pattern.startswith(
        'Every entry is too large by the same amount, 1. It is what "'
    )
    assert 'It is what "db2" should be.' in finding.pattern
    assert "It is what another one should be." in finding.safe_pattern
