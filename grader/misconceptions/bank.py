# grader-secret: nothing of this file may reach students.
"""What a misconception is, and how it becomes a file that can be run or graded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grader.errors import GraderError

Edit = tuple[str, str]


@dataclass(frozen=True)
class Misconception:
    """A wrong implementation of one function, as edits of the reference.

    function: its name without the suite, as in SUITE. name: a few words, unlike any other's of the
    function. hint: one or two sentences for the student, which point at the idea and not at the
    answer. edits: (old text, new text); each old text occurs exactly once in the reference.
    """

    function: str
    name: str
    hint: str
    edits: tuple[Edit, ...]


def misconception(function: str, name: str, hint: str, *edits: Edit) -> Misconception:
    """A misconception from the edits that make it."""
    return Misconception(function, name, hint, edits)


def applied(source: str, misconceptions: Iterable[Misconception]) -> str:
    """The reference's source with these misconceptions in it.

    Raises GraderError where an old text does not occur exactly once: the reference has changed, or
    two misconceptions edit the same place. Edits side by side may also give what is no Python.
    """
    for one in misconceptions:
        for old, new in one.edits:
            if (times := source.count(old)) != 1:
                where = f"misconception {one.name!r} of {one.function}"
                raise GraderError(f"{where}: its text occurs {times} times: {old!r}")
            source = source.replace(old, new)
    return source
