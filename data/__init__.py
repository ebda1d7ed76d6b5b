"""Data for the homework: the embedded digits and a loader for HDF5, npy and IDX files.

`python -m data NAME` makes data sets; nothing here needs the grader.
"""

from .errors import DataError
from .loading import (
    embedded_file,
    find_file,
    load_digits,
    load_file,
    load_splits,
    one_hot,
    set_aside,
    split,
    uneven_batches,
)
from .sequences import find_sequences, load_sequences

__all__ = [
    "DataError",
    "embedded_file",
    "find_file",
    "find_sequences",
    "load_digits",
    "load_file",
    "load_sequences",
    "load_splits",
    "one_hot",
    "set_aside",
    "split",
    "uneven_batches",
]
