"""Backpropagation against central differences of ever smaller steps, after training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np

from data import one_hot
from grader.experiments.bench import Bench, Parts
from grader.experiments.engine import Network, gradients
from grader.experiments.student_network import trained_network
from grader.experiments.study import Configuration, Result, Settings, StudentProblem, Study
from grader.experiments.submitted import Submitted
from grader.experiments.training import network, trained
from tests.helpers.asking import Ask, Ref
from tests.helpers.conventions import networks
from tests.helpers.mlp import gradients as own_gradients
from tests.helpers.mlp import own_loss
from tests.helpers.proxy import Student

ELEMENTS = 10
POWERS = range(6)
MANTISSAS = (1, 5)
UNSURE = (0.05, 0.95)  # the example's probability: far from where solution.NN.loss is clipped


def settings(quick: bool) -> Settings:
    """A float64 network that is trained a little."""
    full: Settings = {
        "hidden": [64, 32],
        "activations": ["tanh", "relu"],
        "rate": 0.1,
        "batch_size": 100,
        "epochs": 5,
        "init": "glorot",
        "train": 10_000,
        "validation": 1000,
        "seed": 1,
        "split_seed": 0,
    }
    return full | ({"train": 1000, "validation": 200, "batch_size": 50} if quick else {})


def configurations(settings: Settings) -> list[Configuration]:
    """One for each activation."""
    shared = {key: value for key, value in settings.items() if key != "activations"}
    return [
        Configuration(name, {**shared, "activation": name}, units=settings["epochs"])
        for name in settings["activations"]
    ]


def counts() -> list[int]:
    """N = k 10^i for k in {1, 5}, i in 0..5; the step is 1/N."""
    return [k * 10**i for i in POWERS for k in MANTISSAS]


def run(configuration: Configuration, bench: Bench) -> Result:
    """{"N": ..., "differences": the largest of ten, "gradient": ten, "example": its place,
    "unsure": whether the network is unsure of it}."""
    settings, parts = configuration.settings, bench.parts(configuration.settings)
    if bench.student is not None:
        return of_student(settings, parts, bench.student, bench.advance)
    net = network(settings, parts.train[0].shape[1], 10, dtype=np.float64)
    result = trained(net, parts.train, None, settings, bench.advance)
    if result["diverged"]:
        return {"diverged": result["diverged"]}
    hidden = np.asarray(parts.valid[0], np.float64) @ net.weights[0] + net.biases[0]
    place, unsure = suitable(hidden, net.forward(parts.valid[0]), parts.valid[1])
    x, label = parts.valid[0][place : place + 1], parts.valid[1][place : place + 1]
    gradient = gradients(net, x, label)[0][1].ravel()[:ELEMENTS].copy()
    slopes = {n: numeric(net, x, label, 1 / n) for n in counts()}
    return compared(gradient, slopes, place, unsure)


def suitable(hidden: np.ndarray, probabilities: np.ndarray, labels: np.ndarray) -> tuple[int, bool]:
    """(place, True) of the first example of which the network is unsure and whose first unit is
    active; (place, False) of another one where there is none."""
    p = probabilities[np.arange(len(labels)), labels]
    active = hidden[:, 0] > 0
    fits = active & (p > UNSURE[0]) & (p < UNSURE[1])
    return int(np.argmax(fits if fits.any() else active)), bool(fits.any())


def numeric(net: Network, x: np.ndarray, label: np.ndarray, h: float) -> np.ndarray:
    """Central differences of the loss in the first elements of the second layer's weights."""
    weight, slopes = net.weights[1], np.zeros(ELEMENTS)
    for i in range(ELEMENTS):
        place = np.unravel_index(i, weight.shape)
        before = weight[place]
        weight[place] = before + h
        above = net.loss_and_accuracy(x, label)[0]
        weight[place] = before - h
        slopes[i] = (above - net.loss_and_accuracy(x, label)[0]) / (2 * h)
        weight[place] = before
    return slopes


def compared(
    gradient: np.ndarray, slopes: Mapping[int, np.ndarray], place: int, unsure: bool
) -> Result:
    """The largest difference for each N."""
    return {
        "N": list(slopes),
        "differences": [float(np.max(np.abs(s - gradient))) for s in slopes.values()],
        "gradient": gradient.tolist(),
        "example": place,
        "unsure": unsure,
        "diverged": 0,
    }


def of_student(
    settings: Settings, parts: Parts, submitted: Submitted, advance: Callable[[str], None]
) -> Result:
    """The same with the submission's train_loop, forward, backward and loss."""
    x, labels = parts.valid[0].astype(np.float64), one_hot(parts.valid[1])
    own = {"activation": settings["activation"]}
    with submitted.student() as student:
        logs, weights = student_weights(student, settings, parts)
        for _ in range(settings["epochs"]):
            advance("")
        if not all(np.all(np.isfinite(weight)) for weight in weights.values()):
            return {"diverged": epoch_of_divergence(logs, settings["epochs"])}
        hidden, p = student_forward(student, weights, x, own)
        place, unsure = suitable(hidden, p, parts.valid[1])
        x, labels = x[place : place + 1], labels[place : place + 1]
        grads = student.run(own_gradients(student, weights, x, labels, **own))
        gradient = second_gradient(grads, weights["W2"].shape)
        asked = own_loss(student, weights, "W2", x, labels, **own)
        base = weights["W2"]
        directions = np.eye(base.size)[:ELEMENTS].reshape(ELEMENTS, *base.shape)
        slopes = {
            n: student.differences(asked, base, directions=directions, step=1 / n) for n in counts()
        }
    return compared(gradient, slopes, place, unsure)


def epoch_of_divergence(logs: object, epochs: int) -> int:
    """The first epoch whose training loss is no number; the last where the logs do not say."""
    losses = logs.get("train_loss") if isinstance(logs, dict) else None
    try:
        bad = np.flatnonzero(~np.isfinite(np.asarray(losses, np.float64)))
    except (TypeError, ValueError):
        return epochs
    return min(int(bad[0]) + 1, epochs) if losses is not None and len(bad) else epochs


def student_weights(
    student: Student, settings: Settings, parts: Parts
) -> tuple[object, dict[str, np.ndarray]]:
    """(logs, weights in float64) after the submission's train_loop."""
    logs, got = trained_network(student, settings, parts, dtype=np.float64)
    sizes = [784, *settings["hidden"], 10]
    weights = {}
    for i, (n, k) in enumerate(pairwise(sizes), start=1):
        weights[f"W{i}"] = array_at(got, f"W{i}", (n, k))
        weights[f"b{i}"] = array_at(got, f"b{i}", (1, k))
    return logs, weights


def student_forward(
    student: Student, weights: Mapping[str, np.ndarray], x: np.ndarray, own: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """(A1, probabilities) of the submission for x."""
    nets, one = networks(student, "backward"), Ask()
    cache: Ref = nets.forward(one, nets.build(one, weights, **own), x)[0]
    last = f"Z{len(weights) // 2}"
    got = student.run(one.returns(one.item(cache, "A1"), one.item(cache, last)))
    return np.asarray(got[0], np.float64), np.asarray(got[1], np.float64)


def second_gradient(grads: object, shape: tuple[int, ...]) -> np.ndarray:
    """The first elements of dW2."""
    return array_at(grads, "dW2", shape).ravel()[:ELEMENTS]


def array_at(values: object, key: str, shape: tuple[int, ...]) -> np.ndarray:
    """values[key] as float64; StudentProblem where it is not there or of another shape."""
    found = values.get(key) if isinstance(values, dict) else None
    array = np.asarray(found) if found is not None else np.zeros(0)
    if array.dtype.kind not in "biuf" or array.shape != shape:
        raise StudentProblem(f"{key} has shape {array.shape}, wanted {shape}")
    return array.astype(np.float64)


STUDY = Study(
    name="gradient-check",
    title="Gradients by finite differences",
    asks="After training, compare backpropagation with central differences for the first ten "
    "elements of the second layer's weights and one example: the largest difference as a function "
    "of N = k·10^i, k = 1 and 5, i = 0 to 5, with step 1/N.",
    data="images",
    settings=settings,
    configurations=configurations,
    run=run,
    modules=("solution",),
)
