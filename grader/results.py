"""The report: the one value that crosses from grading to the writers, and between processes.

A report stores what happened (specs, outcomes, points, circumstances); scores are derived when
asked for. `Report.from_json(report.to_json(show_hidden=True))` is the same report, so it can be
rendered again without grading again.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from grader import reading, scoring
from grader.errors import GraderError, UsageError
from grader.scoring import CheckSpec, Outcome, Status
from grader.text import one_line

__all__ = ["FORMAT_VERSION", "CheckSpec", "FunctionRow", "Meta", "Outcome", "Report", "Status"]

FORMAT_VERSION = 1

# In seconds: what others than the instructor are told of a time. A submission may sleep for as long
# as an input of a hidden check says, and nearly every grading is over within the first step.
COARSE = 10.0

# The most telling status first: a row of mixed outcomes is summarised by the first that occurs.
SEVERITY = (
    Status.grader_error,
    Status.crashed,
    Status.out_of_memory,
    Status.timed_out,
    Status.failed,
    Status.missing,
    Status.not_implemented,
    Status.not_run,
    Status.excused,
    Status.passed,
)


@dataclass(frozen=True)
class Meta:
    """Under which circumstances was graded; `notes` are lines for the student."""

    submission: str = ""
    sandbox_level: str = "none"
    sandbox_notes: tuple[str, ...] = ()
    seed_fingerprint: str = ""
    suite_hash: str = ""
    settings_hash: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    instructor_notes: tuple[str, ...] = ()
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True)
class FunctionRow:
    """One function: points as written (multiples of 0.01), checks passed of all its checks."""

    function: str
    suite: str
    status: Status
    score: Fraction
    max_score: Fraction
    passed: int
    total: int
    checks: tuple[CheckSpec, ...]


class Report:
    """Every check with an outcome, from the first moment on; build it with `Report.create`."""

    def __init__(
        self,
        specs: Sequence[CheckSpec],
        points: Mapping[str, Fraction],
        total: Fraction,
        meta: Meta,
    ) -> None:
        self.specs = tuple(specs)
        self.points = dict(points)
        self.total = total
        self.meta = meta
        self.dropped: frozenset[str] = frozenset()
        self.outcomes = {spec.id: Outcome(Status.not_run) for spec in self.specs}
        self._exact = scoring.shares(self.specs, self.points, total)
        self._maxima = scoring.maximum_cents(self.specs, self._exact)

    @classmethod
    def create(
        cls,
        specs: Sequence[CheckSpec],
        points: Mapping[str, Fraction],
        total: Fraction | int = 100,
        meta: Meta | None = None,
    ) -> "Report":
        """A report in which nothing has run yet.

        Functions of 0 points are dropped with their checks; the others are scaled to `total`.
        Raises UsageError where that leaves no check, GraderError for a function without points,
        repeated ids, or no check from the start.
        """
        unknown = sorted({spec.function for spec in specs} - set(points))
        if unknown:
            raise GraderError(f"no points are set for {', '.join(unknown)}")
        kept = [spec for spec in specs if points[spec.function] > 0]
        if specs and not kept:
            dropped = ", ".join(dict.fromkeys(spec.function for spec in specs))
            raise UsageError(f"all checks chosen are of functions that `points` drops: {dropped}")
        if not kept:
            raise GraderError("there is no check that counts")
        if len({spec.id for spec in kept}) < len(kept):
            raise GraderError("two checks have the same id")
        used = {spec.function: Fraction(points[spec.function]) for spec in kept}
        report = cls(kept, used, Fraction(total), meta or Meta())
        report.dropped = frozenset(spec.id for spec in specs) - set(report.outcomes)
        return report

    def record(self, check_id: str, outcome: Outcome) -> None:
        """Set the outcome of one check; that of one dropped at `create` is passed over.

        Raises GraderError for an id that was never in the report.
        """
        if check_id in self.dropped:
            return
        if check_id not in self.outcomes:
            raise GraderError(f"there is no check {check_id} in this report")
        self.outcomes[check_id] = outcome

    @property
    def max_score(self) -> Fraction:
        """The exact total; no outcome changes it."""
        return self.total

    @property
    def score(self) -> Fraction:
        """The exact score; what is written is `written_score`, within half a cent per check."""
        parts = self._earned()
        return sum((self._exact[i] * part for i, part in parts.items()), Fraction(0))

    @property
    def written_score(self) -> Fraction:
        """The score as every writer shows it: the sum of the check scores, to 0.01."""
        return sum(self.check_scores().values(), Fraction(0))

    @property
    def provisional(self) -> bool:
        """Some check could not be decided because of a fault of the grader."""
        return any(o.status is Status.grader_error for o in self.outcomes.values())

    def check_scores(self) -> dict[str, Fraction]:
        """The score of each check as written: multiples of 0.01 that add up."""
        cents = scoring.earned_cents(self.specs, self._earned(), self._maxima)
        return {check_id: Fraction(value, 100) for check_id, value in cents.items()}

    def check_max_scores(self) -> dict[str, Fraction]:
        """The maximum of each check as written: multiples of 0.01 that add up to the total."""
        return {check_id: Fraction(value, 100) for check_id, value in self._maxima.items()}

    def _earned(self) -> dict[str, Fraction]:
        return scoring.earned(self.specs, self.outcomes, self._exact)

    def gate_notes(self) -> dict[str, str]:
        """For each check that passed in vain, the line that says why it earns nothing."""
        notes: dict[str, str] = {}
        for function, checks in scoring.by_function(self.specs).items():
            gate = scoring.closed_gate(checks, self.outcomes)
            if gate is not None:
                line = _gate_line(function, gate, self.outcomes[gate.id].status)
                passed = [c for c in checks if self.outcomes[c.id].status is Status.passed]
                notes.update((spec.id, line) for spec in passed)
        return notes

    def functions(self) -> list[FunctionRow]:
        """One row per function, in the order of the checks."""
        scores, maxima = self.check_scores(), self.check_max_scores()
        rows = []
        for function, checks in scoring.by_function(self.specs).items():
            statuses = [self.outcomes[spec.id].status for spec in checks]
            rows.append(
                FunctionRow(
                    function=function,
                    suite=checks[0].suite,
                    status=min(statuses, key=SEVERITY.index),
                    score=sum((scores[c.id] for c in checks), Fraction(0)),
                    max_score=sum((maxima[c.id] for c in checks), Fraction(0)),
                    passed=sum(status.good for status in statuses),
                    total=len(checks),
                    checks=tuple(checks),
                )
            )
        return rows

    def to_json(self, show_hidden: bool = False) -> dict[str, Any]:
        """Plain JSON data.

        Without `show_hidden`, the details of hidden checks (they may hold expected values), how
        long these took, and the notes for the instructor are left out.
        """
        meta = asdict(self.meta)
        if not show_hidden:
            meta.pop("instructor_notes")
            meta["seconds"] = self.rough_seconds
        return {
            "format_version": meta.pop("format_version"),
            "score": float(self.written_score),
            "max_score": float(sum(self.check_max_scores().values())),
            "provisional": self.provisional,
            **meta,
            "total": str(self.total),
            "points": {function: str(value) for function, value in self.points.items()},
            "checks": self._checks_json(show_hidden),
        }

    def _checks_json(self, show_hidden: bool) -> list[dict[str, Any]]:
        scores, maxima, notes = self.check_scores(), self.check_max_scores(), self.gate_notes()
        rows = []
        for spec in self.specs:
            outcome, note = self.outcomes[spec.id], notes.get(spec.id, "")
            row = asdict(spec) | asdict(outcome)
            row |= {
                "weight": str(spec.weight),
                "status": outcome.status.value,
                "message": join_lines(outcome.message, note),
                "gate_note": note,
                "score": float(scores[spec.id]),
                "max_score": float(maxima[spec.id]),
                "seconds": round(outcome.seconds, 4),
            }
            if not (spec.visible or show_hidden):
                row |= {"detail": "", "example": "", "seconds": 0.0}
            rows.append(row)
        return rows

    @property
    def rough_seconds(self) -> float:
        """How long all took, rounded up to a multiple of `COARSE`."""
        return COARSE * math.ceil(self.meta.seconds / COARSE)

    @classmethod
    def from_json(cls, data: Any) -> "Report":
        """The report that `to_json` wrote; UsageError where it is none, or from a newer grader."""
        try:
            version = reading.version(data["format_version"])
            if version > FORMAT_VERSION:
                raise UsageError(
                    f"this report has format {version}; the newest known here is {FORMAT_VERSION}"
                )
            return cls._from_json(data)
        except UsageError:
            raise
        except (LookupError, TypeError, ArithmeticError, ValueError, GraderError) as error:
            what = one_line(repr(error))
            raise UsageError(f"this is not a report of the grader: {what}") from error

    @classmethod
    def _from_json(cls, data: dict[str, Any]) -> "Report":
        specs = [reading.record(CheckSpec, check, names=True) for check in data["checks"]]
        points = {spec.function: reading.fraction(data["points"][spec.function]) for spec in specs}
        total = reading.fraction(data["total"])
        if not total or len({spec.id for spec in specs}) < max(1, len(specs)):
            raise ValueError("no total, no checks, or one check twice")
        report = cls(specs, points, total, reading.record(Meta, data, names=True))
        for check in data["checks"]:
            told, note = reading.text(check["message"]), reading.text(check["gate_note"])
            outcome = reading.record(Outcome, check | {"message": _without_last(told, note)})
            report.record(check["id"], outcome)
        return report


def join_lines(*lines: str) -> str:
    """The lines that are not empty, one below the other."""
    return "\n".join(line for line in lines if line)


def _without_last(text: str, line: str) -> str:
    return text.removesuffix(line).removesuffix("\n") if line else text


def _gate_line(function: str, gate: CheckSpec, status: Status) -> str:
    if status is Status.grader_error:
        return f'A fault of the grader left "{gate.title}" open; {function} waits for it.'
    if status is Status.not_run:
        return f'{function} earns points only if "{gate.title}" passes, which was not run.'
    return f'{function} earns nothing until "{gate.title}" passes.'
