"""What a student is shown on Gradescope, and when.

practice: everything but the values of hidden checks. teaser: of hidden checks how many passed. exam
and any visibility other than "visible": hidden checks in rows of their own, which appear later;
what can be seen at once must not tell how they ended.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from grader.results import CheckSpec, FunctionRow, Outcome, Report, Status
from grader.writers.rulings import by_hand

AFTER_EXAM = "after_published"


@dataclass(frozen=True)
class View:
    """The choices of the course, and what policies say of this submission.

    rows: "function" or "check". visibility: of rows that hold hidden checks. hints: whether hints
    and known mistakes are told. taken: the part of the score, 0 to 1, that being late costs.
    lines: on top, for the student. extra: for the instructor, into extra_data.
    """

    rows: str = "function"
    feedback: str = "practice"
    visibility: str = "visible"
    hints: bool = True
    taken: Fraction = Fraction(0)
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    leaderboard: Sequence[Mapping[str, Any]] = ()

    @property
    def hidden_visibility(self) -> str:
        """The platform's visibility of rows with hidden checks."""
        exam = self.feedback == "exam" and self.visibility == "visible"
        return AFTER_EXAM if exam else self.visibility

    @property
    def at_once(self) -> bool:
        """Whether everything can be seen at once, the total included."""
        return self.hidden_visibility == "visible"


@dataclass(frozen=True)
class Told:
    """What is told of checks, by their ids; derived from a report once for all rows."""

    outcomes: Mapping[str, Outcome]
    scores: Mapping[str, Fraction]
    maxima: Mapping[str, Fraction]
    gate_notes: Mapping[str, str]
    by_hand: Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """What becomes one row: some checks of one function, and what is told of them.

    counted: of these hidden checks only the number is told. whole: the row is not of one check.
    """

    function: FunctionRow
    specs: tuple[CheckSpec, ...]
    counted: tuple[CheckSpec, ...]
    told: Told
    visibility: str
    whole: bool


def parts(report: Report, view: View) -> list[list[Part]]:
    """The rows of each function."""
    shown = _told(told(report, view))
    at_once = shown if view.at_once else _told(told(masked(report, diagnoses=False), view))
    return [_parts_of(row, view, shown, at_once) for row in report.functions()]


def _told(report: Report) -> Told:
    return Told(
        report.outcomes,
        report.check_scores(),
        report.check_max_scores(),
        report.gate_notes(),
        {check: by_hand(report, check) for check in report.overrides},
    )


def _parts_of(row: FunctionRow, view: View, shown: Told, at_once: Told) -> list[Part]:
    public = tuple(spec for spec in row.checks if spec.visible)
    hidden = tuple(spec for spec in row.checks if not spec.visible)
    teaser, later = view.feedback == "teaser", view.hidden_visibility
    whole = view.rows == "function"
    if whole and view.at_once:
        specs = public if teaser else row.checks
        return [Part(row, specs, hidden if teaser else (), shown, "visible", True)]
    first = [public] if whole else [(spec,) for spec in public]
    found = [Part(row, specs, (), at_once, "visible", whole) for specs in first if specs]
    if teaser and hidden:
        return [*found, Part(row, (), hidden, shown, later, True)]
    rest = [hidden] if whole else [(spec,) for spec in hidden]
    return found + [Part(row, specs, (), shown, later, whole) for specs in rest if specs]


def summarised(report: Report, view: View) -> Report:
    """The report as a summary on top may tell of it, before hidden rows appear."""
    reticent = not view.at_once or view.feedback == "teaser"
    return told(masked(report, diagnoses=view.at_once) if reticent else report, view)


def told(report: Report, view: View) -> Report:
    """The same report, without hints and known mistakes where there are to be none."""
    if view.hints:
        return report
    quiet = {i: replace(o, hint="", diagnosis="") for i, o in report.outcomes.items()}
    return _with(report, quiet)


def masked(report: Report, *, diagnoses: bool) -> Report:
    """The same report as if all hidden checks had passed, where that tells nothing.

    It does not where all checks of a function ended alike, because nothing is there to be called.
    diagnoses: keep those of public checks; hidden ones have a part in them.
    """
    outcomes = dict(report.outcomes)
    for row in report.functions():
        alike = {(outcomes[c.id].status, outcomes[c.id].message) for c in row.checks}
        nothing = len(alike) == 1 and next(iter(alike))[0] not in (Status.passed, Status.failed)
        for spec in row.checks:
            if not spec.visible and not nothing:
                outcomes[spec.id] = Outcome(Status.passed)
            elif not diagnoses:
                outcomes[spec.id] = replace(outcomes[spec.id], diagnosis="")
    return _with(report, outcomes)


def _with(report: Report, outcomes: Mapping[str, Outcome]) -> Report:
    other = copy(report)
    other.outcomes = dict(outcomes)
    return other
