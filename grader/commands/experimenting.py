"""`python -m grader experiment`: the assignments' report questions, run and answered."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from grader.commands import options as common
from grader.errors import UsageError
from grader.outputs import Outputs

NAMES = (
    "sweep",
    "initialization",
    "hyperparameters",
    "gradient-check",
    "adam",
    "confusion",
    "weight-histograms",
    "human-machine",
    "derivations",
)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the others."""
    command = commands.add_parser(
        "experiment",
        help="run a report question of the assignments, and answer it",
        description="Run one of the assignments' experiments and write its figures, tables, page "
        "and rubric to OUT/NAME. A run that was stopped goes on where it was.",
    )
    command.set_defaults(run=_experiment, abandon=_abandon)
    option = command.add_argument
    option("name", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    option("--submission", type=Path, metavar="PATH", help="run a student's files, in the sandbox")
    option("--quick", action="store_true", help="small sizes, on the embedded data")
    option("--data", metavar="DIR", help="a folder of data, or the name of a set: mnist, fashion")
    option(
        "--out", type=Path, default=Path("experiments"), metavar="DIR", help="default: %(default)s"
    )
    side = "configurations side by side (default: as many as processors)"
    option("--jobs", type=common.count, default=os.cpu_count() or 1, metavar="N", help=side)
    change = "change a setting, such as epochs=5 or rates=0.1,0.5 (repeatable)"
    option("--set", action="append", default=[], metavar="KEY=VALUE", help=change)
    option("--traceback", action="store_true", help="print where the grader itself failed")


def _experiment(options: argparse.Namespace, outputs: Outputs) -> int:
    from grader.experiments.running import Wish, experiment

    common.forgive_encodings()
    wish = Wish(
        name=options.name,
        out=options.out,
        quick=options.quick,
        data=options.data,
        submission=options.submission,
        jobs=options.jobs,
        changes=options.set,
    )
    try:
        run = experiment(wish, print)
    except UsageError as error:
        return common.say(f"error: {error}", UsageError.exit_code)
    for name, text in run.problems:
        print(f"{name}: {text}", file=sys.stderr)
    return common.BELOW if run.problems else 0


def _abandon(options: argparse.Namespace, outputs: Outputs, why: str) -> str:
    """What is kept of an experiment that ended early."""
    return f"{why}; what is finished is kept in {options.out / options.name}, run again to go on"
