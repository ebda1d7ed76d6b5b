"""What can go wrong in a sandbox, and how a student's error is told.

SandboxError          the sandbox cannot do what was asked
  StaleHandle         a handle of a worker that is gone
  StudentFailure      the student's code failed; the worker lives on; carries a StudentError
  WorkerDied          the worker is gone; carries a StudentError
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .text import clean

KINDS = (
    "raised",
    "not_implemented",
    "missing",
    "timed_out",
    "out_of_memory",
    "crashed",
    "cycle",
    "value",
    "callback",
)
MAX_LINES = 12


@dataclass(frozen=True)
class Line:
    """One frame of a traceback inside the submission: file, line number, function, source text."""

    file: str
    lineno: int
    function: str
    text: str


@dataclass(frozen=True)
class StudentError:
    """One failure of student code, in plain words; every text is capped and free of control codes.

    kind: one of `KINDS`. type_name: the exception's class, or "" where there was none.
    lines: the frames that lie in the submission's own files, outermost first.
    """

    kind: str
    type_name: str = ""
    message: str = ""
    lines: tuple[Line, ...] = ()

    def __str__(self) -> str:
        return f"{self.type_name}: {self.message}" if self.type_name else self.message


class SandboxError(Exception):
    """The sandbox cannot do what was asked of it."""


class StaleHandle(SandboxError):
    """A handle was used with another worker than the one that gave it."""


class StudentFailure(SandboxError):
    """The student's code failed where the caller needs a value; `error` says how."""

    def __init__(self, error: StudentError) -> None:
        super().__init__(str(error))
        self.error = error


class WorkerDied(SandboxError):
    """The worker is gone; `error` says why (timed_out, out_of_memory or crashed)."""

    def __init__(self, error: StudentError) -> None:
        super().__init__(str(error))
        self.error = error


def student_error(report: Any, *, text_chars: int) -> StudentError:
    """The error that a worker reports; anything malformed in `report` raises ValueError."""
    if not isinstance(report, dict):
        raise ValueError("a report of an error is an object")
    kind, lines = report.get("kind"), report.get("lines", [])
    if kind not in KINDS or not isinstance(lines, list) or len(lines) > MAX_LINES:
        raise ValueError("a malformed report of an error")
    return StudentError(
        kind=kind,
        type_name=clean(_text(report.get("type", "")), 200),
        message=clean(_text(report.get("message", "")), text_chars),
        lines=tuple(_line(line) for line in lines),
    )


def _line(line: Any) -> Line:
    if not isinstance(line, list) or len(line) != 4 or type(line[1]) is not int:
        raise ValueError("a malformed line of a traceback")
    file, lineno, function, text = line
    return Line(clean(_text(file), 200), lineno, clean(_text(function), 200), clean(_text(text)))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("text expected")
    return value
