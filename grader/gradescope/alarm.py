"""The grading's own deadline, below the platform's."""

from __future__ import annotations

import signal
from types import FrameType

# Python drops what is raised in a finalizer: it rings until someone has heard it.
AGAIN = 5.0  # seconds


class TimeUp(KeyboardInterrupt):
    """The time for this grading is over."""


class Alarm:
    """Raises TimeUp when `seconds` of wall time have passed; `rang` says whether it did.

    pytest turns an interruption into an error of its own: `rang` is what counts. For the main
    thread alone.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = max(0.001, seconds)
        self.rang = False

    def __enter__(self) -> Alarm:
        self._before = signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, self._seconds, AGAIN)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        self.rang = True
        raise TimeUp
