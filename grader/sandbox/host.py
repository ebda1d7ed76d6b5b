"""Host side: one worker, as the rest of the grader sees it."""

from __future__ import annotations

import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Protocol

import numpy as np

from .callbacks import Callbacks, Desk
from .clock import Deadline, DeadlineExceeded, cpu_seconds_of
from .errors import Line, SandboxError, StudentError, StudentFailure, WorkerDied
from .excerpts import excerpts
from .limits import WorkerSpec
from .probing import Probe
from .requests import Codec
from .text import clean
from .values import Handle, Loaded, Program, Replaced, Result
from .wire import Channel, Closed, ProtocolError

_PATIENCE = 1.0
_MAX_HEADER = 4 << 20
_ANSWERS = ("reply", "ready", "progress")


class Process(Protocol):
    """A worker's process, seen from its parent's side."""

    pid: int

    def end(self, patience: float) -> int | None:
        """Kill it, and whatever it left behind.

        Its exit code (minus a signal's number) if it ended by itself within `patience` seconds.
        """


class Worker:
    """A confined process in which one submission lives.

    Every method that asks it something raises WorkerDied when the worker does not survive; it is
    of no use from then on.
    """

    def __init__(
        self, process: Process, sock: socket.socket, spec: WorkerSpec, *, serial: int
    ) -> None:
        self.spec = spec
        self.probe = Probe()
        self.alive = True
        self._process = process
        self._codec = Codec(
            serial,
            request_bytes=spec.limits.request_bytes,
            text_chars=spec.limits.text_chars,
        )
        self._channel = Channel(
            sock, max_body=spec.limits.reply_bytes, max_header=_MAX_HEADER, wait=self._wait
        )
        self._deadline: Deadline | None = None
        self._at: Line | None = None
        self._cpu_time = 0.0
        self.on_end: Callable[[], None] = lambda: None

    @property
    def level(self) -> str:
        """What the confinement holds: "full", "reduced" or "none"."""
        return self.probe.level

    def load(self, module: str) -> Loaded:
        """Import the submission's `module`; what could not be defined is in the notes."""
        limits = self.spec.limits
        header, _ = self._ask({"op": "load", "module": module}, (), limits.import_cpu_seconds)
        return self._understood(lambda: self._codec.loaded(module, header.get("loaded")))

    def run(
        self,
        programs: Sequence[Program],
        *,
        cpu_seconds: float | None = None,
        callbacks: Callbacks | None = None,
        reseed: int | None = None,
    ) -> list[Result]:
        """Run programs, one frame each way; an error ends only its own program.

        cpu_seconds: limit on all of them together. reseed: seed of every generator beforehand.
        """
        encoder = self._codec.encoder()
        trees = [self._codec.program(program, encoder) for program in programs]
        desk = None if callbacks is None else self._desk(callbacks)
        request = {
            "op": "run",
            "programs": trees,
            "arrays": encoder.arrays,
            "reseed": reseed,
            "callback": desk.nonce if desk else None,
        }
        try:
            header, body = self._ask(request, encoder.buffers, cpu_seconds, desk)
        except StudentFailure as failure:
            return [Result(error=failure.error) for _ in programs]
        return self._understood(lambda: self._codec.results(header, body, trees))

    def scan(
        self,
        program: Program,
        base: np.ndarray,
        *,
        deltas: np.ndarray | None = None,
        h: np.ndarray | float = 1e-5,
        indices: np.ndarray | None = None,
        project: np.ndarray | None = None,
        cpu_seconds: float | None = None,
    ) -> np.ndarray:
        """Values (k, 2) of `program` at VARY = base + d and base - d.

        d is deltas[k], or else h (number or array like `base`) along each coordinate of `indices`
        (flat; None: all of them). The value is the last result as a number, or the sum of
        project * result. State that the program changes stays changed. StudentFailure if it fails.
        """
        encoder = self._codec.encoder()
        self._codec.vary = True
        try:
            tree = self._codec.program(program, encoder)
        finally:
            self._codec.vary = False
        request = {
            "op": "scan",
            "program": tree,
            "base": encoder.encode(np.asarray(base, np.float64)),
            "deltas": encoder.encode(deltas),
            "h": encoder.encode(h),
            "indices": encoder.encode(None if indices is None else np.asarray(indices, np.int64)),
            "project": encoder.encode(project),
            "arrays": encoder.arrays,
        }
        rows = np.size(base) if indices is None else np.size(indices)
        rows = rows if deltas is None else len(deltas)
        header, body = self._ask(request, encoder.buffers, cpu_seconds)
        return self._understood(lambda: self._codec.scanned(header, body, rows))

    def replace(self, names: Sequence[str], keep: str) -> Replaced:
        """Put stand-ins in place of `names`; nothing is replaced if one of them is `keep`."""
        sources = excerpts(self.spec.standins, names)
        request = {"op": "replace", "names": list(names), "keep": keep, "standins": sources}
        header, _ = self._ask(request)
        refused = header.get("refused")
        if refused is not None and type(refused) is not str:
            raise self._gone("a malformed refusal")
        done = self._understood(lambda: self._codec.texts(header.get("done")))
        return Replaced(done, None if refused is None else clean(refused))

    def watch(self, under_test: str, below: Sequence[str]) -> None:
        """From now on, entering `under_test` from inside one of `below` is an error ("cycle")."""
        self._ask({"op": "watch", "under_test": under_test, "below": list(below)})

    def forget(self, handles: Iterable[Handle]) -> None:
        """Let the worker drop the objects behind `handles`."""
        numbers = [self._codec.handle_id(handle) for handle in handles]
        self._ask({"op": "forget", "handles": numbers})

    def output(self) -> str:
        """What the student's code printed so far, capped."""
        header, _ = self._ask({"op": "output"})
        text = header.get("text")
        return clean(text if type(text) is str else "", self.spec.limits.text_chars)

    def cpu_time(self) -> float:
        """CPU seconds that the worker has used so far, also after its end."""
        if self.alive:
            self._cpu_time = cpu_seconds_of(self._process.pid) or self._cpu_time
        return self._cpu_time

    def close(self) -> None:
        """End the worker and whatever it left behind."""
        if self.alive:
            self._end()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def wait_ready(self, nonce: str, seconds: float) -> dict[str, Any]:
        """The worker's first frame, sent before any student code was there."""
        header, _ = self._exchange(nonce, seconds, lambda: None, None)
        return header

    def introduce(self, setup: dict[str, Any]) -> None:
        """Tell the worker what it is to serve."""
        self._deadline = Deadline(self._process.pid, 60.0, 60.0)
        self._channel.send({"op": "setup", "setup": setup})

    def _desk(self, callbacks: Callbacks) -> Desk:
        limits = self.spec.limits
        return Desk(
            callbacks,
            lambda arrays, body: self._codec.decoder(arrays, body, writable=True),
            self._codec.encoder,
            max_calls=limits.callback_calls,
            max_bytes=limits.callback_bytes,
        )

    def _ask(
        self,
        request: dict[str, Any],
        buffers: Sequence[bytes] = (),
        cpu_seconds: float | None = None,
        desk: Desk | None = None,
    ) -> tuple[dict[str, Any], memoryview]:
        if not self.alive:
            raise SandboxError("the worker is gone")
        seconds = self.spec.limits.cpu_seconds if cpu_seconds is None else cpu_seconds
        request["nonce"] = nonce = secrets.token_hex(8)
        self._check_silent()
        header, body = self._exchange(
            nonce, seconds, lambda: self._channel.send(request, buffers), desk
        )
        if "error" in header:
            raise StudentFailure(self._understood(lambda: self._codec.error(header["error"])))
        return header, body

    def _check_silent(self) -> None:
        try:
            spoke = self._channel.pending()
        except Closed:
            raise self._gone("") from None
        if spoke:
            raise self._gone("it spoke before it was asked")

    def _exchange(
        self, nonce: str, seconds: float, send: Any, desk: Desk | None
    ) -> tuple[dict[str, Any], memoryview]:
        wall = seconds * self.spec.limits.wall_factor
        deadline = Deadline(self._process.pid, seconds, wall)
        self._deadline, self._at = deadline, None
        try:
            send()
            while True:
                header, body = self._channel.receive()
                operation = header.get("op")
                if operation == "callback" and desk is not None:
                    self._answer(desk, header, body)
                elif header.get("nonce") != nonce or operation not in _ANSWERS:
                    raise ProtocolError("an answer that nobody waits for")
                elif operation == "progress":
                    self._at = self._place(header)
                else:
                    return header, body
                deadline.left()  # whoever talks without end never keeps the host waiting
        except DeadlineExceeded as error:
            raise self._died("timed_out", str(error)) from None
        except Closed:
            raise self._gone("") from None
        except ProtocolError as error:
            raise self._gone(str(error)) from None

    def _answer(self, desk: Desk, header: dict[str, Any], body: memoryview) -> None:
        start = time.monotonic()
        answer, buffers = desk.reply(header, body)
        if self._deadline is not None:
            self._deadline.pause(time.monotonic() - start)
        self._channel.send(answer, buffers)

    def _wait(self, event: int) -> None:
        if self._deadline is not None:
            self._deadline.wait(self._channel.socket, event)

    def _understood(self, decode: Any) -> Any:
        try:
            return decode()
        except ProtocolError as error:
            raise self._gone(str(error)) from None

    def _place(self, header: dict[str, Any]) -> Line:
        module, line = header.get("module"), header.get("line")
        if type(module) is not str or type(line) is not int:
            raise ProtocolError("a malformed place")
        return Line(clean(self.spec.modules.get(module, module), 200), line, "<module>", "")

    def _gone(self, broken: str) -> WorkerDied:
        code = self._end(0.0 if broken else _PATIENCE)
        if broken:
            return self._error("crashed", f"the process answered nonsense: {broken}")
        return self._error(*_reason(code))

    def _died(self, kind: str, message: str) -> WorkerDied:
        self._end()
        return self._error(kind, message)

    def _error(self, kind: str, message: str) -> WorkerDied:
        lines = () if self._at is None else (self._at,)
        return WorkerDied(StudentError(kind, "", message, lines))

    def _end(self, patience: float = 0.0) -> int | None:
        self.cpu_time()
        self.alive = False
        self._channel.socket.close()
        code = self._process.end(patience)
        self.on_end()
        return code


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
