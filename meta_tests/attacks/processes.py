"""Groups 3 and 4: looking into other processes."""

from __future__ import annotations

from meta_tests.attacks.record import Attack

# A process without root's rights may not look into one that has them; whoever has them may look
# into any, so that being closed is of use among ordinary users.
_CLOSED = {
    "landlock": "EACCES",
    "user": "EACCES",
    "capabilities": "EACCES",
    "undumpable": "EACCES",
}
_TRACED = {"seccomp": "EPERM", **dict.fromkeys(_CLOSED, "EPERM")}
_ORDINARY = {"own user": ("undumpable",), "private interpreter": ("undumpable",)}


def _proc(name: str, code: str, otherwise: str) -> Attack:
    what = f"looks at /proc/HOST/{name}"
    return Attack(3, what, code, _CLOSED, otherwise, not_in=_ORDINARY)


def _traced(name: str, code: str, otherwise: str) -> Attack:
    return Attack(4, name, code, _TRACED, otherwise, not_in=_ORDINARY)


HOST = (
    _proc("environ", "return open(f'/proc/{HOST}/environ').read()", "leaked"),
    _proc("maps", "return len(open(f'/proc/{HOST}/maps').read()) > 99", "gave True"),
    _proc(
        "mem",
        """
        file = os.open(f"/proc/{HOST}/mem", os.O_RDONLY)
        return os.pread(file, SIZE, ADDRESS).decode()
        """,
        "leaked",
    ),
    Attack(
        3,
        "looks at /proc/HOST/fd",
        "return str(DESCRIPTOR) in os.listdir(f'/proc/{HOST}/fd')",
        _CLOSED,
        "gave True",
        not_in={**_ORDINARY, "private interpreter": ("capabilities", "undumpable")},
    ),
    _proc(
        "fd, to open what the host has open",
        "return open(f'/proc/{HOST}/fd/{DESCRIPTOR}').read()",
        "leaked",
    ),
    _proc("cwd", "return 'grader' in os.listdir(f'/proc/{HOST}/cwd')", "gave True"),
    _proc("root", "return 'tmp' in os.listdir(f'/proc/{HOST}/root')", "gave True"),
    Attack(
        3,
        "looks at /proc/HOST/cmdline",
        "return open(f'/proc/{HOST}/cmdline').read()",
        {"landlock": "EACCES"},
        "leaked",
    ),
    Attack(
        3,
        "looks into the zygote, its parent",
        "return len(open(f'/proc/{os.getppid()}/environ').read()) > 9",
        _CLOSED,
        "gave True",
        not_in=_ORDINARY,
    ),
    Attack(
        3,
        "writes to its own memory through /proc",
        """
        value = ctypes.c_long(1)
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            memory.seek(ctypes.addressof(value))
            memory.write(b"\\2")
        return value.value
        """,
        {"seccomp": "EPERM", "landlock": "EACCES", "undumpable": "EACCES"},
        "gave 2",
        configurations=frozenset({"ordinary user"}),
    ),
    Attack(
        3,
        "lists the processes of the machine",
        "return any(name.isdigit() for name in os.listdir('/proc'))",
        {"landlock": "EACCES"},
        "gave True",
    ),
)

TRACING = (
    _traced("traces the host", "return raw(101, 117, 0x4206, HOST, 0, 0)", "gave 0"),
    _traced(
        "traces the zygote",
        "return raw(101, 117, 0x4206, os.getppid(), 0, 0)",
        "gave 0",
    ),
    Attack(
        4,
        "asks its parent to trace it",
        "return raw(101, 117, 0, 0, 0, 0)",
        {"seccomp": "EPERM"},
        "gave 0",
    ),
    _traced(
        "reads the host's memory by process_vm_readv",
        """
        text = ctypes.create_string_buffer(SIZE)
        here = (ctypes.c_uint64 * 2)(ctypes.addressof(text), SIZE)
        there = (ctypes.c_uint64 * 2)(ADDRESS, SIZE)
        raw(310, 270, HOST, ctypes.addressof(here), 1, ctypes.addressof(there), 1, 0)
        return text.raw.decode()
        """,
        "leaked",
    ),
    _traced(
        "writes the host's memory by process_vm_writev",
        """
        text = ctypes.create_string_buffer(1)
        here = (ctypes.c_uint64 * 2)(ctypes.addressof(text), 1)
        there = (ctypes.c_uint64 * 2)(ADDRESS + SIZE, 1)
        return raw(311, 271, HOST, ctypes.addressof(here), 1, ctypes.addressof(there), 1, 0)
        """,
        "gave 1",
    ),
    _traced(
        "takes over a descriptor of the host by pidfd_getfd",
        """
        host = raw(434, 434, HOST, 0)
        return os.pread(raw(438, 438, host, DESCRIPTOR, 0), 100, 0).decode()
        """,
        "leaked",
    ),
    Attack(
        4,
        "gets the host as a descriptor from its own socket",
        """
        peer, size = ctypes.c_int(), ctypes.c_int(4)
        raw(55, 209, 3, 1, 77, ctypes.addressof(peer), ctypes.addressof(size))
        return peer.value > 3
        """,
        {"seccomp": "EPERM"},
        "gave True",
    ),
    _traced(
        "compares kernel objects with the host's",
        "return raw(312, 272, HOST, HOST, 1, 0, 0)",
        "gave 0",
    ),
    Attack(
        4,
        "gives advice on the host's memory",
        """
        area = (ctypes.c_uint64 * 2)(ADDRESS & ~4095, 4096)
        return raw(440, 440, raw(434, 434, HOST, 0), ctypes.addressof(area), 1, 20, 0)
        """,
        {"seccomp": "EPERM", "user": "EACCES", "capabilities": "EACCES"},
        "gave 4096",
        root=True,
    ),
)

ALL = (*HOST, *TRACING)
