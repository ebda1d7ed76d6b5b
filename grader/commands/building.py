"""`python -m grader build`: student.zip and autograder.zip."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grader.commands import options as common
from grader.errors import GraderError
from grader.outputs import Outputs


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the others."""
    build = commands.add_parser(
        "build",
        help="make student.zip and autograder.zip",
        description="Make what students are given and what Gradescope, or an image of your own, "
        "grades them with. The same files and settings make the same bytes.",
    )
    build.set_defaults(run=_build)
    where = "folder for student.zip, autograder.zip and a Dockerfile; made if need be"
    build.add_argument("--out", type=Path, required=True, metavar="DIR", help=where)
    wheels = "put the wheels for Gradescope's image in, so that it builds without a network"
    build.add_argument("--vendor", action="store_true", help=wheels)
    common.add_common(build)


def _build(options: argparse.Namespace, outputs: Outputs) -> int:
    from grader.release.build import build

    common.forgive_encodings()
    try:
        settings, known = common.settings(options), common.suites(options.course)
        build(
            options.out,
            settings,
            options.course,
            known,
            vendor=options.vendor,
            stream=sys.stdout,
        )
    except GraderError as error:
        return common.say(f"error: {error}", error.exit_code)
    return 0
