"""`python -m grader diff`: what moved between two gradings, and why."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands import options as common
from grader.errors import UsageError
from grader.outputs import Outputs

if TYPE_CHECKING:
    from grader.regrade.comparing import Comparison

KEEP = "write the report of each student that is not lower than the other (needs --out)"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the others."""
    diff = commands.add_parser(
        "diff",
        help="what moved between two gradings, and why",
        description="Compare two reports, or two classes: folders of <student>/report.json or "
        "<student>.json. Exit code 0 where nothing moved, 1 where something did.",
    )
    diff.set_defaults(run=_diff)
    option = diff.add_argument
    option("old", type=Path, metavar="OLD", help="the earlier report, or folder of reports")
    option("new", type=Path, metavar="NEW", help="the later one")
    option("--json", type=Path, metavar="FILE", help="write what moved as JSON")
    option("--never-lower", action="store_true", help=KEEP)
    option("--out", type=Path, metavar="PATH", help="file or new folder for --never-lower")
    option("--quiet", action="store_true", help="print no page")


def _diff(options: argparse.Namespace, outputs: Outputs) -> int:
    from grader.regrade.comparing import compare

    if options.never_lower != (options.out is not None):
        return common.say("error: --never-lower and --out go together", UsageError.exit_code)
    try:
        _refuse_inputs(options)
        found = compare(options.old, options.new)
        kept = _keep(found, options.out) if options.never_lower else ()
        if options.json is not None:
            _write(found, kept, options.json)
    except UsageError as error:
        return common.say(f"error: {error}", UsageError.exit_code)
    problem = "" if options.quiet else common.show(lambda: _print(found, kept))
    if problem:
        return common.say(f"error: cannot print the page: {problem}", UsageError.exit_code)
    return 0 if found.nothing else common.BELOW


def _refuse_inputs(options: argparse.Namespace) -> None:
    """Raise UsageError where something would be written over, or into, what is compared."""
    for name in ("out", "json"):
        path = getattr(options, name)
        if path is None:
            continue
        read = [options.old, options.new]
        read += [options.out] if name == "json" and options.out is not None else []
        for other in read:
            if name == "json" and _same(path, other):
                raise UsageError(f"--{name}: {path} is {other}, which it would overwrite")
            if other.resolve() in path.resolve().parents:
                raise UsageError(f"--{name}: {path} lies in {other}; name a place outside of it")


def _same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return os.path.samefile(one, other)
    return one.resolve() == other.resolve()


def _keep(found: Comparison, out: Path) -> Sequence[str]:
    from grader.regrade.keeping import never_lower

    return never_lower(found, out)


def _write(found: Comparison, kept: Sequence[str], path: Path) -> None:
    from grader.regrade import machine
    from grader.writers.files import replace_file

    try:
        replace_file(path, lambda stream: machine.write(found, kept, stream))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _print(found: Comparison, kept: Sequence[str]) -> None:
    from grader.regrade import page

    page.write(found, kept, sys.stdout)
