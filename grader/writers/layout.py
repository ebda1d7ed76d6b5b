"""Parts that pages for the terminal are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from grader.text import capped, visible


@dataclass(frozen=True)
class Glyphs:
    """The signs of a page, for terminals that know more than ASCII and for those that do not."""

    filled: str = "━"
    empty: str = "─"
    cross: str = "✗"
    check: str = "✓"
    arrow: str = "→"
    note: str = "•"
    dot: str = " · "
    like: str = "≈"


ASCII = Glyphs("#", "-", "x", "+", "->", "*", " | ", "~")


@dataclass(frozen=True)
class Code:
    """Code to copy: from the first column on, and no line broken however narrow the terminal.

    Print it with `crop=False`.
    """

    text: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.text.rstrip("\n").split("\n"):
            yield Segment(line)
            yield Segment.line()


def print_on(
    stream: TextIO,
    write: Callable[[Console], None],
    *,
    width: int | None,
    color: bool | None,
    widest: int,
) -> None:
    """Have a page written on a console for this stream, at most `widest` columns.

    width, color: as the terminal has it where None; without a terminal, no line ends in blanks.
    """
    console = Console(
        file=stream, width=width, highlight=False, force_terminal=color, emoji=False, markup=False
    )
    console.width = min(console.width, widest)
    with console.capture() as capture:
        write(console)
    text = capture.get()
    if not console.is_terminal:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    stream.write(text)


def paragraph(text: str, limit: int, style: str = "") -> Text:
    """Text that someone else wrote, made visible, at most `limit` characters of it."""
    return Text(capped(visible(text.strip()), limit), style, overflow="fold")


def indented(content: RenderableType, columns: int) -> RenderableType:
    """The content, moved to the right."""
    return Padding(content, (0, 0, 0, columns))


def item(mark: Text, text: Text, indent: int) -> RenderableType:
    """A mark, and beside it a text that wraps without running under the mark."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(mark, text)
    return Padding(grid, (0, 0, 0, indent), expand=False)


def bar(glyphs: Glyphs, score: Fraction, maximum: Fraction, room: int) -> Text:
    """The part of the maximum that was scored, in `room` columns."""
    filled = int(room * score / maximum) if maximum else 0
    filled = max(filled, 1) if score else 0
    text = Text(glyphs.filled * filled, score_style(score, maximum))
    return text.append(glyphs.empty * (room - filled), "dim")


def score_style(score: Fraction, maximum: Fraction) -> str:
    """Green for everything, red for nothing, yellow between."""
    if score == maximum:
        return "green"
    return "yellow" if score else "red"
