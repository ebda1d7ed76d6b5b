"""The tables of docs/security.md: what is tried where, and which layer stops which attack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from meta_tests.attacks.corpus import ATTACKS, CHEATS
from meta_tests.attacks.record import CONFIGURATIONS, LAYERS, Attack, Cheat, trials

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "security.md"
BEGIN = "<!-- written by python -m meta_tests.attacks -->"
END = "<!-- to here -->"
# One letter for each column.
LETTERS = dict(zip(LAYERS, "SLUCMPNKTDWVBGI", strict=True))


def lines() -> Iterator[str]:
    """The tables in Markdown: configurations, then a row for each attack, by their groups."""
    yield "| configuration | attacks | held | not held | runs, controls among them |"
    yield "|---|---|---|---|---|"
    yield from map(_configuration, CONFIGURATIONS)
    yield ""
    yield from (f"* **{LETTERS[layer]}** {layer}: {what}" for layer, what in LAYERS.items())
    yield ""
    yield "| attack | " + " | ".join(LETTERS.values()) + " | shown |"
    yield "|---|" + "---|" * (len(LETTERS) + 1)
    attacks: list[Attack | Cheat] = sorted([*ATTACKS, *CHEATS], key=lambda one: one.group)
    for one in attacks:
        cells = ["x" if layer in one.by else "" for layer in LAYERS]
        yield f"| {one.key} | {' | '.join(cells)} | {'yes' if one.otherwise else ''} |"


def _configuration(name: str) -> str:
    """How many attacks there are, which of them succeed, and how many runs that takes."""
    tried = [one for one in ATTACKS if one.tried_in(name)]
    through = [one.key for one in tried if not one.layers(name)]
    runs = sum(len(list(trials(one, name))) for one in tried)
    runs += sum(1 + one.shown_in(name) for one in CHEATS)
    n = len(tried) + len(CHEATS)
    return f"| {name} | {n} | {n - len(through)} | {'; '.join(through) or 'none'} | {runs} |"


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
