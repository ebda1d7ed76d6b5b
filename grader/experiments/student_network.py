"""A student's solution.NN, trained by its own train_loop in the sandbox."""

from __future__ import annotations

from typing import Any

import numpy as np

from data import one_hot
from grader.experiments.bench import Parts
from grader.experiments.study import Settings
from tests.helpers.asking import Ask
from tests.helpers.conventions import networks
from tests.helpers.proxy import Student


def trained_network(
    student: Student, settings: Settings, parts: Parts, *, dtype: Any = np.float32
) -> tuple[Any, Any]:
    """(logs, weights) after train_loop; where it wants a test set it gets the validation part."""
    train, valid = ((x.astype(dtype), one_hot(labels)) for x, labels in (parts.train, parts.valid))
    nets, one = networks(student, "train_loop"), Ask()
    net = nets.build(
        one,
        hidden_dims=settings["hidden"],
        data=(train, valid, valid),
        lr=settings["rate"],
        batch_size=settings["batch_size"],
        seed=settings["seed"],
        activation=settings["activation"],
        init_method=settings["init"],
    )
    logs = one.method(net, "train_loop", settings["epochs"])
    student.reseed(settings["seed"])
    got: tuple[Any, Any] = student.run(one.returns(logs, one.get(net, "weights")))
    return got
