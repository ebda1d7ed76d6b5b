"""Worker side: the way back to the host, open only while a request that allows it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from .codec import MAX_REQUEST_NODES, Decoder, Encoder
from .failures import CallbackFailed
from .fitting import is_class
from .importing import Importer
from .programs import Namespace
from .wire import Channel, ProtocolError


class HostCalls:
    """`host(name, *args, **kwargs)`: ask the host, and wait for its answer."""

    def __init__(
        self, channel: Channel, names: Namespace, importer: Importer, max_bytes: int
    ) -> None:
        self.channel = channel
        self.names = names
        self.importer = importer
        self.max_bytes = max_bytes
        self.nonce: str | None = None

    @contextmanager
    def open(self, nonce: str | None) -> Iterator[None]:
        """Allow calls in the body; each answer brings the nonce of the next call."""
        self.nonce = nonce
        try:
            yield
        finally:
            self.nonce = None

    def __call__(self, name: Any, *args: Any, **kwargs: Any) -> Any:
        if self.nonce is None:
            raise CallbackFailed("the host cannot be asked now")
        nonce, self.nonce = self.nonce, None
        try:
            encoder = Encoder(self._special, max_bytes=self.max_bytes)
            call = {
                "op": "callback",
                "nonce": nonce,
                "name": name,
                "args": [encoder.encode(value) for value in args],
                "kwargs": [[key, encoder.encode(value)] for key, value in kwargs.items()],
            }
        except BaseException:
            self.nonce = nonce
            raise
        call["arrays"] = encoder.arrays
        self.channel.send(call, encoder.buffers)
        return self._answer()

    def _answer(self) -> Any:
        header, body = self.channel.receive()
        if header["op"] != "answer":
            raise ProtocolError("not an answer")
        self.nonce = header["nonce"]
        if "refused" in header:
            raise CallbackFailed(header["refused"])
        decoder = Decoder(
            header["arrays"],
            body,
            self._received,
            max_nodes=MAX_REQUEST_NODES,
            writable=True,
        )
        return decoder.decode(header["value"])

    def _special(self, value: Any) -> Any:
        if isinstance(value, FunctionType) or is_class(value):
            for module in self.importer.modules:
                for name, known in list(vars(sys.modules.get(module, _EMPTY)).items()):
                    if known is value:
                        return ["n", f"{module}.{name}"]
        return self.names.keep(value)

    def _received(self, tree: list[Any]) -> Any:
        if tree[0] == "f":
            return _asking(self, tree[1])
        if tree[0] == "h":
            return self.names.object(tree[1])
        if tree[0] == "n":
            return self.names.resolve(tree[1])
        raise ProtocolError(f"unknown tag {tree[0]!r}")


class _Empty:
    """A module that is not there."""


_EMPTY = _Empty()


def _asking(host: HostCalls, token: Any) -> Callable[..., Any]:
    def back(*args: Any, **kwargs: Any) -> Any:
        return host(token, *args, **kwargs)

    return back
