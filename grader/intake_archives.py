"""Submissions that are packed: zip and tar, and the one door through which a path is opened."""

import functools
import gzip
import io
import re
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
LISTING_BYTES = 1 << 28  # of the headers of a tar
CONTENTS_BYTES = 1 << 25  # of a zip's list of its entries, which is read in one piece
NAME_BYTES = 255  # of a file or a folder, the most that file systems take
EXTENDED = (b"x", b"g", b"X")  # headers whose content is text of any length
LONG_NUMBER = re.compile(rb"\d{24}")
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
    except RecursionError as error:
        raise UsageError(f"{shown} cannot be read: too many headers for one entry") from error
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
            return
        if self._readers.pop(clean, None):  # the last one counts, as wherever they are unpacked
            self._refuse(clean, "a later entry of the archive has the same name")
        self._readers[clean] = reader


class ZipSource(ArchiveSource):
    """A zip; only stored and deflated entries are read, since only those unpack in bounds."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        if _occurrences(file, b"PK\x01\x02") > ENTRIES:
            raise ValueError("it has too many entries")
        self._zip = zipfile.ZipFile(cast(IO[bytes], _Bounded(file)))
        for info in self._zip.infolist():
            if not info.filename.endswith("/"):  # before 3.11.9 is_dir wants a name
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
        bounded = _BoundedTar(stream)
        self._tar = tarfile.TarFile(fileobj=cast(IO[bytes], bounded))
        for info in self._members():
            plain = info.isreg() and not info.issparse()
            self._add(info.name, "" if plain else SPECIAL, functools.partial(self._open, info))
        bounded.listing = False
        self._drop_environments()

    def _members(self) -> Iterator[tarfile.TarInfo]:
        count = end = 0
        while (info := self._tar.next()) is not None:
            self._tar.members = []  # type: ignore[attr-defined]  # or it keeps every one
            count, before, end = count + 1, end, int(self._tar.offset)
            if count > ENTRIES:
                raise ValueError("it has too many entries")
            if end <= before or info.size < 0:
                raise ValueError("its entries overlap")
            if not info.isdir():
                yield info

    def _open(self, info: tarfile.TarInfo) -> IO[bytes]:
        return cast(IO[bytes], self._tar.extractfile(info))  # never None for a regular file


class _Bounded(io.RawIOBase):
    """A stream that refuses to be read in one piece of more than CONTENTS_BYTES."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(min(size, CONTENTS_BYTES + 1) if size >= 0 else CONTENTS_BYTES + 1)
        if len(data) > CONTENTS_BYTES:
            raise ValueError("its list of entries is too long")
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


class _BoundedTar(_Bounded):
    """A tar as a stream that refuses to unpack without end, and headers that are a trap."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream)
        self.listing = True
        self._left = LISTING_BYTES
        self._extended = False

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= 1 << 20:
            raise ValueError("an entry of it is not a plain file")
        data = self._stream.read(size)
        if self.listing:
            self._inspect(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence != 0 or offset > STREAM_BYTES:
            raise ValueError(f"it unpacks to more than {STREAM_BYTES:,} bytes")
        return self._stream.seek(offset)

    def _inspect(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("its list of entries is too long")
        # tarfile looks at every digit of a number from every digit on (CVE-2024-6232)
        if self._extended and LONG_NUMBER.search(data):
            raise ValueError("a header of it holds an endless number")
        self._extended = not self._extended and data[156:157] in EXTENDED


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
    if any(len(part.encode("utf-8", "surrogatepass")) > NAME_BYTES for part in path.parts):
        return "the name is too long"
    return "" if path.as_posix() == name else "the path is odd"


def _occurrences(file: IO[bytes], mark: bytes) -> int:
    """How often `mark` occurs in the file: a bound on the entries that a parser will make."""
    count, tail = 0, b""
    while block := file.read(1 << 20):
        count += (tail + block).count(mark)
        tail = block[1 - len(mark) :]
    return count
