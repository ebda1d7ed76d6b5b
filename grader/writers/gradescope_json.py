"""results.json as Gradescope reads it: one row per check, and a summary on top.

All formats are `text`, so that nothing a submission says is taken for markup. Values of hidden
checks, and how long these took, are never written. What is for the instructor goes to
`extra_data`, because a hidden row would hide the student's total.
"""

import json
from fractions import Fraction
from typing import Any, TextIO

from grader.results import CheckSpec, Outcome, Report, Status
from grader.text import capped, one_line, told_seconds, visible
from grader.writers.digest import digest
from grader.writers.rulings import remarks

LONGEST_OUTPUT = 4_000
LONGEST_EXAMPLE = 8_000
LONGEST_LINE = 500
MOST_LINES = 30


def write(report: Report, stream: TextIO, *, hidden_visibility: str = "visible") -> None:
    """Write results.json; `hidden_visibility` is Gradescope's visibility of hidden checks."""
    json.dump(results(report, hidden_visibility), stream, indent=1, allow_nan=False)
    stream.write("\n")


def results(report: Report, hidden_visibility: str = "visible") -> dict[str, Any]:
    """The content of results.json as plain data."""
    return {
        "score": float(report.written_score),
        "execution_time": told_seconds(report.meta.seconds),
        "output": "\n".join(_summary(report)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": _tests(report, hidden_visibility),
        "extra_data": _extra_data(report),
    }


def _summary(report: Report) -> list[str]:
    lines = [*report.meta.notes, *digest(report).steps]
    if report.provisional:
        lines.append("Some checks could not be decided, by a fault of the grader's own: the score")
        lines.append("is provisional, and the instructor has been told.")
    shown = [one_line(line, LONGEST_LINE) for line in lines[:MOST_LINES]]
    return [*shown, f"Sandbox: {report.meta.sandbox_level}. Seed: {report.meta.seed_fingerprint}."]


def _tests(report: Report, hidden_visibility: str) -> list[dict[str, Any]]:
    scores, maxima, notes = report.check_scores(), report.check_max_scores(), remarks(report)
    rows = []
    for f, function in enumerate(report.functions(), 1):
        for c, spec in enumerate(function.checks, 1):
            outcome, score = report.outcomes[spec.id], scores[spec.id]
            rows.append(
                {
                    "score": float(score),
                    "max_score": float(maxima[spec.id]),
                    "status": _status(outcome, score, maxima[spec.id]),
                    "name": f"{spec.function}: {one_line(spec.title)}",
                    "number": f"{f}.{c}",
                    "output": _output(spec, outcome, notes.get(spec.id, "")),
                    "tags": [spec.function],
                    "visibility": "visible" if spec.visible else hidden_visibility,
                    "extra_data": {"id": spec.id, "status": outcome.status.value},
                }
            )
    return rows


def _status(outcome: Outcome, score: Fraction, maximum: Fraction) -> str:
    full = score == maximum if maximum else outcome.status.good
    return "passed" if full else "failed"


def _output(spec: CheckSpec, outcome: Outcome, remark: str) -> str:
    first = "" if outcome.status in (Status.passed, Status.failed) else _heading(outcome.status)
    hint = f"Hint: {outcome.hint}" if outcome.hint else ""
    kind = "" if spec.visible else "This is a hidden check: its values are not shown."
    lines = [first, outcome.message, hint, outcome.diagnosis, remark]
    lines.append(kind if not outcome.status.good else "")
    text = capped(visible("\n".join(line for line in lines if line)), LONGEST_OUTPUT)
    example = visible(outcome.example) if spec.visible else ""
    if not example or len(example) > LONGEST_EXAMPLE:
        return text
    return f"{text}\n\nRun this beside {spec.suite}.py:\n\n{example}"


def _heading(status: Status) -> str:
    return status.value.replace("_", " ").capitalize() + "."


def _extra_data(report: Report) -> dict[str, Any]:
    meta = report.meta
    return {
        "format_version": meta.format_version,
        "provisional": report.provisional,
        "submission_hash": meta.submission_hash,
        "sandbox_level": meta.sandbox_level,
        "sandbox_notes": [one_line(line, LONGEST_LINE) for line in meta.sandbox_notes],
        "seed_fingerprint": meta.seed_fingerprint,
        "suite_hash": meta.suite_hash,
        "settings_hash": meta.settings_hash,
        "versions": dict(meta.versions),
        "instructor_notes": [_first_line(note) for note in meta.instructor_notes[:MOST_LINES]],
    }


def _first_line(text: str) -> str:
    return one_line(text.split("\n", 1)[0], LONGEST_LINE)
