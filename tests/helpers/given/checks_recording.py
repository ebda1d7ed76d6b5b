"""Put beside the student's code by checks of training: what they need done where that code runs.

Where a submission runs, this file is importable as `checks_recording`. It holds no secret.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def epochs(data: Any, shuffles: int = 0) -> list[Any]:
    """The minibatches of an epoch, and of one more after each shuffle(), as lists of copies.

    Copies, as a shuffle in place must not reach what came before it. Where `__iter__` gives no
    iterator, that comes in place of the list, in a dict.
    """
    found = [_minibatches(data)]
    for _ in range(shuffles):
        data.shuffle()
        found.append(_minibatches(data))
    return found


def _minibatches(data: Any) -> Any:
    start = getattr(type(data), "__iter__", None)
    iterator = iter(data) if start is None else start(data)
    if not hasattr(iterator, "__next__"):
        return {"__iter__": None if iterator is data else iterator}
    return [copy.deepcopy(batch) for batch in iterator]


def arrays(weights: Mapping[str, Any]) -> dict[str, Any]:
    """Copies of the arrays in any kind of dict, which may know no way of its own to be copied."""
    return {key: np.array(weights[key]) for key in weights}


def updates(
    optimizer: Any,
    params: Mapping[str, Any],
    gradients: Sequence[Mapping[str, Any]],
    etas: Sequence[float] = (),
) -> list[Any]:
    """Copies of the arrays `params` after each update with one gradient after another.

    Each update gets a new dict of the same arrays: only changes in place are seen. optimizer.eta
    is set to etas[i] before update i, where there is one. The last two entries of the result are
    the dict that the last update was given, and whether it gave another dict back.
    """
    arrays = {key: np.array(value) for key, value in params.items()}
    handed, found, other = arrays, [], False
    for i, gradient in enumerate(gradients):
        if i < len(etas):
            optimizer.eta = etas[i]
        handed = dict(arrays)
        given = {key: np.array(value) for key, value in gradient.items()}
        result = optimizer.update(handed, given)
        other = isinstance(result, dict) and _differs(result, handed) and _differs(result, given)
        found.append({key: value.copy() for key, value in arrays.items()})
    return [*found, handed, other]


def _differs(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether any array that both have is another."""
    return any(not np.array_equal(one[key], other[key]) for key in one if key in other)


def steps(
    optimizer: Any,
    params: Mapping[str, Any],
    gradients: Sequence[Mapping[str, Any]],
    etas: Sequence[float] = (),
) -> tuple[list[dict[str, Any]], list[Any]]:
    """What each of these updates adds to the arrays, and the last two entries of `updates`."""
    *after, handed, other = updates(optimizer, params, gradients, etas)
    before = [{key: np.array(value) for key, value in params.items()}, *after]
    found = [
        {key: new[key] - old[key] for key in new} for old, new in zip(before, after, strict=False)
    ]
    return found, [handed, other]


class Recorder:
    """A call_back: notes each epoch's number and weights, and sets the rate if there are rates.

    Attributes: epochs, the numbers that it was called with; weights, copies of model.parameters()
    at these calls, empty where it was given no model; after `watch` also batches, copies of the
    input of the forward pass before each update. After the k-th call optimizer.eta is
    rates[k - 1], while there are any.
    """

    def __init__(self, optimizer: Any = None, rates: Sequence[float] = ()) -> None:
        self.optimizer = optimizer
        self.rates = list(rates)
        self.epochs: list[Any] = []
        self.weights: list[dict[str, np.ndarray]] = []
        self.batches: list[np.ndarray] = []
        self._latest = np.zeros((0, 0))

    def __call__(self, model: Any, epoch: Any) -> None:
        parameters = model.parameters() if hasattr(model, "parameters") else {}
        self.weights.append({key: np.array(value) for key, value in parameters.items()})
        if len(self.epochs) < len(self.rates):
            self.optimizer.eta = self.rates[len(self.epochs)]
        self.epochs.append(epoch)

    def watch(self, model: Any, optimizer: Any) -> None:
        """From now on, note the input of the forward pass before each update."""
        for name in ("forward", "__call__"):
            if hasattr(model, name):
                _before(model, name, self._forward)
        _before(optimizer, "update", self._update)

    def _forward(self, *args: Any, **named: Any) -> None:
        self._latest = np.array([*args, *named.values()][0])

    def _update(self, *args: Any, **named: Any) -> None:
        self.batches.append(self._latest)


def _before(obj: Any, name: str, note: Any) -> None:
    """Call note(...) before each obj.name(...), whether the object has it of itself or its class.

    Of the class by a class of its own: slots, frozen and all.
    """
    kind = type(obj)
    if not name.startswith("__") and (name in _own(obj) or not hasattr(kind, name)):
        object.__setattr__(obj, name, _noted(getattr(obj, name), note))
        return

    def noted(self: Any, *args: Any, **named: Any) -> Any:
        note(*args, **named)
        return getattr(super(made, self), name)(*args, **named)

    members = {name: noted, "__slots__": (), "__module__": kind.__module__}
    made = type(kind.__name__, (kind,), members)
    object.__setattr__(obj, "__class__", made)


def _own(obj: Any) -> Mapping[str, Any]:
    """What hides the members of the class; an object with slots has nothing of the kind."""
    return getattr(obj, "__dict__", {})


def _noted(function: Any, note: Any) -> Any:
    def noted(*args: Any, **named: Any) -> Any:
        note(*args, **named)
        return function(*args, **named)

    return noted
