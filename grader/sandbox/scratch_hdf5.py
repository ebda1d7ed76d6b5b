"""Worker side: what h5py writes to files beside the submission stays in memory, too."""

from __future__ import annotations

import importlib.machinery
from types import ModuleType
from typing import Any

from .scratch import Scratch, raise_unless_refused

_MODES = {"r": "rb", "r+": "r+b", "w": "w+b", "w-": "x+b", "x": "x+b"}


class Hdf5Finder:
    """Finds h5py as it is found anyway; once it is loaded, its File writes to `scratch`."""

    def __init__(self, scratch: Scratch) -> None:
        self.scratch = scratch

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of h5py, None for all others."""
        if fullname != "h5py":
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_extend(module: ModuleType) -> None:
                load(module)
                _extend(module.File, self.scratch)

            spec.loader.exec_module = load_and_extend  # type: ignore[method-assign]
        return spec


def _extend(file: Any, scratch: Scratch) -> None:
    """Let h5py.File(name, mode) open files of `scratch`, which h5py takes for open files."""
    opened = file.__init__

    def __init__(this: Any, name: Any, mode: str = "r", *args: Any, **kwargs: Any) -> None:
        known = scratch.path_of(name)
        if known is None or known not in scratch.files:
            try:
                return opened(this, name, mode, *args, **kwargs)
            except OSError as error:
                if known is None or mode == "r":
                    raise
                raise_unless_refused(error)
        there = "r+b" if known in scratch.files else "w+b"
        opened(this, scratch.open(name, _MODES.get(mode, there)), mode, *args, **kwargs)

    file.__init__ = __init__
