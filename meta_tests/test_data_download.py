"""`python -m data mnist` and its like, against a server that answers well, badly or not at all."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import h5py
import numpy as np
import pytest

import data
from data import __main__ as command
from data import fashion, mnist
from data.catalogue import NAMES
from data.download import LIMIT, Patience, checksum, fetch
from data.idx import read_idx
from meta_tests.downloads import published, published_files, published_set, serving

NAME = "train-images-idx3-ubyte.gz"
FILES = published_files()
BODY = FILES[NAME]


class Naps:
    """Patience that does not wait: a short timeout, and pauses that are only counted."""

    def __init__(self, *pauses: float, timeout: float = 20.0) -> None:
        self.taken: list[float] = []
        self.patience = Patience(timeout, pauses, self.taken.append)


def get(folder: Path, *mirrors: str, naps: Naps | None = None, of_content: bool = True) -> Path:
    file = published(NAME, BODY, of_content=of_content)
    return fetch(file, mirrors, folder, (naps or Naps()).patience)


def why_not(folder: Path, *mirrors: str, naps: Naps | None = None) -> str:
    with pytest.raises(data.DataError) as caught:
        get(folder, *mirrors, naps=naps)
    text = str(caught.value)
    assert "\n" not in text
    assert not (folder / NAME).exists()
    return text


@pytest.mark.parametrize("of_content", [False, True])
@pytest.mark.parametrize("way", ["good", "ignoring range", "without length"])
def test_good_answers(tmp_path, way, of_content):
    with serving(FILES, way) as mirror:
        path = get(tmp_path, mirror.url, of_content=of_content)
    assert path.read_bytes() == BODY
    assert list(tmp_path.iterdir()) == [path]


def test_a_right_file_is_kept_and_a_wrong_one_replaced(tmp_path):
    (tmp_path / NAME).write_bytes(BODY[:-9])
    with serving(FILES, "good") as mirror:
        for _ in range(2):
            assert get(tmp_path, mirror.url).read_bytes() == BODY
        assert len(mirror.requests) == 1


def test_a_file_packed_again_has_the_right_content(tmp_path):
    packed = gzip.compress(gzip.decompress(BODY), compresslevel=1)
    with serving({NAME: packed}, "good") as mirror:
        assert get(tmp_path, mirror.url).read_bytes() == packed != BODY


TWO_MEMBERS = b"".join(
    gzip.compress(part) for part in (gzip.decompress(BODY)[:99], gzip.decompress(BODY)[99:])
)
NOT_WHOLE = {
    "without its length": BODY[:-4],
    "without its trailer": BODY[:-8],
    "another checksum": BODY[:-8] + bytes([BODY[-8] ^ 1]) + BODY[-7:],
    "junk behind": BODY + b"junk",
    "second member cut": TWO_MEMBERS[:-8],
}


class TestWholeStream:
    """The MD5 of the content is right, but the gzip file around it must be whole, too."""

    @pytest.mark.parametrize("damage", NOT_WHOLE)
    def test_a_damaged_answer_is_refused(self, tmp_path, damage):
        with serving({NAME: NOT_WHOLE[damage]}, "good") as bad:
            assert "damaged gzip" in why_not(tmp_path, bad.url)
            assert list(tmp_path.iterdir()) == []
            with serving(FILES, "good") as good:
                assert get(tmp_path, bad.url, good.url).read_bytes() == BODY

    @pytest.mark.parametrize("damage", NOT_WHOLE)
    def test_a_damaged_file_is_fetched_again(self, tmp_path, damage):
        (tmp_path / NAME).write_bytes(NOT_WHOLE[damage])
        with serving(FILES, "good") as mirror:
            assert read_idx(get(tmp_path, mirror.url)).shape == (40, 28, 28)

    def test_a_damaged_file_does_not_stay_without_a_mirror(self, tmp_path):
        (tmp_path / NAME).write_bytes(NOT_WHOLE["without its trailer"])
        with serving(FILES, "404") as mirror:
            why_not(tmp_path, mirror.url)

    @pytest.mark.parametrize("body", [TWO_MEMBERS, BODY + bytes(9)], ids=["members", "zeros"])
    def test_members_and_padding_are_gzip(self, tmp_path, body):
        with serving({NAME: body}, "good") as mirror:
            path = get(tmp_path, mirror.url)
            assert path.read_bytes() == body
            assert read_idx(path).shape == (40, 28, 28)
            assert get(tmp_path, mirror.url) == path
            assert len(mirror.requests) == 1


class TestResuming:
    def test_a_cut_download_goes_on_where_it_ended(self, tmp_path):
        naps = Naps(1, 4)
        with serving(FILES, "truncated", "truncated", "good") as mirror:
            assert get(tmp_path, mirror.url, naps=naps).read_bytes() == BODY
            half = len(BODY) // 2
            assert mirror.ranges == [
                None,
                f"bytes={half}-",
                f"bytes={half + (len(BODY) - half) // 2}-",
            ]
        assert naps.taken == [1, 4]

    def test_in_a_later_run(self, tmp_path):
        with serving(FILES, "truncated") as mirror:
            assert "cut short: " in why_not(tmp_path, mirror.url)
        with serving(FILES, "good") as mirror:
            assert get(tmp_path, mirror.url).read_bytes() == BODY
            assert mirror.ranges == [f"bytes={len(BODY) // 2}-"]

    def test_where_the_server_ignores_ranges(self, tmp_path):
        with serving(FILES, "truncated", "ignoring range") as mirror:
            assert get(tmp_path, mirror.url, naps=Naps(1)).read_bytes() == BODY
            assert mirror.ranges[1] is not None

    def test_a_whole_part_needs_nothing_more(self, tmp_path):
        (tmp_path / f"{NAME}.part").write_bytes(BODY)
        with serving(FILES, "good") as mirror:
            assert get(tmp_path, mirror.url).read_bytes() == BODY

    @pytest.mark.parametrize("part", [b"x" * 100, b"x" * (len(BODY) + 5), BODY[:50] + b"x"])
    def test_a_damaged_part_is_thrown_away(self, tmp_path, part):
        (tmp_path / f"{NAME}.part").write_bytes(part)
        with serving(FILES, "good") as mirror:
            assert get(tmp_path, mirror.url, naps=Naps(1)).read_bytes() == BODY
            assert mirror.ranges[1:] == [None]

    def test_a_rest_that_does_not_fit(self, tmp_path):
        with serving(FILES, "truncated", "another rest", "good") as mirror:
            assert get(tmp_path, mirror.url, naps=Naps(1, 1)).read_bytes() == BODY
            assert mirror.ranges[2] is None


class TestBadAnswers:
    def test_corrupt(self, tmp_path):
        with serving(FILES, "corrupt") as mirror:
            text = why_not(tmp_path, mirror.url, naps=Naps(1, 1))
            assert len(mirror.requests) == 1  # it would send the same again
        assert text.startswith(
            f"{NAME}: not downloaded ({mirror.url}: not the published file (MD5 "
        )
        assert list(tmp_path.iterdir()) == []

    def test_login_page(self, tmp_path):
        with serving(FILES, "page") as mirror:
            assert "not the published file (MD5 damaged gzip" in why_not(tmp_path, mirror.url)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(("way", "count"), [("404", 1), ("500", 3)])
    def test_error_codes(self, tmp_path, way, count):
        """Asking again may help after 500, not after 404."""
        with serving(FILES, way) as mirror:
            assert f"answer {way}" in why_not(tmp_path, mirror.url, naps=Naps(1, 2))
            assert len(mirror.requests) == count

    @pytest.mark.parametrize(("way", "left"), [("hanging", 0), ("stalling", len(BODY) // 2)])
    def test_no_answer_in_time(self, tmp_path, way, left):
        naps = Naps(1, timeout=0.1)
        with serving(FILES, way) as mirror:
            assert "no answer in time" in why_not(tmp_path, mirror.url, naps=naps)
        part = tmp_path / f"{NAME}.part"
        assert (part.stat().st_size if part.exists() else 0) == left
        assert naps.taken == [1]

    def test_nobody_there(self, tmp_path):
        with serving(FILES, "good") as mirror:
            pass
        assert "refused" in why_not(tmp_path, mirror.url)

    def test_too_much(self, tmp_path):
        with serving(FILES, "endless") as mirror:
            assert "more than any published file" in why_not(tmp_path, mirror.url, naps=Naps(1))
            assert len(mirror.requests) == 1
        assert LIMIT > 4 * 26_421_880  # the largest of Fashion-MNIST

    def test_too_much_unannounced(self, tmp_path, monkeypatch):
        monkeypatch.setattr("data.download.LIMIT", 1000)
        with serving(FILES, "without length") as mirror:
            assert "more than 1000 bytes" in why_not(tmp_path, mirror.url)

    @pytest.mark.parametrize("way", ["404", "500", "corrupt", "hanging", "truncated"])
    def test_second_mirror(self, tmp_path, way):
        with serving(FILES, way) as bad, serving(FILES, "good") as good:
            path = get(tmp_path, bad.url, good.url, naps=Naps(timeout=0.1))
            assert path.read_bytes() == BODY

    def test_all_mirrors_are_named(self, tmp_path):
        with serving(FILES, "404") as one, serving(FILES, "500") as other:
            text = why_not(tmp_path, one.url, other.url)
            assert f"{one.url}: answer 404; {other.url}: answer 500" in text


class TestCommand:
    @pytest.fixture
    def run(self, tmp_path, monkeypatch):
        """Run `python -m data mnist` where the set is the small one on the given mirrors."""

        def run(*mirrors, options=()):
            small = published_set(FILES, [*mirrors], patience=Naps(1).patience)
            monkeypatch.setattr(mnist, "run", small.run)
            return command.main(["mnist", "--out", str(tmp_path / "out"), *options])

        return run

    def test_files_are_written_where_the_templates_read_them(self, tmp_path, run, capsys):
        with serving(FILES, "good") as mirror:
            assert run(mirror.url) == 0
        folder = tmp_path / "out"
        printed = capsys.readouterr().out.splitlines()
        assert [line.split(": ")[1][:9] for line in printed] == ["40 images", "12 images"]
        for part, n in (("train", 40), ("test", 12)):
            path = data.find_file(part, folder)
            assert path.name == f"small_{part}data.hdf5"
            x, y = data.load_file(path)
            assert x.shape == (n, 784)
            for other in (
                folder / f"x_{part}.npy",
                sorted(folder.glob("t*images*"))[part == "train"],
            ):
                again = data.load_file(other)
                assert np.array_equal(again[0], x)
                assert np.array_equal(again[1], y)
            with h5py.File(path) as file:
                assert file["xdata"].dtype == file["ydata"].dtype == np.uint8
        assert not [path for path in folder.iterdir() if path.suffix in (".part", ".new")]

    def test_own_mirror_goes_first(self, run):
        with serving(FILES, "good") as own, serving(FILES, "good") as other:
            assert run(other.url, options=["--mirror", own.url.rstrip("/")]) == 0
            assert (len(own.requests), len(other.requests)) == (4, 0)

    def test_folder_as_mirror(self, tmp_path, run):
        for name, content in FILES.items():
            (tmp_path / name).write_bytes(content)
        assert run(options=["--mirror", tmp_path.as_uri()]) == 0

    def test_failure_is_one_line(self, tmp_path, run, capsys):
        with serving(FILES, "404") as mirror:
            assert run(mirror.url) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"error: {NAME}: not downloaded ({mirror.url}: answer 404)")
        assert error.count("\n") == 1
        assert list((tmp_path / "out").iterdir()) == []

    def test_waiting_is_said(self, run, capsys):
        with serving(FILES, "500", "good") as mirror:
            assert run(mirror.url) == 0
            assert f"{mirror.url}{NAME}: answer 500; again in 1 s" in capsys.readouterr().err

    def test_no_address(self, run, capsys):
        assert run(options=["--mirror", "course.example/mnist"]) == 2
        assert capsys.readouterr().err.startswith("error: --mirror course.example/mnist: wanted")

    @pytest.mark.parametrize(
        "url", ["http://[::1", "http://[::1]:x/", "http://course.example:99999"]
    )
    def test_a_damaged_address(self, run, capsys, url):
        assert run(options=["--mirror", url]) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"error: --mirror {url}: not a valid address (")
        assert error.count("\n") == 1

    @pytest.mark.parametrize(
        "url",
        [
            f"http://{'a' * 64}.example/",
            "http://127.0.0.1:1/größe/",
            "http://a..b/",
            "http://a/b c/",
        ],
    )
    def test_an_address_that_cannot_be_asked(self, run, capsys, url):
        """One line without a second try; with another mirror that one is asked."""
        assert run(options=["--mirror", url]) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"error: {NAME}: not downloaded ({url}: not a valid address (")
        assert error.count("\n") == 1
        with serving(FILES, "good") as mirror:
            assert run(mirror.url, options=["--mirror", url]) == 0

    def test_an_answer_that_names_a_damaged_address(self, run, capsys):
        with serving(FILES, "elsewhere") as mirror:
            assert run(mirror.url) == 2
        assert "not a valid address (" in capsys.readouterr().err.splitlines()[-1]

    def test_stopped(self, tmp_path, run, monkeypatch, capsys):
        def interrupted(*args):
            raise KeyboardInterrupt

        monkeypatch.setattr("data.published.fetch", interrupted)
        assert run() == 130
        assert capsys.readouterr().err.startswith("stopped; ")

    def test_wrong_shapes(self, tmp_path, run, monkeypatch, capsys):
        with serving(FILES, "good") as mirror:
            files = dict(zip(FILES, [*FILES.values()][2:] * 2, strict=True))
            for name in FILES:
                monkeypatch.setitem(mirror.files, name, files[name])
            swapped = {n: files[n.replace("images-idx3", "labels-idx1")] for n in FILES}
            small = published_set(swapped, [mirror.url])
            mirror.files.update(swapped)
            monkeypatch.setattr(mnist, "run", small.run)
            assert command.main(["mnist", "--out", str(tmp_path)]) == 2
        assert "images of shape (12,), wanted (n, 28, 28)" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("mnits", ", did you mean mnist?"),
            ("fashion_like", ", did you mean fashion-like?"),
            ("x", ""),
        ],
    )
    def test_unknown_name(self, capsys, name, hint):
        assert command.main([name]) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"error: no data set {name!r}{hint} (there are digits, mnist, ")
        assert error.count("\n") == 1

    def test_every_name_is_a_command(self):
        assert tuple(command.SETS) == NAMES

    def test_a_name_without_its_data(self, tmp_path, monkeypatch):
        monkeypatch.setattr("data.catalogue.DOWNLOADS", tmp_path / "none")
        with pytest.raises(data.DataError, match=r"^mnist: not made yet \(python -m data mnist\)$"):
            data.find_file("train", "mnist")
        with pytest.raises(data.DataError, match=r"^minst: no such folder, did you mean mnist\?$"):
            data.find_file("train", "minst")
        assert data.find_file("train", "digits") == data.embedded_file("train")

    def test_a_name_with_its_data(self, tmp_path, monkeypatch):
        monkeypatch.setattr("data.catalogue.DOWNLOADS", tmp_path)
        assert command.main(["digits", "--train", "3", "--test", "2"]) == 0
        assert data.find_file("train", "digits").parent == tmp_path / "digits"
        assert len(data.load_file(data.find_file("test", "digits"))[0]) == 2


def test_names_and_checksums_of_the_published_files():
    for module in (mnist, fashion):
        files = [*module.SET.train, *module.SET.test]
        assert [file.name for file in files] == list(FILES)
        assert len({file.md5 for file in files}) == 4
        assert all(len(file.md5) == 32 for file in files)
        assert all(url.endswith("/") for url in module.SET.mirrors)


def test_checksum_of_content_in_pieces(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(bytes(300_000), compresslevel=0))
    assert checksum(path, True) == hashlib.md5(bytes(300_000)).hexdigest()
    assert checksum(path, False) == hashlib.md5(path.read_bytes()).hexdigest()
