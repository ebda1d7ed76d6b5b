"""Values out of a frame: a second reading, as plain as can be, to compare the decoder with."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from grader.sandbox.codec import DTYPES, MAX_INT_BITS, MAX_RANK
from grader.sandbox.text import clean
from grader.sandbox.values import Handle, Name

LARGEST = 1 << 40
DEEPEST = 22


class Lie(Exception):
    """This is no value."""


class Reading:
    """The values of one frame from worker `worker`; `call`: in a call back."""

    def __init__(
        self, specs: Any, body: bytes, *, nodes: int, chars: int, worker: int, call: bool
    ) -> None:
        self.nodes, self.chars, self.worker, self.call = nodes, chars, worker, call
        self.arrays = _arrays(specs, body)
        self.taken: set[int] = set()

    def value(self, tree: Any, depth: int = 0) -> Any:
        """The value of the tree; Lie where there is none."""
        self.nodes -= 1
        if self.nodes < 0 or depth > DEEPEST or type(tree) is dict:
            raise Lie
        if isinstance(tree, list):
            return self._tagged(tree, depth + 1)
        if isinstance(tree, str):
            if len(tree) > self.chars:
                raise Lie
            return "".join("?" if "\ud800" <= c <= "\udfff" else c for c in tree)
        if type(tree) is int and abs(tree) >= 1 << MAX_INT_BITS:
            raise Lie
        return tree

    def _tagged(self, tree: list[Any], depth: int) -> Any:
        kinds = [type(part) for part in tree]
        tag = tree[0] if tree and kinds[0] is str else ""
        if tag in ("l", "t"):
            items = [self.value(part, depth) for part in tree[1:]]
            return items if tag == "l" else tuple(items)
        if tag == "d":
            return self._dictionary(tree[1:], depth)
        if (
            tag == "a"
            and kinds == [str, int]
            and tree[1] in {*range(len(self.arrays))} - self.taken
        ):
            self.taken.add(tree[1])
            return self.arrays[tree[1]]
        if tag == "s" and len(tree) == 3:
            return _scalar(tree[1], tree[2])
        if tag == "c" and kinds == [str, float, float]:
            return complex(tree[1], tree[2])
        if tag == "h" and kinds == [str, int, str, bool]:
            return Handle(tree[1], clean(tree[2], 200), tree[3], self.worker)
        if tag == "n" and self.call and kinds == [str, str]:
            return Name(clean(tree[1], 200))
        raise Lie

    def _dictionary(self, pairs: list[Any], depth: int) -> dict[Any, Any]:
        found = {}
        for pair in pairs:
            if type(pair) is not list or len(pair) != 2:
                raise Lie
            key = self.value(pair[0], depth)
            item = self.value(pair[1], depth)
            try:
                found[key] = item
            except TypeError:
                raise Lie from None
        return found


def _arrays(specs: Any, body: bytes) -> list[np.ndarray]:
    if type(specs) is not list:
        raise Lie
    arrays: list[np.ndarray] = []
    for spec in specs:
        if type(spec) is not list or not spec or spec[0] not in [*DTYPES]:
            raise Lie
        dtype, dims = np.dtype(spec[0]), spec[1:]
        if len(dims) > MAX_RANK or any(type(n) is not int or n < 0 or n >= LARGEST for n in dims):
            raise Lie
        count, extent = 1, dtype.itemsize
        for n in dims:
            count, extent = count * n, extent * (n or 1)
        size = count * dtype.itemsize
        if extent > LARGEST or size > len(body):
            raise Lie
        part, body = body[:size], body[size:]
        if spec[0] == "bool":
            part = bytes(byte != 0 for byte in part)
        arrays.append(np.ndarray(dims, dtype, part))
    if body:
        raise Lie
    return arrays


def _scalar(name: Any, number: Any) -> np.generic:
    if name not in [*DTYPES]:
        raise Lie
    dtype = np.dtype(name)
    if type(number) is not {"b": bool, "f": float, "i": int, "u": int}[dtype.kind]:
        raise Lie
    if type(number) is int:
        bits = 8 * dtype.itemsize - (dtype.kind == "i")
        low = -(1 << bits) if dtype.kind == "i" else 0
        if not low <= number < 1 << bits:
            raise Lie
    with np.errstate(over="ignore"):
        return dtype.type(number)


def same(a: Any, b: Any) -> bool:
    """The same value of the same type, to the last bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (np.ndarray, np.generic)):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return same([*a.items()], [*b.items()])
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, complex):
        return same((a.real, a.imag), (b.real, b.imag))
    if isinstance(a, float):
        return (a != a and b != b) or struct.pack("d", a) == struct.pack("d", b)
    return bool(a == b)


def parts(value: Any) -> list[Any]:
    """The value and everything in it."""
    inner: list[Any] = []
    if isinstance(value, (list, tuple)):
        inner = list(value)
    elif isinstance(value, dict):
        inner = [*value.keys(), *value.values()]
    return [value] + [part for one in inner for part in parts(one)]
