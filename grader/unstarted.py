"""The report of a grading that has not begun: every check is there and was not run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from grader.config import Settings
from grader.errors import GraderError
from grader.regrade.overrides import NONE, Overrides
from grader.results import Report
from grader.session import How, grade
from grader.submission import nothing_to_grade


class _Begun(Exception):
    """The report is there."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def unstarted(
    name: str,
    settings: Settings,
    *,
    course: Path | None = None,
    only: Sequence[str] = (),
    by_hand: Overrides = NONE,
) -> Report:
    """The report as it is before the first check; see `grader.session.grade`."""

    def begun(report: Report) -> NoReturn:
        raise _Begun(report)

    with nothing_to_grade(name, settings.suites, "") as submission:
        try:
            how = How(course=course, only=only, by_hand=by_hand)
            grade(submission, settings, how, on_update=begun)
        except _Begun as begin:
            return begin.report
    raise GraderError("no check was collected")
