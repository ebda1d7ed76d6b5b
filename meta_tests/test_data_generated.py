"""Generated clothes and sequences: what they look like, how hard they are, how they are made."""

from __future__ import annotations

import hashlib

import h5py
import numpy as np
import pytest

import data
from data import fashion_like, human_machine, runs, shapes, writing
from data.__main__ import main
from data.garments import GARMENTS
from data.keras_files import write_keras
from data.network import Layer, Network

MAKERS = {
    "fashion-like": (["--train", "30", "--test", "10"], 6),
    "human-machine": (["--n", "30"], 1),
}


@pytest.fixture(scope="module")
def clothes():
    return fashion_like.make_fashion("train", 4_000)


@pytest.fixture(scope="module")
def tosses():
    return {kind: human_machine.make_sequences(kind, 4_000) for kind in ("human", "machine")}


@pytest.mark.parametrize("name", MAKERS)
def test_equal_seeds_give_equal_bytes(tmp_path, name):
    options, n_files = MAKERS[name]
    sums = []
    for run, seed in enumerate(("1", "1", "2")):
        out = tmp_path / str(run)
        assert main([name, "--out", str(out), "--seed", seed, *options]) == 0
        files = sorted(path for path in out.iterdir() if not path.name.startswith("y_"))
        sums.append([hashlib.sha256(path.read_bytes()).digest() for path in files])
        assert len(list(out.iterdir())) == n_files
    assert sums[0] == sums[1]
    assert all(one != other for one, other in zip(sums[0], sums[2], strict=True))


@pytest.mark.parametrize("name", MAKERS)
def test_wrong_sizes_and_folders(tmp_path, capsys, name):
    option = MAKERS[name][0][0]
    (tmp_path / "file").touch()
    for options, message in (
        (["--out", str(tmp_path), option, "0"], f"error: {option} "),
        (["--out", str(tmp_path), "--seed", "-1"], "error: --"),
        (["--out", str(tmp_path / "file" / "x")], "error: "),
    ):
        assert main([name, *options]) == 2
        error = capsys.readouterr().err
        assert error.startswith(message)
        assert error.count("\n") == 1


@pytest.mark.parametrize("name", ["digits", *MAKERS])
@pytest.mark.parametrize(
    ("option", "value", "bound"),
    [
        (0, "100000000000", " from 1 to 1,000,000,"),
        (-1, "1000001", " from 1 to 1,000,000,"),
        ("--seed", str(2**64), " --seed from 0 to 4,294,967,295"),
    ],
)
def test_sizes_beyond_all_use_are_refused(tmp_path, capsys, name, option, value, bound):
    options = ["--n"] if name == "human-machine" else ["--train", "--test"]
    chosen = {option: value} if option == "--seed" else {options[option]: value}
    given = {"--out": str(tmp_path / "out")} | dict.fromkeys(options, "1") | chosen
    assert main([name, *(word for pair in given.items() for word in pair)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {' and '.join(options)} must be")
    assert bound in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


class TestFashionLike:
    def test_read_by_the_loader(self, tmp_path):
        assert main(["fashion-like", "--out", str(tmp_path), *MAKERS["fashion-like"][0]]) == 0
        for part, n in (("train", 30), ("test", 10)):
            x, y = data.load_file(data.find_file(part, tmp_path))
            assert x.shape == (n, 784)
            again = data.load_file(tmp_path / f"x_{part}.npy")
            assert np.array_equal(again[0], x)
            assert np.array_equal(again[1], y)

    def test_a_smaller_set_is_the_beginning_of_a_larger(self, clothes):
        x, y = fashion_like.make_fashion("train", 600)
        assert np.array_equal(x, clothes[0][:600])
        assert np.array_equal(y, clothes[1][:600])
        assert not np.array_equal(x, fashion_like.make_fashion("test", 600)[0])

    def test_content(self, clothes):
        x, y = clothes
        assert x.dtype == y.dtype == np.uint8
        assert np.bincount(y).tolist() == [400] * 10
        assert len(np.unique(x, axis=0)) == len(x)
        assert 0.1 < x.mean() / 255 < 0.3
        assert (x == 0).mean() > 0.5
        filled = (x > 0).mean(axis=1)
        assert filled.min() > 0.02 and filled.max() < 0.8

    def test_classes_are_in_the_order_of_the_real_set(self):
        names = "T-shirt trouser pullover dress coat sandal shirt sneaker bag ankle boot"
        assert " ".join(GARMENTS) == names

    def test_as_hard_as_the_real_set(self, clothes):
        """A linear classifier: bags are easy, shirts are taken for other tops."""
        x, y = clothes
        a = np.hstack([x / 255, np.ones((len(x), 1))])
        train, test = a[:3_000], a[3_000:]
        gram = train.T @ train + 100 * np.eye(785)
        weights = np.linalg.solve(gram, train.T @ data.one_hot(y[:3_000]))
        table = np.zeros((10, 10))
        np.add.at(table, (y[3_000:], np.argmax(test @ weights, axis=1)), 1)
        rates = table / table.sum(axis=1, keepdims=True)
        assert 0.65 < np.trace(table) / table.sum() < 0.9
        assert rates[8, 8] > 0.9
        assert np.diag(rates).argmin() == 6
        assert rates[6, [0, 2, 4]].sum() > 0.9 * (1 - rates[6, 6])


class TestShapes:
    @pytest.fixture
    def pixels(self):
        none = np.zeros(2)
        return shapes.grid(none, none, none + 1, none)

    def test_a_box(self, pixels):
        box = shapes.upright(pixels, [(-0.5, 0.5), (0.5, 0.5)])
        want = np.zeros((28, 28))
        want[7:21, 7:21] = 1
        assert box.shape == (2, 28, 28)
        np.testing.assert_allclose(box, [want, want], atol=1e-5)

    def test_lying_is_upright_turned(self, pixels):
        cone = shapes.upright(pixels, [(-0.5, 0.1), (0.5, 0.6)])
        lying = shapes.lying(pixels, [(-0.5, -0.1), (0.5, -0.6)], [(-0.5, 0.1), (0.5, 0.6)])
        np.testing.assert_allclose(cone, lying.transpose(0, 2, 1), atol=1e-5)

    def test_areas(self, pixels):
        """In pixels of 1/14 each way."""
        disc = shapes.ellipse(pixels, (0.1, 0.0), (0.5, 0.5)).sum(axis=(1, 2))
        np.testing.assert_allclose(disc, np.pi * 7**2, rtol=0.01)
        rod = shapes.limb(pixels, (-0.5, 0.0), (0.5, 0.0), (0.2, 0.2)).sum(axis=(1, 2))
        np.testing.assert_allclose(rod, 14 * 5.6 + np.pi * 2.8**2, rtol=0.02)

    def test_a_value_for_each_image(self, pixels):
        radii = np.array([0.2, 0.4])
        small, large = shapes.ellipse(pixels, (0.0, 0.0), (radii, radii)).sum(axis=(1, 2))
        assert large == pytest.approx(4 * small, rel=0.05)

    def test_join_and_cut(self, pixels):
        left, right = (shapes.between(pixels[0], a, a + 1) for a in (-1.0, 0.0))
        np.testing.assert_allclose(shapes.join(left, right), 1, atol=0.51)
        np.testing.assert_allclose(shapes.cut(left, left).max(), 0, atol=0.26)


def alternation(x):
    return (x[:, 1:] != x[:, :-1]).mean()


def run_lengths(x):
    """How often each length of a run occurs, in parts of one; entry k is length k + 1."""
    lengths = [np.diff([0, *(np.flatnonzero(np.diff(row)) + 1), len(row)]) for row in x]
    counts = np.bincount(np.concatenate(lengths))[1:]
    return counts / counts.sum()


def changes_back(x):
    """Rates of changes right after a change, where the last outcome leads in seven, or lags."""
    rates = []
    for sign in (1, -1):
        changes = []
        for t in range(7, 20):
            last = x[:, t - 1]
            surplus = last * x[:, t - 7 : t].sum(axis=1)
            rows = (x[:, t - 2] != last) & (sign * surplus >= 3)
            changes.append(x[rows, t] != last[rows])
        rates.append(np.concatenate(changes).mean())
    return rates


class TestHumanMachine:
    def test_format_of_the_course(self, tmp_path):
        assert main(["human-machine", "--out", str(tmp_path), "--n", "30"]) == 0
        path = data.find_sequences(tmp_path)
        assert path.name == "binary_random_generated.hdf5"
        with h5py.File(path) as file:
            assert sorted(file) == ["human", "machine"]
            assert {key: (values.shape, values.dtype) for key, values in file.items()} == {
                key: ((30, 20), np.int8) for key in file
            }
        x, y = data.load_sequences(path)
        assert x.shape == (60, 20)
        assert set(np.unique(x)) == {-1, 1}
        assert y.tolist() == [1] * 30 + [0] * 30

    def test_people_alternate_too_often_and_break_off_runs(self, tosses):
        human, machine = tosses["human"], tosses["machine"]
        assert 0.57 < alternation(human) < 0.61
        assert abs(alternation(machine) - 0.5) < 0.01
        long = [run_lengths(x)[3:].sum() for x in (human, machine)]
        assert long[0] < 0.6 * long[1]

    def test_people_balance_within_a_sequence(self, tosses):
        """Right after a change, they change back sooner where that outcome has a surplus."""
        sooner = {kind: np.subtract(*changes_back(x)) for kind, x in tosses.items()}
        assert sooner["human"] > 0.05
        assert abs(sooner["machine"]) < 0.02

    def test_people_differ(self, tosses):
        spreads = [(x[:, 1:] != x[:, :-1]).mean(axis=1).std() for x in tosses.values()]
        assert spreads[0] > 1.3 * spreads[1]

    def test_neither_outcome_is_favoured(self, tosses):
        for x in tosses.values():
            assert abs(x.mean()) < 0.03

    def test_a_smaller_set_is_the_beginning_of_a_larger(self, tosses):
        for kind, x in tosses.items():
            assert np.array_equal(human_machine.make_sequences(kind, 1_200), x[:1_200])

    @pytest.mark.parametrize(
        ("sets", "message"),
        [
            ({"machine": np.ones((3, 20))}, "no data set 'human' (keys found: machine)"),
            ({"human": np.ones((3, 20))}, "no data set 'machine' (keys found: human)"),
            ({"human": np.ones((3, 19))}, "human: sequences of shape (3, 19), wanted (n, 20)"),
            ({"human": np.ones((0, 20))}, "human: sequences of shape (0, 20)"),
            ({"human": np.zeros((3, 20))}, "human: entry 0.0, wanted -1 or 1"),
            ({"human": np.full((3, 20), np.nan)}, "human: entry nan, wanted -1 or 1"),
            ({"human": np.ones((3, 20), bool)}, "human: entries of type bool, wanted numbers"),
        ],
    )
    def test_bad_files(self, tmp_path, sets, message):
        path = tmp_path / "binary_random_x.hdf5"
        if message.split()[0] == "human:":
            sets = {"machine": np.ones((3, 20))} | sets
        with h5py.File(path, "w") as file:
            for key, values in sets.items():
                file[key] = values
        with pytest.raises(data.DataError) as caught:
            data.load_sequences(path)
        assert str(caught.value).startswith(f"{path}: {message}")

    def test_finding(self, tmp_path):
        with pytest.raises(data.DataError, match="no such folder"):
            data.find_sequences(tmp_path / "x")
        with pytest.raises(data.DataError, match="no file of sequences"):
            data.find_sequences(tmp_path)
        for name in ("binary_random_a.hdf5", "binary_random_b.hdf5"):
            (tmp_path / name).touch()
        with pytest.raises(data.DataError, match=r"several .*binary_random_a.hdf5, binary"):
            data.find_sequences(tmp_path)
        with pytest.raises(data.DataError, match="not an HDF5 file"):
            data.load_sequences(tmp_path / "binary_random_a.hdf5")


def write_text(path, text):
    with writing.replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def save_log(path, name):
    runs.RunLog(path.stem, {"name": name}, [784, 10], "zero", 50, 10).save(path.parent)


WRITERS = {  # each writes a whole file, of other content for other values
    "hdf5": lambda path, value: writing.write_hdf5(path, {"x": np.full(3, value)}),
    "npy": lambda path, value: writing.write_npy(path, np.full(3, value)),
    "text": lambda path, value: write_text(path, str(value)),
    "keras": lambda path, value: write_keras(path, one_layer(value)),
    "run log": save_log,
}


def one_layer(value):
    return Network((Layer(np.full((1, 2), value), np.zeros(1), "sigmoid"),))


class TestWriting:
    @pytest.mark.parametrize("writer", WRITERS)
    def test_the_new_file_takes_the_place_of_the_old(self, tmp_path, writer):
        """Whoever has the old file open reads it to its end: it is moved away, not overwritten."""
        path, kept = tmp_path / "a.json", tmp_path / "old"
        WRITERS[writer](path, 1.0)
        before = path.read_bytes()
        kept.hardlink_to(path)
        WRITERS[writer](path, 2.0)
        assert kept.read_bytes() == before != path.read_bytes()
        assert sorted(tmp_path.iterdir()) == [path, kept]

    @pytest.mark.parametrize("writer", WRITERS)
    def test_no_end_leaves_the_old_file(self, tmp_path, monkeypatch, writer):
        """Everything is written, and then moving it into its place fails."""

        def full(unfinished, path):
            assert unfinished.stat().st_size > 0
            raise OSError(28, "No space left on device")

        path = tmp_path / "a.json"
        WRITERS[writer](path, 1.0)
        before = path.read_bytes()
        monkeypatch.setattr(type(path), "replace", full)
        with pytest.raises(OSError, match="No space left"):
            WRITERS[writer](path, 2.0)
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize("error", [OSError(28, "full"), ValueError("x"), KeyboardInterrupt()])
    def test_a_writer_that_stops_half_way(self, tmp_path, error):
        path = tmp_path / "a.txt"
        path.write_text("old", encoding="utf-8")

        def write():
            with writing.replacing(path) as unfinished, unfinished.open("w") as file:
                file.write("half")
                file.flush()
                assert path.read_text(encoding="utf-8") == "old"
                raise error

        with pytest.raises(type(error)):
            write()
        assert path.read_text(encoding="utf-8") == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_what_fails_leaves_the_old_file(self, tmp_path):
        path = tmp_path / "a.hdf5"
        writing.write_hdf5(path, {"x": np.zeros(3)})
        before = path.read_bytes()
        with pytest.raises(TypeError):
            writing.write_hdf5(path, {"x": np.ones(3), "y": np.array([{}])})
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]

    def test_npy(self, tmp_path):
        path = tmp_path / "a.npy"
        writing.write_npy(path, np.arange(3))
        with pytest.raises(ValueError, match="Object arrays"):
            writing.write_npy(path, np.array([{}]))
        assert np.load(path).tolist() == [0, 1, 2]
        assert list(tmp_path.iterdir()) == [path]
