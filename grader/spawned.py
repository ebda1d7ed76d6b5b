"""New interpreters that find our packages, and nothing where the command is given."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAFE_PATH = "PYTHONSAFEPATH"
THREADS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


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
def environment(values: dict[str, str]) -> Iterator[None]:
    """These variables in the environment, and afterwards what was there."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
