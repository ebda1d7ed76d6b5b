"""Worker side: where the student's prints go."""

from __future__ import annotations

import io
import sys
from typing import Any


class _Kept(io.RawIOBase):
    """Keeps the first `limit` bytes and drops the rest."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        room = self.limit - len(self.data)
        if room > 0:
            self.data += bytes(memoryview(data).cast("B")[:room])
        return size

    def close(self) -> None:
        """A sink stays open: the student's close() must not silence later prints."""


class Sink:
    """Bounded stdout and stderr, put back before every request."""

    def __init__(self, limit: int) -> None:
        self._kept = _Kept(limit)
        self._stream = self._fresh()

    def install(self) -> None:
        """Make print() write here."""
        if self._stream.closed:
            self._stream = self._fresh()
        sys.stdout = sys.stderr = self._stream

    def text(self) -> str:
        """What was printed so far."""
        if not self._stream.closed:
            self._stream.flush()
        return self._kept.data.decode("utf-8", "replace")

    def _fresh(self) -> io.TextIOWrapper:
        buffer = io.BufferedWriter(self._kept, 4096)
        return io.TextIOWrapper(buffer, "utf-8", "replace", newline="\n")
