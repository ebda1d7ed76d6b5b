"""Text that came from student code, made safe to show."""

from __future__ import annotations

import re

# Control codes but for tab and newline, marks that change the direction of text, line and
# paragraph separators, surrogates without a partner, and characters that show as nothing.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# Where a text was cut before, by the worker that is nearer to it.
_CUT = re.compile("\u2026 \\(([0-9][0-9,]{0,14}) more characters\\)")


def clean(text: str, limit: int = 500) -> str:
    """`text` with unsafe characters replaced by U+FFFD, cut to `limit` characters."""
    return _UNSAFE.sub("\ufffd", cut(text, limit))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of the text, and how many are missing, however often it is cut."""
    if len(text) <= limit:
        return text
    rest = text[limit:]
    before = sum(int(number.replace(",", "")) for number in _CUT.findall(rest))
    missing = len(_CUT.sub("", rest)) + before
    return f"{text[:limit]}\u2026 ({missing:,} more characters)"
