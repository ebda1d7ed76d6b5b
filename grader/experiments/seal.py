"""The test file stays shut until the choice is made, and is opened for one choice only."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.errors import GraderError, UsageError
from grader.experiments.store import write_whole


class Sealed(GraderError):
    """The test file was asked for before the choice, or twice."""


class Once:
    """Reads a file at most once, and not at all where no choice has been made.

    read: how to read it; None: no choice has been made yet.
    """

    def __init__(self, read: Callable[[], Any] | None) -> None:
        self._read = read
        self._opened = False

    def open(self) -> Any:
        """The content; raises Sealed before the choice and from the second time on."""
        if self._read is None:
            raise Sealed("the test file is shut until the choice is made")
        if self._opened:
            raise Sealed("the test file has been opened already")
        self._opened = True
        return self._read()


class Seal:
    """Holds the path of the test file, and remembers in a file for which choice it was given out.

    path: None where there is no test file. owner: the fingerprints of the data and of the code that
    is tried on it (a submission, or the reference). Each owner has one choice.
    """

    def __init__(self, record: Path, owner: str, path: Path | None = None) -> None:
        self._record = record
        self._owner = owner
        self._path = path
        self._chosen = False

    def choose(self, choice: str) -> None:
        """Set down the choice; raises UsageError where the owner has made another one."""
        choices = self._recorded()
        before = choices.setdefault(self._owner, choice)
        if before != choice:
            raise UsageError(
                f"the test file has been opened for another choice ({before}), and a second one "
                f"({choice}) would be a choice by the test set; remove {self._record.parent} or "
                "name another folder with --out to begin anew"
            )
        self._record.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._record, json.dumps({"opened_for": choices}, indent=1) + "\n")
        self._chosen = True

    def test_file(self) -> Path | None:
        """The path, from which it can now be read; raises Sealed before the choice."""
        if not self._chosen:
            raise Sealed("the test file is shut until the choice is made")
        return self._path

    def _recorded(self) -> dict[str, str]:
        try:
            kept = json.loads(self._record.read_text("utf-8"))["opened_for"]
            return {str(owner): str(choice) for owner, choice in kept.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}
