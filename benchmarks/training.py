"""What an epoch of the engine costs, as ratios: `python -m benchmarks training`.

Every case trains one float32 network with ReLU on the embedded digits, in turns with PyTorch on
the same batches from the same weights, and with nothing but the products of the matrices. Times
are the processor's, of one thread; a figure is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from data import load_digits
from grader.experiments.engine import SGD, Adam, EpochStats, Network, Optimiser, train

SEED = 1
# Of the way that the weights went in an epoch: rounding, and what it does at the kinks of ReLU.
SAME = 0.05
SMALL, LARGE = (784, 200, 200, 10), (784, 512, 256, 10)


@dataclass(frozen=True)
class Case:
    """A network, a batch size, and what the ratios to PyTorch and to the products may be."""

    sizes: tuple[int, ...]
    batch_size: int
    adam: bool
    torch_target: float
    products_target: float | None = None

    def __str__(self) -> str:
        rule = "Adam" if self.adam else "SGD"
        return f"{'-'.join(map(str, self.sizes))}, {rule}, batch {self.batch_size}"

    def optimiser(self) -> Optimiser:
        return Adam(1e-3) if self.adam else SGD(0.05)


CASES = (
    Case(SMALL, 64, False, 0.75, 1.2),
    Case(SMALL, 100, False, 0.75, 1.2),
    Case(SMALL, 256, False, 0.85, 1.2),
    Case(LARGE, 64, False, 0.95, 1.2),
    Case(LARGE, 100, False, 0.95, 1.2),
    Case(SMALL, 100, True, 0.85),
)


class Products:
    """The products of the matrices of every minibatch, and nothing else."""

    def __init__(self, sizes: tuple[int, ...], batch_size: int) -> None:
        rng = np.random.default_rng(SEED)
        shapes = list(pairwise(sizes))
        self.weights = [rng.random(shape, dtype=np.float32) for shape in shapes]
        self.gradients = [np.empty_like(weight) for weight in self.weights]
        self.h = [rng.random((batch_size, n), dtype=np.float32) for n in sizes[1:]]
        self.deltas = [rng.random((batch_size, n), dtype=np.float32) for n in sizes]

    def epoch(self, x: np.ndarray) -> None:
        """Minibatches of x in its order, the last one shorter."""
        size = len(self.h[0])
        for start in range(0, len(x), size):
            self.step(x[start : start + size])

    def step(self, x: np.ndarray) -> None:
        h = [x, *(one[: len(x)] for one in self.h)]
        deltas = [one[: len(x)] for one in self.deltas]
        for i, weight in enumerate(self.weights):
            np.matmul(h[i], weight, out=h[i + 1])
        for i in reversed(range(len(self.weights))):
            np.matmul(h[i].T, deltas[i + 1], out=self.gradients[i])
            if i:
                np.matmul(deltas[i + 1], self.weights[i].T, out=deltas[i])


class Contest:
    """The contenders of one case, which run an epoch each in turns."""

    def __init__(self, case: Case, x: np.ndarray, labels: np.ndarray) -> None:
        self.case, self.x, self.labels = case, x, labels
        self.network = Network(case.sizes, seed=SEED)
        self.optimiser = case.optimiser()
        self.products = Products(case.sizes, case.batch_size)
        self.torch = None
        if importlib.util.find_spec("torch") is not None:
            from benchmarks.torch_epochs import TorchEpochs

            self.torch = TorchEpochs(self.network, self.optimiser, x, labels)

    def run(self, rounds: int) -> list[dict[str, float]]:
        """For each round, after one to warm up: contender -> seconds of an epoch."""
        times: list[dict[str, float]] = []
        begin = time.process_time()

        def others(stats: EpochStats) -> None:
            nonlocal begin
            now = {"engine": time.process_time() - begin}
            now["products"] = seconds(lambda: self.products.epoch(self.x))
            if self.torch is not None:
                now["torch"] = seconds(lambda: self.train_torch(stats.epoch))
            times.append(now)
            if stats.epoch == 1:
                self.check_same()
            begin = time.process_time()

        train(
            self.network,
            self.x,
            self.labels,
            epochs=rounds + 1,
            batch_size=self.case.batch_size,
            optimiser=self.optimiser,
            seed=SEED,
            on_epoch=others,
        )
        return times[1:]

    def train_torch(self, epoch: int) -> None:
        assert self.torch is not None
        order = np.random.default_rng((SEED, epoch)).permutation(len(self.x))
        self.torch.epoch(order, self.case.batch_size)

    def check_same(self) -> None:
        """Stop unless both have the same weights but for rounding: they trained the same thing."""
        if self.torch is None:
            return
        start = Network(self.case.sizes, seed=SEED).weights
        for before, ours, theirs in zip(
            start, self.network.weights, self.torch.weights(), strict=True
        ):
            apart = np.linalg.norm(ours - theirs) / np.linalg.norm(ours - before)
            if apart > SAME:
                raise SystemExit(f"{self.case}: not the training of PyTorch ({apart:.2g} apart)")


def seconds(action: Callable[[], None]) -> float:
    """The processor's time for one call, whoever else uses the processor."""
    start = time.process_time()
    action()
    return time.process_time() - start


def measure(rounds: int) -> list[tuple[str, float, float]]:
    """(figure, ratio, target) of all cases."""
    (x, labels), _ = load_digits(dtype=np.float32)
    figures = []
    for case in CASES:
        times = Contest(case, x, labels).run(rounds)
        targets = {"torch": case.torch_target, "products": case.products_target}
        for rival, target in targets.items():
            if target is not None and rival in times[0]:
                ratio = statistics.median(one["engine"] / one[rival] for one in times)
                figures.append((f"{case} / {rival}", ratio, target))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=11, help="epochs per case (default: 11)")
    options = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":
        raise SystemExit("set OMP_NUM_THREADS=1, or use `python -m benchmarks training`")
    figures = measure(options.rounds)
    if options.json:
        print(json.dumps(figures))
        return
    for name, ratio, target in figures:
        verdict = "" if ratio <= target else "  over"
        print(f"{name:<50} {ratio:>8.3g} {target:>8g}{verdict}")


if __name__ == "__main__":
    main()
