"""Zips whose bytes depend on their entries alone: no clock, no umask, no version of zlib."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError

MOMENT = (2000, 1, 1, 0, 0, 0)  # of every entry; local time, whichever zone that is
UNIX = 3
# Text, wherever it was checked out: a shell reads "#!/bin/sh\r" as another program.
TEXT = frozenset((".py", ".sh", ".cfg", ".txt", ".md", ".html", ".css", ".js", ".json", ".csv", ""))


@dataclass(frozen=True)
class Entry:
    """A file of an archive: its bytes and its permissions."""

    content: bytes
    mode: int = 0o644


@dataclass(frozen=True)
class Made:
    """A file that was written: bytes, digest, and the number of files in it."""

    path: Path
    size: int
    sha256: str
    files: int


def entry_of(path: Path, mode: int = 0o644) -> Entry:
    """The entry for a file; text gets Unix line ends. UsageError where it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    if path.suffix in TEXT:
        content = content.replace(b"\r\n", b"\n")
    return Entry(content, mode)


def packed(entries: Mapping[str, Entry]) -> bytes:
    """The zip. Stored, not compressed: what deflate makes of a text differs between machines.

    What is large in it, data and wheels, is compressed already.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, MOMENT)
            info.create_system = UNIX
            info.external_attr = (stat.S_IFREG | entries[name].mode) << 16
            archive.writestr(info, entries[name].content)
    return buffer.getvalue()


def write(path: Path, content: bytes, *, files: int = 1, mode: int = 0o644) -> Made:
    """Put the file in its place in one step; raises UsageError where that fails."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(content)
        temporary.chmod(mode)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    return Made(path, len(content), hashlib.sha256(content).hexdigest(), files)
