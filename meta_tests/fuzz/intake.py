"""Submissions: bytes of archives, folders with any names, bytes of source files."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import stat
import tarfile
import tempfile
import tokenize
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from unittest import mock

import grader.submission
from grader.errors import UsageError
from grader.intake_choice import choose
from grader.intake_encoding import ENCODINGS, source_problem
from grader.intake_sources import READ_ERRORS
from grader.sandbox.sources import encoding_of, text_of
from grader.submission import IntakeLimits, Submission, intake
from meta_tests.fuzz.fence import fence
from meta_tests.fuzz.target import Target, assert_one_line, memory_below

MODULES = ("solution", "nn", "hw_mlp")
LIMITS = IntakeLimits(files=4, file_bytes=3_000, total_bytes=6_000)
SECRET = b"outside = 'of the submission'\n"
MIB = 1 << 20


@contextmanager
def box() -> Iterator[tuple[Path, Path]]:
    """A folder for what is handed in and one for what is staged, with a secret beside both."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        home = Path(name)
        for part in ("in", "out", "none"):
            (home / part).mkdir()
        (home / "secret.py").write_bytes(SECRET)
        ours = mock.patch.object(grader.submission, "GIVEN_DATA", home / "none")
        with mock.patch.object(tempfile, "tempdir", str(home / "out")), ours:
            yield home / "in", home / "out"


def take(path: Path, out: Path, data: bytes) -> dict[str, bytes]:
    """Stage a submission and look at everything that came of it; the contents by name."""
    staged: dict[str, bytes] = {}
    try:
        with memory_below(40 * MIB + 40 * len(data), data), fence().around(path.parent.parent):
            submission = intake(path, MODULES, limits=LIMITS)
    except UsageError as error:
        assert_one_line(str(error))
    else:
        staged = _check_staged(submission)
        submission.close()
    assert not os.listdir(out)
    return staged


def _check_staged(submission: Submission) -> dict[str, bytes]:
    accounts = [*submission.modules, *submission.missing, *submission.problems]
    assert sorted(accounts) == sorted(MODULES)
    told = [*submission.notes, *submission.missing.values(), *submission.problems.values()]
    for line in [submission.name, *told]:
        assert_one_line(line)
    files = {}
    for entry in submission.root.rglob("*"):
        mode = entry.lstat().st_mode
        assert stat.S_ISDIR(mode) or stat.S_ISREG(mode), entry
        if stat.S_ISREG(mode):
            assert stat.S_IMODE(mode) == 0o644 and entry.suffix == ".py"
            files[str(entry.relative_to(submission.root))] = entry.read_bytes()
    assert len(files) <= LIMITS.files + len(MODULES)
    assert all(len(content) <= LIMITS.file_bytes for content in files.values())
    assert sum(map(len, files.values())) <= 2 * LIMITS.total_bytes
    for file in submission.modules.values():
        _check_source(files[file])
    return files


def _check_source(data: bytes) -> None:
    """The worker can read it as text, in the encoding that Python's own modules find, if any."""
    with contextlib.suppress(SyntaxError):
        name, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        assert codecs.lookup(name).name == encoding_of(data)
    text = text_of(data)
    assert data.removeprefix(codecs.BOM_UTF8).strip() and "\0" not in text


def archive(data: bytes) -> None:
    """A file of these bytes: what is staged is in it, as another reading of it says."""
    with box() as (inside, out):
        path = inside / "submission"
        path.write_bytes(data)
        staged = take(path, out, data)
        if staged and data.startswith(b"PK"):
            assert {*staged.values()} <= {*_unzipped(path)}


def _unzipped(path: Path) -> Iterator[bytes]:
    """The contents of what could be staged."""
    with zipfile.ZipFile(path) as packed:
        for info in packed.infolist():
            if info.orig_filename.endswith(".py"):
                # What it says of its size may be a lie: only what comes out of it counts.
                with contextlib.suppress(*READ_ERRORS), packed.open(info) as stream:
                    yield stream.read(LIMITS.file_bytes + 1)


def folder(data: bytes) -> None:
    """Entries of a folder, one a line: kind, name, content or where a link leads."""
    with box() as (inside, out):
        root = inside / "submission"
        root.mkdir()
        for line in data.split(b"\x1e")[:50]:
            _make(os.fsencode(root), line[:1], *line[1:].split(b"\0")[:2])
        staged = take(root, out, data)
        assert SECRET not in staged.values()


def _make(root: bytes, kind: bytes, name: bytes = b"x", content: bytes = b"") -> None:
    path = os.path.join(
        root, *[part for part in name.split(b"/") if part not in (b"", b".", b"..")]
    )
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if kind == b"l":
            os.symlink(content.replace(b"SECRET", root + b"/../../secret.py"), path)
        elif kind == b"p":
            os.mkfifo(path)
        elif kind == b"d":
            os.mkdir(path)
        else:
            with open(path, "xb") as stream:
                stream.write(content)
    except (OSError, ValueError, RecursionError):
        return  # of such a name nothing can be there, nor below so many folders


def source(data: bytes) -> None:
    """Bytes of a file: refused exactly where Python cannot make text of them."""
    with memory_below(MIB + 30 * len(data), data), fence().around(Path(tempfile.gettempdir())):
        problem = source_problem(data)
    if not problem:
        return _check_source(data)
    assert_one_line(problem)
    try:
        _check_source(data)
    except (SyntaxError, ValueError, LookupError, AssertionError):
        return None
    assert not ENCODINGS.fullmatch(encoding_of(data)), problem
    return None


def names(data: bytes) -> None:
    """Names of files: which is taken for which module, and what is said of the others."""
    given = [name for name in os.fsdecode(data).split("\n") if name]
    choice = choose(given, MODULES)
    assert sorted([*choice.found, *choice.missing]) == sorted(MODULES)
    for module, found in choice.found.items():
        assert found in {str(PurePosixPath(name)) for name in given}
        exact = [name for name in given if PurePosixPath(name).name == f"{module}.py"]
        last = PurePosixPath(found).name
        assert last == f"{module}.py" if exact else last.lower().startswith(module)
    for line in [*choice.notes, *choice.missing.values()]:
        assert_one_line(line)


FILES = {"hw/nn.py": "x = 1\n", "hw/help.py": "é = 2\n", "hw/a/__init__.py": "", "nn.py": "y = 3\n"}


def _zip(compression: int, files: dict[str, str], mode: int = 0) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as packed:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type, info.external_attr = compression, mode << 16
            packed.writestr(info, content)
    return stream.getvalue()


def _tar(form: int, mode: Any = "w") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode, format=form) as packed:
        for name, content in {**FILES, "x" * 120 + "/é.py": "z = 4\n"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content.encode())
            packed.addfile(info, io.BytesIO(content.encode()))
        link = tarfile.TarInfo("solution.py")
        link.type, link.linkname = tarfile.SYMTYPE, "../../secret.py"
        packed.addfile(link)
    return stream.getvalue()


def _archives() -> list[bytes]:
    bomb = {"nn.py": "#" * 100_000, "solution.py": "x = 1\n"}
    odd = {"../nn.py": "x", "/solution.py": "y", "a\\nn.py": "z", "b/hw_mlp.py": "w = 1\n"}
    zips = [(0, FILES), (8, FILES), (8, bomb), (0, odd), (12, FILES)]
    packed = [_zip(kind, files) for kind, files in zips]
    tars = [_tar(tarfile.PAX_FORMAT), _tar(tarfile.GNU_FORMAT), _tar(tarfile.PAX_FORMAT, "w:gz")]
    return [*packed, _zip(0, FILES, stat.S_IFLNK | 0o777), *tars, b"x = 1\n", b""]


def _folders() -> list[bytes]:
    entries = [
        [b"fnn.py\0x = 1\n", b"fhelp.py\0y = 2\n", b"da", b"fa/__init__.py\0"],
        [b"lnn.py\0SECRET", b"fsolution.py\0x = 1\n", b"lup\0..", b"lloop\0loop", b"phw_mlp.py"],
        [b"fNN (1).py\0x = 1\n", b"f-rf\xff\xfe.py\0x", b"f\xe2\x80\xae.py\0x", b"fnn.ipynb\0{}"],
    ]
    return [b"\x1e".join(one) for one in entries]


def _sources() -> list[bytes]:
    heads: tuple[bytes, ...] = (b"", b"\xef\xbb\xbf", b"# coding: latin-1\n")
    heads += (b"#!x\n# -*- coding: utf-8 -*-\n", b"# coding: cp1252 \xe9\n")
    heads += (b"# \xe9\n# coding: koi8-r\n",)
    return [
        *[head + "x = 'é'\n".encode() for head in heads],
        "x = 1".encode("utf-16"),
        b"\xef\xbb\xbf",
        b"\n\0",
        b"",
    ]


def _target(name: str, promise: str, check: Callable[[bytes], None], *rest: Any) -> Target:
    return Target(name, promise, check, *rest)


ARCHIVE = _target(
    "archive",
    "regular .py files of the archive within the limits, or one line; nothing outside is touched",
    archive,
    _archives,
    (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"ustar", b"../", b"nn.py", b"x" * 300, b"\\"),
)
FOLDER = _target(
    "folder",
    "no link is followed, no name does harm; nothing outside is touched",
    folder,
    _folders,
    (b"\x1e", b"\x1el", b"\x1ep", b"nn.py\0", b"SECRET", b"a/" * 14, b"x" * 260, b"\xff", b".py"),
)
SOURCE = _target(
    "source",
    "bytes are refused exactly where Python cannot make text of them, in one line",
    source,
    _sources,
    (b"coding: ", b"#", b"\r", b"\f", b"utf-8", b"utf-7", b"cp037", b"shift_jis", b"\xef\xbb\xbf"),
)
NAMES = _target(
    "names",
    "each module has one file of its name, or one line that says why not",
    names,
    lambda: [
        b"nn.py\nhw/nn.py\nNN (1).py\nsolution.ipynb",
        b"hw_mlp copy 2.py\n\xff.py\nnn.py.txt",
    ],
    (
        b"nn",
        b".py",
        b"solution",
        b" (1)",
        b"\n",
        b"/",
        b"..",
        b"\x1b",
        b"-",
        b" copy",
        b"\xe2\x80\xae",
    ),
)
