"""Texts, settings and stored reports."""

from __future__ import annotations

import io
import json
import tempfile
from fractions import Fraction
from pathlib import Path

from grader.config import load_settings
from grader.config_values import INIT_BOUNDS, LEVELS, LIMIT_RANGES, VISIBILITIES
from grader.errors import UsageError
from grader.results import Outcome, Report, Status
from grader.sandbox.text import clean, cut
from grader.text import BLANKS, capped, listed, one_line, visible
from grader.writers import gradescope_json, report_json, terminal
from meta_tests import sample_reports
from meta_tests.fuzz.target import Target, assert_one_line, memory_below, unseen

LIMIT = 60
ROOT = Path(__file__).resolve().parent.parent.parent
NOTE = "… ({:,} more characters)"


def text(data: bytes) -> None:
    """Every way of making a text safe."""
    string = data.decode("utf-8", "surrogateescape" if len(data) % 2 else "replace")
    shown = visible(string)
    assert not unseen(shown, keep="\n") and visible(shown) == shown
    assert len(shown) <= 10 * len(string) and shown.count("\n") == string.count("\n")
    seen = [c for c in string if c.isprintable() and not BLANKS.match(c)]
    assert seen == [c for c in string if visible(c) == c != "\n"]
    line = one_line(string, LIMIT)
    assert_one_line(line)
    assert line == capped(visible(string, keep=""), LIMIT)
    assert one_line(visible(string, keep=""), LIMIT) == line
    short, left = capped(string, LIMIT), len(string) - LIMIT
    assert short == cut(string, LIMIT) == capped(short, LIMIT)
    if "\u2026 (" not in string:  # nothing in it looks like the note of an earlier cut
        assert short == (string if left <= 0 else string[:LIMIT] + NOTE.format(left))
        assert short == capped(cut(string, 500), LIMIT)
    names = listed(string.split("\n"))
    assert_one_line(names)
    assert len(names) <= 7 * (80 + len(NOTE) + 9)
    for limit in (1, 2, LIMIT, 500):
        safe = clean(string, limit)
        assert len(safe) <= limit + len(NOTE) + 9 and clean(safe, limit) == safe
        assert not [c for c in unseen(safe, keep="\n\t") if c in _DANGEROUS]
        safe.encode()


_DANGEROUS = {
    *map(
        chr, [*range(32), *range(127, 160), 0x61C, *range(0x200B, 0x2010), *range(0x2028, 0x202F)]
    ),
    *map(chr, [*range(0x2060, 0x2070), *range(0xD800, 0xE000), 0xFEFF, *range(0xE0000, 0xE0080)]),
}


def settings(data: bytes) -> None:
    """A course folder's setup.cfg, laid over ours."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "setup.cfg").write_bytes(data)
        (folder / "seed.txt").write_text("0123456789abcdef")
        try:
            with memory_below((1 << 20) + 100 * len(data), data):
                found = load_settings(folder, ROOT)
        except UsageError as error:
            assert_one_line(str(error))
            assert "setup.cfg" in str(error)
            return
    assert 0 < found.total <= 1_000_000 and (found.total * 100).denominator == 1
    assert all(type(value) is Fraction and value >= 0 for value in found.points.values())
    assert found.minimum_level in LEVELS and found.visibility in VISIBILITIES
    assert found.init_bound in INIT_BOUNDS and found.suites
    for key, (low, high) in LIMIT_RANGES.items():
        assert low <= getattr(found.limits, key) <= high
    assert found.seed_file in (None, folder / "seed.txt")
    found.settings_hash.encode("ascii")
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AssertionError("not UTF-8, and taken") from None


def report(data: bytes) -> None:
    """A stored report: what is read can be written, and is then read as the same."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return
    try:
        with memory_below((1 << 20) + 500 * len(data), data):
            found = Report.from_json(content)
    except UsageError as error:
        assert_one_line(str(error))
        return
    again = json.loads(json.dumps(found.to_json(show_hidden=True), allow_nan=False))
    assert Report.from_json(again).to_json(show_hidden=True) == found.to_json(show_hidden=True)
    assert 0 <= found.written_score <= sum(found.check_max_scores().values())
    for write in (report_json.write, gradescope_json.write, terminal.write):
        stream = io.StringIO()
        write(found, stream)
        assert not unseen(stream.getvalue(), keep="\n"), write
        stream.getvalue().encode()


def _texts() -> list[bytes]:
    odd = "a\x00\x1b[31mred\x7f\x85\xad\u061c\u200b\u202e\u2028\u2066\ufeff\ufffb"
    odd += "\U000e0001\u2800é𝒙 \t\n"
    return [
        b"plain",
        odd.encode(),
        (odd * 40).encode(),
        b"\xed\xa0\x80x",
        b"\n".join([b"n.py"] * 9),
    ]


def _settings() -> list[bytes]:
    whole = """[grader]
suites = solution, nn
total = 20.5
points =
    solution.softmax = 5
    nn.relu = 1/3
seed_file = seed.txt
minimum_level = full
visibility = hidden
init_bound = fan_in
limits =
    cpu_seconds = 2.5
    import_seconds = 2
    total_seconds = 100
    memory_mb = 512
"""
    twice = "[grader]\ntotal = 1\ntotal = 2\n[grader]\n"
    other = "[metadata]\nname = x\n[DEFAULT]\ntotal = 5\n[Grader]\n"
    return [part.encode() for part in (whole, "\ufeff" + whole, twice, other, "total = 1", "")]


def _reports() -> list[bytes]:
    specs = sample_reports.specs()
    few = [specs[0], specs[1], specs[3], specs[-1]]
    made = Report.create(few, {spec.function: Fraction(5, 3) for spec in few})
    failed = Outcome(Status.failed, "message", "hint", "detail", 0.5, True, "diagnosis", "print(1)")
    texts = []
    for outcomes in ([], [failed, sample_reports.PASSED], [sample_reports.PASSED] * 4):
        for spec, outcome in zip(few, outcomes, strict=False):
            made.record(spec.id, outcome)
        texts.append(json.dumps(made.to_json(show_hidden=True)).encode())
    return texts


TEXT = Target(
    "text",
    "no control or bidirectional character survives; cut where it should be; twice is as once",
    text,
    _texts,
    tuple("\u202e \x1b \r \u2028 \U000e0041 \u0085 \u200f \ufeff \x7f".encode().split(b" ")),
)
SETTINGS = Target(
    "settings",
    "settings in their ranges, or one line that names the file; nothing else is raised",
    settings,
    _settings,
    (
        b"[grader]",
        b"\n    ",
        b" = ",
        b"9" * 25,
        b"1/0",
        b"nan",
        b"seed_file = ",
        b"x" * 300,
        b"\x1b",
    ),
)
REPORT = Target(
    "report",
    "a report that every writer can write and that reads back as the same, or a UsageError",
    report,
    _reports,
    (b"null", b"[]", b"{}", b'"1/0"', b"1e999", b"-1", b'"1e99"', b"NaN", b'"x"', b"true"),
)
