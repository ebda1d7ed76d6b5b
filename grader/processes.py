"""What a process of our own needs from the one that starts it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAFE_PATH = "PYTHONSAFEPATH"
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


@contextmanager
def importable() -> Iterator[None]:
    """New processes find our packages after all others, and nothing where the command is given."""
    sys.path.append(str(ROOT))
    try:
        with environment({SAFE_PATH: "1"}):
            yield
    finally:
        sys.path.remove(str(ROOT))


@contextmanager
def environment(changes: Mapping[str, str]) -> Iterator[None]:
    """New processes have these variables, too."""
    before = {key: os.environ.get(key) for key in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value
