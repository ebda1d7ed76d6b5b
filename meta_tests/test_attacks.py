"""Attacks on the sandbox: what they meet, and that they succeed where a layer is switched off."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from meta_tests.attacks import corpus, gradings, staging
from meta_tests.attacks.record import (
    CONFIGURATIONS,
    LAYERS,
    Attack,
    Cheat,
    Trial,
    meets,
    trials,
)

Found = dict[str, dict[str, Any]]
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


def wrong(trial: Trial, met: dict[str, Any]) -> str:
    """What is not as it must be."""
    if not meets(met["seen"], trial.expected):
        return f"{trial.key}: met {met['seen']}, expected {trial.expected}"
    if met["changed"] and not trial.off:
        return f"{trial.key}: {', '.join(met['changed'])}"
    return ""


@pytest.mark.parametrize("attack", corpus.ATTACKS, ids=lambda one: one.key)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_an_attack_is_stopped_by_every_layer_that_says_so(
    runs: dict[str, Future[Found]], configuration: str, attack: Attack
) -> None:
    met = found(runs, configuration)
    failed = [wrong(trial, met[trial.key]) for trial in trials(attack, configuration)]
    assert [one for one in failed if one] == []


@pytest.mark.parametrize("cheat", corpus.CHEATS, ids=lambda one: one.key)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_a_submission_earns_what_its_functions_earn(
    runs: dict[str, Future[Found]], configuration: str, cheat: Cheat
) -> None:
    met = found(runs, configuration)
    assert met[cheat.key]["seen"] == gradings.expected(cheat)
    assert met[cheat.key]["changed"] == []
    if cheat.otherwise:
        without = f"{cheat.key} without {', '.join(sorted(cheat.by))}"
        assert met[without]["seen"] == cheat.otherwise


def test_every_group_is_attacked_and_every_layer_is_needed() -> None:
    attacks: list[Attack | Cheat] = [*corpus.ATTACKS, *corpus.CHEATS]
    assert {one.group for one in attacks} == GROUPS
    assert len({one.key for one in attacks}) == len(attacks) >= 110
    assert {layer for one in attacks for layer in one.by} == set(LAYERS)
    # A layer is needed where it alone stands between an attack and what it wants.
    alone = {next(iter(one.by)) for one in attacks if one.otherwise and len(one.by) == 1}
    assert alone >= set(LAYERS) - NEVER_ALONE


# These stand behind others, and hold where the kernel or the machine lacks one.
NEVER_ALONE = {"user", "capabilities", "undumpable", "kill", "soft limit"}


def test_an_attack_without_a_control_says_why() -> None:
    attacks: list[Attack | Cheat] = [*corpus.ATTACKS, *corpus.CHEATS]
    assert [one.key for one in attacks if not one.otherwise and not one.note] == []


def test_no_switch_can_be_reached_from_the_grader() -> None:
    """What switches layers off lies here, and nothing that grades imports it."""
    code = (
        "import sys, grader.cli, grader.session; print([m for m in sys.modules if 'attacks' in m])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=staging.ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
