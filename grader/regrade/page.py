"""What moved, as a page for the terminal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.regrade.comparing import Change, Comparison, Pair
from grader.text import listed, one_line
from grader.writers.layout import ASCII, Glyphs, indented, item, paragraph, print_on

WIDEST = 120
MOST_CHECKS = 40
MOST_OF_ONE = 2
MOST_REASONS = 6
MOST_NAMES = 100
LONGEST = 300


def write(
    found: Comparison,
    kept: Sequence[str],
    stream: TextIO,
    *,
    width: int | None = None,
    color: bool | None = None,
) -> None:
    """Print a comparison; `kept`: the students whose earlier report is kept.

    width, color: as the terminal has it where not given.
    """

    def page(console: Console) -> None:
        Page(found, kept, console).print()

    print_on(stream, page, width=width, color=color, widest=WIDEST)


class Page:
    """One comparison on one console; `kept`: the students whose earlier report is kept."""

    def __init__(self, found: Comparison, kept: Sequence[str], console: Console) -> None:
        self._found, self._kept, self._console = found, kept, console
        self._glyphs = ASCII if console.options.ascii_only else Glyphs()

    def print(self) -> None:
        """Print all parts that have something to say, one empty line between them."""
        for part in self._parts():
            self._console.print()
            self._console.print(part)
        self._console.print()

    def _parts(self) -> Iterator[RenderableType]:
        yield Group(*self._top())
        moved = self._found.moved
        scored = [pair for pair in moved if pair.cents]
        if scored and not self._found.single:
            yield self._students(scored)
        changes = [change for pair in moved for change in pair.changes]
        if changes:
            yield self._checks(changes)
        alone = [*self._alone()]
        if alone:
            yield Group(*alone)

    # the top

    def _top(self) -> Iterator[RenderableType]:
        names = one_line(str(self._found.old)), one_line(str(self._found.new))
        yield Text(f" {self._glyphs.arrow} ".join(names), "bold")
        yield self._score(self._found.pairs[0]) if self._found.single else self._counts()
        reasons = self._found.reasons() if self._found.moved else self._quiet()
        for why, count in reasons[:MOST_REASONS]:
            many = "" if self._found.single else f"  ({_students(count)})"
            text = paragraph(why, LONGEST).append(many, "dim")
            yield item(Text(self._glyphs.note, "yellow"), text, 0)
        if len(reasons) > MOST_REASONS:
            yield Text(f"  and {len(reasons) - MOST_REASONS} more reasons", "dim")

    def _quiet(self) -> list[tuple[str, int]]:
        """Why nothing moved: what differed all the same."""
        return Counter(one.why for one in self._found.pairs).most_common()

    def _score(self, pair: Pair) -> Text:
        return Text.assemble(self._points(pair), "  ", self._by(pair.cents))

    def _counts(self) -> Text:
        up = sum(one.cents > 0 for one in self._found.pairs)
        down = sum(one.cents < 0 for one in self._found.pairs)
        same = len(self._found.moved) - up - down
        parts = [f"{_students(len(self._found.pairs))}"]
        parts += [f"{up} higher"] * bool(up) + [f"{down} lower"] * bool(down)
        parts += [f"{same} with other outcomes and the same score"] * bool(same)
        parts += ["nobody moved"] * (not self._found.moved)
        return Text(self._glyphs.dot.join(parts))

    # who

    def _students(self, moved: Sequence[Pair]) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0), expand=False)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, justify="right")
        table.add_column(overflow="fold")
        table.add_row(*(Text(head, "dim") for head in ("student", "points", "by", "checks")))
        for pair in moved:
            table.add_row(
                Text(one_line(pair.student, 40), "bold"),
                self._points(pair),
                self._by(pair.cents),
                self._briefly(pair.changes),
            )
        return table

    def _points(self, pair: Pair) -> Text:
        old, new = f"{pair.old.cents / 100:.2f}", f"{pair.new.cents / 100:.2f}"
        most = "" if pair.old.most == pair.new.most else f" of {pair.old.most / 100:.2f}"
        return Text(f"{old}{most} {self._glyphs.arrow} {new} of {pair.new.most / 100:.2f}")

    def _by(self, cents: int) -> Text:
        style = "green" if cents > 0 else "red" if cents < 0 else "dim"
        return Text(f"{cents / 100:+.2f}" if cents else "0.00", style)

    def _briefly(self, changes: Sequence[Change]) -> Text:
        names = [one_line(one.check.rpartition("/")[2]) for one in changes[:MOST_OF_ONE]]
        rest = len(changes) - len(names)
        return Text(", ".join([*names, *([f"and {rest} more"] if rest > 0 else [])]), "dim")

    # which checks

    def _checks(self, changes: Iterable[Change]) -> RenderableType:
        """Changes that are alike for several students are one row; a reason is said once."""
        groups: dict[tuple[str, str, str], list[Change]] = defaultdict(list)
        for change in changes:
            groups[change.check, self._statuses(change), change.why].append(change)
        ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0][2]))
        rows: list[RenderableType] = []
        said = ""
        for (check, statuses, why), alike in ordered[:MOST_CHECKS]:
            many = "" if self._found.single else f"  {_students(len(alike))}"
            head = Text.assemble((one_line(check), "bold"), f"  {statuses}  ", self._won(alike))
            rows.append(item(Text(self._glyphs.note), head.append(many, "dim"), 0))
            if why not in ("", said):
                rows.append(indented(paragraph(why, LONGEST, "dim"), 2))
            said = why
        if len(ordered) > MOST_CHECKS:
            more = f"and {len(ordered) - MOST_CHECKS} more; --json FILE has all of them"
            rows.append(Text(f"  {more}", "dim"))
        return Group(Text("Which checks", "bold cyan"), *rows)

    def _statuses(self, change: Change) -> str:
        old, new = (_words(one.status) if one else "none" for one in (change.old, change.new))
        return old if old == new else f"{old} {self._glyphs.arrow} {new}"

    def _won(self, alike: Sequence[Change]) -> Text:
        """By how much, where it is the same for all of them, or from what to what."""
        least, most = min(one.cents for one in alike), max(one.cents for one in alike)
        if least == most:
            return self._by(least)
        return Text.assemble(self._by(least), " to ", self._by(most))

    # who is in one grading alone

    def _alone(self) -> Iterator[Text]:
        for path, students in (
            (self._found.old, self._found.only_old),
            (self._found.new, self._found.only_new),
        ):
            if students:
                lead = f"Only in {one_line(str(path))}: "
                yield Text.assemble((lead, "bold"), listed(list(students), MOST_NAMES))
        if self._kept:
            what = "The earlier report is kept"
            names = [name for name in self._kept if name]
            yield Text.assemble((what, "bold"), f" of {listed(names, MOST_NAMES)}" * bool(names))


def _students(count: int) -> str:
    return f"{count} student{'' if count == 1 else 's'}"


def _words(status: object) -> str:
    return str(status).replace("_", " ")
