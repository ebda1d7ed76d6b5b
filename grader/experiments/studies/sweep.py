"""SGD with two activations and three rates; the best by validation is tried on the test file."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grader.experiments.bench import Bench
from grader.experiments.choosing import chosen
from grader.experiments.study import Configuration, Last, Result, Settings, Study
from grader.experiments.training import network, trained

PER_RUN = ("activations", "rates")  # lists of which each configuration has one


def settings(quick: bool) -> Settings:
    """Three rates, each halved twice."""
    full: Settings = {
        "hidden": [128, 64],
        "activations": ["relu", "tanh"],
        "rates": [0.02, 0.1, 0.5],
        "batch_size": 100,
        "epochs": 50,
        "milestones": [20, 40],
        "init": "glorot",
        "train": 0,
        "validation": 0,
        "seed": 1,
        "split_seed": 0,
    }
    small = {"hidden": [32], "epochs": 10, "milestones": [4, 8], "batch_size": 50}
    return full | (small | {"train": 1500, "validation": 500} if quick else {})


def configurations(settings: Settings) -> list[Configuration]:
    """Each activation with each rate."""
    shared = {key: value for key, value in settings.items() if key not in PER_RUN}
    return [
        Configuration(
            f"{activation}-{rate:g}",
            {**shared, "activation": activation, "rate": rate},
            units=settings["epochs"],
        )
        for activation in settings["activations"]
        for rate in settings["rates"]
    ]


def run(configuration: Configuration, bench: Bench) -> Result:
    """Curves on the two parts; the chosen one on both parts together, and then the test file."""
    settings, parts = configuration.settings, bench.parts(configuration.settings)
    part, valid = parts.train, parts.valid
    if configuration.opens_test:
        part = np.concatenate([part[0], valid[0]]), np.concatenate([part[1], valid[1]])
    net = network(settings, part[0].shape[1], 10)
    valid_or_none = None if configuration.opens_test else valid
    result = trained(net, part, valid_or_none, settings, bench.advance)
    result |= {"layers": list(net.sizes), "parameters": net.n_parameters, "examples": len(part[0])}
    if configuration.opens_test and not result["diverged"]:
        test = bench.test.open()
        loss, accuracy = net.loss_and_accuracy(*test)
        result |= {"test_loss": loss, "test_accuracy": accuracy, "test_examples": len(test[0])}
    return result


def last(settings: Settings, results: Mapping[str, Result]) -> Last | None:
    """The best of the sweep once more, on everything but the test file."""
    return chosen(configurations(settings), results)


STUDY = Study(
    name="sweep",
    title="Learning rates and activations",
    asks="Train 784-…-10 with stochastic gradient descent: tanh and ReLU with three learning rates "
    "each, the rate halved twice. Plot training and validation accuracy per epoch, choose by "
    "validation accuracy, train the best on all 60,000 examples and report its test accuracy.",
    data="images",
    settings=settings,
    configurations=configurations,
    run=run,
    last=last,
)
