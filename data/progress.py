"""A progress bar: rich where it is installed, else one plain line that rewrites itself."""

import sys
from types import TracebackType
from typing import Any, Protocol


class Bar(Protocol):
    """A context manager; advance() counts one step and shows a note behind the bar."""

    def advance(self, note: str = "") -> None: ...

    def __enter__(self) -> "Bar": ...

    def __exit__(self, *exc: Any) -> None: ...


def progress(title: str, total: int) -> Bar:
    """A bar of `total` steps on standard error."""
    try:
        return RichBar(title, total)
    except ImportError:
        return PlainBar(title, total)


class RichBar:
    """Bar, count, time left and note."""

    def __init__(self, title: str, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as TimeLeft

        columns = [BarColumn(bar_width=24), MofNCompleteColumn(), TimeLeft()]
        text = TextColumn("{task.fields[note]}", markup=False)
        console = Console(stderr=True)
        self.bar = Progress(TextColumn("{task.description}"), *columns, text, console=console)
        self.task = self.bar.add_task(title, total=total, note="")

    def advance(self, note: str = "") -> None:
        """Count one step."""
        self.bar.update(self.task, advance=1, note=note)

    def __enter__(self) -> "RichBar":
        self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.bar.stop()


class PlainBar:
    """`title  3/20  note`, rewritten in place on a terminal; elsewhere ten lines in all."""

    def __init__(self, title: str, total: int) -> None:
        self.title = title
        self.total = total
        self.done = 0

    def advance(self, note: str = "") -> None:
        """Count one step."""
        self.done += 1
        line = f"{self.title}  {self.done}/{self.total}  {note}"
        if sys.stderr.isatty():
            print(f"\r{line:<78}", end="", file=sys.stderr, flush=True)
        elif self.done * 10 // self.total > (self.done - 1) * 10 // self.total:
            print(line, file=sys.stderr, flush=True)

    def __enter__(self) -> "PlainBar":
        return self

    def __exit__(self, *exc: Any) -> None:
        if sys.stderr.isatty():
            print(file=sys.stderr)
