"""Frames and values: what crosses, and that nothing else does."""

from __future__ import annotations

import json
import socket
import struct
from array import array
from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from grader.sandbox.codec import MAX_INT_BITS, MAX_NODES, Decoder, Encoder, ValueProblem
from grader.sandbox.wire import PREFIX, Channel, Closed, ProtocolError, parse_header

Pair = tuple[Channel, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours, max_body=1 << 20, max_header=1 << 16), theirs


def no_special(value: Any) -> Any:
    raise TypeError(type(value).__name__)


def refuse(tree: list[Any]) -> Any:
    raise ProtocolError("unknown tag")


def there_and_back(value: Any) -> Any:
    encoder = Encoder(no_special, max_bytes=1 << 20)
    tree = json.loads(json.dumps(encoder.encode(value)))
    body = memoryview(b"".join(encoder.buffers))
    return Decoder(encoder.arrays, body, refuse).decode(tree)


def test_a_frame_crosses(pair: Pair) -> None:
    channel, other = pair
    peer = Channel(other, max_body=1 << 20)
    channel.send({"op": "x", "n": 1}, [b"abc", b"", b"de"])
    header, body = peer.receive()
    assert header == {"op": "x", "n": 1}
    assert bytes(body) == b"abcde"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -(2**200),
        0.1,
        float("inf"),
        2 - 1j,
        "é\n",
        [],
        (1, [2, {"a": (), 3: None}]),
        {"W1": 1.5, (1, 2): "x"},
    ],
)
def test_plain_values_cross_unchanged(value: Any) -> None:
    got = there_and_back(value)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (0, 4), (1, 2, 3)])
def test_arrays_cross_with_dtype_and_shape(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    got = there_and_back(array)
    assert isinstance(got, np.ndarray)
    assert (got.dtype, got.shape) == (array.dtype, array.shape)
    assert np.array_equal(got, array)


def test_arrays_come_back_read_only_and_with_memory_of_their_own() -> None:
    first, second = there_and_back([np.zeros(3), np.ones(3)])
    assert not first.flags.writeable
    assert first.base is None
    assert not np.shares_memory(first, second)


@pytest.mark.parametrize(
    "array",
    [
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(10.0)[::-2],
        np.arange(3.0).astype(">f8"),
        np.broadcast_to(np.float32(2), (2, 2)),
        np.array([np.nan, -np.inf, -0.0]),
    ],
    ids=["fortran", "strided", "big-endian", "broadcast", "nan"],
)
def test_layout_does_not_matter(array: np.ndarray) -> None:
    assert np.array_equal(there_and_back(array), array, equal_nan=True)


@pytest.mark.parametrize(
    "scalar", [np.float32(0.1), np.float64(0.1), np.int8(-3), np.bool_(True), np.uint64(2**64 - 1)]
)
def test_numpy_scalars_keep_their_type(scalar: np.generic) -> None:
    got = there_and_back(scalar)
    assert got == scalar
    assert type(got) is type(scalar)


class Lying(float):
    def __float__(self) -> float:
        raise ValueError

    def __repr__(self) -> str:
        raise ValueError


class View(np.ndarray):
    @property
    def nbytes(self) -> int:
        return 0


def test_subclasses_become_their_base() -> None:
    got = there_and_back([Lying(2.5), OrderedDict(a=1), np.arange(3.0).view(View)])
    assert got[:2] == [2.5, {"a": 1}]
    assert [type(item) for item in got] == [float, dict, np.ndarray]


def test_masked_and_matrix_become_arrays() -> None:
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix([[1.0, 2.0]])
    got = there_and_back([np.ma.array([1.0, 2.0], mask=[True, False]), matrix])
    assert [type(item) for item in got] == [np.ndarray, np.ndarray]


@pytest.mark.parametrize(
    "wide", [np.array([[1.5, np.inf], [0.1, -0.0]], np.longdouble), np.longdouble(0.1)]
)
@pytest.mark.parametrize("order", ["=", "S"])
def test_long_double_becomes_float64(wide: Any, order: str) -> None:
    plain = wide.astype(np.float64)
    got = there_and_back(wide.astype(wide.dtype.newbyteorder(order)))
    assert type(got) is type(plain)
    assert (got.dtype, got.shape) == (plain.dtype, plain.shape)
    assert np.array_equal(got, plain)


def test_what_is_too_great_for_float64_becomes_infinite() -> None:
    with np.errstate(over="ignore"):  # where it is no wider than float64
        great = np.longdouble(1e300) ** 2
    got = there_and_back([great, np.array([great, -great])])
    assert got[0] == np.inf
    assert np.array_equal(got[1], [np.inf, -np.inf])


class Posing(deque):  # type: ignore[type-arg]
    def __iter__(self) -> Any:
        raise ValueError

    def __len__(self) -> int:
        raise ValueError


class Typed(array):  # type: ignore[type-arg]
    __iter__ = __len__ = __getitem__ = tolist = None  # type: ignore[assignment]

    def __buffer__(self, flags: int) -> Any:
        raise ValueError


@pytest.mark.parametrize(
    "value",
    [deque([0.5, 2.0], 5), array("d", [0.5, 2.0]), Posing([0.5, 2.0]), Typed("d", [0.5, 2.0])],
    ids=["deque", "array", "deque of theirs", "array of theirs"],
)
def test_other_sequences_of_numbers_become_lists(value: Any) -> None:
    got = there_and_back({"losses": value, "more": (value, 1)})
    assert got == {"losses": [0.5, 2.0], "more": ([0.5, 2.0], 1)}
    assert type(got["losses"]) is list


def cyclic() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [
        cyclic(),
        list(range(MAX_NODES + 1)),
        "x" * (1 << 21),
        1 << 5000,
        np.broadcast_to(np.zeros(1), (10**9,)),
        np.broadcast_to(np.zeros(1, np.longdouble), (10**12,)),
        deque(range(MAX_NODES + 1)),
        array("b", bytes(MAX_NODES + 1)),
    ],
    ids=["cyclic", "long", "text", "integer", "array", "long doubles", "deque", "array.array"],
)
def test_what_is_too_much_is_named(value: Any) -> None:
    with pytest.raises(ValueProblem):
        Encoder(no_special, max_bytes=1 << 20).encode(value)


@pytest.mark.parametrize("value", [np.array([None]), np.array(["a"]), {1}, np.clongdouble(1)])
def test_the_rest_is_special(value: Any) -> None:
    assert Encoder(lambda v: ["h", 1], max_bytes=1 << 20).encode([value]) == ["l", ["h", 1]]


def decode(tree: Any, arrays: Any = None, body: bytes = b"") -> Any:
    return Decoder([] if arrays is None else arrays, memoryview(body), refuse).decode(tree)


def nested(depth: int) -> Any:
    tree: Any = 1
    for _ in range(depth):
        tree = ["l", tree]
    return tree


@pytest.mark.parametrize(
    ("tree", "arrays", "body"),
    [
        ({"a": 1}, [], b""),
        ([], [], b""),
        ([1], [], b""),
        (["nobody"], [], b""),
        (["a"], [], b""),
        (["a", 0], [], b""),
        (["a", True], [["bool", 1]], b"\1"),
        (["a", -1], [["int8", 1]], b"\1"),
        (["l", ["a", 0], ["a", 0]], [["int8", 1]], b"\1"),
        (["a", 0], [["object", 1]], b"\1" * 8),
        (["a", 0], [["float64", 1]], b"\1" * 7),
        (["a", 0], [["float64", 1]], b"\1" * 9),
        (["a", 0], [["float64", -1]], b""),
        (["a", 0], [["float64", 1.0]], b"\1" * 8),
        (["a", 0], [["float64", 0, 1 << 39, 1 << 39]], b""),
        (["a", 0], [["int8", *[1] * 20]], b"\1"),
        (["a", 0], [["float64", "1"]], b""),
        (1, None, b"x"),
        (1, {"0": 1}, b""),
        (["d", [1]], [], b""),
        (["d", 1], [], b""),
        (["d", [["l"], 1]], [], b""),
        (["d", [["a", 0], 1]], [["int8", 1]], b"\1"),
        (["s", "float64"], [], b""),
        (["s", "float64", "1"], [], b""),
        (["s", "int8", 300], [], b""),
        (["s", "bool", 1], [], b""),
        (["s", "object", 1], [], b""),
        (["c", 1, 2], [], b""),
        (["c", 1.0], [], b""),
        ("x" * (1 << 21), [], b""),
        (nested(30), [], b""),
        (1 << MAX_INT_BITS, [], b""),
        (["l", *[0] * MAX_NODES], [], b""),
    ],
)
def test_lies_are_protocol_errors(tree: Any, arrays: Any, body: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(tree, arrays, body)


@pytest.mark.parametrize(
    "keys",
    [
        [k * (2**61 - 1) for k in range(4000)],
        [["c", 2.0**50 - 1000003 * k, float(k)] for k in range(4000)],
    ],
    ids=["integers", "complex"],
)
def test_keys_made_to_collide_are_refused(keys: list[Any]) -> None:
    with pytest.raises(ProtocolError, match="alike"):
        decode(["d", *[[key, None] for key in keys]])


def test_honest_keys_are_not_too_much_alike() -> None:
    keys = [*range(-1000, 1000), *[2**k for k in range(10, 2048)]]
    assert list(decode(["d", *[[key, 0] for key in keys]])) == keys


def test_bytes_of_a_bool_array_are_made_proper() -> None:
    array = decode(["a", 0], [["bool", 3]], b"\x00\x02\xff")
    assert array.view(np.uint8).tolist() == [0, 1, 1]


def test_a_lone_surrogate_is_replaced() -> None:
    decode("a\ud800").encode()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b"\xff\xfe",
        b"{} {}",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "cut", "list", "number", "binary", "two", "deep", "deeper", "digits"],
)
def test_a_header_that_is_no_object_is_a_protocol_error(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_header(text)


@pytest.mark.parametrize(
    "announced",
    [(1 << 20, 0), (2, 1 << 40), (2**32 - 1, 2**64 - 1)],
    ids=["header", "body", "both"],
)
def test_sizes_are_checked_before_anything_is_read(pair: Pair, announced: tuple[int, int]) -> None:
    channel, other = pair
    other.sendall(PREFIX.pack(*announced))
    with pytest.raises(ProtocolError, match="too large"):
        channel.receive()


@pytest.mark.parametrize("sent", [b"", b"\1\0", struct.pack("<IQ", 10, 5) + b"{}"])
def test_an_end_in_the_middle_is_noticed(pair: Pair, sent: bytes) -> None:
    channel, other = pair
    other.sendall(sent)
    other.close()
    with pytest.raises(Closed):
        channel.receive()


def test_unasked_for_bytes_are_seen(pair: Pair) -> None:
    channel, other = pair
    assert not channel.pending()
    other.sendall(b"x")
    assert channel.pending()


def test_the_wait_decides_how_long_a_read_may_take() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        asked: list[int] = []

        def give_up(event: int) -> None:
            asked.append(event)
            raise TimeoutError

        channel = Channel(ours, max_body=1, wait=give_up)
        with pytest.raises(TimeoutError):
            channel.receive()
        assert len(asked) == 1
