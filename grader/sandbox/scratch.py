"""Worker side: what a submission writes to files beside it stays in this process's memory.

The kernel refuses every write (confinement), and still does. But code that saves a checkpoint is
not wrong, and is to go on: what Python's own functions were refused goes to a dict, from which the
same process can read it again. Where no such name makes sense, the refusal is raised as ever:
absolute paths outside the submission, and Python files, which are only what was handed in.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import pathlib
import stat
import sys
from typing import Any


class Scratch:
    """`files`: path -> content, `folders`: paths; all that was written and made in this process."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.files: dict[str, bytes] = {}
        self.folders: set[str] = set()
        self._open, self._stat, self._mkdir = builtins.open, os.stat, os.mkdir
        self._remove, self._replace = os.remove, os.replace
        self._imported: tuple[dict[str, bytes], set[str]] | None = None

    def begin(self) -> None:
        """Begin a check: what the import has left is there, and nothing of the checks before.

        Else a training that goes on from its last checkpoint would begin in the middle.
        """
        if self._imported is None:
            self._imported = dict(self.files), set(self.folders)
        files, folders = self._imported
        self.files, self.folders = dict(files), set(folders)

    def install(self) -> None:
        """Stand before Python's functions on files; bound methods, as those may be in classes."""
        ours: dict[str, Any] = {
            "stat": self.stat,
            "mkdir": self.mkdir,
            **dict.fromkeys(("remove", "unlink"), self.remove),
            **dict.fromkeys(("rename", "replace"), self.replace),
        }
        vars(os).update(ours)
        vars(builtins)["open"] = vars(io)["open"] = self.open
        # What took these functions when it was loaded: pathlib in Python 3.10, numpy.savetxt.
        accessor = getattr(pathlib, "_NormalAccessor", None)
        for name, function in {**ours, "open": self.open}.items() if accessor else ():
            setattr(accessor, name, function)
        openers: Any = getattr(sys.modules.get("numpy.lib._datasource"), "_file_openers", None)
        if hasattr(openers, "_file_openers"):
            openers._file_openers[None] = self.open

    def open(self, file: Any, mode: Any = "r", *args: Any, **kwargs: Any) -> Any:
        """builtins.open; what may not be written is written to memory."""
        path = self.path_of(file)
        writes = isinstance(mode, str) and bool(set(mode) & set("wax+"))
        if path is None or not (writes or path in self.files):
            return self._open(file, mode, *args, **kwargs)
        if path not in self.files:
            try:
                return self._open(file, mode, *args, **kwargs)
            except OSError as error:
                raise_unless_refused(error)
        memory = _Memory(self, path, self._before(path, mode), mode)
        memory.name = file
        return memory if "b" in mode else _as_text(memory, mode, *args, **kwargs)

    def stat(self, path: Any, **options: Any) -> os.stat_result:
        """os.stat, which os.path.exists and its like ask."""
        known = self.path_of(path, **options) if self.files or self.folders else None
        if known in self.files:
            return _status(stat.S_IFREG | 0o644, len(self.files[known]))
        try:
            return self._stat(path, **options)
        except FileNotFoundError:
            if known is None or not self._is_folder(known):
                raise
        return _status(stat.S_IFDIR | 0o755, 0)

    def mkdir(self, path: Any, mode: int = 0o777, **options: Any) -> None:
        """os.mkdir, of which os.makedirs is made."""
        try:
            return self._mkdir(path, mode, **options)
        except OSError as error:
            known = self.path_of(path, **options)
            if known is None:
                raise
            raise_unless_refused(error)
        if os.path.exists(known):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        self.folders.add(known)

    def remove(self, path: Any, **options: Any) -> None:
        """os.remove and os.unlink."""
        known = self.path_of(path, **options)
        if known not in self.files:
            return self._remove(path, **options)
        del self.files[known]

    def replace(self, source: Any, target: Any, **options: Any) -> None:
        """os.replace and os.rename, of a file in memory."""
        old, new = self.path_of(source, **options), self.path_of(target, **options)
        if old not in self.files or new is None:
            return self._replace(source, target, **options)
        self.files[new] = self.files.pop(old)

    def keep(self, path: str, content: bytes) -> None:
        """Remember the content of a file, for as long as this process lives."""
        if path != os.devnull:
            self.files[path] = content

    def path_of(self, file: Any, **options: Any) -> Any:
        """The name in `files` of what a call names; None for what is left to the kernel."""
        relative = {name for name, value in options.items() if name.endswith("_fd") and value}
        if relative or not isinstance(file, (str, bytes, os.PathLike)):
            return None
        given = os.fsdecode(file)
        path = os.path.abspath(given)
        if given.endswith((".py", ".pyc", "__pycache__")) or not given:
            return None
        inside = path.startswith(self.folder) or path == os.devnull or not os.path.isabs(given)
        return path if inside else None

    def _is_folder(self, path: str) -> bool:
        below = path + "/"
        return path in self.folders or any(
            one.startswith(below) for one in (*self.files, *self.folders)
        )

    def _before(self, path: str, mode: str) -> bytes:
        """What the file holds as it is opened; FileNotFoundError, FileExistsError as of open."""
        if "x" in mode and os.path.exists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        if "w" in mode or "x" in mode:
            return b""
        if path in self.files or ("a" in mode and not os.path.exists(path)):
            return self.files.get(path, b"")
        with self._open(path, "rb") as stream:
            return stream.read()


class _Memory(io.BytesIO):
    """A file of a Scratch, there as soon as it is opened for writing."""

    def __init__(self, scratch: Scratch, path: str, content: bytes, mode: str) -> None:
        super().__init__(content)
        self.name: Any = path
        self.mode = mode  # type: ignore[misc]
        self._scratch, self._path = scratch, path
        self._writes = mode.strip("bt") != "r"
        if "a" in mode:
            self.seek(0, os.SEEK_END)
        self.flush()

    def flush(self) -> None:
        super().flush()
        if self._writes:
            self._scratch.keep(self._path, self.getvalue())

    def close(self) -> None:
        if not self.closed:
            self.flush()
        super().close()


def _as_text(
    memory: _Memory,
    mode: str,
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    *unused: Any,
    **also_unused: Any,
) -> io.TextIOWrapper:
    text = io.TextIOWrapper(memory, encoding, errors, newline, line_buffering=buffering == 1)
    text.mode = mode  # type: ignore[misc]
    return text


def raise_unless_refused(error: OSError) -> None:
    """Raise what is not the sandbox's no to a write, such as a folder that is no folder."""
    if not isinstance(error, PermissionError) and error.errno != errno.EROFS:
        raise error


def _status(mode: int, size: int) -> os.stat_result:
    return os.stat_result((mode, 0, 0, 1, os.getuid(), os.getgid(), size, 0, 0, 0))
