"""Trainings side by side: each in a process of its own, with one thread of BLAS.

    for update in side_by_side(run, configurations, processes=2):
        ...                     # what run reported, or, where update.final, what it returned

`run(configuration, report)` is a function of a module, as a new process imports it. It loads its
data itself (functools.cache keeps it for the next configuration), so that no data is copied from
process to process; report(value) says how far it is.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Lock
from typing import Any

from grader.processes import environment, importable

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
PATIENCE = 0.05  # seconds between two looks at what has ended

Report = Callable[[Any], None]
Run = Callable[[Any, Report], Any]

_listeners: list[tuple[Connection, Lock]] = []  # where a process that trains reports to


@dataclass(frozen=True)
class Update:
    """What configuration number `index` reported; final: what it returned, its last update."""

    index: int
    value: Any
    final: bool = False


def side_by_side(run: Run, configurations: Sequence[Any], processes: int = 0) -> Iterator[Update]:
    """Updates of run(configuration, report) for all configurations, in the order of their time.

    processes: at most this many at a time; 0: one per processor. What a run raises is raised here.
    Closing the iterator ends every run at its next report, which raises BrokenPipeError there, and
    begins no other; Ctrl-C reaches this process alone and does the same. A process that dies
    raises concurrent.futures.process.BrokenProcessPool.
    """
    context = multiprocessing.get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    processes = min(processes or os.cpu_count() or 1, max(1, len(configurations)))
    reports = writer, context.Lock()
    with (
        importable(),
        environment(ONE_THREAD),
        ProcessPoolExecutor(
            processes, mp_context=context, initializer=_listen, initargs=reports
        ) as pool,
    ):
        try:
            futures = {
                pool.submit(_run, run, configuration, index): index
                for index, configuration in enumerate(configurations)
            }
            yield from _updates(reader, futures)
        finally:
            reader.close()
            writer.close()
            pool.shutdown(cancel_futures=True)


def _updates(reader: Connection, futures: dict[Future[Any], int]) -> Iterator[Update]:
    waiting = set(futures)
    while waiting:
        if reader.poll(PATIENCE):
            yield Update(*reader.recv())
            continue
        ended = {future for future in waiting if future.done()}
        while reader.poll():  # what those that ended had still to say
            yield Update(*reader.recv())
        for future in ended:
            yield Update(futures[future], future.result(), True)
        waiting -= ended


def _listen(writer: Connection, lock: Lock) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _listeners.append((writer, lock))


def _run(run: Run, configuration: Any, index: int) -> Any:
    return run(configuration, partial(_report, index))


def _report(index: int, value: Any) -> None:
    ((writer, lock),) = _listeners
    with lock:
        writer.send((index, value))
