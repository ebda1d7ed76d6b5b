"""extensions.csv: who may hand in later, or more often.

    email,sid,due_date,attempts
    ada@example.edu,,2024-03-08T23:59-05:00,
    ,20231234,2024-03-08,5

A row needs an email or a sid. A line that cannot be used is named and skipped; the rest counts.
The file may be whatever grader/regrade/table.py reads: with semicolons or tabs, UTF-8 or UTF-16.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from grader.errors import UsageError
from grader.gradescope.metadata import User
from grader.gradescope.times import parse_time
from grader.regrade import table
from grader.text import listed, one_line

COLUMNS = ("email", "sid", "due_date", "attempts")
MOST_NOTES = 10
Row = Mapping[str, str]


@dataclass(frozen=True)
class Extension:
    """What one student is allowed instead of the rule."""

    due: datetime | None = None
    attempts: int | None = None

    def joined(self, other: Extension) -> Extension:
        """The more generous of both in each respect."""
        dues = [one.due for one in (self, other) if one.due is not None]
        attempts = [one.attempts for one in (self, other) if one.attempts is not None]
        return Extension(max(dues, default=None), max(attempts, default=None))


@dataclass(frozen=True)
class Extensions:
    """All extensions by email (lower case) and sid. notes: lines for the instructor."""

    rows: Mapping[tuple[str, str], Extension]
    notes: tuple[str, ...] = ()

    def of(self, user: User) -> Extension:
        """The extension of one student; an empty one where there is none."""
        found = Extension()
        for key in (("email", user.email), ("sid", user.sid)):
            if key[1] and key in self.rows:
                found = found.joined(self.rows[key])
        return found


def read_extensions(path: Path | None, zone: tzinfo) -> Extensions:
    """The extensions in a file. zone: of times that have none of their own."""
    if path is None:
        return Extensions({})
    try:
        text = table.text_of(path)
    except (UsageError, ValueError) as error:
        why = str(error).removeprefix(str(path))
        return Extensions({}, (f"{path.name}{why}; no row is used.",))
    return _Table(path.name, zone).read(text)


class _Table:
    """One table as it is read."""

    def __init__(self, name: str, zone: tzinfo) -> None:
        self._name, self._zone = name, zone
        self._notes: list[str] = []
        self._found: dict[tuple[str, str], Extension] = {}

    def read(self, text: str) -> Extensions:
        """All rows that can be used."""
        for number, row in self._rows(text):
            try:
                extension = self._extension(row)
            except ValueError as error:
                self._note(number, f"{error}; this line is not used.")
                continue
            for key in ("email", "sid"):
                if row.get(key):
                    self._add((key, row[key].lower() if key == "email" else row[key]), extension)
        more = len(self._notes) - MOST_NOTES
        rest = [f"{self._name}: and {more} more lines that are not used."] if more > 0 else []
        return Extensions(self._found, (*self._notes[:MOST_NOTES], *rest))

    def _rows(self, text: str) -> Iterator[tuple[int, Row]]:
        header: list[str] | None = None
        for number, cells in self._cells(text):
            if not any(cells) or cells[0].startswith("#"):
                continue
            if header is None:
                header = [cell.lower().replace(" ", "_") for cell in cells]
                if not self._known(header, number):
                    return
            elif any(cells[len(header) :]):
                many = f"{len(cells)} cells below {len(header)} columns"
                self._note(number, f"{many}; this line is not used.")
            else:
                yield number, dict(zip(header, cells, strict=False))

    def _cells(self, text: str) -> Iterator[tuple[int, list[str]]]:
        try:
            yield from table.cells_of(text)
        except ValueError as error:
            self._notes.append(f"{self._name}{error}; nothing from there on is used.")

    def _known(self, header: list[str], number: int) -> bool:
        twice = sorted({name for name in header if header.count(name) > 1})
        strange = [name for name in header if name not in COLUMNS]
        if twice or not {"email", "sid"} & set(header):
            why = f"column {twice[0]} twice" if twice else "no column email or sid"
            self._note(number, f"{one_line(why, 80)}; no row is used.")
            return False
        if strange:
            self._note(number, f"not known: {listed(strange)} (known: {', '.join(COLUMNS)}).")
        return True

    def _extension(self, row: Row) -> Extension:
        if not (row.get("email") or row.get("sid")):
            raise ValueError("neither email nor sid")
        due, attempts = row.get("due_date", ""), row.get("attempts", "")
        if not (due or attempts):
            raise ValueError("neither due_date nor attempts")
        if attempts and not re.fullmatch("0{0,3}[1-9][0-9]{0,4}", attempts):
            raise ValueError(f"attempts: {attempts[:40]!a} is not a whole number from 1 on")
        time = parse_time(due) if due else None
        if time is not None and time.tzinfo is None:
            time = time.replace(tzinfo=self._zone)
        return Extension(time, int(attempts) if attempts else None)

    def _add(self, key: tuple[str, str], extension: Extension) -> None:
        self._found[key] = self._found.get(key, Extension()).joined(extension)

    def _note(self, number: int, what: str) -> None:
        self._notes.append(f"{self._name}, line {number}: {what}")
