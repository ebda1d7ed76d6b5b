"""Inputs as hypothesis draws them: of the shape that a target reads, or its seeds changed."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from meta_tests.fuzz.mutation import framed, mutate
from meta_tests.fuzz.target import LONGEST, Target

NUMBERS = st.integers() | st.floats() | st.booleans() | st.none()
DTYPES = st.sampled_from(
    ["bool", "int8", "uint16", "int64", "float16", "float32", "float64", "object"]
)
INDEX = st.integers(-1, 4)
PARTS = st.sampled_from(
    ["nn", "NN (1)", "solution", "hw", "..", "", "a\\b", "x" * 300, "tests", "-"]
)
NAMES = st.lists(PARTS | st.text(max_size=5), min_size=1, max_size=4).map("/".join)
FILES = st.builds(str.__add__, NAMES, st.sampled_from([".py", ".PY", ".ipynb", "", ".py.txt"]))
SOURCES = st.sampled_from([b"x = 1\n", b"", b"\xff", b"# coding: cp1\n", b"#" * 4000])


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    items = st.lists(inner, max_size=4)
    pairs = st.lists(st.lists(inner, min_size=1, max_size=3), max_size=3)
    return (
        st.builds(lambda tag, parts: [tag, *parts], st.sampled_from(["l", "t", "x"]), items)
        | pairs.map(lambda parts: ["d", *parts])
        | items
    )


TREES = st.recursive(
    NUMBERS
    | st.text(max_size=8)
    | INDEX.map(lambda i: ["a", i])
    | st.tuples(st.just("s"), DTYPES, NUMBERS).map(list)
    | st.tuples(st.just("c"), st.floats(), st.floats()).map(list)
    | st.tuples(st.just("h"), st.integers(), st.text(max_size=5), st.booleans()).map(list)
    | st.text(max_size=5).map(lambda name: ["n", name]),
    _grown,
    max_leaves=12,
)
ARRAYS = st.lists(st.tuples(DTYPES, st.integers(-1, 3), st.integers(0, 3)).map(list), max_size=4)


def _values() -> st.SearchStrategy[bytes]:
    headers = st.fixed_dictionaries({"arrays": ARRAYS, "value": TREES})
    return headers.flatmap(
        lambda header: st.builds(framed, st.just(header), _body(header["arrays"]))
    )


def _body(arrays: list[list[Any]]) -> st.SearchStrategy[bytes]:
    """As many bytes as the arrays need, or any."""
    width = {"bool": 1, "int8": 1, "uint16": 2, "float16": 2, "float32": 4}
    size = sum(width.get(kind, 8) * max(0, n) * m for kind, n, m in arrays)
    return st.binary(min_size=size, max_size=size) | st.binary(max_size=40)


def _replies() -> st.SearchStrategy[bytes]:
    texts = st.lists(st.text(max_size=9) | TREES, max_size=3)
    line = st.tuples(st.text(max_size=5), st.integers(), st.text(max_size=5), st.text()).map(list)
    error = st.fixed_dictionaries(
        {"kind": st.sampled_from(["raised", "missing", "odd"])},
        optional={"type": st.text(max_size=9), "message": st.text(), "lines": st.lists(line)},
    )
    result = st.fixed_dictionaries(
        {"dropped": texts, "seconds": st.floats()},
        optional={"error": error, "values": st.lists(TREES, min_size=1, max_size=2)},
    )
    account = {"notes": texts, "skipped": st.lists(st.integers()), "names": st.dictionaries(
        st.text(max_size=4), st.text(max_size=4), max_size=3)}  # fmt: skip
    whole = {"results": st.lists(result, min_size=2, max_size=2), "values": TREES, "arrays": ARRAYS}
    loaded = st.fixed_dictionaries(account, optional={"error": error})
    rest = {"loaded": loaded, "done": texts, "refused": st.none() | st.text() | TREES}
    headers = st.fixed_dictionaries({}, optional={**whole, **rest})
    return st.builds(framed, headers, st.binary(max_size=64))


def _archives() -> st.SearchStrategy[bytes]:
    modes = st.sampled_from([0, 0, 0o100644, 0o120777, 0o010644])
    kinds = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
    return st.lists(st.tuples(FILES, modes, kinds, SOURCES), max_size=6).map(zipped)


def zipped(entries: list[tuple[str, int, int, bytes]]) -> bytes:
    """A zip of (name, mode, compression, content)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, mode, kind, content in entries:
            info = zipfile.ZipInfo("x")
            info.filename = name.encode("utf-8", "replace").decode()
            info.external_attr, info.compress_type = mode << 16, kind
            if info.filename not in archive.NameToInfo:
                archive.writestr(info, content)
    return stream.getvalue()


def _folders() -> st.SearchStrategy[bytes]:
    name = FILES.map(lambda text: os.fsencode(text.encode("utf-8", "replace")))
    kind = st.sampled_from([b"f", b"f", b"l", b"d", b"p"])
    content = SOURCES | st.sampled_from([b"SECRET", b"..", b"nn.py"])
    entry = st.builds(lambda k, n, c: k + n + b"\0" + c, kind, name, content)
    return st.lists(entry, max_size=8).map(b"\x1e".join)


def _sources() -> st.SearchStrategy[bytes]:
    coding = st.sampled_from(
        ["latin-1", "utf8", "cp1252", "cp9", "shift_jis", "utf-7", "idna", "hex"]
    )
    line = st.builds(
        "#{} coding{} {}\n".format, st.sampled_from(["", "x" * 9]), st.just(":"), coding
    )
    head = st.lists(line | st.just("\n") | st.just("x = 1\r"), max_size=3).map("".join)
    return st.builds(lambda a, b: a.encode() + b, head, st.binary(max_size=30))


def _settings() -> st.SearchStrategy[bytes]:
    keys = [
        "suites",
        "total",
        "points",
        "seed_file",
        "minimum_level",
        "visibility",
        "init_bound",
        "limits",
    ]
    number = st.sampled_from(["1", "1/3", "0", "1e9", "٣", "1/0", "nan", " cpu_seconds = 1"])
    value = st.text(max_size=12) | number | st.sampled_from(["nn", "full", "hidden", "seed.txt"])
    line = st.builds("{} = {}\n".format, st.sampled_from(keys), value)
    other = st.builds("  {} = {}\n".format, st.text(max_size=9), value) | st.text(max_size=20)
    lines = st.lists(line | other, max_size=6).map("".join)
    return lines.map(lambda text: ("[grader]\n" + text).encode("utf-8", "replace"))


SHAPES: Mapping[str, Callable[[], st.SearchStrategy[bytes]]] = {
    "values": _values,
    "replies": _replies,
    "archive": _archives,
    "folder": _folders,
    "source": _sources,
    "settings": _settings,
    "text": lambda: st.text(st.characters()).map(
        lambda text: text.encode("utf-8", "surrogatepass")
    ),
    "names": lambda: st.lists(FILES).map(lambda all: "\n".join(all).encode("utf-8", "replace")),
}


@st.composite
def changed(draw: st.DrawFn, target: Target) -> bytes:
    """A seed after some changes."""
    seeds = target.seeds()
    data = draw(st.sampled_from(seeds))
    rng = draw(st.randoms(use_true_random=False))
    for _ in range(draw(st.integers(0, 5))):
        data = mutate(data, rng, target.words, seeds)
    return data[:LONGEST]


def explore(target: Target, *, examples: int, start: int) -> None:
    """Check so many inputs; the smallest that breaks the promise raises."""
    inputs = changed(target)
    if target.name in SHAPES:
        inputs = SHAPES[target.name]() | inputs

    @seed(start)
    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(inputs)
    def check(data: bytes) -> None:
        target.check(data)

    check()
