"""The selfcheck's matrix: which mistake costs which function, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.selfcheck.verdicts import LEAST_NAMED, Told, Verdict

LOST, KEPT = Text("x", "bold red"), Text(".", "dim")
RIGHT = (Told.named, Told.partly, Told.alike)
STYLES = dict.fromkeys(RIGHT, "green") | {Told.nothing: "yellow", Told.wrongly: "red"}


def write(
    console: Console, verdicts: Sequence[Verdict], functions: Mapping[str, list[str]]
) -> None:
    """One matrix per suite, the totals, and what is wrong.

    functions: the names of each suite's functions, bottom up.
    """
    for suite, names in functions.items():
        rows = [v for v in verdicts if v.subject.mistakes and v.subject.suites == (suite,)]
        if rows:
            console.print(_matrix(suite, names, rows))
    console.print(_totals(verdicts))
    for verdict in verdicts:
        for fault in verdict.faults:
            what = " ".join(filter(None, (verdict.subject.function, verdict.subject.name)))
            console.print(Text(f"WRONG  {what}: {fault}", "bold red"))
    if named(verdicts) < LEAST_NAMED:
        few = f"{float(named(verdicts)):.0%}".replace("%", " %")
        console.print(Text(f"WRONG  {few} of the known mistakes are named", "bold red"))


def named(verdicts: Iterable[Verdict]) -> Fraction:
    """The share of single mistakes that are named."""
    single = [v.told is Told.named for v in verdicts if len(v.subject.mistakes) == 1]
    return Fraction(sum(single), max(1, len(single)))


def _matrix(suite: str, functions: Sequence[str], verdicts: Sequence[Verdict]) -> Table:
    short = [name.split(".")[-1] for name in functions]
    legend = "   ".join(f"{i} {name}" for i, name in enumerate(short, start=1))
    table = Table(title=f"{suite}\n{legend}", title_justify="left", title_style="bold", box=None)
    table.add_column("function", style="dim", no_wrap=True)
    table.add_column("known mistake")
    for i in range(1, len(functions) + 1):
        table.add_column(str(i), justify="center", no_wrap=True)
    table.add_column("told")
    for verdict in verdicts:
        cells = [LOST if name in verdict.lost else KEPT for name in functions]
        told = Text(verdict.told.value, STYLES[verdict.told])
        table.add_row(verdict.subject.mistakes[0].function, verdict.subject.name, *cells, told)
    return table


def _totals(verdicts: Sequence[Verdict]) -> Table:
    table = Table(title="totals", title_justify="left", title_style="bold", box=None)
    for name in ("", "graded", "as they should be", "named", "named wrongly"):
        table.add_column(name, justify="left" if not name else "right")
    groups = {
        "reference": [v for v in verdicts if not v.subject.mistakes and not v.subject.stub],
        "stubs": [v for v in verdicts if v.subject.stub],
        "known mistakes": [v for v in verdicts if len(v.subject.mistakes) == 1],
        "pairs of them": [v for v in verdicts if len(v.subject.mistakes) == 2],
    }
    for name, group in groups.items():
        table.add_row(name, str(len(group)), str(sum(not v.faults for v in group)), *_told(group))
    table.caption = f"Of the known mistakes {float(LEAST_NAMED):.0%} must be named, none wrongly."
    return table


def _told(group: Sequence[Verdict]) -> tuple[str, str]:
    if not any(verdict.subject.mistakes for verdict in group):
        return "", ""
    right = sum(v.told in RIGHT for v in group)
    return f"{right} ({right / len(group):.0%})", str(sum(v.told is Told.wrongly for v in group))
