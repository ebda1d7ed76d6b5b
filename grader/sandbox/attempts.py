"""Worker side: try what must not be possible, before the submission is there."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

_FAMILIES = (
    ("AF_INET", socket.SOCK_STREAM),
    ("AF_INET", socket.SOCK_DGRAM),
    ("AF_INET6", socket.SOCK_DGRAM),
    ("AF_UNIX", socket.SOCK_STREAM),
    ("AF_NETLINK", socket.SOCK_DGRAM),
)


def attempt_all(attempts: dict[str, Any]) -> list[list[Any]]:
    """[name, denied, detail] of each attempt; `attempts` names the files, folders and the host."""
    host = attempts["host"]
    tries: dict[str, Callable[[], str]] = {
        "canary": lambda: _first(_read, attempts["canaries"]),
        "write": lambda: _first(_create, attempts["folders"]),
        "network": lambda: _first(_socket, _FAMILIES),
        "fork": _fork,
        "signal": lambda: _signal(host),
        "environ": lambda: _first(_read, [f"/proc/{host}/environ", f"/proc/{host}/cmdline"]),
    }
    return [[name, *_outcome(attempt)] for name, attempt in tries.items()]


def _outcome(attempt: Callable[[], str]) -> tuple[bool, str]:
    try:
        return False, attempt()
    except OSError as error:
        return True, error.strerror or str(error)


def _first(attempt: Callable[[Any], str], targets: Any) -> str:
    """What succeeds first; the last OSError if nothing does."""
    failure = OSError("nothing to try")
    for target in targets:
        try:
            return attempt(target)
        except OSError as error:
            failure = error
    raise failure


def _read(path: str) -> str:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.read(descriptor, 1)
    finally:
        os.close(descriptor)
    return f"{path} can be read"


def _create(folder: str) -> str:
    path = os.path.join(folder, f".grader-probe-{os.getpid()}")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    os.unlink(path)
    return f"{folder} can be written to"


def _socket(kind: tuple[str, int]) -> str:
    family = getattr(socket, kind[0], None)
    if family is None:
        raise OSError(f"no {kind[0]}")
    socket.socket(family, kind[1]).close()
    return f"{kind[0]} sockets can be opened"


def _signal(pid: int) -> str:
    os.kill(pid, 0)
    return f"process {pid} can be signalled"


def _fork() -> str:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "processes can be started"
