"""report.json: the whole report as versioned JSON, from which it can be rendered again."""

import json
from typing import Any, TextIO

from grader.results import Report
from grader.text import capped, visible

LONGEST = 20_000


def write(report: Report, stream: TextIO, *, show_hidden: bool = False) -> None:
    """Write the report; `show_hidden` adds what is for the instructor alone."""
    json.dump(clean(report.to_json(show_hidden)), stream, indent=1, allow_nan=False)
    stream.write("\n")


def clean(value: Any) -> Any:
    """The same JSON value with all texts made visible and capped."""
    if isinstance(value, str):
        return capped(visible(value), LONGEST)
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value
