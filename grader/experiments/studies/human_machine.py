"""Coin tosses made up by people or drawn by a machine: a small network tells them apart."""

from __future__ import annotations

import numpy as np

from data import split
from grader.experiments.bench import Bench
from grader.experiments.sources import sequences
from grader.experiments.study import Configuration, Result, Settings, Study
from grader.experiments.training import network, trained

HUMAN, MACHINE = 1, 0


def settings(quick: bool) -> Settings:
    """20-20-1 with batches of 16."""
    full: Settings = {
        "hidden": [20],
        "activation": "relu",
        "optimizer": "adam",
        "rate": 0.001,
        "batch_size": 16,
        "epochs": 40,
        "share": 0.2,
        "seed": 1,
        "split_seed": 0,
    }
    return full | ({"epochs": 15} if quick else {})


def configurations(settings: Settings) -> list[Configuration]:
    """The one network."""
    return [Configuration("network", settings, units=settings["epochs"])]


def run(configuration: Configuration, bench: Bench) -> Result:
    """Curves on both parts, the weights as lists, and how often each kind alternates."""
    settings = configuration.settings
    x, labels = sequences(bench.source.train)
    n_test = round(settings["share"] * len(x))
    part, rest = split(x, labels, n_test, seed=settings["split_seed"])
    net = network(settings, x.shape[1], 1, output="sigmoid")
    result = trained(net, part, rest, settings, bench.advance)
    predicted = net.predict(rest[0])
    return result | {
        "examples": [len(part[0]), len(rest[0])],
        "weights": [weight.tolist() for weight in net.weights],
        "biases": [bias.tolist() for bias in net.biases],
        "alternation": {
            "human": alternation(x[labels == HUMAN]),
            "machine": alternation(x[labels == MACHINE]),
        },
        "sensitivity": float(np.mean(predicted[rest[1] == HUMAN] == HUMAN)),
        "specificity": float(np.mean(predicted[rest[1] == MACHINE] == MACHINE)),
    }


def alternation(tosses: np.ndarray) -> float:
    """The share of neighbours that differ."""
    return float(np.mean(tosses[:, 1:] != tosses[:, :-1]))


STUDY = Study(
    name="human-machine",
    title="Human or machine",
    asks="Train 20-20-1 (ReLU, sigmoid, binary cross-entropy, batches of 16) to tell made-up coin "
    "tosses from drawn ones. Split 80 to 20, plot both learning curves, show the 20×20 weight "
    "matrix, and hand in the model as a file that Keras reads.",
    data="sequences",
    settings=settings,
    configurations=configurations,
    run=run,
)
