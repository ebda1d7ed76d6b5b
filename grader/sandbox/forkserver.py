"""The zygote: forks workers that are ready at once, and tells the host how they ended.

It was exec'ed clean, holds no secret, and never runs student code. When the host hangs up it
ends, and the workers end with it.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import socket
import sys
import time
from typing import Any

import numpy as np
import numpy.linalg
import numpy.random

from . import confinement, identity, worker
from .attempts import attempt_all
from .wire import Channel

LENGTH = 4


def serve(control: int, *, host: int, follow: bool) -> None:
    """Fork and reap on request; returns when the host hangs up."""
    if follow:
        confinement.die_with_parent(host)
    confinement.undumpable()
    os.environ.pop("LD_LIBRARY_PATH", None)
    _preload()
    sock = socket.socket(fileno=control)
    uids = identity.Uids()
    while True:
        request, descriptors = _request(sock)
        if request is None:
            return
        if request["op"] == "spawn":
            uid = uids.take(confinement.needed_paths(request))
            zygote, pid = os.getpid(), os.fork()
            if pid == 0:
                _become_worker(request, descriptors[0], uid, zygote)
            os.close(descriptors[0])
            _answer(sock, {"pid": pid, "uid": uid})
        else:
            uid = request["uid"]
            status = _reaped(request["pid"], uid, request["patience"])
            if uid is not None:
                uids.give_back(uid)
            _answer(sock, {"status": status})


def _preload() -> None:
    # First use loads tables that a confined worker could not read later, or only slowly.
    random.seed(0)
    np.random.seed(0)
    np.random.default_rng(0).standard_normal(2)
    np.linalg.norm(np.eye(2) @ np.ones(2))
    gc.collect()
    gc.freeze()


def _reaped(pid: int, uid: int | None, patience: float) -> int | None:
    """The exit code of a worker; None if it had to be killed after `patience` seconds."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    until = time.monotonic() + patience
    while not ended and time.monotonic() < until:
        time.sleep(0.001)
        ended, status = os.waitpid(pid, os.WNOHANG)
    if uid is not None:
        identity.kill_all_of(uid)
    if ended:
        return os.waitstatus_to_exitcode(status)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def _request(sock: socket.socket) -> tuple[Any, list[int]]:
    first, descriptors, _, _ = socket.recv_fds(sock, LENGTH, 1)
    if not first:
        return None, []
    first += _exactly(sock, LENGTH - len(first))
    return json.loads(_exactly(sock, int.from_bytes(first, "little"))), descriptors


def _exactly(sock: socket.socket, n: int) -> bytes:
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            sys.exit(0)
        data += piece
    return data


def _answer(sock: socket.socket, answer: dict[str, Any]) -> None:
    text = json.dumps(answer).encode()
    sock.sendall(len(text).to_bytes(LENGTH, "little") + text)


def _become_worker(request: dict[str, Any], descriptor: int, uid: int | None, zygote: int) -> None:
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        descriptor = confinement.close_descriptors(descriptor)
        channel = Channel(socket.socket(fileno=descriptor), max_body=request["request_bytes"])
        ready = {"op": "ready", "nonce": request["nonce"]}
        try:
            channel.send({**ready, **_confined(request, uid, zygote)})
        except (OSError, RuntimeError, ValueError) as error:
            channel.send({**ready, "failed": f"{type(error).__name__}: {error}"})
        else:
            worker.serve(channel)
    finally:
        os._exit(71)


def _confined(request: dict[str, Any], uid: int | None, zygote: int) -> dict[str, Any]:
    os.chdir(request["submission"])
    sys.path[:] = [*confinement.importable(request["secrets"]), *request["given"]]
    layers = confinement.confine(request, uid, zygote)
    return {"layers": layers, "findings": attempt_all(request["attempts"])}
