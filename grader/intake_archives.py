"""Submissions that are packed: zip and tar, and the one door through which a path is opened."""

import functools
import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, cast

from grader.errors import UsageError
from grader.intake_sources import (
    DEPTH,
    ENTRIES,
    READ_ERRORS,
    FileSource,
    FolderSource,
    Source,
    skipped,
)
from grader.text import one_line

STREAM_BYTES = 1 << 30  # of an unpacked tar, most of which is passed over
SPECIAL = "it is a link or a special file"


def open_source(path: Path) -> Source:
    """The source for a path, recognised by its content; UsageError where it is none."""
    shown = one_line(str(path))
    try:
        if path.is_dir():
            return FolderSource(path)
        if not path.is_file():
            kind = "is not a regular file" if path.exists() else "does not exist"
            raise UsageError(f"{shown} {kind}")
        with path.open("rb") as stream:
            head = stream.read(512)
        return _by_content(path, head)
    except READ_ERRORS as error:
        raise UsageError(f"{shown} cannot be read: {one_line(str(error), 100)}") from error


def _by_content(path: Path, head: bytes) -> Source:
    if head.startswith((b"Rar!", b"7z\xbc\xaf", b"\xfd7zXZ", b"BZh")):
        raise UsageError(f"{one_line(str(path))} is packed in a way not supported: send a zip")
    zipped, gzipped = head.startswith((b"PK\x03\x04", b"PK\x05\x06")), head.startswith(b"\x1f\x8b")
    if not (zipped or gzipped or head[257:262] == b"ustar"):
        return FileSource(path)
    stream = path.open("rb")
    try:
        return ZipSource(stream) if zipped else TarSource(stream, packed=gzipped)
    except BaseException:
        stream.close()
        raise


class ArchiveSource(Source):
    """Common to zip and tar: an open file, and which entries are trusted."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file

    def close(self) -> None:
        self._file.close()

    def _add(self, name: str, why: str, reader: Callable[[], IO[bytes]]) -> None:
        clean = name.removeprefix("./")
        why = _distrust(clean) or why
        if any(map(skipped, clean.split("/"))):
            return
        if why:
            self._refuse(name, why)
        else:
            self._readers[clean] = reader


class ZipSource(ArchiveSource):
    """A zip; only stored and deflated entries are read, since only those unpack in bounds."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        if _occurrences(file, b"PK\x01\x02") > ENTRIES:
            raise ValueError("it has too many entries")
        self._zip = zipfile.ZipFile(file)
        for info in self._zip.infolist():
            if not info.is_dir():
                opener = functools.partial(self._zip.open, info)
                self._add(info.orig_filename, self._distrust(info), opener)
        self._drop_environments()

    @staticmethod
    def _distrust(info: zipfile.ZipInfo) -> str:
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            return SPECIAL
        if info.flag_bits & 1:
            return "it is encrypted"
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return "it is compressed in an unusual way"
        return ""


class TarSource(ArchiveSource):
    """A tar, gzipped or not."""

    def __init__(self, file: IO[bytes], *, packed: bool) -> None:
        super().__init__(file)
        stream = cast(IO[bytes], gzip.GzipFile(fileobj=file)) if packed else file
        self._tar = tarfile.TarFile(fileobj=cast(IO[bytes], _Bounded(stream)))
        for count, info in enumerate(self._members()):
            if count >= ENTRIES:
                raise ValueError("it has too many entries")
            plain = info.isreg() and not info.issparse()
            self._add(info.name, "" if plain else SPECIAL, functools.partial(self._open, info))
        self._drop_environments()

    def _members(self) -> Iterator[tarfile.TarInfo]:
        while (info := self._tar.next()) is not None:
            self._tar.members = []  # type: ignore[attr-defined]  # or it keeps every one
            if not info.isdir():
                yield info

    def _open(self, info: tarfile.TarInfo) -> IO[bytes]:
        return cast(IO[bytes], self._tar.extractfile(info))  # never None for a regular file


class _Bounded(io.RawIOBase):
    """A stream that refuses to unpack without end, and to be read in one piece."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= 1 << 20:
            raise ValueError("an entry of it is not a plain file")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence != 0 or offset > STREAM_BYTES:
            raise ValueError(f"it unpacks to more than {STREAM_BYTES:,} bytes")
        return self._stream.seek(offset)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def _distrust(name: str) -> str:
    """Why the name of an archive's entry is not trusted, or nothing."""
    path = PurePosixPath(name)
    if "\\" in name or "\0" in name:
        return "there is a backslash or a null in the name"
    if name.startswith("/") or name[1:2] == ":":
        return "the path is absolute"
    if ".." in path.parts:
        return "the path leads out of the archive"
    if len(path.parts) > DEPTH + 1:
        return f"it is more than {DEPTH} folders down"
    return "" if path.as_posix() == name else "the path is odd"


def _occurrences(file: IO[bytes], mark: bytes) -> int:
    """How often `mark` occurs in the file: a bound on the entries that a parser will make."""
    count, tail = 0, b""
    while block := file.read(1 << 20):
        count += (tail + block).count(mark)
        tail = block[1 - len(mark) :]
    return count
