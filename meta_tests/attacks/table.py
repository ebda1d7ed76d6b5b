"""The table of docs/security.md: which layer stops which attack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from meta_tests.attacks.corpus import ATTACKS, CHEATS
from meta_tests.attacks.record import LAYERS, Attack, Cheat

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "security.md"
BEGIN = "<!-- written by python -m meta_tests.attacks -->"
END = "<!-- to here -->"
# One letter for each column.
LETTERS = dict(zip(LAYERS, "SLUCMPNKTDWVBGI", strict=True))


def lines() -> Iterator[str]:
    """The table in Markdown: a row for each attack, in the order of their groups."""
    yield from (f"* **{LETTERS[layer]}** {layer}: {what}" for layer, what in LAYERS.items())
    yield ""
    yield "| attack | " + " | ".join(LETTERS.values()) + " | shown |"
    yield "|---|" + "---|" * (len(LETTERS) + 1)
    attacks: list[Attack | Cheat] = sorted([*ATTACKS, *CHEATS], key=lambda one: one.group)
    for one in attacks:
        cells = ["x" if layer in one.by else "" for layer in LAYERS]
        yield f"| {one.key} | {' | '.join(cells)} | {'yes' if one.otherwise else ''} |"


def text() -> str:
    """The lines between the two marks, these included."""
    return "\n".join([BEGIN, "", *lines(), "", END])


def parts() -> tuple[str, str, str]:
    """The document: before the table, the table, after it."""
    before, begin, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
    table, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT.name} has no two lines that mark the table")
    return before, begin + table + end, after
