"""Landlock: an allow-list of folders to read, and nothing to write.

The rights grow with the kernel's version of the interface; each kernel is asked for all it knows.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from . import kernel

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_FIRST_RIGHTS = (1 << 13) - 1
_TCP = 0b11
_SCOPES = 0b11
READ = READ_FILE | READ_DIR
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE | _IOCTL_DEV


def version() -> int:
    """The kernel's version of Landlock; OSError where there is none."""
    return kernel.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)


def ruleset(allowed: Iterable[tuple[str, int]]) -> int:
    """A descriptor of rules that deny everything but `allowed`: (path, rights) pairs.

    Paths that are not there are passed over.
    """
    abi = version()
    handled = _FIRST_RIGHTS
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        handled |= right if abi >= since else 0
    parts = [handled]
    if abi >= 4:
        parts.append(_TCP)
    if abi >= 6:
        parts.append(_SCOPES)
    attributes = struct.pack(f"<{len(parts)}Q", *parts)
    rules = kernel.syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    for path, rights in allowed:
        _allow(rules, path, rights & handled)
    return rules


def restrict(rules: int) -> None:
    """Hold this thread, and all it starts, to `rules` for good. Needs no_new_privs."""
    kernel.syscall(_RESTRICT_SELF, rules, 0)
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        rule = ctypes.create_string_buffer(struct.pack("<Qi", rights, descriptor))
        kernel.syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
