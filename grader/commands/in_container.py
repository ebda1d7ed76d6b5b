"""`python -m grader gradescope`: one submission in the platform's container."""

from __future__ import annotations

import argparse
import time
from contextlib import suppress
from pathlib import Path

from grader.commands import options as common
from grader.errors import GraderError, UsageError
from grader.gradescope.machine import use_one_thread
from grader.gradescope.metadata import read_metadata
from grader.gradescope.platform import Platform, say
from grader.outputs import Outputs


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the others."""
    command = commands.add_parser(
        "gradescope",
        help="grade the submission in Gradescope's container",
        description="Grade ROOT/submission by ROOT/submission_metadata.json and write "
        "ROOT/results/results.json. What is printed is for the instructor.",
    )
    command.set_defaults(run=_run, abandon=_abandon)
    root = "the folder that holds submission/ and results/ (default: /autograder)"
    command.add_argument("--root", type=Path, default=Path("/autograder"), metavar="DIR", help=root)
    common.add_common(command)


def _run(options: argparse.Namespace, outputs: Outputs) -> int:
    started = time.monotonic()
    platform = Platform(options.root)
    common.forgive_encodings()
    try:
        platform.begin()
    except UsageError as error:
        return _fail(f"error: {error}", UsageError.exit_code)
    use_one_thread()
    try:
        return _grade(options, outputs, platform, started)
    except UsageError as error:
        _abandon(options, outputs, str(error))
        return _fail(f"error: {error}", UsageError.exit_code)


def _grade(
    options: argparse.Namespace, outputs: Outputs, platform: Platform, started: float
) -> int:
    settings = common.settings(options)
    from grader.gradescope.run import Run  # numpy with it, after the number of threads is set

    run = Run(platform, settings, outputs, course=options.course, started=started)
    report = run.run()
    return GraderError.exit_code if report is not None and report.provisional else 0


def _abandon(options: argparse.Namespace, outputs: Outputs, why: str) -> str:
    """Leave valid results, with what is known."""
    if outputs.begun:
        return outputs.abandon(why)
    platform = Platform(options.root)
    with suppress(UsageError):
        platform.give_up(read_metadata(platform.metadata).ungraded)
    return why


def _fail(line: str, code: int) -> int:
    say(line)
    return code
