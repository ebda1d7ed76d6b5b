"""How many submissions are graded; beyond that the last results are handed back.

Counted are times of submission, never the clock. What ended in an error of the autograder, or could
not be graded by a fault of the grader's, does not count, nor does what was itself beyond the limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from grader.config_gradescope import GradescopeSettings, SubmissionLimit
from grader.gradescope.extensions import Extensions
from grader.gradescope.lateness import of_group
from grader.gradescope.metadata import Earlier, Metadata
from grader.gradescope.times import shown_time


@dataclass(frozen=True)
class Refusal:
    """Why a submission is not graded: a line for the student."""

    message: str


def counted(metadata: Metadata) -> list[Earlier]:
    """Earlier submissions that were graded, and did not end in an error of the autograder."""
    return [one for one in metadata.earlier if one.graded and not one.autograder_error]


def refusal(
    settings: GradescopeSettings, metadata: Metadata, extensions: Extensions
) -> Refusal | None:
    """Whether this submission is beyond the limit."""
    limit, created = settings.submission_limit, metadata.created
    if limit is None or created is None:
        return None
    allowed = [extensions.of(user).attempts for user in metadata.users]
    counts = [limit.count if one is None else one for one in allowed] or [limit.count]
    count = of_group(counts, settings.group_extension) or 0
    window = None if limit.seconds is None else timedelta(seconds=limit.seconds)
    graded = _graded(metadata, count, window)
    if _room(graded, created, count, window):
        return None
    return Refusal(_message(limit, count, graded, window))


def _graded(metadata: Metadata, count: int, window: timedelta | None) -> list[datetime]:
    """When the submissions were made that were graded before this one."""
    times = sorted(one.at for one in counted(metadata) if one.at is not None)
    graded: list[datetime] = []
    for time in times:
        if _room(graded, time, count, window):
            graded.append(time)
    return graded


def _room(graded: Sequence[datetime], time: datetime, count: int, window: timedelta | None) -> bool:
    if len(graded) < count:
        return True
    return count > 0 and window is not None and time - graded[-count] >= window


def _message(
    limit: SubmissionLimit, count: int, graded: Sequence[datetime], window: timedelta | None
) -> str:
    rule = limit.text if count == limit.count else f"{count} {limit.text.partition(' ')[2]}"
    lines = [f"This submission was not graded: the limit is {rule}."]
    if window is not None and graded and count:
        lines.append(f"The next one is graded from {shown_time(graded[-count] + window)} on.")
    return " ".join(lines)
