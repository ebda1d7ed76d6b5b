"""`python -m grader selfcheck`: do the checks tell right from wrong?"""

from __future__ import annotations

import argparse
import sys

from grader.commands import options as common
from grader.errors import UsageError
from grader.outputs import Outputs


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the others."""
    check = commands.add_parser(
        "selfcheck",
        help="grade the reference, stubs and all known mistakes",
        description="Grade the reference, stubs, every known mistake and pairs of them: each must "
        "cost its own function and no other. Exit code 1 where one does not.",
    )
    check.set_defaults(run=_selfcheck)
    jobs = "gradings side by side (default: as many as processors)"
    check.add_argument("--jobs", type=common.count, default=0, metavar="N", help=jobs)
    check.add_argument(
        "--every-check",
        action="store_true",
        help="grade known mistakes also by checks that enter nothing of what they change",
    )
    common.add_common(check)


def _selfcheck(options: argparse.Namespace, outputs: Outputs) -> int:
    from grader.selfcheck.command import selfcheck

    common.forgive_encodings()
    try:
        fine = selfcheck(
            common.settings(options),
            options.course,
            options.jobs,
            sys.stdout,
            every_check=options.every_check,
        )
    except UsageError as error:
        return common.say(f"error: {error}", UsageError.exit_code)
    return 0 if fine else common.BELOW
