"""The state of a training on disk: parameters, optimiser, completed epochs."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from .network import Network
from .optimisers import Optimiser

PREFIX = "optimiser_"


def save_state(path: Path, network: Network, optimiser: Optimiser, epoch: int) -> None:
    """Write the state after `epoch` epochs to path (npz), whole or not at all."""
    unfinished = path.with_name(path.name + ".part")
    moments: dict[str, Any] = {PREFIX + key: value for key, value in optimiser.state().items()}
    kind = type(optimiser).__name__
    with unfinished.open("wb") as file:
        np.savez(file, epoch=epoch, kind=kind, parameters=network.parameters, **moments)
    unfinished.replace(path)


def load_state(path: Path, network: Network, optimiser: Optimiser) -> int:
    """Put the state at path into network and optimiser; the number of completed epochs.

    Raises ValueError where the file is damaged, or of another network or kind of optimiser, and
    OSError where it cannot be read. Nothing is changed then.
    """
    arrays = _read(path)
    found = arrays["parameters"]
    if found.shape != network.parameters.shape or found.dtype != network.dtype:
        raise ValueError(f"{path}: state of another network than {network.sizes} {network.dtype}")
    if str(arrays["kind"]) != type(optimiser).__name__:
        raise ValueError(f"{path}: state of {arrays['kind']}, not {type(optimiser).__name__}")
    network.parameters[...] = found
    optimiser.restore(
        {key.removeprefix(PREFIX): a for key, a in arrays.items() if key.startswith(PREFIX)}
    )
    return int(arrays["epoch"])


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            arrays = {key: loaded[key] for key in loaded.files}
    except (zipfile.BadZipFile, ValueError, EOFError, AttributeError) as error:
        raise ValueError(f"{path}: no state of a training, or a damaged one ({error})") from None
    if missing := {"epoch", "kind", "parameters"} - arrays.keys():
        raise ValueError(f"{path}: no state of a training ({', '.join(sorted(missing))} missing)")
    return arrays
