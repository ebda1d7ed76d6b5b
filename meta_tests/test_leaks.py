"""What hidden checks are asked with does not come out again, however a submission tries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.results import Report, Status
from meta_tests.variants import graded, variant

# Every way to put a value where a report might show it: {value} is an input of the check.
CHANNELS = {
    "message": "raise ValueError(repr(x))",
    "exception class": "raise type('E' + str(x), (Exception,), {})()",
    "result class": "return type('R' + str(x), (), {})(), None",
    "shape": "return np.zeros(int(1e4 * abs(x.flat[0]))), lambda d: d",
    "keys": "return {str(x): 1}",
    "text": "return str(x), str(x)",
    "factor": "return np.tanh(x) * x.flat[0], lambda d: d",
    "nan count": "y = np.tanh(x); y.flat[: int(x.size * abs(x.flat[0]) / 5)] = np.nan\n"
    "    return y, None",
    "function name": (
        "def f(): raise ValueError\n"
        "    f.__code__ = f.__code__.replace(co_name='f' + str(x), co_filename=__file__ + str(x))\n"
        "    f()"
    ),
    "print": "print(x); raise ValueError",
    "warning": "import warnings; warnings.warn(str(x)); raise ValueError",
}


def _digits(report: Report) -> dict[str, str]:
    """Of each failed hidden check of nn.tanh, all that a student is shown."""
    shown = {check["id"]: check for check in report.to_json()["checks"]}
    # Whether a pattern is seen depends on the size of the case, which no submission chooses.
    seen = "Every entry is off by the same factor."
    return {
        spec.id: f"{shown[spec.id]['message']} {shown[spec.id]['hint']}".replace(seen, "").strip()
        for spec in report.specs
        if spec.function == "nn.tanh" and not spec.visible
    }


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_channel_carries_a_hidden_input(tmp_path: Path, channel: str) -> None:
    """Two seeds give different inputs; what is shown must be the same."""
    source = variant("nn", {"tanh": f"def tanh(x):\n    {CHANNELS[channel]}"})
    shown = []
    for number in (1, 2):
        seed = tmp_path / f"seed{number}"
        seed.write_bytes(bytes([number]) * 32)
        report = graded(tmp_path / str(number), {"nn": source}, seed_file=seed)
        assert not report.provisional
        shown.append(_digits(report))
    assert shown[0] == shown[1]
    assert any(shown[0].values())


def test_what_hidden_checks_show_to_the_code_stays_out_of_visible_messages(tmp_path: Path) -> None:
    """A submission that remembers its inputs and raises them later, in a visible check."""
    source = variant(
        "nn",
        {
            "relu": """
            def relu(x):
                SEEN.append(repr(x.tolist()))
                return np.maximum(x, 0.0), lambda d: d * (x > 0)
            """,
            "softmax": "def softmax(h): raise ValueError(' '.join(SEEN))",
        },
        extra="SEEN = []",
    )
    shown = []
    for number in (1, 2):
        seed = tmp_path / f"seed{number}"
        seed.write_bytes(bytes([number]) * 32)
        report = graded(tmp_path / str(number), {"nn": source}, seed_file=seed)
        outcome = report.outcomes["nn/public/softmax_worked_example"]
        assert outcome.status is Status.crashed
        shown.append(outcome.message)
    assert "-2.0" in shown[0]  # of the visible worked example of relu
    assert shown[0].split("[[")[:2] == shown[1].split("[[")[:2]
    assert "0.5" in shown[0]


def test_the_student_report_holds_no_details_of_hidden_checks(tmp_path: Path) -> None:
    source = variant("nn", {"tanh": "def tanh(x): return np.tanh(x) + 1.0, lambda d: d"})
    report = graded(tmp_path, {"nn": source})
    hidden = [row for row in report.to_json()["checks"] if not row["visible"]]
    assert hidden and not any(row.get("detail") for row in hidden)
    assert "expected 0." not in json.dumps(hidden)
