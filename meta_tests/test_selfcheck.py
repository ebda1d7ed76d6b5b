"""`selfcheck` through the command line: on our own suites, and on courses in which something is
wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from grader.config import Settings
from grader.parallel import Job, graded
from grader.results import Status
from grader.selfcheck.entered import Entered, changes
from grader.selfcheck.subjects import Subjects
from grader.suites import Layout
from meta_tests.sample_course import (
    BANK,
    HIDDEN,
    PUBLIC,
    REFERENCE,
    SETTINGS,
    write_course,
)

ROOT = Path(__file__).resolve().parent.parent
CHECKS, KNOWN = "grader/checks/test_conv.py", "grader/misconceptions/conv.py"
WHERE = 'np.convolve(x, k, mode="valid")'
POOLED = {
    "setup.cfg": SETTINGS.replace("conv.pool = 0", "conv.pool = 1"),
    "grader/reference/conv.py": REFERENCE + "\n\ndef pool(x):\n    return [max(x)]\n",
    CHECKS: HIDDEN.replace(
        "    student.conv.pool([1.0])",
        '    close("pool([1, 2])", student.conv.pool([1.0, 2.0]), [2.0])',
    ),
}


CACHED = (
    REFERENCE.replace(
        "def conv1d(x, k):",
        "@functools.cache\ndef unit():\n    return 1.0\n\n\ndef conv1d(x, k):",
    )
    .replace("import numpy", "import functools\n\nimport numpy")
    .replace(WHERE, f"unit() * {WHERE}")
    + "\n\ndef pool(x):\n    return [unit() * max(x)]\n"
)


def selfcheck(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grader", "selfcheck", *options]
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", check=False
    )


def checked(folder: Path, changes: Mapping[str, str]) -> tuple[int, str]:
    """Exit code and page of a selfcheck of the sample course with these changes."""
    course = write_course(folder / "course", changes)
    done = selfcheck("--course", str(course), "--jobs", "1")
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def with_mistake(name: str, code: str, *edits: tuple[str, str]) -> dict[str, str]:
    """The course with one more entry in its bank: this code for the convolution, and more edits."""
    written = ", ".join(map(repr, [(WHERE, code), *edits]))
    entry = f'    misconception("conv1d", "{name}", "A hint.", {written}),\n)\n'
    return {KNOWN: BANK.removesuffix(")\n") + entry}


def test_all_our_suites() -> None:
    done = selfcheck()
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "WRONG" not in done.stdout


def test_a_course_in_which_all_is_well(tmp_path: Path) -> None:
    code, page = checked(tmp_path, {})
    assert code == 0, page
    assert page.count(" named") >= 3
    assert "conv1d" in page and "WRONG" not in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            with_mistake("nothing wrong", f"1.0 * {WHERE}"),
            "WRONG  conv.conv1d nothing wrong: costs conv.conv1d nothing",
            id="a mistake survives",
        ),
        pytest.param(
            {
                **POOLED,
                **with_mistake("both", f"{WHERE}[:0]", ("    return [max(x)]", "    return x")),
            },
            "WRONG  conv.conv1d both: costs conv.pool",
            id="a mistake costs another function",
        ),
        pytest.param(
            {CHECKS: HIDDEN.replace("reference.conv1d(x, k))", "2 * reference.conv1d(x, k))")},
            "WRONG  reference: conv/hidden/conv1d_values: failed",
            id="the reference fails",
        ),
        pytest.param(
            {
                "tests/test_conv.py": PUBLIC.replace(", gate=True", "").replace(
                    'close("conv1d([1, 2, 4, 8], [1, -1])", out, [1.0, 2.0, 4.0])', "pass"
                ),
            },
            "WRONG  return 0: earns 5 points",
            id="a stub earns",
        ),
        pytest.param(
            with_mistake("half a line", f"({WHERE}"),
            "WRONG  conv.conv1d half a line: its edits give no Python: line 8 of conv.py",
            id="a mistake that is no Python",
        ),
        pytest.param(
            {
                **POOLED,
                "grader/reference/conv.py": CACHED,
                **with_mistake(
                    "through the table", "np.convolve(x, k)", ("    return 1.0", "    return 2.0")
                ),
            },
            "WRONG  conv.conv1d through the table: costs conv.pool",
            id="a mistake reaches another function by what it has left in a cache",
        ),
        pytest.param(
            with_mistake("the same again", f"{WHERE} / len(k)"),
            "WRONG  33 % of the known mistakes are named",
            id="too few are named",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: Mapping[str, str], said: str) -> None:
    code, page = checked(tmp_path, changes)
    assert code == 1, page
    assert said in page


SOURCE = """import numpy as np

class Net:
    @staticmethod
    def up(x, by=1):
        return x + by

    def both(self, x):
        def inner(y):
            return self.up(y)
        return inner(x)
"""


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("x + by", "x - by", range(4, 7)),
        ("self.up(y)", "self.up(y + 1)", range(8, 12)),
        ("by=1", "by=2", None),
        ("    @staticmethod\n    def up(", "    def up(self, ", None),
        ("import numpy", "import scipy", None),
        ("import numpy as np\n", "import numpy as np\n\n# other lines\n", ()),
    ],
)
def test_where_a_mistake_is(old: str, new: str, changed: Sequence[int] | None) -> None:
    assert SOURCE.count(old) == 1
    found = changes(SOURCE, SOURCE.replace(old, new))
    assert found == (None if changed is None else frozenset(changed))


def test_what_is_left_out_passes_with_the_mistake() -> None:
    """Each mistake is graded by just the checks that a selfcheck leaves out."""
    settings, layout = Settings(suites=("nn",)), Layout()
    entered, jobs = Entered(layout, settings), []
    for name in ("relu", "linear_backward", "cross_entropy_loss", "softmax_jacobian"):
        subjects = Subjects(layout, ("nn",)).misconceptions()
        one = next(one for one in subjects if one.function == f"nn.{name}")
        left = entered.unreached(one)
        assert left and not any(check.split("/")[2].startswith(f"{name}_") for check in left)
        jobs.append(Job(one.files, settings, only=tuple(left)))
    for _, report in graded(jobs):
        assert {one.status for one in report.outcomes.values()} == {Status.passed}
    assert entered.unreached(Subjects(layout, ("nn",)).reference()) == frozenset()


def test_every_check_gives_the_same_page(tmp_path: Path) -> None:
    course = write_course(tmp_path / "course", with_mistake("twice", f"2 * {WHERE}"))
    pages = [
        selfcheck("--course", str(course), "--jobs", "1", *more).stdout
        for more in ((), ("--every-check",))
    ]
    assert pages[0] == pages[1] and "twice" in pages[0]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_an_interruption_says_so(tmp_path: Path) -> None:
    course = write_course(tmp_path / "course")
    command = [sys.executable, "-m", "grader", "selfcheck", "--course", str(course)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8") as process:
        begun = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not begun.read_text():  # the processes that grade
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert said.rstrip().endswith("stopped")
