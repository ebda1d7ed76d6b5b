"""overrides.csv: points set by hand, for whom, and whatever can be wrong in the file."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.cli import main
from grader.errors import GraderError, UsageError
from grader.regrade import overrides
from grader.regrade.known import KnownChecks
from grader.regrade.overrides import Overrides, for_students, read
from grader.results import Outcome, Override, Status
from grader.suites import Layout
from meta_tests.sample_course import SETTINGS, write_course
from meta_tests.sample_reports import broken, perfect, typical
from meta_tests.test_course import PARTLY, RIGHT

HEAD = "student,check,points,reason,by\n"
EXAMPLE, VALUES = "conv/public/conv1d_worked_example", "conv/hidden/conv1d_values"
RELU = "nn/public/relu_0"


def table(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "overrides.csv"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def grade(
    folder: Path, lines: list[str], *options: str, text: str | None = PARTLY, settings: str = ""
) -> tuple[int, dict[str, Any]]:
    """Exit code and report on a conv.py handed in as "Ada.zip" by ada@example.edu, 2023."""
    settings = SETTINGS + "overrides = overrides.csv\n" + settings
    course = write_course(folder / "course", {"setup.cfg": settings})
    table(course, *lines)
    hand_in = folder / "Ada"
    hand_in.mkdir(exist_ok=True)
    if text is not None:
        (hand_in / "conv.py").write_text(text)
    report = folder / "report.json"
    arguments = ["grade", str(hand_in), "--course", str(course), "--allow-unsandboxed", *options]
    files = ["--report", str(report), "--json", str(folder / "results.json")]
    code = main([*arguments, *files, "--student", "ada@example.edu", "--student", "2023"])
    return code, json.loads(report.read_text())


# from the command line to the report


@pytest.mark.parametrize("student", ["ada@example.edu", " ADA@Example.edu ", "2023", "ada"])
def test_points_are_set_for_whoever_is_named(tmp_path, capsys, student):
    row = f"{student},{VALUES},7.25,accepted in office hours,J. Doe"
    code, report = grade(tmp_path, [row, f"eve@example.edu,{EXAMPLE},0,copied,J. Doe"])
    assert (code, report["score"], report["max_score"]) == (0, 12.25, 20)
    check = next(check for check in report["checks"] if check["id"] == VALUES)
    assert (check["status"], check["score"], check["max_score"]) == ("failed", 7.25, 15)
    assert check["override"] == {
        "points": "29/4",
        "reason": "accepted in office hours",
        "by": "J. Doe",
        "instead_of": 0,
    }
    said = "Set by hand to 7.25 of 15 points, instead of 0: accepted in office hours (J. Doe)"
    assert said in " ".join(capsys.readouterr().out.split())
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["score"] == 12.25
    assert said in "\n".join(row["output"] for row in results["tests"])


def test_points_are_the_same_at_every_grading_and_may_be_less_than_earned(tmp_path):
    rows = [f"ada,{EXAMPLE},0,copied from the board,J. Doe"]
    first, second = grade(tmp_path, rows), grade(tmp_path, rows)
    assert first[1]["score"] == second[1]["score"] == 0
    assert grade(tmp_path, rows, text=RIGHT)[1]["score"] == 15


def test_a_part_of_the_maximum_is_set_in_per_cent(tmp_path):
    assert grade(tmp_path, [f"ada,{VALUES},33%,x,y"])[1]["score"] == 5 + 4.95
    assert grade(tmp_path, [f"ada,{VALUES},100 %,x,y"])[1]["score"] == 20


def test_who_has_handed_in_nothing_can_be_given_points(tmp_path):
    code, report = grade(tmp_path, [f"ada,{VALUES},3,on paper,J. Doe"], text=None)
    assert (code, report["score"]) == (2, 3)


def test_a_void_check_is_earned_by_everyone_whatever_was_set(tmp_path):
    rows = [f"ada,{VALUES},3,x,y", f"ada,{EXAMPLE},1,x,y"]
    code, report = grade(tmp_path, rows, "--show-hidden", settings=f"void = {VALUES} : broken\n")
    assert (code, report["score"]) == (0, 16)
    assert "overrides.csv, line 2: conv/hidden/conv1d_values is void" in str(
        report["instructor_notes"]
    )


def test_a_part_of_the_checks_has_other_points_so_that_none_are_set(tmp_path, capsys):
    code, report = grade(tmp_path, [f"ada,{EXAMPLE},0,x,y"], "--check", EXAMPLE)
    assert (code, report["score"]) == (0, 20)
    assert "overrides are left aside" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"eve,{VALUES},15.01,x,y", "line 3: 15.01 points for conv/hidden/conv1d_values, which ha"),
        ("eve,conv/hidden/conv1d_value,1,x,y", "line 3: there is no check 'conv/hidden/conv1d_val"),
        (f"eve,{VALUES},much,x,y", "line 3: 'much' is not a number of points"),
    ],
)
def test_a_mistake_in_anyones_row_is_one_line_and_exit_2(tmp_path, capsys, row, said):
    code, report = grade(tmp_path, [f"ada,{EXAMPLE},1,x,y", row])
    err = capsys.readouterr().err
    assert code == 2
    assert said in err and err.count("\n") == 1
    assert [check["status"] for check in report["checks"]] == ["missing", "missing"]


def test_a_check_of_another_suite_or_one_that_is_dropped_is_passed_over(tmp_path):
    rows = [
        "ada,nn/hidden/relu_values,1,x,y",
        "ada,conv/hidden/pool_is_dropped_by_the_settings,1,x,y",
    ]
    assert grade(tmp_path, rows)[0] == 0


def test_a_setting_that_names_no_file_is_one_line(tmp_path, capsys):
    course = write_course(tmp_path / "course", {"setup.cfg": SETTINGS + "overrides = o.csv\n"})
    assert main(["grade", str(tmp_path), "--course", str(course)]) == 2
    assert "key overrides: there is no file" in capsys.readouterr().err


# the report


def test_points_set_by_hand_change_one_check_alone():
    report = typical()
    before, maxima = report.check_scores(), report.check_max_scores()
    gate = "solution/hidden/backward_1"  # shut, and two checks have passed in vain
    report.override(gate, Override(maxima[gate], "x", "y"))
    assert {i: s for i, s in report.check_scores().items() if s != before[i]} == {
        gate: maxima[gate]
    }
    assert report.written_score == sum(before.values()) + maxima[gate]
    assert report.check_max_scores() == maxima
    assert report.outcomes[gate].status is Status.failed


def test_a_check_set_by_hand_is_not_said_to_earn_nothing():
    report = typical()
    in_vain = next(iter(report.gate_notes()))
    report.override(in_vain, Override(Fraction(0), "x", "y"))
    assert in_vain not in report.gate_notes()


def test_what_was_decided_by_hand_is_no_longer_provisional():
    report = broken()
    found = [report.provisional]
    report.override("solution/public/relu_2", Override(Fraction(0), "x", "y"))
    found.append(report.provisional)
    report.record("solution/public/relu_0", Outcome(Status.grader_error))
    found.append(report.provisional)
    assert found == [True, False, True]


@pytest.mark.parametrize("points", ["1/3", "-1/100", "1000"])
def test_no_other_points_can_be_set(points):
    with pytest.raises(GraderError):
        perfect().override(RELU, Override(Fraction(points), "x", "y"))
    with pytest.raises(GraderError):
        perfect().override("nowhere", Override(Fraction(0), "x", "y"))


# for whom


def test_a_group_has_the_rows_of_all_its_members(tmp_path):
    rows = read(table(tmp_path, "ada,a/b/c,1,x,y", "bob,a/b/d,2,x,y", "eve,a/b/c,0,x,y"))
    found = for_students(rows, ["Bob", "ADA", "", "nobody"])
    assert {check: row.points for check, row in found.items()} == {"a/b/c": 1, "a/b/d": 2}
    with pytest.raises(UsageError, match=r"lines 2 and 4: both are for one submission's a/b/c"):
        for_students(rows, ["ada", "eve"])
    assert for_students(rows, []) == {}


@pytest.mark.parametrize("name", ["ada", "ada.zip", "ada.tar.gz", "ADA.ZIP"])
def test_a_submission_is_known_by_its_name(tmp_path, name):
    report = perfect()
    report.meta = replace(report.meta, submission=name)
    path = table(tmp_path, f"Ada,{RELU},0,x,y")
    known = KnownChecks(report.outcomes, {"nn", "solution", "hw_mlp"}, Layout())
    overrides.load(path, ()).apply(report, known)
    assert set(report.overrides) == {RELU}


def test_no_file_sets_nothing():
    assert overrides.load(None, ["ada"]) == Overrides()


# the file


@pytest.mark.parametrize(
    "data",
    [
        (HEAD + "é,a/b/c,1.5,because,y\n").encode(),
        (HEAD + "é,a/b/c,1.5,because,y").encode("utf-8-sig"),
        (HEAD + "é,a/b/c,1.5,because,y\n").encode("utf-16"),
        (HEAD + "é,a/b/c,1.5,because,y\n").replace("\n", "\r\n").encode(),
        (HEAD + "é,a/b/c,1.5,because,y\n").replace("\n", "\r").encode(),
        (HEAD + "é,a/b/c,1.5,because,y\n").replace(",", ";").encode(),
        (HEAD + "é,a/b/c,1.5,because,y\n").replace(",", "\t").encode(),
        (HEAD.replace(",", ";") + "é;a/b/c;1,5;because;y\n").encode(),
        (HEAD + 'é,a/b/c,"1,50",because,y\n').encode(),
        ("By , CHECK,date,points,reason,Student,\ny,a/b/c,today,1.5,because,é,\n").encode(),
        ("# by hand\n\n" + HEAD + ",,,,\n#,x\n\né,a/b/c,1.5,because,y,,\n").encode(),
        (HEAD + '"é","a/b/c","1.5","because","y"\n').encode(),
    ],
)
def test_whatever_a_spreadsheet_makes_of_it_is_read(tmp_path, data):
    path = tmp_path / "o.csv"
    path.write_bytes(data)
    (row,) = read(path)
    assert (row.student, row.check, row.points, row.relative) == (
        "é",
        "a/b/c",
        Fraction(3, 2),
        False,
    )
    assert (row.reason, row.by) == ("because", "y")


def test_formulas_and_control_characters_are_text(tmp_path):
    row = 'ada,a/b/c,1,"=HYPERLINK(""http://e"")\n \x1b[31m@SUM\u202e",-2+3'
    (found,) = read(table(tmp_path, row))
    assert found.reason == '=HYPERLINK("http://e") \\x1b[31m@SUM\\u202e'
    assert found.by == "-2+3"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["ada,a/b/c,-1,x,y"], "line 2: '-1' is not a number of points"),
        (["ada,a/b/c,1.005,x,y"], "line 2: '1.005'"),
        (["ada,a/b/c,1e3,x,y"], "line 2: '1e3'"),
        (["ada,a/b/c,101%,x,y"], "line 2: '101%'"),
        (["ada,a/b/c,=1+1,x,y"], "line 2: '=1+1'"),
        (["ada,a/b/c,,x,y"], "line 2: points is empty"),
        (["ada,a/b/c,1,,y"], "line 2: reason is empty"),
        (["ada,a/b/c,1,x"], "line 2: by is empty"),
        ([",a/b/c,1,x,y"], "line 2: student is empty"),
        (["ada,a/b/c,1,x,y,z"], "line 2: 6 cells, but 5 columns"),
        (
            ["ada,a/b/c,1,x,y", "", "ADA,a/b/c,2,x,y"],
            "line 4: a/b/c of 'ADA' is set in line 2, too",
        ),
        (['ada,a/b/c,1,"two\nlines",y', "bob,a/b/c,,x,y"], "line 4: points is empty"),
        (['ada,a/b/c,1,"x,y'], "line 2: unexpected end of data"),
        (["ada,a/b/c,1,x\0,y"], "line 2"),
        (["ada,a/b/c,1," + "x" * 200_000 + ",y"], "line 2: field larger than"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, rows, said):
    path = table(tmp_path, *rows)
    with pytest.raises(UsageError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}, ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", "is empty; its first line names the columns student, check, points"),
        (
            "student,chekc,points,reason,by",
            "line 1: there is no column 'check'; did you mean chekc",
        ),
        ("student,check,points,reason,by,by", "line 1: there are two columns by"),
        ("ada,a/b/c,1,x,y", "line 1: there is no column 'student'"),
    ],
)
def test_a_head_that_is_none_is_named(tmp_path, head, said):
    path = tmp_path / "o.csv"
    path.write_text(head)
    with pytest.raises(UsageError) as caught:
        read(path)
    assert said in str(caught.value)


def test_what_cannot_be_read_at_all_is_one_line(tmp_path):
    path = tmp_path / "o.csv"
    path.write_bytes(HEAD.encode() + b"ada,a/b/c,1,caf\xe9,y\n")
    with pytest.raises(UsageError, match="line 2: not valid UTF-8: byte 0xe9; save it as CSV UTF"):
        read(path)
    path.write_bytes(b"x" * (5 << 20))
    with pytest.raises(UsageError, match="more than 4,194,304 bytes"):
        read(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path)


@given(st.binary(max_size=200), st.booleans(), st.sampled_from(["", "utf-16", "utf-8-sig"]))
def test_any_bytes_are_rows_or_one_line(tmp_path_factory, data, headed, encoding):
    path = tmp_path_factory.mktemp("any") / "o.csv"
    start = HEAD.encode(encoding or "utf-8") if headed else encoding.encode()
    path.write_bytes(start + data)
    try:
        rows = read(path)
    except UsageError as error:
        assert str(error).isprintable()
        return
    assert all(row.points >= 0 and row.reason.isprintable() and row.by for row in rows)
