"""A user id of its own for each worker, where that is possible."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import stat
from collections.abc import Iterable

from . import kernel

# Between the ids that distributions and systemd give out; nobody logs in with these.
FIRST, LAST = 60578, 61183


class Uids:
    """Gives out ids that no account, no process and no other grader on this machine uses."""

    def __init__(self) -> None:
        self._taken: dict[int, socket.socket] = {}
        self._busy: set[int] | None = None

    def take(self, needed: Iterable[str]) -> int | None:
        """An id for a worker that must read `needed`; None if it has to keep the host's id."""
        if not kernel.is_linux() or os.geteuid() != 0:
            return None
        if not all(readable_by_all(path) for path in needed):
            return None
        if self._busy is None:
            self._busy = _in_use()
        start = random.SystemRandom().randrange(FIRST, LAST + 1)
        for uid in (*range(start, LAST + 1), *range(FIRST, start)):
            if uid not in self._busy and uid not in self._taken and self._claim(uid):
                return uid
        return None

    def give_back(self, uid: int) -> None:
        """End of use."""
        self._taken.pop(uid).close()

    def _claim(self, uid: int) -> bool:
        # An abstract address is a lock that ends with its process and leaves nothing behind.
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            lock.bind(f"\0grader-worker-{uid}")
        except OSError:
            lock.close()
            return False
        self._taken[uid] = lock
        return True


def _in_use() -> set[int]:
    used = set()
    with contextlib.suppress(OSError):
        for entry in os.scandir("/proc"):
            with contextlib.suppress(OSError):
                used.add(entry.stat().st_uid)
    with contextlib.suppress(OSError), open("/etc/passwd", "rb") as accounts:
        fields = [line.split(b":") for line in accounts]
        used |= {int(line[2]) for line in fields if len(line) > 2 and line[2].isdigit()}
    return used


def readable_by_all(path: str) -> bool:
    """May a user without any group of ours read `path`, as far as the mode bits say?"""
    path = os.path.realpath(path)
    try:
        mode = os.stat(path).st_mode
        if not mode & stat.S_IROTH:
            return False
        folder = path if stat.S_ISDIR(mode) else os.path.dirname(path)
        while os.stat(folder).st_mode & stat.S_IXOTH:
            if folder == os.path.dirname(folder):
                return True
            folder = os.path.dirname(folder)
    except OSError:
        pass
    return False


def become(uid: int) -> None:
    """Take `uid` and the group of the same number, for good."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def kill_all_of(uid: int) -> None:
    """End every process of `uid`, an id that was taken for a worker."""
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        return
    try:
        become(uid)
        # A capability that survived would let the signal reach every process there is.
        kernel.drop_capabilities()
        if FIRST <= uid <= LAST and os.getresuid() == (uid, uid, uid):
            os.kill(-1, signal.SIGKILL)
    finally:
        os._exit(0)
