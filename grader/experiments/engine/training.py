"""Training: minibatches, the way forth and back, one report per epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .network import Network, measured
from .optimisers import Optimiser
from .outputs import OUTPUTS


@dataclass(frozen=True)
class EpochStats:
    """One epoch: its number from 1, the rate used, and the minibatches' mean loss and accuracy.

    loss, accuracy: of each minibatch before its own update, without the penalty of l2, and under
    dropout where there is any. seconds: wall time of the epoch.
    """

    epoch: int
    eta: float
    loss: float
    accuracy: float
    seconds: float


class Diverged(ArithmeticError):
    """The loss or a parameter is no longer finite. Attribute: stats, those of that epoch."""

    def __init__(self, stats: EpochStats) -> None:
        super().__init__(
            f"training diverged in epoch {stats.epoch} (mean loss {stats.loss:g}, "
            f"rate {stats.eta:g}): try a smaller rate"
        )
        self.stats = stats


def train(
    network: Network,
    x: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    optimiser: Optimiser,
    seed: int,
    schedule: Callable[[int], float] | None = None,
    l2: float = 0.0,
    dropout: float = 0.0,
    on_epoch: Callable[[EpochStats], None] | None = None,
    completed: int = 0,
) -> None:
    """Train the network in place until `epochs` epochs are complete, of which `completed` are.

    x (n, inputs), labels (n,) whole numbers. Every epoch has all examples in a new order, the last
    minibatch shorter where batch_size does not divide n. schedule(completed epochs) gives the rate
    of the next epoch; without it optimiser.eta stays. l2: lambda of the penalty
    lambda sum W^2, gradient 2 lambda W, biases not included. dropout: probability to drop a hidden
    unit, the kept ones scaled by 1 / (1 - dropout). on_epoch(stats) after every epoch.

    Order and dropout of an epoch depend on (seed, epoch) alone: with the state after epoch k
    (save_state, load_state) and completed=k, training goes on with the very same numbers. An
    exception during an epoch (Ctrl-C) leaves network and optimiser as they were before it.
    Raises Diverged, after on_epoch, and ValueError where the data does not fit.
    """
    x, targets = checked(network, x, labels)
    check_settings(batch_size, l2, dropout)
    for epoch in range(completed + 1, epochs + 1):
        if schedule is not None:
            optimiser.eta = schedule(epoch - 1)
        rng = np.random.default_rng((seed, epoch))
        start = time.perf_counter()
        before = network.parameters.copy(), optimiser.state()
        try:
            order = rng.permutation(len(x))
            logits = one_epoch(
                network, x[order], targets[order], batch_size, optimiser, l2, dropout, rng
            )
        except BaseException:
            network.parameters[...] = before[0]
            optimiser.restore(before[1])
            raise
        with np.errstate(all="ignore"):
            loss, accuracy = measured(network.output, logits, labels[order])
        stats = EpochStats(epoch, optimiser.eta, loss, accuracy, time.perf_counter() - start)
        if on_epoch is not None:
            on_epoch(stats)
        if not (math.isfinite(loss) and np.all(np.isfinite(network.parameters))):
            raise Diverged(stats)


def one_epoch(
    network: Network,
    x: np.ndarray,
    targets: np.ndarray,
    batch_size: int,
    optimiser: Optimiser,
    l2: float,
    dropout: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Train on all of x in its order; the logits (n, outputs), each before its own update."""
    logits = np.empty((len(x), network.sizes[-1]), network.dtype)
    with np.errstate(all="ignore"):
        for start in range(0, len(x), batch_size):
            batch = slice(start, start + batch_size)
            logits[batch], gradient = backpropagate(
                network, x[batch], targets[batch], l2, dropout, rng
            )
            optimiser.step(network.parameters, gradient)
    return logits


def backpropagate(
    network: Network,
    x: np.ndarray,
    targets: np.ndarray,
    l2: float,
    dropout: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """(logits, flat gradient of the mean loss and the penalty) of one minibatch."""
    gradient = np.empty_like(network.parameters)
    weight_gradients, bias_gradients = network.views(gradient)
    inputs, scales = [x], []
    for weight, bias in zip(network.weights[:-1], network.biases[:-1], strict=True):
        z = inputs[-1] @ weight + bias
        h = np.maximum(z, 0) if network.activation == "relu" else np.tanh(z)
        slope = (z > 0).astype(network.dtype) if network.activation == "relu" else 1 - h**2
        if dropout:
            kept = (rng.random(h.shape) >= dropout).astype(network.dtype) / (1 - dropout)
            h, slope = h * kept, slope * kept
        inputs.append(h.astype(network.dtype))
        scales.append(slope.astype(network.dtype))
    logits = inputs[-1] @ network.weights[-1] + network.biases[-1]
    delta = (OUTPUTS[network.output].probabilities(logits) - targets) / network.dtype.type(len(x))
    for i in reversed(range(len(network.weights))):
        weight_gradients[i][...] = inputs[i].T @ delta + 2 * l2 * network.weights[i]
        bias_gradients[i][...] = delta.sum(axis=0)
        if i:
            delta = (delta @ network.weights[i].T) * scales[i - 1]
    return logits, gradient


def gradients(
    network: Network, x: np.ndarray, labels: np.ndarray, *, l2: float = 0.0
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """(dW, db) per layer of the mean loss over all of x (plus the penalty), without dropout."""
    x, targets = checked(network, x, labels)
    _, gradient = backpropagate(network, x, targets, l2, 0.0, np.random.default_rng(0))
    return network.views(gradient)


def checked(network: Network, x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x in the network's dtype and the targets; ValueError where they do not fit."""
    if x.ndim != 2 or x.shape[1] != network.sizes[0] or not len(x):
        raise ValueError(f"x of shape {x.shape}, wanted (n, {network.sizes[0]})")
    if len(labels) != len(x):
        raise ValueError(f"{len(x)} examples, but {len(labels)} labels")
    x = np.ascontiguousarray(x, network.dtype)
    return x, OUTPUTS[network.output].targets(labels, network.sizes[-1])


def check_settings(batch_size: int, l2: float, dropout: float) -> None:
    """Raise ValueError for settings that mean nothing."""
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}, but must be 1 or more")
    if not 0 <= l2 < math.inf:
        raise ValueError(f"l2 is {l2}, but must be 0 or more")
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout is {dropout}, but must lie in [0, 1)")
