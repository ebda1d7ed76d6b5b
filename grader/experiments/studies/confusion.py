"""A regularised network, and which classes it takes for which."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grader.experiments.bench import Bench
from grader.experiments.study import Configuration, Last, Result, Settings, Study
from grader.experiments.training import network, trained

CLASSES = 10


def settings(quick: bool) -> Settings:
    """One network, fixed in advance."""
    full: Settings = {
        "hidden": [100],
        "activation": "relu",
        "dropout": 0.3,
        "l2": 1e-4,
        "optimizer": "adam",
        "rate": 0.001,
        "batch_size": 100,
        "epochs": 40,
        "train": 0,
        "validation": 0,
        "seed": 1,
        "split_seed": 0,
    }
    small = {"epochs": 10, "batch_size": 50, "train": 1500, "validation": 500}
    return full | (small if quick else {})


def last(settings: Settings, results: Mapping[str, Result]) -> Last:
    """Nothing is chosen here: the assignment fixes the network."""
    final = Configuration("network", settings, units=settings["epochs"], opens_test=True)
    return Last(f"fixed in advance: {sorted(settings.items())}", [final])


def run(configuration: Configuration, bench: Bench) -> Result:
    """{"counts": (true class, predicted class)} of the test file, and the curves."""
    settings, parts = configuration.settings, bench.parts(configuration.settings)
    net = network(settings, parts.train[0].shape[1], CLASSES)
    result = trained(net, parts.train, parts.valid, settings, bench.advance)
    if result["diverged"]:
        return result
    x, labels = bench.test.open()
    return result | {"counts": counts(labels, net.predict(x)).tolist()}


def counts(labels: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """(true class, predicted class) -> number of examples."""
    cells = np.bincount(CLASSES * labels + predicted, minlength=CLASSES**2)
    return cells.reshape(CLASSES, CLASSES)


STUDY = Study(
    name="confusion",
    title="Confusion matrix",
    asks="Train 784-100-10 with ReLU, dropout 0.3 and an L2 penalty of 1e-4 (gradient 2λW). Show "
    "the confusion matrix of the test set, normalised by true class, and say which class is most "
    "confused with each class and which pair most of all.",
    data="images",
    settings=settings,
    configurations=lambda settings: [],
    run=run,
    last=last,
)
