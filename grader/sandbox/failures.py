"""Worker side: what happened in the student's code, as a plain report."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Protocol

from .codec import ValueProblem
from .text import cut

MAX_LINES = 12
MAX_CHARS = 10_000
MAX_NAME = 200
_type_name = type.__dict__["__name__"].__get__


class Files(Protocol):
    """The submission's files, as far as a report needs them."""

    def source(self, file: str, lineno: int) -> tuple[str, str] | None:
        """(name to show, text of the line) of a place in the submission, None elsewhere."""

    def shown(self, text: str) -> str:
        """`text` without the folder in which the submission happens to lie."""


class Missing(Exception):
    """A name, attribute or key that the submission does not have."""


class CallbackFailed(Exception):
    """The host refused a call back to it, or could not answer."""


class Cycle(RecursionError):
    """Two functions of the submission call each other."""


class StatementTimeout(BaseException):
    """A top-level statement of the submission takes too long."""


class TimeIsUp(BaseException):
    """A request has used up its CPU time."""

    def __init__(self) -> None:
        super().__init__("more time than one request may use")


def report(kind: str, message: str, type_name: str = "") -> dict[str, Any]:
    """A report without lines."""
    return {"kind": kind, "type": type_name, "message": cut(message, MAX_CHARS), "lines": []}


def describe(error: BaseException, files: Files) -> dict[str, Any]:
    """The report of `error`, which is being handled, with the lines of it that lie in `files`."""
    kind = _kind(error)
    name = "" if kind in ("missing", "value", "timed_out") else type_name(error)
    message = _message(error)
    if kind == "out_of_memory" and not message:
        message = "the code needs more memory than it may have"
    lines = _lines(sys.exc_info()[2], files)
    return {"kind": kind, "type": name, "message": files.shown(message), "lines": lines}


def type_name(value: Any) -> str:
    """The name of a value's class, whatever its metaclass says."""
    return cut(str(_type_name(type(value))), MAX_NAME)


def _kind(error: BaseException) -> str:
    if isinstance(error, Missing):
        return "missing"
    if isinstance(error, TimeIsUp):
        return "timed_out"
    if isinstance(error, ValueProblem):
        return "value"
    if isinstance(error, CallbackFailed):
        return "callback"
    if isinstance(error, Cycle):
        return "cycle"
    if isinstance(error, NotImplementedError):
        return "not_implemented"
    return "out_of_memory" if isinstance(error, MemoryError) else "raised"


def _message(error: BaseException) -> str:
    try:
        return cut(str.__str__(str(error)), MAX_CHARS)
    except BaseException:  # a student's __str__ may raise anything at all
        return "(the text of this error cannot be shown)"


def _lines(trace: TracebackType | None, files: Files) -> list[list[Any]]:
    first: list[list[Any]] = []
    last: list[list[Any]] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found = files.source(code.co_filename, trace.tb_lineno or 0)
        if found is not None:
            function = cut(str.__str__(code.co_name), MAX_NAME)
            line = [found[0], trace.tb_lineno or 0, function, found[1]]
            if len(first) < MAX_LINES // 2:
                first.append(line)
            else:
                last = [*last[1 - MAX_LINES // 2 :], line]
        trace = trace.tb_next
    return first + last
