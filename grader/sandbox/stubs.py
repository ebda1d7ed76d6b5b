"""Worker side: libraries that only display something do nothing here."""

from __future__ import annotations
import importlib.abc


class StubFinder(importlib.abc.MetaPathFinder):
    pass
