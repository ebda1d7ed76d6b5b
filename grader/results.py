"""The report: the one value that crosses from grading to the writers, and between processes.

A report stores what happened (specs, outcomes, points, circumstances); scores are derived when
asked for. `Report.from_json(report.to_json(show_hidden=True))` is the same report, so it can be
rendered again without grading again.

Formats of the JSON, all of which are read:

    1  the first
    2  `submission_hash`; every check has `override`, null or the points set by hand
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from typing import Any

from grader import reading, scoring
from grader.errors import GraderError, UsageError
from grader.scoring import SEVERITY, CheckSpec, Outcome, Override, Status, gate_line
from grader.text import join_lines, one_line, told_seconds

__all__ = [
    "FORMAT_VERSION",
    "CheckSpec",
    "FunctionRow",
    "Meta",
    "Outcome",
    "Override",
    "Report",
    "Status",
]

FORMAT_VERSION = 2


@dataclass(frozen=True)
class Meta:
    """Under which circumstances was graded; `notes` are lines for the student.

    submission_hash: 16 hexadecimal digits over the files as they were staged.
    """

    submission: str = ""
    submission_hash: str = ""
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
        self.overrides: dict[str, Override] = {}
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
        ids = [spec.id for spec in kept]
        if twins := sorted({one for one in ids if ids.count(one) > 1}):
            raise GraderError(f"two checks have the same id: {twins[0]}")
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

    def override(self, check_id: str, override: Override) -> None:
        """Set the points of one check by hand, whatever it earns.

        Raises GraderError for an id that is not in the report, and for points that are no multiple
        of 0.01 or more than the check's maximum.
        """
        cents = 100 * override.points
        if check_id not in self.outcomes or cents.denominator != 1:
            raise GraderError(f"these points cannot be set for {check_id}")
        if not 0 <= cents <= self._maxima[check_id]:
            raise GraderError(f"{check_id} has at most {self._maxima[check_id] / 100:g} points")
        self.overrides[check_id] = override

    @property
    def max_score(self) -> Fraction:
        """The exact total; no outcome changes it."""
        return self.total

    @property
    def score(self) -> Fraction:
        """The exact score; what is written is `written_score`, within half a cent per check."""
        exact = {i: self._exact[i] * part for i, part in self._earned().items()}
        exact |= {i: one.points for i, one in self.overrides.items()}
        return sum(exact.values(), Fraction(0))

    @property
    def written_score(self) -> Fraction:
        """The score as every writer shows it: the sum of the check scores, to 0.01."""
        return sum(self.check_scores().values(), Fraction(0))

    @property
    def provisional(self) -> bool:
        """Some check was not decided, because of a fault of the grader, nor set by hand."""
        faults = [i for i, o in self.outcomes.items() if o.status is Status.grader_error]
        return not self.overrides.keys() >= set(faults)

    def check_scores(self) -> dict[str, Fraction]:
        """The score of each check as written: multiples of 0.01 that add up."""
        return self.earned_scores() | {i: one.points for i, one in self.overrides.items()}

    def earned_scores(self) -> dict[str, Fraction]:
        """The scores by the outcomes alone, before what was set by hand."""
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
                line = gate_line(function, gate, self.outcomes[gate.id].status)
                passed = [c for c in checks if self.outcomes[c.id].status is Status.passed]
                notes.update((c.id, line) for c in passed if c.id not in self.overrides)
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
            meta["seconds"] = told_seconds(self.meta.seconds)
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
        earned = self.earned_scores()
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
                "override": _override_json(self.overrides.get(spec.id), earned[spec.id]),
            }
            if not (spec.visible or show_hidden):
                row |= {"detail": "", "example": "", "seconds": 0.0}
            rows.append(row)
        return rows

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
        meta = reading.record(Meta, data, names=True)
        report = cls(specs, points, total, replace(meta, format_version=FORMAT_VERSION))
        for check in data["checks"]:
            told, note = reading.text(check["message"]), reading.text(check["gate_note"])
            outcome = reading.record(Outcome, check | {"message": reading.without(told, note)})
            report.record(check["id"], outcome)
            if check.get("override") is not None:
                override = reading.record(Override, check["override"], names=True)
                report.override(check["id"], override)
        return report


def _override_json(override: Override | None, earned: Fraction) -> dict[str, Any] | None:
    if override is None:
        return None
    return asdict(override) | {"points": str(override.points), "instead_of": float(earned)}
