"""Find the Pythons of this machine and choose one to build on. Standard library only."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUPPORTED = ((3, 10), (3, 11), (3, 12), (3, 13))
INSTALL_PYTHON = "(Debian, Ubuntu: apt install python3 python3-venv)"
# Run by each candidate. A shim or a virtual environment names the interpreter behind it.
PROBE = """
import sys, os
try:
    import venv, ensurepip
    whole = 1
except ImportError:
    whole = 0
print(*sys.version_info[:2], int(sys.version_info[3] == "final"), whole)
print(getattr(sys, "_base_executable", sys.executable), os.__file__, sep="\\n")
"""


class SetupError(Exception):
    """Why there is no environment, and what to do about it, in one line."""


@dataclass(frozen=True)
class Interpreter:
    """One Python on this machine, and what decides whether it is taken."""

    path: str
    version: tuple[int, int]
    final: bool
    has_venv: bool
    for_everyone: bool

    @property
    def name(self) -> str:
        return f"{self.version[0]}.{self.version[1]}"

    @property
    def usable(self) -> bool:
        return self.version >= SUPPORTED[0] and self.has_venv

    def rank(self) -> tuple[bool, bool, tuple[int, int]]:
        """The best has the greatest: readable (as root), supported, new."""
        # The sandbox runs submissions under a uid of their own, which must be able to start Python.
        readable = self.for_everyone or os.geteuid() != 0
        return readable, self.final and self.version in SUPPORTED, self.version


def open_to_all(path: str) -> bool:
    """Can any uid execute the file `path`, following its links and folders?"""
    target = Path(os.path.realpath(path))
    modes = [target.stat().st_mode & 0o005 == 0o005]
    modes += [folder.stat().st_mode & 0o001 == 0o001 for folder in target.parents]
    return all(modes)


def probe(candidate: str) -> Interpreter | None:
    """What `candidate` is; None if it does not run."""
    try:
        done = subprocess.run(
            [candidate, "-c", PROBE], capture_output=True, text=True, timeout=30, check=True
        )
        facts, path, library = done.stdout.splitlines()
        major, minor, final, whole = (int(fact) for fact in facts.split())
        everyone = open_to_all(path) and open_to_all(os.path.dirname(library))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return Interpreter(path, (major, minor), bool(final), bool(whole), everyone)


def candidates() -> Iterator[str]:
    """Every file that may be a Python: on the search path first, then in pyenv's own folders."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    with contextlib.suppress(OSError):
        folders += sorted(str(path) for path in pyenv.glob("versions/3.*/bin"))
    names = [f"python{major}.{minor}" for major, minor in reversed(SUPPORTED)]
    for name in [*names, "python3", "python"]:
        for folder in folders:
            if found := shutil.which(name, path=folder):
                yield found


def interpreters() -> list[Interpreter]:
    """All that run, each once, best first (of equals the one found first)."""
    files: dict[str, str] = {}
    for candidate in candidates():
        files.setdefault(os.path.realpath(candidate), candidate)
    found: dict[str, Interpreter] = {}
    for candidate in files.values():
        if one := probe(candidate):
            found.setdefault(os.path.realpath(one.path), one)
    return sorted(found.values(), key=Interpreter.rank, reverse=True)


def choose(requested: str = "") -> Interpreter:
    """The interpreter to build on: `requested`, or the best of the machine's."""
    found = [one for one in [probe(requested)] if one] if requested else interpreters()
    for one in found:
        if one.usable:
            return one
    if requested and not found:
        raise SetupError(f"{requested} does not run as a Python")
    for one in found:
        if one.version >= SUPPORTED[0]:
            raise SetupError(
                f"{one.path} lacks the venv module (Debian, Ubuntu: apt install python3-venv)"
            )
    seen = ", ".join(one.name for one in found) or "none"
    raise SetupError(f"Python 3.10 or newer is needed, found {seen} {INSTALL_PYTHON}")
