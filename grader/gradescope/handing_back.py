"""The last results once more, for a submission beyond the limit.

Earlier results come from outside: only what the platform documents is written again, and an entry
of another type or value is left out.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from typing import Any

from grader.gradescope.allowance import counted
from grader.gradescope.metadata import UNGRADED, Earlier, Metadata

FORMATS = ("text", "html", "simple_format", "md", "ansi")
VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
LARGEST = 1e15  # of numbers
OWN = "handed_back"  # in extra_data: the output as it was before a message was put on top
# The value as it may be written; None for one that may not.
Clean = Callable[[Any], Any]


def handed_back(metadata: Metadata, message: str) -> dict[str, Any] | None:
    """The last results with the message on top; None where nothing is known of any."""
    latest = max(metadata.earlier, key=_order, default=None)
    known = counted(metadata)
    if latest is not None and latest in known and latest.results is not None:
        results = _sound(latest.results, latest.score)
        if results is not None:
            text = f"{message} These are the results of the last one:"
            return _with_message(results, text, metadata.ungraded)
    scored = [one for one in known if one.score is not None]
    if not scored:
        return None
    last = max(scored, key=_order)
    text = f"{message} The score is that of the last one; its results are in your history."
    extra = {UNGRADED: metadata.ungraded}
    return {
        "score": last.score,
        "output": text,
        "output_format": "text",
        "tests": [],
        "extra_data": extra,
    }


def _order(one: Earlier) -> tuple[float, bool]:
    return (one.at.timestamp() if one.at else 0.0, one.results is not None)


def _sound(results: Mapping[str, Any], score: float | None) -> dict[str, Any] | None:
    """What of earlier results the platform will take again; None where there is no score."""
    kept = _clean(results, TOP_LEVEL)
    if "score" not in kept and score is not None:
        kept["score"] = score
    scored = any("score" in row for row in kept.setdefault("tests", []))
    return kept if "score" in kept or scored else None


def _with_message(results: dict[str, Any], message: str, ungraded: list[str]) -> dict[str, Any]:
    extra = dict(results.get("extra_data", {}))
    before = extra.get(OWN)
    before = before if isinstance(before, str) else results.get("output", "")
    if results.get("output_format") == "html":
        output = f"<p><strong>{html.escape(message)}</strong></p>\n{before}"
    else:
        output = f"{message}\n\n{before}"
    return {**results, "output": output, "extra_data": {**extra, OWN: before, UNGRADED: ungraded}}


def _clean(data: Mapping[str, Any], rules: Mapping[str, Clean]) -> dict[str, Any]:
    """The entries that are known and of a legal value."""
    found = {key: rules[key](value) for key, value in data.items() if key in rules}
    return {key: value for key, value in found.items() if value is not None}


def _number(value: Any) -> float | None:
    """A finite number; NaN compares as false."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return value if good and -LARGEST < value < LARGEST else None


def _not_negative(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and number >= 0 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _one_of(*legal: str) -> Clean:
    return lambda value: value if isinstance(value, str) and value in legal else None


def _texts(value: Any) -> list[str] | None:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else None


def _object(value: Any) -> dict[str, Any] | None:
    """An object without numbers that JSON does not know."""
    if not isinstance(value, dict):
        return None
    try:
        found = json.loads(json.dumps(value, indent=1), parse_constant=lambda _: None)
    except (TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _tests(value: Any) -> list[dict[str, Any]] | None:
    return _all(value, TEST, ())


def _entries(value: Any) -> list[dict[str, Any]] | None:
    return _all(value, ENTRY, ("name", "value"))


def _all(
    value: Any, rules: Mapping[str, Clean], needed: tuple[str, ...]
) -> list[dict[str, Any]] | None:
    """The objects of a list, those without something that is needed left out."""
    if not isinstance(value, list):
        return None
    found = [_clean(one, rules) for one in value if isinstance(one, dict)]
    return [one for one in found if one and all(name in one for name in needed)]


# As in docs/schemas/results.schema.json.
FORMAT, VISIBILITY = _one_of(*FORMATS), _one_of(*VISIBILITIES)
TEST: Mapping[str, Clean] = {
    "score": _number,
    "max_score": _not_negative,
    "status": _one_of("passed", "failed"),
    "name": _text,
    "name_format": FORMAT,
    "number": _text,
    "output": _text,
    "output_format": FORMAT,
    "tags": _texts,
    "visibility": VISIBILITY,
    "extra_data": _object,
}
ENTRY: Mapping[str, Clean] = {
    "name": _text,
    "value": lambda value: value if isinstance(value, str) else _number(value),
    "order": _one_of("asc", "desc"),
}
TOP_LEVEL: Mapping[str, Clean] = {
    "score": _number,
    "execution_time": _not_negative,
    "output": _text,
    "output_format": FORMAT,
    "test_output_format": FORMAT,
    "test_name_format": FORMAT,
    "visibility": VISIBILITY,
    "stdout_visibility": VISIBILITY,
    "tests": _tests,
    "leaderboard": _entries,
    "extra_data": _object,
}
