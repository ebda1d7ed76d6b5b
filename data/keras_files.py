"""Model files of Keras without Keras: legacy HDF5 as Keras 2 and 3 write it, and .keras.

Only chains of dense layers, which is what a human/machine classifier is: 20 inputs of -1 and 1,
20 ReLU, one sigmoid output, P(human).
"""

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from .errors import DataError
from .hdf5 import array, opened
from .keras_config import DenseSpec, layer_names, make_config, read_config
from .network import Network, make_network
from .writing import replacing

HUMAN_MACHINE = ((20, 20, 1), ("relu", "sigmoid"))  # for Network.require
ZIP_MAGIC = b"PK\x03\x04"
LIMIT = 50_000_000  # bytes of a part of a .keras file, unpacked
VERSIONS = {2: "2.15.0", 3: "3.0.0"}
WEIGHTS = "model.weights.h5"


def read_keras(path: str | Path) -> Network:
    """The network in a legacy HDF5 file (.h5, .hdf5) or a .keras file, told apart by content.

    Raises DataError with one line where the file is damaged or the model no chain of dense layers.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            start = file.read(len(ZIP_MAGIC))
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    return _read_zip(path) if start == ZIP_MAGIC else _read_legacy(path)


def write_keras(path: str | Path, network: Network, *, version: int = 2) -> None:
    """Write legacy HDF5 as Keras 2 or 3 writes it, weights in float32; 2 is what both can read."""
    import h5py

    if version not in VERSIONS:
        raise DataError(f"{path}: Keras version {version}, wanted 2 or 3")
    with replacing(Path(path)) as unfinished, h5py.File(unfinished, "w") as file:
        about = {"backend": b"tensorflow", "keras_version": VERSIONS[version].encode()}
        file.attrs.update(about)
        file.attrs["model_config"] = json.dumps(make_config(network, version)).encode()
        weights = file.create_group("model_weights")
        weights.attrs.update(about)
        names = layer_names(network)
        weights.attrs["layer_names"] = [name.encode() for name in names]
        for name, layer in zip(names, network.layers, strict=True):
            inside, end = (name, ":0") if version == 2 else (f"sequential/{name}", "")
            values = {f"{inside}/kernel{end}": layer.W.T, f"{inside}/bias{end}": layer.b}
            _write_group(weights, name, values)
        _write_group(weights, "top_level_model_weights", {})


def _write_group(parent: Any, name: str, values: dict[str, np.ndarray]) -> None:
    group = parent.create_group(name)
    group.attrs["weight_names"] = [key.encode() for key in values] or np.zeros(0)
    for key, value in values.items():
        group.create_dataset(key, data=value.astype(np.float32), track_times=False)


def _read_legacy(path: Path) -> Network:
    with opened(path) as file:
        config = file.attrs.get("model_config")
        if config is None or "model_weights" not in file:
            missing = "model_config" if config is None else "model_weights"
            raise DataError(f"{path}: no {missing}: not a whole Keras model (use model.save)")
        specs = read_config(config, str(path))
        return _network(path, specs, [_legacy_weights(file, spec, path) for spec in specs])


def _legacy_weights(file: Any, spec: DenseSpec, path: Path) -> list[np.ndarray]:
    """Kernel and bias of a layer, in the order of its attribute weight_names."""
    group = file["model_weights"].get(spec.name)
    if group is None:
        raise DataError(f"{path}: no weights of layer {spec.name}")
    names = np.atleast_1d(group.attrs.get("weight_names", []))
    return [
        array(group, key.decode() if isinstance(key, bytes) else str(key), path) for key in names
    ]


def _read_zip(path: Path) -> Network:
    try:
        with zipfile.ZipFile(path) as archive:
            config, weights = (_member(archive, name, path) for name in ("config.json", WEIGHTS))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise DataError(f"{path}: damaged .keras file ({error})") from None
    specs = read_config(config, str(path))
    with opened(path, weights) as file:
        return _network(path, specs, _numbered_weights(file, specs, path))


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    if name not in archive.namelist():
        raise DataError(f"{path}: no {name} in it: not a Keras model")
    if archive.getinfo(name).file_size > LIMIT:
        raise DataError(f"{path}: {name} has more than {LIMIT} bytes")
    return archive.read(name)


def _numbered_weights(file: Any, specs: list[DenseSpec], path: Path) -> list[list[np.ndarray]]:
    """Kernel and bias of each layer: dense layers are numbered in their order there."""
    found = []
    for i in range(len(specs)):
        name = f"dense_{i}" if i else "dense"
        places = (f"{top}/{name}/vars" for top in ("layers", "_layer_checkpoint_dependencies"))
        group = next((file[place] for place in places if place in file), None)
        if group is None:
            raise DataError(f"{path}: no weights layers/{name} in {WEIGHTS}")
        found.append([array(group, key, path) for key in sorted(group, key=str)])
    return found


def _network(path: Path, specs: list[DenseSpec], weights: list[list[np.ndarray]]) -> Network:
    """A network of Keras's kernels (fan_in, fan_out) and biases."""
    layers = []
    for spec, arrays in zip(specs, weights, strict=True):
        if len(arrays) != 1 + spec.use_bias or arrays[0].ndim != 2:
            shapes = ", ".join(str(values.shape) for values in arrays) or "none"
            raise DataError(f"{path}: layer {spec.name}: weights of shapes {shapes}")
        kernel = arrays[0].T
        layers.append((kernel, arrays[1] if spec.use_bias else np.zeros(len(kernel))))
    names = [(f"{spec.name} kernel, transposed,", f"{spec.name} bias") for spec in specs]
    return make_network(layers, [spec.activation for spec in specs], str(path), names=names)
