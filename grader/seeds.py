"""Where every random draw of a grading comes from: one secret seed, one stream per check.

A stream is numpy's PCG64 seeded with SHA-256(seed || name), so that a check's cases depend on
nothing but the seed and the check's id: not on the order of the checks, nor on which others run.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from grader.config_values import seed_in
from grader.errors import UsageError

DEVELOPMENT_SEED = b"public development seed"
SEED_WARNING = "No seed_file is set: the cases come from the public development seed."


def read_seed(path: Path | None) -> bytes:
    """The secret seed: the file's bytes without surrounding white space; None: the public one.

    Raises UsageError where the file cannot be read or holds fewer than 16 bytes.
    """
    if path is None:
        return DEVELOPMENT_SEED
    try:
        return seed_in(path)
    except ValueError as error:
        raise UsageError(f"seed_file: {error}") from error


def fingerprint(seed: bytes) -> str:
    """Eight hex digits that tell two seeds apart and give neither away."""
    return hashlib.sha256(seed).hexdigest()[:8]


def stream(seed: bytes, name: str) -> np.random.Generator:
    """The generator of one check's draws."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(_digest(seed, name), "big")))


def number(seed: bytes, name: str) -> int:
    """A 31-bit number for seeding the student's generators before a check."""
    return int.from_bytes(_digest(seed, name)[:4], "big") >> 1


def _digest(seed: bytes, name: str) -> bytes:
    return hashlib.sha256(seed + b"\0" + name.encode()).digest()
