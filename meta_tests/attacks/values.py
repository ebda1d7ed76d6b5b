"""Groups 19 to 23: values that are not what they seem, or do not stay what they were."""

from __future__ import annotations

from meta_tests.attacks.record import Attack

_FIXED = "what leaves a worker is built anew: there is nothing to switch off"


def _value(
    group: int, name: str, code: str, seen: str, otherwise: str = "", top: str = ""
) -> Attack:
    note = "" if otherwise else _FIXED
    return Attack(group, name, code, {"values": seen}, otherwise, note=note, top=top)


_STAYS = "gave Handle(id=1, type_name='{}', callable=False)"
OBJECTS = (
    _value(19, "returns an array of objects", "return np.array([None])", _STAYS.format("ndarray")),
    _value(
        19, "returns an array of records", "return np.zeros(2, 'i4,f8')", _STAYS.format("ndarray")
    ),
    _value(
        19, "returns an array of dates", "return np.zeros(2, 'M8[s]')", _STAYS.format("ndarray")
    ),
    _value(19, "returns an array of texts", "return np.array(['x'])", _STAYS.format("ndarray")),
    _value(
        20,
        "returns a number that tells another one",
        "return Liar(1.0)",
        "gave 1.0",
        "gave 7.0",
        """
        class Liar(float):
            def __float__(self): return 7.0
            def __pos__(self): return 7.0
            def __eq__(self, other): return True
            __hash__ = float.__hash__
        """,
    ),
    _value(
        20,
        "returns an array that tells other numbers",
        "return np.ones(2).view(Liar)",
        "gave float64 (2,) [1.0, 1.0]",
        top="""
        class Liar(np.ndarray):
            def tobytes(self, *a): return b"7" * 16
            shape = property(lambda self: (9, 9))
            dtype = property(lambda self: np.dtype("f4"))
            def __array_finalize__(self, one): pass
            def __eq__(self, other): return True
        """,
    ),
    _value(
        20,
        "returns what turns into an array when looked at",
        "return Later()",
        _STAYS.format("Later"),
        top="class Later:\n    def __array__(self, *a, **k): os._exit(1)",
    ),
    _value(
        20,
        "returns what is equal to everything",
        "return Equal()",
        _STAYS.format("Equal"),
        top="class Equal:\n    def __eq__(self, other): return True\n    __hash__ = None",
    ),
    _value(
        20,
        "returns a list that tells other items",
        "return Liar([1, 2])",
        "gave [1, 2]",
        top="""
        class Liar(list):
            def __iter__(self): return iter([7] * 10**9)
            def __len__(self): return -1
        """,
    ),
    _value(
        20,
        "returns a dict that tells other items",
        "return Liar(a=1)",
        "gave {'a': 1}",
        top="""
        class Liar(dict):
            def items(self): os._exit(1)
            keys = __iter__ = items
        """,
    ),
    _value(
        20,
        "returns a text that tells another one",
        "return Liar('one')",
        "gave 'one'",
        top="""
        class Liar(str):
            def __str__(self): return "two"
            def __len__(self): return -1
            __iter__ = encode = __str__
        """,
    ),
    _value(
        20,
        "returns an integer that tells another one",
        "return Liar(1)",
        "gave 1",
        "gave '7'",
        """
        class Liar(int):
            def __int__(self): return 7
            def __str__(self): return "7"
            __index__ = __pos__ = __int__
        """,
    ),
    _value(
        20,
        "returns an object whose class lies",
        "return Liar()",
        "TypeError: descriptor '__pos__' requires a 'float' object but received a 'Liar'",
        top="class Liar: __class__ = property(lambda self: float)",
    ),
)

SHAPES = (
    _value(
        21,
        "returns NaN and infinities",
        "return [float('nan'), float('inf'), -0.0]",
        "gave [nan, inf, -0.0]",
    ),
    _value(
        21,
        "returns every other entry, backwards",
        "return np.arange(6.0)[::-2]",
        "gave float64 (3,) [5.0, 3.0, 1.0]",
    ),
    _value(
        21,
        "returns columns first",
        "return np.asfortranarray(np.arange(4.0).reshape(2, 2))",
        "gave float64 (2, 2) [0.0, 1.0, 2.0, 3.0]",
    ),
    _value(
        21,
        "returns bytes the other way round",
        "return np.arange(2, dtype='>f8')",
        "gave float64 (2,) [0.0, 1.0]",
    ),
    _value(
        21,
        "returns overlapping entries",
        "return np.lib.stride_tricks.as_strided(np.ones(1), (2, 2), (0, 0))",
        "gave float64 (2, 2) [1.0, 1.0, 1.0, 1.0]",
    ),
    _value(
        21,
        "returns a list that holds itself",
        "x = []; x.append(x); return x",
        "value: nested more than 20 deep (does it contain itself?)",
    ),
    _value(
        21,
        "returns a dict that holds itself",
        "x = {}; x[1] = x; return x",
        "value: nested more than 20 deep (does it contain itself?)",
    ),
    _value(
        21, "returns a giant text", "return 'x' * (1 << 24)", "value: a text of 16777216 characters"
    ),
    _value(21, "returns a giant integer", "return 1 << 10**6", "value: an integer of 1000001 bits"),
    _value(
        21,
        "returns a list of a million",
        "return [0] * 10**6",
        "value: more than 10000 elements in lists: use an array",
    ),
    _value(21, "returns text that is no text", "return '\\ud800'", "gave '?'"),
    _value(21, "returns a generator", "return (x for x in 'ab')", _STAYS.format("generator")),
    _value(
        21,
        "returns an array past its memory",
        "return np.lib.stride_tricks.as_strided(np.ones(1), (1 << 20,), (4096,))",
        "died: crashed: the process was ended by SIGSEGV",
    ),
)

CHANGES = (
    Attack(
        22,
        "changes what it returned before",
        "STATE.append(np.ones(2)); return STATE[0]",
        {"values": "gave float64 (2,) [1.0, 1.0] | gave 1"},
        note=_FIXED,
        top="STATE = []\ndef later():\n    STATE[0][:] = 7\n    return 1",
        calls=("attack", "later"),
    ),
    Attack(
        22,
        "changes what the codec made of it",
        """
        encoder = sys.modules["worker_side.codec"].Encoder
        encoder._array = lambda self, value: ["l", 1.0]
        return np.zeros(3)
        """,
        {"values": "gave [1.0]"},
        note="it tells its own answer, and no other",
    ),
    Attack(
        23,
        "answers differently each time",
        "STATE.append(1); return len(STATE)",
        {"values": "gave 1 | gave 2"},
        note="that it is asked more than once is the checks' business: see the gradings",
        top="STATE = []",
        calls=("attack", "attack"),
    ),
)

ALL = (*OBJECTS, *SHAPES, *CHANGES)
