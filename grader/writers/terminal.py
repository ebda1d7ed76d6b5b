"""The report as a page for the terminal: points per function, what failed and why, what is next.

Texts are built as `Text`, never as markup, so that nothing in them is interpreted.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.results import FunctionRow, Report, Status
from grader.text import capped, one_line, visible
from grader.writers import rulings, unwritten
from grader.writers.digest import WORDS, Digest, Notice, Trouble, digest
from grader.writers.layout import (
    ASCII,
    Code,
    Glyphs,
    bar,
    indented,
    item,
    paragraph,
    print_on,
    score_style,
)

WIDEST = 100
LONGEST_BAR, SHORTEST_BAR = 24, 8
BESIDE_BAR = 2 + 15 + 2 + 5 + 2 + 17 + 2  # points, counts and remark, with the space around
LONGEST_TEXT = 600
LONGEST_LINE = 300
MOST_TROUBLES = 3
MOST_TITLES = 3
MOST_NOTES = 12
MOST_LINES = 40
LONGEST_CODE = 20_000
LEVEL_STYLES = {"full": "green", "reduced": "yellow", "none": "red"}


def write(
    report: Report,
    stream: TextIO,
    *,
    show_hidden: bool = False,
    list_all: bool = False,
    width: int | None = None,
    color: bool | None = None,
) -> None:
    """Print the report.

    show_hidden: with the details of hidden checks. list_all: with the checks that passed, and
    without points (for a few chosen checks). width, color: as the terminal has it where not given.
    """

    def page(console: Console) -> None:
        Page(report, console, show_hidden=show_hidden, list_all=list_all).print()

    print_on(stream, page, width=width, color=color, widest=WIDEST)


class Page:
    """One report on one console."""

    def __init__(
        self, report: Report, console: Console, *, show_hidden: bool, list_all: bool
    ) -> None:
        self._report, self._console = report, console
        self._show_hidden, self._list_all = show_hidden, list_all
        self._digest: Digest = digest(report)
        self._glyphs = ASCII if console.options.ascii_only else Glyphs()
        self._room = self._bar_room()
        self._bars = self._room >= SHORTEST_BAR
        self._shown_example = False  # of the function that is being written

    def print(self) -> None:
        """Print all parts that have something to say, one empty line between them."""
        for part in self._parts():
            self._console.print()
            self._console.print(part, crop=False)
        self._console.print()

    def _parts(self) -> Iterator[RenderableType]:
        yield self._header()
        if self._report.meta.notes:
            yield Group(*self._notes(self._report.meta.notes))
        yield self._table()
        yield from rulings.block(self._report, self._glyphs)
        for notice in self._digest.notices:
            yield self._notice(notice)
        for function, troubles in self._digest.troubles.items():
            yield self._function(function, troubles)
        for status, rows in self._digest.unwritten.items():
            yield unwritten.block(status, rows, self._digest.seen, points=not self._list_all)
        if self._list_all:
            yield Group(*self._passed())
        if self._digest.steps:
            yield self._next()
        footer = list(self._footer())
        if footer:
            yield Group(*footer)

    # the top

    def _header(self) -> RenderableType:
        meta = self._report.meta
        name = Text(one_line(meta.submission, 60) or "submission", "bold")
        level = Text(f"sandbox {meta.sandbox_level}", LEVEL_STYLES.get(meta.sandbox_level, ""))
        facts = [level, Text(f"seed {meta.seed_fingerprint}", "dim")]
        facts.append(Text(f"{meta.seconds:.1f} s", "dim"))
        line = Table.grid(expand=True)
        line.add_column(overflow="fold")
        line.add_column(justify="right")
        line.add_row(name, Text(self._glyphs.dot, "dim").join(facts))
        return line if self._list_all else Group(line, self._total())

    def _total(self) -> Text:
        score, maximum = self._report.written_score, self._report.max_score
        text = Text(
            f"{float(score):.2f} / {float(maximum):.2f} points", score_style(score, maximum)
        )
        if self._report.provisional:
            text.append("  provisional", "magenta")
        if not self._bars:
            return text
        room = self._console.width - len(text) - 2
        return Text.assemble(bar(self._glyphs, score, maximum, room), "  ", text)

    def _notes(self, lines: Sequence[str]) -> Iterator[RenderableType]:
        rest = len(lines) - MOST_NOTES
        for line in [*lines[:MOST_NOTES], *([f"and {rest} more remarks"] if rest > 0 else [])]:
            yield item(Text(self._glyphs.note, "yellow"), paragraph(line, LONGEST_LINE), 0)

    # the table

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0), expand=False)
        table.add_column(no_wrap=True)
        if self._bars:
            table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        if self._bars:
            table.add_column(overflow="ellipsis", no_wrap=True)
        suite = ""
        for row in self._report.functions():
            if row.suite != suite:
                suite = row.suite
                table.add_row(*self._heading(suite))
            table.add_row(*self._row(row))
        return table

    def _bar_room(self) -> int:
        names = [row.function.partition(".")[2] for row in self._report.functions()]
        beside = 2 + max(map(len, names)) + BESIDE_BAR
        return min(LONGEST_BAR, self._console.width - beside)

    def _heading(self, suite: str) -> list[Text]:
        rows = [row for row in self._report.functions() if row.suite == suite]
        score = sum((row.score for row in rows), Fraction(0))
        maximum = sum((row.max_score for row in rows), Fraction(0))
        cells = [Text(f"{suite}.py", "bold")] + ([Text("")] if self._bars else [])
        return [*cells, self._points(score, maximum, "bold")]

    def _row(self, row: FunctionRow) -> list[RenderableType]:
        quiet = row.score == 0 and row.status in (Status.not_implemented, Status.missing)
        style = "dim" if quiet else ""
        name = Text(row.function.partition(".")[2], style)
        cells: list[RenderableType] = [indented(name, 2)]
        if self._bars:
            cells.append(bar(self._glyphs, row.score, row.max_score, self._room))
        cells.append(self._points(row.score, row.max_score, style))
        cells.append(Text(f"{row.passed}/{row.total}", style))
        return [*cells, Text(self._remark(row), "dim")] if self._bars else cells

    def _points(self, score: Fraction, maximum: Fraction, style: str) -> Text:
        if self._list_all:
            return Text("")
        return Text(f"{float(score):.2f} / {float(maximum):5.2f}", style)

    def _remark(self, row: FunctionRow) -> str:
        if row.score == 0 and row.status not in (Status.failed, Status.passed):
            return str(row.status).replace("_", " ")
        helped = sum(self._report.outcomes[c.id].with_reference for c in row.checks)
        return f"{helped} with reference" if helped else ""

    # what failed

    def _notice(self, notice: Notice) -> RenderableType:
        about = f"{notice.about}.py" if notice.about else f"{notice.checks} checks"
        message = notice.message or "not run."
        return item(Text(about, "bold red"), paragraph(message, LONGEST_TEXT), 0)

    def _function(self, function: str, troubles: list[Trouble]) -> RenderableType:
        lines: list[RenderableType] = [self._title(function), *self._diagnoses(troubles)]
        hint = ""
        most = len(troubles) if self._list_all else MOST_TROUBLES
        for trouble in troubles[:most]:
            lines += self._trouble(trouble, hinted=trouble.outcome.hint == hint)
            lines += self._example(trouble)
            hint = trouble.outcome.hint
        rest = [spec.title for trouble in troubles[most:] for spec in trouble.checks]
        if rest:
            more = f"and {len(rest)} more: {'; '.join(rest)}"
            lines.append(indented(paragraph(more, LONGEST_LINE, "dim"), 2))
        if function in self._digest.in_vain:
            lines.append(indented(paragraph(self._digest.in_vain[function], 300, "yellow"), 2))
        return Group(*lines)

    def _title(self, function: str) -> Text:
        title = Text(function, "bold")
        if not self._list_all:
            row = next(row for row in self._report.functions() if row.function == function)
            title.append(
                f"  {float(row.score):g} of {float(row.max_score):g} points", "not bold dim"
            )
        return title

    def _trouble(self, trouble: Trouble, *, hinted: bool) -> Iterator[RenderableType]:
        outcome = trouble.outcome
        for spec in trouble.checks[:MOST_TITLES]:
            title = Text(one_line(spec.title))
            if not spec.visible:
                title.append("  hidden", "dim")
            yield item(Text(self._glyphs.cross, "bold red"), title, 2)
        rest = len(trouble.checks) - MOST_TITLES
        if rest > 0:
            yield indented(Text(f"and {rest} more like these", "dim"), 4)
        said = outcome.message or WORDS[outcome.status].capitalize() + "."
        yield indented(paragraph(said, LONGEST_TEXT), 4)
        if self._show_hidden and trouble.hidden and outcome.detail:
            detail = outcome.detail.removesuffix(outcome.hint)
            yield indented(paragraph(detail, LONGEST_TEXT, "dim"), 4)
        if outcome.hint and not hinted:
            arrow = Text(self._glyphs.arrow, "cyan")
            yield item(arrow, paragraph(outcome.hint, LONGEST_TEXT, "cyan"), 4)

    def _diagnoses(self, troubles: list[Trouble]) -> Iterator[RenderableType]:
        """What explains the failures; the same for all checks of a function as a rule."""
        self._shown_example = False
        for text in dict.fromkeys(trouble.outcome.diagnosis for trouble in troubles):
            if text:
                like = Text(self._glyphs.like, "bold magenta")
                yield item(like, paragraph(text, LONGEST_TEXT, "magenta"), 2)

    def _example(self, trouble: Trouble) -> Iterator[RenderableType]:
        """Code that shows the failure: of each function the first that is short, or all."""
        whole = self._list_all
        specs = [s for s in trouble.checks if s.visible or (self._show_hidden and whole)]
        for spec in specs if whole else specs[:1]:
            code = capped(visible(self._report.outcomes[spec.id].example), LONGEST_CODE)
            if not code or (not whole and (self._shown_example or code.count("\n") > MOST_LINES)):
                continue
            self._shown_example = True
            yield indented(Text(f"Run this beside {spec.suite}.py:", "dim"), 4)
            yield from (Text(), Code(code), Text())

    def _passed(self) -> Iterator[RenderableType]:
        for spec in self._report.specs:
            outcome = self._report.outcomes[spec.id]
            if outcome.status.good:
                yield item(Text(self._glyphs.check, "green"), Text(one_line(spec.title)), 2)
                if outcome.message:
                    yield indented(paragraph(outcome.message, LONGEST_TEXT, "dim"), 4)

    # the bottom

    def _next(self) -> RenderableType:
        steps = [
            item(Text(f"{number}.", "bold cyan"), paragraph(step, LONGEST_TEXT), 2)
            for number, step in enumerate(self._digest.steps, 1)
        ]
        return Group(Text("Do this next", "bold cyan"), *steps)

    def _footer(self) -> Iterator[RenderableType]:
        meta = self._report.meta
        if meta.sandbox_level != "full":
            for line in meta.sandbox_notes:
                yield item(Text("sandbox:", "yellow"), paragraph(line, LONGEST_LINE, "dim"), 0)
        for line in meta.instructor_notes:
            first = paragraph(line.split("\n", 1)[0], LONGEST_LINE, "dim")
            yield item(Text("instructor:", "yellow"), first, 0)
