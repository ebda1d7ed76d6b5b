"""What is known about the mutants: verdicts on file, equivalents listed in the documentation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from jsonlines import append, records
from mutate_grading import Verdict
from mutate_sources import Mutant

TARGET = 0.99


class State:
    """Verdicts in a file of JSON lines, written as they come, so that a run can be taken up again.

    A verdict counts for the same text under the same checks; with `only_survivors`, mutants that
    lost points under other checks need not be graded again.
    """

    def __init__(
        self, path: Path, checks: Mapping[str, str], *, only_survivors: bool = False
    ) -> None:
        self._path, self._checks = path, checks
        self._verdicts: dict[tuple[str, str], Verdict] = {}
        for one in records(path):
            key, status = (one["suite"], one["digest"]), one["status"]
            if one["checks"] == checks.get(one["suite"]) or (only_survivors and status == "killed"):
                self._verdicts[key] = Verdict(status, one["check"], one["seconds"])
            elif only_survivors:
                self._verdicts.pop(key, None)

    def __getitem__(self, mutant: Mutant) -> Verdict:
        return self._verdicts[mutant.suite, mutant.digest]

    def __contains__(self, mutant: Mutant) -> bool:
        return (mutant.suite, mutant.digest) in self._verdicts

    def add(self, mutant: Mutant, verdict: Verdict) -> None:
        """Remember it, on file as well."""
        self._verdicts[mutant.suite, mutant.digest] = verdict
        suite = mutant.suite
        about = {"suite": suite, "digest": mutant.digest, "name": mutant.name}
        append(self._path, [{**about, "checks": self._checks[suite], **asdict(verdict)}])


def equivalents(text: str) -> dict[str, str]:
    """Name of a mutant -> why it is right, from docs/mutation.md.

    The names stand in indented lines, the reason in the paragraph above them.
    """
    found = {}
    paragraph: list[str] = []
    for line, before in zip(text.splitlines(), ["", *text.splitlines()], strict=False):
        if re.match(r"    \w+\.\S+: .* -> ", line):
            found[line.strip()] = " ".join(paragraph)
        elif line.strip() and not line.startswith(" "):
            paragraph = [*paragraph, line] if before.strip() else [line]
    return found


@dataclass
class Summary:
    """The result for one suite. `gaps` survive and are not listed as right; `unfair` are listed as
    right and lose points; `stale` are listed and not among the mutants."""

    suite: str
    counts: Counter[str] = field(default_factory=Counter)
    gaps: list[Mutant] = field(default_factory=list)
    unfair: list[Mutant] = field(default_factory=list)
    faults: list[Mutant] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    @property
    def mutants(self) -> int:
        """All that were graded."""
        return sum(self.counts.values())

    @property
    def killed(self) -> int:
        """Those that lost points."""
        return self.counts["killed"]

    @property
    def equivalent(self) -> int:
        """Those that earn everything, rightly."""
        return self.counts["survived"] - len(self.gaps)

    @property
    def rate(self) -> float:
        """Share of those that are wrong which lost points; 1 where none is wrong."""
        wrong = self.mutants - self.equivalent
        return self.killed / wrong if wrong else 1.0

    @property
    def good(self) -> bool:
        """Nothing to look into."""
        loose = self.gaps or self.unfair or self.faults or self.stale
        return not loose and self.rate >= TARGET


def summary(
    suite: str, mutants: Sequence[Mutant], verdicts: State, listed: Mapping[str, str]
) -> Summary:
    """Count those mutants of the suite that have a verdict."""
    found = Summary(suite)
    for mutant in (one for one in mutants if one in verdicts):
        status = verdicts[mutant].status
        found.counts[status] += 1
        if status == "fault":
            found.faults.append(mutant)
        elif status == "survived" and mutant.name not in listed:
            found.gaps.append(mutant)
        elif status == "killed" and mutant.name in listed:
            found.unfair.append(mutant)
    names = {one.name for one in mutants}
    found.stale = [n for n in listed if n.startswith(f"{suite}.") and n not in names]
    return found
