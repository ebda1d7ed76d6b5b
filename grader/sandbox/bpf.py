"""Filters of system calls as classic BPF programs: words to write them in, and their loading."""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterable

from . import kernel

SECCOMP = {"x86_64": 317, "aarch64": 277}
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32_BIT = 0x40000000

LOAD, EQUAL, AT_LEAST, AND, RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
ALLOW, KILL = 0x7FFF0000, 0x80000000
DENY = 0x00050000 | errno.EPERM
NOT_THERE = 0x00050000 | errno.ENOSYS
OF_NUMBER, OF_ARCH, _OF_ARGUMENTS = 0, 4, 16

_SET_MODE_FILTER = 1
_ALL_THREADS = 1  # SECCOMP_FILTER_FLAG_TSYNC

Instruction = tuple[int, int, int, int]


def load(program: Iterable[Instruction]) -> None:
    """Hold this process, all its threads, to the filter for good.

    Needs no_new_privs or CAP_SYS_ADMIN; OSError where that or the machine's call is missing.
    """
    machine = kernel.machine()
    if machine not in SECCOMP:
        raise OSError(errno.ENOSYS, f"no filter for {machine}")
    code = packed(program)
    text = ctypes.create_string_buffer(code)
    described = struct.pack("@HP", len(code) // 8, ctypes.addressof(text))
    refused = kernel.syscall(SECCOMP[machine], _SET_MODE_FILTER, _ALL_THREADS, described)
    if refused:
        raise OSError(errno.EBUSY, "a thread could not be held to the filter")


def packed(program: Iterable[Instruction]) -> bytes:
    """The program as the kernel reads it."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def returning(action: int) -> list[Instruction]:
    """The end: this is the answer."""
    return [(RETURN, 0, 0, action)]


def when(number: int | None, body: list[Instruction]) -> list[Instruction]:
    """`body` for the call of this number, which is loaded; nothing if the machine has no such."""
    return [] if number is None else [(EQUAL, 0, len(body), number), *body]


def if_clear(argument: int, bits: int) -> list[Instruction]:
    """Allowed if none of these bits is set in the lower half of the argument, else denied."""
    return [of_argument(argument), (AND, 0, 0, bits), *_allow_if([0])]


def if_one_of(argument: int, values: Iterable[int], *, but: int = 0) -> list[Instruction]:
    """Allowed if the lower half of the argument is one of these, whatever its bits `but` are."""
    return [of_argument(argument), (AND, 0, 0, 0xFFFFFFFF & ~but), *_allow_if(values)]


def if_null(argument: int) -> list[Instruction]:
    """Allowed if both halves of the argument are 0, else denied."""
    low = [of_argument(argument), (EQUAL, 1, 0, 0), *returning(DENY)]
    return [*low, of_argument(argument, upper=True), *_allow_if([0])]


def of_argument(argument: int, *, upper: bool = False) -> Instruction:
    """Load half of an argument."""
    return LOAD, 0, 0, _OF_ARGUMENTS + 8 * argument + 4 * upper


def _allow_if(values: Iterable[int]) -> list[Instruction]:
    program: list[Instruction] = []
    for value in values:
        program += [(EQUAL, 0, 1, value), *returning(ALLOW)]
    return [*program, *returning(DENY)]
