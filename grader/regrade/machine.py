"""What moved, as JSON. Formats: 1, the first."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, TextIO

from grader.regrade.comparing import Change, Comparison, Pair
from grader.regrade.stored import Stored, StoredCheck

FORMAT_VERSION = 1


def write(found: Comparison, kept: Collection[str], stream: TextIO) -> None:
    """Write all pairs; `kept` are the students whose earlier report was kept."""
    json.dump(content(found, kept), stream, indent=1, allow_nan=False)
    stream.write("\n")


def content(found: Comparison, kept: Collection[str] = ()) -> dict[str, Any]:
    """Plain JSON data."""
    return {
        "format_version": FORMAT_VERSION,
        "old": str(found.old),
        "new": str(found.new),
        "moved": len(found.moved),
        "reasons": [{"why": why, "students": count} for why, count in found.reasons()],
        "students": [_pair(pair, pair.student in kept) for pair in found.pairs],
        "only_old": sorted(found.only_old),
        "only_new": sorted(found.only_new),
    }


def _pair(pair: Pair, kept: bool) -> dict[str, Any]:
    return {
        "student": pair.student,
        "moved": pair.moved,
        "change": pair.cents / 100,
        "why": pair.why,
        "kept_old": kept,
        "old": _side(pair.old),
        "new": _side(pair.new),
        "differences": [
            {"name": one.name, "old": one.old, "new": one.new} for one in pair.differences
        ],
        "checks": [_change(change) for change in pair.changes],
    }


def _side(one: Stored) -> dict[str, Any]:
    return {
        "file": Path(one.path).as_posix(),
        "score": one.cents / 100,
        "max_score": one.most / 100,
        "circumstances": dict(one.circumstances),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.check,
        "function": change.either.function,
        "title": change.either.title,
        "change": change.cents / 100,
        "why": change.why,
        "old": _check(change.old),
        "new": _check(change.new),
    }


def _check(one: StoredCheck | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"status": str(one.status), "score": one.cents / 100, "max_score": one.most / 100}
