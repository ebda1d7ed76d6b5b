"""The state of a training on disk: parameters, optimiser, completed epochs."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from .network import Network
from .optimisers import Optimiser


def save_state(path: Path, network: Network, optimiser: Optimiser, epoch: int) -> None:
    """Write the state after `epoch` epochs to path (npz), whole or not at all."""
    unfinished = path.with_name(path.name + ".part")
    moments: dict[str, Any] = {
        f"optimiser_{key}": value for key, value in optimiser.state().items()
    }
    with unfinished.open("wb") as file:
        np.savez(file, epoch=epoch, parameters=network.parameters, **moments)
    unfinished.replace(path)


def load_state(path: Path, network: Network, optimiser: Optimiser) -> int:
    """Put the state at path into network and optimiser; the number of completed epochs.

    Raises ValueError where the file is damaged or of another network, OSError where there is none.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (zipfile.BadZipFile, EOFError, KeyError) as error:
        raise ValueError(f"{path}: damaged state of a training ({error})") from None
    found = arrays.get("parameters")
    if found is None or found.shape != network.parameters.shape or found.dtype != network.dtype:
        raise ValueError(f"{path}: state of another network than {network.sizes} {network.dtype}")
    network.parameters[...] = found
    prefix = "optimiser_"
    optimiser.restore(
        {key.removeprefix(prefix): a for key, a in arrays.items() if key.startswith(prefix)}
    )
    return int(arrays["epoch"])
