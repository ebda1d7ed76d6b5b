"""What a worker answers, and what it asks: values, results, accounts, calls back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from grader.sandbox.callbacks import Callbacks, Desk
from grader.sandbox.codec import MAX_DEPTH, MAX_NODES, Encoder, ValueProblem
from grader.sandbox.errors import StudentError
from grader.sandbox.requests import Codec
from grader.sandbox.text import clean
from grader.sandbox.values import Handle, HostFunction, Name
from grader.sandbox.wire import ProtocolError, parse_header
from meta_tests.fuzz.frames import NONCE, WORDS
from meta_tests.fuzz.mutation import PREFIX, framed
from meta_tests.fuzz.target import Target, memory_below
from meta_tests.fuzz.trees import Lie, Reading, parts, same

CHARS = 10_000
WORKER = 3
PLAIN = (type(None), bool, int, float, complex, str, list, tuple, dict, np.ndarray, np.generic)
PROGRAMS = [{"returns": [[0, False]]}, {"returns": [[0, False], [1, True]]}]
ALLOWED = frozenset({"nn.relu", "nn.NN"})
MOST_ELEMENTS, MOST_CALLS, MOST_RANK = 50, 3, 2


def codec() -> Codec:
    return Codec(WORKER, request_bytes=1 << 24, text_chars=CHARS)


def opened(data: bytes) -> tuple[dict[str, Any], bytes] | None:
    """Header and body of the first bytes; None where not even those are right."""
    if len(data) < PREFIX.size:
        return None
    n_header, _ = PREFIX.unpack_from(data)
    try:
        header = parse_header(data[PREFIX.size : PREFIX.size + n_header])
    except ProtocolError:
        return None
    return header, data[PREFIX.size + n_header :]


def cap(data: bytes) -> int:
    """Bytes that decoding may hold: an empty array is announced in 11 and takes some hundred."""
    return (1 << 18) + 150 * len(data)


def values(data: bytes) -> None:
    """A tree with its arrays: as `Reading` reads it, in memory of its own, and back again."""
    found = opened(data)
    if found is None:
        return
    header, body = found
    call = bool(len(body) % 2)
    with memory_below(cap(data), data):
        try:
            decoder = codec().decoder(header.get("arrays"), memoryview(body), call=call)
            value = decoder.decode(header.get("value"))
        except ProtocolError:
            value = Lie
    limits = {"nodes": MAX_NODES, "chars": CHARS, "worker": WORKER}
    try:
        expected = Reading(header.get("arrays"), body, call=call, **limits).value(
            header.get("value")
        )
    except Lie:
        expected = Lie
    assert (value is Lie) == (expected is Lie)
    assert value is Lie or same(value, expected)
    if value is not Lie:
        _check_value(value, call)


def _check_value(value: Any, call: bool) -> None:
    allowed = (*PLAIN, Handle, Name) if call else (*PLAIN, Handle)
    for part in parts(value):
        assert isinstance(part, allowed), type(part)
        if isinstance(part, np.ndarray):
            assert type(part) is np.ndarray and part.base is None
            assert part.dtype.isnative and part.flags.writeable == call
    encoder = Encoder(_told, max_bytes=1 << 30, max_chars=CHARS)
    try:
        tree = json.loads(json.dumps(encoder.encode(value)))
    except ValueProblem as problem:  # what comes in may be two levels deeper than what goes out
        assert f"more than {MAX_DEPTH} deep" in str(problem), problem
        return
    body = memoryview(b"".join(encoder.buffers))
    assert same(codec().decoder(encoder.arrays, body, call=call).decode(tree), value)


def _told(value: Any) -> list[Any]:
    if isinstance(value, Handle):
        return ["h", value.id, value.type_name, value.callable]
    return ["n", value.path]


def replies(data: bytes) -> None:
    """Results, accounts of imports and replacements, scans: what is taken can be shown."""
    found = opened(data)
    if found is None:
        return
    header, body = found[0], memoryview(found[1])
    with memory_below(cap(data), data):
        for read in (_results, _loaded, _replaced, _scanned):
            try:
                read(header, body)
            except ProtocolError:
                continue


def _results(header: dict[str, Any], body: memoryview) -> None:
    results = codec().results(header, body, PROGRAMS)
    assert len(results) == len(PROGRAMS)
    for result, program in zip(results, PROGRAMS, strict=True):
        assert len(result.values) == (0 if result.error else len(program["returns"]))
        assert 0 <= result.seconds < math.inf
        _check_texts(*result.dropped)
        if result.error:
            _check_error(result.error)


def _loaded(header: dict[str, Any], body: memoryview) -> None:
    loaded = codec().loaded("nn", header.get("loaded"))
    _check_texts(*loaded.notes, *loaded.names, *loaded.names.values())
    assert all(type(line) is int for line in loaded.skipped)
    if loaded.error:
        _check_error(loaded.error)


def _replaced(header: dict[str, Any], body: memoryview) -> None:
    replaced = codec().replaced(header)
    _check_texts(*replaced.done, *([] if replaced.refused is None else [replaced.refused]))


def _scanned(header: dict[str, Any], body: memoryview) -> None:
    values = codec().scanned(header, body, 2)
    assert (values.dtype, values.shape) == (np.float64, (2, 2))


def _check_error(error: StudentError) -> None:
    texts = [part for line in error.lines for part in (line.file, line.function, line.text)]
    _check_texts(error.kind, error.type_name, error.message, *texts)
    assert all(type(line.lineno) is int for line in error.lines) and len(error.lines) <= 12
    json.dumps(asdict(error)).encode()


def _check_texts(*texts: str) -> None:
    for text in texts:
        assert type(text) is str and clean(text, CHARS) == text, ascii(text[:200])


def calls(data: bytes) -> None:
    """Calls back, one frame each: only what is allowed reaches the host's function."""
    callbacks = Callbacks(
        _answering,
        ALLOWED,
        MOST_ELEMENTS,
        lambda shape: len(shape) <= MOST_RANK,
        max_calls=MOST_CALLS,
    )
    codes = codec()
    desk = Desk(
        callbacks,
        lambda arrays, body: codes.decoder(arrays, body, call=True),
        codes.encoder,
        max_calls=9,
        max_bytes=1 << 20,
    )
    answered = 0
    for piece in data.split(b"\x1e\x1e"):
        found = opened(piece.replace(NONCE, desk.nonce.encode()))
        if found is None:
            continue
        before = desk.nonce
        try:
            with memory_below(cap(piece), piece):
                reply, buffers = desk.reply(found[0], memoryview(found[1]))
        except ProtocolError:
            return
        assert found[0]["nonce"] == before != desk.nonce == reply["nonce"]
        answered += "refused" not in reply
        assert answered <= MOST_CALLS
        json.dumps(reply).encode()
        assert sum(map(len, buffers)) <= 8 * 4 * MOST_ELEMENTS


def _answering(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Stands in for the reference; an AssertionError would become a refusal."""
    found = [part for part in parts([args, dict(kwargs)]) if isinstance(part, (np.ndarray, Name))]
    arrays = [part for part in found if isinstance(part, np.ndarray)]
    names = {part.path for part in found if isinstance(part, Name)}
    bad = sum(array.size for array in arrays) > MOST_ELEMENTS or not names <= ALLOWED
    if bad or name not in ALLOWED or any(array.ndim > MOST_RANK for array in arrays):
        raise SystemExit(f"reached the host: {name} {args} {kwargs}")  # passes `except Exception`
    return [array.astype(np.float64) for array in arrays], abs, HostFunction("nn.relu")


def _values() -> list[bytes]:
    tree: Any = ["l", 1, True, None, 0.5, "é", ["t", ["c", 1.0, -0.0]], ["s", "int8", -3], ["a", 0]]
    pairs = ["d", ["W1", ["a", 1]], [["t", 1, 2], ["a", 2]], [2, ["h", 4, "NN", True]]]
    arrays = [["float64", 2, 1], ["bool", 3], ["float32"]]
    body = np.array([1.5, np.nan]).tobytes() + b"\0\2\1" + bytes(4)
    deep: Any = 1
    for _ in range(21):
        deep = ["l", deep]
    return [
        framed({"arrays": arrays, "value": ["l", tree, pairs]}, body),
        framed({"arrays": [["int16", 2, 0, 3]], "value": ["a", 0]}),
        framed({"arrays": [["uint8", 1]], "value": ["l", ["n", "nn.relu"], ["a", 0]]}, b"x"),
        framed({"arrays": [], "value": deep}),
        framed({"arrays": [["int8", 0]] * 200, "value": ["l", *[["a", i] for i in range(200)]]}),
        framed({"arrays": [], "value": 2**2047}),
        *[framed({"arrays": [[k, 2]], "value": ["a", 0]}, bytes(range(16))[: 2 * size])
          for k, size in (("float16", 2), ("uint64", 8), ("bool", 1))],
    ]  # fmt: skip


def _replies() -> list[bytes]:
    error = {"kind": "raised", "type": "E", "message": "m", "lines": [["nn.py", 3, "f", "x"]]}
    done = {"dropped": ["seed"], "seconds": 0.1, "values": [["a", 0]]}
    both = {"dropped": [], "seconds": 0.0, "values": [1, ["h", 1, "NN", False]]}
    failed = {"dropped": [], "seconds": 0.0, "error": error}
    loaded = {"notes": ["line 3: x"], "skipped": [3], "names": {"f": "function", "NN.g": "class"}}
    return [
        framed({"arrays": [["float64", 1]], "results": [done, both]}, bytes(8)),
        framed({"arrays": [], "results": [failed, both]}),
        framed({"arrays": [], "loaded": loaded}),
        framed({"arrays": [], "loaded": {**loaded, "error": error}}),
        framed({"done": ["nn.relu"], "refused": None}),
        framed({"done": [], "refused": "why"}),
        framed({"arrays": [["float64", 2, 2]], "values": ["a", 0]}, bytes(32)),
    ]


def _calls() -> list[bytes]:
    def one(name: Any, *args: Any, arrays: Any = (), body: bytes = b"", **kwargs: Any) -> bytes:
        named = [list(pair) for pair in kwargs.items()]
        header = {"op": "callback", "nonce": NONCE.decode(), "name": name, "args": list(args)}
        return framed({**header, "kwargs": named, "arrays": list(arrays)}, body)

    relu = one("nn.relu", ["a", 0], arrays=[["float64", 2, 2]], body=bytes(32))
    back = one(0, ["n", "nn.NN"], x=["h", 1, "NN", True])
    large = one("nn.relu", ["a", 0], arrays=[["int8", 51]], body=bytes(51))
    foreign = one("os.system", ["n", "os.system"], x=["l", ["n", "solution.NN"]])
    return [relu, b"\x1e\x1e".join([relu, back]), large, foreign, b"\x1e\x1e".join([relu] * 5)]


TAGS = tuple(f'"{tag}"'.encode() for tag in "ltdasch") + (
    b'"n"',
    b'"float64"',
    b'"bool"',
    b'"int8"',
)
VALUES = Target(
    "values",
    "a value is what a second, plain reading gives, in memory of its own, and re-encodes to itself",
    values,
    _values,
    (*WORDS, *TAGS),
)
REPLIES = Target(
    "replies",
    "results and accounts are taken whole or are a ProtocolError; every text is clean and capped",
    replies,
    _replies,
    (*WORDS, *TAGS, b"error", b"dropped", b"seconds", b"refused"),
)
CALLS = Target(
    "calls",
    "only allowed functions, names, shapes, sizes and numbers of calls reach the host",
    calls,
    _calls,
    (*WORDS, *TAGS, NONCE, b"nn.relu", b"nn.NN", b"\x1e\x1e", b"kwargs"),
)
