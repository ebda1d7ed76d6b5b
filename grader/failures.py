"""From what went wrong in the student's code to what a report says of it.

Two texts each: one for whoever may see the values of a check, and an outline without anything that
the student's code could have written into it, for hidden checks.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Any

from grader.results import Outcome, Status
from grader.sandbox import Line, StudentError
from grader.text import capped
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
WRITTEN = "If it is written: is there a `return`, and is what it computes kept where it belongs?"
UNCALLABLE = "It cannot be called as the interface says"
UNUSABLE = "The result cannot be used as the interface says"
CYCLE = "They call each other: "

SAFE = {
    "not_implemented": NOT_YET,
    "missing": "A name that this check needs is not defined",
    "timed_out": TOO_LONG,
    "out_of_memory": "Needs more memory than it may have",
    "crashed": "Ended its process",
    "cycle": CYCLE + "neither has an answer of its own",
    "value": "Returns something that cannot be read",
    "callback": "Asks the functions below it for something that they do not answer",
}


def from_error(error: StudentError) -> StudentFailure:
    """The failure that a check sees for an error in the sandbox."""
    status = STATUS[error.kind]
    place = _place(error.lines[-1]) if error.lines else ""
    if error.kind == "raised" and not error.lines:
        status = Status.failed
    text = {
        "not_implemented": NOT_YET,
        "cycle": CYCLE + error.message,
        "timed_out": TOO_LONG + place,
    }.get(error.kind, f"{error}{place}")
    if error.kind == "raised" and not error.lines:
        text = f"{UNCALLABLE if 'argument' in error.message else UNUSABLE}: {error}"
    return StudentFailure(status.value, on_one_line(text), error=error)


def on_one_line(words: str) -> str:
    """Words of the student's code, so that none of their lines can pose as one of ours."""
    return " / ".join(line.strip() for line in words.splitlines() if line.strip())


def outline(error: StudentError, files: Mapping[str, Sequence[str]]) -> str:
    """What may be said of an error in a hidden check: nothing that student code could make up.

    Not its words, not the names of its classes and functions; the line only as it stands in the
    file that was handed in.
    """
    if error.kind != "raised":
        return SAFE[error.kind] + _known_place(error, files)
    known = isinstance(getattr(builtins, error.type_name, None), type)
    name = error.type_name if known or error.type_name == "LinAlgError" else "An exception"
    return name + _known_place(error, files) if error.lines else f"{UNUSABLE}: {name}"


def _known_place(error: StudentError, files: Mapping[str, Sequence[str]]) -> str:
    if not error.lines:
        return ""
    line = error.lines[-1]
    lines = files.get(line.file, ())
    if not 0 < line.lineno <= len(lines):
        return ""
    return f" ({line.file}, line {line.lineno}: {capped(lines[line.lineno - 1].strip(), 200)})"


def of_import(file: str, error: StudentError) -> Outcome:
    """The outcome of every check of a file that could not be imported at all."""
    kind = f"{error.type_name}: " if error.type_name and error.type_name != "SyntaxError" else ""
    place = _place(error.lines[-1]) if error.lines else ""
    text = f"{file} cannot be imported: {kind}{error.message}{place}"
    return Outcome(STATUS[error.kind], on_one_line(text))


def is_unusable(failure: StudentFailure) -> bool:
    """Whether a step failed on what the student's code gave, not inside that code."""
    error = failure.error
    return error is not None and error.kind in ("raised", "missing") and not error.lines


def unusable(error: Exception) -> Finding:
    """A finding for an answer that the check could not work with."""
    fact = f"has another form than the interface says ({type(error).__name__} when reading it)"
    return Finding("the result", fact=fact)


def outcome(
    failure: StudentFailure | CheckFailure,
    *,
    visible: bool,
    files: Mapping[str, Sequence[str]],
    stub: bool = False,
) -> Outcome:
    """The outcome of a check that ended with this failure.

    files: the lines of the files handed in, by the names that errors give them.
    """
    if isinstance(failure, StudentFailure):
        message = failure.text if visible else outline(failure.error, files)
        return Outcome(Status(failure.status), message, detail=failure.text)
    finding = failure.finding
    if stub or finding.stub:
        message = f"{NOT_YET.rstrip('.')}: {_nothing(finding)}"
        detail = finding.sentence()
        return Outcome(Status.not_implemented, message, hint=WRITTEN, detail=detail)
    message = _without_hint(finding) if visible else finding.outline()
    return Outcome(Status.failed, message, hint=finding.hint, detail=finding.sentence())


def _nothing(finding: Finding) -> str:
    """What code gave that looks like none; no values, as hidden checks tell it as well."""
    if finding.stub and (fact := finding.safe_fact or finding.fact):
        return f"{finding.call} {fact}."
    return "it gives 0, nothing, or what it was given."


def _without_hint(finding: Any) -> str:
    text: str = finding.sentence()
    return text.removesuffix(finding.hint).rstrip() if finding.hint else text


def _place(line: Line) -> str:
    code = f": {line.text.strip()}" if line.text else ""
    return f" ({line.file}, line {line.lineno}, in {line.function}{code})"
