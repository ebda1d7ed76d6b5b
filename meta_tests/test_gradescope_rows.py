"""Rows of results.json: what each preset shows, and what none may show."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.results import CheckSpec, Meta, Outcome, Report, Status
from grader.writers import gradescope_json
from grader.writers.gradescope_view import View
from meta_tests.sample_reports import EXAMPLE, SAMPLES, broken, decided, perfect, report, typical

PRACTICE, TEASER, EXAM = View(), View(feedback="teaser"), View(feedback="exam")
VIEWS = {
    "practice": PRACTICE,
    "practice_by_check": View(rows="check"),
    "teaser": TEASER,
    "teaser_by_check": View(rows="check", feedback="teaser"),
    "exam": EXAM,
    "exam_by_check": View(rows="check", feedback="exam"),
    "no_hints": View(hints=False),
    "hidden": View(visibility="hidden"),
    "late": View(taken=Fraction(1, 10)),
    "late_exam": View(feedback="exam", taken=Fraction(1, 3)),
}
every_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
TAGS = {"p", "br", "strong", "em", "code", "pre", "ol", "li"}


def results(sample: Report, view: View) -> dict[str, Any]:
    return json.loads(json.dumps(gradescope_json.results(sample, view), allow_nan=False))


def at_once(data: dict[str, Any]) -> str:
    """All that a student can read before anything hidden appears."""
    rows = [row for row in data["tests"] if row["visibility"] == "visible"]
    whole = len(rows) == len(data["tests"])
    texts = [data["output"], *(f"{row['name']} {row['output']}" for row in rows)]
    numbers = [f"{row.get('score')} {row.get('status')}" for row in rows]
    return "\n".join([*texts, *numbers, str(data["score"]) if whole else "-"])


def words(text: str) -> str:
    """The text of some HTML, for which every tag must be a plain one of ours, closed in order."""
    found, stack = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            assert tag in TAGS and not attrs, (tag, attrs)
            if tag != "br":
                stack.append(tag)

        def handle_endtag(self, tag):
            assert stack.pop() == tag

        def handle_data(self, data):
            found.append(data)

    reader = Reader()
    reader.feed(text)
    reader.close()
    assert stack == []
    return "".join(found)


# every legal value


TOP = {
    "score": float,
    "execution_time": float,
    "output": str,
    "output_format": {"text", "html", "simple_format", "md", "ansi"},
    "test_output_format": {"text", "html", "simple_format", "md", "ansi"},
    "test_name_format": {"text", "html", "simple_format", "md", "ansi"},
    "visibility": {"visible", "hidden", "after_due_date", "after_published"},
    "stdout_visibility": {"visible", "hidden", "after_due_date", "after_published"},
    "tests": list,
    "extra_data": dict,
    "leaderboard": list,
}
TEST = {
    "score": float,
    "max_score": float,
    "status": {"passed", "failed"},
    "name": str,
    "number": str,
    "output": str,
    "output_format": {"text", "html", "simple_format", "md", "ansi"},
    "tags": list,
    "visibility": {"visible", "hidden", "after_due_date", "after_published"},
    "extra_data": dict,
}


def legal(data: dict[str, Any], known: dict[str, Any]) -> None:
    for key, value in data.items():
        wanted = known[key]
        fits = value in wanted if isinstance(wanted, set) else isinstance(value, wanted)
        assert fits, (key, value)


@every_view
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_view_of_every_report_is_what_the_platform_documents(sample, view):
    made = SAMPLES[sample]()
    data = results(made, view)
    legal(data, TOP)
    told = {key for row in data["tests"] for key in row.get("extra_data", {}).get("checks", {})}
    public_alone = view.feedback == "teaser" and view.at_once
    assert told == {spec.id for spec in made.specs if spec.visible or not public_alone}
    for row in data["tests"]:
        legal(row, TEST)
        assert 0 <= row.get("score", 0) <= row.get("max_score", 0)
        if row.get("output_format", "html") == "html":
            words(row["output"])
    words(data["output"])
    most = sum(round(100 * row.get("max_score", 0)) for row in data["tests"])
    assert most == 100 * made.total
    assert len(json.dumps(data)) < 900_000


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("view", [TEASER, VIEWS["teaser_by_check"], EXAM, VIEWS["late_exam"]])
def test_visible_rows_keep_nothing_of_hidden_checks_for_the_instructor(sample, view):
    made = SAMPLES[sample]()
    public = {spec.id for spec in made.specs if spec.visible}
    rows = [row for row in results(made, view)["tests"] if row["visibility"] == "visible"]
    for row in rows:
        assert set(row.get("extra_data", {})) <= {"checks"}
        assert set(row.get("extra_data", {}).get("checks", {})) <= public


def test_the_time_that_hidden_checks_took_is_not_seen_before_they_are():
    for view in VIEWS.values():
        data = results(perfect(), view)
        assert ("execution_time" in data) == view.at_once
        assert data["extra_data"]["execution_time"] > 0


texts = st.text(max_size=40) | st.sampled_from(
    ["<script>x</script>", "</p></pre>", "&lt;", "<!--", "{{ 7 * 7 }}", "`**_", "\ud800"]
)


@settings(max_examples=60)
@given(texts, texts, texts, st.sampled_from(list(Status)), st.booleans())
def test_no_text_of_a_submission_becomes_a_tag(first, second, third, status, public):
    spec = CheckSpec("a", "nn", "nn.relu", "a title", visible=public)
    notes = Meta(submission=second, notes=(third, first))
    sample = Report.create([spec], {"nn.relu": Fraction(1)}, 10, notes)
    sample.record("a", Outcome(status, first, second, third, 0.0, False, second, third))
    for view in VIEWS.values():
        data = results(sample, view)
        for text in (data["output"], *(row["output"] for row in data["tests"])):
            words(text)


def test_markup_is_shown_as_it_was_written():
    evil = "<b>x</b> & {{ 7 * 7 }} **md**"
    sample = report(outcome=lambda _: Outcome(Status.crashed, evil, evil, diagnosis=evil))
    text = words(results(sample, PRACTICE)["tests"][0]["output"])
    assert text.count(evil) == 3


# the presets


def test_a_row_per_function_shows_bar_mark_message_hint_diagnosis_and_one_example():
    rows = {row["name"]: row for row in results(typical(), PRACTICE)["tests"]}
    text = words(rows["solution.backward"]["output"])
    for part in (
        "2 of 5 checks passed",
        "✗ backward on a worked example",
        'backward(cache, labels)["db1"] has shape (4,), expected (1, 4).',
        "→ db has the shape of b.",
        "≈ This looks like two known mistakes at once",
        "✓ backward leaves its argument as it is",
        "✗ backward on random arrays (hidden)",
        "earns nothing until",
        EXAMPLE.strip(),
    ):
        assert part in text, part
    assert text.count("import numpy") == 1
    assert re.search("█+░+", text)
    assert "██" in rows["nn.relu"]["output"] and "░" not in rows["nn.relu"]["output"]


def test_values_of_hidden_checks_are_in_no_view():
    for view in VIEWS.values():
        assert "0.2468" not in json.dumps(results(typical(), view))
        assert "1.2468" not in json.dumps(results(typical(), view))


def test_teaser_tells_of_hidden_checks_how_many_passed_and_nothing_else():
    sample = typical()
    text = words(at_once(results(sample, TEASER)))
    assert "1 of 3 hidden checks passed." in text
    for spec in sample.specs:
        assert spec.visible or spec.title not in text, spec.title
    assert "The ratio to the expected values" not in text
    assert "2 of 5 checks passed" in text


def hidden_ended(status: Status, message: str = "", diagnosis: str = "") -> Report:
    """All public checks right but the first of relu; every hidden check like this."""

    def outcome(spec: CheckSpec) -> Outcome:
        if not spec.visible:
            return Outcome(status, message, diagnosis=diagnosis)
        wrong = spec.id == "nn/public/relu_2"
        seen = Outcome(Status.failed, "Wrong.", "Look.", diagnosis=diagnosis)
        return seen if wrong else Outcome(Status.passed)

    return report(outcome=outcome)


@pytest.mark.parametrize("view", ["exam", "exam_by_check", "hidden", "late_exam"])
@pytest.mark.parametrize("status", [Status.failed, Status.crashed, Status.grader_error])
def test_before_they_appear_nothing_tells_how_hidden_checks_ended(view, status):
    right = at_once(results(hidden_ended(Status.passed), VIEWS[view]))
    wrong = at_once(results(hidden_ended(status, "Secret words.", "Known."), VIEWS[view]))
    assert wrong == right
    assert "Wrong." in right


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False), st.sampled_from(["exam", "exam_by_check", "hidden"]))
def test_however_any_check_ended_what_is_seen_at_once_is_of_public_ones(random, view):
    ended = {s.id: random.choice(["passed", "failed"]) for s in report().specs}
    others = [status.value for status in Status]

    def outcome(spec: CheckSpec) -> Outcome:
        status = ended[spec.id] if spec.visible else random.choice(others)
        return Outcome(Status(status), f"It is {status}.", "A hint.", diagnosis=random.choice("ab"))

    first, second = (report(outcome=outcome) for _ in range(2))
    assert at_once(results(first, VIEWS[view])) == at_once(results(second, VIEWS[view]))


def test_exam_shows_the_hidden_part_in_rows_that_appear_after_publication():
    data = results(typical(), EXAM)
    later = [row for row in data["tests"] if row["visibility"] == "after_published"]
    assert {row["visibility"] for row in data["tests"]} == {"visible", "after_published"}
    assert all(row["name"].endswith(": hidden checks") for row in later)
    (backward,) = [row for row in later if row["name"].startswith("solution.backward")]
    assert "The ratio to the expected values is 0.5 throughout." in words(backward["output"])
    assert data["score"] == float(typical().written_score)
    assert "the total, are shown later" in data["output"]


def test_a_visibility_of_the_settings_goes_before_the_presets():
    data = results(typical(), View(feedback="exam", visibility="after_due_date"))
    assert {row["visibility"] for row in data["tests"]} == {"visible", "after_due_date"}


def test_without_hints_there_is_neither_hint_nor_known_mistake_nor_advice():
    text = at_once(results(typical(), VIEWS["no_hints"]))
    assert "→" not in text and "≈" not in text
    assert "Subtract each row" not in html.unescape(text)
    assert "has shape (4,), expected (1, 4)" in html.unescape(text)


# late


def test_what_was_earned_and_what_is_taken_off_stand_apart():
    sample, view = typical(), View(taken=Fraction(1, 10), lines=("Two days late.",))
    data = results(sample, view)
    raw = float(sample.written_score)
    assert data["extra_data"]["raw_score"] == raw
    assert data["score"] == round(0.9 * raw, 2)
    row = data["tests"][0]
    assert row["name"] == "Late penalty" and "score" not in row
    assert f"{raw:g} points earned" in row["output"] and row["output"] in data["output"]
    assert sum(round(100 * r.get("score", 0)) for r in data["tests"]) == round(100 * raw)


def test_an_exam_shows_no_points_of_a_late_penalty_at_once():
    data = results(perfect(), VIEWS["late_exam"])
    assert "points earned" not in at_once(data)
    assert data["tests"][0]["visibility"] == "after_published"


# instructors


def test_notes_for_the_instructor_are_nowhere_a_student_looks():
    made = broken()
    made.meta = replace(made.meta, instructor_notes=("Ask Grace.",))
    for view in VIEWS.values():
        data = results(made, view)
        assert data["extra_data"]["instructor_notes"] == ["Ask Grace."]
        assert "Grace" not in at_once(data)
        assert all("Grace" not in json.dumps(row) for row in data["tests"])


# decided by the instructor


def test_what_was_decided_by_hand_is_said_in_its_row():
    text = at_once(results(decided(), PRACTICE))
    assert "Everyone earns this check" in text
    assert "Set by hand to 0.5 of" in text and "the derivation on paper was right (J. Doe)" in text


def test_what_was_decided_of_hidden_checks_waits_for_them():
    text = at_once(results(decided(), EXAM))
    assert "Everyone earns this check" in text
    assert "the derivation on paper" not in text
    assert "the derivation on paper" in json.dumps(results(decided(), EXAM))
