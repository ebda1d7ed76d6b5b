"""One training on the engine, as plain curves; a training that diverges has curves, too."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.experiments.engine import SGD, Adam, Diverged, EpochStats, Network, Optimiser, train
from grader.experiments.sources import Arrays
from grader.experiments.study import Settings
from grader.reference.hw_mlp import step_decay

Curves = dict[str, list[float]]
CURVES = ("eta", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


def network(settings: Settings, inputs: int, outputs: int, **more: Any) -> Network:
    """The network that the settings describe: hidden, activation, seed, init if there is one."""
    layers = (inputs, *settings["hidden"], outputs)
    init = settings.get("init", "glorot")
    return Network(layers, settings["activation"], seed=settings["seed"], init=init, **more)


def optimiser(settings: Settings) -> Optimiser:
    """SGD, or Adam where the settings say so."""
    if settings.get("optimizer") == "adam":
        return Adam(settings["rate"])
    return SGD(settings["rate"], settings.get("momentum", 0.0))


def trained(
    net: Network,
    part: Arrays,
    valid: Arrays | None,
    settings: Settings,
    advance: Callable[[str], None],
) -> dict[str, Any]:
    """Train for settings["epochs"] epochs: {"curves": ..., "diverged": epoch or 0}.

    curves: per epoch the rate, loss and accuracy of the training minibatches (each before its own
    update) and, where there is a validation part, its loss and accuracy after the epoch. An epoch
    that was not run because training had diverged has NaN. Weights so large that the validation
    loss overflows in the end have diverged, too.
    """
    curves: Curves = {name: [] for name in CURVES if valid or not name.startswith("valid")}
    epochs = settings["epochs"]

    def on_epoch(stats: EpochStats) -> None:
        values = [stats.eta, stats.loss, stats.accuracy]
        if valid is not None:
            with np.errstate(all="ignore"):
                values += net.loss_and_accuracy(*valid)
        for curve, value in zip(curves.values(), values, strict=True):
            curve.append(float(value))
        advance(f"accuracy {values[-1]:.2%}" if math.isfinite(values[1]) else "diverged")

    def schedule(completed: int) -> float:
        return step_decay(settings["rate"], completed, settings.get("milestones", ()))

    try:
        train(
            net,
            *part,
            epochs=epochs,
            batch_size=settings["batch_size"],
            optimiser=optimiser(settings),
            seed=settings["seed"] + 1,
            schedule=schedule,
            l2=settings.get("l2", 0.0),
            dropout=settings.get("dropout", 0.0),
            on_epoch=on_epoch,
        )
    except Diverged as diverged:
        for curve in curves.values():
            curve += [math.nan] * (epochs - len(curve))
        for _ in range(epochs - diverged.stats.epoch):
            advance("diverged")
        return {"curves": curves, "diverged": diverged.stats.epoch}
    return {"curves": curves, "diverged": lost(curves.get("validation_loss", []))}


def lost(losses: Sequence[float]) -> int:
    """The epoch from which on a loss is no finite number, 0 if it is one at the end."""
    known = [epoch for epoch, loss in enumerate(losses, start=1) if math.isfinite(loss)]
    last = known[-1] if known else 0
    return last + 1 if last < len(losses) else 0
