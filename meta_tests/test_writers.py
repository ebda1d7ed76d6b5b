"""Writers: gold files, hostile texts, and files that are whole at every moment."""

import io
import json
import os
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.results import CheckSpec, Meta, Outcome, Report, Status
from grader.writers import gradescope_json, report_json, terminal
from grader.writers.digest import digest
from grader.writers.files import ReportFile
from grader.writers.gradescope_view import View
from meta_tests.gold_files import FOLDER, GOLD, KEPT, render
from meta_tests.sample_reports import (
    EXAMPLE,
    META,
    PASSED,
    SAMPLES,
    broken,
    fresh,
    perfect,
    report,
    specs,
    typical,
    untouched,
)
from meta_tests.schemas import load, problems


def text_of(write, sample, **options):
    stream = io.StringIO()
    write(sample, stream, **options)
    return stream.getvalue()


WRITERS = {
    "terminal": terminal.write,
    "report_json": report_json.write,
    "gradescope_json": gradescope_json.write,
}
every_writer = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
every_sample = pytest.mark.parametrize("sample", SAMPLES)


@pytest.mark.parametrize("name", GOLD)
def test_gold(name):
    assert render(name) == (FOLDER / name).read_text(encoding="utf-8")


def test_every_gold_file_is_compared():
    assert {path.name for path in FOLDER.iterdir()} == set(GOLD) | KEPT


# what a submission can influence


@every_writer
@every_sample
def test_nothing_invisible_and_nothing_endless_is_written(write, sample):
    text = text_of(write, SAMPLES[sample]())
    assert all(c.isprintable() or c == "\n" for c in text)
    limit = 5_000_000 if write is report_json.write else 500_000
    assert len(text) < limit
    if write is not terminal.write:
        name = "report.json" if write is report_json.write else "results.json"
        assert problems(name, load(text)) == []


texts = st.text(max_size=40) | st.sampled_from(
    ["[bold]x[/]", "[/]", ":smile:", "\x1b[1m", "\ud800"]
)


@settings(max_examples=60)
@given(texts, texts, texts, st.sampled_from(list(Status)))
def test_any_text_gives_a_clean_page_and_valid_json(first, second, third, status):
    spec = CheckSpec("a", "nn", "nn.relu", first, visible=False)
    sample = Report.create(
        [spec], {"nn.relu": Fraction(1)}, 10, Meta(submission=second, notes=(third, first))
    )
    sample.record("a", Outcome(status, first, second, third, 0.0, False, second, third))
    for write in WRITERS.values():
        text = text_of(write, sample)
        text.encode("utf-8")
        assert all(c.isprintable() or c == "\n" for c in text)
    json.loads(text_of(report_json.write, sample))
    json.loads(text_of(gradescope_json.write, sample))


def test_markup_is_shown_as_it_is():
    page = text_of(terminal.write, SAMPLES["hostile"](), width=100)
    assert "[bold red]markup[/]" in page
    assert "\\x1b[2J" in page
    assert "more characters)" in page


@every_writer
def test_details_of_hidden_checks_are_not_written(write):
    text = text_of(write, typical())
    assert "0.2468" not in text
    assert "The ratio to the expected values is 0.5 throughout." in text


@pytest.mark.parametrize("write", [report_json.write, gradescope_json.write])
def test_how_long_hidden_checks_took_is_not_in_a_students_file(write):
    """A submission may sleep for as long as an input of a hidden check says."""

    def told(hidden: float) -> str:
        report = typical()
        for spec in report.specs:
            took = 0.25 if spec.visible else hidden
            report.record(spec.id, replace(report.outcomes[spec.id], seconds=took))
        report.meta = replace(report.meta, seconds=1.0 + hidden)
        return text_of(write, report)

    assert told(0.731) == told(0.813)
    assert told(8.731) == told(0.813) != told(9.813)


@every_writer
def test_examples_of_visible_checks_are_written_as_they_are_and_hidden_ones_never(write):
    text = text_of(write, typical())
    if write is not terminal.write:
        checks = json.loads(text)
        text = "\n".join(str(row) for row in checks.get("checks") or checks["tests"])
        assert "grads = net.backward(cache, np.eye(2))" in text
    else:
        assert EXAMPLE in text
    assert "1.2468" not in text
    assert "This looks like two known mistakes at once" in text


@pytest.mark.parametrize("width", [30, 48, 100])
def test_code_keeps_its_lines_on_any_terminal(width):
    page = text_of(terminal.write, typical(), width=width)
    assert EXAMPLE in page
    assert EXAMPLE in text_of(terminal.write, typical(), width=width, color=True)


def test_a_function_has_one_diagnosis_and_one_example():
    page = text_of(terminal.write, typical(), width=100)
    assert page.count("This looks like") == 1
    sample = typical()
    for spec in sample.specs:
        if spec.function == "solution.backward":
            ended = Outcome(Status.failed, f"Message {spec.id}.", example=f"print({spec.id!r})\n")
            sample.record(spec.id, ended)
    page = text_of(terminal.write, sample, width=100)
    assert page.count("Run this beside solution.py:") == 1
    whole = text_of(terminal.write, sample, width=100, list_all=True)
    assert whole.count("Run this beside solution.py:") == 2  # three are hidden
    whole = text_of(terminal.write, sample, width=100, list_all=True, show_hidden=True)
    assert whole.count("Run this beside solution.py:") == 5


def test_a_long_example_waits_until_its_check_is_asked_for():
    sample = typical()
    ended = Outcome(Status.failed, "Wrong.", example="print(1)\n" * 50)
    sample.record("solution/public/backward_0", ended)
    assert "print(1)" not in text_of(terminal.write, sample)
    assert text_of(terminal.write, sample, list_all=True).count("print(1)") == 50


def test_gradescope_cuts_no_example_short():
    sample = typical()
    ended = Outcome(Status.failed, "Wrong.", example="print(1)\n" * 5000)
    sample.record("solution/public/backward_0", ended)
    assert "print(1)" not in text_of(gradescope_json.write, sample)


@pytest.mark.parametrize("write", [terminal.write, report_json.write])
def test_an_instructor_can_ask_for_the_details(write):
    assert "0.2468" in text_of(write, typical(), show_hidden=True)


# the terminal


def test_no_colour_and_no_trailing_blanks_when_piped():
    page = text_of(terminal.write, typical())
    assert "\x1b" not in page
    assert all(line == line.rstrip() for line in page.split("\n"))
    assert "\x1b[" in text_of(terminal.write, typical(), color=True)


@every_sample
@pytest.mark.parametrize("width", [40, 63, 64, 80, 100, 250])
def test_no_line_is_wider_than_the_terminal(sample, width):
    page = text_of(terminal.write, SAMPLES[sample](), width=width)
    code = set(EXAMPLE.split("\n"))
    assert max(len(line) for line in page.split("\n") if line not in code) <= min(
        width, terminal.WIDEST
    )


def test_the_table_of_one_suite_is_not_cut():
    of_nn = [spec for spec in specs() if spec.suite == "nn"]
    checks = [replace(spec, id=f"{spec.id}{i}") for i in range(3) for spec in of_nn]
    points = {spec.function: Fraction(1) for spec in checks}
    one = Report.create(checks, points, 100, META)
    for spec in checks:
        one.record(spec.id, replace(PASSED, with_reference=True))
    page = text_of(terminal.write, one, width=80)
    assert "100.00 / 100.00\n" in page and " 15 with reference\n" in page and "…" not in page


def test_ascii_terminals_get_ascii_signs():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    terminal.write(typical(), stream, width=100)
    stream.flush()
    assert "####" in raw.getvalue().decode("ascii")


def test_each_message_is_said_once():
    page = text_of(terminal.write, broken(), width=100)
    assert page.count("'(' was never closed") == 2  # once among the failures, once as the next step
    assert page.count("hidden checks need full") == 1
    page = text_of(terminal.write, typical(), width=100)
    assert page.count("IndexError") == 1


def test_what_is_not_written_yet_is_one_line():
    page = text_of(terminal.write, untouched(), width=100)
    assert page.count("Not implemented yet") == 1
    assert "✗" not in page


def test_a_few_chosen_checks_are_listed_with_those_that_passed_and_without_points():
    page = text_of(terminal.write, typical(), width=100, list_all=True)
    assert "✓ relu on random arrays" in page
    assert "points" not in page


def test_steps_go_bottom_up_and_wrong_comes_before_not_written():
    assert [s.split(":")[0] for s in digest(typical()).steps] == [
        "Start with solution.softmax",
        "Then solution.backward",
    ]
    assert [s.split(":")[0] for s in digest(untouched()).steps] == [
        "Start with solution.relu",
        "Then solution.sigmoid",
    ]
    assert digest(perfect()).steps == []


def test_one_wrong_function_is_followed_by_the_first_unwritten_one():
    ends = {"nn.relu": Status.not_implemented, "nn.softmax": Status.failed}
    sample = report(outcome=lambda spec: Outcome(ends.get(spec.function, Status.passed)))
    assert [step.split(":")[0] for step in digest(sample).steps] == [
        "Start with nn.softmax",
        "Then nn.relu",
    ]


def step_of(failing, diagnosis=""):
    """What is said of nn.NN where these of its checks fail: 1 is a hidden gate, 2 is visible."""

    def outcome(spec):
        if spec.function != "nn.NN" or not spec.id.endswith(failing):
            return PASSED
        return Outcome(Status.failed, f"{spec.id} is wrong", diagnosis=diagnosis)

    (step,) = digest(report(outcome=outcome)).steps
    return step


def test_a_step_names_a_check_that_can_be_run_where_there_is_one():
    hidden, visible = '"NN on random arrays"', '"NN leaves its argument as it is"'
    assert hidden in step_of(("_1",))
    assert visible in step_of(("_1", "_2"))
    assert hidden in step_of(("_1", "_2"), diagnosis="This looks like a known mistake.")


def test_every_failed_check_is_told_exactly_once():
    for make in SAMPLES.values():
        sample = make()
        found = digest(sample)
        told = sum(notice.checks for notice in found.notices)
        told += sum(len(row.checks) for rows in found.unwritten.values() for row in rows)
        told += sum(len(t.checks) for ts in found.troubles.values() for t in ts)
        assert told == sum(not outcome.status.good for outcome in sample.outcomes.values())


# Gradescope

TOP = {
    "score": float,
    "execution_time": float,
    "output": str,
    "output_format": str,
    "test_output_format": str,
    "test_name_format": str,
    "visibility": str,
    "stdout_visibility": str,
    "tests": list,
    "extra_data": dict,
}
TEST = {
    "score": float,
    "max_score": float,
    "status": str,
    "name": str,
    "number": str,
    "output": str,
    "tags": list,
    "visibility": str,
    "extra_data": dict,
}


@every_sample
def test_results_json_is_what_gradescope_documents(sample):
    made = SAMPLES[sample]()
    data = json.loads(text_of(gradescope_json.write, made))
    assert {key: type(value) for key, value in data.items()} == TOP
    assert len(data["tests"]) == len(made.functions())
    for row in data["tests"]:
        assert {key: type(value) for key, value in row.items()} == TEST
        assert row["status"] in ("passed", "failed")
        assert row["visibility"] == "visible"
        assert 0 <= row["score"] <= row["max_score"]
        assert len(row["output"]) <= 100_000
    assert sum(round(100 * row["score"]) for row in data["tests"]) == round(100 * data["score"])
    assert sum(round(100 * row["max_score"]) for row in data["tests"]) == 100 * made.total


@pytest.mark.parametrize("visibility", ["hidden", "after_due_date", "after_published"])
def test_only_hidden_checks_take_the_visibility_of_the_settings(visibility):
    made = typical()
    data = gradescope_json.results(made, View(rows="check", visibility=visibility))
    by_id = {key: row["visibility"] for row in data["tests"] for key in row["extra_data"]["checks"]}
    assert by_id == {s.id: "visible" if s.visible else visibility for s in made.specs}


def test_a_pass_in_vain_is_shown_as_lost_and_says_why():
    rows = gradescope_json.results(typical(), View(rows="check"))["tests"]
    (row,) = [r for r in rows if "solution/public/backward_2" in r["extra_data"]["checks"]]
    assert (row["status"], row["score"]) == ("failed", 0)
    assert "earns nothing until" in row["output"]


def test_the_file_is_valid_before_the_first_check_has_run():
    data = gradescope_json.results(fresh())
    assert data["score"] == 0
    assert all("Was not run." in row["output"] for row in data["tests"])


# files


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def counting(calls):
    def write(sample, stream):
        calls.append(sample)
        stream.write(f"{len(calls)}\n")

    return write


def test_a_file_is_written_at_once_then_at_most_every_quarter_second_and_at_the_end(tmp_path):
    calls: list[Report] = []
    clock, path = Clock(), tmp_path / "counts"
    file = ReportFile(path, counting(calls), clock=clock)
    sample = fresh()
    file.update(sample)
    assert path.read_text() == "1\n"
    for _ in range(9):
        clock.now += 0.025
        file.update(sample)
    assert len(calls) == 1
    clock.now += 0.025
    file.update(sample)
    assert len(calls) == 2
    file.finish(sample)
    assert path.read_text() == "3\n"


def test_a_writer_that_fails_leaves_the_last_whole_file(tmp_path):
    path = tmp_path / "counts"
    path.write_text("before")

    def write(_, stream):
        stream.write("half of")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ReportFile(path, write).finish(fresh())
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_the_new_file_is_in_place_in_one_step(tmp_path, monkeypatch):
    path, seen = tmp_path / "report.json", []
    replace = os.replace

    def watched(source, target):
        seen.append((os.path.dirname(source), json.loads(source.read_text())["score"]))
        replace(source, target)

    monkeypatch.setattr(os, "replace", watched)
    ReportFile(path, report_json.write).finish(perfect())
    assert seen == [(str(tmp_path), 100.0)]


def test_a_link_in_place_of_the_file_is_replaced_not_followed(tmp_path):
    other = tmp_path / "other"
    other.write_text("untouched")
    path = tmp_path / "report.json"
    path.symlink_to(other)
    ReportFile(path, report_json.write).finish(fresh())
    assert other.read_text() == "untouched"
    assert not path.is_symlink()


def test_the_page_is_made_for_people():
    page = text_of(terminal.write, typical(), width=100)
    first = page.strip().split("\n")[0]
    assert re.fullmatch(r"ada\.zip +sandbox full · seed 5f2b61c9 · 1\.3 s", first)
