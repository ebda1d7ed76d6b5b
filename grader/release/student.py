"""student.zip: what students start from, run and hand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from grader.release import files, pins
from grader.release.archive import Entry, entry_of
from grader.release.settings import student_settings
from grader.suites import Layout

README = Path(__file__).with_name("templates") / "student_readme.md"


def student_entries(
    layout: Layout, graded: Sequence[str], needed: Sequence[str]
) -> dict[str, Entry]:
    """The files of student.zip.

    graded: the suites switched on. needed: these and what they import, which gets no checks.
    """
    found = files.shared(layout, needed) | files.public_checks(layout, graded)
    entries = {name: entry_of(path) for name, path in found.items()}
    texts = {
        "README.md": readme(graded, [name for name in needed if name not in graded]),
        "requirements.txt": pins.student_requirements(),
        "setup.cfg": student_settings(),
    }
    return entries | {name: Entry(text.encode()) for name, text in texts.items()}


def readme(graded: Sequence[str], beside: Sequence[str]) -> str:
    """The README: what to do, with which versions, what to hand in."""
    known = pins.constraints()
    return Template(README.read_text("utf-8").replace("\r\n", "\n")).substitute(
        python=pins.PLATFORM,
        newest=list(known)[-1],
        versions=_versions(pins.pins(known[pins.PLATFORM])),
        files=_listed(graded),
        beside=_beside(beside),
        first=f"{graded[0]}.py",
        checks=f"test_{graded[0]}.py",
    )


def _versions(known: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {known[name]}" for name in pins.STUDENTS)


def _listed(names: Sequence[str]) -> str:
    *most, last = [f"`{name}.py`" for name in names]
    return f"{', '.join(most)} and {last}" if most else last


def _beside(names: Sequence[str]) -> str:
    if not names:
        return ""
    is_, earns = ("is", "earns") if len(names) == 1 else ("are", "earn")
    return f"{_listed(names)} {is_} imported by what you write, and {earns} no points.\n\n"
