"""Loading of the human/machine set: sequences of 20 coin tosses made up by people, or tossed."""

from pathlib import Path
from typing import Any

import numpy as np

from .catalogue import missing_folder, resolve
from .errors import DataError
from .hdf5 import read_arrays

LENGTH = 20
PATTERN = "binary_random*.hdf5"


def find_sequences(folder: str | Path) -> Path:
    """The one binary_random*.hdf5 in a folder or, made by `python -m data`, in that of a name.

    Raises DataError where there is none, or more than one.
    """
    place = resolve(folder)
    if not place.is_dir():
        raise DataError(missing_folder(folder))
    found = sorted(place.glob(PATTERN))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise DataError(f"{place}: several files of sequences ({names}), name one of them")
    if not found:
        raise DataError(f"{place}: no file of sequences (looked for {PATTERN})")
    return found[0]


def load_sequences(path: str | Path, *, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """(x, y): sequences (n, 20) with entries -1 and 1, and y (n,) = 1 for human, 0 for machine.

    path: HDF5 with the keys human (k, 20) and machine (m, 20); n = k + m, people's come first.
    Raises DataError with one line.
    """
    path = Path(path)
    kinds = dict(zip(("human", "machine"), read_arrays(path, ("human", "machine")), strict=True))
    for key, tosses in kinds.items():
        _check(tosses, f"{path}: {key}")
    y = np.repeat([1, 0], [len(tosses) for tosses in kinds.values()])
    return np.concatenate(list(kinds.values())).astype(dtype), y


def _check(tosses: np.ndarray, name: str) -> None:
    if tosses.ndim != 2 or tosses.shape[1] != LENGTH or len(tosses) == 0:
        raise DataError(f"{name}: sequences of shape {tosses.shape}, wanted (n, {LENGTH})")
    if tosses.dtype.kind not in "iuf":
        raise DataError(f"{name}: entries of type {tosses.dtype}, wanted numbers")
    wrong = tosses[(tosses != 1) & (tosses != -1)]
    if len(wrong):
        raise DataError(f"{name}: entry {wrong[0]}, wanted -1 or 1")
