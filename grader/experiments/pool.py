"""Configurations side by side: processes that live for the whole run, one BLAS thread each."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

from data import DataError
from grader.errors import GraderError, UsageError
from grader.experiments.study import Configuration, Result, StudentProblem, Study
from grader.processes import ONE_THREAD, environment, importable

if TYPE_CHECKING:
    from grader.experiments.sources import Source
    from grader.experiments.submitted import Submitted

CONTEXT = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Job:
    """A configuration and all it needs. test: the test file, where the seal
    has given it out."""

    study: str
    configuration: Configuration
    source: Source
    test: Path | None = None
    submitted: Submitted | None = None


@dataclass(frozen=True)
class Done:
    """How a job ended: a result and its seconds, or the problem in a student's code."""

    configuration: Configuration
    result: Result | None
    seconds: float = 0.0
    problem: str = ""


def study_named(name: str) -> Study:
    """The STUDY of studies/NAME.py."""
    study: Study = import_module(f"grader.experiments.studies.{name.replace('-', '_')}").STUDY
    return study


def run_jobs(
    jobs: Sequence[Job], processes: int, on_step: Callable[[str], None]
) -> Generator[Done, None, None]:
    """Each job's end, in the order in which they end; on_step(note) at every step of any.

    Closing the iterator, or an exception, ends what is running. Raises UsageError for bad data.
    """
    waiting = deque(jobs)
    workers: list[_Process] = []
    try:
        with importable(), environment(ONE_THREAD):
            workers = [_Process() for _ in range(min(processes, len(jobs)))]
        for worker in workers:
            worker.give(waiting.popleft())
        while busy := {worker.pipe: worker for worker in workers if worker.job}:
            for pipe in wait(list(busy)):
                done = busy[pipe].heard(on_step)  # type: ignore[index]
                if done is not None:
                    if waiting:
                        busy[pipe].give(waiting.popleft())  # type: ignore[index]
                    yield done
    finally:
        for worker in workers:
            worker.end()


class _Process:
    """The host's end of one process."""

    def __init__(self) -> None:
        self.pipe, theirs = CONTEXT.Pipe()
        self.job: Job | None = None
        self._process = CONTEXT.Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, job: Job) -> None:
        """Have it run this next."""
        self.job = job
        with suppress(BrokenPipeError):  # it has ended: that is heard next
            self.pipe.send(job)

    def heard(self, on_step: Callable[[str], None]) -> Done | None:
        """Take one message; the end of the job, if it was that."""
        job = self.job
        assert job is not None
        try:
            kind, content, seconds = self.pipe.recv()
        except (EOFError, ConnectionError):
            self._process.join()
            code = self._process.exitcode
            name = job.configuration.name
            raise GraderError(f"configuration {name} ended its process ({code})") from None
        if kind == "step":
            on_step(f"{job.configuration.name}: {content}" if content else job.configuration.name)
            return None
        self.job = None
        if kind == "wrong":
            raise UsageError(content)
        if kind == "student":
            return Done(job.configuration, None, seconds, content)
        return Done(job.configuration, content, seconds)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.pipe.close()
        self._process.terminate()
        self._process.join()


def serve(pipe: Connection) -> None:
    """The other end: run jobs until the pipe closes. Ctrl-C is the host's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError):
        while True:
            _serve_one(pipe, pipe.recv())


def _serve_one(pipe: Connection, job: Job) -> None:
    from grader.experiments.bench import bench_for

    start = time.perf_counter()
    bench = bench_for(job, lambda note: pipe.send(("step", note, 0.0)))
    kind: str = "result"
    content: Result | str
    try:
        content = study_named(job.study).run(job.configuration, bench)
    except DataError as error:
        kind, content = "wrong", str(error)
    except StudentProblem as problem:
        kind, content = "student", str(problem)
    except MemoryError:
        name = job.configuration.name
        kind = "wrong"
        content = f"{name} needs more memory than there is: choose smaller settings or fewer --jobs"
    pipe.send((kind, content, time.perf_counter() - start))
