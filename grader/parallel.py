"""Many gradings side by side: files that are in memory, graded in processes of their own."""

from __future__ import annotations

import atexit
import functools
import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from grader.config import Settings
from grader.processes import importable
from grader.results import Report
from grader.sandbox import Zygote
from grader.session import Update, grade
from grader.submission import intake
from grader.suites import Layout


@dataclass(frozen=True)
class Job:
    """One submission, {"nn.py": source, ...}, and how it is graded.

    course: a folder laid over ours. only: ids of checks, or beginnings of ids; the others are left
    out.
    """

    files: Mapping[str, str]
    settings: Settings
    course: Path | None = None
    only: tuple[str, ...] = ()


def graded(jobs: Sequence[Job], processes: int = 0) -> Iterator[tuple[int, Report]]:
    """(index of a job, its report) in the order in which they end; 0 processes: one per processor.

    Closing the iterator leaves out what has not begun.
    """
    context = multiprocessing.get_context("spawn")
    processes = min(processes or os.cpu_count() or 1, max(1, len(jobs)))
    with importable(), ProcessPoolExecutor(processes, mp_context=context) as pool:
        waiting = {pool.submit(graded_here, job): index for index, job in enumerate(jobs)}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def graded_here(job: Job, on_update: Update = lambda report: None) -> Report:
    """The report on a job, from this very process; on_update sees it grow."""
    with tempfile.TemporaryDirectory() as folder:
        write(job.files, Path(folder))
        with intake(Path(folder), tuple(Layout(job.course).suites(job.settings.suites))) as taken:
            return grade(
                taken,
                job.settings,
                course=job.course,
                only=job.only,
                allow_unsandboxed=True,
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
