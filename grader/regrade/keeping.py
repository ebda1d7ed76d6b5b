"""A regrade that lowers nobody: of each student the better of two reports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from grader.errors import UsageError
from grader.regrade import stored
from grader.regrade.comparing import Comparison, Pair
from grader.results import Report
from grader.writers import report_json
from grader.writers.files import replace_file

ABSENT = "The regrade has no report on this submission: the earlier one is kept."


@dataclass(frozen=True)
class Choice:
    """The report that is kept of a student, and the file it goes to; `note`: it is the earlier."""

    student: str
    path: Path
    target: Path
    note: str = ""


def never_lower(found: Comparison, out: Path) -> tuple[str, ...]:
    """Write the better report of each student; the names of those whose earlier one is kept.

    out: a file for two reports, else a folder that is new or empty, with the layout of the class.
    Raises UsageError where the two gradings are not out of the same maximum, or nothing can be
    written there; nothing is written then.
    """
    choices = list(_choices(found, out))
    _refuse(found, out)
    try:
        for one in choices:
            one.target.parent.mkdir(parents=True, exist_ok=True)
            _write(one)
    except OSError as error:
        raise UsageError(f"cannot write {error.filename or out}: {error.strerror}") from error
    return tuple(one.student for one in choices if one.note)


def _choices(found: Comparison, out: Path) -> Iterator[Choice]:
    for pair in found.pairs:
        lower = _is_lower(pair)
        path = pair.old.path if lower else pair.new.path
        yield Choice(pair.student, path, _target(out, found, path), _note(pair) if lower else "")
    for name, path in found.only_old.items():
        stored.read(path)
        yield Choice(name, path, _target(out, found, path), ABSENT)
    for name, path in found.only_new.items():
        stored.read(path)
        yield Choice(name, path, _target(out, found, path))


def _is_lower(pair: Pair) -> bool:
    if pair.old.most != pair.new.most:
        what = f"{pair.old.most / 100:g} points and {pair.new.path} out of {pair.new.most / 100:g}"
        raise UsageError(f"--never-lower: {pair.old.path} is out of {what}: neither is lower")
    return pair.cents < 0


def _note(pair: Pair) -> str:
    new, old = f"{pair.new.cents / 100:.2f}", f"{pair.old.cents / 100:.2f}"
    return f"A regrade came to {new} points: the report of the earlier {old} points is kept."


def _target(out: Path, found: Comparison, path: Path) -> Path:
    if found.single:
        return out
    root = found.old if path.is_relative_to(found.old) else found.new
    return out / path.relative_to(root)


def _refuse(found: Comparison, out: Path) -> None:
    """Raise UsageError for a place that holds something else."""
    if found.single:
        read = (one.path for pair in found.pairs for one in (pair.old, pair.new))
        if out.is_dir():
            raise UsageError(f"--out: {out} is a folder; two reports give one file")
        if out.exists() and any(os.path.samefile(out, path) for path in read):
            raise UsageError(f"--out: {out} is one of the two reports")
    elif out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise UsageError(f"--out: {out} is there already; name a folder that is new or empty")


def _write(one: Choice) -> None:
    if not one.note:
        text = one.path.read_bytes().decode("utf-8")
        replace_file(one.target, lambda stream: print(text, end="", file=stream))
        return
    data = stored.content(one.path)
    report = Report.from_json(data)
    report.meta = replace(report.meta, notes=(*report.meta.notes, one.note))
    whole = "instructor_notes" in data
    replace_file(one.target, lambda stream: report_json.write(report, stream, show_hidden=whole))
