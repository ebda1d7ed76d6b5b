"""Text that came from student code, made safe to show."""

from __future__ import annotations

import re

# Control codes but for tab and newline, marks that change the direction of text, line and
# paragraph separators, surrogates without a partner, and characters that show as nothing.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def clean(text: str, limit: int = 500) -> str:
    """`text` with unsafe characters replaced by U+FFFD, at most `limit` characters long."""
    cut = text[: limit + 1]
    if len(cut) > limit:
        cut = cut[: max(0, limit - 1)] + "\u2026"
    return _UNSAFE.sub("\ufffd", cut)
