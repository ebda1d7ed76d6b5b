"""Image data sets that are published as four gzipped IDX files: download, check, write."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .download import Patience, PublishedFile, check_mirror, fetch
from .errors import DataError
from .idx import read_idx
from .options import add_folder_option
from .writing import size_text, write_images

SIDE = 28


@dataclass(frozen=True)
class PublishedSet:
    """A data set: its name, its files (images and labels of each part) and its mirrors."""

    name: str
    train: tuple[PublishedFile, PublishedFile]
    test: tuple[PublishedFile, PublishedFile]
    mirrors: Sequence[str]
    patience: Patience = field(default_factory=Patience)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The options of `python -m data NAME`."""
        add_folder_option(parser, self.name)
        here = "address of a folder with the same files, asked first (repeatable)"
        parser.add_argument("--mirror", action="append", default=[], metavar="URL", help=here)

    def run(self, args: argparse.Namespace) -> None:
        """Download what is missing, write HDF5 and npy files, say where."""
        mirrors = [*map(check_mirror, args.mirror), *self.mirrors]
        args.out.mkdir(parents=True, exist_ok=True)
        parts = {
            part: _read(*(fetch(file, mirrors, args.out, self.patience) for file in files))
            for part, files in (("train", self.train), ("test", self.test))
        }
        for path, (x, _) in zip(
            write_images(args.out, self.name, parts, data_set=self.name),
            parts.values(),
            strict=True,
        ):
            print(f"{path}: {len(x)} images, {size_text(path)}")


def _read(images: Path, labels: Path) -> tuple[np.ndarray, np.ndarray]:
    """(pixels uint8 (n, 784), labels uint8 (n,)) of a pair of IDX files."""
    x, y = read_idx(images), read_idx(labels)
    if x.ndim != 3 or x.shape[1:] != (SIDE, SIDE):
        raise DataError(f"{images}: images of shape {x.shape}, wanted (n, {SIDE}, {SIDE})")
    if y.shape != (len(x),):
        raise DataError(f"{labels}: labels of shape {y.shape} for {len(x)} images")
    return x.reshape(len(x), -1), y
