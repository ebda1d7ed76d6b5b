"""What a report says in few words: failures grouped, and what to do next.

Every failed check ends up in exactly one place: in a line for its whole suite or for the whole
report where all share one message, in the line of what is not written yet, or with its function.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.results import CheckSpec, FunctionRow, Outcome, Report, Status

UNWRITTEN = (Status.not_implemented, Status.missing)


@dataclass(frozen=True)
class Trouble:
    """Checks of one function that ended alike: the same status, message and hint."""

    outcome: Outcome
    checks: tuple[CheckSpec, ...]

    @property
    def hidden(self) -> bool:
        """None of the checks is a public one."""
        return not any(spec.visible for spec in self.checks)


@dataclass(frozen=True)
class Notice:
    """A message that holds for many checks; `about` is a suite, or empty for the whole report."""

    about: str
    message: str
    checks: int


@dataclass
class Digest:
    """Everything that is not simply passed, in the order of the checks.

    seen: of functions that are not written, by name, what their code did.
    """

    notices: list[Notice] = field(default_factory=list)
    troubles: dict[str, list[Trouble]] = field(default_factory=dict)
    unwritten: dict[Status, list[FunctionRow]] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    in_vain: dict[str, str] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)


def digest(report: Report) -> Digest:
    """The failures of a report in groups, and one or two next steps."""
    result = Digest()
    rows = report.functions()
    covered = _notices(report, result)
    notes = report.gate_notes()
    for row in rows:
        bad = [c for c in row.checks if not report.outcomes[c.id].status.good]
        bad = [c for c in bad if c.id not in covered]
        statuses = {report.outcomes[c.id].status for c in bad}
        if not bad:
            continue
        if len(bad) == row.total and len(statuses) == 1 and statuses <= set(UNWRITTEN):
            result.unwritten.setdefault(statuses.pop(), []).append(row)
            result.seen |= _seen(row, report.outcomes)
            continue
        result.troubles[row.function] = grouped(bad, report.outcomes)
        vain = [notes[c.id] for c in row.checks if c.id in notes]
        if vain:
            result.in_vain[row.function] = vain[0]
    result.steps = _steps(result, {row.function: row for row in rows})
    return result


def _seen(row: FunctionRow, outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    """What a function did that counts as not written: it ran, and gave nothing."""
    told = [outcomes[check.id] for check in row.checks if outcomes[check.id].hint]
    return {row.function: f"{told[0].message} {told[0].hint}"} if told else {}


def _notices(report: Report, result: Digest) -> set[str]:
    """Collect what is said of a whole suite, or of all checks that did not run."""
    covered: set[str] = set()
    for suite in dict.fromkeys(spec.suite for spec in report.specs):
        ids = [spec.id for spec in report.specs if spec.suite == suite]
        several = len({spec.function for spec in report.specs if spec.suite == suite}) > 1
        first = report.outcomes[ids[0]]
        if several and first.message and _all_alike(report, ids, first):
            message = first.message.removeprefix(f"{suite}.py").strip()
            result.notices.append(Notice(suite, message, len(ids)))
            covered |= set(ids)
    idle: dict[str, list[str]] = {}
    for spec in report.specs:
        outcome = report.outcomes[spec.id]
        if outcome.status is Status.not_run and spec.id not in covered:
            idle.setdefault(outcome.message, []).append(spec.id)
    for message, ids in idle.items():
        result.notices.append(Notice("", message, len(ids)))
        covered |= set(ids)
    return covered


def _all_alike(report: Report, ids: Iterable[str], first: Outcome) -> bool:
    # What failed by its values has a detail; a suite that may not be graded at all has none.
    by_values = first.status is Status.failed and first.detail
    if first.status.good or by_values or first.status is Status.not_implemented:
        return False
    found = [report.outcomes[i] for i in ids]
    return all(o.status is first.status and o.message == first.message for o in found)


def grouped(checks: Iterable[CheckSpec], outcomes: Mapping[str, Outcome]) -> list[Trouble]:
    """Checks that ended alike together, gates and public checks first."""
    groups: dict[tuple[str, str, str], list[CheckSpec]] = {}
    for spec in sorted(checks, key=lambda c: (not c.gate, not c.visible)):
        outcome = outcomes[spec.id]
        groups.setdefault((outcome.status, outcome.message, outcome.hint), []).append(spec)
    return [Trouble(outcomes[group[0].id], tuple(group)) for group in groups.values()]


def _steps(result: Digest, rows: Mapping[str, FunctionRow]) -> list[str]:
    """At most two steps: what is wrong before what is not written, both bottom up."""
    files = [_of_file(notice) for notice in result.notices if notice.about]
    wrong = [_mend(rows[name], _plainest(found)) for name, found in result.troubles.items()]
    todo = [
        f"{row.function}: {_words(status)} ({float(row.max_score):g} points)."
        for status, group in result.unwritten.items()
        for row in group
        if not all(spec.optional for spec in row.checks)
    ]
    steps = [*files, *wrong][:2]
    steps = (steps + todo)[:2] if len(wrong) < 2 else steps
    return [f"{lead} {step}" for lead, step in zip(("Start with", "Then"), steps, strict=False)]


def _of_file(notice: Notice) -> str:
    line = notice.message.split("\n")[0]
    return f"{notice.about}.py: {'it ' if line[:1].islower() else ''}{line}"


def _plainest(troubles: Sequence[Trouble]) -> Trouble:
    """The first, unless it is hidden and nobody knows why, and there is one that can be looked at.

    What is said of a hidden check is little: a visible one has an example to run.
    """
    first = troubles[0]
    if first.checks[0].visible or first.outcome.diagnosis:
        return first
    return next((one for one in troubles if one.checks[0].visible), first)


def _mend(row: FunctionRow, trouble: Trouble) -> str:
    spec, outcome = trouble.checks[0], trouble.outcome
    what = f'{row.function}: "{spec.title}" {_words(outcome.status)}'
    said = outcome.message if spec.visible and not outcome.diagnosis else ""
    advice = outcome.hint or said
    return f"{what}. {advice}".rstrip()


def _words(status: Status) -> str:
    return WORDS[status]


WORDS: Mapping[Status, str] = {
    Status.passed: "passed",
    Status.failed: "fails",
    Status.not_implemented: "not implemented yet",
    Status.crashed: "raises an exception",
    Status.timed_out: "runs out of time",
    Status.out_of_memory: "runs out of memory",
    Status.missing: "is missing",
    Status.excused: "excused",
    Status.grader_error: "could not be decided",
    Status.not_run: "was not run",
}
