"""Reads section `[grader]` of a setup.cfg; every mistake of syntax is one line that names it."""

from __future__ import annotations

import configparser
import difflib
from collections.abc import Iterable
from pathlib import Path

from grader.config_values import shown
from grader.errors import UsageError

SECTION = "grader"


def read_section(path: Path) -> dict[str, str]:
    """The keys and texts of the section; none where there is no file, or no section."""
    if not path.is_file():
        return {}
    parser = configparser.RawConfigParser()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        byte, line = error.object[error.start], 1 + error.object.count(b"\n", 0, error.start)
        raise UsageError(f"{path}: not valid UTF-8: byte 0x{byte:02x} in line {line}") from error
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise UsageError(f"{path}, {_mistake(error, text)}") from error
    _refuse_misspelt(path, parser.sections())
    return dict(parser[SECTION]) if parser.has_section(SECTION) else {}


def _mistake(error: configparser.Error, text: str) -> str:
    """The line of a mistake of syntax and what it is."""
    if isinstance(error, configparser.DuplicateSectionError):
        return f"line {error.lineno}: there are two sections [{error.section}]"
    if isinstance(error, configparser.DuplicateOptionError):
        return f"line {error.lineno}: section [{error.section}] has the key {error.option} twice"
    if not isinstance(error, configparser.ParsingError):
        return " ".join(str(error).split())
    if isinstance(error, configparser.MissingSectionHeaderError):
        number, what = error.lineno, f"stands below no section, such as [{SECTION}]"
    else:
        number, what = error.errors[0][0], "should read: key = value"
    return f"line {number}: {shown(text.splitlines()[number - 1].strip())} {what}"


def _refuse_misspelt(path: Path, sections: Iterable[str]) -> None:
    """Sections of other tools are no concern of ours, but one that is nearly ours is a slip."""
    for name in sections:
        if name != SECTION and difflib.get_close_matches(SECTION, [name.strip().lower()], 1, 0.8):
            what = f"there is no section [{name}]; did you mean [{SECTION}]?"
            raise UsageError(f"{path}: {what} Names of sections are in lower case")


def where(path: Path, key: str) -> str:
    """How an error about a key begins."""
    return f"{path}, section [{SECTION}], key {key}: "
