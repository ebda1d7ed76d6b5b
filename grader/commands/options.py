"""What several commands have in common: options, settings, one line for an error."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from grader.config import Settings, load_settings
from grader.config_values import unknown
from grader.errors import UsageError

ROOT = Path(__file__).resolve().parent.parent.parent
BELOW = 1  # the exit code of a command that says no


def add_common(command: argparse.ArgumentParser) -> None:
    """The options of every command that grades."""
    add = command.add_argument
    add("--suite", action="append", metavar="NAME", help="this suite only; repeatable")
    add("--course", type=Path, metavar="DIR", help="a course folder, laid over the grader's own")
    add("--seed-file", type=Path, metavar="FILE", help="the secret seed, instead of the setting")
    add("--traceback", action="store_true", help="print where the grader itself failed")


def count(text: str) -> int:
    """The value of --jobs."""
    if not text.isdecimal() or not 0 < int(text) < 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes")
    return int(text)


def settings(options: argparse.Namespace) -> Settings:
    """The settings that these options ask for; UsageError for what is wrong in them."""
    if options.course is not None and not options.course.is_dir():
        raise UsageError(f"--course: there is no folder {options.course}")
    found = load_settings(options.course, ROOT)
    known = suites(options.course)
    for name in options.suite or ():
        if name not in known:
            raise UsageError(f"--suite: {unknown('suite', name, known)}")
    if options.suite:
        found = replace(found, suites=tuple(dict.fromkeys(options.suite)))
    found.check_suites(known)
    if options.seed_file is not None:
        found = replace(found, seed_file=options.seed_file)
    return found


def suites(course: Path | None) -> list[str]:
    """The names of all suites, ours and the course's: each has one reference."""
    folders = [root / "grader" / "reference" for root in (ROOT, course) if root is not None]
    return sorted({p.stem for f in folders for p in f.glob("*.py")} - {"__init__"})


def show(write: Callable[[], None]) -> str:
    """Have a page written on standard output, and say what kept it from being printed."""
    forgive_encodings()
    try:
        write()
        sys.stdout.flush()
    except OSError as error:
        # nothing may be written when Python exits, either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # whoever closed a pipe has seen enough
        return "" if isinstance(error, BrokenPipeError) else str(error.strerror)
    return ""


def forgive_encodings() -> None:
    """A terminal without a sign gets its number rather than an error."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def say(line: str, code: int) -> int:
    """Print one line for the user and hand back the exit code."""
    print(line, file=sys.stderr)
    return code
