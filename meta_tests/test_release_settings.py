"""`build` refuses what would break a grading, or what a grading would pass over with a note."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader.cli import main
from meta_tests.sample_course import SETTINGS, write_course

VALUES = "conv/hidden/conv1d_values"
HEAD = "student,check,points,reason,by\n"
RIGHT = HEAD + f"ada,{VALUES},1.5,in office hours,J. Doe\n"


def build(folder: Path, settings: str, tables: dict[str, str]) -> int:
    """The exit code of a build of the sample course, with these lines more in its settings."""
    course = write_course(folder / "course", {"setup.cfg": SETTINGS + settings, **tables})
    return main(["build", "--out", str(folder / "dist"), "--course", str(course)])


@pytest.mark.parametrize(
    ("settings", "table", "said"),
    [
        ("void = conv/hidden/nope : x", "", "{}/setup.cfg, section [grader], key void: there is"),
        ("overrides = t.csv", RIGHT + f"bob,{VALUES},99,why,who\n", "{}/t.csv, line 3: 99 points"),
        ("overrides = t.csv", RIGHT.replace("values", "vlaues"), "{}/t.csv, line 2: there is no"),
        ("overrides = t.csv", RIGHT.replace("1.5", "much"), "{}/t.csv, line 2: 'much' is not"),
        ("overrides = t.csv", RIGHT.replace("by\n", "from\n"), "{}/t.csv, line 1: "),
        ("extensions = t.csv", "email,attempts\na@b.c,5\na@b.c,x\n", "{}/t.csv, line 3: attempts"),
        ("extensions = t.csv", "email,due_date\na@b.c,soon\n", "{}/t.csv, line 2: "),
        ("extensions = t.csv", "email,due\na@b.c,2024-03-08\n", "{}/t.csv, line 1: not known: due"),
        ("extensions = t.csv", "who,due_date\n", "{}/t.csv, line 1: no column email or sid"),
    ],
)
def test_what_would_break_a_grading_is_refused(
    tmp_path: Path, capsys: Any, settings: str, table: str, said: str
) -> None:
    assert build(tmp_path, settings + "\n", {"t.csv": table}) == 2
    printed, told = capsys.readouterr()
    assert printed == "" and told.count("\n") == 1
    assert told.startswith("error: " + said.format(tmp_path / "course"))
    assert "used" not in told
    assert list((tmp_path / "dist").iterdir()) == []
    assert not (tmp_path / "course/.grader-secret").exists()


def test_what_a_grading_takes_is_built(tmp_path: Path, capsys: Any) -> None:
    tables = {"o.csv": RIGHT, "e.csv": "email,due_date,attempts\na@b.c,2024-03-08,5\n"}
    settings = f"void = {VALUES} : a wrong value\noverrides = o.csv\nextensions = e.csv\n"
    assert build(tmp_path, settings, tables) == 0
    assert capsys.readouterr().err == ""


def test_students_are_told_of_the_packages_that_they_may_import(tmp_path: Path) -> None:
    assert build(tmp_path, "packages = scipy, pandas[excel]>=2, <3, Matplotlib>=3\n", {}) == 0
    with zipfile.ZipFile(tmp_path / "dist/student.zip") as opened:
        wanted = opened.read("requirements.txt").decode().splitlines()
        readme = opened.read("README.md").decode()
    assert wanted[-2:] == ["scipy", "pandas[excel]>=2,<3"]
    assert "Matplotlib>=3" not in wanted, "it is there already, in one version for each Python"
    assert ", scipy, pandas[excel]>=2,<3.\n`requirements.txt` asks for these" in readme
