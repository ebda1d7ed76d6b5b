"""Put beside the student's files by checks of what a report claims: reads the files of its runs.

Where a submission runs, this file is importable as `checks_claims`. It holds no secret.
"""

from __future__ import annotations

import importlib
import json
import math
from pathlib import Path
from typing import Any

MOST_RUNS = 100
NUMBERS = ("eta", "batch_size")
CURVES = ("eta", "validation_accuracy")


def claims() -> dict[str, Any]:
    """The constants of report_claims.py: {"run": ..., "accuracy": ..., "weights": ...}."""
    module = importlib.import_module("report_claims")
    names = {"run": "CHOSEN_RUN", "accuracy": "TEST_ACCURACY", "weights": "WEIGHTS"}
    return {key: _plain(getattr(module, name, None)) for key, name in names.items()}


def logs() -> dict[str, dict[str, Any]]:
    """By name of the run what its log says, or {"problem": why it cannot be read}."""
    found = sorted((_folder() / "runs").glob("*.json"))
    return {path.stem: _log(path) for path in found[:MOST_RUNS]}


def weights(path: str) -> dict[str, Any]:
    """A weight file: {"W": [...], "b": [...], "act": ...} or {"problem": why not}."""
    from data.errors import DataError
    from data.weight_files import read_weights

    try:
        network = read_weights(_folder() / path)
    except DataError as error:
        return {"problem": str(error).replace(f"{_folder()}/", "")}
    layers = network.layers
    act = network.activations[0] if len(layers) > 1 else ""
    return {"W": [one.W for one in layers], "b": [one.b for one in layers], "act": act}


def _folder() -> Path:
    return Path(str(importlib.import_module("report_claims").__file__)).resolve().parent


def _log(path: Path) -> dict[str, Any]:
    try:
        log = json.loads(path.read_text(encoding="utf-8"))
        return _read(log)
    except RecursionError:
        return {"problem": "is nested too deep"}
    except OSError as error:
        return {"problem": f"cannot be read: {error.strerror}"}
    except ValueError as error:
        return {"problem": f"is no JSON: {error}"}
    except (KeyError, TypeError, AttributeError) as error:
        return {"problem": f"is no log of hw_mlp.py: {type(error).__name__}: {error}"}


def _read(log: Any) -> dict[str, Any]:
    settings, curves = log["settings"], log["curves"]
    read: dict[str, Any] = {name: _number(settings[name]) for name in NUMBERS}
    read |= {f"{name}s": [_number(value) for value in curves[name]] for name in CURVES}
    read |= {name: int(log[name]) for name in ("n_train", "n_validation")}
    read["layers"] = [int(n) for n in log["layers"]]
    read["activation"] = str(settings.get("activation", "relu"))
    read["interrupted"] = bool(log.get("interrupted", False))
    return read


def _number(value: Any) -> float:
    """None is what a log has for a number that JSON cannot hold."""
    return math.nan if value is None else float(value)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, type(None))) else str(value)
