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
from .passes import Passes


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

    x (n, inputs), copied once unless it is contiguous and of the network's dtype; labels (n,) whole
    numbers. Every epoch has all examples in a new order, the last
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
    run = _Run(network, x, targets, optimiser, batch_size, l2, dropout)
    for epoch in range(completed + 1, epochs + 1):
        if schedule is not None:
            optimiser.eta = schedule(epoch - 1)
        start = time.perf_counter()
        order, logits = run.epoch(np.random.default_rng((seed, epoch)))
        loss, accuracy = measured(network.output, logits, labels[order])
        stats = EpochStats(epoch, optimiser.eta, loss, accuracy, time.perf_counter() - start)
        if on_epoch is not None:
            on_epoch(stats)
        if not (math.isfinite(loss) and np.all(np.isfinite(network.parameters))):
            raise Diverged(stats)


class _Run:
    """Data, buffers and settings that all epochs of a training have in common."""

    def __init__(
        self,
        network: Network,
        x: np.ndarray,
        targets: np.ndarray,
        optimiser: Optimiser,
        batch_size: int,
        l2: float,
        dropout: float,
    ) -> None:
        self.network = network
        self.x = x
        self.targets = targets.astype(network.dtype)
        self.optimiser = optimiser
        self.batch_size = min(batch_size, len(x))
        self.l2 = l2
        self._weights = network.parameters[: network.n_weights]
        self._decay = np.empty_like(self._weights)
        self._batch = np.empty((self.batch_size, network.sizes[0]), network.dtype)
        sizes = {self.batch_size, len(x) % self.batch_size} - {0}
        self._passes = {m: Passes(network, m, dropout) for m in sizes}

    def epoch(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(order, logits (n, outputs) in that order, each before its own update) of one epoch.

        Whatever ends it early, network and optimiser are then as they were before.
        """
        parameters, state = self.network.parameters.copy(), self.optimiser.state()
        try:
            with np.errstate(all="ignore"):  # a run that diverges is seen after its epoch
                return self._epoch(rng)
        except BaseException:
            self.network.parameters[...] = parameters
            self.optimiser.restore(state)
            raise

    def _epoch(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        order = rng.permutation(len(self.x))
        targets = self.targets[order]
        logits = np.empty((len(order), self.network.sizes[-1]), self.network.dtype)
        for start in range(0, len(order), self.batch_size):
            batch = slice(start, start + self.batch_size)
            self._step(order[batch], logits[batch], targets[batch], rng)
        return order, logits

    def _step(
        self,
        chosen: np.ndarray,
        logits: np.ndarray,
        targets: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        passes, factor = self._passes[len(chosen)], self.optimiser.factor
        x = self._batch[: len(chosen)]
        self.x.take(chosen, axis=0, out=x, mode="clip")  # any other mode goes through a copy
        passes.forward(x, logits, rng)
        passes.backward(x, logits, targets, factor)
        if self.l2:
            np.multiply(self._weights, 2 * self.l2 * factor, out=self._decay)
            decayed = passes.gradient[: len(self._decay)]
            np.add(decayed, self._decay, out=decayed)
        self.optimiser.step(self.network.parameters, passes.gradient)


def gradients(
    network: Network, x: np.ndarray, labels: np.ndarray, *, l2: float = 0.0
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """(dW, db) per layer of the mean loss over all of x (plus the penalty), without dropout."""
    x, targets = checked(network, x, labels)
    passes = Passes(network, len(x))
    logits = np.empty(targets.shape, network.dtype)
    passes.forward(x, logits)
    passes.backward(x, logits, targets.astype(network.dtype))
    passes.gradient[: network.n_weights] += 2 * l2 * network.parameters[: network.n_weights]
    return network.views(passes.gradient)


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
