"""What a grading of a subject should have given, and what it gave."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from grader.diagnosis import sentence
from grader.results import Report, Status
from grader.selfcheck.subjects import Subject

KNOWN = "This looks like a known mistake:"
LEAST_NAMED = Fraction(9, 10)


class Told(str, Enum):
    """What the student is told of the mistakes: all of them, one of two, nothing, or another.

    alike: of two that together answer as a single other one does (twice and half of it), that one.
    """

    named = "named"
    partly = "one of two"
    alike = "as one"
    nothing = "not named"
    wrongly = "wrong name"


@dataclass(frozen=True)
class Verdict:
    """How a subject fared. lost: the functions that lost points. faults: what should not be so."""

    subject: Subject
    lost: frozenset[str]
    told: Told
    faults: tuple[str, ...]


def judge(subject: Subject, report: Report) -> Verdict:
    """The verdict on the report of a subject."""
    lost = frozenset(row.function for row in report.functions() if row.score < row.max_score)
    told = _told(subject, report)
    return Verdict(subject, lost, told, tuple(_faults(subject, report, lost, told)))


def _told(subject: Subject, report: Report) -> Told:
    said = {outcome.diagnosis for outcome in report.outcomes.values()} - {""}
    if not said:
        return Told.nothing
    if said == {sentence(subject.mistakes)}:
        return Told.named
    (one, *more) = said
    if more or len(subject.mistakes) == 1 or not one.startswith(KNOWN):
        return Told.wrongly
    return Told.partly if one in map(sentence, zip(subject.mistakes)) else Told.alike


def _faults(subject: Subject, report: Report, lost: frozenset[str], told: Told) -> Iterator[str]:
    if report.provisional:
        yield "the grader itself failed"
    if subject.stub and report.score > 0:
        yield f"earns {float(report.score):g} points"
    if not subject.mistakes:
        yield from () if subject.stub else _less_than_all(report)
        return
    if broken := _no_python(subject):
        yield broken
    if subject.function not in lost:
        yield f"costs {subject.function} nothing"
    if others := sorted(lost - {subject.function}):
        yield f"costs {', '.join(others)}"
    if told is Told.wrongly:
        yield "is taken for another mistake"


def _no_python(subject: Subject) -> str:
    """Why the file with the mistakes cannot be run; it would lose points, but for nothing."""
    name = f"{subject.suites[0]}.py"
    try:
        ast.parse(subject.files[name])
    except SyntaxError as error:
        return f"its edits give no Python: line {error.lineno} of {name}: {error.msg}"
    return ""


def _less_than_all(report: Report) -> Iterator[str]:
    """Checks of the reference that fail, or pass only with the reference in its own place."""
    for check_id, outcome in report.outcomes.items():
        if outcome.status is not Status.passed or outcome.with_reference:
            yield f"{check_id}: {outcome.status} {outcome.detail}"
