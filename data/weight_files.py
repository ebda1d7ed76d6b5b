"""Weights of an MNIST classifier in HDF5: w1, b1, w2, b2, ..., and the hidden activation.

W is (fan_out, fan_in), b (fan_out,) or (fan_out, 1); the keys may be W1, W2, ... too. The
attribute act is relu or tanh (relu where it is absent); the output is softmax.
"""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .errors import DataError
from .hdf5 import array, opened
from .loading import N_CLASSES, N_PIXELS
from .network import Network, make_network
from .writing import write_hdf5

HIDDEN = ("relu", "tanh")


def read_weights(path: str | Path) -> Network:
    """The classifier in a weight file, 784 inputs to 10 probabilities; DataError in one line."""
    path = Path(path)
    with opened(path) as file:
        names = _names(file, path)
        layers = [(array(file, W, path), array(file, b, path)) for W, b in names]
        act = _act(file.attrs, path)
    network = make_network(layers, [act] * (len(layers) - 1) + ["softmax"], str(path), names=names)
    first, last = layers[0][0].shape, layers[-1][0].shape
    if first[1] != N_PIXELS:
        raise DataError(f"{path}: {names[0][0]} of shape {first}, wanted (fan_out, {N_PIXELS})")
    if last[0] != N_CLASSES:
        raise DataError(f"{path}: {names[-1][0]} of shape {last}, wanted ({N_CLASSES}, {last[1]})")
    return network


def write_weights(path: str | Path, network: Network) -> None:
    """Write a classifier with relu or tanh in all hidden layers and softmax at its output."""
    *hidden, output = network.activations
    act = hidden[0] if hidden else HIDDEN[0]
    if output != "softmax" or act not in HIDDEN or set(hidden) - {act}:
        raise DataError(f"{path}: activations {', '.join(network.activations)} do not fit the file")
    sets: dict[str, np.ndarray] = {}
    for i, layer in enumerate(network.layers, 1):
        sets |= {f"w{i}": layer.W, f"b{i}": layer.b}
    write_hdf5(Path(path), sets, {"act": act})


def write_parameters(path: Path, parameters: Mapping[str, np.ndarray], act: str) -> str:
    """Write the parameters W0, b0, W1, ... of nn.NN; the line that says where they are.

    act: of the hidden layers. Of a training that diverged there is no file, and the line says so.
    """
    n_layers = len(parameters) // 2
    layers = [(parameters[f"W{i}"], parameters[f"b{i}"]) for i in range(n_layers)]
    try:
        network = make_network(layers, [act] * (n_layers - 1) + ["softmax"], path.stem)
        write_weights(path, network)
    except DataError as error:
        return f"no weights: {error}"
    except ImportError as missing:
        return f"no weights: {missing.name} is not installed"
    return f"weights: {path}"


def _names(file: Any, path: Path) -> list[tuple[str, str]]:
    """The keys of each layer's W and b, the first to the last."""
    names = []
    for i in itertools.count(1):
        W = next((key for key in (f"w{i}", f"W{i}") if key in file), None)
        if W is None:
            break
        names.append((W, f"b{i}"))
    later = [key for key in file if key[:1] in "wWb" and key[1:].isdecimal()]
    missing = [key for key in later if int(key[1:]) > len(names)]
    if missing or not names:
        found = ", ".join(sorted(map(str, file))) or "none"
        raise DataError(f"{path}: no data set 'w{len(names) + 1}' (keys found: {found})")
    return names


def _act(attributes: Any, path: Path) -> str:
    """The hidden activation that the file names."""
    act = attributes.get("act", HIDDEN[0])
    act = act.decode(errors="replace") if isinstance(act, bytes) else str(act)
    if act.lower() not in HIDDEN:
        raise DataError(f"{path}: attribute act = {act!r}, wanted relu or tanh")
    return act.lower()
