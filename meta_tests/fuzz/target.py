"""What is fuzzed: one function of bytes, and what it promises for every input."""

from __future__ import annotations

import tracemalloc
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# Control, format (bidirectional marks among them), surrogate, and line and paragraph separators.
UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
LONGEST = 1 << 16  # bytes of one input


@dataclass(frozen=True)
class Target:
    """check(data) returns, or raises whatever breaks the promise.

    seeds: inputs that get far. words: what mutations put in.
    """

    name: str
    promise: str
    check: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    words: tuple[bytes, ...] = ()


def measured(data: bytes) -> bool:
    """Whether the memory that this input takes is looked at, which is slow."""
    return zlib.crc32(data) % 8 == 0


@contextmanager
def memory_below(cap: int, data: bytes) -> Iterator[None]:
    """The body may hold at most `cap` bytes at once; measured for one input of eight."""
    if not measured(data) or tracemalloc.is_tracing():
        yield
        return
    tracemalloc.start()
    try:
        yield
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most <= cap, f"{most:,} bytes for an input of {len(data):,}; the cap is {cap:,}"


def unseen(text: str, keep: str = "") -> list[str]:
    """The characters of a text that do not show, or that change how others do."""
    return [c for c in text if unicodedata.category(c) in UNSEEN and c not in keep]


def assert_one_line(text: str) -> None:
    """The text can be printed as one line."""
    assert isinstance(text, str)
    assert not unseen(text), ascii(text[:300])
