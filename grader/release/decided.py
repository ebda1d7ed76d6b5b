"""What the instructor has decided, looked at before it goes into an archive.

A grading refuses `void`, `overrides` and extensions that are wrong, or passes them over with a note
for the instructor: after the build it is too late for either.
"""

from __future__ import annotations

from datetime import timezone
from pathlib import Path

from grader.config import Settings
from grader.errors import UsageError
from grader.gradescope.extensions import read_extensions
from grader.regrade import overrides
from grader.unstarted import unstarted

PASSED_OVER = "used."  # how a note ends that says what became of a line


def refuse_what_breaks(settings: Settings, course: Path | None) -> None:
    """Collect the checks as a grading does, and look at every table.

    Raises UsageError with file and line, or key, of what a grading would refuse or leave aside.
    """
    _refuse_extensions(settings.gradescope.extensions)
    by_hand = overrides.load(settings.overrides, ())
    unstarted("build", settings, course=course, by_hand=by_hand)


def _refuse_extensions(path: Path | None) -> None:
    notes = read_extensions(path, timezone.utc).notes
    if path is not None and notes:
        problem, _, became = notes[0].removeprefix(path.name).rpartition("; ")
        if not became.endswith(PASSED_OVER):
            problem = notes[0].removeprefix(path.name)
        raise UsageError(f"{path}{problem.rstrip('.')}")
