"""Which files beside the chosen ones are staged: modules that they may import, and what a suite
wants that is no module."""

import fnmatch
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from grader.text import listed

# Never staged: they configure or imitate what grades, or are no part of the answer.
NEVER = frozenset(
    {"conftest", "sitecustomize", "usercustomize", "setup", "tests", "meta_tests", "grader"}
    | {"numpy", "pytest", "_pytest", "hypothesis"}
)
GIVEN_DATA = Path(__file__).resolve().parent.parent / "data"


def helper_targets(
    found: Mapping[str, str], names: Sequence[str]
) -> tuple[dict[PurePosixPath, str], list[str]]:
    """Which other .py file goes where, relative to the folder of the file it lies beside; notes.

    found: the path of each module that was looked for.
    """
    lowest_first = sorted(names, key=lambda name: (name != name.lower(), name))
    sources = [PurePosixPath(name) for name in lowest_first if name.endswith(".py")]
    chosen = [PurePosixPath(name) for name in found.values()]
    targets: dict[PurePosixPath, str] = {}
    folded = {_folded(f"{module}.py") for module in found}
    twice: list[str] = []
    alike: list[str] = []
    for folder in dict.fromkeys(path.parent for path in chosen):
        reserved = {*found, *_given(folder, sources)}
        for path in sources:
            if path in chosen or not path.is_relative_to(folder):
                continue
            target = path.relative_to(folder)
            if not _is_helper(target) or target.parts[0].removesuffix(".py") in reserved:
                continue
            if target in targets:
                if targets[target] != str(path):
                    twice.append(str(path))
            elif _folded(str(target)) in folded:
                alike.append(str(path))
            else:
                targets[target] = str(path)
                folded.add(_folded(str(target)))
    unused = ((twice, "the same name"), (alike, "the same name but for case"))
    notes = [
        f"Not used, because another has {same}: {listed(paths)}." for paths, same in unused if paths
    ]
    return targets, notes


def _folded(name: str) -> str:
    """What is the same for names that some file systems hold to be the same."""
    return unicodedata.normalize("NFKC", name).casefold()


def _given(folder: PurePosixPath, paths: Sequence[PurePosixPath]) -> list[str]:
    """["data"] where the package `data` in this folder is the one that was handed out.

    It is then left out: ours has the data files too, which are never staged. A module data.py is
    the student's own, and so is a package of a few files that have names of ours.
    """
    package = folder / "data"
    theirs = {str(path.relative_to(package)) for path in paths if path.is_relative_to(package)}
    ours = {path.name for path in GIVEN_DATA.glob("*.py")}
    return ["data"] if theirs <= ours and 2 * len(theirs) > len(ours) else []


def _is_helper(path: PurePosixPath) -> bool:
    """Whether the file can be imported and is no test, configuration or imitation."""
    parts = [*path.parts[:-1], path.stem]
    if path.suffix != ".py" or not all(part.isidentifier() for part in parts):
        return False
    is_test = any(part in ("test", "tests") for part in parts) or (
        path.stem.startswith("test_") or path.stem.endswith("_test")
    )
    return not is_test and parts[0] not in NEVER and path.stem != "conftest"


def attachments(
    found: Mapping[str, str], names: Sequence[str], patterns: Mapping[str, Sequence[str]]
) -> dict[PurePosixPath, str]:
    """Which file that fits a pattern of a module goes where: {target: path in the submission}.

    A pattern is compared with the end of a path, folders in any case of letters, so that runs/ may
    lie above the module as well; of two with the same target the one nearest to the module is
    taken. Those of the first pattern come first. "!*data.hdf5" takes nothing of that name.
    """
    targets: dict[PurePosixPath, str] = {}
    for module, wanted in patterns.items():
        if module not in found:
            continue
        folder = PurePosixPath(found[module]).parent
        paths = sorted(map(PurePosixPath, names), key=lambda path: (*_distance(path, folder), path))
        refused = [pattern[1:] for pattern in wanted if pattern.startswith("!")]
        for pattern in wanted:
            for path in paths:
                target = _target(path, pattern)
                if target and not any(fnmatch.fnmatchcase(path.name, one) for one in refused):
                    targets.setdefault(target, str(path))
    return targets


def _distance(path: PurePosixPath, folder: PurePosixPath) -> tuple[bool, int]:
    """Not below the folder, and how deep it is."""
    return not path.is_relative_to(folder), len(path.parts)


def _target(path: PurePosixPath, pattern: str) -> PurePosixPath | None:
    """Where a file goes that fits the pattern."""
    *folders, name = PurePosixPath(pattern).parts
    own = path.parts[-len(folders) - 1 : -1]
    alike = [one.casefold() for one in own] == [one.casefold() for one in folders]
    fits = alike and fnmatch.fnmatchcase(path.name, name)
    return PurePosixPath(*folders, path.name) if fits else None
