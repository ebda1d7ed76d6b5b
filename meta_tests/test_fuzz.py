"""A short, seeded run of every fuzz target, and that the targets find what is broken."""

from __future__ import annotations

import importlib.util
import itertools
import re
import select
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from grader import errors, intake_encoding, intake_sources, reading, submission, text
from grader.results import Report
from grader.sandbox import callbacks, codec, dialogue, requests, wire
from meta_tests.fuzz.intake import box, take
from meta_tests.fuzz.mutation import hammer, mutants, split
from meta_tests.fuzz.shapes import SHAPES, explore, zipped
from meta_tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import fuzz_main  # noqa: E402

SLOW = {"archive": 40, "folder": 40, "settings": 40, "report": 25, "text": 80}


@pytest.mark.parametrize("name", TARGETS)
def test_mutations_break_no_promise(name: str) -> None:
    runs = SLOW.get(name, 250)
    assert hammer(TARGETS[name], runs=runs) == runs


@pytest.mark.parametrize("name", SHAPES)
def test_drawn_inputs_break_no_promise(name: str) -> None:
    explore(TARGETS[name], examples=12, start=1)


def test_a_seed_gives_the_same_inputs_again() -> None:
    def first(seed: int) -> list[bytes]:
        return [*itertools.islice(mutants(TARGETS["values"], seed), 50)]

    assert first(3) == first(3) != first(4)


def test_seeds_come_in() -> None:
    # What is refused at once would leave the fuzzer at the door.
    codes = requests.Codec(3, request_bytes=1 << 20, text_chars=10_000)
    for data in TARGETS["values"].seeds():
        header, body = split(data)
        decoder = codes.decoder(header["arrays"], memoryview(body), call=bool(len(body) % 2))
        decoder.decode(header["value"])
    for data in TARGETS["report"].seeds():
        assert Report.from_json(wire.parse_header(data))


# With one guard taken away the target that watches it goes red.


def shared(self: codec.Decoder, tree: list[Any]) -> Any:
    return self.arrays[tree[1]]


def any_number(tree: list[Any]) -> Any:
    return codec.DTYPES[tree[1]].type(tree[2])


def at_once(self: wire.Channel, n: int) -> memoryview:
    data = bytearray(n)
    done = 0
    while done < n:
        count = self._try(partial(self._receive_into, data, done), select.POLLIN)
        if not count:
            raise wire.Closed("the connection is closed")
        done += count
    return memoryview(data)


def straying(path: Path, data: bytes) -> None:
    Path(__file__).read_bytes()
    path.write_bytes(data)


def unlimited(self: intake_sources.Source, name: str, limit: int, total: int) -> bytes:
    with self._readers[name]() as stream:
        return stream.read()


def unchanged(text: str, *_: Any, **__: Any) -> str:
    return text


HOLES: Mapping[str, tuple[str, Any, str, Any]] = {
    "sizes": ("frame", wire.Channel, "_exactly", at_once),
    "digits": ("frame", wire, "MAX_DIGITS", 1 << 20),
    "answers": ("answer", dialogue, "_ANSWERS", ("reply", "ready", "progress", "callback")),
    "copies": ("values", codec.Decoder, "_take", shared),
    "scalars": ("values", codec, "_scalar", any_number),
    "integers": ("values", codec.Decoder, "_plain", lambda self, tree: tree),
    "clean": ("replies", requests, "clean", unchanged),
    "sizes of calls": ("calls", callbacks.Desk, "_check", lambda self, arguments: None),
    "unpacking": ("archive", intake_sources.Source, "_read", unlimited),
    "reading": ("folder", submission, "_write", straying),
    "encodings": ("source", intake_encoding, "encoding_of", lambda data: "utf-8"),
    "escapes": ("text", text, "_escape", unchanged),
    "lines": ("settings", errors, "visible", unchanged),
    "fields": ("report", reading, "_of", lambda kind, value: value),
}


@pytest.mark.parametrize("hole", HOLES)
def test_a_hole_is_found(hole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, owner, guard, instead = HOLES[hole]
    monkeypatch.setattr(owner, guard, instead)
    with pytest.raises(AssertionError, match=f"^{name}: b"):
        hammer(TARGETS[name], runs=4000)


def test_a_file_of_an_archive_is_taken_from_the_entry_that_may_be_trusted() -> None:
    plain, link = 0o100644, 0o120777
    doubtful = [("../nn.py", plain), ("/nn.py", plain), ("a\\nn.py", plain), ("nn.py", link)]
    entries = [(name, mode, 0, f"x = {i}\n".encode()) for i, (name, mode) in enumerate(doubtful)]
    good = ("hw/nn.py", plain, 8, b"y = 1\n")
    with box() as (inside, out):
        path = inside / "submission"
        for packed in ([*entries, good], [good, *entries], [good]):
            path.write_bytes(zipped(packed))
            assert take(path, out, b"") == {"nn.py": b"y = 1\n"}
        path.write_bytes(zipped(entries))
        assert take(path, out, b"") == {}


def test_the_command_says_what_it_ran() -> None:
    command = [sys.executable, "-I", str(ROOT / "scripts/fuzz_main.py"), "names"]
    options = ["--minutes", "0.005", "--only", "mutations"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"names +mutations +[\d,]+ inputs\n", done.stdout)


def test_the_command_fails_where_a_promise_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(text, "_escape", unchanged)
    assert fuzz_main.main(["text", "--minutes", "0.2", "--only", "mutations"]) == 1
    assert "BROKEN" in capsys.readouterr().out


def test_without_atheris_a_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert fuzz_main.main(["text", "--only", "coverage"]) == 0
    assert "no atheris" in capsys.readouterr().out
