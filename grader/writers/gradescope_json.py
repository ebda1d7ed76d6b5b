"""results.json as Gradescope reads it: a row per function or per check, and a summary on top.

Names are `text` and outputs `html`, in which everything that a submission may have a part in is
escaped. Values of hidden checks, and how long these took, are never written. What is for the
instructor goes to `extra_data`, because a hidden row would hide the student's total.
"""

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TextIO

from grader.results import Report
from grader.text import one_line, told_seconds
from grader.writers.digest import digest
from grader.writers.gradescope_rows import render, row_text
from grader.writers.gradescope_view import Part, View, parts, summarised

LONGEST_LINE = 500
MOST_LINES = 30
PROVISIONAL = (
    "Some checks could not be decided, by a fault of the grader's own: the score is provisional, "
    "and the instructor has been told."
)
LATER = "Rows and points of hidden checks, and the total, are shown later."


def write(report: Report, stream: TextIO, *, view: View | None = None) -> None:
    """Write results.json as the view says."""
    json.dump(results(report, view), stream, indent=1, allow_nan=False)
    stream.write("\n")


def results(report: Report, view: View | None = None) -> dict[str, Any]:
    """The content of results.json as plain data."""
    view = view or View()
    data = {
        "score": float(final_score(report, view)),
        "output": _summary(report, view),
        "output_format": "html",
        "test_output_format": "html",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [*_penalty_row(report, view), *_rows(report, view)],
        "extra_data": _extra_data(report, view),
    }
    if view.at_once:  # before that it would tell of hidden checks
        data["execution_time"] = told_seconds(report.meta.seconds)
    if view.leaderboard:
        data["leaderboard"] = [dict(entry) for entry in view.leaderboard]
    return data


def final_score(report: Report, view: View) -> Fraction:
    """The score with what being late costs taken off, to 0.01."""
    return Fraction(round(100 * report.written_score * (1 - view.taken)), 100)


def _summary(report: Report, view: View) -> str:
    lines = [_line(line) for line in view.lines]
    if view.taken and view.at_once:
        lines.append(_penalty_line(report, view))
    if not view.at_once:
        lines.append(LATER)
    seen = summarised(report, view)
    if seen.provisional or (report.provisional and view.at_once):
        lines.append(PROVISIONAL)
    notes = [*report.meta.notes[:MOST_LINES], *view.notes]
    steps = digest(seen).steps
    return render(
        "gradescope_top.html",
        lines=lines,
        notes=[_line(note) for note in notes],
        steps=[_line(step) for step in steps],
        footer=f"Sandbox: {report.meta.sandbox_level}. Seed: {report.meta.seed_fingerprint}.",
    )


def _penalty_line(report: Report, view: View) -> str:
    earned, left = report.written_score, final_score(report, view)
    return (
        f"{float(earned):g} points earned, {float(earned - left):g} taken off for being late: "
        f"{float(left):g} of {float(report.max_score):g}."
    )


def _penalty_row(report: Report, view: View) -> Iterator[dict[str, Any]]:
    """A row without points: the score on top has them taken off already."""
    if view.taken:
        yield {
            "status": "failed",
            "name": "Late penalty",
            "output": _penalty_line(report, view),
            "output_format": "text",
            "visibility": view.hidden_visibility,
        }


def _rows(report: Report, view: View) -> Iterator[dict[str, Any]]:
    for f, group in enumerate(parts(report, view), 1):
        for c, part in enumerate(group, 1):
            alone = view.rows == "function" and len(group) == 1
            yield _row(part, str(f) if alone else f"{f}.{c}", report)


def _row(part: Part, number: str, report: Report) -> dict[str, Any]:
    specs = [*part.specs, *part.counted]
    score = sum((part.told.scores[spec.id] for spec in specs), Fraction(0))
    maximum = sum((part.told.maxima[spec.id] for spec in specs), Fraction(0))
    # Of checks that are only counted, what is kept in a row that can be seen is their number alone.
    kept = part.specs if part.visibility == "visible" else specs
    good = all(part.told.outcomes[spec.id].status.good for spec in specs)
    return {
        "score": float(score),
        "max_score": float(maximum),
        "status": "passed" if (score == maximum if maximum else good) else "failed",
        "name": _name(part),
        "number": number,
        "output": row_text(part),
        "tags": [part.function.function],
        "visibility": part.visibility,
        "extra_data": {"checks": {s.id: report.outcomes[s.id].status.value for s in kept}},
    }


def _name(part: Part) -> str:
    function = part.function.function
    if not part.whole:
        return f"{function}: {one_line(part.specs[0].title)}"
    only_hidden = not any(spec.visible for spec in (*part.specs, *part.counted))
    return f"{function}: hidden checks" if only_hidden else function


def _extra_data(report: Report, view: View) -> dict[str, Any]:
    meta = report.meta
    notes = [note.split("\n", 1)[0] for note in meta.instructor_notes[:MOST_LINES]]
    return {
        "format_version": meta.format_version,
        "raw_score": float(report.written_score),
        "execution_time": told_seconds(report.meta.seconds),
        "provisional": report.provisional,
        "graded": not report.provisional,  # what is provisional is no attempt of the student's
        "submission_hash": meta.submission_hash,
        "sandbox_level": meta.sandbox_level,
        "sandbox_notes": [_line(line) for line in meta.sandbox_notes],
        "seed_fingerprint": meta.seed_fingerprint,
        "suite_hash": meta.suite_hash,
        "settings_hash": meta.settings_hash,
        "versions": dict(meta.versions),
        "instructor_notes": [_line(note) for note in notes],
        **view.extra,
    }


def _line(text: str) -> str:
    return one_line(text[: 2 * LONGEST_LINE], LONGEST_LINE)
