"""Worker side: a limit on the time of one statement."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .failures import StatementTimeout

_AGAIN = 0.5


@contextmanager
def statement_limit(seconds: float, wall_factor: float) -> Iterator[None]:
    """Raise StatementTimeout in the body after `seconds` of CPU, or wall_factor times in wall time.

    Limits nest: the outer one goes on counting after the inner one. A body that swallows the
    exception meets it again and again; one that never returns to Python is the host's to end.
    """
    signal.signal(signal.SIGVTALRM, _expired)
    signal.signal(signal.SIGALRM, _expired)
    outer = signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _AGAIN)
    outer_wall = signal.setitimer(signal.ITIMER_REAL, seconds * wall_factor, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, outer[0], _AGAIN if outer[0] else 0)
        signal.setitimer(signal.ITIMER_REAL, outer_wall[0], _AGAIN if outer_wall[0] else 0)


def _expired(number: int, frame: Any) -> None:
    raise StatementTimeout
