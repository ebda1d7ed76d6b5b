"""Sequences of 20 signs, made up by people or drawn by a machine."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data import DataError
from data.human_machine import SEED, STREAM, human_block, machine_block

LENGTH = 20
PATTERN = "binary_random*.hdf5"
KEYS = ("human", "machine")


def find_sequences(folder: Path) -> Path:
    """The one file of sequences in the folder (or the file itself); DataError where none."""
    if folder.is_file():
        return folder
    found = sorted(folder.glob(PATTERN))
    if len(found) != 1:
        what = ", ".join(path.name for path in found) or "none"
        raise DataError(f"{folder}: wanted one file {PATTERN}, found {what}")
    return found[0]


def load_sequences(path: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """(human, machine), each int8 (n, 20) of -1 and 1; DataError with one line.

    Without a path: a thousand of each, generated as `python -m data human-machine` does.
    """
    return generated() if path is None else read_sequences(path)


def generated() -> tuple[np.ndarray, np.ndarray]:
    """A thousand human and a thousand machine sequences, always the same."""
    human = human_block(np.random.default_rng([SEED, STREAM["human"], 0]))
    return human, machine_block(np.random.default_rng([SEED, STREAM["machine"], 0]))


def read_sequences(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(human, machine) of a file."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            for key in KEYS:
                if not isinstance(file.get(key), h5py.Dataset):
                    found = ", ".join(sorted(file)) or "none"
                    raise DataError(f"{path}: no data set {key!r} (keys found: {found})")
            human, machine = (file[key][()] for key in KEYS)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    return _checked(human, "human", path), _checked(machine, "machine", path)


def _checked(values: np.ndarray, key: str, path: Path) -> np.ndarray:
    if values.ndim != 2 or values.shape[1] != LENGTH or not len(values):
        raise DataError(f"{path}: {key} of shape {values.shape}, wanted (n, {LENGTH})")
    if values.dtype.kind not in "iuf" or not np.all(np.abs(values) == 1):
        raise DataError(f"{path}: {key} holds other entries than -1 and 1")
    return values.astype(np.int8)
