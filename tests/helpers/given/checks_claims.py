"""Put beside the student's files by checks of what a report claims: reads the files of its runs.

Where a submission runs, this file is importable as `checks_claims`. It holds no secret.
"""

from __future__ import annotations

import importlib
import json
import math
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

MOST_RUNS = 100
CURVES = {"etas": "eta", "validation": "validation_accuracy"}
ENDS = (".hdf5", ".h5")


def claims() -> dict[str, Any]:
    """The constants of report_claims.py: {"run": ..., "accuracy": ..., "weights": ...}."""
    module = importlib.import_module("report_claims")
    run, weights = (getattr(module, name, None) for name in ("CHOSEN_RUN", "WEIGHTS"))
    accuracy = getattr(module, "TEST_ACCURACY", None)
    return {
        "run": None if run is None else _name(run).removesuffix(".json"),
        "accuracy": None if accuracy is None else _fraction(accuracy),
        "weights": None if weights is None else str(weights).replace("\\", "/"),
    }


def logs(epochs: int) -> dict[str, dict[str, Any]]:
    """By name of the run what its log says, or {"problem": why it cannot be read}.

    Of a run of fewer or more epochs, or one that was interrupted, {"epochs": their number}.
    """
    found = sorted((_folder() / "runs").glob("*.json"))
    return {path.stem: _log(path, epochs) for path in found[:MOST_RUNS]}


def weights(path: str, run: str) -> dict[str, Any]:
    """A weight file: {"W": [...], "b": [...], "act": ...} or {"problem": why not}.

    path: "" for that of the run.
    """
    from data.errors import DataError
    from data.weight_files import read_weights

    try:
        network = read_weights(_weight_file(path, run))
    except DataError as error:
        return {"problem": str(error).replace(f"{_folder()}/", "")}
    layers = network.layers
    act = network.activations[0] if len(layers) > 1 else ""
    return {"W": [one.W for one in layers], "b": [one.b for one in layers], "act": act}


def _weight_file(path: str, run: str) -> Path:
    """The file, beside report_claims.py or in runs/; where there is none, the likeliest name."""
    folder = _folder()
    names = [path] if path else [f"runs/{run}{end}" for end in ENDS]
    names += [f"runs/{_name(path)}", _name(path)] if path else []
    found = [folder / name for name in names if (folder / name).is_file()]
    return found[0] if found else folder / names[0]


def _folder() -> Path:
    return Path(str(importlib.import_module("report_claims").__file__)).resolve().parent


def _name(value: Any) -> str:
    """The last part of a path, whichever way it is written."""
    return PurePosixPath(str(value).replace("\\", "/")).name


def _log(path: Path, epochs: int) -> dict[str, Any]:
    try:
        log = json.loads(path.read_text(encoding="utf-8-sig"))
        return _read(log, epochs)
    except RecursionError:
        return {"problem": "is nested too deep"}
    except OSError as error:
        return {"problem": f"cannot be read: {error.strerror}"}
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        return {"problem": f"is no JSON: {error}"}
    except KeyError as error:
        return {"problem": f"is no log of hw_mlp.py: it has no {error}"}
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        return {"problem": f"is no log of hw_mlp.py: {type(error).__name__}: {error}"[:200]}


def _read(log: Any, epochs: int) -> dict[str, Any]:
    settings, curves = log["settings"], log["curves"]
    done = len(curves["eta"])
    if done != epochs or log.get("interrupted", False):
        return {"epochs": done}
    read: dict[str, Any] = {key: _curve(curves[name], done) for key, name in CURVES.items()}
    read |= {name: _whole(log[name]) for name in ("n_train", "n_validation")}
    read |= {"eta": float(settings["eta"]), "batch_size": float(settings["batch_size"])}
    read["layers"] = [_whole(n) for n in log["layers"]]
    for name, usual in (("activation", "relu"), ("optimizer", "sgd"), ("data", "")):
        read[name] = json.dumps(settings.get(name, usual))[:200].strip('"')
    if not all(0 < rate < math.inf for rate in [read["eta"], *read["etas"]]):
        raise ValueError("a rate is no positive number")
    if any(not 0 <= share <= 1 for share in read["validation"] if not math.isnan(share)):
        raise ValueError("an accuracy is no fraction")
    return read


def _curve(values: Any, length: int) -> Any:
    """None is what a log has for a number that JSON cannot hold."""
    numbers = [math.nan if value is None else float(value) for value in values]
    if len(numbers) != length:
        raise ValueError(f"curves of {length} and {len(numbers)} epochs")
    return np.array(numbers)


def _whole(value: Any) -> int:
    number = float(value)
    if not number.is_integer() or not 0 <= number < 1e9:
        raise ValueError(f"{str(value)[:20]} is no number of examples or units")
    return int(number)


def _fraction(value: Any) -> Any:
    """A share as students may write it: 0.9812, "98.12 %", 98.12, of any type; else its text."""
    try:
        number = float(value.strip().removesuffix("%") if isinstance(value, str) else value)
    except (TypeError, ValueError, ArithmeticError):
        return str(value)[:60]
    return number / 100 if 1 < number <= 100 else number
