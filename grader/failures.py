"""From what went wrong in the student's code to what a report says of it.

Two texts each: one for whoever may see the values of a check, and an outline without anything that
the student's code could have written into it, for hidden checks.
"""

from __future__ import annotations

import builtins
from typing import Any

from grader.results import Outcome, Status
from grader.sandbox import Line, StudentError
from tests.helpers.asking import StudentFailure
from tests.helpers.assertions import CheckFailure, Finding

STATUS = {
    "raised": Status.crashed,
    "not_implemented": Status.not_implemented,
    "missing": Status.missing,
    "timed_out": Status.timed_out,
    "out_of_memory": Status.out_of_memory,
    "crashed": Status.crashed,
    "cycle": Status.failed,
    "value": Status.failed,
    "callback": Status.failed,
}
NOT_YET = "Not implemented yet."
TOO_LONG = "Took too long and was stopped"
CYCLE = "They call each other: "


def from_error(error: StudentError) -> StudentFailure:
    """The failure that a check sees for an error in the sandbox."""
    status = STATUS[error.kind]
    if status is Status.not_implemented:
        return StudentFailure(status.value, NOT_YET, error=error)
    if error.kind == "cycle":
        return StudentFailure(status.value, CYCLE + error.message, error=error)
    place = _place(error.lines[-1]) if error.lines else ""
    if error.kind == "timed_out":
        return StudentFailure(status.value, TOO_LONG + place, error=error)
    if error.kind == "raised" and not error.lines:
        text = f"The result cannot be used as the interface says: {error.type_name}"
        return StudentFailure("failed", f"{text}: {error.message}", f"{text}.", error=error)
    if error.kind == "raised":
        text = f"{error.type_name}: {error.message}" if error.message else error.type_name
        return StudentFailure(status.value, text + place, _type(error) + place, error=error)
    return StudentFailure(status.value, error.message + place, error.message + place, error=error)


def of_import(file: str, error: StudentError) -> Outcome:
    """The outcome of every check of a file that could not be imported at all."""
    kind = f"{error.type_name}: " if error.type_name and error.type_name != "SyntaxError" else ""
    place = _place(error.lines[-1]) if error.lines else ""
    text = f"{file} cannot be imported: {kind}{error.message}{place}"
    return Outcome(STATUS[error.kind], text)


def is_unusable(failure: StudentFailure) -> bool:
    """Whether a step failed on what the student's code gave, not inside that code."""
    error = failure.error
    return error is not None and error.kind in ("raised", "missing") and not error.lines


def unusable(error: Exception) -> Finding:
    """A finding for an answer that the check could not work with."""
    fact = f"has another form than the interface says ({type(error).__name__} when reading it)"
    return Finding("the result", fact=fact)


def outcome(
    failure: StudentFailure | CheckFailure, *, visible: bool, seconds: float, stub: bool = False
) -> Outcome:
    """The outcome of a check that ended with this failure."""
    if isinstance(failure, StudentFailure):
        return _student(failure, visible, seconds)
    finding = failure.finding
    if stub or finding.stub:
        return Outcome(Status.not_implemented, NOT_YET, detail=finding.sentence(), seconds=seconds)
    message = _without_hint(finding) if visible else finding.outline()
    return Outcome(
        Status.failed, message, hint=finding.hint, detail=finding.sentence(), seconds=seconds
    )


def _student(failure: StudentFailure, visible: bool, seconds: float) -> Outcome:
    message = failure.text if visible else failure.outline
    return Outcome(Status(failure.status), message, detail=failure.text, seconds=seconds)


def _without_hint(finding: Any) -> str:
    text: str = finding.sentence()
    return text.removesuffix(finding.hint).rstrip() if finding.hint else text


def _place(line: Line) -> str:
    code = f": {line.text.strip()}" if line.text else ""
    return f" ({line.file}, line {line.lineno}, in {line.function}{code})"


def _type(error: StudentError) -> str:
    """Names of Python's own exceptions only: a student's class can be named after anything."""
    known = isinstance(getattr(builtins, error.type_name, None), type)
    return error.type_name if known or error.type_name == "LinAlgError" else "An exception"
