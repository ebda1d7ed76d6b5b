"""Frames on a stream socket: two lengths, a JSON header, raw bytes.

Nothing is allocated before its size was checked, and nothing is ever unpickled. What the other
end sends is hostile: every way in which a frame can be wrong is a ProtocolError.
"""

from __future__ import annotations

import json
import re
import select
import socket
import struct
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

PREFIX = struct.Struct("<IQ")
MAX_HEADER = 64 << 20
MAX_DIGITS = 1000
_PIECE = 1 << 20
_BUFFER = 1 << 20

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_DIGITS = re.compile(rb"[0-9]+")


class ProtocolError(Exception):
    """The other end did not keep to the protocol."""


class Closed(ProtocolError):
    """The other end is gone."""


class Channel:
    """One end of the wire.

    wait(event) is called when the socket is not ready for `event` (select.POLLIN, POLLOUT); it
    returns when it is, or raises. Without it the socket blocks.
    """

    def __init__(
        self,
        sock: socket.socket,
        *,
        max_body: int,
        max_header: int = MAX_HEADER,
        wait: Callable[[int], None] | None = None,
    ) -> None:
        self.socket = sock
        self.max_body = max_body
        self.max_header = max_header
        self.wait = wait
        sock.setblocking(wait is None)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)

    def send(self, header: dict[str, Any], buffers: Sequence[Any] = ()) -> None:
        """Send one frame; `buffers` are bytes-like and contiguous."""
        text = _encode(header).encode()
        if len(text) > MAX_HEADER:
            raise ProtocolError("the header of a frame is too large")
        views = [memoryview(buffer).cast("B") for buffer in buffers if len(buffer)]
        prefix = PREFIX.pack(len(text), sum(len(view) for view in views))
        self._send_all([memoryview(prefix + text), *views])

    def receive(self) -> tuple[dict[str, Any], memoryview]:
        """The next frame: its header and its raw bytes."""
        n_header, n_body = PREFIX.unpack(self._exactly(PREFIX.size))
        if n_header > self.max_header or n_body > self.max_body:
            raise ProtocolError("a frame is too large")
        header = parse_header(bytes(self._exactly(n_header)))
        return header, self._exactly(n_body)

    def pending(self) -> bool:
        """Is there anything to read that nobody asked for? Closed at the end of the stream."""
        try:
            found = self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError as error:
            raise Closed(str(error)) from None
        if not found:
            raise Closed("the connection is closed")
        return True

    def _send_all(self, views: list[memoryview]) -> None:
        while views:
            sent = self._try(lambda: self.socket.sendmsg(views[:64]), select.POLLOUT)
            while views and sent >= len(views[0]):
                sent -= len(views.pop(0))
            if sent:
                views[0] = views[0][sent:]

    def _exactly(self, n: int) -> memoryview:
        # Grows with what has really arrived: an announced size alone allocates one piece.
        data = bytearray(min(n, _PIECE))
        done = 0
        while done < n:
            if done == len(data):
                data.extend(bytes(min(n - done, len(data))))
            count = self._try(partial(self._receive_into, data, done), select.POLLIN)
            if not count:
                raise Closed("the connection is closed")
            done += count
        return memoryview(data)

    def _receive_into(self, data: bytearray, start: int) -> int:
        with memoryview(data) as view, view[start:] as rest:
            return self.socket.recv_into(rest)

    def _try(self, action: Callable[[], int], event: int) -> int:
        while True:
            try:
                return action()
            except BlockingIOError:
                if self.wait is None:
                    raise
                self.wait(event)
            except OSError as error:
                raise Closed(str(error)) from None


def parse_header(text: bytes) -> dict[str, Any]:
    """The JSON object in `text`; ProtocolError if it is anything else."""
    if len(text) > MAX_DIGITS and max(map(len, _DIGITS.findall(text)), default=0) > MAX_DIGITS:
        raise ProtocolError("a number of the header is too long")
    try:
        # From text: bytes could be in an encoding that hides digits from the pattern above.
        header = json.loads(str(text, "utf-8"))
    except (ValueError, RecursionError):
        raise ProtocolError("the header of a frame is not JSON") from None
    if not isinstance(header, dict):
        raise ProtocolError("the header of a frame is not an object")
    return header
