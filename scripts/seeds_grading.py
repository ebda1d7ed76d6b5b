"""One submission under several seeds, in the sandbox as ever: what loses points under which."""

from __future__ import annotations

import functools
import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from seeds_submissions import Entry

from grader.attempt import Body, Circumstances
from grader.config import LimitSettings, Settings
from grader.parallel import own_zygote, write
from grader.results import CheckSpec, Outcome, Report, Status
from grader.running import Runner
from grader.session import Grading, How
from grader.submission import Submission, intake
from grader.suites import Layout
from grader.workers import Workers
from tests.helpers import tolerances
from tests.helpers.local import LocalTransport
from tests.helpers.proxy import Student

Floats = NDArray[Any]
# Wider tolerances are of means and deviations of random numbers, not of rounding: how far those
# outcomes are from another is a question of seeds.
STATISTICAL = 1e-3
# Work in float32 is nearer to its tolerances: Adam's over a few steps 6 times below them.
FLOAT32_MARGIN = 5.0
# Seed -> {id of a check: why it lost points}.
Losses = dict[int, dict[str, str]]


def seed(number: int) -> bytes:
    """Seed 0, 1, ..., the same for everyone, as a seed file holds it."""
    return hashlib.sha256(f"seeds/{number}".encode()).hexdigest().encode()


@contextmanager
def errors_times(factor: float) -> Iterator[None]:
    """Every error counts `factor` times where it is compared with a tolerance of rounding."""
    plain = tolerances.tolerance

    def scaled(want: Floats, rtol: float, atol: float) -> Floats:
        rounding = max(rtol, atol) <= STATISTICAL
        return plain(want, rtol, atol) / (factor if rounding else 1.0)

    tolerances.tolerance = scaled
    try:
        yield
    finally:
        tolerances.tolerance = plain


def factor(entry: Entry, spec: CheckSpec, margin: float) -> float:
    """How often an error counts where this submission must stay away from tolerances."""
    if entry.wrong:
        return 1 / margin
    float32 = "float32" in entry.name + spec.id + spec.title
    return min(margin, FLOAT32_MARGIN) if float32 else margin


class UnderSeeds(Runner):
    """Runs each check under each of the seeds.

    entry: what is graded; of a wrong submission one failure under a seed is enough. margin: how
    often errors count. outcomes: of each seed, by the check's id. reached: the last seed that a
    check was begun under.
    """

    def __init__(
        self,
        workers: Workers,
        circumstances: Circumstances,
        seeds: Sequence[int],
        *,
        entry: Entry,
        margin: float,
        examined: frozenset[str],
    ) -> None:
        super().__init__(workers, circumstances, Student(LocalTransport()), examined)
        self._runners = {
            number: Runner(
                workers,
                replace(circumstances, seed=seed(number)),
                Student(LocalTransport()),
                examined,
            )
            for number in seeds
        }
        self._entry, self._margin = entry, margin
        self.outcomes: dict[int, dict[str, Outcome]] = {number: {} for number in seeds}
        self.reached: dict[str, int] = {}

    def run(self, spec: CheckSpec, body: Body) -> Outcome:
        """The last outcome."""
        outcome = Outcome(Status.passed)
        with errors_times(factor(self._entry, spec, self._margin)):
            for number, runner in self._runners.items():
                known = self.outcomes[number]
                if not self._entry.wrong or all(one.status.good for one in known.values()):
                    self.reached[spec.id] = number
                    outcome = known[spec.id] = runner.run(spec, body)
        return outcome


class GradingUnderSeeds(Grading):
    """One grading, in which every check runs once per seed."""

    under: UnderSeeds
    make: Callable[..., UnderSeeds]

    def _ready(self, specs: Sequence[CheckSpec]) -> Runner:
        super()._ready(specs)
        assert self._workers is not None and self._with is not None
        self.under = self.make(self._workers, self._with, examined=self._examined(specs))
        return self.under


def losses_in_sandbox(
    entry: Entry, seeds: Sequence[int], margin: float = 1.0, only: Sequence[str] = ()
) -> Losses:
    """Every check that loses points under each seed; of a wrong submission the first is enough.

    margin: each outcome must be this factor away from its tolerance. only: ids of checks; the
    others are left out. The reference loses where it needs itself below.
    """
    subject = entry.subject
    limits = LimitSettings(total_seconds=240 * len(seeds))
    settings = Settings(suites=subject.suites, limits=limits)
    with tempfile.TemporaryDirectory() as folder:
        write(subject.files, Path(folder))
        with intake(Path(folder), tuple(Layout().suites(subject.suites))) as taken:
            grading = _grading(taken, settings, only)
            grading.make = functools.partial(UnderSeeds, seeds=seeds, entry=entry, margin=margin)
            report = grading.run()
            _add_faults(report, grading.under)
    alone = entry.kind == "reference"
    return {one: _losses(report, known, alone) for one, known in grading.under.outcomes.items()}


def _add_faults(report: Report, under: UnderSeeds) -> None:
    """What the grader itself got wrong ended a check under the seed that it had reached."""
    for check_id, outcome in report.outcomes.items():
        if outcome.status in (Status.grader_error, Status.not_run):
            number = under.reached.get(check_id, next(iter(under.outcomes)))
            under.outcomes[number][check_id] = outcome


def _losses(report: Report, outcomes: Mapping[str, Outcome], alone: bool) -> dict[str, str]:
    """What does not earn all; a check that was not asked for counts as passed."""
    for spec in report.specs:
        report.record(spec.id, outcomes.get(spec.id, Outcome(Status.passed)))
    scores, maxima = report.check_scores(), report.check_max_scores()
    return {
        check_id: f"{outcome.status.value}: {outcome.detail or outcome.message}"
        for check_id, outcome in report.outcomes.items()
        if (scores[check_id] < maxima[check_id] and not outcome.status.good)
        or (alone and outcome.with_reference)
    }


def _grading(taken: Submission, settings: Settings, only: Sequence[str]) -> GradingUnderSeeds:
    return GradingUnderSeeds(
        taken,
        settings,
        own_zygote(),
        How(only=only, allow_unsandboxed=True),
    )
