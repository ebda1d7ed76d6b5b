"""The command in a container: whatever is there, results.json is valid and says what happened."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import grader.gradescope.run
from grader.cli import main
from grader.config import load_settings
from grader.gradescope import alarm
from grader.gradescope.machine import ONE_THREAD, Machine
from grader.results import Outcome, Status
from meta_tests.sample_course import SETTINGS, write_course
from meta_tests.sample_reports import broken, fresh, perfect, typical

ROOT = Path(__file__).resolve().parent.parent
RIGHT = """import numpy as np
def conv1d(x, k):
    return np.array([x[i:i + len(k)] @ k[::-1] for i in range(len(x) - len(k) + 1)])
"""
DUE = "2024-03-01T23:59:00Z"


class Container:
    """A folder that is laid out like the platform's, and a course."""

    def __init__(self, folder: Path) -> None:
        self.root, self.course = folder / "autograder", folder / "course"
        (self.root / "submission").mkdir(parents=True)
        write_course(self.course)

    def hand_in(self, text: str | bytes, name: str = "conv.py") -> None:
        data = text if isinstance(text, bytes) else text.encode()
        (self.root / "submission" / name).write_bytes(data)

    def configure(self, text: str) -> None:
        (self.course / "setup.cfg").write_text(f"{SETTINGS}{text}\n")

    def tell(self, **metadata: Any) -> None:
        told = {"created_at": DUE, "assignment": {"due_date": DUE}} | metadata
        (self.root / "submission_metadata.json").write_text(json.dumps(told))

    def arguments(self) -> list[str]:
        return ["gradescope", "--root", str(self.root), "--course", str(self.course)]

    def run(self) -> int:
        return main(self.arguments())

    @property
    def results(self) -> dict[str, Any]:
        found = json.loads((self.root / "results" / "results.json").read_text("utf-8"))
        assert "score" in found
        return found

    def statuses(self) -> set[str]:
        rows = self.results["tests"]
        return {status for row in rows for status in row["extra_data"]["checks"].values()}


@pytest.fixture
def container(tmp_path, monkeypatch):
    for name in ONE_THREAD:
        monkeypatch.setenv(name, "1")
    return Container(tmp_path)


@pytest.fixture
def grading(monkeypatch):
    """A session that grades nothing: its report, and what it does before and after an update."""
    fake = SimpleNamespace(report=perfect(), act=lambda: None, settings=None, before=None)

    def grade(submission, settings, how, *, on_update: Callable[..., None], **_: Any):
        fake.settings = settings
        meta = fake.report.meta
        fake.report.meta = replace(meta, settings_hash=settings.settings_hash)
        if fake.before:
            fake.before()
        on_update(fake.report)
        fake.act()
        return fake.report

    monkeypatch.setattr(grader.gradescope.run, "grade", grade)
    return fake


# graded


def overridden(container: Container, check: str, points: str = "25%") -> dict[str, Any]:
    """The results of a stub, whose student has points set by hand."""
    line = f"ada@example.org,{check},{points},the paper was right,J. Doe"
    (container.course / "overrides.csv").write_text(f"student,check,points,reason,by\n{line}\n")
    container.configure("overrides = overrides.csv")
    container.hand_in(RIGHT.replace("[::-1]", ""))
    container.tell(users=[{"email": "Ada@Example.org", "id": 7, "name": "Ada", "sid": "7"}])
    container.run()
    return container.results


def test_points_set_by_hand_are_those_of_the_students_in_the_metadata(container):
    results = overridden(container, "conv/hidden/conv1d_values")
    assert results["score"] == 3.75
    assert "Set by hand to 3.75 of 15 points" in results["tests"][0]["output"]


@pytest.mark.parametrize(
    ("check", "points"), [("conv/hidden/conv1d_value", "25%"), ("conv/hidden/conv1d_values", "99")]
)
def test_broken_overrides_are_told_and_the_submission_is_graded(container, capsys, check, points):
    assert overridden(container, check, points)["score"] == 0
    assert container.statuses() == {"failed"}
    assert "instructor: No points are set by hand: " in capsys.readouterr().out


def test_a_submission_is_graded_as_a_process_of_its_own(container):
    container.hand_in(RIGHT)
    command = [sys.executable, "-m", "grader", *container.arguments()]
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (container.results["score"], container.statuses()) == (20.0, {"passed"})
    assert "score 20 of 20" in done.stdout
    report = json.loads((container.root / "results" / "report.json").read_text())
    assert report["score"] == 20
    assert sorted(os.listdir(container.root / "results")) == ["report.json", "results.json"]


def test_the_score_has_the_late_penalty_taken_off_and_the_report_has_not(container):
    container.hand_in(RIGHT)
    container.configure("late_penalty = 10% per day")
    container.tell(created_at="2024-03-03T12:00:00Z")
    assert container.run() == 0
    results = container.results
    assert (results["score"], results["extra_data"]["raw_score"]) == (16.0, 20.0)
    assert "20 points earned, 4 taken off for being late: 16 of 20." in results["output"]
    assert json.loads((container.root / "results" / "report.json").read_text())["score"] == 20


def test_over_the_limit_earlier_results_are_handed_back_ungraded(container, grading, capsys):
    def never() -> None:
        raise AssertionError("it was graded")

    grading.before = never
    container.configure("submission_limit = 1 per 24h")
    old = {"score": 7.5, "output": "old", "tests": [{"name": "x", "score": 7.5}]}
    earlier = {"submission_time": "2024-03-01T20:00:00Z", "score": 7.5, "results": old}
    container.tell(previous_submissions=[earlier])
    assert container.run() == 0
    assert (container.results["score"], container.results["tests"]) == (7.5, old["tests"])
    assert container.results["output"].startswith("This submission was not graded: the limit is 1")
    assert "was not graded" in capsys.readouterr().out


def test_over_the_limit_without_earlier_results_it_is_graded(container, grading, capsys):
    container.configure("submission_limit = 1 per 24h")
    container.tell(previous_submissions=[{"submission_time": "2024-03-01T20:00:00Z"}])
    assert container.run() == 0
    assert container.results["score"] == 100
    assert "no earlier results: it is graded" in capsys.readouterr().out


def test_presets_reach_the_file(container, grading):
    container.configure("feedback = exam\nrows = check\nhints = never")
    grading.report = typical()
    assert container.run() == 0
    rows = container.results["tests"]
    assert len(rows) == len(typical().specs)
    assert {row["visibility"] for row in rows} == {"visible", "after_published"}
    assert not any("→" in row["output"] for row in rows)


def test_the_settings_hash_is_that_of_the_settings_as_written(container, grading, monkeypatch):
    machine = Machine(cpus=0.25, memory_mb=512)
    monkeypatch.setattr(grader.gradescope.run, "read_machine", lambda: machine)
    assert container.run() == 0
    assert grading.settings.limits.total_seconds == 120
    assert grading.settings.limits.memory_mb == 128
    small = container.results["extra_data"]
    monkeypatch.setattr(grader.gradescope.run, "read_machine", Machine)
    assert container.run() == 0
    assert grading.settings.limits.total_seconds == 240
    written = load_settings(container.course, ROOT).settings_hash
    assert small["settings_hash"] == container.results["extra_data"]["settings_hash"] == written
    assert any("Limits lowered" in note for note in small["instructor_notes"])


def test_below_level_full_the_first_note_says_so(container, grading, capsys):
    grading.report = broken()
    container.run()
    note = container.results["extra_data"]["instructor_notes"][0]
    assert note.startswith("The sandbox is at level none: Landlock: this kernel does not have it.")
    assert note in capsys.readouterr().out


# from the first second to a sudden end


def test_results_are_valid_before_anything_is_imported_for_grading(container, grading):
    seen = []
    grading.before = lambda: seen.append(container.results)
    assert container.run() == 0
    assert (seen[0]["score"], seen[0]["tests"]) == (0, [])
    assert "Grading has begun" in seen[0]["output"]


def half_done():
    """A report of which one check has run."""
    report = fresh()
    report.record(report.specs[0].id, Outcome(Status.passed))
    return report


def test_at_the_deadline_what_has_not_run_says_so(container, grading, capsys):
    grading.report = half_done()
    grading.act = lambda: os.kill(os.getpid(), signal.SIGALRM)
    assert container.run() == 0
    results = container.results
    assert container.statuses() == {"passed", "not_run"}
    said = "Grading reached its limit of 9 minutes"
    assert f"{said} after 1 of {len(fresh().specs)} checks." in results["output"]
    assert said in results["tests"][-1]["output"]
    assert said in capsys.readouterr().out


def test_a_deadline_that_nobody_heard_rings_again(monkeypatch):
    monkeypatch.setattr(alarm, "AGAIN", 0.01)
    with pytest.raises(alarm.TimeUp), alarm.Alarm(0.01):
        with suppress(alarm.TimeUp):
            select.select([], [], [], 10)
        select.select([], [], [], 10)


def test_a_deadline_before_the_first_check_gives_every_check_an_outcome(container, grading):
    grading.before = lambda: os.kill(os.getpid(), signal.SIGALRM)
    assert container.run() == 0
    assert container.statuses() == {"not_run"}
    assert container.results["extra_data"]["instructor_notes"]


def test_told_to_stop_what_is_known_is_written(container, grading):
    grading.report = half_done()
    grading.act = lambda: os.kill(os.getpid(), signal.SIGTERM)
    assert container.run() == 128 + signal.SIGTERM
    assert container.statuses() == {"passed", "not_run"}
    assert "Grading ended early" in container.results["output"]


def test_a_fault_of_the_graders_own_leaves_valid_results(container, grading, capsys):
    def fault() -> None:
        raise RuntimeError("a bug")

    grading.before = fault
    assert container.run() == 3
    assert "no fault of the submission" in container.results["output"]
    assert "a bug" in capsys.readouterr().err


# bad input


def nothing(_: Container) -> None:
    pass


def no_folder(container: Container) -> None:
    (container.root / "submission").rmdir()


def a_file_for_a_folder(container: Container) -> None:
    no_folder(container)
    (container.root / "submission").write_bytes(b"\0" * 5000)


def other_files(container: Container) -> None:
    container.hand_in("x", "report.pdf")


def enormous(container: Container) -> None:
    with (container.root / "submission" / "conv.py").open("wb") as file:
        file.truncate(3 << 30)


def binary(container: Container) -> None:
    container.hand_in(bytes(range(256)) * 40)


def many_files(container: Container) -> None:
    for i in range(1500):
        container.hand_in(b"", f"part{i}.py")


def a_loop_of_links(container: Container) -> None:
    (container.root / "submission" / "conv.py").symlink_to("conv.py")


@pytest.mark.parametrize(
    "prepare",
    [nothing, no_folder, a_file_for_a_folder, other_files, enormous, binary, many_files]
    + [a_loop_of_links],
)
def test_whatever_was_handed_in_every_check_has_an_outcome_and_a_line(container, prepare, capfd):
    prepare(container)
    (container.root / "submission_metadata.json").write_text("{no JSON")
    container.configure("late_penalty = 10% per day")
    assert container.run() == 0
    assert container.results["score"] == 0
    assert container.statuses() <= {"missing", "crashed"}
    assert "conv" in container.results["output"]
    assert str(container.root) not in container.results["output"]
    out, err = capfd.readouterr()
    assert "submission_metadata.json is not JSON" in out
    assert "Traceback" not in out + err


def test_broken_settings_leave_valid_results_and_one_line(container, capsys):
    container.configure("late_penalty = lots")
    assert container.run() == 2
    assert "no fault of the submission" in container.results["output"]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and "key late_penalty: 'lots'" in lines[0]


@pytest.mark.parametrize("name", ["results", "results/results.json"])
def test_where_no_results_can_be_written_one_line_says_so(container, name, capsys):
    path = container.root / name
    if name == "results":
        path.write_text("a file")
    else:
        path.mkdir(parents=True)
    assert container.run() == 2
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: cannot ")


def test_a_disk_that_fills_up_is_one_line(container, grading, capsys):
    def replaced() -> None:
        shutil.rmtree(container.root / "results")

    grading.act = replaced
    assert container.run() == 2
    assert "error: cannot write" in capsys.readouterr().out


def test_where_no_report_can_be_written_it_is_graded_and_told(container, grading, capsys):
    (container.root / "results" / "report.json").mkdir(parents=True)
    assert container.run() == 0
    assert container.results["score"] == 100
    (note,) = [n for n in container.results["extra_data"]["instructor_notes"] if "report" in n]
    assert note.startswith("No report.json: cannot write ") and "it is a folder" in note
    assert capsys.readouterr().out.count(note) == 1


@pytest.mark.parametrize("body", ["", "late_penalty = lots"])
def test_whatever_happens_the_times_of_ungraded_submissions_are_kept(container, grading, body):
    seen = []
    grading.before = lambda: seen.append(container.results)
    container.configure(body)
    at = "2024-03-01T20:00:00+00:00"
    results = {"score": 0, "extra_data": {"graded": False}}
    container.tell(previous_submissions=[{"submission_time": at, "results": results}])
    container.run()
    for found in (*seen, container.results):
        assert found["extra_data"]["ungraded_attempts"] == [at]
    assert [found["extra_data"]["graded"] for found in seen] == [False] * (not body)
    assert container.results["extra_data"]["graded"] == (not body)
