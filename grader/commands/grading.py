"""`python -m grader grade`: one submission, from its path to the page and the files."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from grader.commands import options as common
from grader.config import Settings
from grader.errors import GraderError, UsageError
from grader.gradescope.showing import view_of
from grader.outputs import Outputs
from grader.regrade import overrides
from grader.results import Report

STUDENT = "whose submission it is (email or student id), for `overrides`; repeatable"
IN_PART = "overrides are left aside: a part alone (--suite, --check) has other points"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the others."""
    grade = commands.add_parser("grade", help="grade one submission")
    grade.set_defaults(run=_attempt, abandon=_abandon)
    grade.add_argument(
        "path", nargs="?", default=".", type=Path, help="folder, file, zip or tar (default: here)"
    )
    option = grade.add_argument
    option("--json", type=Path, metavar="FILE", help="write Gradescope's results.json")
    option("--report", type=Path, metavar="FILE", help="write the versioned report as JSON")
    option("--check", action="append", metavar="ID", help="run this check, or all that begin so")
    option("--student", action="append", metavar="ID", help=STUDENT)
    option("--show-hidden", action="store_true", help="show the values of hidden checks")
    option("--fail-under", type=_points, metavar="N", help="exit with 1 below N points")
    option("--allow-unsandboxed", action="store_true", help="run hidden checks in any sandbox")
    option("--quiet", action="store_true", help="print no page")
    common.add_common(grade)


def _points(text: str) -> Fraction:
    try:
        return Fraction(text[:20])
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _abandon(options: argparse.Namespace, outputs: Outputs, why: str) -> str:
    """Write what is known of a grading that ended early, and say how far it came."""
    if outputs.wanted:
        _begin(options, outputs)
    return outputs.abandon(why)


def _attempt(options: argparse.Namespace, outputs: Outputs) -> int:
    try:
        _request_files(options, outputs, Settings())
        report = _grade(options, outputs)
    except UsageError as error:
        if outputs.wanted:
            _explain(options, outputs, str(error))
        return common.say(f"error: {error}", UsageError.exit_code)
    try:
        outputs.finish(report)
    except UsageError as error:
        _conclude(options, report)
        return common.say(f"error: {error}", UsageError.exit_code)
    return _conclude(options, report)


def _grade(options: argparse.Namespace, outputs: Outputs) -> Report:
    from grader.sandbox import Zygote

    with Zygote() as zygote:  # it gets ready while everything else is imported
        from grader.session import How, grade
        from grader.submission import intake
        from grader.suites import Layout, handed_in

        settings = common.settings(options)
        _request_files(options, outputs, settings)
        by_hand = _by_hand(options, settings)
        if settings.overrides is not None and by_hand is overrides.NONE:
            common.say(IN_PART, 0)
        needed = Layout(options.course).suites(settings.suites)
        with intake(options.path, tuple(needed), others=handed_in(needed)) as submission:
            return grade(
                submission,
                settings,
                How(
                    course=options.course,
                    only=options.check or (),
                    allow_unsandboxed=options.allow_unsandboxed,
                    by_hand=by_hand,
                ),
                on_update=outputs.update,
                zygote=zygote,
            )


def _by_hand(options: argparse.Namespace, settings: Settings) -> overrides.Overrides:
    """The points set by hand for this student, where everything is graded."""
    if options.suite or options.check:
        return overrides.NONE
    return overrides.load(settings.overrides, options.student or ())


def _request_files(options: argparse.Namespace, outputs: Outputs, settings: Settings) -> None:
    outputs.request(
        json=options.json,
        report=options.report,
        show_hidden=options.show_hidden,
        view=view_of(settings),
    )


def _conclude(options: argparse.Namespace, report: Report) -> int:
    """Print the page and say how it ended."""
    if not options.quiet:
        problem = _print(report, show_hidden=options.show_hidden, list_all=bool(options.check))
        if problem:
            return common.say(f"error: cannot print the page: {problem}", UsageError.exit_code)
    if options.traceback:
        sys.stderr.writelines(note + "\n" for note in report.meta.instructor_notes)
    if report.provisional:
        return GraderError.exit_code
    low = options.fail_under is not None and report.written_score < options.fail_under
    return common.BELOW if low else 0


def _print(report: Report, *, show_hidden: bool, list_all: bool) -> str:
    """Print the page, and say what kept it from being printed."""
    from grader.writers import terminal

    write = partial(terminal.write, show_hidden=show_hidden, list_all=list_all)
    return common.show(lambda: write(report, sys.stdout))


def _explain(options: argparse.Namespace, outputs: Outputs, line: str) -> None:
    """Write the requested files although nothing can be graded: every check says why."""
    try:
        settings = common.settings(options)
        try:
            report = _graded_nothing(options, outputs, line, settings, _by_hand(options, settings))
        except UsageError:  # what was wrong may be the overrides, or a check that is void,
            report = _graded_nothing(options, outputs, line, replace(settings, void={}))
    except UsageError:  # or the settings, or the course folder itself
        chosen = [name for name in options.suite or () if name in common.suites(None)]
        settings = Settings(suites=tuple(dict.fromkeys(chosen)) or Settings.suites)
        report = _graded_nothing(options, outputs, line, settings, of_course=False)
    outputs.finish(report)


def _graded_nothing(
    options: argparse.Namespace,
    outputs: Outputs,
    line: str,
    settings: Settings,
    by_hand: overrides.Overrides = overrides.NONE,
    *,
    of_course: bool = True,
) -> Report:
    from grader.session import How, grade
    from grader.submission import nothing_to_grade

    course = options.course if of_course else None
    with nothing_to_grade(options.path.name or ".", settings.suites, line) as submission:
        how = How(course=course, by_hand=by_hand)
        return grade(submission, settings, how, on_update=outputs.update)


def _begin(options: argparse.Namespace, outputs: Outputs) -> None:
    """Write the requested files, with every check not run."""
    from grader.unstarted import unstarted

    name, only = options.path.name or ".", options.check or ()
    with suppress(GraderError, OSError):
        settings = common.settings(options)
        by_hand = _by_hand(options, settings)
        report = unstarted(name, settings, course=options.course, only=only, by_hand=by_hand)
        outputs.update(report)
