"""Whether the bytes of a source file can be Python text at all, found without running it."""

import codecs
import re

from grader.sandbox.sources import encoding_of

UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# Those that decode in linear time; anything rarer is better saved as UTF-8 than guessed at.
ENCODINGS = re.compile(
    r"utf-8(-sig)?|ascii|iso8859-\d+|cp\d+|gb2312|gbk|gb18030|big5\w*|euc_\w+|shift_jis\w*"
    r"|koi8-\w|mac-\w+|johab"
)
ADVICE = "Save the file as UTF-8."


def source_problem(data: bytes) -> str:
    """Why the bytes are no Python source; completes a sentence that begins with the file's name.

    Empty where there is nothing to say: syntax is for the interpreter to judge.
    """
    if data.startswith(UTF_16_MARKS):
        return f"is saved as UTF-16, which Python does not read. {ADVICE}"
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        return "is empty."
    if b"\0" in data:
        return f"has a null byte in line {_line_of(data, data.index(0))}: it is not Python source."
    encoding = encoding_of(data)
    unknown = f"declares an encoding that Python does not read ({encoding}). {ADVICE}"
    if not ENCODINGS.fullmatch(encoding):
        return unknown
    try:
        data.decode(encoding)
    except LookupError:  # it looks like one of them, as cp1 does
        return unknown
    except UnicodeDecodeError as error:
        byte, line = data[error.start], _line_of(data, error.start)
        return f"is not valid {encoding}: byte 0x{byte:02x} in line {line}. {ADVICE}"
    return ""


def lines_of(data: bytes) -> list[str]:
    """The lines of a source file, for showing; whatever cannot be read is U+FFFD."""
    encoding = encoding_of(data)
    known = encoding if ENCODINGS.fullmatch(encoding) else "utf-8"
    try:
        return data.decode(known, "replace").splitlines()
    except LookupError:
        return data.decode("utf-8", "replace").splitlines()


def _line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
