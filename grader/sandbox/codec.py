"""Values as JSON trees and raw array buffers.

null, true, 1, 0.5, "text"        themselves
["l", …] ["t", …] ["d", [k, v]…]   list (also for a deque or an array.array), tuple, dict
["a", i]                           array i of the frame: {"arrays": [[dtype, n0, n1, …], …]}
["s", dtype, number]               a numpy scalar
["c", re, im]                      a complex number
[other, …]                         whatever the two ends agree on (`special`)
"""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import numpy as np

from .wire import ProtocolError

DTYPES = {
    name: np.dtype(name)
    for name in (
        "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
        "float16", "float32", "float64",
    )
}  # fmt: skip
# By dtype, as dtype.name costs a microsecond; other byte orders are found by name.
NAMES = {dtype: name for name, dtype in DTYPES.items()}
MAX_DEPTH = 20
MAX_NODES = 10_000
MAX_REQUEST_NODES = 2_000_000
MAX_INT_BITS = 2048
MAX_RANK = 16
MAX_ALIKE = 100  # keys of one dictionary with the same hash: 34 powers of two have that, too


class ValueProblem(Exception):
    """A value that cannot cross, in words for the student."""


class Encoder:
    """Turns values into trees and gathers their arrays; one per frame.

    special(value) gives the tree of anything that is not plain data; `kinds`: types that are known
    not to be, so that none of the others is tried. Arrays are copied at once, so that later changes
    do not reach a value that was already encoded.
    """

    def __init__(
        self,
        special: Callable[[Any], Any],
        *,
        max_bytes: int,
        max_nodes: int = MAX_NODES,
        max_chars: int = 1 << 20,
        kinds: frozenset[type] = frozenset(),
    ) -> None:
        self.special = special
        self.kinds = kinds
        self.max_bytes = max_bytes
        self.max_nodes = max_nodes
        self.max_chars = max_chars
        self.arrays: list[list[Any]] = []
        self.buffers: list[bytes] = []
        self.n_bytes = 0
        self.nodes = 0

    def encode(self, value: Any, depth: int = 0) -> Any:
        """The tree of `value`; ValueProblem if it is too deep, too long or too large."""
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise ValueProblem(f"nested more than {MAX_DEPTH} deep (does it contain itself?)")
        if self.nodes > self.max_nodes:
            raise ValueProblem(f"more than {self.max_nodes} elements in lists: use an array")
        kind = type(value)  # most values are of a type that needs no search
        if kind is float or value is None or kind is bool:
            return value
        if kind is str or kind is int:
            return self._number_or_text(value)
        if kind in self.kinds:
            return self.special(value)
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, np.generic):
            return self._scalar(value)
        if isinstance(value, (int, float, complex, str)):
            return self._number_or_text(value)
        # The base class's own iterators: a subclass may answer anything.
        if isinstance(value, list):
            return ["l", *[self.encode(item, depth + 1) for item in list.__iter__(value)]]
        if isinstance(value, tuple):
            return ["t", *[self.encode(item, depth + 1) for item in tuple.__iter__(value)]]
        if isinstance(value, dict):
            return ["d", *[self._pair(k, v, depth + 1) for k, v in list(dict.items(value))]]
        if isinstance(value, deque):
            return ["l", *[self.encode(item, depth + 1) for item in deque.__iter__(value)]]
        if isinstance(value, array):
            return ["l", *[self.encode(item, depth + 1) for item in array.__iter__(value)]]
        return self.special(value)

    def _pair(self, key: Any, value: Any, depth: int) -> list[Any]:
        return [self.encode(key, depth), self.encode(value, depth)]

    def _number_or_text(self, value: Any) -> Any:
        if isinstance(value, int):
            value = int.__pos__(value)
            if value.bit_length() > MAX_INT_BITS:
                raise ValueProblem(f"an integer of {value.bit_length()} bits")
            return value
        if isinstance(value, float):
            return float.__pos__(value)
        if isinstance(value, complex):
            value = complex.__pos__(value)
            return ["c", value.real, value.imag]
        if str.__len__(value) > self.max_chars:
            raise ValueProblem(f"a text of {str.__len__(value)} characters")
        return str.__str__(value)

    def _scalar(self, value: np.generic) -> Any:
        plain = np.asarray(value)
        name = _name(plain.dtype)
        if name not in DTYPES:
            return self.special(value)
        return ["s", name, _cast(plain, DTYPES[name]).item()]

    def _array(self, value: np.ndarray) -> Any:
        plain = np.ndarray.view(value, np.ndarray)
        known = NAMES.get(plain.dtype)
        name = known or _name(plain.dtype)
        if name not in DTYPES:
            return self.special(value)
        if plain.ndim > MAX_RANK:
            raise ValueProblem(f"an array of {plain.ndim} dimensions")
        self.n_bytes += plain.size * DTYPES[name].itemsize
        if self.n_bytes > self.max_bytes:
            raise ValueProblem(f"an array of shape {plain.shape} ({plain.nbytes >> 20} MiB)")
        if known is None:
            plain = _cast(plain, DTYPES[name])
        self.buffers.append(plain.tobytes())
        self.arrays.append([name, *plain.shape])
        return ["a", len(self.arrays) - 1]


def _name(dtype: np.dtype[Any]) -> str:
    """What a dtype crosses as; "float64" for long double, which differs between machines."""
    return "float64" if dtype.type is np.longdouble else dtype.name


def _cast(plain: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    with np.errstate(over="ignore"):  # of a long double: it becomes infinite
        return plain.astype(dtype, copy=False)


class Decoder:
    """Turns trees back into values; one per frame. Whatever does not fit is a ProtocolError.

    special(tree, decode) gives the value of a tag that is not plain data.
    """

    def __init__(
        self,
        arrays: Any,
        body: memoryview,
        special: Callable[[list[Any]], Any],
        *,
        max_nodes: int = MAX_NODES,
        max_chars: int = 1 << 20,
        writable: bool = False,
        once: bool = True,
    ) -> None:
        self.special = special
        self.max_nodes = max_nodes
        self.max_chars = max_chars
        self.nodes = 0
        self.writable = writable
        self.arrays = _arrays(arrays, body)
        # An array that is named again and again would be copied each time.
        self.used: set[int] | None = set() if once else None

    def decode(self, tree: Any, depth: int = 0) -> Any:
        """The value of `tree`."""
        self.nodes += 1
        if depth > MAX_DEPTH + 2 or self.nodes > self.max_nodes:
            raise ProtocolError("a value is too deep or too long")
        if type(tree) is not list:
            return self._plain(tree)
        if not tree or type(tree[0]) is not str:
            raise ProtocolError("a value without a tag")
        tag = tree[0]
        if tag == "a":
            return self._take(tree)
        if tag == "l":
            return [self.decode(item, depth + 1) for item in tree[1:]]
        if tag == "t":
            return tuple([self.decode(item, depth + 1) for item in tree[1:]])
        if tag == "d":
            return self._dict(tree, depth + 1)
        if tag == "s":
            return _scalar(tree)
        if tag == "c":
            return _complex(tree)
        return self.special(tree)

    def _plain(self, tree: Any) -> Any:
        if type(tree) is str and len(tree) > self.max_chars:
            raise ProtocolError("a text is too long")
        if type(tree) is dict:
            raise ProtocolError("a value without a tag")
        if type(tree) is int and tree.bit_length() > MAX_INT_BITS:
            raise ProtocolError("an integer is too long")
        if type(tree) is str and not tree.isascii():
            return tree.encode("utf-8", "replace").decode()  # a surrogate without a partner
        return tree

    def _dict(self, tree: list[Any], depth: int) -> dict[Any, Any]:
        items: dict[Any, Any] = {}
        alike: Counter[int] = Counter()
        for pair in tree[1:]:
            if type(pair) is not list or len(pair) != 2:
                raise ProtocolError("a dictionary's item is not a pair")
            key, value = self.decode(pair[0], depth), self.decode(pair[1], depth)
            try:
                alike[hash(key)] += 1
            except TypeError:
                raise ProtocolError("a dictionary's key is not hashable") from None
            # Chosen to be alike, n keys would cost n * n comparisons; no deadline covers those.
            if alike[hash(key)] > MAX_ALIKE:
                raise ProtocolError("a dictionary's keys are too much alike")
            items[key] = value
        return items

    def _take(self, tree: list[Any]) -> np.ndarray:
        index = tree[1] if len(tree) == 2 else None
        if type(index) is not int or not 0 <= index < len(self.arrays):
            raise ProtocolError("an array that is not there")
        if self.used is not None:
            if index in self.used:
                raise ProtocolError("an array is used twice")
            self.used.add(index)
        array = self.arrays[index].copy()
        array.flags.writeable = self.writable
        return array


def _arrays(specs: Any, body: memoryview) -> list[np.ndarray]:
    if type(specs) is not list or len(specs) > MAX_REQUEST_NODES:
        raise ProtocolError("the list of arrays is missing")
    arrays, start = [], 0
    for spec in specs:
        dtype, shape, n_bytes = _described(spec)
        if start + n_bytes > len(body):
            raise ProtocolError("an array is larger than its frame")
        flat = np.frombuffer(body[start : start + n_bytes], np.uint8)
        # Any byte but 0 and 1 in a bool is undefined behaviour further on.
        flat = (flat != 0) if dtype.kind == "b" else flat.view(dtype)
        arrays.append(flat.reshape(shape))
        start += n_bytes
    if start != len(body):
        raise ProtocolError("bytes that belong to no array")
    return arrays


def _described(spec: Any) -> tuple[np.dtype, tuple[int, ...], int]:
    if type(spec) is not list or not spec or type(spec[0]) is not str or spec[0] not in DTYPES:
        raise ProtocolError("an array of an unknown type")
    shape = tuple(spec[1:])
    if len(shape) > MAX_RANK or not all(type(n) is int and 0 <= n < 1 << 40 for n in shape):
        raise ProtocolError("an array of an impossible shape")
    dtype = DTYPES[spec[0]]
    n_bytes, extent = dtype.itemsize, dtype.itemsize
    for n in shape:
        n_bytes *= n
        extent *= max(n, 1)
    if extent > 1 << 40:
        raise ProtocolError("an array of an impossible shape")
    return dtype, shape, n_bytes


def _scalar(tree: list[Any]) -> np.generic:
    if len(tree) != 3 or type(tree[1]) is not str or tree[1] not in DTYPES:
        raise ProtocolError("a scalar of an unknown type")
    dtype, number = DTYPES[tree[1]], tree[2]
    wanted = {"b": bool, "f": float}.get(dtype.kind, int)
    if type(number) is not wanted:
        raise ProtocolError("a scalar of another type than it says")
    if wanted is int and not np.iinfo(dtype).min <= number <= np.iinfo(dtype).max:
        raise ProtocolError("a scalar out of its type's range")
    with np.errstate(over="ignore"):
        return dtype.type(number)


def _complex(tree: list[Any]) -> complex:
    if len(tree) != 3 or type(tree[1]) is not float or type(tree[2]) is not float:
        raise ProtocolError("a malformed complex number")
    return complex(tree[1], tree[2])
