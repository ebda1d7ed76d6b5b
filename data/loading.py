"""Loading of image data: HDF5, npy and IDX files become pixels (n, 784) and labels (n,)."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .catalogue import HERE, missing_folder, resolve
from .errors import DataError
from .hdf5 import MAGIC as HDF5_MAGIC
from .hdf5 import first_line, read_arrays
from .idx import GZIP_MAGIC, read_idx

Part = tuple[np.ndarray, np.ndarray]
Named = tuple[np.ndarray, str]

N_PIXELS = 784
N_CLASSES = 10
IDX_PREFIX = {"train": "train", "test": "t10k"}


def one_hot(labels: np.ndarray, n_classes: int = N_CLASSES) -> np.ndarray:
    """Labels (n,) as rows of the identity matrix, float (n, n_classes)."""
    return np.eye(n_classes)[np.asarray(labels, dtype=int)]


def load_file(path: str | Path, *, dtype: Any = np.float64) -> Part:
    """(x, y) of one data file: x (n, 784) in [0, 1] of the given dtype, y (n,) in 0..9.

    path: HDF5 with the keys xdata and ydata; or an npy or IDX file of images, with the labels
    beside it (x_train.npy and y_train.npy, train-images... and train-labels...).
    Raises DataError with one line.
    """
    path = Path(path)
    try:
        (x, x_name), (y, y_name) = _read(path)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    pixels, labels = _pixels(x, x_name, dtype), _labels(y, y_name)
    if len(pixels) != len(labels):
        raise DataError(f"{path}: {len(pixels)} images, but {len(labels)} labels")
    return pixels, labels


def find_file(part: str, folder: str | Path) -> Path:
    """The file in folder that load_file can read for part = "train" or "test".

    folder: a path, or the name of a data set that `python -m data NAME` has made.
    Looked for in this order: mnist_traindata.hdf5, any other *traindata.hdf5, x_train.npy,
    train-images-idx3-ubyte or its gzip (test: ...testdata.hdf5, x_test.npy, t10k-images...).
    Raises DataError where there is none, or more than one of a kind.
    """
    place, folder = folder, resolve(folder)
    if not folder.is_dir():
        raise DataError(missing_folder(place))
    patterns = [
        f"mnist_{part}data.hdf5",
        f"*{part}data.hdf5",
        f"x_{part}.npy",
        f"{IDX_PREFIX[part]}-images[.-]idx3-ubyte",
        f"{IDX_PREFIX[part]}-images[.-]idx3-ubyte.gz",
    ]
    for pattern in patterns:
        found = sorted(folder.glob(pattern))
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            raise DataError(f"{folder}: several {part} files ({names}), name one of them")
        if found:
            return found[0]
    raise DataError(f"{folder}: no {part} data (looked for {', '.join(patterns)})")


def embedded_file(part: str) -> Path:
    """The embedded digits, part = "train" or "test"."""
    return HERE / f"digits_{part}data.hdf5"


def load_digits(*, dtype: Any = np.float64) -> tuple[Part, Part]:
    """((x, y) for training, (x, y) for the test) of the embedded digits; see load_file."""
    train, test = (load_file(embedded_file(part), dtype=dtype) for part in ("train", "test"))
    return train, test


def uneven_batches(n: int, batch_size: int) -> str:
    """A warning where the batch size does not divide the number of examples, else ""."""
    rest = n % batch_size
    if not rest:
        return ""
    return (
        f"warning: a batch size of {batch_size} does not divide {n} examples: "
        f"the last minibatch of an epoch has {rest}"
    )


def split(x: np.ndarray, y: np.ndarray, n_valid: int, *, seed: int = 0) -> tuple[Part, Part]:
    """(x, y) in two random parts, (training, validation), the second of n_valid examples."""
    if not 0 < n_valid < len(x):
        raise DataError(f"{n_valid} of {len(x)} examples for validation: leave some on both sides")
    order = np.random.default_rng(seed).permutation(len(x))
    train, valid = order[n_valid:], order[:n_valid]
    return (x[train], y[train]), (x[valid], y[valid])


def set_aside(
    x: np.ndarray, y: np.ndarray, n_valid: int | None, *, seed: int = 0
) -> tuple[Part, Part]:
    """split, where n_valid may be None, a sixth of the examples, or 0: all are for training."""
    if n_valid == 0:
        return (x, y), (x[:0], y[:0])
    return split(x, y, len(x) // 6 if n_valid is None else n_valid, seed=seed)


def load_splits(
    folder: str | Path | None = None, *, n_valid: int | None = None, seed: int = 0
) -> tuple[Part, Part, Part]:
    """((X_train, Y_train), (X_valid, Y_valid), (X_test, Y_test)), Y one-hot, for solution.NN.

    folder: where the data is, None for the embedded digits. n_valid: a sixth of the training
    part unless given (10,000 of MNIST's 60,000).
    """
    train_file, test_file = (
        embedded_file(part) if folder is None else find_file(part, folder)
        for part in ("train", "test")
    )
    x, y = load_file(train_file)
    train, valid = split(x, y, len(x) // 6 if n_valid is None else n_valid, seed=seed)
    x_train, x_valid, x_test = ((x, one_hot(y)) for x, y in (train, valid, load_file(test_file)))
    return x_train, x_valid, x_test


def _read(path: Path) -> tuple[Named, Named]:
    """Images and labels, each with what to call it in a message."""
    with path.open("rb") as file:
        start = file.read(8)
    if start == HDF5_MAGIC:
        x, y = read_arrays(path, ("xdata", "ydata"))
        return (x, f"{path}: xdata"), (y, f"{path}: ydata")
    if path.suffix == ".npy":
        return _pair(_read_npy, path, ("x_", "y_"))
    if start.startswith((GZIP_MAGIC, b"\0\0")):
        return _pair(read_idx, path, ("images", "labels"), ("idx3", "idx1"))
    raise DataError(f"{path}: neither HDF5 nor npy nor IDX")


def _pair(
    read: Callable[[Path], np.ndarray], images: Path, *changes: tuple[str, str]
) -> tuple[Named, Named]:
    """Images, and the labels in the file beside them; changes: how its name differs."""
    x, labels = read(images), _beside(images, *changes)
    return (x, str(images)), (read(labels), str(labels))


def _beside(path: Path, *changes: tuple[str, str]) -> Path:
    name = path.name
    for old, new in changes:
        name = name.replace(old, new)
    if name == path.name:
        raise DataError(f"{path}: name does not tell where its labels are (x_..., ...images...)")
    labels = path.with_name(name)
    if not labels.is_file():
        raise DataError(f"{labels}: missing, the labels of {path.name}")
    return labels


def _read_npy(path: Path) -> np.ndarray:
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except (ValueError, EOFError) as error:
        raise DataError(f"{path}: damaged npy file ({first_line(error)})") from None


def _pixels(x: np.ndarray, name: str, dtype: Any) -> np.ndarray:
    if x.ndim < 2 or len(x) == 0 or math.prod(x.shape[1:]) != N_PIXELS:
        raise DataError(f"{name}: images of shape {x.shape}, wanted (n, {N_PIXELS})")
    if x.dtype.kind not in "buif":
        raise DataError(f"{name}: pixels of type {x.dtype}, wanted numbers")
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        wrong = tuple(np.argwhere(~np.isfinite(x))[0])
        raise DataError(f"{name}: pixel {x[wrong]} in image {wrong[0]}, wanted 0..255 or 0..1")
    low, high = x.min(), x.max()
    if not 0 <= low <= high <= 255:
        raise DataError(f"{name}: pixels from {low} to {high}, wanted 0..255 or 0..1")
    pixels = x.reshape(len(x), N_PIXELS).astype(dtype)
    if high > 1:
        pixels /= 255
    return pixels


def _labels(y: np.ndarray, name: str) -> np.ndarray:
    if y.dtype.kind not in "buif":
        raise DataError(f"{name}: labels of type {y.dtype}, wanted numbers")
    if y.ndim == 2 and y.shape[1] == N_CLASSES:
        if not (np.all((y == 0) | (y == 1)) and np.all(y.sum(axis=1) == 1)):
            raise DataError(f"{name}: labels of shape {y.shape} that are not one-hot")
        return np.argmax(y, axis=1)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise DataError(f"{name}: labels of shape {y.shape}, wanted (n,) or (n, {N_CLASSES})")
    wrong = y[~np.isin(y, np.arange(N_CLASSES))]
    if len(wrong):
        raise DataError(f"{name}: label {wrong[0]} outside 0..{N_CLASSES - 1}")
    return y.astype(int)
