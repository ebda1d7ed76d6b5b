"""Which files of the repository and of a course folder go where.

They are found by folder and kind. In a clone git is asked, too: of helpers and data what it does
not know is left out, of all else that is refused. An unzipped copy has the rules by kind alone.
From a course folder come the templates, checks, references, known mistakes and stand-ins of its
suites, and its data: what `--course` takes when it grades, so that both grade alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from grader.errors import UsageError
from grader.release.marker import SECRET_FOLDERS
from grader.release.tracked import refuse_strangers, strangers
from grader.suites import ROOT, Layout

# Endings, or whole names.
PYTHON = frozenset((".py",))
EMBEDDED = frozenset((".py", "digits_traindata.hdf5", "digits_testdata.hdf5"))
GRADER = frozenset((".py", ".sh", ".html", ".md"))
COURSE_DATA = frozenset(
    (".py", ".hdf5", ".h5", ".npy", ".npz", ".gz", ".csv", ".json", ".txt", ".md")
)
ANYTHING = frozenset(("",))
FETCHED = "downloads"
OURS_IN_TESTS = ("tests/__init__.py", "tests/conftest.py")

Files = dict[str, Path]


def shared(layout: Layout, templates: Iterable[str]) -> Files:
    """What both archives hold: the templates of these suites, helpers of the checks, data."""
    names = [f"{suite}.py" for suite in templates]
    found = {name: _template(layout, name) for name in names}
    found |= {name: _ours(name) for name in (*OURS_IN_TESTS, "LICENSE")}
    refuse_strangers(found)
    helpers, ours = below("tests/helpers", PYTHON, [ROOT]), below("data", EMBEDDED, [ROOT], FETCHED)
    return found | _known(helpers) | _known(ours) | _known(_course_data(layout))


def left_out(layout: Layout, taken: Collection[str]) -> list[str]:
    """Names of files that lie among helpers and data, and are not among those taken."""
    found = below("tests/helpers", ANYTHING, [ROOT])
    found |= below("data", ANYTHING, _roots(layout), FETCHED)
    return sorted(found.keys() - set(taken))


def public_checks(layout: Layout, suites: Iterable[str]) -> Files:
    """The checks of these suites that students may see."""
    found = {
        f"tests/{path.name}": path
        for suite in suites
        for path in layout.checks(suite)
        if path.parent.name == "tests"
    }
    refuse_strangers(found)
    return found


def grading(layout: Layout, suites: Iterable[str]) -> Files:
    """What only the autograder holds: the grader with the checks of all suites that have any."""
    found = below("grader", GRADER, [ROOT])
    for folder in SECRET_FOLDERS:
        found |= below(folder, GRADER, _roots(layout))
    used = dict(_checks(layout, suites))
    # Parts of a suite whose first file is the course's own are no part of it any more.
    stale = [name for name in found if name.startswith("grader/checks/test_")]
    found = {name: path for name, path in found.items() if name not in stale} | used
    refuse_strangers(found)
    return found


def below(folder: str, kinds: frozenset[str], roots: Sequence[Path], without: str = "") -> Files:
    """The files of these kinds below `folder` of each root, later roots laid over earlier ones."""
    return {
        path.relative_to(root).as_posix(): path
        for root in roots
        for path in sorted((root / folder).rglob("*"))
        if (kinds == ANYTHING or kinds & {path.suffix, path.name})
        and path.is_file()
        and _kept(path.relative_to(root), without)
    }


def _course_data(layout: Layout) -> Files:
    return below("data", COURSE_DATA, [layout.course], FETCHED) if layout.course else {}


def _known(found: Files) -> Files:
    return {name: found[name] for name in found.keys() - set(strangers(found))}


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
