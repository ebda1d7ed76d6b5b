"""Which packages the archives ask for, in the versions of constraints/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.errors import UsageError
from grader.suites import ROOT

STUDENTS = ("numpy", "h5py", "matplotlib", "rich", "pytest", "hypothesis")
PLATFORM = "3.10"  # the Python of Gradescope's image


def constraints() -> dict[str, Path]:
    """{"3.10": its file, ...}, oldest first; UsageError without the platform's."""
    found = {path.stem: path for path in (ROOT / "constraints").glob("3.*.txt")}
    if PLATFORM not in found:
        where = ROOT / "constraints" / f"{PLATFORM}.txt"
        raise UsageError(f"there is no {where}: build from a clone or an unzipped copy of it")
    return {name: found[name] for name in sorted(found, key=lambda one: int(one.split(".")[1]))}


def pins(path: Path) -> dict[str, str]:
    """{"numpy": "2.2.6", ...}"""
    lines = (line.partition("==") for line in path.read_text("ascii").splitlines())
    return {name: version for name, sign, version in lines if sign}


def student_requirements(packages: Iterable[str] = ()) -> str:
    """requirements.txt for students: the same versions as graded with, for each Python.

    packages: what submissions may import besides, as the settings name it.
    """
    each = {python: pins(path) for python, path in constraints().items()}
    lines = [f"# As graded with on Python {PLATFORM}, and their like for other Pythons."]
    for name in STUDENTS:
        lines += _lines(name, {python: known[name] for python, known in each.items()})
    return "\n".join([*lines, *added(packages), ""])


def added(packages: Iterable[str]) -> list[str]:
    """Those of the packages that students are not asked to install anyway."""
    return [one for one in packages if not _is_asked_for(one)]


def _is_asked_for(package: str) -> bool:
    name = re.split(r"[^\w.-]", package, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower() in STUDENTS


def _lines(name: str, versions: Mapping[str, str]) -> list[str]:
    """One line per version, with the Pythons that it is for where they differ."""
    firsts: dict[str, str] = {}
    for python, version in versions.items():
        firsts.setdefault(version, python)
    if len(firsts) == 1:
        return [f"{name}=={versions[PLATFORM]}"]
    ends = [*list(firsts.values())[1:], ""]
    conditions = [
        f'python_version >= "{first}"' + (f' and python_version < "{end}"' if end else "")
        for first, end in zip(firsts.values(), ends, strict=True)
    ]
    return [f"{name}=={one}; {two}" for one, two in zip(firsts, conditions, strict=True)]
