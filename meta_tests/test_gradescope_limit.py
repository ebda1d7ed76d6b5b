"""The submission limit: which earlier submissions count, and what is handed back beyond it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.config_gradescope import GradescopeSettings, SubmissionLimit
from grader.gradescope.handing_back import handed_back
from grader.gradescope.metadata import Metadata, parse_metadata
from grader.gradescope.platform import Platform
from grader.gradescope.policies import judge
from grader.writers import gradescope_json
from meta_tests import schemas
from meta_tests.sample_reports import broken, perfect

TWO = GradescopeSettings(submission_limit=SubmissionLimit(2, 86_400, "2 per 24h"))
OLD = {"score": 40.0, "output": "old", "tests": [{"name": "a", "score": 40.0}]}


def time(hour: int) -> str:
    return f"2024-03-02T{hour:02d}:00:00-05:00"


def told(*earlier: dict[str, Any], hour: int = 20) -> Metadata:
    return parse_metadata({"created_at": time(hour), "previous_submissions": list(earlier)})


def sent(hour: int, **more: Any) -> dict[str, Any]:
    return {"submission_time": time(hour), "score": 5.0} | more


def marked(**extra: Any) -> dict[str, Any]:
    return {"score": 0.0, "output": "", "tests": [], "extra_data": extra}


# what was not graded


def begun(platform: Platform) -> None:
    platform.begin()


def given_up(platform: Platform) -> None:
    platform.begin()
    platform.give_up()


def provisional(platform: Platform) -> None:
    platform.begin()
    platform.write(gradescope_json.results(broken()))


@pytest.mark.parametrize("write", [begun, given_up, provisional])
def test_what_the_grader_could_not_grade_does_not_count_and_is_not_handed_back(tmp_path, write):
    platform = Platform(tmp_path)
    write(platform)
    results = json.loads(platform.results.read_text())
    metadata = told(sent(1), sent(2, score=7.0), sent(3, score=0.0, results=results))
    ruling = judge(TWO, metadata)
    assert (ruling.refusal is not None, ruling.attempt) == (True, 3)
    handed = handed_back(metadata, "Too many.")
    assert handed is not None and handed["score"] == 7.0
    assert handed["extra_data"] == {"ungraded_attempts": [time(3)]}
    assert judge(TWO, told(sent(1), sent(3, results=results))).refusal is None


def test_graded_results_say_so_and_count():
    results = gradescope_json.results(perfect())
    assert judge(TWO, told(sent(1), sent(3, results=results))).refusal is not None


def test_times_of_ungraded_submissions_are_carried_on():
    first = told(sent(1), sent(2, results=marked(graded=False)))
    carried = judge(TWO, first).extra_data()
    assert carried["ungraded_attempts"] == [time(2)]
    results = OLD | {"extra_data": carried | {"graded": True}}
    second = told(sent(1), sent(2), sent(3, results=results))
    assert judge(TWO, second).refusal is not None
    assert judge(TWO, second).attempt == 3
    handed = handed_back(second, "Too many.")
    assert handed is not None and handed["extra_data"]["ungraded_attempts"] == [time(2)]
    third = told(sent(2), sent(3, results=results))
    assert judge(TWO, third).refusal is None


def test_they_are_carried_on_by_results_that_say_that_nothing_was_graded(tmp_path):
    platform = Platform(tmp_path)
    platform.begin(told(sent(2, results=marked(graded=False))).ungraded)
    results = json.loads(platform.results.read_text())
    assert told(sent(2), sent(3, results=results)).ungraded == [time(2), time(3)]


@pytest.mark.parametrize(
    "carried", [None, 5, "x", {}, [None, 3, "x", [], "2024-03-02T01:00:00", "9" * 99], [time(9)]]
)
def test_carried_times_of_any_shape_are_read_leniently(carried):
    found = told(sent(1, results=marked(ungraded_attempts=carried, graded=0)))
    assert found.ungraded == []


def test_a_later_submission_is_no_earlier_one():
    later = sent(21, score=99.0, results=OLD)
    metadata = told(sent(1, score=7.0), later, sent(20))
    assert judge(TWO, metadata).attempt == 2
    handed = handed_back(metadata, "Too many.")
    assert handed is not None and handed["score"] == 7.0


# what is handed back

NAN = float("nan")
ROW = {"name": "a", "score": 1.0}


@pytest.mark.parametrize(
    "odd",
    [
        {"score": NAN},
        {"score": True},
        {"score": "7"},
        {"score": 10**400},
        {"score": NAN, "tests": [{"score": NAN, "name": "q"}]},
        {"execution_time": -4},
        {"execution_time": float("inf")},
        {"visibility": "foo", "stdout_visibility": ["visible"], "output_format": {}},
        {"leaderboard": [5, {"name": "n"}, {"name": 3, "value": 1}, {"name": "n", "value": NAN}]},
        {"leaderboard": [{"name": "n", "value": 3, "order": "up", "junk": 1}]},
        {"tests": [1, None, [], {}, {"junk": 1}]},
        {"tests": [ROW | {"visibility": "foo", "number": 3, "junk": 1, "max_score": -1}]},
        {"tests": [ROW | {"score": False, "status": "odd", "tags": [1, "x"], "name": 5}]},
        {"tests": [ROW | {"output_format": 3, "name_format": "x", "extra_data": [NAN]}]},
        {"tests": [ROW | {"extra_data": {"deep": [NAN, {"x": float("inf")}]}}]},
        {"tests": {"a": 1}, "extra_data": []},
        {"extra_data": {"handed_back": 5, "x": NAN}, "output": 7, "junk": 1},
    ],
)
@pytest.mark.parametrize("score", [3, None])
def test_whatever_earlier_results_were_what_is_written_fits_the_schema(tmp_path, odd, score):
    handed = handed_back(told(sent(1, score=score, results=OLD | odd)), "Too many.")
    if handed is None:
        assert score is None
        return
    Platform(tmp_path).begin()
    Platform(tmp_path).write(handed)
    found = schemas.load(Platform(tmp_path).results.read_text())
    assert schemas.problems("results.json", found) == []
    assert found.get("score", 40.0) in (40.0, 3.0)


def test_legal_values_are_handed_back_as_they_were():
    legal = OLD | {
        "execution_time": 1.5,
        "leaderboard": [{"name": "n", "value": "x", "order": "asc"}],
        "visibility": "after_due_date",
        "tests": [
            ROW | {"max_score": 2, "status": "failed", "number": "1.1", "tags": ["t"]},
            {"name": "b", "output": "o", "output_format": "md", "extra_data": {"x": [1, None]}},
        ],
    }
    handed = handed_back(told(sent(1, results=legal)), "Too many.")
    assert handed is not None
    assert {key: handed[key] for key in legal if key != "output"} == {
        key: legal[key] for key in legal if key != "output"
    }
