"""Host side: the zygote, which makes workers in milliseconds."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from types import TracebackType
from typing import Any

from .confinement import undumpable
from .dialogue import Dialogue
from .errors import SandboxError
from .host import Worker
from .limits import WorkerSpec
from .probing import Probe, attempts_for, canaries

LENGTH = 4
FAR = 2**31 - 1  # seconds: in 2038, the latest that every file system knows
READY_SECONDS = 60.0
_SCRIPT = Path(__file__).with_name("zygote.py")
_PACKAGE = _SCRIPT.parent.parent
_KEPT = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH")
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    # Sets of strings iterate in one order on every run. This is why the zygote is not started with
    # -I: that would ignore it. The environment holds nothing else of PYTHON's to be ignored.
    "PYTHONHASHSEED": "0",
    "PYTHONSAFEPATH": "1",
    "HDF5_USE_FILE_LOCKING": "FALSE",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}
_serials = itertools.count(1)


class Zygote:
    """A clean interpreter that was exec'ed, holds no secret, and forks confined workers.

    It starts in the background: the constructor returns at once. Use it as a context manager.
    """

    def __init__(self) -> None:
        undumpable()
        self._lock = threading.Lock()
        self._dialogues: weakref.WeakSet[Dialogue] = weakref.WeakSet()
        self._start()

    def spawn(self, spec: WorkerSpec) -> Worker:
        """A confined worker for `spec`, ready to load the submission."""
        if self._process.poll() is not None:
            self.close()
            self._start()
        for folder in (spec.submission, *spec.given):
            quiet(folder)
        ours, theirs = socket.socketpair()
        nonce = secrets.token_hex(8)
        with theirs:
            answer = self._ask(_request(spec, nonce), theirs)
        dialogue = Dialogue(_Forked(self, answer["pid"], answer["uid"]), ours, spec)
        self._dialogues.add(dialogue)
        ready = dialogue.first(nonce, READY_SECONDS)
        if "failed" in ready:
            dialogue.end()
            raise SandboxError(f"a worker could not be confined: {ready['failed']}")
        probe = Probe.of(ready["findings"], ready["layers"])
        dialogue.tell({"op": "setup", "setup": _setup(spec)})
        return Worker(dialogue, spec, probe, serial=next(_serials))

    def close(self) -> None:
        """End the zygote and its workers."""
        for dialogue in list(self._dialogues):
            dialogue.end()
        self._control.close()
        self._process.kill()
        self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def reap(self, pid: int, uid: int | None, patience: float) -> int | None:
        """End a worker and all that runs under its own uid.

        Its exit code if it ends by itself within `patience` seconds; None if it had to be killed.
        """
        try:
            request = {"op": "reap", "pid": pid, "uid": uid, "patience": patience}
            status: int | None = self._ask(request)["status"]
        except SandboxError:
            return None
        return status

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        self._control.settimeout(READY_SECONDS)
        follow = threading.current_thread() is threading.main_thread()
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        with theirs:
            arguments = [str(theirs.fileno()), str(os.getpid()), str(int(follow))]
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-B", str(_SCRIPT), *arguments],
                env={**_ENVIRONMENT, **kept},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                cwd="/",
                start_new_session=True,
            )

    def _ask(self, request: dict[str, Any], passed: socket.socket | None = None) -> dict[str, Any]:
        text = json.dumps(request).encode()
        descriptors = [] if passed is None else [passed.fileno()]
        with self._lock:
            try:
                length = len(text).to_bytes(LENGTH, "little")
                socket.send_fds(self._control, [length], descriptors)
                self._control.sendall(text)
                size = int.from_bytes(self._exactly(LENGTH), "little")
                answer: dict[str, Any] = json.loads(self._exactly(size))
                return answer
            except OSError as error:
                why = self._why(error)
                raise SandboxError(f"the sandbox could not be started: {why}") from None

    def _exactly(self, n: int) -> bytes:
        data = b""
        while len(data) < n:
            piece = self._control.recv(n - len(data))
            if not piece:
                raise ConnectionError("its process has ended")
            data += piece
        return data

    def _why(self, error: OSError) -> str:
        if self._process.poll() is None or self._process.stderr is None:
            return str(error)
        lines = self._process.stderr.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else str(error)


class _Forked:
    """A worker's process; the zygote is its parent."""

    def __init__(self, zygote: Zygote, pid: int, uid: int | None) -> None:
        self.pid = pid
        self._zygote = zygote
        self._uid = uid

    def end(self, patience: float) -> int | None:
        """Kill it, and whatever it left behind; its exit code if it ended before that."""
        return self._zygote.reap(self.pid, self._uid, patience)


def fresh_worker(spec: WorkerSpec) -> Worker:
    """A worker with a zygote of its own, which ends when the worker does."""
    zygote = Zygote()
    try:
        worker = zygote.spawn(spec)
    except BaseException:
        zygote.close()
        raise
    worker.when_ended(zygote.close)
    return worker


def quiet(folder: Path) -> None:
    """Keep when the files of `folder` were last read from being noted.

    One worker could tell another something by reading files. A time in the future stays as it is,
    unless the file system is mounted with strictatime.
    """
    for path in (folder, *folder.rglob("*")):
        with contextlib.suppress(OSError):  # not ours: then it is not the submission's either
            status = path.stat()
            if status.st_atime < FAR:
                os.utime(path, ns=(FAR * 10**9, status.st_mtime_ns))


def _request(spec: WorkerSpec, nonce: str) -> dict[str, Any]:
    hidden = (*spec.secrets, _PACKAGE)
    return {
        "op": "spawn",
        "nonce": nonce,
        "submission": os.fspath(spec.submission),
        "given": [os.fspath(folder) for folder in spec.given],
        "secrets": [os.fspath(path) for path in hidden],
        "memory_mb": spec.limits.memory_mb,
        "total_cpu_seconds": spec.limits.total_cpu_seconds,
        "request_bytes": spec.limits.request_bytes,
        "attempts": attempts_for(canaries(spec.secrets), spec.submission),
    }


def _setup(spec: WorkerSpec) -> dict[str, Any]:
    return {
        "submission": os.fspath(spec.submission),
        "modules": dict(spec.modules),
        "given": [os.fspath(folder) for folder in spec.given],
        "skip": {module: list(lines) for module, lines in spec.skip.items()},
        "watched": list(spec.watched),
        "limits": dataclasses.asdict(spec.limits),
    }
