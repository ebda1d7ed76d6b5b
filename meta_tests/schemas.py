"""The schemas in docs/schemas, and the files that have to follow them."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "schemas"
SCHEMAS = {"report.json": "report.schema.json", "results.json": "results.schema.json"}
MOST = 3


def load(text: str) -> Any:
    """JSON as others read it: no NaN, no infinity, no key twice."""
    return json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)


def schema(name: str) -> Any:
    """The schema of report.json or results.json."""
    return load((FOLDER / SCHEMAS[name]).read_text("utf-8"))


def problems(name: str, data: Any) -> list[str]:
    """What in a report.json or results.json is against its schema."""
    return [f"{error.json_path}: {error.message[:200]}" for error in _validator(name)(data)]


def problems_below(folder: Path) -> list[str]:
    """The same of all such files in a folder, each with its path; the first few of each."""
    found = []
    for place, _, names in os.walk(folder):
        for name in set(names) & set(SCHEMAS):
            path = Path(place, name)
            data = load(path.read_text("utf-8"))
            found += [f"{path}: {problem}" for problem in problems(name, data)[:MOST]]
    return found


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(schema(name))
    return Draft202012Validator(schema(name)).iter_errors


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError(f"a key twice in {[key for key, _ in pairs]}")
    return dict(pairs)
