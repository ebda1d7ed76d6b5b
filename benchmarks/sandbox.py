"""Print what the sandbox costs: `python -m benchmarks.sandbox [--json] [--rounds N]`."""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from grader.sandbox import VARY, Name, Program, Ref, Worker, WorkerSpec, Zygote, fresh_worker

SUBMISSION = """
import numpy as np


def same(x):
    return x


class Net:
    def __init__(self, sizes):
        rng = np.random.default_rng(0)
        self.weights = {}
        for i, (n, m) in enumerate(zip(sizes, sizes[1:]), 1):
            self.weights[f"W{i}"] = rng.standard_normal((n, m))
            self.weights[f"b{i}"] = rng.standard_normal((1, m))
        self.layers = len(sizes) - 1

    def forward(self, x):
        cache = {"Z0": x}
        for i in range(1, self.layers + 1):
            a = cache[f"Z{i - 1}"] @ self.weights[f"W{i}"] + self.weights[f"b{i}"]
            cache[f"A{i}"] = a
            cache[f"Z{i}"] = np.tanh(a) if i < self.layers else self.softmax(a)
        return cache

    def softmax(self, a):
        e = np.exp(a - a.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def loss(self, p, y):
        return -np.mean(np.sum(y * np.log(np.clip(p, 1e-6, 1 - 1e-6)), axis=1))
"""
SIZES = (6, 5, 4, 3)
TARGETS = {
    "a fresh confined worker is ready": 100.0,
    "a worker from the zygote is ready": 15.0,
    "round trip of a small call": 0.25,
    "round trip of a (64, 784) float64 array": 1.0,
    "full central differences of a 6-5-4-3 network": 10.0,
}


def milliseconds(action: Callable[[], object], rounds: int) -> float:
    """Median wall time of `action` over `rounds` calls, in ms."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def start_up(make: Callable[[], Worker], rounds: int) -> float:
    """Median wall time until a worker is ready, in ms; its end is not counted."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        worker = make()
        times.append(1e3 * (time.perf_counter() - start))
        worker.close()
    return statistics.median(times)


def call(argument: object) -> Program:
    """A program that gives `argument` back."""
    program = Program()
    program.call(Name("nn.same"), argument)
    return program


def differences(worker: Worker) -> Callable[[], None]:
    """All central differences of the loss with respect to every parameter of one network."""
    make = Program()
    net_step = make.call(Name("nn.Net"), SIZES)
    make.returns(net_step, keep=True).returns(make.get(net_step, "weights"))
    (result,) = worker.run([make])
    net, weights = result.values
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((8, 6)), np.eye(3)[rng.integers(0, 3, 8)]

    def all_parameters() -> None:
        for name, value in weights.items():
            program = Program()
            program.setitem(program.get(net, "weights"), name, VARY)
            cache = program.call(program.get(net, "forward"), x)
            prediction = program.item(cache, f"Z{len(SIZES) - 1}")
            program.call(program.get(net, "loss"), prediction, y)
            worker.scan(program, value)
            back = Program()
            back.setitem(back.get(net, "weights"), name, value)
            worker.run([back.returns(Ref(1))])

    return all_parameters


def measure(folder: Path, rounds: int) -> dict[str, float]:
    """Figure -> median milliseconds, in the order of TARGETS."""
    spec = WorkerSpec(folder, {"nn": "nn.py"})
    fresh = start_up(lambda: fresh_worker(spec), max(3, rounds // 10))
    with Zygote() as zygote:
        zygote.spawn(spec).close()
        forked = start_up(lambda: zygote.spawn(spec), rounds)
        with zygote.spawn(spec) as worker:
            worker.load("nn")
            images = np.random.default_rng(0).random((64, 784))
            small, large = call(images[:1, :3]), call(images)
            figures = (
                fresh,
                forked,
                milliseconds(lambda: worker.run([small]), 10 * rounds),
                milliseconds(lambda: worker.run([large]), 5 * rounds),
                milliseconds(differences(worker), rounds),
            )
    return dict(zip(TARGETS, figures, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sandbox", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=50, help="rounds per figure (default: 50)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "nn.py").write_text(SUBMISSION, encoding="utf-8")
        figures = measure(folder, options.rounds)
    if options.json:
        print(json.dumps(figures))
        return
    print(f"{'figure':<48} {'median':>10} {'target':>10}")
    for name, value in figures.items():
        verdict = "" if value <= TARGETS[name] else "  over"
        print(f"{name:<48} {value:>7.2f} ms {TARGETS[name]:>7g} ms{verdict}")


if __name__ == "__main__":
    main()
