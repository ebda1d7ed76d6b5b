"""A small published data set, and a local HTTP server that answers well, badly or not at all."""

from __future__ import annotations

import gzip
import hashlib
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from data.download import PublishedFile
from data.published import PublishedSet


def idx_bytes(array: np.ndarray, *, kind: int = 8) -> bytes:
    """An array as an IDX file of unsigned bytes (or with another type code)."""
    header = bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def published_files(*, noise: bool = True) -> dict[str, bytes]:
    """Four small gzipped IDX files under the names of MNIST's; noise does not compress."""
    rng = np.random.default_rng(0)
    files = {}
    for part, n in (("train", 40), ("t10k", 12)):
        x = rng.integers(0, 256 if noise else 2, (n, 28, 28))
        files[f"{part}-images-idx3-ubyte.gz"] = gzip.compress(idx_bytes(x), mtime=0)
        files[f"{part}-labels-idx1-ubyte.gz"] = gzip.compress(
            idx_bytes(rng.integers(0, 10, n)), mtime=0
        )
    return files


def published(name: str, content: bytes, *, of_content: bool = True) -> PublishedFile:
    """A file as the data sets list it: name and checksum."""
    hashed = gzip.decompress(content) if of_content else content
    return PublishedFile(name, hashlib.md5(hashed).hexdigest(), of_content)


def published_set(files: dict[str, bytes], mirrors: list[str], **settings: Any) -> PublishedSet:
    """A data set of the four files."""
    listed = [published(name, content) for name, content in files.items()]
    return PublishedSet("small", tuple(listed[:2]), tuple(listed[2:]), mirrors, **settings)


@dataclass
class Mirror:
    """A server's files, how it answers (the last way for all further requests), what was asked."""

    files: dict[str, bytes]
    ways: list[str]
    url: str = ""
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def way(self) -> str:
        """How to answer this request."""
        return self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]

    @property
    def ranges(self) -> list[str | None]:
        """The Range headers of the requests so far."""
        return [asked for _, asked in self.requests]


class Handler(BaseHTTPRequestHandler):
    """Answers as its mirror says; see WAYS."""

    mirror: Mirror

    def do_GET(self) -> None:
        name, asked = self.path.rsplit("/", 1)[-1], self.headers.get("Range")
        self.mirror.requests.append((name, asked))
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        WAYS[self.mirror.way()](self, self.mirror.files.get(name, b""), start)

    def answer(self, code: int, body: bytes, *, length: int | None = None, **headers: str) -> None:
        self.send_response(code)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Nothing on standard error."""


def good(handler: Handler, body: bytes, start: int) -> None:
    if start and start >= len(body):
        handler.answer(416, b"", length=0)
        return
    more = {"Content_Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if start else {}
    handler.answer(206 if start else 200, body[start:], length=len(body) - start, **more)


def ignoring_range(handler: Handler, body: bytes, start: int) -> None:
    handler.answer(200, body, length=len(body))


def without_length(handler: Handler, body: bytes, start: int) -> None:
    handler.answer(200, body)


def truncated(handler: Handler, body: bytes, start: int) -> None:
    """Half of what is left, then the connection ends."""
    more = {"Content_Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if start else {}
    end = start + (len(body) - start) // 2
    handler.answer(206 if start else 200, body[start:end], length=len(body) - start, **more)


def corrupt(handler: Handler, body: bytes, start: int) -> None:
    """One byte in the middle is another."""
    middle = len(body) // 2
    handler.answer(
        200, body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :], length=len(body)
    )


def another_rest(handler: Handler, body: bytes, start: int) -> None:
    """What is sent as the rest of the file is none, though of the right length."""
    rest = bytes(len(body) - start)
    place = f"bytes {start}-{len(body) - 1}/{len(body)}"
    handler.answer(206, rest, length=len(rest), Content_Range=place)


def page(handler: Handler, body: bytes, start: int) -> None:
    """A login page instead of the file."""
    handler.answer(200, b"<html>Please log in</html>", length=26)


def hanging(handler: Handler, body: bytes, start: int) -> None:
    """No answer until the test is over."""
    handler.mirror.over.wait()


def stalling(handler: Handler, body: bytes, start: int) -> None:
    """Half of the body, then nothing until the test is over."""
    handler.answer(200, body[: len(body) // 2], length=len(body))
    handler.mirror.over.wait()


def endless(handler: Handler, body: bytes, start: int) -> None:
    handler.answer(200, b"", length=10**12)


def elsewhere(handler: Handler, body: bytes, start: int) -> None:
    """Another address is named that is none."""
    handler.answer(302, b"", length=0, Location="http://[::1")


def refusing(code: int) -> Any:
    return lambda handler, body, start: handler.answer(code, b"", length=0)


WAYS: dict[str, Any] = {
    "good": good,
    "ignoring range": ignoring_range,
    "without length": without_length,
    "truncated": truncated,
    "corrupt": corrupt,
    "another rest": another_rest,
    "page": page,
    "hanging": hanging,
    "stalling": stalling,
    "endless": endless,
    "elsewhere": elsewhere,
    "404": refusing(404),
    "500": refusing(500),
}


@contextmanager
def serving(files: dict[str, bytes], *ways: str) -> Iterator[Mirror]:
    """A mirror on a free port of this machine, while the block runs."""
    mirror = Mirror(files, list(ways))
    handler = type("MirrorHandler", (Handler,), {"mirror": mirror})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    mirror.url = f"http://127.0.0.1:{server.server_address[1]}/files/"
    try:
        yield mirror
    finally:
        mirror.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
