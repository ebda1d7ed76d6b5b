"""What the command line writes beside its page, and how it is stopped."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

from grader.errors import UsageError
from grader.results import Report, Status
from grader.writers import gradescope_json, report_json
from grader.writers.files import ReportFile, Write
from grader.writers.gradescope_view import View

AGAIN = 0.01  # seconds


class Stopped(KeyboardInterrupt):
    """The process was told to stop."""


class Stop:
    """Turns the first SIGTERM or Ctrl-C into a `Stopped`, and remembers which it was.

    Where that is swallowed, as Python does with whatever a finaliser raises, it is raised again.
    """

    def __init__(self) -> None:
        self.signal = 0
        self._before: dict[int, object] = {}

    def __enter__(self) -> "Stop":
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._handle)
        self._hook, sys.unraisablehook = sys.unraisablehook, self._swallowed
        return self

    def __exit__(self, *_: object) -> None:
        sys.unraisablehook = self._hook
        if signal.SIGALRM in self._before:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _handle(self, number: int, _: FrameType | None) -> None:
        for one in self._before:
            signal.signal(one, signal.SIG_IGN)  # what follows is short, and must come to its end
        self.signal = number
        raise Stopped

    def _swallowed(self, what: "sys.UnraisableHookArgs") -> None:
        if not isinstance(what.exc_value, Stopped):
            self._hook(what)
            return
        self._before.setdefault(signal.SIGALRM, signal.signal(signal.SIGALRM, self._again))
        signal.setitimer(signal.ITIMER_REAL, AGAIN)

    def _again(self, *_: object) -> None:
        raise Stopped


class Outputs:
    """The requested files, which follow the report while it grows."""

    def __init__(self) -> None:
        self._report: Report | None = None
        self._files: dict[Path, ReportFile] = {}
        self._broken: dict[Path, str] = {}

    def request(
        self,
        *,
        json: Path | None,
        report: Path | None,
        show_hidden: bool,
        view: View,
    ) -> None:
        """Say which files are wanted, before anything is written; the last request counts.

        Raises UsageError for a place where no file can be.
        """
        if json is not None and json == report:
            raise UsageError(f"--json and --report name the same file, {json}")
        writers: dict[Path, Write] = {}
        if json is not None:
            writers[json] = partial(gradescope_json.write, view=view)
        if report is not None:
            writers[report] = partial(report_json.write, show_hidden=show_hidden)
        fit = {path: write for path, write in writers.items() if not _why_not(path)}
        self._files = {path: ReportFile(path, write) for path, write in fit.items()}
        for path in writers:
            if path not in fit:
                raise UsageError(f"cannot write {path}: {_why_not(path)}")

    @property
    def wanted(self) -> bool:
        """Files are requested, and nothing has been written to them yet."""
        return bool(self._files) and self._report is None

    @property
    def begun(self) -> bool:
        """Whether there is a report to write."""
        return self._report is not None

    def update(self, report: Report) -> None:
        """A check has ended: write what is due. What cannot be written is told by `finish`."""
        self._report = report
        self._write(report, ReportFile.update)

    def finish(self, report: Report) -> None:
        """Write the files for the last time; raises UsageError for one that cannot be written."""
        self._report = report
        self._write(report, ReportFile.finish)
        if self._broken:
            raise UsageError("; ".join(self._broken.values()))

    def abandon(self, why: str) -> str:
        """Write what is known of an unfinished report, and say how far it came."""
        if self._report is None:
            return f"{why} before the first check"
        statuses = [outcome.status for outcome in self._report.outcomes.values()]
        done = sum(status is not Status.not_run for status in statuses)
        line = f"{why} after {done} of {len(statuses)} checks"
        meta = self._report.meta
        self._report.meta = replace(meta, notes=(*meta.notes, f"Grading ended early: {line}."))
        self._write(self._report, ReportFile.finish)
        return "; ".join([line, *self._broken.values()])

    def _write(self, report: Report, method: Callable[[ReportFile, Report], None]) -> None:
        for path, file in self._files.items():
            try:
                method(file, report)
            except OSError as error:  # there may be room again the next time
                self._broken[path] = f"cannot write {path}: {error.strerror}"
            else:
                if not file.behind:
                    self._broken.pop(path, None)


def _why_not(path: Path) -> str:
    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    writable = os.access(path.parent, os.W_OK | os.X_OK)
    return "" if writable else f"nothing can be written in {path.parent}"
