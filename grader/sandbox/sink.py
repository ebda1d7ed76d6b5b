"""Worker side: where the student's prints go."""

from __future__ import annotations

import io
import sys
from typing import Any


class _Kept(io.RawIOBase):
    """Keeps the first `limit` bytes in `data` and drops the rest."""

    def __init__(self, data: bytearray, limit: int) -> None:
        super().__init__()
        self.data = data
        self.limit = limit

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        room = self.limit - len(self.data)
        if room > 0:
            self.data += bytes(memoryview(data).cast("B")[:room])
        return size


class Sink:
    """Bounded stdout and stderr, put back before every request."""

    def __init__(self, limit: int) -> None:
        self._data = bytearray()
        self._limit = limit
        self._stream = self._fresh()

    def install(self) -> None:
        """Make print() write here, also after the student closed it."""
        if self._stream.closed:
            self._stream = self._fresh()
        sys.stdout = sys.stderr = self._stream

    def text(self) -> str:
        """What was printed so far."""
        if not self._stream.closed:
            self._stream.flush()
        return self._data.decode("utf-8", "replace")

    def _fresh(self) -> io.TextIOWrapper:
        buffer = io.BufferedWriter(_Kept(self._data, self._limit), 4096)
        return io.TextIOWrapper(buffer, "utf-8", "replace", newline="\n")
