"""A course folder with a suite of its own, graded through the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from meta_tests.sample_course import FILES, HIDDEN, TEMPLATE, write_course

ROOT = Path(__file__).resolve().parent.parent

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
    return write_course(tmp_path / "course")


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


def test_checks_may_have_fixtures_and_parameters_of_their_own(course):
    extra = """import pytest

from tests.helpers import equal, marks


@pytest.fixture
def kernel():
    return [2.0]


@pytest.fixture
def broken():
    raise RuntimeError("no kernel")


@pytest.fixture
def settings(settings):
    return [settings.total]


@marks("conv.conv1d")
def test_conv1d_of_the_total(student, settings):
    \"\"\"conv1d of the points of everything.\"\"\"
    equal("conv1d([total], [2])", student.conv.conv1d([float(settings[0])], [2.0]), [40.0])


@pytest.fixture
def half(request):
    return request.param / 2


@marks("conv.conv1d")
@pytest.mark.parametrize("half", [6.0, 8.0], indirect=True)
def test_conv1d_of_a_half(student, half):
    \"\"\"conv1d of half a number.\"\"\"
    equal("conv1d([x], [2])", student.conv.conv1d([half], [2.0]), [6.0])


@marks("conv.conv1d")
@pytest.mark.parametrize("x", [3.0, 4.0])
def test_conv1d_of_a_number(student, kernel, x):
    \"\"\"conv1d of a single number.\"\"\"
    equal("conv1d([x], [2])", student.conv.conv1d([x], kernel), [6.0])


@marks("conv.conv1d")
def test_conv1d_without_a_kernel(student, broken):
    \"\"\"conv1d of a kernel that is not there.\"\"\"
"""
    (course / "grader" / "checks" / "test_conv_more.py").write_text(extra, encoding="utf-8")
    done, report = graded(course, RIGHT)
    statuses = {check["id"]: check["status"] for check in report["checks"]}
    assert statuses["conv/hidden/conv1d_of_a_number[3.0]"] == "passed"
    assert statuses["conv/hidden/conv1d_of_a_number[4.0]"] == "failed"
    assert statuses["conv/hidden/conv1d_of_a_half[6.0]"] == "passed"
    assert statuses["conv/hidden/conv1d_of_a_half[8.0]"] == "failed"
    assert statuses["conv/hidden/conv1d_of_the_total"] == "passed"
    assert statuses["conv/hidden/conv1d_values"] == "passed"
    assert statuses["conv/hidden/conv1d_without_a_kernel"] == "grader_error"
    assert done.returncode == 3


LEAVING = ("pytest.skip('no')", "pytest.fail('no')", "raise SystemExit(0)", "raise OSError('no')")


@pytest.mark.parametrize("fixture", ["", ", tmp_name"])
@pytest.mark.parametrize("statement", LEAVING)
def test_a_check_that_leaves_its_own_way_is_a_fault_and_ends_nothing_else(
    course, statement, fixture
):
    extra = f"""import pytest

from tests.helpers import marks


@pytest.fixture
def tmp_name():
    return "x"


@marks("conv.conv1d")
def test_conv1d_that_leaves(student{fixture}):
    \"\"\"It leaves.\"\"\"
    {statement}
"""
    (course / "grader" / "checks" / "test_conv_more.py").write_text(extra, encoding="utf-8")
    done, report = graded(course, RIGHT)
    statuses = {check["id"]: check["status"] for check in report["checks"]}
    assert statuses.pop("conv/hidden/conv1d_that_leaves") == "grader_error"
    assert set(statuses.values()) == {"passed"}
    assert report["provisional"] and done.returncode == 3
    assert "Traceback" not in done.stderr


def test_parameters_are_a_checks_own(course):
    """Named like what we give; changed by the check, which no other grading may see."""
    extra = """import pytest

from tests.helpers import equal, marks

KERNEL = [2.0]


@marks("conv.conv1d")
@pytest.mark.parametrize("settings", [KERNEL])
def test_conv1d_by_settings(student, settings):
    \"\"\"conv1d of a parameter.\"\"\"
    equal("conv1d([3], [2])", student.conv.conv1d([3.0], settings), [6.0])
    settings[0] = 5.0


@marks("conv.conv1d")
def test_conv1d_kernel_is_kept(student):
    \"\"\"The kernel is what it was.\"\"\"
    equal("KERNEL", KERNEL, [2.0])
"""
    (course / "grader" / "checks" / "test_conv_more.py").write_text(extra, encoding="utf-8")
    _, report = graded(course, RIGHT)
    assert {check["status"] for check in report["checks"]} == {"passed"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "async def test_x(student):\n    'A title.'\n",
            "test_conv_more.py::test_x: a check cannot be async, nothing would run it",
        ),
        (
            "@pytest.mark.parametrize('student', [1])\ndef test_x(student):\n    'A title.'\n",
            "test_conv_more.py::test_x[1]: student is the submission and no parameter",
        ),
        (
            "def test_x(student):\n    'A title.'\n\n\n"
            "@marks('conv.conv1d')\ndef test_x(student):\n    'Another.'\n",
            "test_conv_more.py: 2 checks are called test_x, the last alone would run",
        ),
        (
            "def test_x(student):\n    'A title.'\n    yield\n",
            "test_conv_more.py cannot be collected: 'yield' keyword is allowed in fixtures",
        ),
    ],
    ids=["async", "student", "twins", "generator"],
)
def test_a_check_that_could_not_run_as_written_is_refused(course, code, said):
    head = "import pytest\nfrom tests.helpers import marks\n\n\n@marks('conv.conv1d')\n"
    (course / "grader" / "checks" / "test_conv_more.py").write_text(head + code, "utf-8")
    done, _ = graded(course, RIGHT)
    assert done.returncode in (2, 3)
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_checks_may_go_on_in_another_file(course):
    extra = """from tests.helpers import equal, marks


@marks("conv.conv1d")
def test_conv1d_of_nothing(student):
    \"\"\"conv1d of a single number.\"\"\"
    equal("conv1d([3], [2])", student.conv.conv1d([3.0], [2.0]), [6.0])
"""
    (course / "grader" / "checks" / "test_conv_more.py").write_text(extra, encoding="utf-8")
    _, report = graded(course, RIGHT)
    statuses = {check["id"]: check["status"] for check in report["checks"]}
    assert statuses["conv/hidden/conv1d_of_nothing"] == "passed"
    assert len(statuses) == 3


TWICE = """

def twice(x, k):
    return 2.0 * np.array(conv1d(x, k))
"""
POOL = """

def pool(x):
    return [max(x)]
"""
TWICE_CHECK = """

@marks("conv.twice", gate=True)
@for_all(cases=2)
def test_twice_values(student, draw, reference):
    \"\"\"Twice the convolution with three numbers.\"\"\"
    x, k = draw.array((6,), -2, 2), draw.array((3,), -2, 2)
    close("twice(x, k)", (yield ask("conv.twice", x, k)), reference.twice(x, k))
"""
BELOW = {
    "grader/reference/conv.py": FILES["grader/reference/conv.py"] + TWICE + POOL,
    "setup.cfg": FILES["setup.cfg"].replace("conv.pool = 0", "conv.pool = 1\n    conv.twice = 1"),
    "grader/checks/test_conv.py": HIDDEN.replace(
        '(("conv1d", "pool"),)', '(("conv1d", "pool"), ("twice",))'
    )
    + TWICE_CHECK,
}


@pytest.mark.parametrize(
    ("size", "lost"),
    [("(3,), -2", {"conv.conv1d"}), ("(2,), -2", {"conv.twice"})],
    ids=["by the function below", "by the one that shows it"],
)
def test_a_mistake_below_is_paid_for_once(course, size, lost):
    """PARTLY is wrong for three numbers: where no check of its own shows it, one above does."""
    checks = BELOW["grader/checks/test_conv.py"].replace("(3,), -2", size, 1)
    write_course(course, {**BELOW, "grader/checks/test_conv.py": checks})
    _, report = graded(course, PARTLY + TWICE + POOL)
    ends = {(check["function"], check["status"]) for check in report["checks"]}
    assert {function for function, status in ends if status != "passed"} == lost


def test_a_check_alone_does_not_know_what_is_right_below(course):
    write_course(course, BELOW)
    _, report = graded(course, PARTLY + TWICE, "--check", "conv/hidden/twice_values")
    (check,) = report["checks"]
    assert (check["status"], check["with_reference"]) == ("passed", True)


def test_an_id_in_full_means_one_check(course):
    more = HIDDEN + TWICE_CHECK.replace("twice", "conv1d").replace(
        "conv1d_values", "conv1d_values_too"
    )
    write_course(course, {"grader/checks/test_conv.py": more})
    _, report = graded(course, RIGHT, "--check", "conv/hidden/conv1d_values")
    assert [check["id"] for check in report["checks"]] == ["conv/hidden/conv1d_values"]
    _, report = graded(course, RIGHT, "--check", "conv/hidden/conv1d_val")
    assert len(report["checks"]) == 2


def test_a_further_file_of_checks_is_no_suite(course):
    (course / "grader" / "checks" / "test_conv_more.py").write_text("", encoding="utf-8")
    done, _ = graded(course, RIGHT, "--suite", "conv_more")
    assert done.returncode == 2
    assert "conv_more" in done.stderr and "--suite" in done.stderr


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
