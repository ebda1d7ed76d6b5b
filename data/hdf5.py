"""Reading HDF5: files and arrays by their keys; every fault is a DataError that names the file."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .errors import DataError

DAMAGED = (RuntimeError, KeyError, MemoryError, UnicodeDecodeError)  # as h5py says it
MAGIC = b"\x89HDF\r\n\x1a\n"


@contextmanager
def opened(path: Path, content: bytes | None = None) -> Iterator[Any]:
    """The file, opened for reading (h5py.File); or content, which was packed in the file.

    Raises DataError where it is no sound HDF5 file.
    """
    try:
        import h5py
    except ImportError:
        raise DataError(f"{path}: reading HDF5 needs h5py, which is not installed") from None
    try:
        with path.open("rb") if content is None else io.BytesIO(content) as raw:
            if raw.read(len(MAGIC)) != MAGIC:
                raise DataError(f"{path}: not an HDF5 file")
            with h5py.File(path if content is None else raw, "r") as file:
                yield file
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or first_line(error)}") from None
    except DAMAGED as error:
        raise DataError(f"{path}: damaged HDF5 file ({first_line(error)})") from None


def read_arrays(path: Path, keys: Sequence[str]) -> list[np.ndarray]:
    """The arrays under the keys; DataError where one is not there."""
    with opened(path) as file:
        return [array(file, key, path) for key in keys]


def array(group: Any, key: str, path: Path) -> np.ndarray:
    """The array under a key of a file or group; DataError where there is none."""
    found = group.get(key)
    if not hasattr(found, "shape"):  # a group, or nothing
        keys = ", ".join(sorted(map(str, group))) or "none"
        raise DataError(f"{path}: no data set {key!r} (keys found: {keys})")
    return np.asarray(found[()])


def first_line(error: Exception) -> str:
    """The first line of an error's text."""
    return (str(error).splitlines() or [type(error).__name__])[0]
