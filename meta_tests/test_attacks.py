"""Attacks on the sandbox: what they meet, and that they succeed where a layer is switched off."""

from __future__ import annotations

import os
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
AT_ONCE = 3  # as attacks wait now and then, one more than there are processors
GROUPS = {*range(1, 32), *range(40, 45)}


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, Future[Found]]]:
    """One process for each configuration that this machine can give, some of them side by side."""
    there = [one for one in CONFIGURATIONS if not staging.lacking(one)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
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


# What a container is: who the process is, and what it is answered.
INSIDE = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)


def call(*numbers):
    if libc.syscall(*map(ctypes.c_long, numbers)) >= 0:
        return "done"
    return errno.errorcode[ctypes.get_errno()]

with open("/proc/self/status") as status:
    lines = [line.split() for line in status]
for name in ("CapEff:", "CapPrm:", "CapBnd:", "NoNewPrivs:", "Seccomp:"):
    print(*(f"{{one[0]}} {{int(one[1], 16):x}}" for one in lines if one[0] == name))
x86 = {machine!r} == "x86_64"
for name, numbers in {{
    "landlock": (444, 0, 0, 1),
    "clone3": (435, 0, 0),
    "clone, new user": (56, 0x10000000, 0) if x86 else (220, 0x10000000, 0),
    "unshare": (272, 0) if x86 else (97, 0),
    "socket, vsock": (41, 40, 1, 0) if x86 else (198, 40, 1, 0),
    "socket, inet": (41, 2, 1, 0) if x86 else (198, 2, 1, 0),
    "personality, which": (135, 0xFFFFFFFF) if x86 else (92, 0xFFFFFFFF),
    "personality, no random layout": (135, 0x40000) if x86 else (92, 0x40000),
    "io_uring": (425, 1, 0),
    "ptrace": (101, 0, 0, 0, 0) if x86 else (117, 0, 0, 0, 0),
    "no call of the profile's time": (467, 0, 0),
    "no call at all": (400, 0, 0),
}}.items():
    print(name, call(*numbers), sep=": ")
"""
ANSWERS = """CapEff: a80425fb
CapPrm: a80425fb
CapBnd: a80425fb
NoNewPrivs: 0
Seccomp: 2
landlock: {landlock}
clone3: ENOSYS
clone, new user: EPERM
unshare: EPERM
socket, vsock: EPERM
socket, inet: done
personality, which: done
personality, no random layout: EPERM
io_uring: EPERM
ptrace: done
no call of the profile's time: ENOSYS
no call at all: EPERM
"""


@pytest.mark.parametrize(("landlock", "answer"), [("with", "done"), ("without", "ENOSYS")])
def test_a_container_is_what_docker_gives_by_default(landlock: str, answer: str) -> None:
    if why := staging.lacking(f"container{' without Landlock' * (answer != 'done')}"):
        pytest.skip(why)
    code = INSIDE.format(machine=os.uname().machine)
    command = ["meta_tests.attacks.container", landlock, sys.executable, "-c", code]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=staging.ROOT, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == (ANSWERS.format(landlock=answer), "")


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
