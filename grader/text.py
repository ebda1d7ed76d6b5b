"""Text that someone else wrote, made safe to show: nothing invisible, nothing endless."""

import math
import re
import unicodedata

# Printable to Python, and yet nothing is seen of them: fillers, joiners, selectors of variants.
BLANKS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
CUT = re.compile(r"… \(([0-9][0-9,]{0,14}) more characters\)")  # by the sandbox, or here
# In seconds: what others than the instructor are told of a time. A submission may sleep for as long
# as an input of a hidden check says, and nearly every grading is over within the first step.
COARSE = 10.0
MOST_MARKS = 4  # on one letter; more of them run over the lines above and below


def visible(text: str, keep: str = "\n") -> str:
    """The text with every control, bidirectional and other character escaped that is not seen."""
    if text.isascii() and text.isprintable():
        return text
    text = BLANKS.sub(lambda found: _escape(found[0]), text)
    text = "".join(c if c.isprintable() or c in keep else _escape(c) for c in text)
    return _unstacked(text)


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, safe to print, such as a file name."""
    return capped(visible(text, keep=""), limit)


def capped(text: str, limit: int) -> str:
    """At most `limit` characters of the text, and how many were cut, in the sandbox or here."""
    if len(text) <= limit:
        return text
    rest = text[limit:]
    before = sum(int(number.replace(",", "")) for number in CUT.findall(rest))
    missing = len(CUT.sub("", rest)) + before
    return f"{text[:limit]}… ({missing:,} more characters)"


def join_lines(*lines: str) -> str:
    """The lines that are not empty, one below the other."""
    return "\n".join(line for line in lines if line)


def listed(names: list[str], limit: int = 6) -> str:
    """The first names, safe to print, and how many more there are."""
    text = ", ".join(one_line(name, 80) for name in names[:limit])
    return f"{text} and {len(names) - limit:,} more" if len(names) > limit else text


def _unstacked(text: str) -> str:
    """The text with all but the first marks on a letter escaped."""
    shown, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        shown.append(character if marks <= MOST_MARKS else _escape(character))
    return "".join(shown)


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def told_seconds(seconds: float) -> float:
    """How long something took, rounded up to a multiple of `COARSE`."""
    return COARSE * math.ceil(seconds / COARSE)
