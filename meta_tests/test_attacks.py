"""Attacks on the sandbox: what they meet, and that they succeed where a layer is switched off."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from meta_tests.attacks import corpus, staging, table
from meta_tests.attacks.judging import judged
from meta_tests.attacks.record import (
    CONFIGURATIONS,
    LAYERS,
    LEVELS,
    Attack,
    Cheat,
)

Found = dict[str, dict[str, Any]]
ATTACKS: tuple[Attack | Cheat, ...] = (*corpus.ATTACKS, *corpus.CHEATS)
GROUPS = {*range(1, 32), *range(40, 45)}


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, Future[Found]]]:
    """One process for each configuration that this machine can give, side by side."""
    there = [one for one in CONFIGURATIONS if not staging.lacking(one)]
    with ThreadPoolExecutor(max(1, len(there))) as pool:
        yield {one: pool.submit(staging.run, one) for one in there}


def found(runs: dict[str, Future[Found]], configuration: str) -> Found:
    if configuration not in runs:
        pytest.skip(f"{configuration}: {staging.lacking(configuration)}")
    return runs[configuration].result()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.key)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_an_attack_is_stopped_by_every_layer_that_says_so(
    runs: dict[str, Future[Found]], configuration: str, attack: Attack | Cheat
) -> None:
    """And by no other: with these layers switched off it succeeds."""
    verdicts = judged(found(runs, configuration), configuration)
    if attack.key not in verdicts:
        pytest.skip("not for this configuration")
    assert verdicts[attack.key] == []


@pytest.mark.parametrize("off", LEVELS, ids="without {}".format)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_the_level_follows_what_is_there(
    runs: dict[str, Future[Found]], configuration: str, off: tuple[str, ...]
) -> None:
    met = found(runs, configuration)[f"level without {' '.join(off)}"]
    assert met["seen"] == LEVELS[off][CONFIGURATIONS.index(configuration)]


def test_every_group_is_attacked_and_every_layer_is_needed() -> None:
    assert {one.group for one in ATTACKS} == GROUPS
    assert len({one.key for one in ATTACKS}) == len(ATTACKS) >= 110
    assert {layer for one in ATTACKS for layer in one.by} == set(LAYERS)
    # A layer is needed where it alone stands between an attack and what it wants.
    alone = {next(iter(one.by)) for one in ATTACKS if one.otherwise and len(one.by) == 1}
    assert alone >= set(LAYERS) - NEVER_ALONE


# These stand behind others, and hold where the kernel or the machine lacks one.
NEVER_ALONE = {"user", "capabilities", "undumpable", "kill", "soft limit"}


def test_an_attack_without_a_control_says_why() -> None:
    assert [one.key for one in ATTACKS if not one.otherwise and not one.note] == []


def test_no_switch_can_be_reached_from_the_grader() -> None:
    """What switches layers off lies here, and nothing that grades imports it."""
    code = (
        "import sys, grader.cli, grader.session; print([m for m in sys.modules if 'attacks' in m])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=staging.ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_table_in_the_document_is_up_to_date() -> None:
    """If not: python -m meta_tests.attacks"""
    assert table.parts()[1] == table.text()
