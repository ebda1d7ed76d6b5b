"""Trainings in processes of their own, side by side."""

import os
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest

from data import load_digits
from grader.experiments.engine import SGD, Network, train
from grader.experiments.side_by_side import ONE_THREAD, Update, side_by_side


def fit(eta, report):
    """Train a small network; its parameters, and what the process sees of the settings."""
    (x, labels), _ = load_digits(dtype=np.float32)
    network = Network((784, 10), seed=1)
    train(
        network,
        x[:500],
        labels[:500],
        epochs=3,
        batch_size=100,
        optimiser=SGD(eta),
        seed=2,
        on_epoch=lambda stats: report(stats.loss),
    )
    return network.parameters, {name: os.environ.get(name) for name in ONE_THREAD}


def misbehave(what, report):
    if what == "raise":
        raise ValueError("no such rate")
    os._exit(3)


def report_forever(folder, report):
    (folder / f"began-{os.getpid()}").touch()
    try:
        while True:
            report("on")
    except BrokenPipeError:
        (folder / "told to end").touch()
        raise


def test_updates_come_in_order_and_results_are_those_of_one_process(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    rates = (0.1, 0.2, 0.3)
    seen: dict[int, list[Update]] = {0: [], 1: [], 2: []}
    for update in side_by_side(fit, rates, processes=2):
        seen[update.index].append(update)
    assert os.environ["OMP_NUM_THREADS"] == "2"
    for index, eta in enumerate(rates):
        losses: list[float] = []
        parameters, _ = fit(eta, losses.append)
        *reports, last = seen[index]
        assert [one.final for one in reports] == [False] * 3
        np.testing.assert_allclose([one.value for one in reports], losses, rtol=1e-4)
        assert last.final
        np.testing.assert_allclose(last.value[0], parameters, atol=1e-4)
        assert last.value[1] == ONE_THREAD


def test_what_a_run_raises_is_raised():
    with pytest.raises(ValueError, match="no such rate"):
        list(side_by_side(misbehave, ["raise"]))


def test_a_process_that_dies_is_told():
    with pytest.raises(BrokenProcessPool):
        list(side_by_side(misbehave, ["die"]))


def test_closing_ends_what_runs_and_begins_nothing_else(tmp_path: Path):
    updates = side_by_side(report_forever, [tmp_path] * 3, processes=1)
    assert next(updates) == Update(0, "on")
    updates.close()
    names = sorted(path.name.split("-")[0] for path in tmp_path.iterdir())
    assert names == ["began", "told to end"]
