"""Files of one JSON object a line: they grow with a long run, and a kill may cut the last off."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file, of all lines that are whole; none where there is no file."""
    for line in path.read_text("utf-8").splitlines() if path.is_file() else []:
        with suppress(json.JSONDecodeError):
            yield json.loads(line)


def append(path: Path, objects: Iterable[Mapping[str, Any]]) -> None:
    """Add a line for each object, in the file at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in objects)
