"""Coin tosses made up by people or drawn by a machine: a small network tells them apart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from data import split
from grader.experiments.bench import Bench
from grader.experiments.sources import Arrays, sequences
from grader.experiments.study import Configuration, Result, Settings, Study
from grader.experiments.training import network, trained

HUMAN, MACHINE = 1, 0
LONG = 8  # tosses of one sign in a row


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
    """Curves on both parts, the weights as lists, and what is known of each kind."""
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
        "kinds": {
            "human": described(x[labels == HUMAN]),
            "machine": described(x[labels == MACHINE]),
        },
        "neighbours": neighbours(net.weights[0]),
        "linear_accuracy": linear_accuracy(part, rest),
        "sensitivity": float(np.mean(predicted[rest[1] == HUMAN] == HUMAN)),
        "specificity": float(np.mean(predicted[rest[1] == MACHINE] == MACHINE)),
    }


def described(tosses: np.ndarray) -> Result:
    """What tells one kind from another in tosses (n, 20) of ±1.

    Each as (mean, standard error): "alternation", the share of neighbours that differ; "long", the
    share of sequences with a run of LONG or more; "longest", the longest run; "places", the mean of
    each place.
    """
    differ = np.mean(tosses[:, 1:] != tosses[:, :-1], axis=1)
    longest = longest_runs(tosses)
    return {
        "n": len(tosses),
        "alternation": mean_and_error(differ),
        "long": mean_and_error(longest >= LONG),
        "longest": mean_and_error(longest),
        "places": [mean_and_error(column) for column in tosses.T],
    }


def longest_runs(tosses: np.ndarray) -> np.ndarray:
    """(n,): the length of the longest run of equal signs in each row."""
    run: np.ndarray = np.ones(len(tosses), int)
    longest = run
    for before, now in pairwise(tosses.T):
        run = np.where(before == now, run + 1, 1)
        longest = np.maximum(longest, run)
    return longest


def mean_and_error(values: np.ndarray) -> list[float]:
    """[mean, its standard error]."""
    values = values.astype(np.float64)
    return [float(values.mean()), float(values.std() / np.sqrt(len(values)))]


def neighbours(weights: np.ndarray) -> list[float]:
    """[correlation of the weights at neighbouring inputs of a unit, pairs], weights (20, units).

    NaN where all weights are alike."""
    above, below = weights[:-1].ravel(), weights[1:].ravel()
    with np.errstate(all="ignore"):
        return [float(np.corrcoef(above, below)[0, 1]), len(above)]


def linear_accuracy(part: Arrays, rest: Arrays) -> float:
    """What least squares on the tosses alone reach on the part that was set aside."""
    (x, labels), (x_rest, labels_rest) = part, rest
    with_one = [np.column_stack([x, np.ones(len(x))]) for x in (x, x_rest)]
    solution, *_ = np.linalg.lstsq(with_one[0], np.where(labels == HUMAN, 1.0, -1.0), rcond=None)
    return float(np.mean((with_one[1] @ solution > 0) == (labels_rest == HUMAN)))


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
