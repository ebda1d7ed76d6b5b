"""The whole way of one submission in the container, from its metadata to results.json."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from grader.config import Settings
from grader.errors import GraderError, UsageError
from grader.gradescope.alarm import Alarm, TimeUp
from grader.gradescope.handing_back import handed_back
from grader.gradescope.machine import Machine, fitted, read_machine, remarks
from grader.gradescope.metadata import Metadata, read_metadata
from grader.gradescope.platform import Platform, say
from grader.gradescope.policies import Ruling, judge
from grader.gradescope.showing import view_of
from grader.outputs import Outputs
from grader.regrade import overrides
from grader.results import Outcome, Report, Status
from grader.sandbox import Zygote
from grader.session import How, grade
from grader.submission import Submission, intake, nothing_to_grade
from grader.suites import Layout, handed_in
from grader.text import one_line
from grader.unstarted import unstarted

MOST_TRAINING = 120.0  # CPU seconds of the leaderboard's training


class Run:
    """One submission. started: when the process began, on the monotonic clock."""

    def __init__(
        self,
        platform: Platform,
        settings: Settings,
        outputs: Outputs,
        *,
        course: Path | None,
        started: float,
        machine: Machine | None = None,
    ) -> None:
        self._platform, self._outputs, self._course = platform, outputs, course
        self._settings, self._started = settings, started
        self._machine = machine or read_machine()
        self._deadline = 60 * settings.gradescope.deadline_minutes
        self._ruling = Ruling()
        self._by_hand = overrides.NONE
        self._report: Report | None = None
        self._board: Sequence[Mapping[str, Any]] = ()
        self._told: list[str] = []

    def run(self) -> Report | None:
        """Grade, or hand back earlier results; what is printed is for the instructor.

        The report, None where results were handed back. Raises UsageError where nothing can be
        written, GraderError for a fault of the grader's own.
        """
        metadata = read_metadata(self._platform.metadata)
        self._platform.begin(metadata.ungraded)
        self._ruling = judge(self._settings.gradescope, metadata)
        refusal = self._ruling.refusal
        if refusal is not None and self._hand_back(metadata, refusal.message):
            return None
        self._by_hand = self._decided(metadata)
        self._request()
        report = with_level(self._in_time())
        self._request()
        self._outputs.finish(report)
        for note in report.meta.instructor_notes:
            say(f"instructor: {note.splitlines()[0] if note else ''}")
        say(self._line(report))
        return report

    def _decided(self, metadata: Metadata) -> overrides.Overrides:
        """What was set by hand for these students; a broken file sets nothing, and is told."""
        settings, ids = self._settings, [one for u in metadata.users for one in (u.email, u.sid)]
        try:
            found = overrides.load(settings.overrides, ids)
            if found.rows:  # so that a check which does not exist is found here
                name = self._platform.submission.name
                unstarted(name, settings, course=self._course, by_hand=found)
            return found
        except UsageError as error:
            line = f"No points are set by hand: {error}"
            self._ruling = replace(self._ruling, notes=(*self._ruling.notes, line))
            return overrides.NONE

    def _hand_back(self, metadata: Metadata, message: str) -> bool:
        results = handed_back(metadata, message)
        if results is None:
            line = "Over the submission limit, but there are no earlier results: it is graded."
            self._ruling = replace(self._ruling, notes=(*self._ruling.notes, line))
            return False
        self._platform.write(results)
        for note in self._ruling.notes:
            say(f"instructor: {note}")
        say(message)
        return True

    def _request(self) -> None:
        view = view_of(self._settings, self._ruling, leaderboard=self._board, notes=self._told)
        results = self._platform.results
        request = partial(self._outputs.request, json=results, show_hidden=False, view=view)
        try:
            request(report=self._platform.report)
        except UsageError as error:
            request(report=None)  # raises it again where it is the results that cannot be written
            line = f"No report.json: {error}"
            notes = dict.fromkeys((*self._ruling.notes, line))
            self._ruling = replace(self._ruling, notes=tuple(notes))

    def _in_time(self) -> Report:
        """The report, whole or as far as it came by the deadline."""
        alarm = Alarm(self._deadline - self._elapsed())
        try:
            with alarm:
                return self._grade()
        except (GraderError, TimeUp):
            if not alarm.rang:
                raise
        name = self._platform.submission.name
        report = self._report or unstarted(
            name, self._settings, course=self._course, by_hand=self._by_hand
        )
        self._describe(report)
        return cut_short(report, self._settings.gradescope.deadline_minutes)

    def _grade(self) -> Report:
        limits = fitted(self._settings.limits, self._machine, self._deadline)
        settings = replace(self._settings, limits=limits)
        with Zygote() as zygote, self._submission() as submission:
            report = grade(
                submission,
                settings,
                # what runs below full is for minimum_level to say
                How(course=self._course, allow_unsandboxed=True, by_hand=self._by_hand),
                on_update=self._update,
                zygote=zygote,
            )
            if settings.gradescope.leaderboard != "off":
                self._measure(submission, settings, zygote)
            return report

    def _measure(self, submission: Submission, settings: Settings, zygote: Zygote) -> None:
        """What the leaderboard says, in what is left of the time."""
        from grader.gradescope.leaderboard import standing

        left = (self._deadline - self._elapsed()) * min(1.0, self._machine.cpus or 1.0)
        seconds = max(1.0, min(MOST_TRAINING, 0.8 * left))
        found = standing(submission, settings, Layout(self._course), zygote, seconds)
        self._board, self._told = found.entries, list(found.notes)

    def _submission(self) -> Submission:
        """What was handed in; without any of the files, a submission in which all are missing."""
        suites = Layout(self._course).suites(self._settings.suites)
        needed = tuple(suites)
        try:
            return intake(self._platform.submission, needed, others=handed_in(suites))
        except UsageError as error:
            place = one_line(str(self._platform.submission))
            why = str(error).removeprefix(place).strip()
            return nothing_to_grade("submission", needed, f"The submission {why}")

    def _update(self, report: Report) -> None:
        if self._report is None:
            self._describe(report)
        self._report = report
        self._outputs.update(report)

    def _describe(self, report: Report) -> None:
        """The settings as they were written, not as they were fitted; what concerns policies."""
        limits = self._settings.limits
        lowered = remarks(limits, fitted(limits, self._machine, self._deadline), self._machine)
        notes = (*self._ruling.notes, *lowered)
        told = report.meta.instructor_notes
        report.meta = replace(
            report.meta,
            settings_hash=self._settings.settings_hash,
            instructor_notes=(*notes, *(one for one in told if one not in notes)),
        )

    def _line(self, report: Report) -> str:
        score, most = float(report.written_score), float(report.max_score)
        late = f", {float(100 * self._ruling.lateness.taken):g}% taken off" * bool(
            self._ruling.lateness.taken
        )
        meta = report.meta
        level, seconds = meta.sandbox_level, self._elapsed()
        return f"score {score:g} of {most:g}{late}; sandbox {level}; {seconds:.1f} s"

    def _elapsed(self) -> float:
        return time.monotonic() - self._started


def with_level(report: Report) -> Report:
    """The report, which tells the instructor first if the sandbox is not at its best."""
    meta = report.meta
    if meta.sandbox_level != "full":
        line = f"The sandbox is at level {meta.sandbox_level}: {'; '.join(meta.sandbox_notes)}"
        report.meta = replace(meta, instructor_notes=(line, *meta.instructor_notes))
    return report


def cut_short(report: Report, minutes: float) -> Report:
    """The report of a grading that the deadline ended: what has not run says so."""
    left = [spec.id for spec in report.specs if report.outcomes[spec.id] == Outcome(Status.not_run)]
    done = len(report.specs) - len(left)
    text = (
        f"Grading reached its limit of {minutes:g} minutes before this check. "
        "Look for what takes long in the functions above it."
    )
    for check_id in left:
        report.record(check_id, Outcome(Status.not_run, text))
    whole = len(report.specs)
    line = f"Grading reached its limit of {minutes:g} minutes after {done} of {whole} checks"
    why = "known mistakes, frameworks loaded at run time and the leaderboard may be missing."
    meta = report.meta
    report.meta = replace(
        meta,
        notes=(*meta.notes, *([f"{line}."] if left else [])),
        instructor_notes=(*meta.instructor_notes, f"{line}: {why}"),
    )
    return report
