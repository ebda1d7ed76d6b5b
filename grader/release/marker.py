"""What must never reach students, and how it is recognised."""

from __future__ import annotations

from collections.abc import Mapping

from grader.errors import GraderError
from grader.release.archive import Entry

# In the first line of every file with hidden checks or answers, and in every seed made here.
MARKER = "grader-secret"
SECRET_FOLDERS = ("grader/checks", "grader/reference", "grader/misconceptions", "grader/standins")


def refuse_secrets(entries: Mapping[str, Entry], seed: bytes) -> None:
    """Raise GraderError where students would be given a marked file, a part of ours or the seed."""
    for name, entry in entries.items():
        if name.startswith("grader/"):
            raise GraderError(f"student.zip: {name} is part of the grader; nothing was written")
        if MARKER.encode() in entry.content:
            what = f"{name} holds {MARKER!r}, so it is a hidden check or an answer"
            raise GraderError(f"student.zip: {what}; nothing was written")
        if seed in entry.content:
            raise GraderError(f"student.zip: {name} holds the secret seed; nothing was written")
