"""What results.json shows, by the settings and by what the policies say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grader.config import Settings
from grader.gradescope.policies import Ruling
from grader.writers.gradescope_view import View


def view_of(
    settings: Settings,
    ruling: Ruling | None = None,
    *,
    leaderboard: Sequence[Mapping[str, Any]] = (),
    notes: Sequence[str] = (),
) -> View:
    """The view of one submission; without a ruling, of one that no policy concerns.

    notes: further lines for the student.
    """
    chosen = settings.gradescope
    ruling = ruling or Ruling(hints_shown=chosen.hints is not None)
    return View(
        rows=chosen.rows,
        feedback=chosen.feedback,
        visibility=settings.visibility,
        hints=ruling.hints_shown,
        taken=ruling.lateness.taken,
        lines=ruling.lines,
        notes=tuple(notes),
        extra=ruling.extra_data(),
        leaderboard=leaderboard,
    )
