"""Groups 25, 28, 29 and 30: the network, rare parts of the kernel, shared memory, terminals."""

from __future__ import annotations

from collections.abc import Mapping

from meta_tests.attacks.record import Attack

_DENIED = {"seccomp": "EPERM"}
_FOR_ROOT = {"seccomp": "EPERM", "user": "EPERM", "capabilities": "EPERM"}


def _socket(name: str, code: str, otherwise: str, **by: str) -> Attack:
    lines = f"import socket\n{code}"
    return Attack(25, name, lines, {"seccomp": "EPERM", **by}, otherwise)


NETWORK = (
    _socket(
        "connects by TCP",
        "return socket.create_connection(('127.0.0.1', PORT)).recv(99).decode()",
        "leaked",
        landlock="EACCES",
    ),
    _socket(
        "listens by TCP",
        "with socket.socket() as one: one.bind(('127.0.0.1', 0)); one.listen()",
        "gave None",
        landlock="EACCES",
    ),
    _socket(
        "sends by UDP",
        "return socket.socket(2, 2).sendto(b'x', ('127.0.0.1', PORT))",
        "gave 1",
    ),
    _socket(
        "sends by UDP over IPv6",
        "return socket.socket(10, 2).fileno() > 2",
        "gave True",
    ),
    Attack(
        25,
        "asks a name server",
        "import socket; socket.getaddrinfo('example.org', 80)",
        {"seccomp": "gaierror"},
        note="whether there is one depends on the machine",
    ),
    _socket(
        "connects to a socket of the host's in the file system",
        "one = socket.socket(1); one.connect(DOOR); return one.recv(99).decode()",
        "leaked",
        user="EACCES",
    ),
    _socket(
        "connects to a socket of the host's without a file",
        "one = socket.socket(1); one.connect(ABSTRACT); return one.recv(99).decode()",
        "leaked",
        landlock="EPERM",
    ),
    _socket(
        "makes a pair of sockets",
        "return len(socket.socketpair())",
        "gave 2",
    ),
    _socket(
        "talks to the kernel by netlink", "return socket.socket(16, 3).fileno() > 2", "gave True"
    ),
    Attack(
        25,
        "talks to the host of a virtual machine",
        "import socket; return socket.socket(40, 1).fileno() > 2",
        _DENIED,
        note="not every machine is one",
    ),
    Attack(
        25,
        "reads raw packets",
        "import socket; return socket.socket(17, 3).fileno() > 2",
        _FOR_ROOT,
        "gave True",
        root=True,
    ),
    Attack(
        25,
        "sends out-of-band data on its own socket",
        """
        import socket
        one = (ctypes.c_char * 1)(b"x")
        return raw(44, 206, 3, ctypes.addressof(one), 1, 1, 0, 0)
        """,
        _DENIED,
        "gave 1",
    ),
    Attack(
        25,
        "changes what its own socket does",
        "value = ctypes.c_int(1)\nreturn raw(54, 208, 3, 1, 16, ctypes.addressof(value), 4)",
        _DENIED,
        "gave 0",
    ),
)


def _call(
    name: str,
    numbers: tuple[int, int],
    arguments: str,
    otherwise: str,
    by: Mapping[str, str] = _DENIED,
    *,
    root: bool = False,
    note: str = "",
) -> Attack:
    code = f"LOCK = ctypes.c_int(0)\nreturn raw({numbers[0]}, {numbers[1]}, {arguments})"
    return Attack(28, name, code, by, otherwise, root=root, note=note)


_NONE = "0, 0, 0, 0, 0, 0"
_DANGEROUS = "what it does cannot be undone"
CALLS = (
    _call("makes a user namespace", (272, 97), "0x10000000", "gave 0"),
    _call("makes a mount namespace", (272, 97), "0x00020000", "gave 0", _FOR_ROOT, root=True),
    _call("enters a namespace of the host", (308, 268), "raw(434, 434, HOST, 0), 0", "EINVAL"),
    _call("mounts", (165, 40), _NONE, "EFAULT"),
    _call("mounts by the newer calls", (430, 430), _NONE, "EFAULT", _FOR_ROOT, root=True),
    _call("changes the root folder", (161, 51), "0", "EFAULT"),
    _call("pivots the root folder", (155, 41), "0, 0", "EFAULT", _FOR_ROOT, root=True),
    _call("loads a program into the kernel (bpf)", (321, 280), "99, 0, 0", "", note=_DANGEROUS),
    _call("uses the kernel's keyring", (250, 219), "0, -3, 0) > (0", "gave True"),
    _call("adds a key", (248, 217), "0, 0, 0, 0, 0", "EFAULT"),
    _call("opens io_uring", (425, 425), "1, 0", "EFAULT"),
    _call("handles its own page faults (userfaultfd)", (323, 282), "1", "gave 4"),
    _call("counts events of the machine", (298, 241), "0, 0, -1, -1, 0", "EFAULT"),
    _call("watches files (inotify)", (294, 26), "0", "gave 4"),
    _call("watches all files (fanotify)", (300, 262), "0, 0", "gave 4", _FOR_ROOT, root=True),
    _call("loads a module", (175, 105), "0, 0, 0", "", _FOR_ROOT, note=_DANGEROUS),
    _call("boots another kernel", (246, 104), "0, 0, 0, 0", "", _FOR_ROOT, note=_DANGEROUS),
    _call("stops the machine", (169, 142), "1, 2, 3, 0", "EINVAL", _FOR_ROOT, root=True),
    _call("swaps", (167, 224), "0, 0", "EFAULT", _FOR_ROOT, root=True),
    _call("reads the kernel's log", (103, 116), "3, 0, 0", "EINVAL", _FOR_ROOT, root=True),
    _call("sets the clock", (227, 112), "0, 0", "EFAULT"),
    _call("sets the name of the machine", (170, 161), "0, -1", "EINVAL", _FOR_ROOT, root=True),
    _call("keeps accounts", (163, 89), "1", "EFAULT", _FOR_ROOT, root=True),
    _call("moves its pages to other memory", (279, 239), "0, 0, 0, 0, 0, 0", "gave 0"),
    _call("sets a policy of memory", (238, 237), "0, 0, 0", "gave 0"),
    _call("changes its own segments (x86)", (154, -1), "0, 0, 0", "gave 0"),
    _call("asks for ports of the machine (x86)", (172, -1), "3", "", _FOR_ROOT, note=_DANGEROUS),
    _call("installs a filter of its own", (317, 277), "2, 0, 0", "EFAULT"),
    _call("makes rules of its own", (444, 444), "0, 0, 0", "EFAULT"),
    _call("hides memory from the kernel", (447, 447), "0", "gave 4"),
    _call("makes a timer", (222, 107), "0, 0, 0", "EFAULT"),
    _call("waits for many files (epoll)", (291, 20), "0", "gave 4"),
    _call("counts through a descriptor (eventfd)", (290, 19), "0, 0", "gave 4"),
    _call("makes a pipe", (293, 59), "0, 0", "EFAULT"),
    _call("reads signals as a file", (289, 74), "-1, 0, 8, 0", "EFAULT"),
    _call(
        "takes a lock that inherits priorities",
        (202, 98),
        "ctypes.addressof(LOCK), 6 | 128, 0, 0, 0, 0",
        "gave 0",
    ),
    _call("has memory that outlives it", (29, 194), "0, 4096, 0o1600", "", note="it would stay"),
    _call("has the kernel copy between files", (40, 71), "3, 0, 0, 1", "EINVAL"),
    _call("duplicates what is in pipes", (276, 77), "3, 3, 1, 0", "EINVAL"),
    _call(
        "gives its files back to nobody (close_range, unshared)", (436, 436), "60, 61, 2", "gave 0"
    ),
)
_MACHINE_CODE = """
    import mmap
    area = mmap.mmap(-1, 4096, prot=7)
    area.write(bytes.fromhex({code!r}))
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    return ctypes.CFUNCTYPE(ctypes.c_int)(start)()
"""
_KILLED = {"seccomp": "died: crashed: the process was ended by SIGSYS"}
FOREIGN = (
    Attack(
        29,
        "calls by the numbers of x32",
        "return raw(0x40000000 | 39, 0x40000000)",
        _KILLED,
        "ENOSYS",
    ),
    Attack(
        29,
        "opens by a number of x32 that 64 bits do not have",
        "return raw(0x40000000 | 520, 0x40000000, 0, 0, 0)",
        _KILLED,
        "ENOSYS",
    ),
    Attack(
        29,
        "calls as a 32-bit process by int 0x80",
        # push rbx; mov eax, 20 (getpid); int 0x80; pop rbx; ret
        _MACHINE_CODE.format(code="53b814000000cd805bc3"),
        _KILLED,
        note="not every kernel has this way in; without it the process ends by SIGSEGV",
    ),
    Attack(
        29,
        "calls past the C library by machine code",
        # mov eax, 57 (fork); syscall; ret
        _MACHINE_CODE.format(code="b8390000000f05c3"),
        {"seccomp": "gave -1"},
        note="a fork in the middle of C code",
    ),
)

SHARED = (
    Attack(
        30,
        "shares memory by name",
        """
        import _posixshmem
        os.ftruncate(_posixshmem.shm_open(f"/{MARK}-x", os.O_CREAT | os.O_RDWR, 0o600), 4096)
        """,
        {"seccomp": "EPERM", "landlock": "EACCES", "limits": "EFBIG"},
        "gave None",
    ),
    Attack(30, "shares memory by number", "return raw(29, 194, 7, 0, 0)", _DENIED, "ENOENT"),
    Attack(30, "makes semaphores", "return raw(64, 190, 7, 0, 0)", _DENIED, "ENOENT"),
    Attack(30, "makes a queue by number", "return raw(68, 186, 7, 0)", _DENIED, "ENOENT"),
    Attack(30, "makes a queue by name", "return raw(240, 180, 0, 0, 0, 0)", _DENIED, "EFAULT"),
    Attack(
        30,
        "types into the terminal",
        "import fcntl; fcntl.ioctl(0, 0x5412, b'x')",
        _DENIED,
        "ENOTTY",
    ),
    Attack(
        30,
        "types into the console of the machine (TIOCLINUX)",
        "import fcntl; fcntl.ioctl(0, 0x541C, b'x')",
        _DENIED,
        "ENOTTY",
    ),
    Attack(
        30,
        "opens the terminal",
        "os.open('/dev/tty', os.O_RDONLY)",
        {"landlock": "EACCES"},
        "ENXIO",
    ),
    Attack(
        30,
        "opens a terminal of its own",
        "return os.open('/dev/ptmx', os.O_RDONLY) > 2",
        {"landlock": "EACCES"},
        "gave True",
    ),
)

ALL = (*NETWORK, *CALLS, *FOREIGN, *SHARED)
