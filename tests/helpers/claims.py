"""What the checks of a report's claims share: the runs handed in, the one chosen, its weights."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import DataError, embedded_file, load_file
from data.network import Network, make_network

from .asking import Ask, Name
from .assertions import CheckFailure, Finding, holds
from .proxy import Student

READING = "checks_claims"  # the file of given/, by a name that no student's file has
EPOCHS = 50
EMBEDDED = "embedded digits"  # what hw_mlp.py calls them in a log
FILL_IN = "Fill in report_claims.py: the name of the run that you chose, and its test accuracy."
NO_RUN = f"The assignment wants {EPOCHS} epochs; each run of hw_mlp.py writes runs/<name>.json."
NO_WEIGHTS = "hw_mlp.py writes runs/<name>.hdf5 after a run; WEIGHTS may name another file."
SHARE = "Write 0.9812 for 98.12 %."
LARGEST = 5_000_000  # parameters of a network that is looked at
PARTS = ("etas", "validation", "n_train", "n_validation", "eta", "batch_size", "layers")
TEXTS = ("activation", "optimizer", "data")

Array = NDArray[Any]


@dataclass(frozen=True)
class Run:
    """A finished run as its log has it; validation: the accuracy after each epoch, maybe NaN."""

    name: str
    etas: Sequence[float]
    validation: Sequence[float]
    n_train: float
    n_validation: float
    eta: float
    batch_size: float
    layers: tuple[float, ...]
    activation: str
    optimizer: str
    data: str

    @property
    def path(self) -> str:
        """How messages call it."""
        return f"runs/{self.name}.json"

    @property
    def best(self) -> tuple[float, float]:
        """Its highest and its last validation accuracy; -1 where it diverged."""
        numbers = [-1.0 if math.isnan(value) else value for value in self.validation]
        return max(numbers), numbers[-1]

    def comparable(self, other: Run) -> bool:
        """Whether both answer the same question: the same examples and optimiser."""
        mine = (self.n_train, self.n_validation, self.optimizer)
        return mine == (other.n_train, other.n_validation, other.optimizer)


def problems(student: Student) -> dict[str, str]:
    """Path of each log that cannot be read, and why."""
    return {
        f"runs/{name}.json": str(log["problem"])
        for name, log in _logs(student).items()
        if "problem" in log
    }


def finished(student: Student) -> dict[str, Run]:
    """The runs of all epochs: the others are trials, and nobody's business."""
    logs = _logs(student)
    runs = {name: _run(name, log) for name, log in logs.items() if "etas" in log}
    if not runs:
        lengths = sorted({str(log["epochs"]) for log in logs.values() if "epochs" in log})
        seen = f" (of other runs: {', '.join(lengths)})" if lengths else ""
        fact = f"holds no log of a finished run of {EPOCHS} epochs"
        raise CheckFailure(Finding("runs/", fact=fact + seen, hint=NO_RUN, safe_fact=fact))
    return runs


def chosen(student: Student) -> Run:
    """The run that the report is about."""
    runs, name = finished(student), str(_claims(student)["run"] or "")
    if not name:
        fact = "is not filled in"
        raise CheckFailure(Finding("CHOSEN_RUN", fact=fact, hint=FILL_IN, stub=True))
    fact = f"names none of the runs of {EPOCHS} epochs in runs/"
    if name not in runs:
        fine = f"= {name[:60]!r} {fact}: {', '.join(sorted(runs)[:6])}"
        raise CheckFailure(Finding("CHOSEN_RUN", fact=fine, hint=FILL_IN, safe_fact=fact))
    return runs[name]


def claimed_accuracy(student: Student) -> float:
    """TEST_ACCURACY, a fraction."""
    claim = _claims(student)["accuracy"]
    if claim is None:
        fact = "is not filled in"
        raise CheckFailure(Finding("TEST_ACCURACY", fact=fact, hint=FILL_IN, stub=True))
    right = isinstance(claim, float) and 0 <= claim <= 1
    holds("TEST_ACCURACY", right, "is no fraction from 0 to 1", hint=SHARE)
    return float(claim)


def claimed_network(student: Student) -> Network:
    """The network in the weight file: 784 inputs, 10 outputs."""
    run = chosen(student).name
    read = _asked(student, "weights", str(_claims(student)["weights"] or ""), run)
    problem = read.get("problem", "") if isinstance(read, dict) else "it gives something else"
    if not problem:
        try:
            return _network(read)
        except (DataError, TypeError, ValueError, LookupError) as error:
            problem = str(error)
    fact = f"cannot be read: {str(problem)[:200]}"
    safe = "cannot be read"
    raise CheckFailure(Finding("the weight file", fact=fact, hint=NO_WEIGHTS, safe_fact=safe))


def _network(read: Mapping[str, Any]) -> Network:
    W, b = list(map(np.asarray, read["W"])), list(map(np.asarray, read["b"]))
    if sum(one.size for one in W) > LARGEST:
        raise ValueError(f"more than {LARGEST:,} parameters")
    hidden = [str(read["act"])] * (len(W) - 1)
    network = make_network(list(zip(W, b, strict=True)), [*hidden, "softmax"], "it")
    if (network.sizes[0], network.sizes[-1]) != (784, 10):
        raise ValueError(f"a network of {network.sizes[0]} inputs, {network.sizes[-1]} outputs")
    return network


@functools.lru_cache(maxsize=1)
def examples_of(path: Path | None) -> tuple[Array, Array]:
    """x (n, 784) in [0, 1] and labels y (n,) of a file; of the embedded digits where it is None."""
    return load_file(path or embedded_file("test"), dtype=np.float32)


def _logs(student: Student) -> dict[str, dict[str, Any]]:
    found = _asked(student, "logs", EPOCHS)
    right = isinstance(found, dict) and all(isinstance(one, dict) for one in found.values())
    holds("runs/", right, "cannot be read")
    return {str(name): one for name, one in found.items()}


def _run(name: str, log: Mapping[str, Any]) -> Run:
    """A run of plain values; they come from where the student's code could change them."""
    try:
        numbers = {part: _floats(log[part]) for part in PARTS}
        texts = {part: str(log[part]) for part in TEXTS}
        run = Run(name, **numbers, **texts)
        if len(run.etas) == len(run.validation) == EPOCHS:
            return run
    except (TypeError, ValueError, LookupError):
        pass
    raise CheckFailure(Finding(f"runs/{name}.json", fact="is no log", safe_fact="is no log"))


def _floats(value: Any) -> Any:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(float(one) for one in value)
    return float(value)


def _claims(student: Student) -> Mapping[str, Any]:
    found = _asked(student, "claims")
    right = isinstance(found, dict) and found.keys() == {"run", "accuracy", "weights"}
    holds("report_claims.py", right, "cannot be read")
    return {key: found[key] for key in ("run", "accuracy", "weights")}


def _asked(student: Student, name: str, *args: Any) -> Any:
    """What the reader says, once for all parts of a check."""
    key = (READING, name, *args)
    if key not in student.memo:
        one = Ask()
        student.memo[key] = student.run(one.returns(one.call(Name(f"{READING}.{name}"), *args)))
    return student.memo[key]
