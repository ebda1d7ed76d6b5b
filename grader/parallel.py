"""Many gradings side by side: files that are in memory, graded in processes of their own."""

from __future__ import annotations

import atexit
import functools
import multiprocessing
import os
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from grader.config import Settings
from grader.plugin import Check, collect
from grader.processes import importable
from grader.replays import Replays
from grader.results import Report
from grader.sandbox import Zygote
from grader.seeds import read_seed
from grader.session import How, Update, grade
from grader.submission import intake
from grader.suites import Layout, handed_in

AHEAD = 2  # jobs that a process has been given: it need not wait for the next one


@dataclass(frozen=True)
class Job:
    """One submission, {"nn.py": source, ...}, and how it is graded.

    course: a folder laid over ours. only: ids of checks, or beginnings of ids; the others are left
    out. examples: written for what failed. passing: ids of checks that are known to pass, for files
    of our own; they are not run. alike: jobs with the same text go wrong in the same function, so
    that one process has the known mistakes to compare them with at hand.
    """

    files: Mapping[str, str]
    settings: Settings
    course: Path | None = None
    only: tuple[str, ...] = ()
    examples: bool = True
    passing: frozenset[str] = frozenset()
    alike: str = ""


def graded(jobs: Sequence[Job], processes: int = 0) -> Iterator[tuple[int, Report]]:
    """(index of a job, its report) in the order in which they end; 0 processes: one per processor.

    Closing the iterator leaves out what has not begun.
    """
    context = multiprocessing.get_context("spawn")
    processes = min(processes or os.cpu_count() or 1, max(1, len(jobs)))
    queue = _Queue(jobs)
    with importable(), ExitStack() as stack:
        pools = [
            stack.enter_context(ProcessPoolExecutor(1, mp_context=context))
            for _ in range(processes)
        ]
        running: dict[Future[Report], tuple[int, int]] = {}

        def submit(number: int) -> None:
            index = queue.pop(number)
            if index is not None:
                running[pools[number].submit(graded_here, jobs[index])] = index, number

        try:
            for number in [*range(processes)] * AHEAD:
                submit(number)
            while running:
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    index, number = running.pop(done)
                    submit(number)
                    yield index, done.result()
        finally:
            for pool in pools:
                pool.shutdown(wait=False, cancel_futures=True)


class _Queue:
    """Hands out jobs so that those that are alike keep to one process as long as all have work."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._groups: dict[str, deque[int]] = {}
        for index, job in enumerate(jobs):
            self._groups.setdefault(job.alike or f"#{index}", deque()).append(index)
        self._mine: dict[int, str] = {}

    def pop(self, process: int) -> int | None:
        """The index of the next job of this process; none where there are no more."""
        mine = self._mine.get(process)
        if mine not in self._groups:
            free = [key for key in self._groups if key not in self._mine.values()]
            if not self._groups:
                return None
            mine = free[0] if free else max(self._groups, key=lambda key: len(self._groups[key]))
            self._mine[process] = mine
        index = self._groups[mine].popleft()
        if not self._groups[mine]:
            del self._groups[mine]
        return index


def graded_here(job: Job, on_update: Update = lambda report: None) -> Report:
    """The report on a job, from this very process; on_update sees it grow."""
    with tempfile.TemporaryDirectory() as folder:
        write(job.files, Path(folder))
        suites = Layout(job.course).suites(job.settings.suites)
        with intake(Path(folder), tuple(suites), others=handed_in(suites)) as taken:
            return grade(
                taken,
                job.settings,
                How(
                    course=job.course,
                    only=job.only,
                    allow_unsandboxed=True,
                    examples=job.examples,
                    passing=job.passing,
                    replays=own_replays(job.course, job.settings),
                    checks=own_checks(job.course, job.settings.suites),
                ),
                on_update=on_update,
                zygote=own_zygote(),
            )


def write(files: Mapping[str, str], folder: Path) -> None:
    """A submission as it is handed in: {"nn.py": source, "network/layers.py": source}."""
    for name, source in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source, "utf-8")


@functools.cache
def own_zygote() -> Zygote:
    """One for all gradings of a process, closed when that ends."""
    zygote = Zygote()
    atexit.register(zygote.close)
    return zygote


@functools.cache
def own_checks(course: Path | None, suites: tuple[str, ...]) -> tuple[Check, ...]:
    """The checks of suites, collected once for all gradings of a process."""
    return collect(Layout(course), suites)


def own_replays(course: Path | None, settings: Settings) -> Replays:
    """Known mistakes answer alike in all gradings of a process under the same settings."""
    return _replays(course, read_seed(settings.seed_file), settings.settings_hash)


@functools.cache
def _replays(course: Path | None, seed: bytes, settings_hash: str) -> Replays:
    return Replays(Layout(course), seed)
