"""Submissions that misbehave: every check has an outcome, the rest is still graded."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import pytest

from grader.answers import Answers
from grader.config import LimitSettings, Settings
from grader.results import Report, Status
from grader.session import How, grade
from grader.submission import intake
from meta_tests.variants import graded, hollow, lost, reference_source, variant

QUICK = LimitSettings(cpu_seconds=0.5, import_seconds=2.0, total_seconds=60.0, memory_mb=256)


def _graded(folder: Path, source: str, **limits: float) -> Report:
    (folder / "nn.py").write_text(source, "utf-8")
    settings = Settings(suites=("nn",), limits=replace(QUICK, **limits))  # type: ignore[arg-type]
    with intake(folder, settings.suites) as submission:
        return grade(submission, settings, How(allow_unsandboxed=True))


def _relu(body: str) -> str:
    return variant("nn", {"relu": f"def relu(x):\n    {body}"})


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ("while True: pass", Status.timed_out, "stopped (nn.py, line "),
        ("import time; time.sleep(1e6)", Status.timed_out, "stopped (nn.py, line "),
        ("import sys; sys.exit(0)", Status.crashed, "SystemExit"),
        ("import os; os._exit(0)", Status.crashed, "ended itself"),
        ("raise KeyboardInterrupt", Status.crashed, "KeyboardInterrupt"),
        ("return relu(x)", Status.crashed, "RecursionError"),
        ("return bytearray(2 << 30), None", Status.out_of_memory, ""),
        ("return undefined_name", Status.crashed, "NameError"),
        ("return 1 / 0", Status.crashed, "ZeroDivisionError"),
        ("return np.maximum(x, 0)", Status.failed, ""),
        ("return 'abc'", Status.failed, ""),
        ("return np.array([None]), lambda d: d", Status.failed, ""),
    ],
)
def test_what_one_function_does_costs_only_that_function(
    tmp_path: Path, body: str, status: Status, text: str
) -> None:
    report = _graded(tmp_path, _relu(body))
    outcome = report.outcomes["nn/public/relu_worked_example"]
    assert outcome.status is status
    assert text in outcome.message
    assert set(lost(report)) == {"nn.relu"}
    assert not report.provisional


def test_wrong_arity_is_told_in_pythons_words(tmp_path: Path) -> None:
    report = _graded(tmp_path, variant("nn", {"relu": "def relu(): return 0"}))
    outcome = report.outcomes["nn/public/relu_worked_example"]
    assert outcome.status in (Status.crashed, Status.failed)
    assert "takes 0 positional arguments" in outcome.message


def test_a_name_that_is_no_function(tmp_path: Path) -> None:
    report = _graded(tmp_path, variant("nn", {"relu": "relu = 3"}))
    outcome = report.outcomes["nn/public/relu_worked_example"]
    assert "not a function but int" in outcome.message
    assert set(lost(report)) == {"nn.relu"}


def test_a_missing_function_is_missing_for_itself_only(tmp_path: Path) -> None:
    report = _graded(tmp_path, variant("nn", {"tanh": "def no_tanh(x): pass"}))
    assert report.outcomes["nn/public/tanh_worked_example"].status is Status.missing
    assert set(lost(report)) == {"nn.tanh"}


def test_a_flood_of_output_changes_nothing(tmp_path: Path) -> None:
    body = "print('x' * 1_000_000); return np.maximum(x, 0.0), lambda d: d * (x > 0)"
    assert lost(_graded(tmp_path, _relu(body))) == {}


@pytest.mark.parametrize(
    ("source", "status", "text"),
    [
        ("def relu(x:\n    return x\n", Status.crashed, "line 1"),
        ("raise RuntimeError('at the top')\n" + reference_source("nn"), Status.passed, ""),
        ("import torch_that_is_not_there\n" + reference_source("nn"), Status.passed, ""),
        ("while True: pass\n" + reference_source("nn"), Status.passed, ""),
        ("import sys; sys.exit(3)\n" + reference_source("nn"), Status.passed, ""),
    ],
)
def test_what_the_import_of_a_file_does(
    tmp_path: Path, source: str, status: Status, text: str
) -> None:
    """A broken statement at the top costs nothing but itself, and a note says so."""
    report = _graded(tmp_path, source)
    statuses = {outcome.status for outcome in report.outcomes.values()}
    assert statuses == {status}
    lines = [*report.meta.notes, *(o.message for o in report.outcomes.values())]
    assert any(text in line for line in lines)
    if status is Status.passed:
        assert any("line 1" in note for note in report.meta.notes)


@pytest.mark.parametrize(
    "line",
    [
        "sys.modules[__name__] = 5",
        "sys.modules[__name__] = type('Slots', (), {'__slots__': ()})()",
        "globals()[type('K', (str,), {'startswith': lambda *_: 1 / 0})('k')] = 1",
    ],
)
def test_a_module_that_cannot_be_listed_is_its_own_fault(tmp_path: Path, line: str) -> None:
    """Not the grader's, and no other file pays for it."""
    files = {"nn": f"{reference_source('nn')}\nimport sys\n{line}\n"}
    report = graded(tmp_path / "submission", files | {"solution": reference_source("solution")})
    statuses = {outcome.status for outcome in report.outcomes.values()}
    assert not report.provisional and Status.not_run not in statuses
    assert {one.partition(".")[0] for one in lost(report)} == {"nn"}


def test_the_rest_is_still_graded_after_deaths(tmp_path: Path) -> None:
    """A function that kills its worker every time costs a new worker, nothing else."""
    source = variant(
        "nn",
        {
            "relu": "def relu(x):\n    import os; os._exit(1)",
            "softmax": "def softmax(h):\n    while True: pass",
        },
    )
    report = _graded(tmp_path, source)
    assert set(lost(report)) == {"nn.relu", "nn.softmax"}
    untried = report.outcomes["nn/hidden/softmax_keeps_its_argument"]
    assert untried.status is Status.timed_out and "Not tried" in untried.message


def test_a_submission_that_sleeps_everywhere_ends_in_time(tmp_path: Path) -> None:
    """The total is one of CPU time; whoever sleeps is measured by the wall instead."""
    report = _graded(tmp_path, hollow("nn", "__import__('time').sleep(1e6)"), total_seconds=2.0)
    assert {outcome.status for outcome in report.outcomes.values()} == {Status.timed_out}
    untried = [o for o in report.outcomes.values() if "all of its 2 s" in o.message]
    assert untried


def test_the_host_is_not_made_to_count_to_infinity(tmp_path: Path) -> None:
    """Numbers that a student hands to the reference are bounded before it works with them."""
    answers = Answers({"hw_mlp": importlib.import_module("grader.reference.hw_mlp")})
    state = {"eta": 0.1, "beta1": 3, "beta2": 3, "eps": 1.0, "t": 40_000_000, "m": {}, "v": {}}
    with pytest.raises(ValueError, match="integers up to"):
        answers("hw_mlp.Adam.update", (state, {}, {}), {})


def test_dying_while_a_failure_is_looked_into_is_no_fault_of_the_grader(tmp_path: Path) -> None:
    """What could not be used is asked for once more; code may end its process just then."""
    body = "SEEN.append(1)\n    import os\n    return os._exit(1) if len(SEEN) % 2 == 0 else 0"
    report = _graded(tmp_path, _relu(body) + "\nSEEN = []\n")
    assert not report.provisional
    assert lost(report) == {"nn.relu": 0.0}
