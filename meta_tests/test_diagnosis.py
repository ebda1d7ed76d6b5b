"""Known mistakes are recognised by the answers they give, and by nothing less."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.config import Settings
from grader.diagnosis import sentence
from grader.errors import GraderError
from grader.evidence import matching
from grader.misconceptions.bank import Misconception, applied, misconception
from grader.results import Report
from grader.sandbox import Zygote
from grader.session import How, grade
from grader.submission import intake
from grader.suites import Layout
from meta_tests.variants import reference_source, variant
from tests.helpers import ask
from tests.helpers.asking import Answer, StudentFailure
from tests.helpers.assertions import CheckFailure, Finding
from tests.helpers.properties import Case

OUT = "dout * positive"
SUM = misconception("relu", "sums", "Sums are numbers.", (OUT, "np.sum(dout) * positive"))
TWICE = misconception("relu", "twice", "Once is enough.", (OUT, "2 * dout * positive"))
ALSO_TWICE = misconception("relu", "doubled", "Do not.", (OUT, "(dout + dout) * positive"))
SHARP = misconception("relu", "from 1", "Look at 0.", ("positive = x > 0", "positive = x > 1"))
CUT = misconception("relu", "cut off", "No roof.", ("np.maximum(x, 0.0)", "np.clip(x, 0.0, 1.0)"))


@pytest.fixture
def told(tmp_path: Path, zygote: Zygote, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Grades nn.py with a bank of one's own: what the checks that failed say, without repeats."""

    def run(source: str, *bank: Misconception) -> set[str]:
        monkeypatch.setattr(Layout, "misconceptions", lambda self, suite: bank)
        (tmp_path / "nn.py").write_text(source, "utf-8")
        with intake(tmp_path, ("nn",)) as submission:
            settings = Settings(suites=("nn",))
            report = grade(submission, settings, How(allow_unsandboxed=True), zygote=zygote)
        assert not report.provisional
        return said(report)

    yield run


def said(report: Report) -> set[str]:
    """The diagnoses of what failed; nothing else may have one."""
    assert not any(one.diagnosis for one in report.outcomes.values() if one.status.good)
    return {one.diagnosis for one in report.outcomes.values() if one.status == "failed"}


def relu(back: str, out: str = "np.maximum(x, 0)") -> str:
    """nn.py with another relu, written in another way than the reference's."""
    code = f"def relu(x):\n    def back(dout):\n        return {back}\n    return {out}, back"
    return variant("nn", {"relu": code})


def test_a_known_mistake_is_named_however_it_is_written(told: Any) -> None:
    found = told(relu("np.where(x > 0, dout, 0) + dout * (x > 0)"), SUM, TWICE, SHARP)
    assert found == {"This looks like a known mistake: twice. Once is enough."}


def test_an_unknown_mistake_is_not_named(told: Any) -> None:
    assert told(relu("3 * dout * (x > 0)"), SUM, TWICE, SHARP) == {""}


def test_almost_the_same_answers_are_not_enough(told: Any) -> None:
    assert told(relu("2.0001 * dout * (x > 0)"), SUM, TWICE) == {""}


def test_one_of_two_that_answer_alike_is_not_named(told: Any) -> None:
    assert told(relu("2 * dout * (x > 0)"), SUM, TWICE, ALSO_TWICE) == {""}


def test_a_mistake_that_explains_a_part_is_not_named(told: Any) -> None:
    wrong = relu("2 * dout * (x > 0)", out="np.abs(x)")
    assert told(wrong, SUM, TWICE) == {""}


def test_two_mistakes_at_once_are_named(told: Any) -> None:
    (found,) = told(relu("2 * dout * (x > 1)"), SUM, TWICE, SHARP, CUT)
    assert found.startswith("This looks like two known mistakes at once: twice; from 1.")


def test_a_mistake_on_either_way_is_named(told: Any) -> None:
    wrong = relu("2 * dout * (x > 0)", out="np.minimum(1, np.maximum(x, 0))")
    assert told(wrong, SUM, TWICE, SHARP, CUT) == {sentence((TWICE, CUT))}


def test_float32_is_recognised_as_well(told: Any) -> None:
    wrong = relu("(np.sum(dout.astype('f')) * (x > 0)).astype('f')", out="np.maximum(x, 0)")
    assert told(wrong, SUM, TWICE) == {sentence((SUM,))}


def test_a_mistake_is_recognised_on_what_is_broken_below(told: Any) -> None:
    bank = Layout().misconceptions("nn")
    one = next(m for m in bank if m.name == "activation on the output layer")
    below = next(m for m in bank if m.name == "dW averaged")
    source = applied(reference_source("nn"), [one, below])
    found = told(source, *bank)
    assert sentence((one,)) in found


def test_a_bank_that_no_longer_fits_the_reference_is_refused() -> None:
    source = reference_source("nn")
    with pytest.raises(GraderError, match="'sums' of relu: its text occurs 0 times"):
        applied(source.replace(OUT, "..."), [SUM])


def case(failure: Any, *values: Any) -> Case:
    return Case.of([(ask("nn.relu"), Answer(values))], failure)


def wrong(answer: Any, call: str = "relu(x)", fact: str = "") -> CheckFailure:
    array = None if answer is None else np.asarray(answer)
    return CheckFailure(Finding(call, fact=fact, answer=array))


RAISED = StudentFailure("crashed", "ValueError: no")


@pytest.mark.parametrize(
    ("seen", "known", "expected"),
    [
        (case(wrong([1.5, np.nan])), case(wrong([1.5, np.nan])), 1),
        (case(wrong([1.5])), case(wrong([1.5 + 1e-8])), 1),
        (case(wrong([1.5])), case(wrong([1.5001])), None),
        (case(wrong(np.float32(0.1))), case(wrong(0.1)), 1),
        (case(wrong([[1.5]])), case(wrong([1.5])), None),
        (case(wrong([1.5])), case(wrong([1.5], call="tanh(x)")), None),
        (case(wrong([1.5])), case(None), None),
        (
            case(wrong(None, fact="is odd"), {"W": 2.5}),
            case(wrong(None, fact="is odd"), {"W": 2.5}),
            1,
        ),
        (
            case(wrong(None, fact="is odd"), {"W": 2.5}),
            case(wrong(None, fact="is odd"), {"W": 3.5}),
            None,
        ),
        (case(wrong(None, fact="is odd"), "a"), case(wrong(None, fact="is odd"), "a"), 0),
        (case(wrong(None, fact="is odd"), "a"), case(wrong(None, fact="is odd"), "b"), None),
        (case(RAISED), case(RAISED), 0),
        (case(RAISED), case(wrong([1.5])), None),
        (case(None, 1.5), case(None, 2.5), 0),
    ],
)
def test_matching(seen: Case, known: Case, expected: int | None) -> None:
    assert matching([seen], [known]) == expected


def test_matching_needs_every_case() -> None:
    good, bad = case(wrong([1.5])), case(wrong([2.5]))
    assert matching([good, good], [good, good]) == 2
    assert matching([good, bad], [good, good]) is None
    assert matching([good, good], [good]) is None
