"""The secret seed: the one of the settings, or one that is made once and kept out of git."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.release.marker import MARKER
from grader.seeds import fingerprint, read_seed

FOLDER, FILE = ".grader-secret", "seed"


@dataclass(frozen=True)
class Seed:
    """Its bytes, the file that they are in, and whether it was made just now."""

    value: bytes
    path: Path
    new: bool = False

    @property
    def fingerprint(self) -> str:
        """What reports show of it."""
        return fingerprint(self.value)


def find_seed(chosen: Path | None, home: Path) -> Seed:
    """The seed of the settings or, where they name none, the one kept in `home`, made if need be.

    Raises UsageError where it cannot be read or made.
    """
    if chosen is not None:
        return Seed(read_seed(chosen), chosen)
    path = home / FOLDER / FILE
    new = not path.exists() and _make(path)
    return Seed(read_seed(path), path, new)


def _make(path: Path) -> bool:
    """Write a new seed; False if another build was faster, whose seed then stands."""
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # Git then leaves it alone, in whatever repository a course folder is.
        (path.parent / ".gitignore").write_text("*\n", encoding="ascii")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="ascii") as file:
            file.write(f"{MARKER} {secrets.token_hex(32)}\n")
    except FileExistsError:
        return False
    except OSError as error:
        what = f"no seed can be kept in {path}: {error.strerror}"
        raise UsageError(f"{what}; name a file in seed_file") from error
    return True
