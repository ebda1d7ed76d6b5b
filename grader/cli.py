"""The command line.

    python -m grader                    grade the files here
    python -m grader grade PATH [...]   grade a folder, one file, a zip or a tar
    python -m grader selfcheck          are known mistakes caught, and nothing else?
    python -m grader diff OLD NEW       what moved between two gradings, and why
    python -m grader build --out DIR    student.zip and autograder.zip
    python -m grader gradescope         grade the submission in Gradescope's container
    python -m grader experiment NAME    a report question of the assignments, run and answered

Exit codes: 0 graded, whatever the score; 1 --fail-under, selfcheck or diff says no; 2 wrong usage
or an unreadable submission (requested files are still written, with an outcome for every check); 3
a fault of the grader's own; 130 and 143 stopped by Ctrl-C or SIGTERM, with what was known until
then written.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence

from grader import __version__
from grader.commands import (
    building,
    diffing,
    experimenting,
    grading,
    in_container,
    selfchecking,
)
from grader.commands.options import say
from grader.errors import GraderError
from grader.outputs import Outputs, Stop, Stopped
from grader.text import one_line

COMMANDS = (grading, selfchecking, building, in_container, diffing, experimenting)
TOP_OPTIONS = ("-h", "--help", "--version")


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
    for command in COMMANDS:
        command.add(commands)
    return top


def _guarded(options: argparse.Namespace, stop: Stop) -> int:
    """The one boundary at which everything that can go wrong ends, as one line."""
    outputs = Outputs()
    try:
        return int(options.run(options, outputs))
    except (Exception, Stopped) as error:
        # pytest turns an interruption into an exit code of its own: the signal is what counts
        if stop.signal:
            return say(_abandon(options, outputs, "stopped"), 128 + stop.signal)
        line = _abandon(options, outputs, "a fault of the grader's own")
        if options.traceback:
            traceback.print_exception(error)
        advice = "" if options.traceback else " (--traceback shows where)"
        what = one_line(f"{type(error).__name__}: {error}", 500)
        return say(f"error: {line}: {what}{advice}", GraderError.exit_code)


def _abandon(options: argparse.Namespace, outputs: Outputs, why: str) -> str:
    """What to say of a command that ended early; it may have files to finish."""
    return str(options.abandon(options, outputs, why)) if "abandon" in options else why
