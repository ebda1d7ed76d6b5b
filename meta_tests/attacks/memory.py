"""Groups 5, 6 and 42: what is in a worker's memory, what it inherits, what it leaves to others."""

from __future__ import annotations

from meta_tests.attacks.record import Attack

# The secret is known by its form alone: an S and 24 hexadecimal digits.
_PATTERN = "import re\nPATTERN = re.compile(r'S[0-9a-f]{24}')"
_SCAN = """
def scan(start, size):
    # The kernel looks for a file whose name stands there, and says so if nothing does.
    libc, found = ctypes.CDLL(None, use_errno=True), []
    for page in range(start & ~4095, start + size, 4096):
        libc.access(ctypes.c_void_p(page), 0)
        if ctypes.get_errno() != 14:
            found += PATTERN.findall(ctypes.string_at(page, 4096).decode("latin-1"))
    return found
"""
_WORKER = {"clean": "gave None"}


def _hunt(name: str, code: str, top: str = "") -> Attack:
    return Attack(5, name, code, _WORKER, "leaked", top=f"{_PATTERN}\n{top}")


HUNTING = (
    _hunt(
        "looks through all objects",
        """
        import gc
        gc.unfreeze()
        for one in gc.get_objects():
            for text in one if type(one) is list else ():
                if type(text) is str and PATTERN.fullmatch(text): return text
        """,
    ),
    _hunt(
        "looks through all modules",
        """
        for module in list(sys.modules.values()):
            if PATTERN.search(str(vars(module).get("answers"))): return str(module.answers)
        """,
    ),
    _hunt(
        "looks through the objects that frames refer to",
        """
        import gc
        frame, seen, waiting = sys._getframe(), set(), []
        while frame is not None:
            waiting += [frame.f_globals, frame.f_locals, frame.f_builtins]
            frame = frame.f_back
        while waiting:
            one = waiting.pop()
            if id(one) in seen: continue
            seen.add(id(one))
            if type(one) is str and PATTERN.fullmatch(one): return one
            if type(one) in (dict, list, tuple): waiting += gc.get_referents(one)
            if type(one) is type(sys): waiting.append(vars(one))
        """,
    ),
    _hunt(
        "reads its own memory page by page",
        """
        for one in (object(), "text" * 9, bytes(9), [1], {}, np.zeros(9)):
            found = scan(id(one) - (16 << 20), 32 << 20)
            if found: return found[0]
        end = ctypes.CDLL(None).sbrk
        end.restype = ctypes.c_void_p
        found = scan(end(0) - (64 << 20), 64 << 20)
        return found[0] if found else None
        """,
        _SCAN,
    ),
    Attack(
        5,
        "climbs the frames out of the worker",
        """
        frame, files = sys._getframe(), []
        while frame.f_back is not None:
            frame = frame.f_back
            files.append(frame.f_code.co_filename.rpartition("/")[2])
        return "host.py" in files or "session.py" in files
        """,
        {"clean": "gave False"},
        note="there is nothing to switch off: the host is another process",
    ),
    Attack(
        5,
        "looks for the grader among its modules",
        "return sorted(m for m in sys.modules if m.split('.')[0] in ('grader', 'tests', 'pytest'))",
        {"clean": "gave []"},
        note="there is nothing to switch off: the host is another process",
    ),
    Attack(
        5,
        "asks its parent's memory by number",
        "return bool(ctypes.string_at(ADDRESS, SIZE))",
        {"clean": "died: crashed: the process was ended by SIGSEGV"},
        note="there is nothing to switch off: the host is another process",
    ),
)

INHERITED = (
    Attack(
        6,
        "reads the environment",
        "return dict(os.environ)",
        {
            "clean": "gave {'OPENBLAS_NUM_THREADS': '1', 'OMP_NUM_THREADS': '1', "
            "'MKL_NUM_THREADS': '1', 'BLIS_NUM_THREADS': '1', 'VECLIB_MAXIMUM_THREADS': '1', "
            "'NUMEXPR_NUM_THREADS': '1', 'PYTHONHASHSEED': '0', 'PYTHONSAFEPATH': '1', "
            "'HDF5_USE_FILE_LOCKING': 'FALSE', 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC'}"[:300]
        },
        "leaked",
    ),
    Attack(
        6,
        "reads the environment as C sees it",
        """
        libc = ctypes.CDLL(None)
        libc.getenv.restype = ctypes.c_char_p
        value = libc.getenv(b"ATTACKED")
        return value and value.decode()
        """,
        {"clean": "gave None"},
        "leaked",
    ),
    Attack(
        6,
        "reads the environment through /proc",
        "return open('/proc/self/environ').read()",
        {"landlock": "EACCES", "user": "EACCES", "undumpable": "EACCES"},
        note="there is nothing in it",
        not_in={"private interpreter": ("undumpable",)},
    ),
    Attack(
        6,
        "tries every descriptor",
        """
        there = []
        for number in range(64):
            try: os.fstat(number)
            except OSError: continue
            there.append(number)
        return there if there == [0, 1, 2, 3] else "more"
        """,
        {"clean": "gave [0, 1, 2, 3]"},
        "gave 'more'",
    ),
    Attack(
        6,
        "asks the zygote for a worker of its own",
        """
        import json, socket
        text = json.dumps({"op": "reap", "pid": 1, "uid": None, "patience": 0}).encode()
        return os.write(40, len(text).to_bytes(4, "little") + text) > 0
        """,
        {"clean": "EBADF"},
        note="with the zygote's socket a worker could have others ended",
    ),
    Attack(
        6,
        "reads its command line",
        "return sys.argv, sys.orig_argv",
        {"clean": "gave ([''], [])"},
        note="there is nothing to switch off: the host is another process",
    ),
)

NEXT = (
    Attack(
        42,
        "patches numpy for the next worker",
        "np.maximum = None; np.random.seed = None; return 1",
        {"clean": "gave 1 | gave (True, True)"},
        top="def later(): return callable(np.maximum), callable(np.random.seed)",
        calls=("attack", "next:later"),
        note="there is nothing to switch off: each worker is a fork of a zygote that ran no code",
    ),
    Attack(
        42,
        "hides in the interpreter for the next worker",
        "sys.meta_path.insert(0, later); sys.modules['left'] = later; return 1",
        {"clean": "gave 1 | gave (False, False)"},
        top="def later(): return 'left' in sys.modules, later in sys.meta_path",
        calls=("attack", "next:later"),
        note="there is nothing to switch off: each worker is a fork of a zygote that ran no code",
    ),
    Attack(
        42,
        "leaves memory with a number for the next worker",
        "return raw(29, 194, 4711, 4096, 0o1666) >= 0",
        {"seccomp": "EPERM | EPERM"},
        "gave True | gave True",
        top="""
        def later():
            there = raw(29, 194, 4711, 0, 0)
            raw(31, 195, there, 0, 0)
            return there >= 0
        """,
        calls=("attack", "next:later"),
        # Under a user id of its own the next worker may not remove it.
        configurations=frozenset({"private interpreter", "ordinary user"}),
    ),
    Attack(
        42,
        "leaves a file for the next worker",
        "open(f'/dev/shm/{MARK}-x', 'w').write('left')",
        {"seccomp": "EPERM | ENOENT", "landlock": "EACCES | ENOENT"},
        "gave None | gave True",
        top="def later(): return os.stat(f'/dev/shm/{MARK}-x').st_size >= 0",
        calls=("attack", "next:later"),
    ),
    Attack(
        42,
        "locks a file that the next worker needs",
        "import fcntl; fcntl.flock(os.open('nn.py', os.O_RDONLY), fcntl.LOCK_EX)",
        {"seccomp": "EPERM"},
        "gave None",
    ),
    Attack(
        42,
        "waits for the next worker on a shared page",
        """
        import mmap
        page = mmap.mmap(os.open("nn.py", os.O_RDONLY), 0, prot=mmap.PROT_READ)
        page[0] = 1
        """,
        {"seccomp": "TypeError", "landlock": "TypeError"},
        note="as the file cannot be opened for writing, Python itself refuses",
    ),
)


def _between(name: str, code: str, otherwise: str) -> Attack:
    """Two workers of one submission run side by side: what one notices of the other."""
    return Attack(42, name, code, {"seccomp": "EPERM"}, otherwise)


_PAGE = "import mmap\npage = mmap.mmap(-1, 4096)\n"
_AT = "ctypes.addressof(ctypes.c_char.from_buffer(page))"
BETWEEN = (
    _between(
        "reads the clock of another process",
        "import time; return time.clock_gettime((~HOST << 3) | 2) > 0",
        "gave True",
    ),
    _between(
        "sleeps by the clock of another process",
        "return raw(230, 115, (~HOST << 3) | 2, 0, 0, 0)",
        "EFAULT",
    ),
    _between(
        "wakes whoever waits on a page of a file",
        f"{_PAGE}return raw(202, 98, {_AT}, 1, 1, 0, 0, 0)",
        "gave 0",
    ),
    _between(
        "sees which pages of a file are in memory",
        f"{_PAGE}one = ctypes.c_char()\nreturn raw(27, 232, {_AT}, 4096, ctypes.addressof(one))",
        "gave 0",
    ),
    _between(
        "drives a file out of memory",
        "os.posix_fadvise(os.open('nn.py', os.O_RDONLY), 0, 0, os.POSIX_FADV_DONTNEED)",
        "gave None",
    ),
    _between(
        "drives pages out of memory",
        f"{_PAGE}return raw(28, 233, {_AT}, 4096, 21)",
        "gave 0",
    ),
    _between(
        "measures the memory that is free",
        "room = ctypes.create_string_buffer(512)\nreturn raw(99, 179, ctypes.addressof(room))",
        "gave 0",
    ),
    Attack(
        42,
        "sees when its files were read",
        "import time; return abs(time.time() - os.stat('nn.py').st_atime) < 600",
        {"intake": "gave False"},
        "gave True",
    ),
)

ALL = (*HUNTING, *INHERITED, *NEXT, *BETWEEN)
