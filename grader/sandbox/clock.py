"""Deadlines in the CPU time of another process, with wall time as a second limit."""

from __future__ import annotations

import select
import socket
import sys
import time

_LONGEST_WAIT = 3600.0
_SHORTEST_WAIT = 0.001


class DeadlineExceeded(Exception):
    """The worker has used up its time; the text says which."""


def cpu_seconds_of(pid: int) -> float | None:
    """CPU seconds that process `pid` has used; None where that cannot be known."""
    if sys.platform != "linux":
        return None
    try:
        # The kernel's name for the CPU clock of a whole process (CPUCLOCK_SCHED).
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return None


class Deadline:
    """The time left for one request to the worker `pid`, from now on."""

    def __init__(self, pid: int, cpu_seconds: float, wall_seconds: float) -> None:
        self.pid = pid
        self.cpu_seconds = cpu_seconds
        self.wall_seconds = wall_seconds
        self._cpu_start = cpu_seconds_of(pid)
        self._wall_start = time.monotonic()

    def pause(self, seconds: float) -> None:
        """Do not count `seconds` of wall time, in which the host was busy itself."""
        self._wall_start += seconds

    def left(self) -> float:
        """Wall seconds for which it is safe to wait; DeadlineExceeded when there are none."""
        wall = self.wall_seconds - (time.monotonic() - self._wall_start)
        if wall <= 0:
            raise DeadlineExceeded(f"no answer within {self.wall_seconds:g} s")
        now = cpu_seconds_of(self.pid)
        if now is None or self._cpu_start is None:
            return wall
        cpu = self.cpu_seconds - (now - self._cpu_start)
        if cpu <= 0:
            raise DeadlineExceeded(f"more than {self.cpu_seconds:g} s of CPU time")
        return min(wall, cpu)

    def wait(self, sock: socket.socket, event: int) -> None:
        """Return when `sock` is ready for `event`, or raise DeadlineExceeded."""
        poll = select.poll()
        poll.register(sock, event)
        while not poll.poll(1e3 * min(max(self.left(), _SHORTEST_WAIT), _LONGEST_WAIT)):
            pass
