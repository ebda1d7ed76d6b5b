"""Where everything lies in the container, and the results that are there before any grading."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.gradescope.metadata import GRADED, UNGRADED
from grader.text import one_line
from grader.writers.files import replace_file

BEGUN = (
    "Grading has begun. If this is all you see, it was ended from outside: tell your instructor."
)
FAILED = (
    "The autograder could not grade this submission. That is no fault of the submission's; "
    "the instructor finds the reason in the autograder's output."
)


@dataclass(frozen=True)
class Platform:
    """The folders and files below /autograder, or another root that is laid out like it."""

    root: Path

    @property
    def submission(self) -> Path:
        """What the student handed in."""
        return self.root / "submission"

    @property
    def metadata(self) -> Path:
        """Who, when, and what there was before; absent when run elsewhere."""
        return self.root / "submission_metadata.json"

    @property
    def results(self) -> Path:
        """What the platform shows."""
        return self.root / "results" / "results.json"

    @property
    def report(self) -> Path:
        """The versioned report, without values of hidden checks."""
        return self.root / "results" / "report.json"

    def begin(self, ungraded: Sequence[str] = ()) -> None:
        """Make the folder and write results that are valid already.

        ungraded: when submissions were made that were not graded. Raises UsageError where there
        can be no results.
        """
        folder = self.results.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = "it is no folder" if folder.exists() else error.strerror
            raise UsageError(f"cannot make the folder {folder}: {why}") from error
        self.write(self._empty(BEGUN, ungraded))

    def give_up(self, ungraded: Sequence[str] = ()) -> None:
        """Write that there is no result and that it is not the student's fault."""
        self.write(self._empty(FAILED, ungraded))

    def write(self, data: Mapping[str, Any]) -> None:
        """Write results.json in one step; raises UsageError where it cannot be written."""
        try:
            replace_file(self.results, lambda stream: json.dump(data, stream, indent=1))
        except OSError as error:
            raise UsageError(f"cannot write {self.results}: {error.strerror}") from error

    @staticmethod
    def _empty(line: str, ungraded: Sequence[str]) -> dict[str, Any]:
        extra = {GRADED: False, UNGRADED: list(ungraded)}
        shown = {"score": 0.0, "output": line, "output_format": "text", "tests": []}
        return {**shown, "extra_data": extra}


def say(line: str) -> None:
    """One line for the instructor: the platform keeps what is printed."""
    print(one_line(line, 1000), flush=True)


def is_empty(folder: Path) -> bool:
    """Whether a folder has nothing in it."""
    try:
        with os.scandir(folder) as entries:
            return next(iter(entries), None) is None
    except OSError:
        return False
