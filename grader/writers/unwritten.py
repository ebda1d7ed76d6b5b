"""The terminal page's lines on functions that are not written yet, or not there."""

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction

from rich.console import Group, RenderableType
from rich.text import Text

from grader.results import FunctionRow, Status
from grader.text import one_line
from grader.writers.layout import indented, paragraph

LONGEST_NAMES = 2000
LONGEST_TEXT = 600
MOST_SEEN = 4  # functions that gave nothing and are told of it; of more, each is a stub


def block(
    status: Status, rows: Sequence[FunctionRow], seen: Mapping[str, str], *, points: bool
) -> RenderableType:
    """All of one status in a line, and what the code of a few of them did.

    seen: by function. points: with what they are worth.
    """
    text = Text.assemble((_title(status, rows, points), "bold"), _names(rows))
    if any(row.score for row in rows):
        text.append("  (optional: counts like the rest of its file)", "dim")
    told = [row.function for row in rows if row.function in seen]
    lines = [
        indented(paragraph(f"{function}: {seen[function]}", LONGEST_TEXT), 2)
        for function in (told if len(told) <= MOST_SEEN else ())
    ]
    return Group(text, *lines)


def _title(status: Status, rows: Sequence[FunctionRow], points: bool) -> str:
    title = "Not implemented yet" if status is Status.not_implemented else "Not there"
    lost = float(sum((row.max_score - row.score for row in rows), Fraction(0)))
    return f"{title} ({lost:g} points): " if points else f"{title}: "


def _names(rows: Sequence[FunctionRow]) -> str:
    groups = itertools.groupby(rows, key=lambda row: row.suite)
    names = (
        f"{suite}: {', '.join(row.function.partition('.')[2] for row in group)}"
        for suite, group in groups
    )
    return one_line("; ".join(names), LONGEST_NAMES)
