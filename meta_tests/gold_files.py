"""What each writer makes of the sample reports. Regenerate: python -m meta_tests.gold_files"""

import io
from collections.abc import Callable
from pathlib import Path

from grader.results import Report
from grader.writers import gradescope_json, report_json, terminal
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


GOLD: dict[str, tuple[str, Callable[[Report, io.StringIO], None]]] = {
    "terminal_typical.txt": ("typical", _terminal),
    "terminal_untouched.txt": ("untouched", _terminal),
    "terminal_perfect.txt": ("perfect", _terminal),
    "terminal_broken.txt": ("broken", _terminal),
    "terminal_narrow.txt": ("brief", _narrow),
    "terminal_decided.txt": ("decided", _terminal),
    "report.json": ("decided", _for_instructor),
    "results.json": ("brief", gradescope_json.write),
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
