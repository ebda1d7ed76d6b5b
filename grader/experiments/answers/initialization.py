"""One plot of three curves, and ten values each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.experiments import figures
from grader.experiments.answers.initialization_points import GUESSING, WRONG, points
from grader.experiments.reading import START, counted, diverged_words, named
from grader.experiments.study import Answer, Plot, Result, Run, Table
from grader.experiments.tables import number, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def answer(run: Run) -> Answer:
    """The page of the three ways to begin."""
    results = run.results
    labels = {name: named(name) for name in results}
    ends = {name: result["losses"][-1] for name, result in results.items()}
    told = [f"{labels[name]} {number(value)}" for name, value in ends.items()]
    epochs = run.settings["epochs"]
    return Answer(
        facts=[
            f"Average training loss after {counted(epochs, 'epoch')}: {', '.join(told)}.",
            *diverged_words(results, labels),
        ],
        points=points(run, results),
        wrong=WRONG,
        plots=[plot(run)],
        tables=[values(results, epochs), outcome(results)],
    )


def plot(run: Run) -> Plot:
    """All curves on one logarithmic axis."""
    results = run.results

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        for i, (name, result) in enumerate(results.items()):
            losses = figures.numbers(result["losses"])
            gone = f", diverged in epoch {result['diverged']}" if result["diverged"] else ""
            style: dict[str, Any] = {"color": figures.CYCLE[i % 5], "ls": figures.DASHES[i % 5]}
            axis.plot(
                range(1, len(losses) + 1),
                losses,
                marker="os^Dv"[i % 5],
                label=named(name) + gone,
                **style,
            )
        axis.axhline(GUESSING, color=figures.GREY, lw=1, ls=":", label="guessing, ln 10")
        figures.plain_log(axis, "y")
        axis.set_ylabel("average training loss (nats per example)")
        figures.epochs_axis(axis, len(losses))
        axis.legend()

    caption = "Average training loss after each epoch. Dotted: the loss of guessing, ln 10 = 2.303."
    if not run.submission:
        caption += " Probabilities are clipped at 1e-6, so that no example's loss is above 13.8."
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
