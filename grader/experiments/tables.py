"""Tables as files: CSV and Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from grader.experiments.study import Table


def as_csv(table: Table) -> str:
    """Comma-separated, the header first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([table.columns, *table.rows])
    return text.getvalue()


def as_markdown(table: Table) -> str:
    """The caption and a table whose columns line up; numbers to the right."""
    rows = [[escaped(cell) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(3, *map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines.insert(1, f"| {' | '.join(rule)} |")
    return "\n".join([f"{table.caption}", "", *lines]) + "\n"


def escaped(text: str) -> str:
    """A cell's text in which | and line ends stand for themselves."""
    return " ".join(text.replace("|", "\\|").split())


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(row, widths, strict=True)
    cells = [f"{first[0]:<{first[1]}}", *(f"{cell:>{width}}" for cell, width in rest)]
    return f"| {' | '.join(cells)} |"


def percent(fraction: float | None, digits: int = 2) -> str:
    """A fraction as a percentage; a dash where there is none."""
    return "–" if fraction is None else f"{100 * fraction:.{digits}f} %"


def number(value: float | None, digits: int = 4) -> str:
    """A number with so many decimals, or two digits if it is too small; a dash if there is none."""
    if value is None:
        return "–"
    tiny = 0 < abs(value) < 10.0 ** (1 - digits)
    return f"{value:.2g}" if tiny else f"{value:.{digits}f}"


def layers_text(layers: Sequence[int]) -> str:
    """784-128-10."""
    return "-".join(map(str, layers))


def listing(rows: Sequence[tuple[str, str]], name: str, caption: str) -> Table:
    """A table of names and values."""
    return Table(name, caption, ("Hyperparameter", "Value"), rows)
