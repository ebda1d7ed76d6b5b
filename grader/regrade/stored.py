"""Reports as they lie in files: of one submission, or of a class.

A class is a folder of <student>/report.json or <student>.json. What is compared are the numbers
that were written, which are those that students were told.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader import reading
from grader.errors import UsageError
from grader.results import FORMAT_VERSION, Override, Status
from grader.text import one_line

REPORT = "report.json"
# What tells two gradings apart, as it is called; the versions come after these.
FINGERPRINTS: Mapping[str, str] = {
    "submission_hash": "submission",
    "seed_fingerprint": "seed",
    "suite_hash": "suite",
    "settings_hash": "settings",
    "sandbox_level": "sandbox",
}


@dataclass(frozen=True)
class StoredCheck:
    """One check of a report; points in hundredths. `said` is kept of an excused one alone."""

    id: str
    function: str
    title: str
    status: Status
    cents: int
    most: int
    said: str
    override: Override | None

    @property
    def ending(self) -> tuple[Status, int, int, Override | None]:
        """All that can move."""
        return self.status, self.cents, self.most, self.override


@dataclass(frozen=True)
class Stored:
    """What a comparison needs of one report; points in hundredths.

    circumstances: what was graded, by what and with what, by the names of FINGERPRINTS and of the
    versions; empty where it was not recorded. whole: with what is for the instructor alone.
    """

    path: Path
    cents: int
    most: int
    whole: bool
    circumstances: Mapping[str, str]
    checks: Mapping[str, StoredCheck]

    def of(self, name: str) -> str:
        """One of the circumstances; empty where it was not recorded."""
        return self.circumstances.get(name, "")


def find(path: Path) -> dict[str, Path]:
    """The files of the students in a folder, by their names; of a single file under no name.

    Raises UsageError where there are none, or two of one student.
    """
    if path.is_file():
        return {"": path}
    if not path.is_dir():
        raise UsageError(f"there is no file or folder {path}")
    if (path / REPORT).is_file():
        return {"": path / REPORT}
    found: dict[str, Path] = {}
    for entry in sorted(path.iterdir()):
        name = entry.stem if entry.is_file() else entry.name
        file = entry if entry.is_file() else entry / REPORT
        if file.suffix != ".json" or not file.is_file() or not _is_report(file):
            continue
        if name in found:
            raise UsageError(f"{path} has two reports of {name}: {found[name].name} and {entry}")
        found[name] = file
    if not found:
        raise UsageError(f"{path} has no <student>/{REPORT} and no <student>.json in it")
    return found


def _is_report(file: Path) -> bool:
    """Whether a file claims to be a report: a folder of a class may hold others beside them.

    Raises UsageError for one that is no JSON at all.
    """
    if file.name == REPORT:
        return True
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    if b'"format_version"' in data and b'"checks"' in data:
        return True
    content(file)
    return False


def read(path: Path) -> Stored:
    """The report in a file; raises UsageError where it is none, or from a newer grader."""
    data = content(path)
    try:
        version = reading.version(data["format_version"])
        if version > FORMAT_VERSION:
            newest = f"the newest known here is {FORMAT_VERSION}"
            raise UsageError(f"{path}: this report has format {version}; {newest}")
        return _stored(path, data)
    except UsageError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{path} is not a report of the grader: {one_line(repr(error))}"
        ) from error


def content(path: Path) -> Any:
    """The JSON in a file; raises UsageError where there is none."""
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON: {one_line(str(error))}") from error


def _stored(path: Path, data: Any) -> Stored:
    circumstances = {
        name: reading.text(data.get(key, "")) for key, name in FINGERPRINTS.items()
    } | {name: reading.text(text) for name, text in sorted(data["versions"].items())}
    checks = [_check(one) for one in data["checks"]]
    return Stored(
        path=path,
        cents=_cents(data["score"]),
        most=_cents(data["max_score"]),
        whole="instructor_notes" in data,
        circumstances=circumstances,
        checks={check.id: check for check in checks},
    )


def _check(data: Any) -> StoredCheck:
    status, override = Status(data["status"]), data.get("override")
    return StoredCheck(
        id=sys.intern(reading.text(data["id"])),
        function=sys.intern(reading.text(data["function"])),
        title=sys.intern(reading.text(data["title"])),
        status=status,
        cents=_cents(data["score"]),
        most=_cents(data["max_score"]),
        said=reading.text(data["message"]) if status is Status.excused else "",
        override=None if override is None else reading.record(Override, override, names=True),
    )


def _cents(value: Any) -> int:
    return round(100 * reading.number(value))
