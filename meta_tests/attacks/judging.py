"""Did every attack meet what it must?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meta_tests.attacks.corpus import ATTACKS, CHEATS
from meta_tests.attacks.gradings import expected
from meta_tests.attacks.record import Attack, Cheat, meets, trials


def judged(found: Mapping[str, Mapping[str, Any]], configuration: str) -> dict[str, list[str]]:
    """Attack -> what is wrong, of those that were run; nothing is wrong in an empty list."""
    verdicts = {}
    attacks: list[Attack | Cheat] = [*ATTACKS, *CHEATS]
    for one in attacks:
        if one.key in found:
            verdicts[one.key] = [line for line in _wrong(one, found, configuration) if line]
    return verdicts


def _wrong(
    one: Attack | Cheat, found: Mapping[str, Mapping[str, Any]], configuration: str
) -> list[str]:
    if isinstance(one, Attack):
        wanted = {trial.key: trial.expected for trial in trials(one, configuration)}
    else:
        wanted = {one.key: expected(one)}
        if one.shown_in(configuration):
            wanted[one.without] = one.otherwise
    lines = [_told(key, found[key]["seen"], want) for key, want in wanted.items()]
    # Whatever is switched off, an attack may leave something behind; with everything on it may not.
    return [*lines, *(f"{one.key}: {change}" for change in found[one.key]["changed"])]


def _told(key: str, seen: str, want: str) -> str:
    return "" if meets(seen, want) else f"{key}: met {seen}, expected {want}"
