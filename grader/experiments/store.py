"""Results on disk, one file for each configuration, whole or not at all."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.experiments.study import Configuration, Result

FORMAT_VERSION = 1


class Store:
    """The results of one experiment in a folder.

    fingerprint: of the data, the submission and the code. A result of another fingerprint or of
    other settings is no result.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder
        self._fingerprint = fingerprint

    def load(self, configuration: Configuration) -> tuple[Result, float] | None:
        """(result, seconds that it took), or None where it is still to be run."""
        try:
            kept = json.loads(self._path(configuration).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(kept, dict) or kept.get("key") != self._key(configuration):
            return None
        return kept["result"], kept["seconds"]

    def save(self, configuration: Configuration, result: Result, seconds: float) -> Result:
        """Keep a result, and give it back as it will be loaded."""
        self._folder.mkdir(parents=True, exist_ok=True)
        plain = finite(result)
        kept = {"key": self._key(configuration), "seconds": round(seconds, 3), "result": plain}
        write_whole(self._path(configuration), json.dumps(kept, indent=1, allow_nan=False) + "\n")
        again: Result = json.loads(json.dumps(plain))
        return again

    def _path(self, configuration: Configuration) -> Path:
        return self._folder / f"{configuration.name}.json"

    def _key(self, configuration: Configuration) -> Mapping[str, Any]:
        settings = json.loads(json.dumps(configuration.settings))
        return {
            "format_version": FORMAT_VERSION,
            "fingerprint": self._fingerprint,
            "settings": settings,
        }


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is never seen unfinished."""
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(text, "utf-8")
    unfinished.replace(path)


def finite(value: Any) -> Any:
    """The value with None for numbers that JSON cannot hold (a diverged loss)."""
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
