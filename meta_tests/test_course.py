"""A course folder with a suite of its own, graded through the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

TEMPLATE = '''"""One function to write."""


def conv1d(x, k):
    """The valid part of the convolution of x (n,) with k (m,): (n - m + 1,)."""
    raise NotImplementedError
'''
REFERENCE = '''"""The reference."""

import numpy as np


def conv1d(x, k):
    """The valid part of the convolution of x (n,) with k (m,): (n - m + 1,)."""
    return np.convolve(x, k, mode="valid")
'''
PUBLIC = '''"""Public checks of conv.py."""

import numpy as np

from tests.helpers import close, marks


@marks("conv.conv1d", gate=True)
def test_conv1d_worked_example(student):
    """conv1d of four numbers with a difference."""
    out = student.conv.conv1d(np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.0, -1.0]))
    close("conv1d([1, 2, 4, 8], [1, -1])", out, [1.0, 2.0, 4.0])
'''
HIDDEN = '''"""Hidden checks of conv.py."""

from grader.suites import Suite
from tests.helpers import ask, close, for_all, marks

SUITE = Suite(name="conv", levels=(("conv1d", "pool"),))


@marks("conv.conv1d", weight=3)
@for_all(cases=4)
def test_conv1d_values(student, draw, reference):
    """conv1d of drawn arrays."""
    x, k = draw.array((draw.integer(4, 7),), -2, 2), draw.array((3,), -2, 2)
    out = yield ask("conv.conv1d", x, k)
    close("conv1d(x, k)", out, reference.conv1d(x, k))


@marks("conv.pool")
def test_pool_is_dropped_by_the_settings(student):
    """pool is there."""
    student.conv.pool([1.0])
'''
SETTINGS = """[grader]
suites = conv
total = 20
points =
    conv.conv1d = 3
    conv.pool = 0
"""
RIGHT = """import numpy as np
def conv1d(x, k):
    n = len(x) - len(k) + 1
    return np.array([np.dot(x[i:i + len(k)], k[::-1]) for i in range(n)])
"""
# right for a kernel of two numbers, and so at the worked example
PARTLY = RIGHT.replace("k[::-1]", "np.append(k[1:], k[0])")
WRONG = RIGHT.replace("[::-1]", "")


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "course"
    files = {
        "conv.py": TEMPLATE,
        "tests/test_conv.py": PUBLIC,
        "grader/checks/test_conv.py": HIDDEN,
        "grader/reference/conv.py": REFERENCE,
        "setup.cfg": SETTINGS,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def graded(course, text, *options):
    """The finished process and the report on a submission whose conv.py is `text`."""
    submission = course.parent / "submission"
    submission.mkdir(exist_ok=True)
    (submission / "conv.py").write_text(text, encoding="utf-8")
    report = course.parent / "report.json"
    files = ["grade", submission, "--course", course, "--report", report]
    command = [sys.executable, "-m", "grader", *map(str, files), "--allow-unsandboxed", *options]
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", check=False
    )
    return done, json.loads(report.read_text()) if report.exists() else None


@pytest.mark.parametrize(
    ("text", "score", "example", "values"),
    [
        (RIGHT, 20, "passed", "passed"),
        (PARTLY, 5, "passed", "failed"),
        (WRONG, 0, "failed", "failed"),
        (TEMPLATE, 0, "not_implemented", "not_implemented"),
    ],
    ids=["right", "partly", "wrong", "stub"],
)
def test_a_suite_of_the_course_is_graded(course, text, score, example, values):
    done, report = graded(course, text)
    assert (done.returncode, done.stderr) == (0, "")
    assert (report["score"], report["max_score"]) == (score, 20)
    assert {check["id"]: check["status"] for check in report["checks"]} == {
        "conv/public/conv1d_worked_example": example,
        "conv/hidden/conv1d_values": values,
    }


def test_fail_under_counts_the_points_of_the_course(course):
    assert graded(course, RIGHT, "--fail-under", "20")[0].returncode == 0
    assert graded(course, PARTLY, "--fail-under", "20")[0].returncode == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('@marks("conv.conv1d", weight=3)\n', "", "needs @marks"),
        ('    """conv1d of drawn arrays."""\n', "", "docstring"),
        ('@marks("conv.conv1d", weight', '@marks("conv.conv2d", weight', "conv.conv2d"),
    ],
    ids=["unmarked", "untitled", "unknown"],
)
def test_a_check_without_its_marks_is_named_with_its_file(course, old, new, said):
    path = course / "grader" / "checks" / "test_conv.py"
    assert old in HIDDEN
    path.write_text(HIDDEN.replace(old, new), encoding="utf-8")
    submission = course.parent / "submission"
    submission.mkdir()
    (submission / "conv.py").write_text(RIGHT, encoding="utf-8")
    command = [sys.executable, "-m", "grader", "grade", str(submission), "--course", str(course)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 2, done.stderr
    assert f"{path}::test_conv1d_values" in done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unreadable_submission_still_gets_a_report_of_the_courses_checks(course):
    report = course.parent / "report.json"
    where = [course.parent / "nowhere", "--course", course, "--report", report]
    command = [sys.executable, "-m", "grader", "grade", *map(str, where), "--allow-unsandboxed"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    checks = json.loads(report.read_text())["checks"]
    assert {check["suite"] for check in checks} == {"conv"}
    assert {check["status"] for check in checks} == {"missing"}
