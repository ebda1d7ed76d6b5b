"""Host side: programs as trees, and replies as results. Every reply is hostile until decoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .codec import MAX_NODES, MAX_REQUEST_NODES, Decoder, Encoder
from .errors import SandboxError, StaleHandle, StudentError, student_error
from .text import clean
from .values import Handle, HostFunction, Loaded, Name, Program, Ref, Replaced, Result, Vary
from .wire import ProtocolError

MAX_NAMES = 5_000
MAX_NOTES = 50

OWN_KINDS = frozenset({Ref, Handle, Name, HostFunction, Vary})


class Codec:
    """Encodes for, and decodes from, one worker."""

    def __init__(self, worker: int, *, request_bytes: int, text_chars: int) -> None:
        self.worker = worker
        self.request_bytes = request_bytes
        self.text_chars = text_chars
        self.vary = False

    def encoder(self, special: Any = None) -> Encoder:
        """An encoder for one frame to the worker."""
        return Encoder(
            special or self._special,
            max_bytes=self.request_bytes,
            max_nodes=MAX_REQUEST_NODES,
            max_chars=1 << 24,
            kinds=OWN_KINDS,
        )

    def decoder(
        self, arrays: Any, body: memoryview, *, programs: int = 1, call: bool = False
    ) -> Decoder:
        """A decoder of one frame from the worker, with room for the results of `programs`.

        In a call back there may be names of functions, and arrays may be changed in place.
        """
        return Decoder(
            arrays,
            body,
            self._of_call if call else self._received,
            max_nodes=programs * MAX_NODES,
            max_chars=self.text_chars,
            writable=call,
        )

    def program(self, program: Program, encoder: Encoder) -> dict[str, Any]:
        """The tree of `program`."""
        if not program.steps:
            raise SandboxError("a program without steps")
        returned = program.returned or [(Ref(len(program.steps) - 1), False)]
        return {
            "steps": [self._step(step, encoder) for step in program.steps],
            "returns": [[ref.step, keep] for ref, keep in returned],
        }

    def _step(self, step: tuple[Any, ...], encoder: Encoder) -> list[Any]:
        kind, encode = step[0], encoder.encode
        if kind == "call":
            _, target, args, kwargs, documented = step
            named = {key: encode(value) for key, value in kwargs.items()}
            return ["call", encode(target), [encode(arg) for arg in args], named, documented]
        if kind == "get":
            return ["get", encode(step[1]), step[2]]
        if kind == "set":
            return ["set", encode(step[1]), step[2], encode(step[3])]
        return [kind, *[encode(value) for value in step[1:]]]

    def _special(self, value: Any) -> list[Any]:
        if isinstance(value, Ref):
            return ["r", value.step]
        if isinstance(value, Handle):
            return ["h", self.handle_id(value)]
        if isinstance(value, Name):
            return ["n", value.path]
        if isinstance(value, HostFunction):
            return ["f", value.name]
        if isinstance(value, Vary) and self.vary:
            return ["v"]
        raise SandboxError(f"{type(value).__name__} cannot be sent to a worker")

    def handle_id(self, handle: Handle) -> int:
        """The worker's number of `handle`; StaleHandle if it is another worker's."""
        if handle.worker != self.worker:
            raise StaleHandle(f"{handle} belongs to a worker that is gone")
        return handle.id

    def _of_call(self, tree: list[Any]) -> Handle | Name:
        if tree[0] == "n" and len(tree) == 2 and type(tree[1]) is str:
            return Name(clean(tree[1], 200))
        return self._received(tree)

    def _received(self, tree: list[Any]) -> Handle:
        if tree[0] != "h" or [type(part) for part in tree] != [str, int, str, bool]:
            raise ProtocolError("a value of an unknown kind")
        return Handle(tree[1], clean(tree[2], 200), tree[3], self.worker)

    def results(
        self, header: dict[str, Any], body: memoryview, programs: Sequence[dict[str, Any]]
    ) -> list[Result]:
        """The results of `programs`, in order."""
        results = header.get("results")
        if type(results) is not list or len(results) != len(programs):
            raise ProtocolError("not one result for each program")
        decoder = self.decoder(header.get("arrays"), body, programs=len(programs))
        return [
            self._result(result, decoder, len(program["returns"]))
            for result, program in zip(results, programs, strict=True)
        ]

    def _result(self, result: Any, decoder: Decoder, n_values: int) -> Result:
        if type(result) is not dict or not _is_texts(result.get("dropped"), MAX_NAMES):
            raise ProtocolError("a malformed result")
        seconds = result.get("seconds")
        if type(seconds) is not float or not 0 <= seconds < 1e9:
            raise ProtocolError("a malformed time")
        dropped = tuple(clean(name, 200) for name in result["dropped"])
        if "error" in result:
            error = self.error(result["error"])
            return Result(error=error, dropped=dropped, seconds=seconds)
        values = result.get("values")
        if type(values) is not list or len(values) != n_values:
            raise ProtocolError("not one value for each that was asked for")
        return Result(tuple(decoder.decode(tree) for tree in values), None, dropped, seconds)

    def error(self, report: Any) -> StudentError:
        """The StudentError in a reply."""
        try:
            return student_error(report, text_chars=self.text_chars)
        except ValueError as error:
            raise ProtocolError(str(error)) from None

    def loaded(self, module: str, answer: Any) -> Loaded:
        """What a worker says of an import."""
        if type(answer) is not dict or not _is_texts(answer.get("notes"), MAX_NOTES):
            raise ProtocolError("a malformed account of an import")
        skipped, names = answer.get("skipped"), answer.get("names")
        if type(skipped) is not list or any(type(line) is not int for line in skipped):
            raise ProtocolError("a malformed account of an import")
        if type(names) is not dict or not _is_texts([*names.values()], MAX_NAMES):
            raise ProtocolError("a malformed account of an import")
        return Loaded(
            module,
            self.error(answer["error"]) if "error" in answer else None,
            tuple(clean(note, self.text_chars) for note in answer["notes"]),
            tuple(skipped[:MAX_NOTES]),
            {clean(name, 200): clean(kind, 20) for name, kind in names.items()},
        )

    def scanned(self, header: dict[str, Any], body: memoryview, rows: int) -> np.ndarray:
        """The array (rows, 2) of a scan."""
        values = self.decoder(header.get("arrays"), body).decode(header.get("values"))
        if not isinstance(values, np.ndarray) or values.dtype != np.float64:
            raise ProtocolError("the values of a scan are not an array")
        if values.shape != (rows, 2):
            raise ProtocolError("the values of a scan are not two for each step")
        return values

    def replaced(self, header: dict[str, Any]) -> Replaced:
        """What a worker says of its replacements."""
        done, refused = header.get("done"), header.get("refused")
        if not _is_texts(done, MAX_NAMES) or not isinstance(refused, str | None):
            raise ProtocolError("a malformed account of replacements")
        names = tuple(clean(name) for name in header["done"])
        return Replaced(names, None if refused is None else clean(refused))


def _is_texts(value: Any, most: int) -> bool:
    return type(value) is list and len(value) <= most and all(type(text) is str for text in value)
