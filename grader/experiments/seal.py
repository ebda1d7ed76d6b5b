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
    """Remembers in a file for which choice the test data was opened.

    data: the fingerprint of the data; other data has a seal of its own.
    """

    def __init__(self, record: Path, data: str) -> None:
        self._record = record
        self._data = data
        self._choice: str | None = None

    def choose(self, choice: str) -> None:
        """Set down the choice; raises UsageError where the data has served another one."""
        before = self._recorded()
        if before not in (None, choice):
            raise UsageError(
                f"the test file has been opened for another choice ({before}), and a second one "
                f"({choice}) would be a choice by the test set; remove {self._record.parent} or "
                "name another folder with --out to begin anew"
            )
        self._record.parent.mkdir(parents=True, exist_ok=True)
        content = {"data": self._data, "opened_for": choice}
        write_whole(self._record, json.dumps(content, indent=1) + "\n")
        self._choice = choice

    def test_file(self, path: Path | None) -> Path | None:
        """The path, from which it can now be read; raises Sealed before the choice."""
        if self._choice is None:
            raise Sealed("the test file is shut until the choice is made")
        return path

    def _recorded(self) -> str | None:
        try:
            kept = json.loads(self._record.read_text("utf-8"))
            return str(kept["opened_for"]) if kept["data"] == self._data else None
        except (OSError, ValueError, KeyError, TypeError):
            return None
