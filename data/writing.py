"""Writing of data sets: whole under their final name, or not at all.

Equal content gives equal bytes: no file holds the time of its making.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`: moved there when the block ends well, else removed."""
    unfinished = path.with_name(f"{path.name}.new")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_hdf5(
    path: Path,
    sets: Mapping[str, np.ndarray],
    attributes: Mapping[str, Any] | None = None,
    *,
    level: int = 4,
) -> None:
    """Write the arrays by their keys, gzipped at the level 1..9, and attributes of the file."""
    import h5py

    with replacing(path) as unfinished, h5py.File(unfinished, "w", track_order=False) as file:
        file.attrs.update(attributes or {})
        for key, values in sets.items():
            file.create_dataset(
                key, data=values, compression="gzip", compression_opts=level, track_times=False
            )


def write_npy(path: Path, values: np.ndarray) -> None:
    """Write one array."""
    with replacing(path) as unfinished, unfinished.open("wb") as file:
        np.save(file, values, allow_pickle=False)


def write_images(
    folder: Path, name: str, parts: Mapping[str, tuple[np.ndarray, np.ndarray]], **attributes: Any
) -> list[Path]:
    """Write images and labels where the templates read them; return the paths of the HDF5 files.

    parts: "train" and "test", each pixels uint8 (n, 784) and labels uint8 (n,). Files:
    <name>_traindata.hdf5 (keys xdata, ydata), x_train.npy, y_train.npy; likewise test.
    """
    paths = []
    for part, (x, y) in parts.items():
        paths.append(folder / f"{name}_{part}data.hdf5")
        write_hdf5(paths[-1], {"xdata": x, "ydata": y}, attributes)
        write_npy(folder / f"x_{part}.npy", x)
        write_npy(folder / f"y_{part}.npy", y)
    return paths


def size_text(path: Path) -> str:
    """The size of a file for a message, in MB."""
    return f"{path.stat().st_size / 1e6:.2f} MB"
