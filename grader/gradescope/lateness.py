"""Whose due date holds, and what being late costs: by `created_at`, never by the clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, TypeVar

from grader.config_gradescope import GradescopeSettings, LatePenalty
from grader.gradescope.extensions import Extensions
from grader.gradescope.metadata import Metadata, User
from grader.gradescope.times import shown_span, shown_time

_T = TypeVar("_T", datetime, int)
RULES: dict[str, Callable[[Sequence[Any]], Any]] = {
    "latest": max,
    "earliest": min,
    "submitter": lambda values: values[0],  # whom the platform lists first
}


@dataclass(frozen=True)
class Lateness:
    """How late a submission is, in seconds, and the part of its points that this takes off.

    lines: for the student. notes: for the instructor.
    """

    due: datetime | None = None
    seconds: float = 0.0
    taken: Fraction = Fraction(0)
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def of_group(values: Sequence[_T], rule: str) -> _T | None:
    """What holds for a group of which each member is allowed one of `values`."""
    found: _T | None = RULES[rule](values) if values else None
    return found


def due_date(metadata: Metadata, extensions: Extensions, rule: str) -> datetime | None:
    """The due date of those who handed in; None where none is known."""

    def due(user: User) -> datetime | None:
        # An extension of ours can be earlier than what the platform grants: it takes nothing away.
        known = [user.due or metadata.due, extensions.of(user).due]
        return max((one for one in known if one is not None), default=None)

    dues = [due(user) for user in metadata.users] or [metadata.due]
    return of_group([one for one in dues if one is not None], rule)


def lateness(settings: GradescopeSettings, metadata: Metadata, extensions: Extensions) -> Lateness:
    """What the late policy says of this submission."""
    due = due_date(metadata, extensions, settings.group_extension)
    penalty, created = settings.late_penalty, metadata.created
    if penalty is None:
        return Lateness(due)
    if due is None or created is None:
        missing = "due date" if due is None else "time of submission"
        return Lateness(due, notes=(f"No {missing} is known: no late penalty is applied.",))
    seconds = (created - due).total_seconds()
    if seconds <= 0:
        extended = metadata.due is not None and created > metadata.due
        line = f"On time: your extension is until {shown_time(due)}."
        return Lateness(due, lines=(line,) if extended else ())
    when = f"Submitted {shown_time(created)}, {shown_span(seconds)} after {shown_time(due)}"
    if seconds <= settings.late_grace:
        return Lateness(due, seconds, lines=(f"{when}: this little costs nothing.",))
    taken, how = _taken(settings, penalty, seconds)
    return Lateness(due, seconds, taken, (f"{when}: {how}.",))


def _taken(
    settings: GradescopeSettings, penalty: LatePenalty, seconds: float
) -> tuple[Fraction, str]:
    """The part that is taken off, and how that comes."""
    units = int(-(-Fraction(seconds) // penalty.unit_seconds))
    taken = min(units * penalty.part, settings.late_cap)
    begun = f"{units} {penalty.unit}{'s' if units > 1 else ''} begun"
    capped = f", at most {percent(settings.late_cap)}" if taken < units * penalty.part else ""
    rule = f"{percent(penalty.part)} per {penalty.unit}, {begun}{capped}"
    return taken, f"{percent(taken)} of the points earned are taken off ({rule})"


def percent(part: Fraction) -> str:
    """A part as a percentage: 12.5%."""
    return f"{float(100 * part):g}%"
