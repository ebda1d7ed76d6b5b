"""Attacks on the intake: what is made of each, and what the student is told.

Groups as in the corpus of the sandbox: 32 links, 33 names that lead elsewhere and special files,
34 bombs and crowds, 35 characters in names, 36 encodings and syntax.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.submission import intake

X = b"x = 1\n"
BOMB = 1 << 27
SECONDS = 15  # of CPU time, on a slow machine
Make = Callable[[Path], object]


@dataclass(frozen=True)
class Attack:
    """Something handed in where nn.py is looked for.

    make: writes it to a path. staged: the files that come of it. told: all lines of the intake,
    each complete but for the path; or the refusal of the whole.
    """

    group: int
    name: str
    make: Make
    staged: tuple[str, ...] = ("nn.py",)
    told: tuple[str, ...] = ()
    refusal: str = ""


# ways to hand in


def folder(files: Mapping[str | bytes, bytes], then: Make = lambda path: None) -> Make:
    def make(root: Path) -> None:
        for name, content in files.items():
            path = os.path.join(os.fsencode(root), os.fsencode(name))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as stream:
                stream.write(content)
        then(root)

    return make


def zipped(*entries: tuple[str, bytes], kind: int = 0) -> Make:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries:
                info = zipfile.ZipInfo(name)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.NameToInfo.clear()  # or it warns of a name that comes twice
                info.external_attr = (kind if name == "nn.py" else 0) << 16
                with archive.open(info, "w") as stream:
                    stream.write(content)

    return make


def patched(make: Make, old: bytes, new: bytes) -> Make:
    """The same with bytes of the finished archive changed, such as its claims of sizes."""

    def change(path: Path) -> None:
        make(path)
        data = path.read_bytes()
        assert old in data
        path.write_bytes(data.replace(old, new))

    return change


def entry(
    name: str,
    content: bytes = X,
    *,
    kind: bytes = tarfile.REGTYPE,
    link: str = "",
    size: bytes = b"",
) -> bytes:
    """One member of a tar; `size` in place of the right one."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(content)
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    if size:
        head[124:136] = size
        head[148:156] = b" " * 8
        head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + content + bytes(-len(content) % 512)


def tar(*entries: bytes) -> Make:
    return lambda path: path.write_bytes(b"".join(entries) + bytes(1024))


def tgz(*entries: bytes) -> Make:
    return lambda path: path.write_bytes(gzip.compress(b"".join(entries) + bytes(1024), 1))


def source(content: bytes) -> Make:
    return folder({"nn.py": content})


def crowd(count: int, name: str) -> Make:
    return zipped(("nn.py", X), *((name.format(i), b"") for i in range(count)))


def linked(path: Path) -> None:
    for name, target in {"nn.py": "/etc/passwd", "all": "/", "up": "..", "self": "self"}.items():
        (path / name).symlink_to(target)


def same_file(path: Path) -> None:
    secret = path.parent / "secret.py"
    secret.write_bytes(X)
    (path / "folder").symlink_to(path.parent)
    (path / "helper.py").symlink_to(secret)


def special(path: Path) -> None:
    os.mkfifo(path / "helper.py")
    os.mkfifo(path / "notes.txt")


def too_deep(path: Path) -> None:
    deep = path.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    (deep / "helper.py").write_bytes(X)


LINK = "Not used, because it is a link or a special file: nn.py."
MISSING = "nn.py is missing."
NONE = "holds no nn.py; found there: other.py. "
OUT = "Not used, because the path leads out of the archive: ../nn.py."
ABSOLUTE = "Not used, because the path is absolute: "
BACK = "Not used, because there is a backslash or a null in the name: "
LARGE = "nn.py is larger than 2,097,152 bytes, which is the limit for a file."
OTHER = ("other.py", X)
TWICE = "Not used, because a later entry of the archive has the same name: nn.py."
NEGATIVE = b"\xff" * 4 + struct.pack(">q", -1024)
LONG = "Not used, because the name is too long: " + 80 * "a" + "… (223 more characters)."
MANY = "Not used, because they are too many, too large or unreadable: "

LINKS = (
    Attack(32, "links in a folder", folder({"other.py": X}, linked), (),
           refusal=NONE + "Not used, because links are not followed: all, nn.py, up."),
    Attack(32, "links to files and folders outside", folder({"nn.py": X}, same_file),
           told=("Not used, because links are not followed: folder, helper.py.",)),
    Attack(32, "a link in a zip", zipped(("nn.py", b"/etc/passwd"), OTHER, kind=stat.S_IFLNK), (),
           refusal=NONE + LINK),
    Attack(32, "a symbolic link in a tar",
           tar(entry("nn.py", b"", kind=tarfile.SYMTYPE, link="/etc/passwd"), entry("other.py")),
           (), refusal=NONE + LINK),
    Attack(32, "a hard link in a tar",
           tar(entry("nn.py", b"", kind=tarfile.LNKTYPE, link="/etc/shadow"), entry("other.py")),
           (), refusal=NONE + LINK),
    Attack(32, "a link to a folder, then a file through it",
           tar(entry("d", b"", kind=tarfile.SYMTYPE, link="/tmp"), entry("d/x.py"), entry("nn.py")),
           ("d/x.py", "nn.py"),
           ("Not used, because it is a link or a special file: d.",)),
)  # fmt: skip
ELSEWHERE = (
    Attack(33, "up and out of a zip", zipped(("../nn.py", X), OTHER), (), refusal=NONE + OUT),
    Attack(33, "up and out of a tar", tar(entry("../nn.py"), entry("other.py")), (),
           refusal=NONE + OUT),
    Attack(33, "an absolute path", zipped(("/tmp/nn.py", X), OTHER), (),
           refusal=NONE + ABSOLUTE + "/tmp/nn.py."),
    Attack(33, "a drive", zipped(("C:/nn.py", X), OTHER), (),
           refusal=NONE + ABSOLUTE + "C:/nn.py."),
    Attack(33, "backslashes", zipped(("hw\\nn.py", X), OTHER), (),
           refusal=NONE + BACK + "hw\\nn.py."),
    Attack(33, "a name after a null", patched(zipped(("nn.py?.txt", X), OTHER), b"?", b"\0"), (),
           refusal=NONE + BACK + "nn.py\\x00.txt."),
    Attack(33, "fifos in a folder", folder({"nn.py": X}, special),
           told=("Not used, because it is no regular file: helper.py.",)),
    Attack(33, "a fifo in a zip", zipped(("nn.py", b""), OTHER, kind=stat.S_IFIFO), (),
           refusal=NONE + LINK),
    Attack(33, "a device in a tar",
           tar(entry("nn.py", b"", kind=tarfile.CHRTYPE), entry("other.py")), (),
           refusal=NONE + LINK),
    Attack(33, "a folder that is called nn.py", folder({"nn.py/x.py": X}), (),
           refusal="holds no nn.py; found there: nn.py/x.py."),
)  # fmt: skip
BOMBS = (
    Attack(34, "a zip bomb", zipped(("nn.py", b"#" * BOMB)), (), (LARGE,)),
    Attack(34, "a zip bomb that claims to be small",
           patched(zipped(("nn.py", b"#" * BOMB)), struct.pack("<L", BOMB), struct.pack("<L", 9)),
           (), ("nn.py cannot be read (Bad CRC-32 for file 'nn.py').",)),
    Attack(34, "a tar bomb", tgz(entry("nn.py", b"#" * BOMB)), (), (LARGE,)),
    Attack(34, "a tar of more than may be unpacked",
           tgz(entry("data", b"", size=b"%011o\0" % (1 << 31)), entry("nn.py")), (),
           refusal="cannot be read: it unpacks to more than 1,073,741,824 bytes"),
    Attack(34, "entries of negative size",
           tgz(entry("other.py"), entry("nn.py", size=NEGATIVE), entry("z.py", size=NEGATIVE)), (),
           refusal="cannot be read: its entries overlap"),
    Attack(34, "folders without end in a tar",
           tgz(entry("d", b"", kind=tarfile.DIRTYPE) * 200_001, entry("nn.py")), (),
           refusal="cannot be read: it has too many entries"),
    Attack(34, "a name of megabytes", tar(entry("x", b"n" * 5_000_000, kind=b"L"), entry("nn.py")),
           (), refusal="cannot be read: an entry of it is not a plain file"),
    Attack(34, "a header that takes hours to read",
           tar(entry("x", b"1" * (1 << 20), kind=b"x"), entry("nn.py")), (),
           refusal="cannot be read: a header of it holds an endless number"),
    Attack(34, "headers that follow each other without end",
           tar(entry("x", b"9 a=bcde\n", kind=b"x") * 20_000, entry("nn.py")), (),
           refusal="cannot be read: too many headers for one entry"),
    Attack(34, "a list of contents of a hundred megabytes",
           zipped(("nn.py", X), *((f"{i}{'n' * 65_000}", b"") for i in range(600))), (),
           refusal="cannot be read: its list of entries is too long"),
    Attack(34, "more files than are taken", crowd(302, "a{:03}.py"),
           (*(f"a{i:03}.py" for i in range(300)), "nn.py"), (MANY + "a300.py, a301.py.",)),
    Attack(34, "as many files of the name looked for", crowd(30_000, "d-{}/nn.py"),
           told=("There are 30001 files for nn.py: nn.py was graded, d-0/nn.py, d-1/nn.py, "
                 "d-10/nn.py, d-100/nn.py, d-1000/nn.py, d-10000/nn.py and 29,994 more not.",)),
    Attack(34, "as many environments as files", crowd(30_000, "d{}/pyvenv.cfg")),
    Attack(34, "as many checkouts as files", crowd(30_000, "d{}/grader/__main__.py"),
           ("nn.py",)),
    Attack(34, "folders without end", folder({"nn.py": X}, too_deep),
           told=(f"Not used, because it is more than 12 folders down: {'d/' * 13}.",)),
    Attack(34, "names equal but for case",
           zipped(("nn.py", X), ("NN.py", b""), ("util.py", X), ("Util.py", b"")),
           ("nn.py", "util.py"),
           ("Not used, because another has the same name but for case: NN.py, Util.py.",)),
    Attack(34, "one name twice", zipped(("nn.py", b"bad"), ("nn.py", X)), told=(TWICE,)),
    Attack(34, "one name written in two ways", tar(entry("nn.py", b"bad"), entry("./nn.py")),
           told=(TWICE,)),
)  # fmt: skip
NAMES = (
    Attack(35, "control characters", zipped(("nn.py", X), ("\x1b[2Jnn.py", X), ("../\x07", X)),
           told=("Not used, because the path leads out of the archive: ../\\x07.",)),
    Attack(35, "a name that reads backwards", zipped(("\u202eyp.nn", X)), (),
           refusal="holds no nn.py; found there: \\u202eyp.nn."),
    Attack(35, "a name that begins with a dash", folder({"-rf.py": X, "--help": X, "nn.py": X})),
    Attack(35, "a name that is no text", folder({b"\xff\xfe.py": X, b"\xff/nn.py": X, "nn.py": X}),
           told=("There are 2 files for nn.py: nn.py was graded, \\udcff/nn.py not.",)),
    Attack(35, "a new line in a name", zipped(("nn.py\nScore: 100", X)), (),
           refusal="holds no nn.py; found there: nn.py\\x0aScore: 100. nn.py is missing: "
           "nn.py\\x0aScore: 100 is not a .py file. Save it as nn.py (plain text)."),
    Attack(35, "a name that no disk can hold", zipped(("nn.py", X), ("a" * 300 + ".py", X)),
           told=(LONG,)),
    Attack(35, "letters that look alike", zipped(("nn.py", X), ("ｎn.py", b""), ("пn.py", b"")),
           ("nn.py", "пn.py"),
           ("Not used, because another has the same name but for case: ｎn.py.",)),
    Attack(35, "a name of nothing", zipped(("", X), ("/", X), ("nn.py", X)),
           told=("Not used, because the path is odd: .",)),
)  # fmt: skip
UTF_8 = "Save the file as UTF-8."
UNREAD = "nn.py declares an encoding that Python does not read ({}). " + UTF_8
SOURCES = (
    Attack(36, "a null byte", source(b"x = 1\n\0"), (),
           ("nn.py has a null byte in line 2: it is not Python source.",)),
    Attack(36, "utf-16", source("x = 1".encode("utf-16")), (),
           (f"nn.py is saved as UTF-16, which Python does not read. {UTF_8}",)),
    Attack(36, "utf-16 without a mark", source("x = 1".encode("utf-16-le")), (),
           ("nn.py has a null byte in line 1: it is not Python source.",)),
    Attack(36, "utf-7", source(b"# coding: utf-7\n+AGE-=1\n"), (), (UNREAD.format("utf-7"),)),
    Attack(36, "an encoding that computes", source(b"# coding: unicode_escape\n\\x61 = 1\n"), (),
           (UNREAD.format("unicode-escape"),)),
    Attack(36, "an encoding that unpacks", source(b"# -*- coding: zlib -*-\nx\n"), (),
           (UNREAD.format("zlib"),)),
    Attack(36, "an encoding that does not exist",
           source(b"#!/bin/sh\n# vim: set fileencoding=\x1b[31m :\nx = '\xe9'\n"), (),
           (f"nn.py is not valid utf-8: byte 0xe9 in line 3. {UTF_8}",)),
    Attack(36, "latin-1 that does not say so", source(b"x = 1\n# caf\xe9\n"), (),
           (f"nn.py is not valid utf-8: byte 0xe9 in line 2. {UTF_8}",)),
    Attack(36, "a mark that contradicts the first line",
           source(b"\xef\xbb\xbf# coding: latin-1\nx = 1\n"), (), (UNREAD.format("latin-1"),)),
    Attack(36, "a line of its encoding that is not UTF-8",
           source(b"# coding: latin-1, said Ren\xe9\nx = '\xe9'\n")),
    Attack(36, "such a line that says UTF-8", source(b"# coding: utf-8, said Ren\xe9\nx = 1\n"), (),
           (f"nn.py is not valid utf-8: byte 0xe9 in line 1. {UTF_8}",)),
    Attack(36, "such a line of a rare encoding", source(b"# coding: utf-7 \xe9\nx = 1\n"), (),
           (UNREAD.format("utf-7"),)),
    Attack(36, "an encoding said after a line that is not UTF-8",
           source(b"# Ren\xe9\n# coding: latin-1\nx = 1\n"), (),
           (f"nn.py is not valid utf-8: byte 0xe9 in line 1. {UTF_8}",)),
    Attack(36, "half a pair of surrogates", source(b"x = '\xed\xa0\x80'\n"), (),
           (f"nn.py is not valid utf-8: byte 0xed in line 1. {UTF_8}",)),
    Attack(36, "an escape of a surrogate is for Python to read", source(b"x = '\\ud800'\n")),
    Attack(36, "bad syntax is for Python to read", source(b"(" * 100_000 + b"\n")),
    Attack(36, "nothing but blanks", source(b"\xef\xbb\xbf \n\t\x0c\n"), (),
           ("nn.py is empty.",)),
)  # fmt: skip
ATTACKS = (*LINKS, *ELSEWHERE, *BOMBS, *NAMES, *SOURCES)


def everything_in(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.fixture
def outside() -> Iterator[None]:
    """Nothing may appear where names lead that are not trusted."""
    places = [Path(p) for p in ("/nn.py", "/tmp/nn.py", "/tmp/x.py") if not Path(p).exists()]
    yield
    assert not any(place.exists() for place in places)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: f"{a.group}: {a.name}")
@pytest.mark.usefixtures("outside")
def test_an_attack_comes_to_what_is_expected(tmp_path: Path, attack: Attack) -> None:
    path = tmp_path / "in"
    attack.make(path)
    before, started = everything_in(tmp_path), time.process_time()
    if attack.refusal:
        with pytest.raises(UsageError) as caught:
            intake(path, ["nn"])
        assert str(caught.value) == f"{path} {attack.refusal}"
        assert str(caught.value).isprintable()
    else:
        with intake(path, ["nn"]) as submission:
            files = [p for p in everything_in(submission.root) if not p.is_dir()]
            assert sorted(p.relative_to(submission.root).as_posix() for p in files) == sorted(
                attack.staged
            )
            assert tuple(submission.notes) == attack.told
            if "nn.py" in attack.staged and attack.group == 34:
                assert (submission.root / "nn.py").read_bytes() == X
        assert all(line.isprintable() for line in attack.told)
    assert time.process_time() - started < SECONDS
    assert everything_in(tmp_path) == before


def test_each_group_is_attacked() -> None:
    assert {attack.group for attack in ATTACKS} == {32, 33, 34, 35, 36}
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 50


def test_the_archives_are_what_they_say(tmp_path: Path) -> None:
    """The headers written by hand are ones that tarfile reads."""
    tar(entry("nn.py"), entry("d/other.py", b"y" * 700))(tmp_path / "t")
    with tarfile.open(fileobj=io.BytesIO((tmp_path / "t").read_bytes())) as archive:
        assert {one.name: one.size for one in archive} == {"nn.py": 6, "d/other.py": 700}
