"""overrides.csv: points that someone set by hand for a check of a student.

    student,check,points,reason,by
    ada@example.edu,nn/hidden/relu_values,1.5,accepted in office hours,J. Doe
    20231234,nn/hidden/tanh_values,100%,the statement was ambiguous,J. Doe

A student is an email, a student id or the name of a submission (ada for ada.zip); capitals do not
count. Points are those of the report, with at most two decimals, or a part of the check's maximum
in per cent. They cannot exceed it: that would raise the total of one student.

    rows = read(path)                            every row; UsageError names file and line
    for_students(rows, ["ada@example.edu"])      {check id: row} for whoever has one of these ids
    Overrides(path, rows, ids).apply(report, known)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from grader.config_values import shown
from grader.errors import UsageError
from grader.regrade import table
from grader.regrade.known import KnownChecks
from grader.results import Override, Report, Status
from grader.text import one_line

COLUMNS = ("student", "check", "points", "reason", "by")
POINTS = re.compile(r"(?P<whole>\d{1,6})([.,](?P<part>\d{1,2}))?\s*(?P<percent>%?)")
ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
LONGEST = 500  # characters of a reason


@dataclass(frozen=True)
class Row:
    """One line of the file; `points` is a part of the check's maximum where `relative`."""

    line: int
    student: str
    check: str
    points: Fraction
    relative: bool
    reason: str
    by: str

    def cents(self, maximum: Fraction) -> int:
        """Hundredths of a point; `maximum` is that of the check."""
        points = self.points * maximum if self.relative else self.points
        return round(100 * points)


def read(path: Path) -> tuple[Row, ...]:
    """The rows of a file; raises UsageError that names the line of what is wrong."""
    rows: dict[tuple[str, str], Row] = {}
    for number, cells in table.read(path, COLUMNS):
        try:
            row = _row(number, cells)
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: {error}") from error
        before = rows.setdefault((row.student.casefold(), row.check), row)
        if before is not row:
            what = f"{row.check} of {shown(row.student)} is set in line {before.line}, too"
            raise UsageError(f"{path}, line {number}: {what}")
    return tuple(rows.values())


def _row(number: int, cells: Mapping[str, str]) -> Row:
    for name in COLUMNS:
        if not cells[name]:
            raise ValueError(f"{name} is empty")
    found = POINTS.fullmatch(cells["points"])
    points = Fraction(f"{found['whole']}.{found['part'] or 0}") if found else Fraction(-1)
    relative = bool(found and found["percent"])
    if points < 0 or (relative and points > 100):
        form = "points such as 1.5, or a part of the maximum such as 100%"
        raise ValueError(f"{shown(cells['points'])} is not a number of {form}")
    return Row(
        line=number,
        student=cells["student"],
        check=cells["check"],
        points=points / 100 if relative else points,
        relative=relative,
        reason=one_line(" ".join(cells["reason"].split()), LONGEST),
        by=one_line(" ".join(cells["by"].split())),
    )


def for_students(rows: Iterable[Row], ids: Iterable[str]) -> dict[str, Row]:
    """The rows of whoever has one of these ids, by check; a group has those of all its members.

    Raises UsageError where two of them set other points for the same check.
    """
    known = {one.strip().casefold() for one in ids} - {""}
    found: dict[str, Row] = {}
    for row in rows:
        if row.student.casefold() in known:
            first = found.setdefault(row.check, row)
            if (first.points, first.relative) != (row.points, row.relative):
                lines = f"lines {first.line} and {row.line}"
                raise UsageError(f"overrides, {lines}: both are for one submission's {row.check}")
    return found


@dataclass(frozen=True)
class Overrides:
    """The rows of a file, and the ids of who is graded, beside the submission's name."""

    path: Path = Path()
    rows: tuple[Row, ...] = ()
    ids: tuple[str, ...] = ()

    def apply(self, report: Report, known: KnownChecks) -> None:
        """Set the points of this submission's student in the report.

        All rows are looked at, so that a mistake shows with whoever is graded first: raises
        UsageError for a check that does not exist, and for more points than a check has.
        """
        maxima = report.check_max_scores()
        for row in self.rows:
            if problem := known.problem(row.check) or _excess(row, maxima):
                raise UsageError(f"{self.path}, line {row.line}: {problem}")
        names = _names(report.meta.submission)
        for check, row in for_students(self.rows, (*self.ids, *names)).items():
            if check in maxima:
                self._set(report, row, maxima[check])

    def _set(self, report: Report, row: Row, maximum: Fraction) -> None:
        if report.outcomes[row.check].status is Status.excused:
            what = f"{self.path.name}, line {row.line}: {row.check} is void, so that everyone"
            notes = (*report.meta.instructor_notes, f"{what} earns it; the line is passed over.")
            report.meta = replace(report.meta, instructor_notes=notes)
            return
        points = Fraction(row.cents(maximum), 100)
        report.override(row.check, Override(points, row.reason, row.by))


NONE = Overrides()


def load(path: Path | None, ids: Iterable[str]) -> Overrides:
    """What the file says of a student with these ids (email, student id); no file, nothing."""
    return NONE if path is None else Overrides(path, read(path), tuple(ids))


def _excess(row: Row, maxima: Mapping[str, Fraction]) -> str:
    maximum = maxima.get(row.check)
    if maximum is None or row.cents(maximum) <= 100 * maximum:
        return ""
    return f"{float(row.points):g} points for {row.check}, which has at most {float(maximum):g}"


def _names(submission: str) -> list[str]:
    """The name of a submission with and without the ending of an archive."""
    lower = submission.lower()
    return [submission, *(submission[: -len(end)] for end in ARCHIVES if lower.endswith(end))]
