"""Worker side: notes which watched libraries the submission asks for while it runs, and where.

Nothing is refused: what is not installed raises ModuleNotFoundError as it would anywhere. An audit
hook hears every import statement and cannot be taken away again; a finder in front of all others
sees what importlib does by itself; and what is run from a file of a watched library is known by
that file, however it was reached. Code in this very process could still undo all three.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import Any

from .text import cut

MAX_SIGHTINGS = 50
MAX_CHARS = 1_000
# Asks whether a library is there; whoever asks does not use it yet.
_ASKING = importlib.util.find_spec.__code__
# Where libraries are compiled as they are imported.
_IMPORTING = {"<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>"}


class Watch:
    """`seen` has one [name, file, line, foreign] for each place that asked for a watched library.

    file: relative to the submission; "<string>" and the like for code that was made at run time.
    foreign: code of the library was run, from outside the submission.
    """

    def __init__(self, names: Iterable[str], folder: str) -> None:
        self.names = frozenset(names)
        self.folder = folder
        self.seen: list[list[Any]] = []
        self._made: set[str] = set()

    def install(self) -> None:
        """Watch from now on, for as long as this process lives."""
        if self.names:
            sys.meta_path.insert(0, self)
            sys.addaudithook(self._hear)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        """Note the name; other finders find it."""
        self._note(fullname)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "import":
            self._note(arguments[0])
        elif event == "compile":
            if _plain(sys._getframe(1).f_code.co_filename) not in _IMPORTING - self._made:
                self._remember(arguments[1])
        elif event == "code.__new__":
            self._remember(arguments[1])
        elif event == "exec" and isinstance(arguments[0], CodeType):
            folder, file = os.path.split(_plain(arguments[0].co_filename))
            if file == "__init__.py" and not folder.startswith(self.folder):
                self._note(os.path.basename(folder), foreign=True)

    def _remember(self, file: Any) -> None:
        """Code said to be of this file is made at run time: it may not be a library's."""
        if isinstance(file, str):
            self._made.add(_plain(file))

    def _note(self, name: Any, *, foreign: bool = False) -> None:
        if not isinstance(name, str):
            return
        name = _plain(name)
        top = name.partition(".")[0]
        if top not in self.names or len(self.seen) >= MAX_SIGHTINGS:
            return
        place = self._place(top)
        if place is None or any(
            [top, *place, foreign] == [one[0].partition(".")[0], *one[1:]] for one in self.seen
        ):
            return
        self.seen.append([name, *place, foreign])

    def _place(self, name: str) -> tuple[str, int] | None:
        """Where the submission asks for it; None if a library does so of its own accord."""
        frame: FrameType | None = sys._getframe(2)
        made = None
        while frame is not None:
            code, line = frame.f_code, frame.f_lineno or 0
            file = _plain(code.co_filename)
            if code is _ASKING:
                return None
            if file.startswith(self.folder):
                return file[len(self.folder) :], line
            if file in self._made or not file.startswith(("/", "<frozen")):
                made = made or (file, line)
            elif file != __file__ and _spells(code, name):
                return None
            frame = frame.f_back
        return made or ("", 0)


def _spells(code: CodeType, name: str) -> bool:
    """Whether the name of the library stands in this code: then it was not handed over to it."""
    words = (*code.co_names, *(one for one in code.co_consts if isinstance(one, str)))
    return any(word.partition(".")[0] == name for word in words)


def _plain(text: str) -> str:
    """A str of no subclass, whatever methods that may have."""
    return cut(str.__getitem__(text, slice(None)), MAX_CHARS)
