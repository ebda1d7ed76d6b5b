"""The loader on every format and on bad input; the embedded digits and their generator."""

import gzip
import hashlib
import struct
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

import data
from data import digits, glyphs, mnist, writing
from data.__main__ import main
from data.idx import read_idx
from grader.reference import hw_mlp, nn
from meta_tests.downloads import idx_bytes

ROOT = Path(__file__).resolve().parent.parent
REAL = ROOT.parent / "shared" / "data"
needs_mnist = pytest.mark.skipif(not REAL.is_dir(), reason="MNIST itself is not on this machine")


@pytest.fixture
def pictures():
    """(x uint8 (12, 784), y (12,)): every pixel and label of use in a comparison."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (12, 784), dtype=np.uint8), np.arange(12) % 10


def write_hdf5(path, **sets):
    with h5py.File(path, "w") as file:
        for key, values in sets.items():
            file[key] = values
    return path


def write_idx(folder, x, y, *, part="train", zipped=False, dot="-"):
    pack, suffix = (gzip.compress, ".gz") if zipped else (bytes, "")
    images = folder / f"{part}-images{dot}idx3-ubyte{suffix}"
    images.write_bytes(pack(idx_bytes(x.reshape(-1, 28, 28))))
    labels = folder / f"{part}-labels{dot}idx1-ubyte{suffix}"
    labels.write_bytes(pack(idx_bytes(y)))
    return images


def check(loaded, pictures):
    x, y = loaded
    np.testing.assert_allclose(x, pictures[0] / 255, rtol=1e-6)
    assert x.dtype == np.float64
    assert y.dtype.kind == "i"
    assert np.array_equal(y, pictures[1])


class TestFormats:
    def test_hdf5(self, tmp_path, pictures):
        x, y = pictures
        check(data.load_file(write_hdf5(tmp_path / "a", xdata=x, ydata=y)), pictures)
        check(
            data.load_file(write_hdf5(tmp_path / "b", xdata=x / 255, ydata=np.eye(10)[y])), pictures
        )
        square = x.reshape(-1, 28, 28).astype(np.float32)
        column = y[:, None].astype(float)
        check(data.load_file(write_hdf5(tmp_path / "c", xdata=square, ydata=column)), pictures)

    def test_npy(self, tmp_path, pictures):
        for part in ("train", "test"):
            np.save(tmp_path / f"x_{part}.npy", pictures[0])
            np.save(tmp_path / f"y_{part}.npy", pictures[1])
            check(data.load_file(data.find_file(part, tmp_path)), pictures)

    @pytest.mark.parametrize("zipped", [False, True])
    @pytest.mark.parametrize("dot", ["-", "."])
    def test_idx(self, tmp_path, pictures, zipped, dot):
        for part, name in (("train", "train"), ("test", "t10k")):
            path = write_idx(tmp_path, *pictures, part=name, zipped=zipped, dot=dot)
            assert data.find_file(part, tmp_path) == path
            check(data.load_file(path), pictures)

    def test_idx_types(self, tmp_path):
        path = tmp_path / "a"
        path.write_bytes(bytes([0, 0, 0x0D, 2]) + struct.pack(">IIffff", 2, 2, 1.5, 2, -3, 4))
        assert read_idx(path).tolist() == [[1.5, 2.0], [-3.0, 4.0]]

    def test_precision_on_request(self, tmp_path, pictures):
        path = write_hdf5(tmp_path / "a", xdata=pictures[0], ydata=pictures[1])
        assert data.load_file(path, dtype=np.float32)[0].dtype == np.float32

    def test_mnist_goes_before_other_hdf5(self, tmp_path, pictures):
        for name in ("other_traindata.hdf5", "mnist_traindata.hdf5"):
            write_hdf5(tmp_path / name, xdata=pictures[0], ydata=pictures[1])
        assert data.find_file("train", tmp_path).name == "mnist_traindata.hdf5"


def with_pixel(value):
    x = np.full((3, 784), 0.5)
    x[1, 5] = value
    return x


LABELS = np.array([1, 2, 3])


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ({"images": LABELS}, "no data set 'xdata' (keys found: images)"),
        ({"xdata": with_pixel(0)}, "no data set 'ydata' (keys found: xdata)"),
        ({}, "no data set 'xdata' (keys found: none)"),
        ({"xdata/deep": LABELS}, "no data set 'xdata' (keys found: xdata)"),
        (
            {"xdata": np.zeros((3, 100)), "ydata": LABELS},
            "images of shape (3, 100), wanted (n, 784)",
        ),
        ({"xdata": np.zeros(784), "ydata": LABELS}, "images of shape (784,), wanted (n, 784)"),
        ({"xdata": np.zeros((0, 784)), "ydata": []}, "images of shape (0, 784), wanted (n, 784)"),
        (
            {"xdata": with_pixel(np.nan), "ydata": LABELS},
            "xdata: pixel nan in image 1, wanted 0..255 or 0..1",
        ),
        ({"xdata": with_pixel(np.inf), "ydata": LABELS}, "xdata: pixel inf in image 1"),
        ({"xdata": with_pixel(0), "ydata": LABELS * np.nan}, "ydata: label nan outside 0..9"),
        ({"xdata": with_pixel(-1), "ydata": LABELS}, "pixels from -1.0 to 0.5"),
        ({"xdata": with_pixel(256), "ydata": LABELS}, "pixels from 0.5 to 256.0"),
        ({"xdata": with_pixel(0) * 1j, "ydata": LABELS}, "pixels of type complex128"),
        ({"xdata": with_pixel(0), "ydata": LABELS[:2]}, "3 images, but 2 labels"),
        ({"xdata": with_pixel(0), "ydata": LABELS + 8}, "label 10 outside 0..9"),
        ({"xdata": with_pixel(0), "ydata": LABELS + 0.5}, "label 1.5 outside 0..9"),
        (
            {"xdata": with_pixel(0), "ydata": np.zeros((3, 10))},
            "of shape (3, 10) that are not one-hot",
        ),
        (
            {"xdata": with_pixel(0), "ydata": np.zeros((3, 7))},
            "labels of shape (3, 7), wanted (n,)",
        ),
        ({"xdata": with_pixel(0), "ydata": [b"a", b"b", b"c"]}, "labels of type"),
    ],
)
def test_bad_hdf5(tmp_path, sets, message):
    path = write_hdf5(tmp_path / "bad.hdf5", **sets)
    with pytest.raises(data.DataError) as caught:
        data.load_file(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert message in text
    assert "\n" not in text


def test_hdf5_without_h5py(tmp_path, pictures, monkeypatch):
    path = write_hdf5(tmp_path / "a.hdf5", xdata=pictures[0], ydata=pictures[1])
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(data.DataError, match="needs h5py"):
        data.load_file(path)


def cut_idx(folder, x, y):
    path = write_idx(folder, x, y)
    path.write_bytes(path.read_bytes()[:-3])
    return path


def cut_header(folder, x, y):
    path = write_idx(folder, x, y)
    path.write_bytes(path.read_bytes()[:9])
    return path


def cut_gzip(folder, x, y):
    path = write_idx(folder, x, y, zipped=True)
    path.write_bytes(path.read_bytes()[:-3])
    return path


def not_idx(folder, x, y):
    path = write_idx(folder, x, y)
    path.write_bytes(idx_bytes(y, kind=7))
    return path


def idx_without_labels(folder, x, y):
    path = write_idx(folder, x, y)
    (folder / "train-labels-idx1-ubyte").unlink()
    return path


def idx_of_another_name(folder, x, y):
    return write_idx(folder, x, y).rename(folder / "mine")


def pickled_npy(folder, x, y):
    np.save(folder / "x_train.npy", np.array([{}]), allow_pickle=True)
    return folder / "x_train.npy"


def npy_without_labels(folder, x, y):
    np.save(folder / "x_train.npy", x)
    return folder / "x_train.npy"


def text_file(folder, x, y):
    (folder / "notes.txt").write_text("no pixels here")
    return folder / "notes.txt"


def missing_file(folder, x, y):
    return folder / "absent.hdf5"


def cut_hdf5(folder, x, y):
    path = write_hdf5(folder / "cut.hdf5", xdata=x, ydata=y)
    path.write_bytes(path.read_bytes()[:600])
    return path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (cut_idx, "9408 bytes of values announced, 9405 found"),
        (cut_header, "cut short in its header"),
        (cut_gzip, "damaged gzip file"),
        (not_idx, "not an IDX file"),
        (idx_without_labels, "missing, the labels of train-images-idx3-ubyte"),
        (idx_of_another_name, "name does not tell where its labels are"),
        (pickled_npy, "damaged npy file"),
        (npy_without_labels, "missing, the labels of x_train.npy"),
        (text_file, "neither HDF5 nor npy nor IDX"),
        (missing_file, "No such file or directory"),
        (cut_hdf5, "truncated file"),
    ],
)
def test_bad_files(tmp_path, pictures, make, message):
    path = make(tmp_path, *pictures)
    with pytest.raises(data.DataError) as caught:
        data.load_file(path)
    text = str(caught.value)
    assert text.startswith(str(tmp_path))
    assert message in text
    assert "\n" not in text


def test_damage_anywhere_in_hdf5_is_one_line(tmp_path, pictures):
    path = write_hdf5(tmp_path / "a", xdata=pictures[0], ydata=pictures[1])
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for place in rng.integers(8, 3_000, 300):
        path.write_bytes(content[:place] + rng.bytes(1) + content[place + 1 :])
        try:
            data.load_file(path)
        except data.DataError as error:
            refused += 1
            assert str(error).startswith(f"{path}: ")
            assert "\n" not in str(error)
    assert refused > 20


def test_finding_reports_what_is_wrong(tmp_path):
    with pytest.raises(data.DataError, match="no such folder"):
        data.find_file("train", tmp_path / "absent")
    with pytest.raises(data.DataError, match="no test data"):
        data.find_file("test", tmp_path)
    for name in ("a_traindata.hdf5", "b_traindata.hdf5"):
        (tmp_path / name).touch()
    with pytest.raises(data.DataError, match=r"several train files \(a_traindata.hdf5, b_train"):
        data.find_file("train", tmp_path)


class TestSplits:
    def test_one_hot(self):
        assert data.one_hot(np.array([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]

    def test_split_parts_examples_and_keeps_pairs(self):
        x = np.arange(20)[:, None]
        (x_train, y_train), (x_valid, y_valid) = data.split(x, 3 * x[:, 0], 6, seed=1)
        assert (len(x_train), len(x_valid)) == (14, 6)
        assert sorted([*x_train[:, 0], *x_valid[:, 0]]) == list(range(20))
        assert np.array_equal(3 * x_train[:, 0], y_train)
        assert np.array_equal(3 * x_valid[:, 0], y_valid)
        assert np.array_equal(data.split(x, x, 6, seed=1)[1][0], x_valid)
        assert not np.array_equal(data.split(x, x, 6, seed=2)[1][0], x_valid)

    @pytest.mark.parametrize("n", [0, 20, 21, -1])
    def test_split_leaves_examples_on_both_sides(self, n):
        with pytest.raises(data.DataError, match="both sides"):
            data.split(np.zeros((20, 1)), np.zeros(20), n)

    def test_splits_for_the_class(self):
        (x, y), (x_valid, y_valid), (x_test, y_test) = data.load_splits()
        assert (len(x), len(x_valid), len(x_test)) == (10_000, 2_000, 2_500)
        for labels in (y, y_valid, y_test):
            assert np.array_equal(labels.sum(axis=1), np.ones(len(labels)))
        assert y.shape == (10_000, 10)


class TestDigits:
    def test_files_stay_small(self):
        sizes = [data.embedded_file(part).stat().st_size for part in ("train", "test")]
        assert sum(sizes) <= 3_000_000

    def test_content(self):
        for part, n in digits.COUNTS.items():
            with h5py.File(data.embedded_file(part)) as file:
                assert file["xdata"].shape == (n, 784)
                assert file["xdata"].dtype == file["ydata"].dtype == np.uint8
                assert file.attrs["seed"] == digits.SEED
        for x, y in data.load_digits():
            counts = np.bincount(y, minlength=10)
            assert counts.min() > 0.8 * counts.mean()
            assert 0.05 < x.mean() < 0.2
            assert (x == 0).mean() > 0.6
            assert x.max() > 0.9

    def test_reference_network_learns_them(self):
        """Over 97 % on the test part, and not everything: the set is no triviality."""
        (x, y), (x_test, y_test) = data.load_digits()
        np.random.seed(0)
        model = nn.NN(784, [100, 50], nn.relu, 10)
        optimizer = hw_mlp.Adam(2e-3)

        def call_back(model, epoch):
            optimizer.eta = hw_mlp.step_decay(2e-3, epoch, (4, 6, 7))

        batches = hw_mlp.BatchGenerator(x, data.one_hot(y), 64)
        hw_mlp.train_loop(model, batches, optimizer, 8, call_back)
        accuracy = np.mean(model.forward(x_test)[0].argmax(axis=1) == y_test)
        assert 0.97 < accuracy < 0.999

    def test_equal_seeds_give_equal_bytes(self, tmp_path):
        sums = []
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            options = ["--train", "30", "--test", "10", "--seed", str(seed)]
            assert main(["digits", "--out", str(tmp_path / name), *options]) == 0
            files = sorted((tmp_path / name).iterdir())
            assert [path.name for path in files] == [
                "digits_testdata.hdf5",
                "digits_traindata.hdf5",
            ]
            sums.append([hashlib.sha256(path.read_bytes()).digest() for path in files])
        assert sums[0] == sums[1]
        assert all(one != other for one, other in zip(sums[0], sums[2], strict=True))

    def test_no_file_holds_the_time_of_its_making(self, tmp_path):
        path = tmp_path / "a.hdf5"
        start = int(time.time())
        writing.write_hdf5(path, {"xdata": np.zeros((2, 784)), "ydata": np.zeros(2)})
        content = path.read_bytes()
        for second in range(start, int(time.time()) + 1):
            assert struct.pack("<I", second) not in content

    def test_a_smaller_set_is_the_beginning_of_a_larger(self):
        few, many = digits.make_digits("train", 5), digits.make_digits("train", 9)
        assert np.array_equal(few[0], many[0][:5])
        assert np.array_equal(few[1], many[1][:5])
        assert not np.array_equal(few[0], digits.make_digits("test", 5)[0])

    def test_embedded_files_are_what_the_generator_makes(self):
        for part in digits.COUNTS:
            x, y = digits.make_digits(part, 30)
            with h5py.File(data.embedded_file(part)) as file:
                assert np.array_equal(file["ydata"][:30], y)
                # not to the bit: other versions of the font library may round an outline elsewhere
                assert np.abs(file["xdata"][:30] - x.astype(float)).mean() < 1

    @pytest.mark.parametrize("option", ["--train=0", "--test=-1", "--seed=-1"])
    def test_wrong_sizes(self, tmp_path, capsys, option):
        assert main(["digits", "--out", str(tmp_path), option]) == 2
        assert capsys.readouterr().err.startswith("error: --train and --test must be from 1 to")

    def test_missing_library_is_named(self, tmp_path, capsys, monkeypatch):
        glyphs.outline.cache_clear()
        monkeypatch.setitem(sys.modules, "matplotlib.textpath", None)
        assert main(["digits", "--out", str(tmp_path)]) == 2
        assert capsys.readouterr().err.splitlines()[-1].endswith("is needed for digits")


class TestDrawing:
    def test_square_with_a_hole(self):
        """The hole runs the other way round, as in the outline of an 8."""
        square = np.array([[-8.0, -8], [8, -8], [8, 8], [-8, 8]])
        image = glyphs.pixels(glyphs.draw([square, 0.5 * square[::-1]]))
        want = np.zeros((28, 28))
        want[6:22, 6:22] = 1
        want[10:18, 10:18] = 0
        assert np.array_equal(image, want)

    def test_overlapping_strokes_stay_filled(self):
        square = np.array([[-8.0, -8], [8, -8], [8, 8], [-8, 8]])
        assert np.array_equal(glyphs.draw([square, 0.5 * square]), glyphs.draw([square]))

    def test_drawing_over_the_edge_is_cut(self):
        square = np.array([[0.0, 0], [40, 0], [40, 40], [0, 40]])
        assert glyphs.pixels(glyphs.draw([square])).sum() == 14 * 14

    def test_threshold_sets_the_stroke_width(self):
        bar = glyphs.draw([np.array([[-1.0, -9], [1, -9], [1, 9], [-1, 9]])])
        thin, middle, bold = (glyphs.thicken(bar, 3.0, t).sum() for t in (0.7, 0.5, 0.2))
        assert thin < middle < bold
        assert abs(middle / bar.sum() - 1) < 0.1


@needs_mnist
@pytest.mark.parametrize(("part", "n"), [("train", 60_000), ("test", 10_000)])
def test_real_mnist(part, n):
    path = data.find_file(part, REAL)
    x, y = data.load_file(path, dtype=np.float32)
    assert x.shape == (n, 784)
    assert (x.min(), x.max()) == (0, 1)
    images = np.rint(x * 255).astype(np.uint8)
    sums = [hashlib.md5(idx_bytes(a)).hexdigest() for a in (images.reshape(-1, 28, 28), y)]
    assert " ".join(sums) == " ".join(file.md5 for file in getattr(mnist.SET, part))
