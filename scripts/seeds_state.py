"""What is known so far, one line of JSON per submission and seed; and the page at the end."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from jsonlines import append, records
from rich.console import Console
from rich.table import Table
from seeds_submissions import Entry


@dataclass(frozen=True)
class Result:
    """One submission under one seed. lost: id of a check -> why it lost points.

    digest: of the submission's files and the checks. seconds: CPU of the grader alone.
    """

    name: str
    digest: str
    seed: int
    margin: float
    wrong: bool
    lost: Mapping[str, str]
    seconds: float

    def failures(self) -> list[tuple[str, str]]:
        """(check, what is wrong with its outcome)."""
        if self.wrong:
            return [] if self.lost else [("all checks of its function", "none of them fails")]
        return list(self.lost.items())

    def again(self) -> str:
        """The command that repeats it."""
        margin = f" --margin {self.margin:g}" if self.margin != 1 else ""
        options = f"--first {self.seed} --seeds 1{margin} --out /dev/null"
        return f"scripts/seeds {options} --only {shlex.quote(self.name)}"


class State:
    """The results in a file, the last one of a submission and a seed counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[tuple[str, int, float], Result] = {}
        for one in records(path):
            self._keep(Result(**one))

    def get(self, entry: Entry, seed: int, margin: float) -> Result | None:
        """The result of this very submission under this seed, by these very checks."""
        found = self._known.get((entry.name, seed, margin))
        return found if found is not None and found.digest == entry.digest else None

    def add(self, results: Sequence[Result]) -> None:
        """Keep them, in the file at once."""
        append(self._path, map(asdict, results))
        for result in results:
            self._keep(result)

    def _keep(self, result: Result) -> None:
        self._known[result.name, result.seed, result.margin] = result


def page(results: Sequence[Result]) -> bool:
    """Print the table and everything that went wrong; whether nothing did."""
    console = Console(highlight=False, emoji=False, markup=False, soft_wrap=True)
    console.print(_table(results))
    bad = [one for one in results if one.failures()]
    for name in dict.fromkeys(one.name for one in bad):
        for line in _explained([one for one in bad if one.name == name]):
            console.print(line)
    return not bad


def _explained(bad: Sequence[Result]) -> Iterator[str]:
    """What is wrong with one submission, and the command that repeats it."""
    yield f"WRONG  {bad[0].name}"
    seeds: dict[str, list[int]] = {}
    reasons: dict[str, str] = {}
    for one in bad:
        for check, why in one.failures():
            seeds.setdefault(check, []).append(one.seed)
            reasons.setdefault(check, why)
    for check, numbers in seeds.items():
        few = ", ".join(map(str, sorted(numbers)[:8])) + (" ..." if len(numbers) > 8 else "")
        yield f"    {check}, {len(numbers)} seeds ({few}): {reasons[check]}"
    yield f"    {bad[0].again()}"


def _table(results: Iterable[Result]) -> Table:
    table = Table(box=None)
    for title in ("", "submissions", "seeds", "gradings", "wrong"):
        table.add_column(title, justify="right" if title else "left")
    groups: dict[str, list[Result]] = {}
    for one in results:
        groups.setdefault("/".join(one.name.split("/")[:2]), []).append(one)
    for name, group in groups.items():
        counts = (len({r.name for r in group}), len({r.seed for r in group}), len(group))
        wrong = sum(bool(one.failures()) for one in group)
        table.add_row(name, *map(str, counts), str(wrong))
    return table
