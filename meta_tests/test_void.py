"""Void checks: everyone earns them, nothing else changes, and everyone is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.cli import main
from grader.config import load_settings
from grader.errors import UsageError
from grader.session import Grading
from meta_tests.sample_course import HIDDEN, SETTINGS, TEMPLATE, write_course
from meta_tests.test_course import BELOW, PARTLY, POOL, RIGHT, TWICE, WRONG

EXAMPLE, VALUES = "conv/public/conv1d_worked_example", "conv/hidden/conv1d_values"
REASON = "the expected value was wrong: 3 = 4"
VOID_EXAMPLE = f"void = {EXAMPLE}: {REASON}\n"


def grade(folder: Path, text: str | None, settings: str) -> tuple[int, dict[str, Any]]:
    """Exit code and report on a conv.py, or on a folder without, in a course so set."""
    course = write_course(folder / "course", {"setup.cfg": SETTINGS + settings})
    hand_in = folder / "ada"
    hand_in.mkdir(exist_ok=True)
    if text is not None:
        (hand_in / "conv.py").write_text(text)
    files = ["--report", str(folder / "report.json"), "--json", str(folder / "results.json")]
    arguments = ["grade", str(hand_in), "--course", str(course), *files, "--allow-unsandboxed"]
    return main(arguments), json.loads((folder / "report.json").read_text())


def statuses(report: dict[str, Any]) -> dict[str, str]:
    return {check["id"].rpartition("_")[2]: check["status"] for check in report["checks"]}


@pytest.mark.parametrize(
    ("text", "score", "values"),
    [(RIGHT, 20, "passed"), (PARTLY, 5, "failed"), (WRONG, 5, "failed")],
    ids=["right", "partly", "wrong"],
)
def test_a_void_gate_is_earned_by_everyone_and_shuts_nothing(tmp_path, text, score, values):
    code, report = grade(tmp_path, text, VOID_EXAMPLE)
    assert (code, report["score"], report["max_score"]) == (0, score, 20)
    assert statuses(report) == {"example": "excused", "values": values}


def test_the_rest_of_a_function_is_earned_behind_a_void_gate(tmp_path):
    wrong_at_the_example = RIGHT + "\nright = conv1d\ndef conv1d(x, k):\n"
    wrong_at_the_example += "    return right(x, k) if len(k) == 3 else 0 * right(x, k)\n"
    assert grade(tmp_path, wrong_at_the_example, "")[1]["score"] == 0
    assert grade(tmp_path, wrong_at_the_example, VOID_EXAMPLE)[1]["score"] == 20


@pytest.mark.parametrize("text", [TEMPLATE, None], ids=["stub", "nothing handed in"])
def test_who_wrote_nothing_earns_it_too_and_nothing_more(tmp_path, text):
    code, report = grade(tmp_path, text, VOID_EXAMPLE)
    assert (code, report["score"]) == (0 if text else 2, 5)
    assert statuses(report)["example"] == "excused"


def test_a_void_check_is_not_run(tmp_path):
    raising = HIDDEN.replace(
        "    x, k =", "    raise RuntimeError('the grader itself')\n    x, k ="
    )
    course = write_course(tmp_path / "course", {"grader/checks/test_conv.py": raising})
    (course / "setup.cfg").write_text(SETTINGS + f"void = {VALUES}: it broke\n")
    (tmp_path / "conv.py").write_text(RIGHT)
    arguments = ["grade", str(tmp_path / "conv.py"), "--course", str(course), "--quiet"]
    assert main([*arguments, "--fail-under", "20"]) == 0
    (course / "setup.cfg").write_text(SETTINGS)
    assert main([*arguments, "--fail-under", "20"]) == 3


def test_the_reason_is_on_the_page_and_in_both_files(tmp_path, capsys):
    _, report = grade(tmp_path, WRONG, VOID_EXAMPLE)
    said = f"Everyone earns this check: {REASON}"
    assert said in [check["message"] for check in report["checks"]]
    assert said in capsys.readouterr().out
    rows = json.loads((tmp_path / "results.json").read_text())["tests"]
    assert said in "\n".join(row["output"] for row in rows)


def test_what_is_void_is_earned_before_the_first_check_has_run(tmp_path, monkeypatch):
    def broken(_: Grading) -> None:
        raise RuntimeError("no worker")

    monkeypatch.setattr(Grading, "_spec", broken)
    code, report = grade(tmp_path, RIGHT, VOID_EXAMPLE)
    assert (code, report["score"]) == (3, 5)
    assert statuses(report) == {"example": "excused", "values": "not_run"}


@pytest.mark.parametrize(
    ("void", "said"),
    [
        ("conv/hidden/conv1d_value: x", "'conv/hidden/conv1d_value'; did you mean conv/hidden/c"),
        ("conf/hidden/conv1d_values: x", "did you mean conv/hidden/conv1d_values"),
        ("conv1d_values: x", "there is no check 'conv1d_values'; did you mean"),
        ("../x/conv: x", "there is no check '../x/conv'"),
        ("conv/public: x", "there is no check 'conv/public'"),
    ],
)
def test_an_unknown_check_is_one_line_with_the_nearest_and_files_all_the_same(
    tmp_path, capsys, void, said
):
    code, report = grade(tmp_path, RIGHT, f"void = {void}\n")
    err = capsys.readouterr().err
    assert code == 2
    assert "section [grader], key void" in err and said in err
    assert err.count("\n") == 1
    assert [check["status"] for check in report["checks"]] == ["missing", "missing"]


def test_a_check_of_another_suite_may_be_void(tmp_path):
    assert grade(tmp_path, RIGHT, "void = nn/hidden/relu_values: x\n")[0] == 0


def test_the_entries_may_be_written_in_either_way(tmp_path):
    body = """[grader]
void =
    a/hidden/x[1-2] : one: two = three
    # a comment
    a/hidden/y=four
    a/hidden/z: five"""
    (tmp_path / "setup.cfg").write_text(body)
    found = load_settings(None, tmp_path)
    expected = {"x[1-2]": "one: two = three", "y": "four", "z": "five"}
    assert found.void == {f"a/hidden/{name}": reason for name, reason in expected.items()}
    assert found.settings_hash != load_settings(None, tmp_path / "nowhere").settings_hash


def test_a_course_lays_its_own_over_ours(tmp_path):
    course = tmp_path / "course"
    course.mkdir()
    (tmp_path / "setup.cfg").write_text("[grader]\nvoid =\n a/b/c : ours\n a/b/d : ours\n")
    (course / "setup.cfg").write_text("[grader]\nvoid = a/b/c : theirs\n")
    assert load_settings(course, tmp_path).void == {"a/b/c": "theirs", "a/b/d": "ours"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("nn/hidden/relu_values", "should read: check id : reason"),
        ("nn/hidden/relu_values :", "should read: check id : reason"),
        (": reason", "should read: check id : reason"),
        ("two words : reason", "'two words : reason' should read"),
        ("\n a/b/c : x\n a/b/c = y", "'a/b/c' is void twice"),
        ("a/b/c : " + "x" * 501, "at most 500 characters"),
        ("a/b/c : \x1b[31m", "all of them printable"),
    ],
)
def test_a_wrong_entry_is_one_line(tmp_path, value, said):
    (tmp_path / "setup.cfg").write_text(f"[grader]\nvoid = {value}\n")
    with pytest.raises(UsageError) as caught:
        load_settings(None, tmp_path)
    assert "key void" in str(caught.value) and said in str(caught.value)


def test_what_a_void_check_would_have_shown_costs_nothing_above(tmp_path):
    """PARTLY is wrong for three numbers; twice shows it, and is right with the reference below."""
    settings = BELOW["setup.cfg"] + f"void = {VALUES}: {REASON}\n"
    course = write_course(tmp_path / "course", {**BELOW, "setup.cfg": settings})
    (tmp_path / "conv.py").write_text(PARTLY + TWICE + POOL)
    arguments = ["grade", str(tmp_path / "conv.py"), "--course", str(course), "--quiet"]
    assert main([*arguments, "--allow-unsandboxed", "--report", str(tmp_path / "report.json")]) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert {check["function"] for check in report["checks"] if check["with_reference"]} == {
        "conv.twice"
    }
    assert report["score"] == report["max_score"]
