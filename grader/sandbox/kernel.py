"""The few calls to the Linux kernel that Python does not wrap."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import struct
import sys

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_CAPABILITY_VERSION_3 = 0x20080522
_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}


def is_linux() -> bool:
    """Are the calls of this module there at all?"""
    return sys.platform == "linux"


def machine() -> str:
    """The architecture whose system calls this process makes: "x86_64", "aarch64", others."""
    name = os.uname().machine if is_linux() else ""
    wide = struct.calcsize("P") == 8
    return name if wide else f"{name} (32 bit)"


def prctl(option: int, *arguments: int) -> int:
    """prctl(2); OSError if it fails."""
    padded = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc().prctl(ctypes.c_int(option), *padded))


def syscall(number: int, *arguments: object) -> int:
    """syscall(2) with integers, buffers and ctypes values; OSError if it fails."""
    wrapped = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    return _checked(_libc().syscall(ctypes.c_long(number), *wrapped))


def drop_capabilities() -> None:
    """Give up every capability of this thread, now and after any later exec."""
    with contextlib.suppress(OSError):
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
        for capability in range(64):
            prctl(PR_CAPBSET_DROP, capability)
    if machine() not in _SYS_CAPSET:
        raise OSError(errno.ENOSYS, f"capabilities cannot be dropped on {machine()}")
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    syscall(_SYS_CAPSET[machine()], header, bytes(24))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
