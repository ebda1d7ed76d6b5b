"""Weights of a plain and of a regularised network, junction by junction."""

from __future__ import annotations

import numpy as np

from grader.experiments.bench import Bench
from grader.experiments.study import Configuration, Result, Settings, Study
from grader.experiments.training import network, trained

STEP, REACH = 0.01, 3.0  # of the histograms' bins; what lies beyond is counted in the last
NEAR = 0.01  # a weight of less is as good as none


def settings(quick: bool) -> Settings:
    """The two networks of the assignment."""
    full: Settings = {
        "plain_hidden": [128],
        "regularized_hidden": [48],
        "l2": 1e-4,
        "dropout": 0.2,
        "activation": "relu",
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


def configurations(settings: Settings) -> list[Configuration]:
    """Plain, and with penalty and dropout."""
    own = ("plain_hidden", "regularized_hidden", "l2", "dropout")
    shared = {key: value for key, value in settings.items() if key not in own}
    plain = {**shared, "hidden": settings["plain_hidden"]}
    regular = {**shared, "hidden": settings["regularized_hidden"]}
    regular |= {"l2": settings["l2"], "dropout": settings["dropout"]}
    return [
        Configuration("plain", plain, units=settings["epochs"]),
        Configuration("regularized", regular, units=settings["epochs"]),
    ]


def run(configuration: Configuration, bench: Bench) -> Result:
    """Curves, and for each junction its histogram and what describes it."""
    settings, parts = configuration.settings, bench.parts(configuration.settings)
    net = network(settings, parts.train[0].shape[1], 10)
    before = net.weights[0].copy()
    result = trained(net, parts.train, parts.valid, settings, bench.advance)
    if result["diverged"]:
        return result
    junctions = [described(weight) for weight in net.weights]
    black = ~parts.train[0].any(axis=0)
    return result | {
        "layers": list(net.sizes),
        "junctions": junctions,
        "start_near_zero": float(np.mean(np.abs(before) < NEAR)),
        "black": of_black(before[black], net.weights[0][black]),
    }


def of_black(before: np.ndarray, after: np.ndarray) -> Result:
    """What became of the weights (inputs, units) of inputs that are 0 in all examples."""
    return {
        "inputs": len(after),
        "moved": float(np.abs(after - before).max(initial=0.0)),
        "near_zero": float(np.mean(np.abs(after) < NEAR)) if after.size else None,
    }


def described(weights: np.ndarray) -> Result:
    """Counts in bins of STEP from -REACH to REACH, and a few numbers."""
    bins = np.arange(-REACH, REACH + STEP / 2, STEP)
    counts, _ = np.histogram(np.clip(weights, -REACH, REACH), bins)
    return {
        "counts": counts.tolist(),
        "deviation": float(weights.std(dtype=np.float64)),
        "largest": float(np.abs(weights).max()),
        "near_zero": float(np.mean(np.abs(weights) < NEAR)),
        "norm": float(np.sum(weights.astype(np.float64) ** 2)),
        "n": int(weights.size),
    }


STUDY = Study(
    name="weight-histograms",
    title="Weights with and without regularisation",
    asks="Train 784-128-10 plainly and 784-48-10 with an L2 penalty of 1e-4 and dropout 0.2, both "
    "for 40 epochs. Show a histogram of the weights of each junction of each network, side by side "
    "on common axes, and explain the difference.",
    data="images",
    settings=settings,
    configurations=configurations,
    run=run,
)
