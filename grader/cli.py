"""The command line.

    python -m grader                    grade the files here
    python -m grader grade PATH [...]   grade a folder, one file, a zip or a tar
    python -m grader selfcheck          are known mistakes caught, and nothing else?

Exit codes: 0 graded, whatever the score; 1 --fail-under or selfcheck says no; 2 wrong usage or an
unreadable submission (requested files are still written, with an outcome for every check); 3 a
fault of the grader's own; 130 and 143 stopped by Ctrl-C or SIGTERM, with what was known until then
written.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from grader import __version__
from grader.config import Settings, load_settings, unknown
from grader.errors import GraderError, UsageError
from grader.outputs import Outputs, Stop, Stopped
from grader.results import Report
from grader.text import one_line

ROOT = Path(__file__).resolve().parent.parent
TOP_OPTIONS = ("-h", "--help", "--version")
BELOW = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in TOP_OPTIONS):
        arguments.insert(0, "grade")
    options = parser().parse_args(arguments)
    with Stop() as stop:
        return _guarded(options, stop)


def parser() -> argparse.ArgumentParser:
    """All commands and options."""
    top = argparse.ArgumentParser(
        prog="python -m grader",
        description="Grade neural networks written by hand in numpy. "
        "Without a command: grade the files here.",
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    grade = commands.add_parser("grade", help="grade one submission")
    grade.set_defaults(run=_attempt)
    grade.add_argument(
        "path", nargs="?", default=".", type=Path, help="folder, file, zip or tar (default: here)"
    )
    add = grade.add_argument
    add("--json", type=Path, metavar="FILE", help="write Gradescope's results.json")
    add("--report", type=Path, metavar="FILE", help="write the versioned report as JSON")
    add("--check", action="append", metavar="ID", help="run this check, or all that begin so")
    add("--show-hidden", action="store_true", help="show the values of hidden checks")
    add("--fail-under", type=_points, metavar="N", help="exit with 1 below N points")
    add("--allow-unsandboxed", action="store_true", help="run hidden checks in any sandbox")
    add("--quiet", action="store_true", help="print no page")
    check = commands.add_parser(
        "selfcheck",
        help="grade the reference, stubs and all known mistakes",
        description="Grade the reference, stubs, every known mistake and pairs of them: each must "
        "cost its own function and no other. Exit code 1 where one does not.",
    )
    check.set_defaults(run=_selfcheck)
    jobs = "gradings side by side (default: as many as processors)"
    check.add_argument("--jobs", type=_count, default=0, metavar="N", help=jobs)
    for command in (grade, check):
        _add_common(command)
    return top


def _add_common(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--suite", action="append", metavar="NAME", help="this suite only; repeatable")
    add("--course", type=Path, metavar="DIR", help="a course folder, laid over the grader's own")
    add("--seed-file", type=Path, metavar="FILE", help="the secret seed, instead of the setting")
    add("--traceback", action="store_true", help="print where the grader itself failed")


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes")
    return int(text)


def _points(text: str) -> Fraction:
    try:
        return Fraction(text[:20])
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _guarded(options: argparse.Namespace, stop: Stop) -> int:
    """The one boundary at which everything that can go wrong ends, as one line."""
    outputs = Outputs()
    try:
        return int(options.run(options, outputs))
    except (Exception, Stopped) as error:
        # pytest turns an interruption into an exit code of its own: the signal is what counts
        if stop.signal:
            return _say(_abandon(options, outputs, "stopped"), 128 + stop.signal)
        line = _abandon(options, outputs, "a fault of the grader's own")
        if options.traceback:
            traceback.print_exception(error)
        advice = "" if options.traceback else " (--traceback shows where)"
        what = one_line(f"{type(error).__name__}: {error}", 500)
        return _say(f"error: {line}: {what}{advice}", GraderError.exit_code)


def _abandon(options: argparse.Namespace, outputs: Outputs, why: str) -> str:
    """What to say of a grading, or of another command, that ended early."""
    if options.run is not _attempt:
        return why
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
        return _say(f"error: {error}", UsageError.exit_code)
    try:
        outputs.finish(report)
    except UsageError as error:
        _conclude(options, report)
        return _say(f"error: {error}", UsageError.exit_code)
    return _conclude(options, report)


def _selfcheck(options: argparse.Namespace, outputs: Outputs) -> int:
    from grader.selfcheck.command import selfcheck

    _forgive_encodings()
    try:
        fine = selfcheck(_settings(options), options.course, options.jobs, sys.stdout)
    except UsageError as error:
        return _say(f"error: {error}", UsageError.exit_code)
    return 0 if fine else BELOW


def _grade(options: argparse.Namespace, outputs: Outputs) -> Report:
    from grader.sandbox import Zygote

    with Zygote() as zygote:  # it gets ready while everything else is imported
        from grader.session import grade
        from grader.submission import intake
        from grader.suites import Layout

        settings = _settings(options)
        _request_files(options, outputs, settings)
        needed = Layout(options.course).suites(settings.suites)
        with intake(options.path, tuple(needed)) as submission:
            return grade(
                submission,
                settings,
                course=options.course,
                only=options.check or (),
                allow_unsandboxed=options.allow_unsandboxed,
                on_update=outputs.update,
                zygote=zygote,
            )


def _settings(options: argparse.Namespace) -> Settings:
    if options.course is not None and not options.course.is_dir():
        raise UsageError(f"--course: there is no folder {options.course}")
    settings = load_settings(options.course, ROOT)
    known = _suites(options.course)
    for name in options.suite or ():
        if name not in known:
            raise UsageError(f"--suite: {unknown('suite', name, known)}")
    if options.suite:
        settings = replace(settings, suites=tuple(dict.fromkeys(options.suite)))
    settings.check_suites(known)
    if options.seed_file is not None:
        settings = replace(settings, seed_file=options.seed_file)
    return settings


def _suites(course: Path | None) -> list[str]:
    """The names of all suites, ours and the course's: each has one reference."""
    folders = [root / "grader" / "reference" for root in (ROOT, course) if root is not None]
    return sorted({p.stem for f in folders for p in f.glob("*.py")} - {"__init__"})


def _request_files(options: argparse.Namespace, outputs: Outputs, settings: Settings) -> None:
    outputs.request(
        json=options.json,
        report=options.report,
        show_hidden=options.show_hidden,
        hidden_visibility=settings.visibility,
    )


def _conclude(options: argparse.Namespace, report: Report) -> int:
    """Print the page and say how it ended."""
    if not options.quiet:
        problem = _print(report, show_hidden=options.show_hidden, list_all=bool(options.check))
        if problem:
            return _say(f"error: cannot print the page: {problem}", UsageError.exit_code)
    if options.traceback:
        sys.stderr.writelines(note + "\n" for note in report.meta.instructor_notes)
    if report.provisional:
        return GraderError.exit_code
    low = options.fail_under is not None and report.written_score < options.fail_under
    return BELOW if low else 0


def _print(report: Report, *, show_hidden: bool, list_all: bool) -> str:
    """Print the page, and say what kept it from being printed."""
    from grader.writers import terminal

    _forgive_encodings()
    try:
        terminal.write(report, sys.stdout, show_hidden=show_hidden, list_all=list_all)
        sys.stdout.flush()
    except OSError as error:
        # nothing may be written when Python exits, either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # whoever closed a pipe has seen enough
        return "" if isinstance(error, BrokenPipeError) else str(error.strerror)
    return ""


def _forgive_encodings() -> None:
    """A terminal without a sign gets its number rather than an error."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def _explain(options: argparse.Namespace, outputs: Outputs, line: str) -> None:
    """Write the requested files although nothing can be graded: every check says why."""
    from grader.session import grade
    from grader.submission import nothing_to_grade
    from grader.suites import Layout

    course = options.course
    try:
        settings = _settings(options)
        Layout(course).suites(settings.suites)
    except UsageError:  # what was wrong may be the settings, or the course folder itself
        chosen = [name for name in options.suite or () if name in _suites(None)]
        settings, course = Settings(suites=tuple(dict.fromkeys(chosen)) or Settings.suites), None
    name = options.path.name or "."
    with nothing_to_grade(name, settings.suites, line) as submission:
        outputs.finish(grade(submission, settings, course=course, on_update=outputs.update))


class _Begun(Exception):
    """The report in which nothing has run is written."""


def _begin(options: argparse.Namespace, outputs: Outputs) -> None:
    """Write the requested files, with every check not run."""
    from grader.session import grade
    from grader.submission import nothing_to_grade

    def begun(report: Report) -> NoReturn:
        outputs.update(report)
        raise _Begun

    with suppress(_Begun, GraderError, OSError):
        settings, only = _settings(options), options.check or ()
        with nothing_to_grade(options.path.name or ".", settings.suites, "") as submission:
            grade(submission, settings, course=options.course, only=only, on_update=begun)


def _say(line: str, code: int) -> int:
    print(line, file=sys.stderr)
    return code
