"""The filter of system calls: a list of what is allowed, as a classic BPF program."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable

from . import kernel
from .syscalls import ABSENT, COLUMN, GUARDED, HARMLESS, SECCOMP

_SET_MODE_FILTER = 1
_ALL_THREADS = 1  # SECCOMP_FILTER_FLAG_TSYNC
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_DENY = 0x00050000 | errno.EPERM
_NOT_THERE = 0x00050000 | errno.ENOSYS
_OF_NUMBER, _OF_ARCH, _OF_ARGUMENTS = 0, 4, 16

# O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | __O_TMPFILE: the same bits on both machines.
_WRITING = 0o3 | 0o100 | 0o1000 | 0o20000000
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC
_FCNTL = (0, 1, 2, 3, 4, 1030)
# Out-of-band data on unix sockets: nobody needs it, and its code in kernels had holes.
_OUT_OF_BAND = 1
# WAIT, WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP, WAIT_BITSET, WAKE_BITSET: what locks are made of. Not
# those that inherit priorities, another place of old holes; and only with the flag that keeps them
# to this process, as a page of a file may be shared with others. FUTEX_CLOCK_REALTIME goes with it.
_FUTEX, _FUTEX_CLOCK = tuple(128 | operation for operation in (0, 1, 3, 4, 5, 9, 10)), 256
# The machine's clocks and this process's own. Others' have negative numbers: a worker could tell
# another one something by the time that it takes.
_CLOCKS = range(12)
# What allocators say of memory: NORMAL to DONTNEED, FREE, DONTFORK, DOFORK, HUGEPAGE, NOHUGEPAGE,
# DONTDUMP, DODUMP, WIPEONFORK, KEEPONFORK. Not what drives files out of memory.
_ADVICE = (0, 1, 2, 3, 4, 8, 10, 11, 14, 15, 16, 17, 18, 19)
# TCGETS (isatty), FIONCLEX, FIOCLEX, FIONBIO, FIONREAD
_IOCTL = (0x5401, 0x5450, 0x5451, 0x5421, 0x541B)

Instruction = tuple[int, int, int, int]


def install() -> None:
    """Hold this process, all its threads, to the filter for good. Needs no_new_privs."""
    machine = kernel.machine()
    if machine not in SECCOMP:
        raise OSError(errno.ENOSYS, f"no filter for {machine}")
    code = assemble(machine, os.getpid())
    text = ctypes.create_string_buffer(code)
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(text))
    refused = kernel.syscall(SECCOMP[machine], _SET_MODE_FILTER, _ALL_THREADS, program)
    if refused:
        raise OSError(errno.EBUSY, "a thread could not be held to the filter")


def assemble(machine: str, pid: int) -> bytes:
    """The filter for `machine`, for the process `pid`, which may signal nobody but itself."""
    column = COLUMN[machine]
    program: list[Instruction] = [
        (_LOAD, 0, 0, _OF_ARCH),
        (_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _OF_NUMBER),
    ]
    if machine == "x86_64":
        program += [(_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL)]
    for numbers in HARMLESS.values():
        program += _when(numbers[column], [(_RETURN, 0, 0, _ALLOW)])
    for numbers in ABSENT.values():
        program += _when(numbers[column], [(_RETURN, 0, 0, _NOT_THERE)])
    for name, body in _guards(pid).items():
        program += _when(GUARDED[name][column], body)
    program.append((_RETURN, 0, 0, _DENY))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _guards(pid: int) -> dict[str, list[Instruction]]:
    return {
        "clock_getres": _if_one_of(0, _CLOCKS),
        "clock_gettime": _if_one_of(0, _CLOCKS),
        "clock_nanosleep": _if_one_of(0, _CLOCKS),
        "madvise": _if_one_of(2, _ADVICE),
        "open": _if_clear(1, _WRITING),
        "openat": _if_clear(2, _WRITING),
        "fcntl": _if_one_of(1, _FCNTL),
        "futex": _if_one_of(1, _FUTEX, but=_FUTEX_CLOCK),
        "ioctl": _if_one_of(1, _IOCTL),
        "kill": _if_one_of(0, (pid,)),
        "tgkill": _if_one_of(0, (pid,)),
        "prlimit64": _if_null(2),
        "recvfrom": _if_clear(3, _OUT_OF_BAND),
        "recvmsg": _if_clear(2, _OUT_OF_BAND),
        "sendmsg": _if_clear(2, _OUT_OF_BAND),
        "sendto": _if_clear(3, _OUT_OF_BAND),
    }


def _when(number: int | None, body: list[Instruction]) -> list[Instruction]:
    return [] if number is None else [(_EQUAL, 0, len(body), number), *body]


def _if_clear(argument: int, bits: int) -> list[Instruction]:
    load = _OF_ARGUMENTS + 8 * argument
    return [(_LOAD, 0, 0, load), (_AND, 0, 0, bits), *_allow_if([0])]


def _if_one_of(argument: int, values: Iterable[int], *, but: int = 0) -> list[Instruction]:
    """If it is one of these, whatever its bits `but` are."""
    load = _OF_ARGUMENTS + 8 * argument
    return [(_LOAD, 0, 0, load), (_AND, 0, 0, 0xFFFFFFFF & ~but), *_allow_if(values)]


def _if_null(argument: int) -> list[Instruction]:
    load = _OF_ARGUMENTS + 8 * argument
    low = [(_LOAD, 0, 0, load), (_EQUAL, 1, 0, 0), (_RETURN, 0, 0, _DENY)]
    return [*low, (_LOAD, 0, 0, load + 4), *_allow_if([0])]


def _allow_if(values: Iterable[int]) -> list[Instruction]:
    program: list[Instruction] = []
    for value in values:
        program += [(_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW)]
    return [*program, (_RETURN, 0, 0, _DENY)]
