"""The filter of system calls: a list of what is allowed."""

from __future__ import annotations

import os

from . import bpf, kernel
from .bpf import if_clear, if_null, if_one_of, returning, when
from .syscalls import ABSENT, COLUMN, GUARDED, HARMLESS

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


def install() -> None:
    """Hold this process, all its threads, to the filter for good. Needs no_new_privs."""
    machine = kernel.machine()
    bpf.load(program(machine, os.getpid()) if machine in COLUMN else ())


def assemble(machine: str, pid: int) -> bytes:
    """The filter for `machine`, for the process `pid`, which may signal nobody but itself."""
    return bpf.packed(program(machine, pid))


def program(machine: str, pid: int) -> list[bpf.Instruction]:
    """The same as instructions."""
    column = COLUMN[machine]
    lines: list[bpf.Instruction] = [
        (bpf.LOAD, 0, 0, bpf.OF_ARCH),
        (bpf.EQUAL, 1, 0, bpf.AUDIT_ARCH[machine]),
        *returning(bpf.KILL),
        (bpf.LOAD, 0, 0, bpf.OF_NUMBER),
    ]
    if machine == "x86_64":
        lines += [(bpf.AT_LEAST, 0, 1, bpf.X32_BIT), *returning(bpf.KILL)]
    for numbers in HARMLESS.values():
        lines += when(numbers[column], returning(bpf.ALLOW))
    for numbers in ABSENT.values():
        lines += when(numbers[column], returning(bpf.NOT_THERE))
    for name, body in _guards(pid).items():
        lines += when(GUARDED[name][column], body)
    return [*lines, *returning(bpf.DENY)]


def _guards(pid: int) -> dict[str, list[bpf.Instruction]]:
    return {
        "clock_getres": if_one_of(0, _CLOCKS),
        "clock_gettime": if_one_of(0, _CLOCKS),
        "clock_nanosleep": if_one_of(0, _CLOCKS),
        "madvise": if_one_of(2, _ADVICE),
        "open": if_clear(1, _WRITING),
        "openat": if_clear(2, _WRITING),
        "fcntl": if_one_of(1, _FCNTL),
        "futex": if_one_of(1, _FUTEX, but=_FUTEX_CLOCK),
        "ioctl": if_one_of(1, _IOCTL),
        "kill": if_one_of(0, (pid,)),
        "tgkill": if_one_of(0, (pid,)),
        "prlimit64": if_null(2),
        "recvfrom": if_clear(3, _OUT_OF_BAND),
        "recvmsg": if_clear(2, _OUT_OF_BAND),
        "sendmsg": if_clear(2, _OUT_OF_BAND),
        "sendto": if_clear(3, _OUT_OF_BAND),
    }
