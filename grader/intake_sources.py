"""Where a submission's files come from: the common part, a single file, and a folder.

A source lists the regular files worth looking at, as relative POSIX paths, and reads some of
them. It follows no link, unpacks nothing to disk, and never reads more than it was asked for, so
neither a bomb nor a hostile name can do anything. What it refuses becomes a line in `notes`.
"""

import itertools
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from grader.text import listed, one_line

SKIPPED_FOLDERS = frozenset(
    {"__MACOSX", "__pycache__", "node_modules", "site-packages", "virtualenv", "venv"}
)
# What the folder of a virtual environment holds beside the files of whoever made it there.
ENVIRONMENT_FOLDERS = frozenset({"bin", "include", "lib", "lib64", "scripts", "share"})
ENTRIES = 200_000  # more than any honest submission has, data included
DEPTH = 12
BLOCK = 1 << 16

# What reading a damaged or hostile archive is seen to raise.
READ_ERRORS = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    OverflowError,
    RuntimeError,
)


@dataclass(frozen=True)
class Unreadable:
    """Why a listed file could not be read; completes a sentence that begins with its name."""

    why: str


class Source:
    """Files by relative path: `names` in a fixed order, `read` for some of them."""

    def __init__(self) -> None:
        self._readers: dict[str, Callable[[], IO[bytes]]] = {}
        self._refused: dict[str, list[str]] = {}

    @property
    def names(self) -> list[str]:
        """Relative POSIX paths of the regular files, without caches and hidden files."""
        return sorted(self._readers)

    def close(self) -> None:
        """Close what is open."""

    @property
    def notes(self) -> list[str]:
        """One line for each reason for which files or folders are not used."""
        return [f"Not used, because {why}: {listed(n)}." for why, n in self._refused.items()]

    def read(self, names: Iterable[str], limit: int, total: int) -> dict[str, bytes | Unreadable]:
        """The contents of the files named, really unpacked, in bytes each and in all."""
        wanted, result = set(names), {}
        # in the order of listing: a packed stream is then gone through once
        for name in filter(wanted.__contains__, self._readers):
            data = result[name] = self._read(name, limit, total)
            total -= 0 if isinstance(data, Unreadable) else len(data)
        return result

    def _read(self, name: str, limit: int, total: int) -> bytes | Unreadable:
        try:
            with self._readers[name]() as stream:
                data = b"".join(_blocks(stream, min(limit, total) + 1))
        except READ_ERRORS as error:
            return Unreadable(f"cannot be read ({one_line(str(error), 100)})")
        if len(data) > limit:
            return Unreadable(f"is larger than {limit:,} bytes, which is the limit for a file")
        if len(data) > total:
            return Unreadable("is beyond the limit for all files together")
        return data

    def _refuse(self, name: str, why: str) -> None:
        self._refused.setdefault(why, []).append(name)

    def _drop_environments(self) -> None:
        """Forget the files of virtual environments, whatever their folder is called."""
        homes = {name.rpartition("/")[0] for name in self._readers if is_environment(name)}
        for name in self.names if homes else ():
            *folders, _ = name.split("/")
            if any(
                folder.lower() in ENVIRONMENT_FOLDERS and "/".join(folders[:i]) in homes
                for i, folder in enumerate(folders)
            ):
                del self._readers[name]


class FileSource(Source):
    """One file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._readers[path.name] = lambda: path.open("rb")


class FolderSource(Source):
    """A folder, walked without following links."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._left = ENTRIES
        self._walk(root, "", DEPTH)

    def _walk(self, folder: Path, prefix: str, depth: int) -> None:
        entries = self._scan(folder, prefix or ".", depth)
        environment = any(is_environment(entry.name) for entry in entries)
        inner = []
        for entry in entries:
            name = prefix + entry.name
            if skipped(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                if not (environment and entry.name.lower() in ENVIRONMENT_FOLDERS):
                    inner.append((folder / entry.name, name + "/"))
            elif entry.is_file(follow_symlinks=False):
                self._readers[name] = _opener(folder / entry.name)
            elif entry.is_symlink():
                if name.endswith(".py") or _leads_to_folder(entry):
                    self._refuse(name, "links are not followed")
            elif name.endswith(".py"):
                self._refuse(name, "it is no regular file")
        for path, below in inner:
            self._walk(path, below, depth - 1)

    def _scan(self, folder: Path, name: str, depth: int) -> list[os.DirEntry[str]]:
        if depth < 0:
            self._refuse(name, f"it is more than {DEPTH} folders down")
            return []
        try:
            with os.scandir(folder) as found:
                entries = sorted(itertools.islice(found, self._left), key=lambda e: e.name)
        except OSError as error:
            self._refuse(name, error.strerror or "it cannot be read")
            return []
        self._left -= len(entries)
        if not self._left:
            self._refuse(name, f"there are more than {ENTRIES:,} entries")
        return entries


def skipped(part: str) -> bool:
    """Whether a file or folder of this name is passed over: caches, hidden, environments."""
    return part in SKIPPED_FOLDERS or (part.startswith(".") and part.strip(".") != "")


def is_environment(name: str) -> bool:
    """Whether this file marks its folder as a virtual environment."""
    return name.rpartition("/")[2] == "pyvenv.cfg"


def _leads_to_folder(link: "os.DirEntry[str]") -> bool:
    try:
        return link.is_dir()
    except OSError:  # a link to itself, or to where one may not look
        return False


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        return os.fdopen(os.open(path, flags), "rb")

    return opened


def _blocks(stream: IO[bytes], limit: int) -> Iterator[bytes]:
    while limit > 0 and (block := stream.read(min(BLOCK, limit))):
        limit -= len(block)
        yield block
