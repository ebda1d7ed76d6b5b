"""Where an experiment's data lies, found and checked before anything is run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data import DataError, embedded_file, find_file, load_file
from data.human_machine import SEED, STREAM, human_block, machine_block
from data.sequences import find_sequences, load_sequences
from grader.errors import UsageError

Arrays = tuple[np.ndarray, np.ndarray]
USUAL = {"images": "mnist", "sequences": "human-machine"}


@dataclass(frozen=True)
class Source:
    """What configurations know of a data set: a training file, the number of its examples, and a
    digest of them. title: for the reader."""

    kind: str = ""
    title: str = ""
    train: Path | None = None
    count: int = 0
    digest: str = ""


def find(kind: str, place: str | None, quick: bool) -> tuple[Source, Path | None]:
    """(the data of this kind at a path or under a name, its test file, which is for the seal alone
    and not read here); raises UsageError with how to get the data.

    Without a place: the embedded digits or generated sequences for a quick run, else what
    `python -m data` has made.
    """
    if not kind:
        return Source(), None
    try:
        return _images(place, quick) if kind == "images" else (_sequences(place, quick), None)
    except DataError as error:
        hint = "" if place else "; --data DIR says where it is, --quick does without it"
        raise UsageError(f"{error}{hint}") from None


def _images(place: str | None, quick: bool) -> tuple[Source, Path]:
    if place is None and quick:
        train, test = embedded_file("train"), embedded_file("test")
    else:
        train, test = (find_file(part, place or USUAL["images"]) for part in ("train", "test"))
    arrays = read_images(train)
    title = f"{train.name}, {len(arrays[0]):,} images of ten classes"
    return Source("images", title, train, len(arrays[0]), digest(arrays)), test


def _sequences(place: str | None, quick: bool) -> Source:
    path = None if place is None and quick else find_sequences(place or USUAL["sequences"])
    arrays = sequences(path)
    name = "generated for this run" if path is None else path.name
    title = f"{name}, {len(arrays[0]):,} sequences of 20 signs, human and machine"
    return Source("sequences", title, path, len(arrays[0]), digest(arrays))


def sequences(path: Path | None) -> Arrays:
    """(x float32 (n, 20), labels: 1 human, 0 machine).

    Without a path: a thousand of each kind, the first of `python -m data human-machine`.
    """
    if path is not None:
        return load_sequences(path, dtype=np.float32)
    makers = {"human": human_block, "machine": machine_block}
    made = [makers[kind](np.random.default_rng([SEED, STREAM[kind], 0])) for kind in makers]
    labels = np.repeat([1, 0], list(map(len, made)))
    return np.concatenate(made).astype(np.float32), labels


def read_images(path: Path) -> Arrays:
    """(x float32 (n, 784), labels (n,)); not to be written to."""
    x, labels = load_file(path, dtype=np.float32)
    x.flags.writeable = labels.flags.writeable = False
    return x, labels


def digest(arrays: Iterable[np.ndarray]) -> str:
    """Sixteen hex digits of the arrays' content."""
    hashed = hashlib.sha256()
    for array in arrays:
        hashed.update(np.ascontiguousarray(array).data)
    return hashed.hexdigest()[:16]
