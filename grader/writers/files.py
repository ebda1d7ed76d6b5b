"""The one place that writes files: whole or not at all, and not too often."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from grader.results import Report

INTERVAL = 0.25  # seconds between two writings of an unfinished report
Write = Callable[[Report, TextIO], None]


class ReportFile:
    """A file that follows a growing report; at every moment it holds a whole one.

    `update` writes the first time and then at most every `interval` seconds, `finish` always.
    Both raise OSError where the file cannot be written; `behind` says so until it can be again.
    """

    def __init__(
        self,
        path: Path,
        write: Write,
        *,
        interval: float = INTERVAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._write = path, write
        self._interval, self._clock = interval, clock
        self._due = float("-inf")
        self.behind = False

    def update(self, report: Report) -> None:
        """Write the report if the last time is long enough ago."""
        if self._clock() >= self._due:
            self.finish(report)

    def finish(self, report: Report) -> None:
        """Write the report."""
        self.behind = True
        try:
            replace_file(self._path, lambda stream: self._write(report, stream))
            self.behind = False
        finally:
            self._due = self._clock() + self._interval


def replace_file(path: Path, write: Callable[[TextIO], None]) -> None:
    """Write a text file beside `path` and put it in its place in one step.

    What was there before stays until the new content is on disk, and if anything goes wrong.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(temporary, flags, 0o644)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
