"""Which file is which module: the exact name first, then names a browser or a copy makes of it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from grader.text import listed, one_line

COPY_MARKS = re.compile(r"([-_ ]*(\(\d+\)|copy)|[-_ ]+\d+)+$")
ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".rar", ".7z")
DATA = (".hdf5", ".h5", ".keras", ".npy", ".npz", ".pkl", ".pickle", ".csv", ".mat", ".pt", ".gz")
LONGEST_MARK = 40  # of a copy, so that no hostile name is worth matching


@dataclass
class Choice:
    """`found`: module -> path; `missing`: module -> why, one line; `notes`: lines on the choice."""

    found: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def choose(names: Sequence[str], modules: Sequence[str]) -> Choice:
    """Find the file of each module among relative POSIX paths.

    An exact name wins over every variation of it. Of several, the one least deep is taken, then
    the one beside the most other files that are looked for, then the first in the alphabet.
    """
    choice = Choice()
    paths = [PurePosixPath(name) for name in names if name.lower().endswith(".py")]
    for module in modules:
        candidates = _candidates(paths, module)
        if not candidates:
            choice.missing[module] = _why_missing(names, module)
            continue
        company = _company(paths, modules)
        ranked = sorted(candidates, key=lambda path: _rank(path, company))
        choice.found[module] = str(ranked[0])
        choice.notes += _remarks(module, ranked)
    return choice


def _candidates(paths: Sequence[PurePosixPath], module: str) -> list[PurePosixPath]:
    exact = [path for path in paths if path.name == f"{module}.py"]
    return exact or [path for path in paths if _is_variation(path, module)]


def _is_variation(path: PurePosixPath, module: str) -> bool:
    return _plain(path.stem) == module


def _plain(stem: str) -> str:
    """The stem in lower case without the marks of a copy."""
    return COPY_MARKS.sub("", stem.lower()) if len(stem) < LONGEST_MARK else stem


def _company(paths: Sequence[PurePosixPath], modules: Sequence[str]) -> Counter[PurePosixPath]:
    """How many of the files looked for are in each folder."""
    wanted = {f"{module}.py" for module in modules}
    return Counter(path.parent for path in paths if path.name in wanted)


def _rank(path: PurePosixPath, company: Mapping[PurePosixPath, int]) -> tuple[int, int, str]:
    return len(path.parts), -company[path.parent], str(path)


def _remarks(module: str, ranked: Sequence[PurePosixPath]) -> list[str]:
    taken, *others = (str(path) for path in ranked)
    lines = []
    if ranked[0].name != f"{module}.py":
        lines.append(f"{one_line(taken)} was taken for {module}.py.")
    if others:
        lines.append(
            f"There are {len(ranked)} files for {module}.py: {one_line(taken)} was graded, "
            f"{listed(others)} not."
        )
    return lines


def _why_missing(names: Sequence[str], module: str) -> str:
    """Say that the file is missing, and what there is instead."""
    line = f"{module}.py is missing"
    for name in (name.rpartition("/")[2] for name in names):
        stem, _, ending = name.partition(".")
        if _plain(stem) != module:
            continue
        if ending.lower() == "ipynb":
            return (
                f"{line}: {one_line(name)} is a notebook, not a .py file. In Jupyter: File > "
                "Save and Export Notebook As > Executable Script; hand in the result as "
                f"{module}.py."
            )
        return f"{line}: {one_line(name)} is not a .py file. Save it as {module}.py (plain text)."
    return line + "."


def remarks_on_the_rest(names: Sequence[str], choice: Choice) -> list[str]:
    """What is passed over: data files beside the chosen files, archives if one is missing."""
    folders = {PurePosixPath(name).parent for name in choice.found.values()}
    data = [n for n in names if n.lower().endswith(DATA) and PurePosixPath(n).parent in folders]
    packed = [name for name in names if name.lower().endswith(ARCHIVES)]
    lines = []
    if data:
        lines.append(f"Only .py files are used; not looked at: {listed(data, 3)}.")
    if packed and choice.missing:
        lines.append(f"Archives inside a submission are not opened: {listed(packed, 3)}.")
    return lines
