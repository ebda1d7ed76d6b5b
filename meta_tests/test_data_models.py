"""Model files: MNIST weights in HDF5 and Keras's files, read and written; the forward pass."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from typing import Any

import h5py
import numpy as np
import pytest

from data import DataError
from data.keras_files import HUMAN_MACHINE, read_keras, write_keras
from data.network import ACTIVATIONS, make_network
from data.weight_files import read_weights, write_parameters, write_weights
from meta_tests.keras_samples import classifier, inputs, load_samples

SAMPLES = load_samples()


def refused(read, path):
    """The one line with which a file is refused."""
    with pytest.raises(DataError) as caught:
        read(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


def mnist_layers(*sizes):
    rng = np.random.default_rng(0)
    return [
        (rng.normal(0, 0.1, (n_out, n_in)), rng.normal(0, 0.1, n_out))
        for n_in, n_out in itertools.pairwise(sizes)
    ]


def write_sets(path, sets, **attributes):
    with h5py.File(path, "w") as file:
        for key, values in sets.items():
            file[key] = values
        file.attrs.update(attributes)
    return path


class TestForward:
    def test_two_layers_by_hand(self):
        network = make_network(
            [
                (np.array([[1.0, -1.0], [2.0, 0.0]]), np.array([0.5, -1.0])),
                (np.array([[1.0, 3.0]]), np.array([[0.25]])),
            ],
            ["relu", "sigmoid"],
        )
        # x = (1, 2): a = (-0.5, 1), z = (0, 1), output 3.25; x = (0, 0): z = (0.5, 0), 0.75
        want = 1 / (1 + np.exp([[-3.25], [-0.75]]))
        np.testing.assert_allclose(network.forward([[1, 2], [0, 0]]), want)
        assert network.sizes == (2, 2, 1)

    def test_activations_stay_finite(self):
        a = np.array([[-1e4, 0.0, 1e4]])
        assert ACTIVATIONS["sigmoid"](a).tolist() == [[0, 0.5, 1]]
        assert ACTIVATIONS["softmax"](a).tolist() == [[0, 0, 1]]
        assert ACTIVATIONS["tanh"](a).tolist() == [[-1, 0, 1]]
        assert ACTIVATIONS["relu"](a).tolist() == [[0, 0, 1e4]]

    def test_unknown_activation(self):
        with pytest.raises(DataError, match="activation 'swish', wanted one of linear, relu"):
            make_network(mnist_layers(784, 10), ["swish"])

    def test_inputs_of_another_width(self):
        with pytest.raises(DataError, match=r"inputs of shape \(3, 19\), wanted \(m, 20\)"):
            classifier().forward(np.zeros((3, 19)))

    def test_requirements(self):
        assert classifier().require(*HUMAN_MACHINE).sizes == (20, 20, 1)
        with pytest.raises(DataError, match=r"a network 20-20-1 \(relu, sigmoid\), wanted 20-8-1"):
            classifier().require((20, 8, 1), ("relu", "sigmoid"))


class TestWeightFiles:
    @pytest.mark.parametrize("act", ["relu", "tanh"])
    def test_written_and_read(self, tmp_path, act):
        network = make_network(mnist_layers(784, 6, 5, 10), [act, act, "softmax"])
        write_weights(tmp_path / "w.hdf5", network)
        again = read_weights(tmp_path / "w.hdf5")
        x = np.random.default_rng(1).random((4, 784))
        assert np.array_equal(again.forward(x), network.forward(x))
        assert again.activations == (act, act, "softmax")
        np.testing.assert_allclose(again.forward(x).sum(axis=1), 1)
        with h5py.File(tmp_path / "w.hdf5") as file:
            assert sorted(file) == ["b1", "b2", "b3", "w1", "w2", "w3"]
            assert file.attrs["act"] == act

    def test_parameters_as_nn_has_them(self, tmp_path):
        path = tmp_path / "w.hdf5"
        parameters: dict[str, np.ndarray] = {}
        for i, (W, b) in enumerate(mnist_layers(784, 6, 10)):
            parameters |= {f"W{i}": W, f"b{i}": b}
        assert write_parameters(path, parameters, "tanh") == f"weights: {path}"
        again = read_weights(path)
        assert again.activations == ("tanh", "softmax")
        assert np.array_equal(again.layers[1].W, parameters["W1"])
        path.unlink()
        parameters["b1"] = np.full(10, np.nan)
        said = write_parameters(path, parameters, "tanh")
        assert said == "no weights: w: b2 has NaN or infinite values"
        assert not path.exists()

    def test_other_spellings(self, tmp_path):
        (W1, b1), (W2, b2) = mnist_layers(784, 6, 10)
        sets = {"W1": W1.astype(np.float32), "b1": b1[:, None], "W2": W2, "b2": b2[:, None]}
        network = read_weights(write_sets(tmp_path / "w.h5", sets))
        assert network.activations == ("relu", "softmax")
        assert network.layers[0].b.shape == (6,)
        bytes_attribute = write_sets(tmp_path / "x.h5", sets, act=np.bytes_("TANH"))
        assert read_weights(bytes_attribute).activations[0] == "tanh"

    def test_only_what_the_format_can_say_is_written(self, tmp_path):
        mixed = make_network(mnist_layers(784, 6, 5, 10), ["relu", "tanh", "softmax"])
        for network in (mixed, classifier()):
            with pytest.raises(DataError, match="do not fit the file"):
                write_weights(tmp_path / "w.hdf5", network)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"w1": None, "b1": None}, "no data set 'w1' (keys found: b2, w2)"),
            ({"w2": None}, "no data set 'w2' (keys found: b1, b2, w1)"),
            ({"b2": None}, "no data set 'b2' (keys found: b1, w1, w2)"),
            ({"w1": np.zeros((784, 6))}, "b1 of shape (6,), wanted (784,)"),
            ({"w1": np.zeros((6, 100))}, "w1 of shape (6, 100), wanted (fan_out, 784)"),
            ({"w2": np.zeros((10, 7))}, "w2 of shape (10, 7), wanted (fan_out, 6)"),
            (
                {"w2": np.zeros((3, 6)), "b2": np.zeros(3)},
                "w2 of shape (3, 6), wanted (10, 6)",
            ),
            ({"b1": np.zeros((1, 6))}, "b1 of shape (1, 6), wanted (6,)"),
            ({"w1": np.full((6, 784), np.nan)}, "w1 has NaN or infinite values"),
            ({"b2": [b"a"] * 10}, "b2 of type"),
            ({"act": "swish"}, "attribute act = 'swish', wanted relu or tanh"),
        ],
    )
    def test_bad_files(self, tmp_path, changes, message):
        (W1, b1), (W2, b2) = mnist_layers(784, 6, 10)
        sets = {"w1": W1, "b1": b1, "w2": W2, "b2": b2} | changes
        attributes = {"act": sets.pop("act")} if "act" in sets else {}
        kept = {key: value for key, value in sets.items() if value is not None}
        path = write_sets(tmp_path / "w.hdf5", kept, **attributes)
        assert refused(read_weights, path).startswith(message)

    def test_no_hdf5(self, tmp_path):
        (tmp_path / "w.txt").write_text("w1 = 3")
        assert refused(read_weights, tmp_path / "w.txt") == "not an HDF5 file"
        assert refused(read_weights, tmp_path / "x") == "No such file or directory"


class TestKerasFiles:
    @pytest.mark.parametrize("name", sorted(SAMPLES))
    def test_what_keras_wrote_predicts_what_keras_predicted(self, tmp_path, name):
        content, predictions = SAMPLES[name]
        path = tmp_path / name
        path.write_bytes(content)
        network = read_keras(path).require(*HUMAN_MACHINE)
        np.testing.assert_allclose(network.forward(inputs())[:, 0], predictions, rtol=1e-5)

    @pytest.mark.parametrize("version", [2, 3])
    def test_written_and_read(self, tmp_path, version):
        path = tmp_path / "model.h5"
        write_keras(path, classifier(), version=version)
        again = read_keras(path)
        want = classifier().forward(inputs())
        np.testing.assert_allclose(again.forward(inputs()), want, rtol=1e-5)
        assert again.activations == ("relu", "sigmoid")
        assert [p.name for p in tmp_path.iterdir()] == ["model.h5"]

    @pytest.mark.parametrize("version", [2, 3])
    def test_layout_is_that_of_keras(self, tmp_path, version):
        write_keras(tmp_path / "ours.h5", classifier(), version=version)
        (tmp_path / "theirs.h5").write_bytes(SAMPLES[f"keras{version}_sequential.h5"][0])
        ours, theirs = (layout(tmp_path / name) for name in ("ours.h5", "theirs.h5"))
        assert ours == theirs

    def test_unknown_version(self, tmp_path):
        with pytest.raises(DataError, match="Keras version 4, wanted 2 or 3"):
            write_keras(tmp_path / "a.h5", classifier(), version=4)


def layout(path):
    """Names, shapes, types and attributes of a file, but for what is free: the values, versions."""
    found: dict[str, Any] = {}

    def add(name, item):
        attributes = {k: list(v) for k, v in item.attrs.items() if k.endswith("_names")}
        shape = (item.shape, item.dtype) if isinstance(item, h5py.Dataset) else ()
        found[name] = (shape, sorted(item.attrs), attributes)

    with h5py.File(path) as file:
        file.visititems(add)
        found[""] = sorted(file.attrs)
        config = json.loads(file.attrs["model_config"])
    layers = config["config"]["layers"]
    found["layers"] = [layer["class_name"] for layer in layers]
    found["input"] = [value for key, value in layers[0]["config"].items() if key.endswith("shape")]
    return found


def edited(tmp_path, edit, *, version=2):
    """A written file with its configuration changed by edit(layers)."""
    path = tmp_path / "model.h5"
    write_keras(path, classifier(), version=version)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        edit(config["config"]["layers"])
        file.attrs["model_config"] = json.dumps(config)
    return path


class TestBadKerasFiles:
    @pytest.mark.parametrize(
        ("edit", "message"),
        [
            (lambda layers: layers.clear(), "a model without dense layers"),
            (
                lambda layers: layers[1].update(class_name="Conv2D"),
                "layer of class Conv2D, wanted Dense, Activation",
            ),
            (
                lambda layers: layers[1]["config"].update(activation="gelu"),
                "activation 'gelu', wanted one of linear, relu",
            ),
            (
                lambda layers: layers[1]["config"].update(name="other"),
                "no weights of layer other",
            ),
            (
                lambda layers: layers[2]["config"].update(use_bias=False),
                "layer dense_1: weights of shapes (20, 1), (1,)",
            ),
            (
                lambda layers: layers.insert(
                    2, {"class_name": "ReLU", "config": {"negative_slope": 0.1}}
                ),
                "layer of class ReLU",
            ),
            (
                lambda layers: layers.insert(2, {"class_name": "Softmax", "config": {}}),
                "layer Softmax is not behind a linear dense layer",
            ),
            (lambda layers: layers[1].pop("config"), "no configuration of a Keras model"),
        ],
    )
    def test_configuration(self, tmp_path, edit, message):
        assert refused(read_keras, edited(tmp_path, edit)).startswith(message)

    def test_another_network(self, tmp_path):
        network = read_keras(edited(tmp_path, lambda layers: layers.pop(1)))
        with pytest.raises(DataError, match=r"a network 20-1 \(sigmoid\), wanted 20-20-1"):
            network.require(*HUMAN_MACHINE)

    def test_branches(self, tmp_path):
        """A model in which two layers read the input is no chain."""
        path = tmp_path / "model.h5"
        path.write_bytes(SAMPLES["keras2_functional.h5"][0])
        with h5py.File(path, "r+") as file:
            config = json.loads(file.attrs["model_config"])
            layers = config["config"]["layers"]
            layers[-1]["inbound_nodes"] = [[[layers[0]["config"]["name"], 0, 0, {}]]]
            file.attrs["model_config"] = json.dumps(config)
        assert "does not follow the layer before it" in refused(read_keras, path)

    @pytest.mark.parametrize(
        ("config", "message"),
        [
            (None, "no model_config: not a whole Keras model (use model.save)"),
            ("{", "its configuration is no JSON"),
            ("[" * 100_000, "its configuration is no JSON"),
            ("[]", "no configuration of a Keras model with layers"),
            ('{"class_name": "Sequential", "config": {"layers": [3]}}', "no configuration of"),
        ],
    )
    def test_no_configuration(self, tmp_path, config, message):
        path = write_sets(tmp_path / "m.h5", {"model_weights/a": [1.0]})
        if config is not None:
            with h5py.File(path, "r+") as file:
                file.attrs.create("model_config", config.encode()[:60_000])
        assert refused(read_keras, path).startswith(message)

    def test_no_weights(self, tmp_path):
        path = write_sets(tmp_path / "m.h5", {}, model_config="{}")
        assert refused(read_keras, path).startswith("no model_weights")

    def test_no_model_at_all(self, tmp_path):
        (tmp_path / "m.keras").write_text("text")
        assert refused(read_keras, tmp_path / "m.keras") == "not an HDF5 file"
        assert refused(read_keras, tmp_path / "x") == "No such file or directory"

    def zipped(self, path, **members):
        """The sample of a .keras file with members exchanged, None to leave one out."""
        sample = zipfile.ZipFile(io.BytesIO(SAMPLES["keras3_sequential.keras"][0]))
        with sample, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sample.namelist():
                content = members.get(name.split(".")[0], sample.read(name))
                if content is not None:
                    archive.writestr(name, content)
        return path

    @pytest.mark.parametrize(
        ("members", "message"),
        [
            ({"config": None}, "no config.json in it: not a Keras model"),
            ({"model": None}, "no model.weights.h5 in it"),
            ({"model": b"text"}, "not an HDF5 file"),
            ({"config": b"\xff"}, "its configuration is no JSON"),
            ({"model": bytes(50_000_001)}, "model.weights.h5 has more than 50000000 bytes"),
        ],
    )
    def test_zip(self, tmp_path, members, message):
        path = self.zipped(tmp_path / "m.keras", **members)
        assert refused(read_keras, path).startswith(message)

    def test_zip_without_a_layer(self, tmp_path):
        empty = io.BytesIO()
        with h5py.File(empty, "w") as file:
            file["layers/dense/vars/0"] = np.zeros((20, 20))
            file["layers/dense/vars/1"] = np.zeros(20)
        path = self.zipped(tmp_path / "m.keras", model=empty.getvalue())
        assert refused(read_keras, path) == "no weights layers/dense_1 in model.weights.h5"

    @pytest.mark.parametrize("name", sorted(SAMPLES))
    def test_damage_anywhere_is_one_line(self, tmp_path, name):
        content = SAMPLES[name][0]
        path = tmp_path / "m"
        rng = np.random.default_rng(0)
        for place in rng.integers(4, len(content), 40):
            damaged = bytearray(content)
            damaged[place : place + 8] = rng.bytes(8)
            path.write_bytes(damaged[: len(content) - int(rng.integers(0, 2)) * 500])
            try:
                read_keras(path)
            except DataError as error:
                assert "\n" not in str(error)
