"""Model files that Keras itself wrote, with its predictions, kept as text.

`python -m meta_tests.keras_samples` writes gold/keras.json anew with the Keras that is installed
(keras for version 3, tf_keras for version 2) and keeps the samples of the other. It also has that
Keras load what data.keras_files writes, and fails where the predictions differ.
"""

from __future__ import annotations

import base64
import importlib
import json
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from data.keras_files import write_keras
from data.network import Network, make_network

GOLD = Path(__file__).resolve().parent / "gold" / "keras.json"
LIBRARIES = {"keras": 3, "tf_keras": 2}


def inputs() -> np.ndarray:
    """What the predictions in the file were made for: 5 sequences of -1 and 1."""
    return np.where(np.random.default_rng(0).random((5, 20)) < 0.5, -1.0, 1.0)


def load_samples() -> dict[str, tuple[bytes, list[float]]]:
    """Name of each sample -> (content of the file, Keras's predictions)."""
    samples = json.loads(GOLD.read_text(encoding="utf-8"))
    return {
        name: (zlib.decompress(base64.b64decode(sample["file"])), sample["predictions"])
        for name, sample in samples.items()
    }


def make_models(keras: Any) -> dict[str, Any]:
    """A plain classifier, and one of layers that say the same in other words."""
    keras.utils.set_random_seed(1)
    dense, layers = keras.layers.Dense, keras.layers
    start = {"bias_initializer": "random_normal"}
    plain = keras.Sequential(
        [keras.Input((20,)), dense(20, "relu", **start), dense(1, "sigmoid", **start)]
    )
    given = keras.Input((20,))
    hidden = layers.Dropout(0.3)(layers.ReLU()(dense(20, **start)(given)))
    output = layers.Activation("sigmoid")(dense(1, use_bias=False)(hidden))
    return {"sequential": plain, "functional": keras.Model(given, output)}


def make_samples(keras: Any, version: int) -> dict[str, dict[str, Any]]:
    """Each model in both formats, as Keras saves it."""
    samples = {}
    for kind, model in make_models(keras).items():
        predictions = np.asarray(model(inputs().astype(np.float32))).ravel().tolist()
        for suffix in ("h5", "keras"):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"model.{suffix}"
                model.save(path)
                content = base64.b64encode(zlib.compress(path.read_bytes(), 9)).decode()
            samples[f"keras{version}_{kind}.{suffix}"] = {
                "file": content,
                "predictions": predictions,
            }
    return samples


def classifier() -> Network:
    """A classifier with random weights."""
    rng = np.random.default_rng(1)
    layers = [
        (rng.normal(size=(n_out, n_in)), rng.normal(size=n_out))
        for n_in, n_out in ((20, 20), (20, 1))
    ]
    return make_network(layers, ["relu", "sigmoid"])


def check_loading(keras: Any, version: int) -> None:
    """Keras predicts from our files what our forward pass does; 3 reads the files of 2, too."""
    for written in range(2, version + 1):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.h5"
            write_keras(path, classifier(), version=written)
            model = keras.models.load_model(path, compile=False)
        got = np.asarray(model(inputs().astype(np.float32)))
        np.testing.assert_allclose(got, classifier().forward(inputs()), atol=1e-6)
        print(f"{keras.__name__} {keras.__version__} loads files as version {written} writes them")


def main() -> None:
    """Write the samples of the Keras that is installed, and try our files on it."""
    samples = json.loads(GOLD.read_text(encoding="utf-8")) if GOLD.is_file() else {}
    for library, version in LIBRARIES.items():
        try:
            keras = importlib.import_module(library)
        except ImportError as error:
            print(f"{library}: {error}", file=sys.stderr)
            continue
        check_loading(keras, version)
        samples |= make_samples(keras, version)
    GOLD.write_text(json.dumps(samples, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
