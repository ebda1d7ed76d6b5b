"""All policies put together for one submission."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grader.config_gradescope import GradescopeSettings
from grader.gradescope.allowance import Refusal, counted, refusal
from grader.gradescope.extensions import read_extensions
from grader.gradescope.lateness import Lateness, lateness
from grader.gradescope.metadata import UNGRADED, Metadata
from grader.gradescope.times import shown_time

NO_TIME = "No time of submission is known: the submission limit is not applied."


@dataclass(frozen=True)
class Ruling:
    """What the policies say. lines: for the student. notes: for the instructor.

    hints_shown: whether there are hints this time. refusal: why it is not graded, if it is not.
    ungraded: when earlier submissions were made that the grader could not grade.
    """

    lateness: Lateness = field(default_factory=Lateness)
    refusal: Refusal | None = None
    hints_shown: bool = True
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    attempt: int = 1
    ungraded: tuple[str, ...] = ()

    def extra_data(self) -> dict[str, Any]:
        """What results.json keeps of it for the instructor."""
        due = self.lateness.due
        return {
            "attempt": self.attempt,
            UNGRADED: list(self.ungraded),
            "due_date": shown_time(due) if due else None,
            "seconds_late": max(0.0, self.lateness.seconds),
            "late_penalty": float(self.lateness.taken),
        }


def judge(settings: GradescopeSettings, metadata: Metadata) -> Ruling:
    """What the settings' policies say of a submission with this metadata."""
    extensions = read_extensions(settings.extensions, metadata.zone)
    late = lateness(settings, metadata, extensions)
    attempt = len(counted(metadata)) + 1
    shown = settings.hints is not None and attempt > settings.hints
    notes = [*(metadata.notes if _needs(settings) else ()), *extensions.notes, *late.notes]
    if settings.submission_limit is not None and metadata.created is None:
        notes.append(NO_TIME)
    return Ruling(
        lateness=late,
        refusal=refusal(settings, metadata, extensions),
        hints_shown=shown,
        lines=(*late.lines, *_on_hints(settings.hints, attempt, shown)),
        notes=tuple(notes),
        attempt=attempt,
        ungraded=tuple(metadata.ungraded),
    )


def _needs(settings: GradescopeSettings) -> bool:
    """Whether anything depends on the metadata."""
    return bool(settings.late_penalty or settings.submission_limit or settings.hints)


def _on_hints(needed: int | None, attempt: int, shown: bool) -> tuple[str, ...]:
    if shown or needed is None:
        return ()
    return (f"Hints are shown from submission {needed + 1} on; this is number {attempt}.",)
