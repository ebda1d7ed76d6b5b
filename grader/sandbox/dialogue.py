"""Host side: requests to one worker, its answers, and its death. What it sends is hostile."""

from __future__ import annotations

import secrets
import signal
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from .callbacks import Desk
from .clock import Deadline, DeadlineExceeded, cpu_seconds_of
from .errors import Line, SandboxError, StudentError, StudentFailure, WorkerDied, student_error
from .limits import WorkerSpec
from .sightings import Sighting, sightings
from .text import clean
from .wire import Channel, Closed, ProtocolError

_PATIENCE = 1.0
_MAX_HEADER = 4 << 20
_ANSWERS = ("reply", "ready", "progress")
_T = TypeVar("_T")


class Process(Protocol):
    """A worker's process, seen from its parent's side."""

    pid: int

    def end(self, patience: float) -> int | None:
        """Kill it, and whatever it left behind.

        Its exit code (minus a signal's number) if it ended by itself within `patience` seconds.
        """


class Dialogue:
    """One request at a time, each under a deadline; whatever goes wrong ends the worker."""

    def __init__(self, process: Process, sock: socket.socket, spec: WorkerSpec) -> None:
        self.alive = True
        self.sighted: tuple[Sighting, ...] = ()
        self.on_end: Callable[[], None] = lambda: None
        self._spec = spec
        self._process = process
        self._channel = Channel(
            sock, max_body=spec.limits.reply_bytes, max_header=_MAX_HEADER, wait=self._wait
        )
        self._deadline: Deadline | None = None
        self._at: Line | None = None
        self._cpu_time = 0.0

    def ask(
        self,
        request: dict[str, Any],
        buffers: Sequence[bytes] = (),
        *,
        cpu_seconds: float | None = None,
        desk: Desk | None = None,
    ) -> tuple[dict[str, Any], memoryview]:
        """The answer to a request. WorkerDied; StudentFailure if the answer is an error."""
        if not self.alive:
            raise SandboxError("the worker is gone")
        seconds = self._spec.limits.cpu_seconds if cpu_seconds is None else cpu_seconds
        request["nonce"] = nonce = secrets.token_hex(8)
        self._check_silent()
        header, body = self._exchange(
            nonce, seconds, lambda: self._channel.send(request, buffers), desk
        )
        if "sighted" in header:
            self.sighted = self._guarded(lambda: sightings(header["sighted"]))
        if "error" in header:
            raise StudentFailure(self.error(header["error"]))
        return header, body

    def first(self, nonce: str, seconds: float) -> dict[str, Any]:
        """What the worker says by itself, before any student code is there."""
        header, _ = self._exchange(nonce, seconds, lambda: None, None)
        return header

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message that has no answer."""
        self._deadline = Deadline(self._process.pid, 60.0, 60.0)
        self._guarded(lambda: self._channel.send(message))

    def understood(self, decode: Callable[[], _T]) -> _T:
        """decode(), whose ProtocolError ends the worker."""
        return self._guarded(decode)

    def error(self, report: Any) -> StudentError:
        """The error that the worker reports."""
        try:
            return student_error(report, text_chars=self._spec.limits.text_chars)
        except ValueError as error:
            raise self._gone(str(error)) from None

    def cpu_time(self) -> float:
        """CPU seconds that the worker has used so far, also after its end."""
        if self.alive:
            self._cpu_time = cpu_seconds_of(self._process.pid) or self._cpu_time
        return self._cpu_time

    def end(self, patience: float = 0.0) -> int | None:
        """End the worker and whatever it left behind; see Process.end."""
        if not self.alive:
            return None
        self.cpu_time()
        self.alive = False
        self._channel.socket.close()
        code = self._process.end(patience)
        self.on_end()
        return code

    def _check_silent(self) -> None:
        if self._guarded(self._channel.pending):
            raise self._gone("it spoke before it was asked")

    def _exchange(
        self, nonce: str, seconds: float, send: Callable[[], None], desk: Desk | None
    ) -> tuple[dict[str, Any], memoryview]:
        wall = seconds * self._spec.limits.wall_factor
        deadline = Deadline(self._process.pid, seconds, wall)
        self._deadline, self._at = deadline, None

        def talk() -> tuple[dict[str, Any], memoryview]:
            send()
            while True:
                header, body = self._channel.receive()
                operation = header.get("op")
                if operation == "callback" and desk is not None:
                    self._answer(desk, deadline, header, body)
                elif header.get("nonce") != nonce or operation not in _ANSWERS:
                    raise ProtocolError("an answer that nobody waits for")
                elif operation == "progress":
                    self._at = self._place(header)
                else:
                    return header, body
                deadline.left()  # whoever talks without end keeps nobody waiting

        return self._guarded(talk)

    def _guarded(self, action: Callable[[], _T]) -> _T:
        try:
            return action()
        except DeadlineExceeded as error:
            self.end()
            raise self._died("timed_out", str(error)) from None
        except Closed:
            raise self._gone("") from None
        except ProtocolError as error:
            raise self._gone(str(error)) from None

    def _answer(
        self, desk: Desk, deadline: Deadline, header: dict[str, Any], body: memoryview
    ) -> None:
        start = time.monotonic()
        answer, buffers = desk.reply(header, body)
        deadline.pause(time.monotonic() - start)
        self._channel.send(answer, buffers)

    def _wait(self, event: int) -> None:
        if self._deadline is not None:
            self._deadline.wait(self._channel.socket, event)

    def _place(self, header: dict[str, Any]) -> Line:
        module, line = header.get("module"), header.get("line")
        if type(module) is not str or type(line) is not int:
            raise ProtocolError("a malformed place")
        return Line(clean(self._spec.modules.get(module, module), 200), line, "<module>", "")

    def _gone(self, broken: str) -> WorkerDied:
        if broken:
            self.end()
            return self._died("crashed", f"the process answered nonsense: {broken}")
        return self._died(*_reason(self.end(_PATIENCE)))

    def _died(self, kind: str, message: str) -> WorkerDied:
        lines = () if self._at is None else (self._at,)
        return WorkerDied(StudentError(kind, "", message, lines))


def _reason(code: int | None) -> tuple[str, str]:
    if code is None:
        return "crashed", "the process closed its connection"
    if code == -signal.SIGKILL:
        return "out_of_memory", "the process was killed, most likely for lack of memory"
    if code == -signal.SIGXCPU:
        return "timed_out", "more CPU time than a submission may use altogether"
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return "crashed", f"the process was ended by {name}"
    return "crashed", f"the process ended itself with exit code {code}"
