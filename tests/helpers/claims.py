"""What the checks of a report's claims share: the runs handed in, the one chosen, its weights."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import embedded_file, load_file

from .asking import Ask, Name
from .assertions import CheckFailure, Finding, holds
from .proxy import Student

READING = "checks_claims"  # the file of given/, by a name that no student's file has
EPOCHS = 50
FILL_IN = "Fill in report_claims.py: the name of the run that you chose, and its test accuracy."
NO_RUN = f"The assignment wants {EPOCHS} epochs; each run of hw_mlp.py writes runs/<name>.json."
NO_WEIGHTS = "hw_mlp.py writes runs/<name>.hdf5 after a run; WEIGHTS may name another file."
LARGEST = 5_000_000  # parameters of a network that is looked at

Run = Mapping[str, Any]
Array = NDArray[Any]


def claims(student: Student) -> dict[str, Any]:
    """The constants of report_claims.py: run, accuracy, weights."""
    return _asked(student, "claims")


def logs(student: Student) -> dict[str, Run]:
    """Every log in runs/, by the run's name; {"problem": ...} where it cannot be read."""
    return _asked(student, "logs")


def finished(student: Student) -> dict[str, Run]:
    """The runs of all epochs: the others are trials, and nobody's business."""
    found = {
        name: run
        for name, run in logs(student).items()
        if "problem" not in run and not run["interrupted"] and len(run["etas"]) == EPOCHS
    }
    if not found:
        fact = f"holds no log of a run of {EPOCHS} epochs"
        raise CheckFailure(Finding("runs/", fact=fact, hint=NO_RUN, stub=True))
    return found


def chosen(student: Student) -> tuple[str, Run]:
    """The chosen run: how messages call it, and its log."""
    runs, name = finished(student), claims(student)["run"]
    if name is None or name == "":
        fact = "is not filled in"
        raise CheckFailure(Finding("CHOSEN_RUN", fact=fact, hint=FILL_IN, stub=True))
    known = ", ".join(sorted(runs)[:6])
    fact = f"names none of the runs of {EPOCHS} epochs in runs/"
    if name not in runs:
        fine = f"= {str(name)[:60]!r} {fact}: {known}"
        raise CheckFailure(Finding("CHOSEN_RUN", fact=fine, hint=FILL_IN, safe_fact=fact))
    return f"runs/{name}.json", runs[name]


def claimed_accuracy(student: Student) -> float:
    """TEST_ACCURACY, a fraction."""
    claim = claims(student)["accuracy"]
    if claim is None:
        fact = "is not filled in"
        raise CheckFailure(Finding("TEST_ACCURACY", fact=fact, hint=FILL_IN, stub=True))
    hint = "Write 0.9812 for 98.12 %."
    number = isinstance(claim, (int, float)) and not isinstance(claim, bool)
    holds("TEST_ACCURACY", number and 0 <= claim <= 1, "is no fraction from 0 to 1", hint=hint)
    return float(claim)


def claimed_weights(student: Student) -> tuple[str, list[Array], list[Array], str]:
    """(path, every W, every b, hidden activation) of the weight file of the chosen network."""
    name, _ = chosen(student)
    path = claims(student)["weights"] or f"{name.removesuffix('.json')}.hdf5"
    read = _asked(student, "weights", str(path))
    if "problem" in read:
        fact = f"cannot be read: {str(read['problem'])[:200]}"
        safe = "cannot be read"
        raise CheckFailure(Finding("the weight file", fact=fact, hint=NO_WEIGHTS, safe_fact=safe))
    W, b = [np.asarray(one) for one in read["W"]], [np.asarray(one) for one in read["b"]]
    holds("the weight file", sum(map(np.size, W)) <= LARGEST, "has too many parameters")
    return str(path), W, b, str(read["act"])


@functools.lru_cache(maxsize=1)
def examples_of(path: Path | None) -> tuple[Array, Array]:
    """x (n, 784) in [0, 1] and labels y (n,) of a file; of the embedded digits where it is None."""
    return load_file(path or embedded_file("test"), dtype=np.float32)


def best(curve: Sequence[float]) -> tuple[float, float]:
    """(highest, last) accuracy of a run; -1 for one that diverged."""
    numbers = [-1.0 if math.isnan(value) else value for value in curve]
    return max(numbers), numbers[-1]


def _asked(student: Student, name: str, *args: Any) -> Any:
    """What the reader says, once for all parts of a check."""
    key = (READING, name, *args)
    if key not in student.memo:
        one = Ask()
        student.memo[key] = student.run(one.returns(one.call(Name(f"{READING}.{name}"), *args)))
    return student.memo[key]
