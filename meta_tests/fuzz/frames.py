"""The wire: a frame is taken exactly where a plain reading of the bytes takes it."""

from __future__ import annotations

import itertools
import json
import os
import re
import select
from typing import Any

from grader.sandbox.dialogue import Dialogue
from grader.sandbox.errors import StudentFailure, WorkerDied
from grader.sandbox.limits import Limits, WorkerSpec
from grader.sandbox.wire import Channel, Closed, ProtocolError
from meta_tests.fuzz.mutation import PREFIX, framed
from meta_tests.fuzz.target import Target, measured, memory_below

MOST_HEADER, MOST_BODY = 1 << 16, 64 << 20
PIECE = 1 << 20  # that is set aside before anything has arrived
DEEP = 400  # brackets; where the parser's own stack ends depends on who calls it
NONCE = b"0123456789abcdef"


class Feed:
    """A socket that gives bytes in pieces of many sizes (now and then none), and then its end."""

    def __init__(self, data: bytes, *, slow: bool = True) -> None:
        self.data, self.place, self.sent, self.slow = data, 0, b"", slow
        self.pieces = [1 + byte % 61 for byte in data[-5:]] or [1]

    def setblocking(self, flag: bool) -> None:
        pass

    def setsockopt(self, *_: Any) -> None:
        pass

    def close(self) -> None:
        pass

    def recv_into(self, buffer: memoryview) -> int:
        self.pieces.append(self.pieces.pop(0))
        if self.slow and self.pieces[0] == 7:
            self.pieces[0] = 8
            raise BlockingIOError
        size = min(len(buffer), self.pieces[0] ** 3, len(self.data) - self.place)
        buffer[:size] = self.data[self.place : self.place + size]
        self.place += size
        return size

    def recv(self, size: int, flags: int) -> bytes:
        raise BlockingIOError

    def sendmsg(self, views: list[memoryview]) -> int:
        """The nonce of a request takes the place of `NONCE` in what is answered."""
        self.sent = b"".join(views)
        found = re.search(rb'"nonce":"([0-9a-f]{16})"', self.sent)
        if found:
            self.data = self.data.replace(NONCE, found[1])
        return len(self.sent)


def plain(data: bytes) -> tuple[Any, bytes, bytes] | None:
    """(header, body, rest) of the first frame, read in the simplest way; None where it is none."""
    if len(data) < PREFIX.size:
        return None
    n_header, n_body = PREFIX.unpack_from(data)
    end = PREFIX.size + n_header
    if n_header > MOST_HEADER or n_body > MOST_BODY or len(data) < end + n_body:
        return None
    text = data[PREFIX.size : end]
    if re.search(rb"[0-9]{1001}", text):
        return None
    try:
        header = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return (
        (header, data[end : end + n_body], data[end + n_body :]) if type(header) is dict else None
    )


def frame(data: bytes) -> None:
    """One frame after another, as `Channel.receive` and as `plain` read them."""
    if max(data.count(b"["), data.count(b"{")) > DEEP:
        return
    feed: Any = Feed(data)
    waits: list[int] = []
    channel = Channel(feed, max_body=MOST_BODY, max_header=MOST_HEADER, wait=waits.append)
    with memory_below(2 * PIECE + 60 * len(data) + (1 << 16), data):
        while (expected := plain(data)) is not None:
            header, body = channel.receive()
            assert json.dumps(header) == json.dumps(expected[0])
            assert (bytes(body), feed.data[feed.place :]) == expected[1:]
            data = expected[2]
        try:
            taken = channel.receive()
        except ProtocolError as error:
            short = len(data) < PREFIX.size or len(data) < PREFIX.size + sum(
                PREFIX.unpack_from(data)
            )
            assert short or not isinstance(error, Closed)
        else:
            raise AssertionError(f"taken: {taken[0]}")
    assert set(waits) <= {select.POLLIN}


class Ended:
    """A process that only remembers that it was ended."""

    def __init__(self) -> None:
        self.pid, self.ends = os.getpid(), 0

    def end(self, patience: float) -> int | None:
        self.ends += 1
        return None


def answer(data: bytes) -> None:
    """A request to a worker whose answer are these bytes: taken if it is the one waited for."""
    if max(data.count(b"["), data.count(b"{")) > DEEP:
        return
    feed: Any = Feed(data, slow=False)
    process = Ended()
    limits = Limits(reply_bytes=MOST_BODY, cpu_seconds=1e6)
    dialogue = Dialogue(process, feed, WorkerSpec(os.devnull, {}, limits=limits))  # type: ignore
    with memory_below(2 * PIECE + 60 * len(data) + (1 << 17), data):
        try:
            header, body = dialogue.ask({"op": "run"})
        except WorkerDied as death:
            assert process.ends == 1 and not dialogue.alive
            assert death.error.kind in ("crashed", "timed_out")
            return
        except StudentFailure as failure:
            header, body = {"error": str(failure.error)}, memoryview(b"")
    assert process.ends == 0 and dialogue.alive
    nonce = json.loads(feed.sent[PREFIX.size :])["nonce"]
    before = feed.data[: feed.place]
    while (one := plain(before)) is not None and one[2]:
        assert one[0]["op"] == "progress" and one[0]["nonce"] == nonce
        before = one[2]
    assert one is not None and one[0]["nonce"] == nonce and one[0]["op"] in ("reply", "ready")
    assert "error" in header or (header, bytes(body)) == one[:2]


def _frames() -> list[bytes]:
    many = b"".join(framed({"op": "x", "n": i}, bytes(i)) for i in range(5))
    announced = (PREFIX.pack(2, MOST_BODY) + b"{}" + bytes(n) for n in itertools.count())
    large = next(data for data in announced if measured(data))
    deep = b'{"a":' + b"[" * 300 + b"]" * 300 + b"}"
    return [
        framed({"op": "reply", "nonce": "x", "arrays": [["float64", 2]]}, bytes(16)),
        framed({}),
        framed({"n": 10**1000}),
        framed({"n": 10**900, "x": [1e300, None, "é\ud800"]}),
        many,
        large,
        PREFIX.pack(2**32 - 1, 2**64 - 1),
        PREFIX.pack(len(deep), 0) + deep,
    ]


def _answers() -> list[bytes]:
    nonce = NONCE.decode()
    progress = framed({"op": "progress", "nonce": nonce, "module": "nn", "line": 3})
    reply = framed({"op": "reply", "nonce": nonce, "arrays": [], "results": []}, b"")
    error = {"kind": "raised", "type": "E", "message": "m", "lines": [["nn.py", 3, "f", "x"]]}
    failed = framed({"op": "reply", "nonce": nonce, "arrays": [], "error": error})
    asked = framed({"op": "callback", "nonce": nonce, "name": "nn.relu", "args": [], "kwargs": []})
    return [reply, progress + reply, failed, progress * 3 + failed, reply + reply, asked + reply]


WORDS = (b"{", b"[", b'"', b"]", b"}", b"\\u202e", b"\\ud800", b"NaN", b"-", b"1e999", b"9" * 1001)
FRAME = Target(
    "frame",
    "a frame is taken exactly where a plain reading takes it; else ProtocolError, in little memory",
    frame,
    _frames,
    WORDS,
)
ANSWER = Target(
    "answer",
    "only the reply that is waited for is taken; anything else ends the worker, once",
    answer,
    _answers,
    (*WORDS, NONCE, b"progress", b"callback", b"reply", b"ready"),
)
