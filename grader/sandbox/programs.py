"""Worker side: run programs against the submission."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .codec import MAX_REQUEST_NODES, Decoder, Encoder, ValueProblem
from .failures import CallbackFailed, Files, Missing, TimeIsUp, describe, report, type_name
from .fitting import fit, signature
from .wire import ProtocolError

MAX_HANDLES = 200_000
_NOTHING = object()


class Namespace:
    """What programs can name: modules of the submission and objects that stayed here."""

    def __init__(self, module: Callable[[str], Any]) -> None:
        self._module = module
        self._objects: dict[int, Any] = {}
        self._next = 1

    def keep(self, value: Any) -> list[Any]:
        """The tree of a handle on `value`."""
        if len(self._objects) >= MAX_HANDLES:
            raise ValueProblem("too many objects at once")
        number, self._next = self._next, self._next + 1
        self._objects[number] = value
        return ["h", number, type_name(value), callable(value)]

    def object(self, number: int) -> Any:
        """The object behind a handle."""
        try:
            return self._objects[number]
        except KeyError:
            raise Missing("an object that was given up") from None

    def forget(self, numbers: list[int]) -> None:
        """Let go of the objects behind these handles."""
        for number in numbers:
            self._objects.pop(number, None)

    def resolve(self, path: str) -> Any:
        """The object at a dotted name such as "solution.NN"."""
        first, *rest = path.split(".")
        value, known = self._module(first), first
        for part in rest:
            value = getattr(value, part, _NOTHING)
            known = f"{known}.{part}"
            if value is _NOTHING:
                raise Missing(f"{known} is not defined")
        return value


class Runner:
    """Runs programs; each ends with its own values or its own report of an error."""

    def __init__(
        self,
        names: Namespace,
        files: Files,
        *,
        max_bytes: int,
        max_chars: int,
        host: Callable[..., Any],
        original: Callable[[Any], Any],
        took_cycle: Callable[[], bool],
        time_is_up: Callable[[], bool],
    ) -> None:
        self.names = names
        self.files = files
        self.max_bytes = max_bytes
        self.max_chars = max_chars
        self.host = host
        self.original = original
        self.took_cycle = took_cycle
        self.time_is_up = time_is_up

    def decoder(self, arrays: Any, body: memoryview, special: Any) -> Decoder:
        """A decoder of what the host sent; arrays come out as fresh writable copies."""
        return Decoder(
            arrays,
            body,
            special,
            max_nodes=MAX_REQUEST_NODES,
            max_chars=1 << 24,
            writable=True,
            once=False,
        )

    def run(
        self, programs: list[Any], header: dict[str, Any], body: memoryview
    ) -> tuple[list[Any], Encoder]:
        """(one plain result for each program, the encoder that holds their arrays)."""
        evaluation = Evaluation(self, header["arrays"], body)
        encoder = Encoder(self.names.keep, max_bytes=self.max_bytes, max_chars=self.max_chars)
        return [self._one(program, evaluation, encoder) for program in programs], encoder

    def _one(self, program: Any, evaluation: Evaluation, encoder: Encoder) -> dict[str, Any]:
        start = time.thread_time()
        mark = len(encoder.arrays), encoder.n_bytes
        encoder.nodes = 0
        try:
            if self.time_is_up():
                raise TimeIsUp
            results = evaluation.steps(program["steps"])
            values = [
                self.names.keep(results[step]) if keep else encoder.encode(results[step])
                for step, keep in program["returns"]
            ]
            outcome: dict[str, Any] = {"values": values}
        except ProtocolError:
            raise
        except BaseException as error:  # the boundary of this process: any student code
            outcome = {"error": describe(error, self.files)}
        if self.time_is_up() and "error" not in outcome:
            outcome = {"error": report("timed_out", str(TimeIsUp()))}
        if self.took_cycle():
            message = "the functions of the submission call each other in a circle"
            outcome = {"error": report("cycle", message)}
        if "error" in outcome:
            del encoder.arrays[mark[0] :], encoder.buffers[mark[0] :]
            encoder.n_bytes = mark[1]
        outcome["dropped"] = evaluation.dropped
        outcome["seconds"] = time.thread_time() - start
        return outcome


class Evaluation:
    """Evaluates steps; `vary` is what stands for VARY."""

    def __init__(self, runner: Runner, arrays: Any, body: memoryview) -> None:
        self.runner = runner
        self.names = runner.names
        self.decoder = runner.decoder(arrays, body, self._special)
        self.vary: np.ndarray | None = None
        self.dropped: list[str] = []
        self.results: list[Any] = []

    def steps(self, steps: list[Any]) -> list[Any]:
        """The results of all steps, in order; the first error ends them."""
        self.results, self.dropped, self.decoder.nodes = [], [], 0
        for step in steps:
            self.results.append(self._step(step))
        return self.results

    def _step(self, step: list[Any]) -> Any:
        kind, decode = step[0], self.decoder.decode
        if kind == "call":
            return self._call(step)
        obj = decode(step[1])
        if kind == "get":
            return _guarded(lambda: getattr(obj, step[2]), AttributeError)
        if kind == "set":
            return setattr(obj, step[2], decode(step[3]))
        if kind == "item":
            return _guarded(lambda: obj[decode(step[2])], LookupError)
        obj[decode(step[2])] = decode(step[3])
        return None

    def _call(self, step: list[Any]) -> Any:
        _, tree, args, kwargs, documented = step
        decode = self.decoder.decode
        target = decode(tree)
        if not callable(target):
            what = tree[1] if tree[0] == "n" else "this"
            raise Missing(f"{what} is not a function but {type_name(target)}")
        args = [decode(item) for item in args]
        kwargs = {key: decode(item) for key, item in kwargs.items()}
        if documented is not None:
            found = signature(target, self.runner.original)
            args, kwargs, dropped = fit(found, documented, args, kwargs)
            self.dropped += dropped
        return target(*args, **kwargs)

    def _special(self, tree: list[Any]) -> Any:
        tag = tree[0]
        if tag == "r":
            return self.results[tree[1]]
        if tag == "h":
            return self.names.object(tree[1])
        if tag == "n":
            return self.names.resolve(tree[1])
        if tag == "v":
            if self.vary is None:
                raise CallbackFailed("VARY stands for a value only in scan")
            return self.vary.copy()
        if tag == "f":
            return _host_function(self.runner.host, tree[1])
        raise ProtocolError(f"unknown tag {tag!r}")


def _host_function(host: Callable[..., Any], name: str) -> Callable[..., Any]:
    def host_function(*args: Any, **kwargs: Any) -> Any:
        return host(name, *args, **kwargs)

    return host_function


def _guarded(read: Callable[[], Any], absent: type[Exception]) -> Any:
    """read(), where an exception that no student code raised means: not there."""
    try:
        return read()
    except absent as error:
        trace = error.__traceback__
        if trace is not None and trace.tb_next is not None and trace.tb_next.tb_next is None:
            text = f"no key {error}" if absent is LookupError else str(error)
            raise Missing(text) from None
        raise
