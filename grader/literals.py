"""Values as Python source: exact, short where the value is, broken into lines where it is long."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

WIDTH = 88
INDENT = 4
# At least so many rows of one-hot labels are written as rows of np.eye.
MANY_ROWS = 4


@dataclass(frozen=True)
class Group:
    """Parts between brackets, on one line or one below the other; filled: as many as fit a line."""

    start: str
    parts: Sequence[Node]
    end: str
    filled: bool = False
    is_tuple: bool = False


Node = str | Group


def flat(node: Node) -> str:
    """All on one line."""
    if isinstance(node, str):
        return node
    inner = ", ".join(flat(part) for part in node.parts)
    comma = "," if node.is_tuple and len(node.parts) == 1 else ""
    return f"{node.start}{inner}{comma}{node.end}"


def laid_out(node: Node, used: int = 0, indent: int = 0) -> str:
    """On one line if it fits behind `used` columns, else broken at the outermost brackets."""
    line = flat(node)
    if isinstance(node, str) or used + len(line) < WIDTH or not node.parts:
        return line
    inner, margin = indent + INDENT, " " * (indent + INDENT)
    if node.filled:
        text = ", ".join(flat(part) for part in node.parts) + ","
        body = textwrap.fill(text, WIDTH, initial_indent=margin, subsequent_indent=margin)
    else:
        parts = (_part(part, inner) for part in node.parts)
        body = "\n".join(f"{margin}{part}," for part in parts)
    return f"{node.start}\n{body}\n{' ' * indent}{node.end}"


def _part(node: Node, indent: int) -> str:
    """One part on lines of its own; of a keyword argument the value is what is broken."""
    if isinstance(node, Group) or len(node) + indent < WIDTH:
        return laid_out(node, indent + 1, indent)
    return node


def literal(value: Any, special: Callable[[Any], Node | None] = lambda value: None) -> Node:
    """The source of a plain value; `special` gives that of what is none, or None."""
    found = special(value)
    if found is not None:
        return found
    if isinstance(value, np.ndarray):
        return array(value)
    if isinstance(value, (tuple, list)):
        parts = [literal(part, special) for part in value]
        return _sequence(parts, *("()" if isinstance(value, tuple) else "[]"))
    if isinstance(value, Mapping):
        pairs = ((literal(k, special), literal(v, special)) for k, v in value.items())
        return Group("{", [joined(f"{flat(key)}: ", part) for key, part in pairs], "}")
    return _scalar(value)


def joined(lead: str, node: Node) -> Node:
    """The node with a text directly before it."""
    if isinstance(node, str):
        return lead + node
    return replace(node, start=lead + node.start)


def _sequence(parts: list[Node], start: str, end: str) -> Node:
    alike = len(parts) > 1 and isinstance(parts[0], Group) and len({flat(p) for p in parts}) == 1
    if alike:
        once = Group(start, parts[:1], end, is_tuple=start == "(")
        return f"{flat(once)} * {len(parts)}"
    return Group(start, parts, end, is_tuple=start == "(")


def _scalar(value: Any) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return {"nan": "np.nan", "inf": "np.inf", "-inf": "-np.inf"}[repr(value)]
    if isinstance(value, str):
        return (
            '"' + repr(value)[1:-1] + '"'
            if repr(value)[0] == "'" and '"' not in value
            else repr(value)
        )
    return repr(value)


def array(value: np.ndarray) -> Node:
    """np.array([[1.0, 2.0]]), or something shorter that gives the same array."""
    dtype = "" if value.dtype.kind in "bU" or value.dtype in (np.float64, np.int64) else value.dtype
    if value.size == 0:
        return f"np.zeros({value.shape})"
    if not dtype and (short := _short(value)):
        return short
    rows = _rows(value)
    if dtype or isinstance(rows, str):
        return Group("np.array(", [rows, *([f"dtype=np.{dtype}"] if dtype else [])], ")")
    return Group(f"np.array({rows.start}", rows.parts, f"{rows.end})", rows.filled)


def _short(value: np.ndarray) -> str:
    if value.dtype != np.float64 or value.size < MANY_ROWS:
        return ""
    if np.array_equal(value, np.zeros(value.shape)) and not np.signbit(value).any():
        return f"np.zeros({value.shape})"
    if np.array_equal(value, np.ones(value.shape)):
        return f"np.ones({value.shape})"
    if value.ndim != 2 or len(value) < MANY_ROWS or value.shape[1] < 2:
        return ""
    classes = value.argmax(axis=1)
    if np.array_equal(value, np.eye(value.shape[1])[classes]):
        return f"np.eye({value.shape[1]})[{classes.tolist()}]"
    return ""


def _rows(value: np.ndarray) -> Node:
    if value.ndim == 0:
        return _scalar(value[()]) if value.dtype != np.float32 else str(value[()])
    parts = [_rows(row) for row in value] if value.ndim > 1 else [_number(x) for x in value]
    return Group("[", parts, "]", filled=value.ndim == 1)


def _number(value: np.generic) -> str:
    """The shortest text that gives this very number in its own type."""
    if isinstance(value, np.floating) and np.isfinite(value) and not isinstance(value, np.float64):
        return str(value)
    return _scalar(value)
