"""Where an experiment's data lies, found and checked before anything is run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from data import DataError, embedded_file, find_file, load_file
from data.catalogue import NAMES, resolve, suggestion
from grader.errors import UsageError
from grader.experiments.sequences import find_sequences, load_sequences

Arrays = tuple[np.ndarray, np.ndarray]
USUAL = {"images": "mnist", "sequences": "human-machine"}


@dataclass(frozen=True)
class Source:
    """A data set: its files, the number of its examples, and a digest of what is read at first.

    test: never read here. title: for the reader.
    """

    kind: str = ""
    title: str = ""
    train: Path | None = None
    test: Path | None = None
    count: int = 0
    digest: str = ""


def find(kind: str, place: str | None, quick: bool) -> Source:
    """The data of this kind at a path or under a name; raises UsageError with how to get it.

    Without a place: the embedded digits for a quick run, else what `python -m data` has made.
    """
    if not kind:
        return Source()
    try:
        return _images(place, quick) if kind == "images" else _sequences(place, quick)
    except DataError as error:
        raise UsageError(f"{error}") from None


def _folder(kind: str, place: str | None) -> Path:
    usual = USUAL[kind]
    folder = resolve(place or usual)
    if folder.exists():
        return folder
    if place is None or place in NAMES:
        name = place or usual
        raise UsageError(
            f"{name} is not here: `python -m data {name}` gets it, --data DIR says where it is, "
            "and --quick does without it"
        )
    raise UsageError(f"--data: there is no folder or data set {place}{suggestion(place)}")


def _images(place: str | None, quick: bool) -> Source:
    if place is None and quick:
        train, test = embedded_file("train"), embedded_file("test")
    else:
        folder = _folder("images", place)
        train, test = find_file("train", folder), find_file("test", folder)
    arrays = load_images(train)
    title = f"{train.name}, {len(arrays[0]):,} images of ten classes"
    return Source("images", title, train, test, len(arrays[0]), digest(arrays))


def _sequences(place: str | None, quick: bool) -> Source:
    path = None
    if place is not None or not quick:
        path = find_sequences(_folder("sequences", place))
    arrays = load_sequences(path)
    count = sum(map(len, arrays))
    name = "generated for this run" if path is None else path.name
    title = f"{name}, {count:,} sequences of 20 signs, human and machine"
    return Source("sequences", title, path, None, count, digest(arrays))


@lru_cache(maxsize=2)
def load_images(path: Path) -> Arrays:
    """(x float32 (n, 784), labels (n,)), read once in a process; not to be written to."""
    x, labels = load_file(path, dtype=np.float32)
    x.flags.writeable = labels.flags.writeable = False
    return x, labels


def digest(arrays: Iterable[np.ndarray]) -> str:
    """Sixteen hex digits of the arrays' content."""
    hashed = hashlib.sha256()
    for array in arrays:
        hashed.update(np.ascontiguousarray(array))
    return hashed.hexdigest()[:16]
