"""What moved between two gradings, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from grader.errors import UsageError
from grader.regrade import stored
from grader.regrade.stored import Stored, StoredCheck
from grader.regrade.voiding import SAID
from grader.results import Status

CAUSES = ("submission", "seed", "suite", "settings")


@dataclass(frozen=True)
class Change:
    """A check in two reports; None where it is not in one of them."""

    check: str
    old: StoredCheck | None
    new: StoredCheck | None

    @property
    def either(self) -> StoredCheck:
        """The check, as the newer report has it if it does."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def cents(self) -> int:
        """Hundredths of a point won, or lost if less than 0."""
        return (self.new.cents if self.new else 0) - (self.old.cents if self.old else 0)

    @property
    def moved(self) -> bool:
        """It ended otherwise, or is worth something else."""
        old, new = self.old, self.new
        return old is None or new is None or old.ending != new.ending

    @property
    def by_hand(self) -> bool:
        """Someone set its points, set others, or no longer sets them."""
        return bool(self.old and self.new and self.old.override != self.new.override)

    @property
    def why(self) -> str:
        """What is known of this check alone; empty where the reason lies with the grading."""
        old, new = self.old, self.new
        if old is None or new is None:
            return "in one of the two alone"
        if self.by_hand:
            one = new.override
            return f"set by hand: {one.reason} ({one.by})" if one else "no longer set by hand"
        if Status.excused in (old.status, new.status) and old.status is not new.status:
            return f"void: {new.said.removeprefix(SAID)}" if new.said else "no longer void"
        if old.most != new.most:
            return f"worth {new.most / 100:.2f} instead of {old.most / 100:.2f}"
        if old.status is new.status:
            return "through the gate of its function, or the rest of its suite"
        return ""


@dataclass(frozen=True)
class Difference:
    """Something in which the circumstances of two gradings differ."""

    name: str
    old: str
    new: str

    def __str__(self) -> str:
        if self.name == "submission":  # everyone's is another
            return "other submission"
        return f"other {self.name} ({self.old} to {self.new})"


@dataclass(frozen=True)
class Pair:
    """Two gradings of one student, without the checks that ended alike; points in hundredths."""

    student: str
    old: Stored
    new: Stored
    changes: tuple[Change, ...]
    differences: tuple[Difference, ...]

    @property
    def cents(self) -> int:
        """Hundredths of a point won, or lost if less than 0."""
        return self.new.cents - self.old.cents

    @property
    def moved(self) -> bool:
        """The score, or how some check ended, is another."""
        return bool(self.cents or self.changes or self.old.most != self.new.most)

    @property
    def why(self) -> str:
        """What the two gradings have in common and in what they differ, in one line."""
        unknown = [name for name in CAUSES if not self._both(name)]
        if not self.differences and not unknown:
            return f"same submission, seed, suite, settings and versions: {self._left()}"
        same = self._both("submission") and self.old.of("submission") == self.new.of("submission")
        shown = ["same submission"] if same else []
        shown += [f"{name} not recorded" for name in unknown]
        return ", ".join([*shown, *map(str, self.differences)])

    def _both(self, name: str) -> bool:
        return bool(self.old.of(name) and self.new.of(name))

    def _left(self) -> str:
        if not self.moved:
            return "nothing moved"
        if all(change.by_hand for change in self.changes):
            return "only what was set by hand differs"
        return "what differs nonetheless hangs on the machine, or on chance"


@dataclass(frozen=True)
class Comparison:
    """All students of two gradings; those of one alone are named by their files."""

    old: Path
    new: Path
    pairs: tuple[Pair, ...]
    only_old: Mapping[str, Path]
    only_new: Mapping[str, Path]

    @property
    def moved(self) -> list[Pair]:
        """Who moved, the furthest first."""
        return sorted((one for one in self.pairs if one.moved), key=lambda one: -abs(one.cents))

    @property
    def nothing(self) -> bool:
        """Nobody moved, and nobody is in one grading alone."""
        return not (self.moved or self.only_old or self.only_new)

    @property
    def single(self) -> bool:
        """Two reports were compared, not two classes."""
        return [one.student for one in self.pairs] == [""]

    def reasons(self) -> list[tuple[str, int]]:
        """(why, how many of those who moved), the most frequent first."""
        return Counter(one.why for one in self.moved).most_common()


def compare(old: Path, new: Path) -> Comparison:
    """Compare two reports, or two folders of reports.

    Raises UsageError where one is a class and the other is not, or a report cannot be read.
    """
    olds, news = stored.find(old), stored.find(new)
    if ("" in olds) != ("" in news):
        raise UsageError(f"of {old} and {new} one is a report and the other a class")
    return Comparison(
        old=old,
        new=new,
        pairs=tuple(_pair(name, olds[name], news[name]) for name in olds if name in news),
        only_old={name: path for name, path in olds.items() if name not in news},
        only_new={name: path for name, path in news.items() if name not in olds},
    )


def _pair(student: str, old_file: Path, new_file: Path) -> Pair:
    old, new = stored.read(old_file), stored.read(new_file)
    ids = dict.fromkeys([*new.checks, *old.checks])
    changes = (Change(i, old.checks.get(i), new.checks.get(i)) for i in ids)
    return Pair(
        student,
        replace(old, checks={}),
        replace(new, checks={}),
        tuple(change for change in changes if change.moved),
        tuple(_differences(old, new)),
    )


def _differences(old: Stored, new: Stored) -> Iterator[Difference]:
    for name in dict.fromkeys([*old.circumstances, *new.circumstances]):
        before, after = old.of(name), new.of(name)
        if before != after and before and after:
            yield Difference(name, before, after)
