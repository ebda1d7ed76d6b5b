"""What each writer makes of the sample reports. Regenerate: python -m meta_tests.gold_files"""

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from grader.results import Report
from grader.writers import gradescope_json, report_json, terminal
from grader.writers.gradescope_view import View
from meta_tests.sample_reports import SAMPLES

FOLDER = Path(__file__).parent / "gold"
# Written by hand: every value that Gradescope's contract allows; a report as format 1 had it.
KEPT = {"keras.json", "contract.json", "report_1.json"}


def _terminal(report: Report, stream: io.StringIO) -> None:
    terminal.write(report, stream, width=100, color=False)


def _narrow(report: Report, stream: io.StringIO) -> None:
    terminal.write(report, stream, width=48, color=False)


def _for_instructor(report: Report, stream: io.StringIO) -> None:
    report_json.write(report, stream, show_hidden=True)


def _by_check(report: Report, stream: io.StringIO) -> None:
    board = {"name": "accuracy", "value": 0.91, "order": "desc"}
    size = {"name": "parameters", "value": 535818, "order": "asc"}
    late = ("Submitted 2024-03-02 00:00 UTC, 1 minute after 2024-03-01 23:59 UTC: 12.5%.",)
    view = View(rows="check", taken=Fraction(1, 8), lines=late, leaderboard=(board, size))
    gradescope_json.write(report, stream, view=view)


def _teaser(report: Report, stream: io.StringIO) -> None:
    gradescope_json.write(report, stream, view=View(feedback="teaser", hints=False))


def _exam(report: Report, stream: io.StringIO) -> None:
    gradescope_json.write(report, stream, view=View(feedback="exam"))


GOLD: dict[str, tuple[str, Callable[[Report, io.StringIO], None]]] = {
    "terminal_typical.txt": ("typical", _terminal),
    "terminal_untouched.txt": ("untouched", _terminal),
    "terminal_perfect.txt": ("perfect", _terminal),
    "terminal_broken.txt": ("broken", _terminal),
    "terminal_narrow.txt": ("brief", _narrow),
    "terminal_decided.txt": ("decided", _terminal),
    "report.json": ("decided", _for_instructor),
    "results.json": ("brief", gradescope_json.write),
    "results_by_check.json": ("brief", _by_check),
    "results_teaser.json": ("brief", _teaser),
    "results_exam.json": ("brief", _exam),
}


def render(name: str) -> str:
    """The text that the gold file of this name should hold."""
    sample, write = GOLD[name]
    stream = io.StringIO()
    write(SAMPLES[sample](), stream)
    return stream.getvalue()


if __name__ == "__main__":
    for name in GOLD:
        (FOLDER / name).write_text(render(name), encoding="utf-8")
