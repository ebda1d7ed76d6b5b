"""Whether the bytes of a source file can be Python text at all, found without running it."""

import codecs
import io
import re
import tokenize

UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DECLARATION = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)

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
    if not data.strip():
        return "is empty."
    if b"\0" in data:
        return f"has a null byte in line {_line_of(data, data.index(0))}: it is not Python source."
    encoding = _declared(data)
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


def _declared(data: bytes) -> str:
    """The normal name of the encoding by the rules of PEP 263, or the one that was declared."""
    head = b"\n".join(data.split(b"\n", 2)[:2])
    try:
        name, _ = tokenize.detect_encoding(io.BytesIO(head).readline)
        return codecs.lookup(name).name
    except SyntaxError:
        found = DECLARATION.search(head.removeprefix(codecs.BOM_UTF8))
        return found[1][:40].decode("ascii", "replace") if found else "utf-8"


def _line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
