"""Host side: answer a worker's questions, within limits."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .codec import Decoder, Encoder
from .guard import memory_ceiling
from .text import clean
from .values import Handle, HostFunction, Name
from .wire import ProtocolError

Answer = Callable[[str, tuple[Any, ...], Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Callbacks:
    """What student code may ask the host in one run.

    answer(name, args, kwargs) gives the value; it may hold functions of the host, which the worker
    can call for as long as the run lasts. allowed: the names. max_elements: of all arrays of one
    call together. shapes(shape): is an array of this shape allowed? max_seconds (CPU of the host),
    max_calls and max_bytes bound the whole run; None takes the worker's limits. answer_mb: memory
    for making one answer.
    A function of the submission may be an argument only if its own name is allowed.
    """

    answer: Answer
    allowed: frozenset[str]
    max_elements: int = 100_000
    shapes: Callable[[tuple[int, ...]], bool] | None = None
    max_seconds: float = 10.0
    max_calls: int | None = None
    max_bytes: int | None = None
    answer_mb: int = 256


class Refused(Exception):
    """A call back that is not allowed; the text is for the student."""


class Desk:
    """Answers the calls of one run; every call must bring the nonce of the answer before it."""

    def __init__(
        self,
        callbacks: Callbacks,
        decoder: Callable[[Any, memoryview], Decoder],
        encoder: Callable[[Callable[[Any], Any]], Encoder],
        *,
        max_calls: int,
        max_bytes: int,
    ) -> None:
        self.callbacks = callbacks
        self.nonce = secrets.token_hex(8)
        self._decoder = decoder
        self._encoder = encoder
        self._calls_left = max_calls if callbacks.max_calls is None else callbacks.max_calls
        self._bytes_left = max_bytes if callbacks.max_bytes is None else callbacks.max_bytes
        self._seconds_left = callbacks.max_seconds
        self._functions: list[Callable[..., Any]] = []

    def reply(self, header: dict[str, Any], body: memoryview) -> tuple[dict[str, Any], list[bytes]]:
        """(header, buffers) of the answer to one call; ProtocolError if the call is a forgery."""
        if header.get("nonce") != self.nonce:
            raise ProtocolError("a call back that nobody waits for")
        self.nonce = secrets.token_hex(8)
        answer: dict[str, Any] = {"op": "answer", "nonce": self.nonce, "arrays": []}
        name, args, kwargs = self._question(header, body)
        try:
            encoder = self._encoder(self._special)
            answer["value"] = encoder.encode(self._value(name, args, kwargs, len(body)))
        except Refused as error:
            return {**answer, "refused": str(error)}, []
        except Exception as error:  # the reference at work on a student's values
            text = f"{self._shown(name)}: {type(error).__name__} for these arguments"
            return {**answer, "refused": text}, []
        answer["arrays"] = encoder.arrays
        return answer, encoder.buffers

    def _question(
        self, header: dict[str, Any], body: memoryview
    ) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        args, kwargs = header.get("args"), header.get("kwargs")
        if type(args) is not list or type(kwargs) is not list:
            raise ProtocolError("a malformed call back")
        decoder = self._decoder(header.get("arrays"), body)
        values = tuple(decoder.decode(tree) for tree in args)
        named = {}
        for pair in kwargs:
            if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str:
                raise ProtocolError("a malformed call back")
            named[pair[0]] = decoder.decode(pair[1])
        return header.get("name"), values, named

    def _value(self, name: Any, args: tuple[Any, ...], kwargs: dict[str, Any], size: int) -> Any:
        self._calls_left -= 1
        self._bytes_left -= size
        if self._calls_left < 0:
            raise Refused("too many calls")
        if self._bytes_left < 0:
            raise Refused("too much data in calls")
        self._check((args, kwargs))
        start = time.process_time()
        try:
            return self._answered(name, args, kwargs)
        finally:
            self._seconds_left -= time.process_time() - start

    def _answered(self, name: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._seconds_left < 0:
            raise Refused("too much time for calls")
        with memory_ceiling(self.callbacks.answer_mb << 20):
            if type(name) is int and 0 <= name < len(self._functions):
                return self._functions[name](*args, **kwargs)
            if type(name) is str and name in self.callbacks.allowed:
                return self.callbacks.answer(name, args, kwargs)
        raise Refused(f"{self._shown(name)} cannot be called here")

    def _check(self, arguments: Any) -> None:
        parts = list(_parts(arguments))
        arrays = [part for part in parts if isinstance(part, np.ndarray)]
        if sum(array.size for array in arrays) > self.callbacks.max_elements:
            raise Refused("arrays too large for this call")
        allowed = self.callbacks.shapes
        for array in arrays:
            if allowed is not None and not allowed(array.shape):
                raise Refused(f"an array of shape {array.shape} is not expected here")
        for part in parts:
            # Whoever answers looks such a name up: it must lead nowhere else.
            if isinstance(part, Name) and part.path not in self.callbacks.allowed:
                raise Refused(f"{part.path} cannot be used here")

    def _special(self, value: Any) -> Any:
        if isinstance(value, Handle):
            return ["h", value.id]
        if isinstance(value, Name):
            return ["n", value.path]
        if isinstance(value, HostFunction):
            return ["f", value.name]
        if callable(value):
            self._functions.append(value)
            return ["f", len(self._functions) - 1]
        raise TypeError(f"{type(value).__name__} cannot be sent to a worker")

    @staticmethod
    def _shown(name: Any) -> str:
        return clean(name, 100) if type(name) is str else "a function of the host"


def _parts(value: Any) -> Iterator[Any]:
    """Everything that a value holds, however deep."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _parts(pair)
    else:
        yield value
