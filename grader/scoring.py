"""What a check is, how it ended, and what it earns.

Points are exact fractions until they are written. The cents of every check are apportioned once,
from its maximum: the total to the functions, then each function's cents to its checks, both by
largest remainder. A check that earns all of its share is written with exactly its maximum, so
scores and maxima add up at every level and no score can exceed its maximum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from grader.errors import GraderError

ZERO, ONE = Fraction(0), Fraction(1)


class Status(str, Enum):
    """How one check ended; `not_run` is what every check starts with."""

    passed = "passed"
    failed = "failed"
    not_implemented = "not_implemented"
    crashed = "crashed"
    timed_out = "timed_out"
    out_of_memory = "out_of_memory"
    missing = "missing"
    excused = "excused"
    grader_error = "grader_error"
    not_run = "not_run"

    def __str__(self) -> str:
        return self.value

    @property
    def good(self) -> bool:
        """Nothing is lost by it: passed, or excused by the instructor."""
        return self in (Status.passed, Status.excused)


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
class CheckSpec:
    """One check: where it belongs and what it counts within its function.

    `function` is `solution.<method>`, `nn.<name>` or `hw_mlp.<name>`. A function earns nothing
    unless its `gate` checks pass; an `optional` function may be absent from the submission.
    """

    id: str
    suite: str
    function: str
    title: str
    visible: bool
    weight: Fraction = ONE
    gate: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a check ended and what the student is told; `detail` (values) is for the instructor.

    diagnosis: the known mistake that explains the answers, in a sentence or two. example: code that
    shows the failure when it is run beside the submission; with values, so for the instructor alone
    where the check is hidden.
    """

    status: Status
    message: str = ""
    hint: str = ""
    detail: str = ""
    seconds: float = 0.0
    with_reference: bool = False
    diagnosis: str = ""
    example: str = ""


@dataclass(frozen=True)
class Override:
    """Points that someone set by hand for one check, a multiple of 0.01, in place of those earned.

    It changes that check's score and nothing else: neither its outcome nor what hangs on it.
    """

    points: Fraction
    reason: str
    by: str


def by_function(specs: Iterable[CheckSpec]) -> dict[str, list[CheckSpec]]:
    """The checks of each function, both in the order given."""
    groups: dict[str, list[CheckSpec]] = {}
    for spec in specs:
        groups.setdefault(spec.function, []).append(spec)
    return groups


def shares(
    specs: Sequence[CheckSpec], points: Mapping[str, Fraction], total: Fraction
) -> dict[str, Fraction]:
    """The exact maximum of each check, `total` points in all.

    Raises GraderError where a function has no points, or only checks of weight 0.
    """
    groups = by_function(specs)
    scale = sum((points[function] for function in groups), ZERO)
    result: dict[str, Fraction] = {}
    for function, checks in groups.items():
        weight = sum((spec.weight for spec in checks), ZERO)
        if weight <= 0 or points[function] <= 0:
            raise GraderError(f"{function}: nothing to share out among its checks")
        share = total * points[function] / scale / weight
        result.update((spec.id, share * spec.weight) for spec in checks)
    return result


def apportion(parts: Sequence[Fraction], whole: int) -> list[int]:
    """Integers in proportion to `parts` that add up to `whole` (largest remainder, then order)."""
    scale = sum(parts, ZERO)
    if scale <= 0:
        return [0] * len(parts)
    exact = [part * whole / scale for part in parts]
    result = [int(value) for value in exact]
    order = sorted(range(len(parts)), key=lambda i: (result[i] - exact[i], i))
    for i in order[: whole - sum(result)]:
        result[i] += 1
    return result


def maximum_cents(specs: Sequence[CheckSpec], exact: Mapping[str, Fraction]) -> dict[str, int]:
    """The written maximum of each check in hundredths; adds up per function and in all."""
    groups = list(by_function(specs).values())
    sums = [sum((exact[spec.id] for spec in checks), ZERO) for checks in groups]
    result: dict[str, int] = {}
    for checks, cents in zip(groups, apportion(sums, round(100 * sum(sums, ZERO))), strict=True):
        parts = apportion([exact[spec.id] for spec in checks], cents)
        result.update((spec.id, part) for spec, part in zip(checks, parts, strict=True))
    return result


def closed_gate(checks: Sequence[CheckSpec], outcomes: Mapping[str, Outcome]) -> CheckSpec | None:
    """The first gate among the checks of one function that is shut, if any.

    A gate that was not run, as hidden ones below a level of the sandbox, shuts nothing as long as
    another one has passed.
    """
    gates = [check for check in checks if check.gate]
    shut = [c for c in gates if not outcomes[c.id].status.good]
    if len(shut) < len(gates):
        shut = [c for c in shut if outcomes[c.id].status is not Status.not_run]
    return shut[0] if shut else None


def gate_line(function: str, gate: CheckSpec, status: Status) -> str:
    """Why a function earns nothing although a check of it passed: this gate is shut."""
    if status is Status.grader_error:
        return f'A fault of the grader left "{gate.title}" open; {function} waits for it.'
    if status is Status.not_run:
        return f'{function} earns points only if "{gate.title}" passes, which was not run.'
    return f'{function} earns nothing until "{gate.title}" passes.'


def earned(
    specs: Sequence[CheckSpec],
    outcomes: Mapping[str, Outcome],
    exact: Mapping[str, Fraction],
) -> dict[str, Fraction]:
    """The part of its share, 0 to 1, that each check earns.

    Excused checks earn in full. A gate that did not pass takes the rest of its function with it.
    The missing checks of an absent optional function earn the part that the rest of the suite
    earned, so that leaving it out changes neither the maximum nor the fraction.
    """
    result: dict[str, Fraction] = {}
    absent: list[CheckSpec] = []
    for checks in by_function(specs).values():
        shut = closed_gate(checks, outcomes) is not None
        for spec in checks:
            status = outcomes[spec.id].status
            full = status is Status.excused or (status is Status.passed and not shut)
            result[spec.id] = ONE if full else ZERO
        if _is_absent(checks, outcomes):
            absent += [c for c in checks if outcomes[c.id].status is Status.missing]
    skipped = {spec.id for spec in absent}
    for suite in {spec.suite for spec in absent}:
        rest = [s for s in specs if s.suite == suite and s.id not in skipped]
        maximum = sum((exact[s.id] for s in rest), ZERO)
        part = sum((exact[s.id] * result[s.id] for s in rest), ZERO) / maximum if maximum else ZERO
        result.update((spec.id, part) for spec in absent if spec.suite == suite)
    return result


def _is_absent(checks: Sequence[CheckSpec], outcomes: Mapping[str, Outcome]) -> bool:
    allowed = (Status.missing, Status.excused)
    return all(c.optional and outcomes[c.id].status in allowed for c in checks)


def earned_cents(
    specs: Sequence[CheckSpec], parts: Mapping[str, Fraction], maxima: Mapping[str, int]
) -> dict[str, int]:
    """The written score of each check in hundredths; partial shares are cut down per function."""
    result: dict[str, int] = {}
    for checks in by_function(specs).values():
        exact = [parts[spec.id] * maxima[spec.id] for spec in checks]
        cents = apportion(exact, int(sum(exact, ZERO)))
        result.update((spec.id, part) for spec, part in zip(checks, cents, strict=True))
    return result
