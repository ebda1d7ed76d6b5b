"""Put beside the student's code by checks of training loops: a call_back that takes notes.

Where a submission runs, this file is importable as `recording`. It holds nothing that is secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class Recorder:
    """A call_back: notes each epoch's number and weights, and sets the rate if there are rates.

    Attributes: epochs, the numbers that it was called with; weights, copies of model.parameters()
    at these calls; after `watch` also batches, copies of the input of the forward pass before each
    update. After the k-th call optimizer.eta is rates[k - 1], while there are any.
    """

    def __init__(self, optimizer: Any = None, rates: Sequence[float] = ()) -> None:
        self.optimizer = optimizer
        self.rates = list(rates)
        self.epochs: list[Any] = []
        self.weights: list[dict[str, np.ndarray]] = []
        self.batches: list[np.ndarray] = []
        self._latest = np.zeros((0, 0))

    def __call__(self, model: Any, epoch: Any) -> None:
        parameters = model.parameters()
        self.weights.append({key: np.array(value) for key, value in parameters.items()})
        if len(self.epochs) < len(self.rates):
            self.optimizer.eta = self.rates[len(self.epochs)]
        self.epochs.append(epoch)

    def watch(self, model: Any, optimizer: Any) -> None:
        """From now on, note the input of the forward pass before each update."""
        _before(model, "forward", self._forward)
        _before(optimizer, "update", self._update)

    def _forward(self, *args: Any, **named: Any) -> None:
        self._latest = np.array([*args, *named.values()][0])

    def _update(self, *args: Any, **named: Any) -> None:
        self.batches.append(self._latest)


def _before(obj: Any, name: str, note: Any) -> None:
    """Call note(...) before each obj.name(...), by a class of its own: slots, frozen and all."""
    kind = type(obj)

    def noted(self: Any, *args: Any, **named: Any) -> Any:
        note(*args, **named)
        return getattr(kind, name)(self, *args, **named)

    members = {name: noted, "__slots__": (), "__module__": kind.__module__}
    object.__setattr__(obj, "__class__", type(kind.__name__, (kind,), members))
