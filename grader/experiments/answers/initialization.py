"""One plot of three curves, and ten values each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.experiments import figures
from grader.experiments.reading import START, diverged_words, named
from grader.experiments.study import Answer, Plot, Result, Run, Table
from grader.experiments.tables import number, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GUESSING = math.log(10)


def answer(run: Run) -> Answer:
    """The page of the three ways to begin."""
    results = run.results
    labels = {name: named(name) for name in results}
    ends = {name: result["losses"][-1] for name, result in results.items()}
    told = [f"{labels[name]} {number(value)}" for name, value in ends.items()]
    epochs = run.settings["epochs"]
    return Answer(
        facts=[
            f"Average training loss after {epochs} epochs: {', '.join(told)}.",
            *diverged_words(results, labels),
        ],
        points=points(run, results),
        wrong=WRONG,
        plots=[plot(results)],
        tables=[values(results, epochs), outcome(results)],
    )


def plot(results: Mapping[str, Result]) -> Plot:
    """All curves on one logarithmic axis."""

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        for i, (name, result) in enumerate(results.items()):
            losses = figures.numbers(result["losses"])
            style: dict[str, Any] = {"color": figures.CYCLE[i % 5], "ls": figures.DASHES[i % 5]}
            axis.plot(
                range(1, len(losses) + 1), losses, marker="os^Dv"[i % 5], label=named(name), **style
            )
        axis.axhline(GUESSING, color=figures.GREY, lw=1, ls=":", label="guessing, ln 10")
        figures.plain_log(axis, "y")
        axis.set_ylabel("average training loss (nats per example)")
        figures.epochs_axis(axis, len(losses))
        axis.legend()

    caption = (
        "Average training loss after each epoch. Dotted: the loss of guessing, ln 10 = 2.303. "
        "Probabilities are clipped at 1e-6, so that no example's loss is above 13.8."
    )
    return Plot("initialization", caption, draw, (7.5, 4.6))


def values(results: Mapping[str, Result], epochs: int) -> Table:
    """The losses as numbers."""
    rows = [
        [str(epoch + 1), *(number(result["losses"][epoch]) for result in results.values())]
        for epoch in range(epochs)
    ]
    columns = ("Epoch", *(named(name) for name in results))
    return Table("losses", "Average training loss after each epoch.", columns, rows)


def outcome(results: Mapping[str, Result]) -> Table:
    """Where each ends."""
    rows = [
        [
            f"{named(name)}: {START.get(name, name).removeprefix('Glorot: ')}",
            number(result["losses"][-1]),
            percent(result["accuracies"][-1]),
        ]
        for name, result in results.items()
    ]
    columns = ("First weights", "Training loss", "Validation accuracy")
    return Table("outcome", "After the last epoch.", columns, rows)


def points(run: Run, results: Mapping[str, Result]) -> list[str]:
    """What a good answer says."""
    said = []
    if "zero" in results:
        said.append(zero_point(results["zero"]))
    if "normal" in results:
        said.append(normal_point(run, results["normal"]))
    if "glorot" in results:
        glorot = results["glorot"]
        said.append(
            f"Glorot weights keep the variance of activations and gradients about the same from "
            f"layer to layer: the loss falls from the start, to {number(glorot['losses'][-1])} "
            f"after {run.settings['epochs']} epochs (validation accuracy "
            f"{percent(glorot['accuracies'][-1])})."
        )
    said.append(
        "All three networks have the same layers, data, rate and seeds; only the first weights "
        "differ, and so does everything after them."
    )
    return said


def zero_point(zero: Result) -> str:
    """Why zero weights learn nothing."""
    return (
        f"Zero weights stay at the loss of guessing, ln 10 = {GUESSING:.3f} (here "
        f"{number(zero['losses'][-1])} at the end): all hidden units are zero and alike, the "
        "gradients of all weight matrices are zero, and only the output biases learn how frequent "
        f"each class is (validation accuracy {percent(zero['accuracies'][-1])})."
    )


def normal_point(run: Run, normal: Result) -> str:
    """Why unit variance begins so badly."""
    start = normal["start"]
    before = f"{number(start, 2)} before the first step, where guessing has 2.30; " if start else ""
    return (
        "Standard normal weights are too large for their number: a unit with 784 inputs sums "
        "hundreds of terms of unit variance, the next layer does so again, and the softmax is "
        f"certain of wrong answers. The loss is {before}{number(normal['losses'][0])} after the "
        f"first epoch and {number(normal['losses'][-1])} after epoch {run.settings['epochs']}: it "
        "learns, but has a long way to go."
    )


WRONG = (
    (
        "With zero weights the gradient vanishes because ReLU is not differentiable at 0.",
        "tanh does not help either: dW of a layer holds its inputs or the weights above it as a "
        "factor, and these are zero. It is symmetry, not the kink.",
    ),
    (
        "Zero weights work as soon as the rate is larger.",
        "Any multiple of a zero gradient is zero.",
    ),
    (
        "Normal weights are bad because they are random.",
        "Glorot weights are random as well. It is the variance that does not fit the number of "
        "inputs.",
    ),
    (
        "The loss of zero weights is constant, so the program has a bug.",
        "The output biases do learn; the loss falls a little below ln 10 if the classes are not "
        "equally frequent.",
    ),
)
