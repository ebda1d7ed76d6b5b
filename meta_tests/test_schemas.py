"""docs/schemas: what the contract allows is accepted, all else refused; our own files follow them.

Every file that any test leaves behind is looked at in conftest.py, every sample in test_writers.py.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from grader.config_values import LEVELS, VISIBILITIES
from grader.results import FORMAT_VERSION, CheckSpec, Meta, Outcome, Override, Report, Status
from grader.writers import gradescope_json, report_json, terminal
from grader.writers.gradescope_view import View
from meta_tests.gold_files import FOLDER
from meta_tests.sample_reports import SAMPLES, decided
from meta_tests.schemas import load, problems, problems_below, schema

FORMATS = ("text", "html", "simple_format", "md", "ansi")
TOP_VALUES = {
    "output_format": FORMATS,
    "test_output_format": FORMATS,
    "test_name_format": FORMATS,
    "visibility": VISIBILITIES,
    "stdout_visibility": VISIBILITIES,
}
TEST_VALUES: dict[str, tuple[str, ...]] = {
    "name_format": FORMATS,
    "output_format": FORMATS,
    "visibility": VISIBILITIES,
    "status": ("passed", "failed"),
}
NO_TEXT: tuple[Any, ...] = (None, 1, True, [], {}, ["x"])
NO_NUMBER: tuple[Any, ...] = (None, "1", True, [], {})
NO_VALUE: tuple[Any, ...] = (*NO_TEXT, "", "Text", "markdown", "PASSED", "visible ", "none")
NO_LIST: tuple[Any, ...] = (None, "x", 1, {})
NO_OBJECT: tuple[Any, ...] = (None, "x", 1, [])
WRONG: dict[str, tuple[Any, ...]] = {
    "score": NO_NUMBER,
    "max_score": (*NO_NUMBER, -1),
    "execution_time": (*NO_NUMBER, -0.1),
    "output": NO_TEXT,
    "name": NO_TEXT,
    "number": (*NO_TEXT, 1.1),
    "tags": (*NO_LIST, [1], [None]),
    "extra_data": NO_OBJECT,
    "tests": (*NO_LIST, [None], ["x"]),
    "leaderboard": (*NO_LIST, [None], [1]),
    "value": (None, True, [], {}),
    "order": NO_VALUE,
} | dict.fromkeys([*TOP_VALUES, *TEST_VALUES], NO_VALUE)


def contract() -> Any:
    """A results.json with every field, and every value that a row can have."""
    return load((FOLDER / "contract.json").read_text("utf-8"))


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, but for what lies in extra_data."""
    yield path
    inside = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in inside if isinstance(data, dict | list) else ():
        if isinstance(value, dict | list) and key != "extra_data":
            yield from places(value, (*path, key))
        else:
            yield (*path, key)


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def changed(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value in one place."""
    result = copy.deepcopy(data)
    at(result, path[:-1])[path[-1]] = value
    return result


# results.json


def test_every_value_of_the_contract_is_accepted() -> None:
    assert problems("results.json", contract()) == []


def test_the_gold_file_has_every_field_and_every_value_of_a_row() -> None:
    data, whole = contract(), schema("results.json")
    assert set(data) == set(whole["properties"])
    for group, name in (("tests", "test"), ("leaderboard", "entry")):
        assert {key for row in data[group] for key in row} == set(
            whole["$defs"][name]["properties"]
        )
    for key, values in TEST_VALUES.items():
        assert {row[key] for row in data["tests"] if key in row} == set(values)
    assert any("status" in row and "score" not in row for row in data["tests"])
    assert {row.get("order") for row in data["leaderboard"]} == {"asc", "desc", None}


@pytest.mark.parametrize("key", TOP_VALUES)
def test_every_value_is_accepted_on_top(key: str) -> None:
    for value in TOP_VALUES[key]:
        assert problems("results.json", contract() | {key: value}) == []


def test_every_wrong_value_is_refused_wherever_it_stands() -> None:
    data = contract()
    tried = 0
    for path in places(data):
        for value in WRONG.get(path[-1], ()) if path else ():
            tried += 1
            assert problems("results.json", changed(data, path, value)), (path, value)
    assert tried > 300


def test_an_unknown_field_is_refused_wherever_it_stands() -> None:
    data = contract()
    objects = [p for p in places(data) if isinstance(at(data, p), dict) and "extra_data" not in p]
    assert len(objects) == 1 + len(data["tests"]) + len(data["leaderboard"])
    for path in objects:
        assert problems("results.json", changed(data, (*path, "socre"), 1)), path


@pytest.mark.parametrize("key", ["name", "value"])
def test_an_entry_of_the_leaderboard_has_a_name_and_a_value(key: str) -> None:
    data = contract()
    del data["leaderboard"][0][key]
    assert problems("results.json", data)


def test_a_score_is_on_top_or_in_the_rows() -> None:
    rows = [{"name": "a", "status": "passed"}, {"name": "b", "score": 1}]
    assert problems("results.json", {"tests": rows}) == []
    assert problems("results.json", {"score": 1}) == []
    assert problems("results.json", {"score": 1, "tests": rows[:1]}) == []
    nothing: list[Any] = [{}, {"tests": []}, {"tests": rows[:1]}, [], None]
    assert all(problems("results.json", without) for without in nothing)


@pytest.mark.parametrize("text", ['{"score": NaN}', '{"score": -Infinity}', '{"a": 1, "a": 2}'])
def test_what_is_no_json_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        load(text)


@pytest.mark.parametrize("rows", ["function", "check"])
@pytest.mark.parametrize("feedback", ["practice", "teaser", "exam"])
@pytest.mark.parametrize("visibility", VISIBILITIES)
def test_our_results_follow_the_contract(visibility: str, feedback: str, rows: str) -> None:
    stream = io.StringIO()
    view = View(rows=rows, feedback=feedback, visibility=visibility)
    gradescope_json.write(decided(), stream, view=view)
    assert problems("results.json", load(stream.getvalue())) == []


# report.json


def written(report: Report, *, show_hidden: bool) -> Any:
    stream = io.StringIO()
    report_json.write(report, stream, show_hidden=show_hidden)
    return load(stream.getvalue())


@pytest.mark.parametrize("sample", sorted(set(SAMPLES) - {"hostile"}))
def test_our_whole_reports_follow_their_schema(sample: str) -> None:
    assert problems("report.json", written(SAMPLES[sample](), show_hidden=True)) == []


def test_the_schema_knows_the_fields_of_a_report_and_no_others() -> None:
    whole = schema("report.json")
    check, override = whole["$defs"]["check"], whole["$defs"]["override"]
    stored = {field.name for kind in (CheckSpec, Outcome) for field in fields(kind)}
    assert set(check["properties"]) == stored | {"gate_note", "score", "max_score", "override"}
    assert set(override["properties"]) == {f.name for f in fields(Override)} | {"instead_of"}
    derived = {"score", "max_score", "provisional", "total", "points", "checks"}
    assert set(whole["properties"]) == {field.name for field in fields(Meta)} | derived
    assert set(check["required"]) == set(check["properties"])
    assert set(override["required"]) == set(override["properties"])
    assert set(whole["properties"]) - set(whole["required"]) == {"instructor_notes"}
    assert whole["properties"]["format_version"]["const"] == FORMAT_VERSION
    assert whole["properties"]["sandbox_level"]["enum"] == list(LEVELS)
    assert check["properties"]["status"]["enum"] == [str(status) for status in Status]


def reports() -> tuple[Any, list[tuple[Any, ...]]]:
    """A whole report, and the places in it, of its checks in the first that was set by hand."""
    data = written(decided(), show_hidden=True)
    row = next(i for i, check in enumerate(data["checks"]) if check["override"])
    found = [path for path in places(data) if path[:1] != ("checks",) or path[1:2] in ((), (row,))]
    return data, found


def test_no_field_of_a_report_may_be_missing_or_more() -> None:
    data, found = reports()
    for path in found:
        if not isinstance(at(data, path), dict) or path in (("versions",), ("points",)):
            continue
        assert problems("report.json", changed(data, (*path, "more"), 1)), path
        for key in set(at(data, path)) - {"instructor_notes"}:
            less = copy.deepcopy(data)
            del at(less, path)[key]
            assert problems("report.json", less), (path, key)


def test_no_field_of_a_report_may_be_of_another_kind() -> None:
    data, found = reports()
    kinds: tuple[Any, ...] = (None, True, -1, "\x00", [{}], {"a": {}})
    for path in found[1:]:
        value = at(data, path)
        for other in kinds:
            if type(other) is type(value) or (path[-1], other) == ("override", None):
                continue
            if isinstance(value, float) and other is not True and other == 1:
                continue
            assert problems("report.json", changed(data, path, other)), (path, other)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format_version",), 1),
        (("score",), -0.01),
        (("total",), "1.5"),
        (("submission_hash",), "0123456789ABCDEF"),
        (("suite_hash",), "0a1b2c3"),
        (("sandbox_level",), "whole"),
        (("points", "nn.dropout"), "1/"),
        (("checks",), []),
        (("checks", 0, "status"), "skipped"),
        (("checks", 0, "id"), ""),
        (("checks", 1, "override", "by"), ""),
    ],
)
def test_wrong_values_in_a_report_are_refused(path: tuple[Any, ...], value: Any) -> None:
    data = written(decided(), show_hidden=True)
    at(data, path)
    assert problems("report.json", changed(data, path, value))


def test_a_report_of_the_first_format_is_read_and_written_as_the_newest() -> None:
    old = load((FOLDER / "report_1.json").read_text("utf-8"))
    assert (old["format_version"], "submission_hash" in old) == (1, False)
    report = Report.from_json(old)
    again = written(report, show_hidden=True)
    assert problems("report.json", again) == []
    assert again["format_version"] == FORMAT_VERSION
    assert {key: again[key] for key in ("score", "notes", "points")} == {
        key: old[key] for key in ("score", "notes", "points")
    }
    assert [c | {"override": None} for c in old["checks"]] == again["checks"]


def test_a_stored_report_is_rendered_again_as_it_was() -> None:
    report = decided()
    again = Report.from_json(written(report, show_hidden=True))
    for write in (report_json.write, gradescope_json.write, terminal.write):
        pages = [io.StringIO(), io.StringIO()]
        for made, page in zip((report, again), pages, strict=True):
            write(made, page)
        assert pages[0].getvalue() == pages[1].getvalue()


def test_what_a_test_leaves_behind_is_looked_at(tmp_path: Any) -> None:
    (tmp_path / "a").mkdir()
    path = tmp_path / "a" / "results.json"
    path.write_text('{"score": "1"}')
    (found,) = problems_below(tmp_path)
    assert "$.score" in found
    path.unlink()
