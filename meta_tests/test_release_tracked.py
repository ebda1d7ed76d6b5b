"""`build` in a git clone: what git does not know is left out, or stops the build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from grader.cli import main
from grader.release import tracked
from meta_tests.sample_course import write_course

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("grader", "tests", "data", "constraints")
FILES = ("setup.cfg", "LICENSE", "solution.py", "nn.py", "hw_mlp.py")
JUNK = ("data/answers.csv", "data/mine.py", "data/notes.txt", "tests/helpers/old.py")
SEED = "0123456789abcdef0123456789abcdef"
ZIPS = ("student.zip", "autograder.zip")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What is built from, in a repository that knows all of it."""
    folder = tmp_path / "clone"
    folder.mkdir()
    clean = shutil.ignore_patterns("__pycache__", "downloads")
    for name in PARTS:
        shutil.copytree(ROOT / name, folder / name, ignore=clean)
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    return folder


def build(clone: Path) -> tuple[subprocess.CompletedProcess[str], dict[str, bytes]]:
    """What the command says there, and the zips that it makes."""
    out = clone.parent / "dist"
    (clone.parent / "seed").write_text(SEED)
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "GIT_DIR": "/nowhere"}
    command = [sys.executable, "-m", "grader", "build", "--out", out, "--seed-file", "../seed"]
    done = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True)
    return done, {name: (out / name).read_bytes() for name in ZIPS if (out / name).exists()}


def litter(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).write_text("junk\n")


def test_the_same_commit_gives_the_same_bytes_among_whatever_lies_there(clone: Path) -> None:
    done, clean = build(clone)
    assert (done.returncode, done.stderr) == (0, "") and "Left out" not in done.stdout
    litter(clone, JUNK)
    done, again = build(clone)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Left out: {', '.join(JUNK)} (of no kind" in done.stdout
    assert again == clean


@pytest.mark.parametrize(
    "name", ["grader/old.py", "grader/checks/test_nn_old.py", "tests/test_nn_old.py"]
)
def test_what_grades_and_git_does_not_know_stops_the_build(clone: Path, name: str) -> None:
    litter(clone, [name])
    (clone / name).write_text('"""grader-secret"""\n' if "checks" in name else '"""Old."""\n')
    done, made = build(clone)
    assert (done.returncode, done.stdout, made) == (2, "", {})
    assert done.stderr.startswith(f"error: git does not know {name}: ")
    assert done.stderr.count("\n") == 1


def test_a_course_that_git_knows_in_part_is_asked_for_the_rest(tmp_path: Path, capsys: Any) -> None:
    course = write_course(tmp_path / "course", {"data/kept.csv": "1", "data/mine.csv": "2"})
    options = ["build", "--out", str(tmp_path / "dist"), "--course", str(course)]
    git(course, "init", "-q")
    assert main(options) == 0
    assert "Left out" not in capsys.readouterr().out, "git was told of none"
    git(course, "add", "data/kept.csv", "conv.py", "tests", "grader/checks")
    assert main(options) == 2
    told = capsys.readouterr().err
    assert "git does not know grader/" in told and "reference/conv.py" in told
    git(course, "add", "grader")
    assert main(options) == 0
    assert "Left out: data/mine.csv (" in capsys.readouterr().out


def test_without_git_there_are_the_rules_alone(tmp_path: Path, monkeypatch: Any) -> None:
    litter(tmp_path, ["a.py", "b.py"])
    found = {name: tmp_path / name for name in ("a.py", "b.py")}
    assert tracked.strangers(found) == []
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "a.py")
    assert tracked.strangers(found) == ["b.py"]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tracked.strangers(found) == []
