"""Settings of what Gradescope shows and of the course's policies; see grader/config.py.

The values of one key each, ValueError for what is wrong. All policies are off unless set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from grader.config_values import Parser, one_of, shown

FEEDBACKS = ("practice", "teaser", "exam")
ROWS = ("function", "check")
GROUP_RULES = ("latest", "earliest", "submitter")
BOARDS = ("off", "solution", "hw_mlp")
SECONDS = {"m": 60, "h": 3600, "d": 86_400}
LONGEST_DEADLINE = 39  # minutes; the platform ends what takes 40


@dataclass(frozen=True)
class LatePenalty:
    """What is taken off per started hour or day, as a part of the points earned, 0 to 1."""

    part: Fraction
    unit: str

    @property
    def unit_seconds(self) -> int:
        """Seconds of an hour or a day."""
        return 3600 if self.unit == "hour" else 86_400


@dataclass(frozen=True)
class SubmissionLimit:
    """At most `count` submissions in any `seconds` seconds; None: in all."""

    count: int
    seconds: int | None
    text: str


@dataclass(frozen=True)
class GradescopeSettings:
    """What is shown, and the policies.

    hints: attempts before hints are shown; None: never. deadline_minutes: of wall time.
    late_grace: seconds. late_cap: the most that is taken off, 0 to 1.
    """

    feedback: str = "practice"
    hints: int | None = 0
    rows: str = "function"
    deadline_minutes: float = 9.0
    late_penalty: LatePenalty | None = None
    late_grace: int = 0
    late_cap: Fraction = Fraction(1)
    extensions: Path | None = None
    group_extension: str = "latest"
    submission_limit: SubmissionLimit | None = None
    leaderboard: str = "off"


def _hints(text: str, _: Path) -> int | None:
    if text in ("always", "never"):
        return 0 if text == "always" else None
    found = re.fullmatch(r"after_attempts\s*:\s*(\d{1,4})", text)
    if not found:
        raise ValueError(f"{shown(text)} is not always, never or after_attempts:N, such as 3")
    return int(found[1])


def _deadline(text: str, _: Path) -> float:
    minutes = float(text) if re.fullmatch(r"\d{1,4}(\.\d{1,4})?", text) else -1.0
    if not 0.5 <= minutes <= LONGEST_DEADLINE:
        raise ValueError(f"{shown(text)} is not a number of minutes from 0.5 to {LONGEST_DEADLINE}")
    return minutes


def _percent(text: str) -> Fraction:
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,4})?)\s*%", text)
    part = Fraction(found[1]) / 100 if found else Fraction(-1)
    if not 0 <= part <= 1:
        raise ValueError(f"{shown(text)} is not a percentage from 0% to 100%")
    return part


def _late_penalty(text: str, _: Path) -> LatePenalty | None:
    if text in ("", "none"):
        return None
    percent, per, unit = text.partition(" per ")
    if not per or unit.strip() not in ("hour", "day"):
        raise ValueError(f"{shown(text)} should read: 10% per day, 1% per hour, or none")
    return LatePenalty(_percent(percent.strip()), unit.strip())


def _late_cap(text: str, _: Path) -> Fraction:
    return Fraction(1) if text in ("", "none") else _percent(text)


def _duration(text: str) -> int:
    found = re.fullmatch(r"(\d{1,5})\s*([mhd])", text)
    if not found or not int(found[1]):
        raise ValueError(f"{shown(text)} is not a time such as 30m, 24h or 7d")
    return int(found[1]) * SECONDS[found[2]]


def _late_grace(text: str, _: Path) -> int:
    return 0 if text in ("", "0", "none") else _duration(text)


def _submission_limit(text: str, _: Path) -> SubmissionLimit | None:
    if text in ("", "none"):
        return None
    found = re.fullmatch(r"(\d{1,4})\s+(?:per\s+(\S.*)|in\s+all)", text)
    if not found or not int(found[1]):
        raise ValueError(f"{shown(text)} should read: 3 per 24h, 10 in all, or none")
    seconds = _duration(found[2].strip()) if found[2] else None
    return SubmissionLimit(int(found[1]), seconds, " ".join(text.split()))


def _extensions(text: str, folder: Path) -> Path | None:
    return folder / text.strip() if text.strip() else None


PARSERS: Mapping[str, Parser] = {
    "feedback": one_of(FEEDBACKS),
    "hints": _hints,
    "rows": one_of(ROWS),
    "deadline_minutes": _deadline,
    "late_penalty": _late_penalty,
    "late_grace": _late_grace,
    "late_cap": _late_cap,
    "extensions": _extensions,
    "group_extension": one_of(GROUP_RULES),
    "submission_limit": _submission_limit,
    "leaderboard": one_of(BOARDS),
}
