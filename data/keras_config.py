"""What Keras writes of a model besides its weights: a chain of dense layers as JSON, and back."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .errors import DataError
from .network import ACTIVATIONS, Network

NOTHING_AT_INFERENCE = {
    "InputLayer",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "AlphaDropout",
    "ActivityRegularization",
    "Flatten",  # of rows, which are flat
}
PLAIN_RELU = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}


@dataclass
class DenseSpec:
    """A dense layer of the configuration: its name, whether it has a bias, its activation."""

    name: str
    use_bias: bool
    activation: str


def read_config(text: str | bytes, origin: str) -> list[DenseSpec]:
    """The dense layers of a Sequential model, or of a Functional one that is a chain.

    Raises DataError where the model has other layers, branches, or activations of its own.
    """
    try:
        config = json.loads(text)
        layers = config["config"]["layers"]
        kind = config["class_name"]
        specs = list(_dense_layers(layers, chained=kind != "Sequential"))
    except DataError as error:
        raise DataError(f"{origin}: {error}") from None
    except (ValueError, RecursionError):
        raise DataError(f"{origin}: its configuration is no JSON") from None
    except (KeyError, TypeError, AttributeError, IndexError):
        raise DataError(f"{origin}: no configuration of a Keras model with layers") from None
    if not specs:
        raise DataError(f"{origin}: a model without dense layers")
    return specs


def _dense_layers(layers: list[Any], *, chained: bool) -> Iterator[DenseSpec]:
    dense: DenseSpec | None = None
    previous = None
    for layer in layers:
        kind, config = layer["class_name"], layer["config"]
        if chained:
            previous = _follows(layer, previous)
        if kind == "Dense":
            if dense:
                yield dense
            dense = DenseSpec(
                config["name"], bool(config.get("use_bias", True)), _activation(config)
            )
        elif kind not in NOTHING_AT_INFERENCE:
            name = _activation_layer(kind, config)
            if dense is None or dense.activation != "linear":
                raise DataError(f"layer {kind} is not behind a linear dense layer")
            dense.activation = name
    if dense:
        yield dense


def _follows(layer: dict[str, Any], previous: str | None) -> str:
    """The layer's name; DataError where its input is not the layer before it alone."""
    name = layer.get("name") or layer["config"]["name"]
    inputs = list(_inputs(layer.get("inbound_nodes", [])))
    if inputs != ([] if previous is None else [previous]):
        raise DataError(f"layer {name} does not follow the layer before it: no chain of layers")
    return str(name)


def _inputs(nodes: Any) -> Iterator[str]:
    """Names of the layers that a layer takes its input from, as Keras 2 or 3 writes them."""
    if isinstance(nodes, dict):
        history = nodes.get("keras_history")
        if history:
            yield history[0]
        else:
            for value in nodes.values():
                yield from _inputs(value)
    elif isinstance(nodes, list):
        if len(nodes) >= 3 and isinstance(nodes[0], str) and isinstance(nodes[1], int):
            yield nodes[0]
        else:
            for value in nodes:
                yield from _inputs(value)


def _activation(config: dict[str, Any]) -> str:
    """The name of an activation that this package can compute."""
    name = config.get("activation", "linear")
    name = name.get("config") if isinstance(name, dict) else name
    name = "linear" if name is None else name
    if name not in ACTIVATIONS:
        raise DataError(f"activation {name!r}, wanted one of {', '.join(ACTIVATIONS)}")
    return str(name)


def _activation_layer(kind: str, config: dict[str, Any]) -> str:
    """The activation that a layer of its own computes."""
    if kind == "Activation":
        return _activation(config)
    if kind == "ReLU" and all(config.get(k, v) == v for k, v in PLAIN_RELU.items()):
        return "relu"
    if kind == "Softmax":
        return "softmax"
    raise DataError(f"layer of class {kind}, wanted Dense, Activation, ReLU, Softmax or Dropout")


def make_config(network: Network, version: int) -> dict[str, Any]:
    """The configuration of a Sequential model, as Keras 2 or 3 has it in a legacy HDF5 file."""
    shape = "batch_input_shape" if version == 2 else "batch_shape"
    width = network.sizes[0]
    layers: list[dict[str, Any]] = [
        {
            "class_name": "InputLayer",
            "config": {shape: [None, width], "dtype": "float32", "name": "input_layer"},
        }
    ]
    for name, layer in zip(layer_names(network), network.layers, strict=True):
        config = {"name": name, "trainable": True, "dtype": "float32", "units": len(layer.b)}
        config |= {"activation": layer.activation, "use_bias": True}
        layers.append({"class_name": "Dense", "config": config})
    inside: dict[str, Any] = {"name": "sequential", "layers": layers}
    if version != 2:
        inside["build_input_shape"] = [None, width]
    return {"class_name": "Sequential", "config": inside}


def layer_names(network: Network) -> list[str]:
    """Keras's own names of the dense layers: dense, dense_1, ..."""
    return ["dense", *(f"dense_{i}" for i in range(1, len(network.layers)))]
