"""What git knows of the files that go into an archive, where there is a git to ask."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from grader.errors import UsageError
from grader.text import listed

PATIENCE = 30  # seconds


def strangers(found: Mapping[str, Path]) -> list[str]:
    """The names of files that git does not know, though it knows others of their root folder.

    Outside of a clone, without git, or in a course folder that was never added: none.
    """
    roots = {_root(name, path) for name, path in found.items()}
    known = {root: tracked(root) for root in roots}
    return [
        name
        for name, path in found.items()
        if (names := known[_root(name, path)]) and name not in names
    ]


def refuse_strangers(found: Mapping[str, Path]) -> None:
    """Raise UsageError where git does not know all of these: without them nothing is graded."""
    if names := strangers(found):
        what = f"git does not know {listed(names)}"
        raise UsageError(f"{what}: add what belongs to the build with git add, move away the rest")


def tracked(root: Path) -> frozenset[str]:
    """The files of a folder that git knows, relative to it; empty where git cannot tell."""
    # GIT_DIR and the like, as a hook has them, are another repository's
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    command = ["git", "-C", str(root), "ls-files", "-z"]
    try:
        done = subprocess.run(command, env=env, capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    names = done.stdout.split(b"\0") if done.returncode == 0 else []
    return frozenset(PurePosixPath(os.fsdecode(name)).as_posix() for name in names if name)


def _root(name: str, path: Path) -> Path:
    return path.parents[len(PurePosixPath(name).parts) - 1]
