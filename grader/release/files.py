"""Which files of the repository and of a course folder go where.

They are found by folder and kind rather than asked of git, which an unzipped copy does not have.
From a course folder come the templates, checks, references, known mistakes and stand-ins of its
suites, and its data: what `--course` takes when it grades, so that both grade alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from grader.errors import UsageError
from grader.release.marker import SECRET_FOLDERS
from grader.suites import ROOT, Layout

CODE = frozenset((".py", ".sh", ".html", ".css", ".js", ".json", ".txt", ".md"))
DATA = frozenset((".py", ".hdf5", ".h5", ".npy", ".npz", ".gz", ".csv", ".json", ".txt", ".md"))
FETCHED = "downloads"
OURS_IN_TESTS = ("tests/__init__.py", "tests/conftest.py")

Files = dict[str, Path]


def shared(layout: Layout, templates: Iterable[str]) -> Files:
    """What both archives hold: the templates of these suites, helpers of the checks, data."""
    names = [f"{suite}.py" for suite in templates]
    found = {name: _template(layout, name) for name in names}
    found |= {name: _ours(name) for name in (*OURS_IN_TESTS, "LICENSE")}
    found |= below("tests/helpers", CODE, [ROOT])
    return found | below("data", DATA, _roots(layout), without=FETCHED)


def public_checks(layout: Layout, suites: Iterable[str]) -> Files:
    """The checks of these suites that students may see."""
    return {
        f"tests/{path.name}": path
        for suite in suites
        for path in layout.checks(suite)
        if path.parent.name == "tests"
    }


def grading(layout: Layout, suites: Iterable[str]) -> Files:
    """What only the autograder holds: the grader with the checks of all suites that have any."""
    found = below("grader", CODE, [ROOT])
    for folder in SECRET_FOLDERS:
        found |= below(folder, CODE, _roots(layout))
    used = dict(_checks(layout, suites))
    # Parts of a suite whose first file is the course's own are no part of it any more.
    stale = [name for name in found if name.startswith("grader/checks/test_")]
    return {name: path for name, path in found.items() if name not in stale} | used


def below(folder: str, suffixes: frozenset[str], roots: Sequence[Path], without: str = "") -> Files:
    """The files of these kinds below `folder` of each root, later roots laid over earlier ones."""
    return {
        path.relative_to(root).as_posix(): path
        for root in roots
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in suffixes and path.is_file() and _kept(path.relative_to(root), without)
    }


def _kept(path: Path, without: str) -> bool:
    """No caches, hidden files, copies that an editor left, nor anything below `without`."""
    return not any(part == without or part.startswith((".", "__pyc", "#")) for part in path.parts)


def _checks(layout: Layout, suites: Iterable[str]) -> Iterable[tuple[str, Path]]:
    for suite in suites:
        with suppress(UsageError):  # one that is switched off need not be complete
            for path in layout.checks(suite):
                folder = "tests" if path.parent.name == "tests" else "grader/checks"
                yield f"{folder}/{path.name}", path


def _roots(layout: Layout) -> list[Path]:
    return [ROOT, layout.course] if layout.course else [ROOT]


def _template(layout: Layout, name: str) -> Path:
    path = layout.find(name)
    if path is None:
        where = "here or in the course folder" if layout.course else f"in {ROOT}"
        raise UsageError(f"there is no {name} {where}: students need a template for each suite")
    return path


def _ours(name: str) -> Path:
    path = ROOT / name
    if not path.is_file():
        raise UsageError(f"there is no {path}: build from a clone or an unzipped copy of it")
    return path
