"""Grade one submission: from its files to a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from grader import circumstances, failures, seeds
from grader.answers import Answers
from grader.attempt import Circumstances
from grader.config import Settings
from grader.config_values import LEVELS, unknown
from grader.diagnosis import Diagnosis, sentence
from grader.errors import UsageError
from grader.examples import Examples
from grader.frameworks import Frameworks
from grader.plugin import Check, collect
from grader.regrade import overrides, voiding
from grader.regrade.known import KnownChecks
from grader.replays import Replays
from grader.results import CheckSpec, Outcome, Report, Status
from grader.running import Runner
from grader.sandbox import WorkerSpec, Zygote
from grader.signatures import aliases, documented
from grader.staging import stage_helpers, stage_templates, worker_spec
from grader.submission import Submission
from grader.suites import Layout
from grader.turns import Given, run_all
from grader.workers import Workers
from tests.helpers.local import LocalTransport
from tests.helpers.proxy import Student

Update = Callable[[Report], None]


@dataclass(frozen=True)
class How:
    """How a submission is graded, besides its settings.

    course: a folder laid over ours. only: ids of checks, or beginnings of ids; the others are left
    out. allow_unsandboxed: hidden checks run below level full as well. by_hand: points that were
    set for this student; their checks are run all the same. examples: written for what failed.
    passing: ids of checks that are known to pass and are not run. For whoever grades many: replays,
    what is known of mistakes under this seed and these settings; checks, all of the suites', in
    running order.
    """

    course: Path | None = None
    only: Sequence[str] = ()
    allow_unsandboxed: bool = False
    by_hand: overrides.Overrides = overrides.NONE
    examples: bool = True
    passing: frozenset[str] = frozenset()
    replays: Replays | None = None
    checks: Sequence[Check] = ()


DEFAULT = How()


class Grading:
    """The grading of one submission; `run` gives the report, `on_update` sees it grow."""

    def __init__(
        self,
        submission: Submission,
        settings: Settings,
        zygote: Zygote,
        how: How,
        on_update: Update = lambda report: None,
    ) -> None:
        self._submission, self._settings, self._how = submission, settings, how
        self._layout, self._on_update = Layout(how.course), on_update
        self._excused = voiding.excused(settings.void)
        self._seed = seeds.read_seed(settings.seed_file)
        self._zygote = zygote
        self._suites = self._layout.suites(settings.suites)
        self._references = {name: self._layout.reference(name) for name in self._suites}
        graded = {name: self._suites[name] for name in settings.suites}
        self._rules = Frameworks(
            settings.frameworks, graded, submission.modules, submission.lines()
        )
        self._student = Student(LocalTransport())
        self._started = time.perf_counter()
        self._templates: Mapping[str, str] = {}
        self._known: Sequence[CheckSpec] = ()
        self._workers: Workers | None = None
        self._with: Circumstances | None = None
        self._runner: Runner | None = None
        self._report: Report | None = None

    def run(self) -> Report:
        """Run every check; the report has an outcome for each, whatever the submission does."""
        checks = self._how.checks or collect(self._layout, tuple(self._suites))
        self._known = [check.spec for check in checks]
        specs = self._choose()
        chosen = {spec.id for spec in specs}
        given = Given(self._student, self._references, self._settings)
        try:
            runner = self._ready(specs)
            mine = (check for check in checks if check.spec.id in chosen)
            faults = run_all(mine, given, runner, self._record)
        finally:
            if self._workers is not None:
                self._workers.close()
        return self._finish(faults)

    def _choose(self) -> list[CheckSpec]:
        """The checks of the suites that are graded, of these only those asked for."""
        self._settings.check_void(self._known_checks().problem)
        graded = [spec for spec in self._known if spec.suite in self._settings.suites]
        for one in self._how.only:
            if not any(spec.id.startswith(one) for spec in graded):
                raise UsageError(unknown("check", one, [spec.id for spec in graded]))
        if self._how.only:
            ids = {spec.id for spec in graded}
            begun = tuple(one for one in self._how.only if one not in ids)
            return [s for s in graded if s.id in self._how.only or s.id.startswith(begun)]
        points = self._points()
        return [spec for spec in graded if points[spec.function] > 0]

    def _examined(self, chosen: Sequence[CheckSpec]) -> frozenset[str]:
        """The functions of which every check is run."""
        ids = {spec.id for spec in chosen} - set(self._excused)
        partly = {spec.function for spec in self._known if spec.id not in ids}
        return frozenset(spec.function for spec in chosen) - partly

    def _ready(self, specs: Sequence[CheckSpec]) -> Runner:
        """Once the checks are known: the report with everything not run, then the workers."""
        self._report = self._begun(specs)
        self._on_update(self._report)
        stage_helpers(self._submission)
        self._templates = stage_templates(self._submission, self._layout, self._suites)
        words = self._rules.words
        self._workers = Workers(self._zygote, self._spec(), list(self._suites), words)
        worker = self._workers.own(True)
        self._report.meta = replace(
            self._report.meta, sandbox_level=worker.level, sandbox_notes=worker.probe.missing
        )
        self._with = self._circumstances(worker.level)
        self._runner = Runner(self._workers, self._with, self._student, self._examined(specs))
        return self._runner

    def _begun(self, specs: Sequence[CheckSpec]) -> Report:
        """Nothing has run; what the instructor has decided stands."""
        meta = circumstances.meta(
            self._submission, self._settings, self._layout, self._suites, self._seed
        )
        report = Report.create(specs, self._points(), self._settings.total, meta)
        for spec in specs:
            if spec.id in self._excused:
                report.record(spec.id, self._excused[spec.id])
        self._how.by_hand.apply(report, self._known_checks())
        return report

    def _known_checks(self) -> KnownChecks:
        return KnownChecks((spec.id for spec in self._known), self._suites, self._layout)

    def _points(self) -> Mapping[str, Fraction]:
        defaults: dict[str, Fraction] = {}
        for suite in self._suites.values():
            defaults |= suite.default_points()
        self._settings.check_functions(defaults)
        return self._settings.points_for(defaults)

    def _circumstances(self, level: str) -> Circumstances:
        assert self._workers is not None
        limits = self._settings.limits
        return Circumstances(
            suites=self._suites,
            answers=Answers(self._references),
            references=self._references,
            documented=documented(self._references, self._suites),
            aliases=aliases(self._suites, self._workers.names),
            seed=self._seed,
            cpu_seconds=limits.cpu_seconds,
            total_seconds=limits.total_seconds,
            level_block=self._level_block(level),
            file_blocks=self._file_blocks(),
            excused=self._excused,
            passing=self._how.passing,
            files=self._submission.lines(),
        )

    def _spec(self) -> WorkerSpec:
        return worker_spec(
            self._submission,
            self._settings.limits,
            self._layout,
            modules={**self._templates, **self._submission.modules},
            standins={name: self._layout.standin(name) for name in self._suites},
            watched=self._rules.watched,
        )

    def _level_block(self, level: str) -> str:
        """Why hidden checks do not run here, if they do not."""
        needed = self._settings.minimum_level if self._how.allow_unsandboxed else "full"
        if LEVELS.index(level) >= LEVELS.index(needed):
            return ""
        return (
            f"Not run: the sandbox is at level {level} and hidden checks need {needed}. "
            "With --allow-unsandboxed one's own code may be graded so."
        )

    def _file_blocks(self) -> dict[str, Outcome]:
        """Suites whose file is missing, not to be graded or not to be imported, each with why."""
        assert self._workers is not None
        blocks = self._rules.outcomes(self._rules.uses(self._workers))
        for name in self._settings.suites:
            loaded = self._workers.loaded.get(name)
            if name in self._submission.problems:
                blocks[name] = Outcome(Status.crashed, self._submission.problems[name])
            elif name in self._submission.missing:
                blocks[name] = Outcome(Status.missing, self._submission.missing[name])
            elif loaded is not None and loaded.error is not None:
                blocks[name] = failures.of_import(f"{name}.py", loaded.error)
        return blocks

    def _record(self, check_id: str, outcome: Outcome) -> None:
        assert self._report is not None
        self._report.record(check_id, outcome)
        self._report.meta = replace(self._report.meta, seconds=self._elapsed())
        self._on_update(self._report)

    def _explain(self, report: Report) -> None:
        """Say of what failed which known mistakes explain it, and show it in code."""
        assert self._workers is not None and self._with is not None and self._runner is not None
        tried = list(self._runner.tried.values())
        replays = self._how.replays or Replays(self._layout, self._seed)
        for check_id, mistakes in Diagnosis(replays).explain(tried, report.outcomes):
            told = replace(report.outcomes[check_id], diagnosis=sentence(mistakes))
            report.record(check_id, told)
        if self._how.examples:
            examples = Examples(self._workers, self._with, self._student)
            for check_id, told in examples.written(tried, report.outcomes):
                report.record(check_id, told)

    def _finish(self, faults: Sequence[str]) -> Report:
        assert self._workers is not None and self._with is not None
        assert self._report is not None
        report = self._report
        self._explain(report)
        told = self._rules.settle(report, self._workers, self._with.file_blocks)
        imports = [note for one in self._workers.loaded.values() for note in one.notes]
        report.meta = replace(
            report.meta,
            notes=(*self._submission.notes, *told[0], *imports),
            instructor_notes=(*report.meta.instructor_notes, *told[1], *faults),
            seconds=self._elapsed(),
        )
        self._on_update(report)
        return report

    def _elapsed(self) -> float:
        return round(time.perf_counter() - self._started, 3)


def grade(
    submission: Submission,
    settings: Settings,
    how: How = DEFAULT,
    *,
    on_update: Update = lambda report: None,
    zygote: Zygote | None = None,
) -> Report:
    """Grade a submission under these settings.

    on_update is called with the report before the first check and after each.
    """
    if zygote is not None:
        return Grading(submission, settings, zygote, how, on_update).run()
    with Zygote() as own:
        return Grading(submission, settings, own, how, on_update).run()
