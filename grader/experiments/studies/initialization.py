"""Zero, normal and Glorot initial weights: the training loss of the first epochs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.experiments.bench import Bench, Parts
from grader.experiments.engine import Network
from grader.experiments.sources import Arrays
from grader.experiments.student_network import trained_network
from grader.experiments.study import Configuration, Result, Settings, StudentProblem, Study
from grader.experiments.submitted import Submitted
from grader.experiments.training import network, trained

EPSILON = 1e-6  # of solution.NN: no example's loss is above -ln(epsilon) = 13.8


def settings(quick: bool) -> Settings:
    """The network of solution.py: 0.5 to 1.0 million parameters."""
    full: Settings = {
        "hidden": [512, 256],
        "activation": "relu",
        "inits": ["zero", "normal", "glorot"],
        "rate": 0.01,
        "batch_size": 100,
        "epochs": 10,
        "train": 0,
        "validation": 0,
        "seed": 1,
        "split_seed": 0,
    }
    small = {"hidden": [64, 32], "train": 1500, "validation": 500, "batch_size": 50}
    return full | (small if quick else {})


def configurations(settings: Settings) -> list[Configuration]:
    """One for each way to begin."""
    shared = {key: value for key, value in settings.items() if key != "inits"}
    return [
        Configuration(init, {**shared, "init": init}, units=settings["epochs"])
        for init in settings["inits"]
    ]


def run(configuration: Configuration, bench: Bench) -> Result:
    """{"start": the loss before training, "losses": one number per epoch, "accuracies": ...}."""
    settings, parts = configuration.settings, bench.parts(configuration.settings)
    if bench.student is not None:
        return of_student(settings, parts, bench.student, bench.advance)
    net = network(settings, parts.train[0].shape[1], 10)
    start, losses = clipped_loss(net, parts.train), list[float]()

    def advance(note: str) -> None:
        losses.append(clipped_loss(net, parts.train))
        bench.advance(note)

    result = trained(net, parts.train, parts.valid, settings, advance)
    return {
        "start": start,
        "losses": losses,
        "accuracies": result["curves"]["validation_accuracy"],
        "diverged": result["diverged"],
        "parameters": net.n_parameters,
    }


def clipped_loss(net: Network, part: Arrays) -> float:
    """The mean cross-entropy as solution.NN.loss gives it, probabilities clipped."""
    x, labels = part
    with np.errstate(all="ignore"):
        p = net.forward(x)[np.arange(len(x)), labels].astype(np.float64)
    return float(-np.mean(np.log(np.clip(p, EPSILON, 1 - EPSILON))))


def of_student(
    settings: Settings, parts: Parts, submitted: Submitted, advance: Callable[[str], None]
) -> Result:
    """The same from the submission's train_loop; its test set is the validation part."""
    with submitted.student() as student:
        got = trained_network(student, settings, parts)
    for _ in range(settings["epochs"]):
        advance("")
    losses = logged(got[0], "train_loss", settings["epochs"])
    return {
        "start": None,
        "losses": losses,
        "accuracies": logged(got[0], "validation_accuracy", settings["epochs"]),
        "diverged": next((i for i, loss in enumerate(losses, 1) if not math.isfinite(loss)), 0),
        "parameters": sum(np.size(value) for value in got[1].values()),
    }


def logged(logs: Any, key: str, epochs: int) -> list[float]:
    """A curve of train_logs, one number per epoch; StudentProblem where it is none."""
    curve = logs.get(key) if isinstance(logs, dict) else None
    if not isinstance(curve, (list, tuple, np.ndarray)) or len(curve) != epochs:
        raise StudentProblem(f'train_loop({epochs}) has no "{key}" with one number per epoch')
    numbers = [np.asarray(value) for value in curve]
    if any(value.size != 1 or value.dtype.kind not in "biuf" for value in numbers):
        raise StudentProblem(f'train_loop({epochs}): "{key}" holds something that is no number')
    return [float(value.reshape(())) for value in numbers]


STUDY = Study(
    name="initialization",
    title="Initial weights",
    asks="Train the network of solution.py for ten epochs from zero, standard normal and Glorot "
    "weights. Report the average training loss after each epoch, and compare the three in one "
    "plot.",
    data="images",
    settings=settings,
    configurations=configurations,
    run=run,
    modules=("solution",),
)
