"""A copy of the repository for each configuration, and the process that attacks are run from."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.sandbox import confinement, identity
from meta_tests.attacks import container
from meta_tests.attacks.record import CONTAINERS

ROOT = Path(__file__).resolve().parents[2]
ORDINARY = 65534
_COPIED = (
    "grader",
    "tests",
    "data",
    "meta_tests",
    "setup.cfg",
    "solution.py",
    "nn.py",
    "hw_mlp.py",
)
_SECONDS = 1200  # on a machine that does much else


def lacking(configuration: str) -> str:
    """Why this machine cannot give the configuration; empty if it can."""
    if sys.platform != "linux":
        return "the layers are Linux's"
    if os.geteuid() != 0:
        return "" if configuration == "ordinary user" else "needs root"
    if configuration != "private interpreter" and not readable():
        return f"no user but root can read {sys.executable}"
    if configuration in CONTAINERS and not container.possible():
        return "needs CAP_SYS_ADMIN, and x86-64 or aarch64"
    return ""


def readable() -> bool:
    """May any user run this interpreter, with numpy?"""
    import numpy

    paths = [sys.executable, os.__file__, numpy.__file__ or "", *confinement.library_folders()]
    ours = [path for path in paths if not path.startswith(str(ROOT)) or path == sys.executable]
    return all(identity.readable_by_all(path) for path in ours if os.path.exists(path))


def run(configuration: str, only: str = "") -> dict[str, dict[str, Any]]:
    """What every attack met: see running.Running.all."""
    secret = planted(configuration)
    with _place(configuration) as home:
        python = [sys.executable, "-B", "-m"]
        command = [*python, "meta_tests.attacks.running"]
        if configuration in CONTAINERS:
            landlock = "without" if configuration.endswith("without Landlock") else "with"
            command = [*python, "meta_tests.attacks.container", landlock, *command]
        user = ORDINARY if configuration == "ordinary user" and os.geteuid() == 0 else None
        done = subprocess.run(
            [*command, configuration, str(home), secret, only],
            cwd=home / "repository",
            env={"PATH": os.defpath, "ATTACKED": secret, "LC_ALL": "C.UTF-8"},
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
    if done.returncode:
        raise RuntimeError(f"the attacks could not be run: {done.stderr[-2000:]}")
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def planted(configuration: str) -> str:
    """The secret, which is the gradings' seed as well: the same cases are drawn on every run.

    No attack has it from here: it is known by its form, and has to be found.
    """
    return f"S{hashlib.sha256(configuration.encode()).hexdigest()[:24]}"


@contextmanager
def _place(configuration: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="attacks-") as name:
        home = Path(name)
        repository = home / "repository"
        repository.mkdir()
        for part in _COPIED:
            _copy(ROOT / part, repository / part)
        for folder in (home, repository):
            folder.chmod(0o755)
        # As in the container: what is secret is closed to others.
        (repository / "grader").chmod(0o700)
        if configuration == "ordinary user" and os.geteuid() == 0:
            _give(home, ORDINARY)
        yield home


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(source, target, ignore=ignored)
    else:
        shutil.copy(source, target)


def _give(home: Path, user: int) -> None:
    for folder, _, files in os.walk(home):
        for path in (folder, *(os.path.join(folder, file) for file in files)):
            os.chown(path, user, user)
