"""Groups 8, 11, 14 and 16: how code ends, and what it uses up."""

from __future__ import annotations

from meta_tests.attacks.record import Attack

_BOUNDARY = "it is the process that holds: there is nothing to switch off"
_HOST = "wire"


def _ends(
    name: str, code: str, seen: str, top: str = "", calls: tuple[str, ...] = ("attack",)
) -> Attack:
    """Ends itself, in whatever way: the host says how, and goes on."""
    return Attack(8, name, code, {_HOST: seen}, note=_BOUNDARY, top=top, calls=calls)


ENDING = (
    _ends("exits", "sys.exit(0)", "SystemExit"),
    _ends(
        "exits at once",
        "os._exit(0)",
        _died := "died: crashed: the process ended itself with exit code 0",
    ),
    _ends("aborts", "os.abort()", "died: crashed: the process was ended by SIGABRT"),
    _ends("crashes", "ctypes.string_at(0)", "died: crashed: the process was ended by SIGSEGV"),
    _ends("is interrupted", "raise KeyboardInterrupt", "KeyboardInterrupt"),
    _ends(
        "kills itself",
        "os.kill(os.getpid(), 9)",
        "died: out_of_memory: the process was killed, most likely for lack of memory",
    ),
    _ends(
        "raises what cannot be shown",
        "raise Hostile",
        "Hostile: (the text of this error cannot be shown)",
        """
        class Hostile(BaseException):
            def __str__(self): raise self
            __repr__ = __str__
        """,
    ),
    _ends(
        "raises what ends the process when it is shown",
        "raise Hostile",
        _died,
        "class Hostile(BaseException):\n    def __str__(self): os._exit(0)",
    ),
    _ends(
        "raises a class whose name is a trap",
        "raise Hostile",
        "Hostile: text",
        """
        class Meta(type):
            __name__ = property(lambda cls: os._exit(1))
        class Hostile(Exception, metaclass=Meta):
            def __str__(self): return "text"
        """,
    ),
    _ends(
        "raises a text that is no text",
        "raise Hostile",
        "Hostile: x",
        """
        class Text(str):
            def __str__(self): return 3
            def __getitem__(self, at): return self
        class Hostile(Exception):
            def __str__(self): return Text("x")
        """,
    ),
    _ends(
        "leaves work for the end of the process",
        "import atexit; atexit.register(os.kill, HOST, 9); sys.exit(3)",
        "SystemExit: 3",
    ),
    _ends(
        "puts an end to the worker when it is asked again",
        "for one in (found('Server'),): one.runner = None\nreturn 1",
        "gave 1 | AttributeError",
        calls=("attack", "innocent"),
    ),
    _ends(
        "follows every line of the worker",
        "sys.settrace(lambda *a: os._exit(4)); return innocent()",
        "died: crashed: the process ended itself with exit code 4",
    ),
    _ends(
        "raises in what runs when an object goes",
        "Gone(); return 1",
        "gave 1",
        "class Gone:\n    def __del__(self): raise SystemExit",
    ),
    _ends(
        "raises endless causes",
        "raise chain(2000)",
        "ValueError",
        """
        def chain(n):
            error = None
            for _ in range(n):
                new = ValueError(); new.__cause__ = error; error = new
            return error
        """,
    ),
)
_LITTLE = {"memory_mb": 128}
_MEMORY = {"limits": "MemoryError"}
USING = (
    Attack(
        11,
        "takes much memory",
        "return len(bytearray(1 << 30))",
        _MEMORY,
        "gave 1073741824",
        limits=_LITTLE,
    ),
    Attack(
        11,
        "makes a giant array",
        "return np.zeros(1 << 27).size",
        _MEMORY,
        "gave 134217728",
        limits=_LITTLE,
    ),
    Attack(
        11,
        "takes memory in small pieces",
        "return len([bytes(1000) for _ in range(300_000)])",
        _MEMORY,
        "gave 300000",
        limits=_LITTLE,
    ),
    Attack(
        11,
        "takes memory past the interpreter",
        """
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mmap.restype = ctypes.c_void_p
        at = libc.mmap(None, ctypes.c_size_t(1 << 32), 3, 0x4022, -1, 0)
        return at == ctypes.c_void_p(-1).value
        """,
        {"limits": "gave True"},
        "gave False",
    ),
    Attack(
        11,
        "locks memory",
        "one = bytes(1 << 16)\nreturn raw(149, 228, id(one), len(one))",
        {"seccomp": "EPERM", "limits": "EPERM"},
        "gave 0",
        root=True,
        not_in={"private interpreter": ()},
    ),
    Attack(
        11,
        "gives back a giant view of one number",
        "return np.broadcast_to(1.0, (1 << 16, 1 << 16))",
        {"values": "value: an array of shape (65536, 65536) (32768 MiB)"},
        note="the host would not read it either: see group 17",
    ),
    Attack(
        11,
        "gives back more than an answer may hold",
        "return np.zeros((70 << 20) // 8)",
        {"values": "value: an array of shape (9175040,) (70 MiB)"},
        note="the host would not read it either: see group 17",
    ),
    Attack(
        14,
        "takes every descriptor",
        "return len([os.dup(0) for _ in range(500)])",
        {"limits": "EMFILE"},
        "gave 500",
    ),
    Attack(
        14,
        "opens a file again and again",
        "return len([os.open('nn.py', os.O_RDONLY) for _ in range(500)])",
        {"limits": "EMFILE"},
        "gave 500",
    ),
    Attack(
        14,
        "sends descriptors to the host until it has no more",
        """
        import array
        rights = array.array("i", [0] * 50).tobytes()
        part = (ctypes.c_char * 12)(*[b"\\xff"] * 12)
        control = (8 + 8 + len(rights)).to_bytes(8, "little") + (1).to_bytes(4, "little")
        control = ctypes.create_string_buffer(control + (1).to_bytes(4, "little") + rights)
        vector = (ctypes.c_uint64 * 2)(ctypes.addressof(part), 12)
        header = (ctypes.c_uint64 * 7)(
            0, 0, ctypes.addressof(vector), 1, ctypes.addressof(control), 16 + len(rights), 0
        )
        return raw(46, 211, 3, ctypes.addressof(header), 0)
        """,
        {_HOST: "died: crashed: the process answered nonsense: a frame is too large"},
        note="the kernel closes what the host does not ask for",
    ),
    Attack(
        16,
        "prints without end",
        "for _ in range(2000): print('x' * 1000)",
        {_HOST: "gave None"},
        note=_BOUNDARY,
    ),
    Attack(
        16,
        "writes to the host's own output",
        "return os.write(1, b'x'), os.write(2, b'x'), sys.__stdout__.write('x')",
        {"clean": "gave (1, 1, 1)"},
        note="all three end in /dev/null",
    ),
    Attack(
        16, "reads what nobody types", "return input('? ')", {"clean": "EOFError"}, note=_BOUNDARY
    ),
    Attack(
        16,
        "closes its output",
        "sys.stdout.close(); sys.stderr = None; os.closerange(0, 3); return 1",
        {_HOST: "gave 1 | gave 1"},
        calls=("attack", "innocent"),
        note=_BOUNDARY,
    ),
)

ALL = (*ENDING, *USING)
