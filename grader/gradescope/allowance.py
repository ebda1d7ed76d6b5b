"""How many submissions are graded; beyond that the last results are handed back.

Counted are times of submission, never the clock. What ended in an error of the autograder does not
count, nor does what was itself beyond the limit.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from grader.config_gradescope import GradescopeSettings, SubmissionLimit
from grader.gradescope.extensions import Extensions
from grader.gradescope.lateness import of_group
from grader.gradescope.metadata import Earlier, Metadata
from grader.gradescope.times import shown_time

# What may be at the top level of results, and of which type.
TOP_LEVEL: Mapping[str, type | tuple[type, ...]] = {
    "score": (int, float),
    "execution_time": (int, float),
    "output": str,
    "output_format": str,
    "test_output_format": str,
    "test_name_format": str,
    "visibility": str,
    "stdout_visibility": str,
    "tests": list,
    "leaderboard": list,
    "extra_data": dict,
}
OWN = "handed_back"  # in extra_data: the output as it was before a message was put on top


@dataclass(frozen=True)
class Refusal:
    """Why a submission is not graded: a line for the student."""

    message: str


def counted(metadata: Metadata) -> list[Earlier]:
    """Earlier submissions that did not end in an error of the autograder."""
    return [one for one in metadata.earlier if not one.autograder_error]


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
    graded = _graded(metadata, created, count, window)
    if _room(graded, created, count, window):
        return None
    return Refusal(_message(limit, count, graded, window))


def _graded(
    metadata: Metadata, created: datetime, count: int, window: timedelta | None
) -> list[datetime]:
    """When the submissions were made that were graded before this one."""
    times = sorted(one.at for one in counted(metadata) if one.at is not None and one.at < created)
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


def handed_back(metadata: Metadata, message: str) -> dict[str, Any] | None:
    """The last results with the message on top; None where nothing is known of any."""
    latest = max(metadata.earlier, key=_order, default=None)
    if latest is not None and latest.results is not None:
        results = _sound(latest.results, latest.score)
        if results is not None:
            return _with_message(results, f"{message} These are the results of the last one:")
    scored = [one for one in counted(metadata) if one.score is not None]
    if not scored:
        return None
    last = max(scored, key=_order)
    text = f"{message} The score is that of the last one; its results are in your history."
    return {"score": last.score, "output": text, "output_format": "text", "tests": []}


def _order(one: Earlier) -> tuple[float, bool]:
    return (one.at.timestamp() if one.at else 0.0, one.results is not None)


def _sound(results: Mapping[str, Any], score: float | None) -> dict[str, Any] | None:
    """What of earlier results the platform will take again; None where there is no score."""
    kept: dict[str, Any] = {
        k: v for k, v in results.items() if k in TOP_LEVEL and isinstance(v, TOP_LEVEL[k])
    }
    kept["tests"] = [row for row in kept.get("tests", []) if isinstance(row, dict)]
    if "score" not in kept and not any("score" in row for row in kept["tests"]):
        if score is None:
            return None
        kept["score"] = score
    return kept


def _with_message(results: dict[str, Any], message: str) -> dict[str, Any]:
    extra = dict(results.get("extra_data", {}))
    before = extra.get(OWN)
    before = before if isinstance(before, str) else results.get("output", "")
    if results.get("output_format") == "html":
        output = f"<p><strong>{html.escape(message)}</strong></p>\n{before}"
    else:
        output = f"{message}\n\n{before}"
    return {**results, "output": output, "extra_data": {**extra, OWN: before}}
