"""A watch over what is opened and changed outside of a folder."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Fence:
    """Watches, while it is up, that no file outside of a folder is opened or changed."""

    def __init__(self) -> None:
        self.folder = ""
        self.strays: list[str] = []
        sys.addaudithook(self._saw)

    @contextmanager
    def around(self, folder: Path) -> Iterator[None]:
        """Nothing but the folder, and modules of Python and of ours, may be opened."""
        self.folder, self.strays = os.path.realpath(folder), []
        try:
            yield
        finally:
            self.folder = ""
        assert not self.strays, self.strays

    def _saw(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.folder:
            return
        changes = event in (
            "os.mkdir",
            "os.rename",
            "os.remove",
            "os.link",
            "os.symlink",
            "os.chmod",
        )
        if event == "open" and isinstance(args[0], (str, bytes)):
            self._saw_path(os.fsdecode(args[0]), bool((args[2] or 0) & WRITING))
        elif changes and isinstance(args[0], (str, bytes)) and os.path.isabs(os.fsdecode(args[0])):
            self._saw_path(os.fsdecode(args[0]), True)
        elif event in ("subprocess.Popen", "os.system", "os.exec", "socket.connect", "exec"):
            known = event == "exec" and args[0].co_filename.startswith(
                (sys.prefix, sys.base_prefix)
            )
            if not known:
                self.strays.append(event)

    def _saw_path(self, path: str, writes: bool) -> None:
        place = os.path.realpath(path)
        inside = place == self.folder or place.startswith(self.folder + os.sep)
        if not inside and (writes or not place.startswith((sys.prefix, sys.base_prefix))):
            self.strays.append(f"{'writes' if writes else 'reads'} {place}")


@functools.cache
def fence() -> Fence:
    """The only one: what watches a process cannot be taken away again."""
    return Fence()
