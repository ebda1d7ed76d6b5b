"""Source files as Python's parser reads them: their encoding by the rules of PEP 263, their text.

The modules of Python that do so (tokenize) refuse a file whose encoding line itself holds bytes
outside UTF-8, such as an author's name in Latin-1 behind it; the parser does not.
"""

from __future__ import annotations

import codecs
import io
import re
import tokenize

DECLARATION = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"[ \t\f\r]*(#|$)")
_LONGEST = 40


def encoding_of(data: bytes) -> str:
    """The normal name of the encoding, or the one that was declared where there is none such."""
    head = data.split(b"\n", 2)[:2]
    try:
        name, _ = tokenize.detect_encoding(io.BytesIO(b"\n".join(head)).readline)
    except SyntaxError:
        name = _declared(head)
        if data.startswith(codecs.BOM_UTF8):
            return name
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return name


def text_of(data: bytes) -> str:
    """The text, each line ended by a newline; SyntaxError where it is none."""
    name = encoding_of(data)
    try:
        return io.TextIOWrapper(io.BytesIO(data), name).read()
    except LookupError:
        raise SyntaxError(f"unknown encoding: {name}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{error.object[error.start]:02x}"
        raise SyntaxError(f"{byte} in line {line} is not {name}") from None


def _declared(head: list[bytes]) -> str:
    """What the first two lines say. The second counts if the first is a comment, and is UTF-8."""
    for line in head:
        line = line.removeprefix(codecs.BOM_UTF8)
        found = DECLARATION.match(line)
        if found:
            return found[1][:_LONGEST].decode("ascii", "replace")
        if not _BLANK.match(line) or line.decode("utf-8", "replace").encode() != line:
            break
    return "utf-8"
