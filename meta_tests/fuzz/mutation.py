"""A small mutating fuzzer: seeded, blind to coverage, at home in bytes and in JSON."""

from __future__ import annotations

import json
import random
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from meta_tests.fuzz.target import LONGEST, Target

PREFIX = struct.Struct("<IQ")
SCALARS: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    -(2**63) - 1,
    10**700,
    0.0,
    -0.0,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "a",
    "é\u202e",
    "\ud800",
    "\x1b[31m",
    "x" * 3000,
    [],
    {},
    ["l"],
    ["a", 0],
)
SIZES = (0, 1, 7, 255, 4096, 2**31 - 1, 2**32 - 1)


def mutants(target: Target, seed: int) -> Iterator[bytes]:
    """The seeds, and then changes of them without end; the same ones for the same `seed`."""
    seeds = target.seeds()
    yield from seeds
    rng = random.Random(f"{target.name}/{seed}")
    while True:
        data = rng.choice(seeds)
        for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
            data = mutate(data, rng, target.words, seeds)
        yield data[:LONGEST]


def hammer(target: Target, *, seed: int = 0, runs: int = 0, seconds: float = 0.0) -> int:
    """Check mutants, `runs` of them or for so long; the number. The first that breaks it raises."""
    start, count = time.monotonic(), 0
    for data in mutants(target, seed):
        if count >= runs if runs else time.monotonic() - start >= seconds:
            break
        try:
            target.check(data)
        except BaseException as error:
            raise AssertionError(f"{target.name}: {data!r}") from error
        count += 1
    return count


def mutate(
    data: bytes, rng: random.Random, words: Sequence[bytes] = (), others: Sequence[bytes] = ()
) -> bytes:
    """One change, of the JSON in a frame or of the bytes."""
    if rng.random() < 0.5:
        changed = _in_frame(data, rng)
        if changed is not None:
            return changed
    return rng.choice(_BYTES)(data, rng, [*words, b"\0", b"\n", b"\xff"], list(others) or [data])


def framed(header: Any, body: bytes = b"") -> bytes:
    """A frame as it goes over the wire."""
    text = json.dumps(header, separators=(",", ":")).encode()
    return PREFIX.pack(len(text), len(body)) + text + body


def split(data: bytes) -> tuple[Any, bytes]:
    """The header and the rest of what looks like one frame; ValueError where it does not."""
    if len(data) < PREFIX.size:
        raise ValueError("no frame")
    n_header, _ = PREFIX.unpack_from(data)
    text = data[PREFIX.size : PREFIX.size + n_header]
    return json.loads(text), data[PREFIX.size + n_header :]


def _in_frame(data: bytes, rng: random.Random) -> bytes | None:
    """Another tree in a frame, or in a text that is JSON as a whole."""
    try:
        if data[:1] == b"{":
            return json.dumps(_tree(json.loads(data), rng)).encode()
        header, body = split(data)
        return framed(_tree(header, rng), body)
    except (ValueError, RecursionError):
        return None


def _tree(tree: Any, rng: random.Random) -> Any:
    """The tree with one of its branches changed."""
    if isinstance(tree, (list, dict)) and tree and rng.random() < 0.85:
        tree = tree.copy()
        places = list(tree) if isinstance(tree, dict) else range(len(tree))
        place = rng.choice(places)
        if rng.random() < 0.1:
            del tree[place]
        elif rng.random() < 0.1 and isinstance(tree, list):
            tree.insert(place, tree[place])
        elif rng.random() < 0.05 and isinstance(tree, dict):
            tree[str(rng.choice(SCALARS))[:50]] = tree.pop(place)
        else:
            tree[place] = _tree(tree[place], rng)
        return tree
    near = [tree + 1, tree - 1] if type(tree) is int else [[tree], [tree] * 3, str(tree)]
    return rng.choice([*SCALARS, *near])


def _flip(data: bytes, rng: random.Random, words: list[bytes], others: list[bytes]) -> bytes:
    if not data:
        return b"\0"
    i = rng.randrange(len(data))
    return data[:i] + bytes([data[i] ^ (1 << rng.randrange(8))]) + data[i + 1 :]


def _insert(data: bytes, rng: random.Random, words: list[bytes], others: list[bytes]) -> bytes:
    i = rng.randint(0, len(data))
    return data[:i] + rng.choice([*words, rng.randbytes(rng.randint(1, 8))]) + data[i:]


def _overwrite(data: bytes, rng: random.Random, words: list[bytes], others: list[bytes]) -> bytes:
    i, new = rng.randint(0, len(data)), rng.choice([*words, rng.randbytes(4)])
    return data[:i] + new + data[i + len(new) :]


def _number(data: bytes, rng: random.Random, words: list[bytes], others: list[bytes]) -> bytes:
    i, new = rng.randint(0, len(data)), struct.pack("<I", rng.choice(SIZES))[: rng.choice((2, 4))]
    return data[:i] + new + data[i + len(new) :]


def _cut(data: bytes, rng: random.Random, words: list[bytes], others: list[bytes]) -> bytes:
    i, j = sorted(rng.randint(0, len(data)) for _ in range(2))
    return data[:i] + data[j:] if j - i < len(data) // 2 or rng.random() < 0.3 else data[i:j]


def _repeat(data: bytes, rng: random.Random, words: list[bytes], others: list[bytes]) -> bytes:
    i, j = sorted(rng.randint(0, len(data)) for _ in range(2))
    return data[:j] + data[i:j] * rng.choice((1, 2, 30)) + data[j:]


def _splice(data: bytes, rng: random.Random, words: list[bytes], others: list[bytes]) -> bytes:
    other = rng.choice(others)
    return data[: rng.randint(0, len(data))] + other[rng.randint(0, len(other)) :]


_BYTES: tuple[Callable[[bytes, random.Random, list[bytes], list[bytes]], bytes], ...] = (
    _flip,
    _insert,
    _overwrite,
    _number,
    _cut,
    _repeat,
    _splice,
)
