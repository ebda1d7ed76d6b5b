"""Grades all subjects and says whether everything is as it should be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TextIO

from rich.console import Console

from data.progress import progress
from grader.config import Settings
from grader.errors import UsageError
from grader.parallel import Job, graded
from grader.selfcheck import page
from grader.selfcheck.entered import Entered
from grader.selfcheck.subjects import Subject, Subjects
from grader.selfcheck.verdicts import LEAST_NAMED, Verdict, judge
from grader.suites import Layout

WIDTH = 110


def selfcheck(
    settings: Settings,
    course: Path | None,
    processes: int,
    stream: TextIO,
    *,
    every_check: bool = False,
) -> bool:
    """Print the matrix on `stream`; whether all is well.

    The cases are those of the settings' seed. processes: 0 for one per processor. every_check:
    grade known mistakes also by the checks that they cannot reach. Suites that grade other files
    than code are left out; raises UsageError where no other is left.
    """
    layout = Layout(course)
    settings = replace(settings, suites=_of_code(layout, settings.suites))
    subjects = Subjects(layout, settings.suites).all()
    verdicts = examine(subjects, settings, course, processes, every_check=every_check)
    suites = layout.suites(settings.suites)
    width = None if stream.isatty() else WIDTH
    console = Console(file=stream, highlight=False, emoji=False, markup=False, width=width)
    page.write(console, verdicts, {name: suites[name].functions() for name in settings.suites})
    return all(not one.faults for one in verdicts) and page.named(verdicts) >= LEAST_NAMED


def _of_code(layout: Layout, names: tuple[str, ...]) -> tuple[str, ...]:
    """The suites that grade code alone: of other files there is no right example."""
    suites = layout.suites(names)
    found = tuple(name for name in names if not suites[name].files)
    if not found:
        raise UsageError(f"there is nothing to check: {names[0]} grades files that are no code")
    return found


def examine(
    subjects: list[Subject],
    settings: Settings,
    course: Path | None,
    processes: int,
    *,
    every_check: bool,
) -> list[Verdict]:
    """The verdicts on these subjects, in their order; a bar shows how far it is."""
    entered = Entered(Layout(course), settings)
    jobs = [
        Job(
            one.files,
            replace(settings, suites=one.suites),
            course,
            passing=frozenset() if every_check else entered.unreached(one),
            examples=False,
            alike=one.function,
        )
        for one in subjects
    ]
    verdicts: dict[int, Verdict] = {}
    with progress("selfcheck", len(jobs)) as bar:
        for index, report in graded(jobs, processes):
            verdicts[index] = judge(subjects[index], report)
            bar.advance(subjects[index].name)
    return [verdicts[index] for index in range(len(jobs))]
