"""Worker side: limits on the time of one statement, and of one request."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from .failures import StatementTimeout, TimeIsUp
from .wire import Channel

_AGAIN = 0.5
# Code is idle, not starved, if it used less than this and this share of a processor: one process of
# hundreds may get a hundredth of one.
_LITTLE = 0.02
_IDLE = 0.002


@contextmanager
def statement_limit(seconds: float, wall_factor: float) -> Iterator[None]:
    """Raise StatementTimeout in the body after `seconds` of CPU, or wall_factor times in wall time.

    Limits nest: the outer one goes on counting after the inner one. A body that swallows the
    exception meets it again and again; one that never returns to Python is the host's to end.
    """
    signal.signal(signal.SIGVTALRM, _expired)
    handler = signal.signal(signal.SIGALRM, _expired)
    outer = signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _AGAIN)
    outer_wall = signal.setitimer(signal.ITIMER_REAL, seconds * wall_factor, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, outer[0], _AGAIN if outer[0] else 0)
        signal.setitimer(signal.ITIMER_REAL, outer_wall[0], _AGAIN if outer_wall[0] else 0)
        signal.signal(signal.SIGALRM, handler)


def _expired(number: int, frame: Any) -> None:
    raise StatementTimeout


class RequestLimit:
    """Raises TimeIsUp inside the submission's code when a request has used up its CPU time.

    Or when as much time has passed on the wall and the code hardly wanted a processor: it sleeps,
    or waits for something. So a loop without end is told with its line, and the worker lives on.
    Code that swallows the exception, or never returns to Python, is the host's to end.
    """

    def __init__(self, in_submission: Callable[[str], bool]) -> None:
        self.up = False
        self._start = 0.0, 0.0
        self._in_submission = in_submission

    @contextmanager
    def of(self, seconds: float) -> Iterator[None]:
        """Limit the body to `seconds` of CPU."""
        self.up = False
        self._start = time.monotonic(), time.process_time()
        signal.signal(signal.SIGPROF, self._expired)
        signal.signal(signal.SIGALRM, self._idle)
        signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _idle(self, number: int, frame: FrameType | None) -> None:
        wall, cpu = time.monotonic() - self._start[0], time.process_time() - self._start[1]
        if cpu < _LITTLE + _IDLE * wall:
            self._expired(number, frame)

    def _expired(self, number: int, frame: FrameType | None) -> None:
        while frame is not None:
            if frame.f_code.co_filename == _WIRE:
                return  # half a frame sent would be the end of the worker; the timer comes again
            if self._in_submission(frame.f_code.co_filename):
                self.up = True
                raise TimeIsUp
            frame = frame.f_back


_WIRE = Channel.send.__code__.co_filename
