"""Docker's default seccomp profile and capabilities, as facts and as a filter.

What a container of Docker's is given where nothing is asked for: version 23 or newer, a kernel of
4.8 or newer, and no capability that would open further calls. The profile is a list of what is
allowed. Of the calls that a kernel has it is shorter to name those that are not on it.
"""

from __future__ import annotations

from grader.sandbox.bpf import (
    ALLOW,
    AT_LEAST,
    AUDIT_ARCH,
    DENY,
    EQUAL,
    LOAD,
    NOT_THERE,
    OF_ARCH,
    OF_NUMBER,
    X32_BIT,
    Instruction,
    if_clear,
    if_one_of,
    of_argument,
    returning,
    when,
)
from grader.sandbox.syscalls import COLUMN

CAPABILITIES = {
    "CHOWN": 0,
    "DAC_OVERRIDE": 1,
    "FOWNER": 3,
    "FSETID": 4,
    "KILL": 5,
    "SETGID": 6,
    "SETUID": 7,
    "SETPCAP": 8,
    "NET_BIND_SERVICE": 10,
    "NET_RAW": 13,
    "SYS_CHROOT": 18,
    "MKNOD": 27,
    "AUDIT_WRITE": 29,
    "SETFCAP": 31,
}
# Up to the newest call that the profile knows of, removexattrat: EPERM. (x86-64, aarch64)
REFUSED: dict[str, tuple[int | None, int | None]] = {
    "_sysctl": (156, None),
    "acct": (163, 89),
    "add_key": (248, 217),
    "afs_syscall": (183, None),
    "bpf": (321, 280),
    "clock_settime": (227, 112),
    "create_module": (174, None),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "get_kernel_syms": (177, None),
    "get_mempolicy": (239, 236),
    "getpmsg": (181, None),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "lsm_get_self_attr": (459, 459),
    "lsm_list_modules": (461, 461),
    "lsm_set_self_attr": (460, 460),
    "mbind": (237, 235),
    "migrate_pages": (256, 238),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "putpmsg": (182, None),
    "query_module": (178, None),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "security": (185, None),
    "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "sysfs": (139, None),
    "syslog": (103, 116),
    "tuxcall": (184, None),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "uselib": (134, None),
    "userfaultfd": (323, 282),
    "ustat": (136, None),
    "vhangup": (153, 58),
    "vserver": (236, None),
}
NEWEST = 466
# Numbers that no call had when the profile was made.
_GAPS = {"x86_64": ((336, 423),), "aarch64": ((244, 259), (295, 423))}
_LANDLOCK = (444, 445, 446)
_CLONE3 = 435
_CLONE, _SOCKET, _PERSONALITY = (56, 220), (41, 198), (135, 92)
# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_NAMESPACES = 0x0002_0000 | 0x0200_0000 | 0x7C00_0000
_AF_VSOCK = 40
# PER_LINUX, PER_LINUX32, both with UNAME26, and the question which it is.
_PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)


def program(machine: str, *, landlock: bool) -> list[Instruction]:
    """The profile for `machine`; without `landlock` the kernel seems to have none.

    Calls of 32-bit programs are let through: Docker has tables for them, and the sandbox ends a
    worker that makes one.
    """
    column = COLUMN[machine]
    lines: list[Instruction] = [
        (LOAD, 0, 0, OF_ARCH),
        (EQUAL, 1, 0, AUDIT_ARCH[machine]),
        *returning(ALLOW),
        (LOAD, 0, 0, OF_NUMBER),
    ]
    if machine == "x86_64":
        lines += [(AT_LEAST, 0, 1, X32_BIT), *returning(ALLOW)]
    for number in (_CLONE3, *(() if landlock else _LANDLOCK)):
        lines += when(number, returning(NOT_THERE))
    lines += when(_CLONE[column], if_clear(0, _NAMESPACES))
    lines += when(_PERSONALITY[column], if_one_of(0, _PERSONALITIES))
    lines += when(_SOCKET[column], _but(0, _AF_VSOCK))
    for numbers in REFUSED.values():
        lines += when(numbers[column], returning(DENY))
    for first, last in _GAPS[machine]:
        lines += [(AT_LEAST, 0, 2, first), (AT_LEAST, 1, 0, last + 1), *returning(DENY)]
    return [*lines, (AT_LEAST, 0, 1, NEWEST + 1), *returning(NOT_THERE), *returning(ALLOW)]


def _but(argument: int, value: int) -> list[Instruction]:
    allowed = [(EQUAL, 1, 0, value), *returning(ALLOW), *returning(DENY)]
    return [of_argument(argument), *allowed]
