"""Worker side: what to say of a file that is not Python, or not yet."""

from __future__ import annotations

import re
import sys

from .text import cut

# What came with which version, as it looks on the line where an older parser stops.
_NEWER = (
    ((3, 11), re.compile(r"^\s*except\s*\*"), "except*"),
    ((3, 12), re.compile(r"^\s*type\s+\w+\s*(\[.*\])?\s*="), "the type statement"),
    ((3, 12), re.compile(r"^\s*(async\s+)?(def|class)\s+\w+\s*\["), "type parameters"),
    ((3, 12), re.compile(r"\b[rR]?[fF][rR]?(\"[^\"]*\{[^}\"]*\"|'[^']*\{[^}']*')"), "f-strings"),
    ((3, 14), re.compile(r"^\s*except\s+\w+\s*,\s*\w+[\w\s,]*:"), "except without brackets"),
    ((3, 14), re.compile(r"(?<!\w)[rR]?[tT][rR]?[\"']"), "t-strings"),
)
_MAGIC = re.compile(r"^\s*[%!]")


def syntax_message(error: SyntaxError) -> str:
    """The line, a caret under the place, and a hint where the reason is likely known."""
    line = (error.text or "").rstrip("\n")
    parts = [f"line {error.lineno}: {error.msg}" if error.lineno else str(error.msg)]
    if line:
        parts.append(cut(line, 200))
        parts.append(" " * min(200, max(0, (error.offset or 1) - 1)) + "^")
    hint = newer_grammar(line) or _other_hint(line)
    return "\n".join([*parts, hint] if hint else parts)


def newer_grammar(line: str, version: tuple[int, int] | None = None) -> str:
    """A sentence if a newer Python than `version` (default: this one) would take the line."""
    here = version or sys.version_info[:2]
    for since, pattern, what in _NEWER:
        if here < since and pattern.search(line):
            return (
                f"A newer Python may accept this ({what} as of {since[0]}.{since[1]}); "
                f"it is graded with Python {here[0]}.{here[1]}."
            )
    return ""


def _other_hint(line: str) -> str:
    if _MAGIC.match(line):
        return "This is a notebook command, not Python: remove the line."
    return ""
