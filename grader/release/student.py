"""student.zip: what students start from, run and hand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from grader.config import Settings
from grader.config_values import GRADING
from grader.release import files, pins
from grader.release.archive import Entry, entry_of
from grader.release.settings import student_settings
from grader.suites import Layout, Suite

README = Path(__file__).with_name("templates") / "student_readme.md"
NUMPY_ALONE = """
Write with numpy alone: what torch, jax or the like would do for you is what you are to write.
"""


def student_entries(
    layout: Layout, settings: Settings, needed: Mapping[str, Suite]
) -> dict[str, Entry]:
    """The files of student.zip.

    needed: the suites switched on, and what they import, which gets no checks.
    """
    found = files.shared(layout, needed) | files.public_checks(layout, settings.suites)
    entries = {name: entry_of(path) for name, path in found.items()}
    texts = {
        "README.md": readme(settings, needed),
        "requirements.txt": pins.student_requirements(settings.packages),
        "setup.cfg": student_settings(),
    }
    return entries | {name: Entry(text.encode()) for name, text in texts.items()}


def readme(settings: Settings, needed: Mapping[str, Suite]) -> str:
    """The README: what to do, with which versions, what to hand in."""
    known = pins.constraints()
    first = f"tests/test_{settings.suites[0]}.py"
    text = Template(README.read_text("utf-8").replace("\r\n", "\n")).substitute(
        python=pins.PLATFORM,
        newest=list(known)[-1],
        versions=_versions(pins.pins(known[pins.PLATFORM]), settings.packages),
        files=_listed(settings.suites),
        others=_others([p for name in settings.suites for p in needed[name].files]),
        beside=_beside([name for name in needed if name not in settings.suites]),
        one_file=f"pytest {first}".ljust(34),
        alone=NUMPY_ALONE if _numpy_alone(settings, needed) else "",
    )
    return text.rstrip() + "\n"


def _numpy_alone(settings: Settings, needed: Mapping[str, Suite]) -> bool:
    allowed = any(needed[name].allowed for name in settings.suites)
    return not (allowed or settings.packages or settings.frameworks == "allow")


def _versions(known: Mapping[str, str], packages: Sequence[str]) -> str:
    graded = [f"{name} {known[name]}" for name in pins.STUDENTS if name in GRADING]
    return ", ".join([*graded, *pins.added(packages)])


def _listed(names: Sequence[str]) -> str:
    *most, last = [f"`{name}.py`" for name in names]
    return f"{', '.join(most)} and {last}" if most else last


def _others(patterns: Sequence[str]) -> str:
    """The sentence on what is handed in beside the files of the suites."""
    if not patterns:
        return ""
    return f" Beside them: {', '.join(f'`{pattern}`' for pattern in patterns)}."


def _beside(names: Sequence[str]) -> str:
    if not names:
        return ""
    is_, earns = ("is", "earns") if len(names) == 1 else ("are", "earn")
    return f"{_listed(names)} {is_} imported by what you write, and {earns} no points.\n\n"
