"""A student's nn.py and hw_mlp.py at work on one training, epoch by epoch, in the sandbox."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from data import one_hot
from grader.experiments.sources import Arrays
from grader.experiments.study import Result, Settings, StudentProblem
from grader.experiments.training import CURVES, Curves
from grader.reference.hw_mlp import step_decay
from grader.reference.nn import cross_entropy_loss
from tests.helpers.asking import Ask, Name
from tests.helpers.proxy import Object, Student


class StudentTraining:
    """Their network and their Adam, which live in the sandbox; losses are measured here."""

    def __init__(self, student: Student, settings: Settings) -> None:
        self._student, self._settings = student, settings
        one = Ask()
        one.call(Name("numpy.random.seed"), settings["seed"])
        activation = Name(f"nn.{settings['activation']}")
        net = one.call("nn.NN", 784, list(settings["hidden"]), activation, 10)
        parameters = one.method(net, "parameters")
        optimizer = one.call("hw_mlp.Adam", settings["rate"])
        one.returns(net, optimizer, live=True)
        self._net, self._optimizer, params = student.run(one.returns(parameters))
        self._parameters = count(params)

    def run(self, part: Arrays, valid: Arrays, advance: Callable[[str], None]) -> Result:
        """Curves as `training.trained` gives them, by their train_loop."""
        curves: Curves = {name: [] for name in CURVES}
        data = self._generator(part)
        held = self._held(valid[0])
        epochs, diverged = self._settings["epochs"], 0
        for epoch in range(epochs):
            values = self._epoch(data, epoch)
            values += score(self._logits(held, len(valid[0])), valid[1])
            for curve, value in zip(curves.values(), values, strict=True):
                curve.append(value)
            advance(f"accuracy {values[-1]:.2%}")
            if not (math.isfinite(values[1]) and math.isfinite(values[3])):
                diverged = epoch + 1
                break
        for curve in curves.values():
            curve += [math.nan] * (epochs - len(curve))
        found = {"curves": curves, "diverged": diverged}
        return found | {"parameters": self._parameters, "settings": self._settings}

    def measure(self, part: Arrays) -> tuple[float, float]:
        """(loss, accuracy) of their forward on images and labels."""
        return score(self._logits(self._held(part[0]), len(part[0])), part[1])

    def _generator(self, part: Arrays) -> Object:
        x, labels = part
        one = Ask()
        batches = one.call(
            "hw_mlp.BatchGenerator", x, one_hot(labels), self._settings["batch_size"]
        )
        made: Object = self._student.run(one.returns(batches, live=True))
        return made

    def _held(self, x: np.ndarray) -> Object:
        one = Ask()
        kept: Object = self._student.run(one.returns(one.call(Name("numpy.array"), x), live=True))
        return kept

    def _epoch(self, data: Object, epoch: int) -> list[float]:
        """One pass of their train_loop: the rate, mean loss and accuracy of its minibatches."""
        rate = step_decay(self._settings["rate"], epoch, self._settings["milestones"])
        one = Ask()
        one.set(self._optimizer._live, "eta", rate)
        lives = (self._net._live, data._live, self._optimizer._live)
        got = self._student.run(one.returns(one.call("hw_mlp.train_loop", *lives, 1)))
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            raise StudentProblem("train_loop does not return a pair (losses, accs)")
        return [rate, *(mean(values, "train_loop") for values in got)]

    def _logits(self, held: Object, n: int) -> np.ndarray:
        one = Ask()
        h = one.item(one.method(self._net._live, "forward", held._live), 0)
        logits = np.asarray(self._student.run(one.returns(h)))
        if logits.shape != (n, 10) or logits.dtype.kind not in "fiu":
            raise StudentProblem(f"NN.forward gives logits of shape {logits.shape} for {n} images")
        return logits.astype(np.float64)


def score(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """(mean cross-entropy, accuracy) of logits (n, 10)."""
    with np.errstate(all="ignore"):
        loss, _ = cross_entropy_loss(logits, one_hot(labels))
    return loss, float(np.mean(np.argmax(logits, axis=1) == labels))


def mean(values: Any, what: str) -> float:
    """The mean of a list of numbers; StudentProblem where it is none."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise StudentProblem(f"{what} returns something that is no list of numbers") from None
    if not array.size:
        raise StudentProblem(f"{what} returns an empty list")
    return float(np.mean(array))


def count(params: Any) -> int:
    """The number of parameters; StudentProblem where they are no dict of arrays."""
    if not isinstance(params, dict) or not params:
        raise StudentProblem("NN.parameters does not return a dict of arrays")
    return sum(int(np.size(value)) for value in params.values())
