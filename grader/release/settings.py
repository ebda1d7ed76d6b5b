"""The setup.cfg of an archive: section `[grader]` for the autograder, none for students."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

from grader.config import value_of
from grader.config_file import read_section
from grader.release.archive import Entry, entry_of
from grader.suites import ROOT

KEPT = "secret"  # the folder of the archive for what the settings name: seed, ...
SEED = f"{KEPT}/seed"


def grader_settings(course: Path | None, chosen: Mapping[str, str]) -> tuple[str, dict[str, Entry]]:
    """The text of a setup.cfg with ours, the course's and the `chosen` settings laid over it.

    Mappings are laid over entry by entry, as config.load_settings does. A file that a setting names
    comes along, and the setting names it there.
    """
    texts: dict[str, str] = {}
    files: dict[str, Entry] = {}
    for root in (ROOT, course):
        if root is None:
            continue
        for key, text in read_section(root / "setup.cfg").items():
            value = value_of(root, key, text)
            if isinstance(value, dict):
                text = _laid_over(key, texts.get(key, ""), text, root)
            files.pop(key, None)
            if isinstance(value, Path) and key not in chosen:
                files[key], text = entry_of(value, 0o600), f"{KEPT}/{key}{value.suffix}"
            texts[key] = text
    texts |= chosen
    return _section("grader", texts), {texts[key]: entry for key, entry in files.items()}


def student_settings() -> str:
    """The text of a setup.cfg with which `pytest` runs the public checks."""
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return _section("tool:pytest", dict(parser["tool:pytest"]))


def _laid_over(key: str, ours: str, theirs: str, folder: Path) -> str:
    """Both lists of entries as one, without those of ours that the course sets anew."""
    new = value_of(folder, key, theirs)
    lines = [line for line in ours.splitlines() if line.strip()]
    kept = [line for line in lines if not value_of(folder, key, line).keys() & new.keys()]
    return "\n".join(["", *kept, *theirs.splitlines()])


def _section(name: str, texts: Mapping[str, str]) -> str:
    lines = [f"[{name}]"]
    for key, text in texts.items():
        first, *rest = (line.strip() for line in text.split("\n"))
        lines.append(f"{key} = {first}".rstrip())
        lines += [f"    {line}" for line in rest if line]
    return "\n".join([*lines, ""])
