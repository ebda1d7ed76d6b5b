"""Host side: one worker, as the rest of the grader sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any

import numpy as np

from .callbacks import Callbacks, Desk
from .dialogue import Dialogue
from .errors import StudentFailure
from .excerpts import excerpts
from .limits import WorkerSpec
from .probing import Probe
from .requests import Codec
from .sightings import Sighting, SourceFile, surveyed
from .text import clean
from .values import Handle, Loaded, Program, Replaced, Result

# The worker stops student code at its limit and says where; one that does not is ended.
_GRACE_FACTOR, _GRACE = 1.2, 0.3


class Worker:
    """A confined process in which one submission lives.

    Every method that asks it something raises WorkerDied when the worker does not survive; it is
    of no use from then on.
    """

    def __init__(self, dialogue: Dialogue, spec: WorkerSpec, probe: Probe, *, serial: int) -> None:
        self.spec = spec
        self.probe = probe
        self._dialogue = dialogue
        limits = spec.limits
        self._codec = Codec(
            serial, request_bytes=limits.request_bytes, text_chars=limits.text_chars
        )

    @property
    def alive(self) -> bool:
        """Can it still be asked?"""
        return self._dialogue.alive

    @property
    def level(self) -> str:
        """What the confinement holds: "full", "reduced" or "none"."""
        return self.probe.level

    @property
    def sighted(self) -> tuple[Sighting, ...]:
        """Where the submission asked for watched libraries, so far."""
        return self._dialogue.sighted

    def survey(self, words: Iterable[str]) -> tuple[SourceFile, ...]:
        """What the submission's files import and define of `words`; ask before `load`."""
        seconds = self.spec.limits.cpu_seconds
        request = {"op": "survey", "words": sorted(words)}
        header, _ = self._dialogue.ask(request, cpu_seconds=seconds)
        return self._dialogue.understood(lambda: surveyed(header.get("files")))

    def load(self, module: str) -> Loaded:
        """Import the submission's `module`; what could not be defined is in the notes."""
        limits = self.spec.limits
        header, _ = self._dialogue.ask(
            {"op": "load", "module": module}, cpu_seconds=limits.import_cpu_seconds
        )
        return self._dialogue.understood(lambda: self._codec.loaded(module, header.get("loaded")))

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
            "seconds": self._seconds(cpu_seconds),
            "callback": desk.nonce if desk else None,
        }
        try:
            header, body = self._asked(request, encoder.buffers, desk)
        except StudentFailure as failure:
            return [Result(error=failure.error) for _ in programs]
        return self._dialogue.understood(lambda: self._codec.results(header, body, trees))

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
        callbacks: Callbacks | None = None,
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
        desk = None if callbacks is None else self._desk(callbacks)
        request = {
            "op": "scan",
            "program": tree,
            "base": encoder.encode(np.asarray(base, np.float64)),
            "deltas": encoder.encode(deltas),
            "h": encoder.encode(h),
            "indices": encoder.encode(None if indices is None else np.asarray(indices, np.int64)),
            "project": encoder.encode(project),
            "seconds": self._seconds(cpu_seconds),
            "callback": desk.nonce if desk else None,
            "arrays": encoder.arrays,
        }
        rows = np.size(base) if indices is None else np.size(indices)
        rows = rows if deltas is None else len(deltas)
        header, body = self._asked(request, encoder.buffers, desk)
        return self._dialogue.understood(lambda: self._codec.scanned(header, body, rows))

    def replace(self, names: Sequence[str], keep: str) -> Replaced:
        """Put stand-ins in place of `names`; nothing is replaced if one of them is `keep`."""
        sources = excerpts(self.spec.standins, names)
        request = {"op": "replace", "names": list(names), "keep": keep, "standins": sources}
        header, _ = self._dialogue.ask(request)
        return self._dialogue.understood(lambda: self._codec.replaced(header))

    def watch(self, under_test: str, below: Sequence[str]) -> None:
        """From now on, entering `under_test` from inside one of `below` is an error ("cycle")."""
        self._dialogue.ask({"op": "watch", "under_test": under_test, "below": list(below)})

    def forget(self, handles: Iterable[Handle]) -> None:
        """Let the worker drop the objects behind `handles`."""
        numbers = [self._codec.handle_id(handle) for handle in handles]
        self._dialogue.ask({"op": "forget", "handles": numbers})

    def output(self) -> str:
        """What the student's code printed so far, capped."""
        header, _ = self._dialogue.ask({"op": "output"})
        text = header.get("text")
        return clean(text if type(text) is str else "", self.spec.limits.text_chars)

    def cpu_time(self) -> float:
        """CPU seconds that the worker has used so far, also after its end."""
        return self._dialogue.cpu_time()

    def close(self) -> None:
        """End the worker and whatever it left behind."""
        self._dialogue.end()

    def when_ended(self, action: Callable[[], None]) -> None:
        """Have `action` called once, when the worker has ended."""
        self._dialogue.on_end = action

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _seconds(self, cpu_seconds: float | None) -> float:
        return self.spec.limits.cpu_seconds if cpu_seconds is None else cpu_seconds

    def _asked(
        self, request: dict[str, Any], buffers: Sequence[bytes], desk: Desk | None
    ) -> tuple[dict[str, Any], memoryview]:
        """The worker's answer; it is to stop by itself in time, and is ended a little later."""
        seconds = _GRACE_FACTOR * request["seconds"] + _GRACE
        return self._dialogue.ask(request, buffers, cpu_seconds=seconds, desk=desk)

    def _desk(self, callbacks: Callbacks) -> Desk:
        limits = self.spec.limits
        return Desk(
            callbacks,
            lambda arrays, body: self._codec.decoder(arrays, body, call=True),
            self._codec.encoder,
            max_calls=limits.callback_calls,
            max_bytes=limits.callback_bytes,
        )
