"""Runs a program as a container of Docker's would: its filter, its capabilities, nothing else.

    python -m meta_tests.attacks.container {with,without} PROGRAM ARGUMENT ...

with, without: Landlock. Needs root with CAP_SYS_ADMIN, as no_new_privs stays off.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterable

from grader.sandbox import bpf, kernel
from meta_tests.attacks import docker

_VERSION_3 = 0x20080522
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAP_SYS_ADMIN = 21


def main(landlock: str, *command: str) -> None:
    """Become `command`."""
    bpf.load(docker.program(kernel.machine(), landlock={"with": True, "without": False}[landlock]))
    keep(docker.CAPABILITIES.values())
    os.execv(command[0], command)


def keep(capabilities: Iterable[int]) -> None:
    """Give up all other capabilities, now and in whatever is executed later."""
    kept = set(capabilities)
    for number in sorted(_there() - kept):
        kernel.prctl(kernel.PR_CAPBSET_DROP, number)
    mask = sum(1 << number for number in kept)
    header = struct.pack("<Ii", _VERSION_3, 0)
    kernel.syscall(_CAPSET[kernel.machine()], header, struct.pack("<6I", mask, mask, 0, 0, 0, 0))


def possible() -> bool:
    """May this process load a filter without no_new_privs, for a machine that is known?"""
    return kernel.machine() in bpf.SECCOMP and _CAP_SYS_ADMIN in _there("CapEff")


def _there(which: str = "CapBnd") -> set[int]:
    with open("/proc/self/status") as status:
        (line,) = (line for line in status if line.startswith(which))
    mask = int(line.split()[1], 16)
    return {number for number in range(64) if mask >> number & 1}


if __name__ == "__main__":
    main(*sys.argv[1:])
