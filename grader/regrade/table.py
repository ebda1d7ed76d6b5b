"""A table with a head, as spreadsheets save it; every mistake is one line that names its place.

UTF-8 with or without a byte order mark, or UTF-16 with one; commas, semicolons or tabs, whichever
the head has; any line ends. Cells are text and nothing else: a formula stays what was written.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from grader.config_values import shown, unknown
from grader.errors import UsageError

LARGEST = 4 << 20  # bytes
DELIMITERS = ",;\t"
Line = tuple[int, Mapping[str, str]]


def read(path: Path, columns: Sequence[str]) -> list[Line]:
    """(number of the line, its cells by column) for each row; other columns are passed over.

    Empty rows, and rows that begin with #, are left out. Raises UsageError for a file that is no
    such table.
    """
    try:
        return list(_rows(text_of(path), columns))
    except csv.Error as error:
        raise UsageError(f"{path}: {error}") from error
    except ValueError as error:
        raise UsageError(f"{path}{error}") from error


def text_of(path: Path) -> str:
    """The text of a table. Raises UsageError, or ValueError to be put behind the file's name."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise ValueError(f": has more than {LARGEST:,} bytes")
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        number = 1 + error.object.count(b"\n", 0, error.start)
        what = f"not valid UTF-8: byte 0x{error.object[error.start]:02x}"
        raise ValueError(f", line {number}: {what}; save it as CSV UTF-8") from error


def _rows(text: str, columns: Sequence[str]) -> Iterator[Line]:
    head: list[str] = []
    for number, cells in cells_of(text):
        if not any(cells) or cells[0].startswith("#"):
            continue
        if not head:
            head = [cell.lower() for cell in cells]
            _refuse(number, head, columns)
            continue
        if any(cells[len(head) :]):
            raise ValueError(f", line {number}: {len(cells)} cells, but {len(head)} columns")
        row = dict(zip(head, [*cells, *[""] * len(head)], strict=False))
        yield number, {name: row[name] for name in columns}
    if not head:
        raise ValueError(f": is empty; its first line names the columns {', '.join(columns)}")


def _refuse(number: int, head: Sequence[str], columns: Sequence[str]) -> None:
    """Raise ValueError unless the head has each of the columns once."""
    for name in columns:
        if head.count(name) > 1:
            raise ValueError(f", line {number}: there are two columns {name}")
        if name not in head:
            others = [one for one in head if one not in columns]
            guess = unknown("column", name, others)
            raise ValueError(f", line {number}: {guess} (wanted: {', '.join(columns)})")


def cells_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """(first line, cells) of every row. Raises ValueError as `text_of` does."""
    lines = text.lstrip("\r\n")
    skipped = len(text[: len(text) - len(lines)].splitlines())
    first = next((line for line in lines.splitlines() if not line.startswith("#")), "")
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter, strict=True)
    number = 1 + skipped
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ValueError(f", line {number}: {error}") from error
        for cell in cells:
            if "\0" in cell:
                raise ValueError(f", line {number}: {shown(cell)} has a null byte")
        yield number, [cell.strip() for cell in cells]
        number = 1 + skipped + reader.line_num
