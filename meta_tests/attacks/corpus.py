"""All attacks, in the order of their groups."""

from __future__ import annotations

from meta_tests.attacks import (
    callbacks,
    cheats,
    endings,
    endless,
    filling,
    frames,
    kernel,
    lies,
    memory,
    mischief,
    on_disk,
    processes,
    starting,
    values,
)
from meta_tests.attacks.record import Attack, Cheat

_THEMES = (
    on_disk,
    processes,
    memory,
    endings,
    endless,
    starting,
    filling,
    frames,
    lies,
    values,
    kernel,
    callbacks,
)
ATTACKS: tuple[Attack, ...] = tuple(
    sorted((one for theme in _THEMES for one in theme.ALL), key=lambda one: one.group)
)
CHEATS: tuple[Cheat, ...] = (*cheats.ALL, *mischief.ALL)
