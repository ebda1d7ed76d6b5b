"""Histograms of the weights, junction by junction, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from grader.experiments import figures
from grader.experiments.answers.weight_points import WRONG, points
from grader.experiments.reading import diverged_words, end
from grader.experiments.studies.weight_histograms import NEAR, REACH, STEP
from grader.experiments.study import Answer, Plot, Result, Run, Table
from grader.experiments.tables import layers_text, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {"plain": "plain", "regularized": "L2 and dropout"}
BARS = 60  # about as many over an axis


def answer(run: Run) -> Answer:
    """The page of the histograms."""
    known = {name: r for name, r in run.results.items() if "junctions" in r}
    facts = [
        f"{title(name, r)}: standard deviation from input to hidden "
        f"{r['junctions'][0]['deviation']:.4f}, "
        f"{percent(r['junctions'][0]['near_zero'], 1)} of its weights below {NEAR:g}; validation "
        f"accuracy {percent(end(r, 'validation_accuracy'))}."
        for name, r in known.items()
    ]
    return Answer(
        facts=[*facts, *diverged_words(run.results, TITLES)],
        points=points(run, known),
        wrong=WRONG,
        plots=[plot(known), curves_plot(known)] if known else [],
        tables=[junctions(known)],
    )


def title(name: str, result: Result) -> str:
    """784-48-10, L2 and dropout."""
    return f"{layers_text(result['layers'])}, {TITLES[name]}"


def plot(known: Mapping[str, Result]) -> Plot:
    """A row for each junction, a column for each network, the same axes for a junction."""

    def draw(figure: Figure) -> None:
        n = max(len(r["junctions"]) for r in known.values())
        axes = figure.subplots(n, len(known), sharex="row", sharey="row", squeeze=False)
        for column, (name, result) in enumerate(known.items()):
            for row, junction in enumerate(result["junctions"]):
                axis = axes[row][column]
                edges, heights = bars(junction, coarse(known, row))
                colour = figures.CYCLE[column]
                axis.stairs(heights, edges, fill=True, color=colour, alpha=0.85)
                axis.set_xlim(-reach(known, row), reach(known, row))
                words = f"σ = {junction['deviation']:.3f}, largest {junction['largest']:.2f}"
                axis.text(
                    0.02, 0.96, words, transform=axis.transAxes, va="top", size=9.5,
                    bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 1.5},
                )  # fmt: skip
                if not row:
                    axis.set_title(title(name, result))
                if not column:
                    sizes = result["layers"][row : row + 2]
                    where = "input to hidden" if not row else "hidden to output"
                    axis.set_ylabel(f"{where}\nshare of the weights (%)" if sizes else "")
                axis.set_yscale("log")
                axis.set_ylim(top=80)
                axis.yaxis.set_major_formatter("{x:g}")
        for axis in axes[-1]:
            axis.set_xlabel("weight")

    caption = (
        "Shares of the weights of each junction in bins of "
        f"{coarse(known, 0) * STEP:g} and {coarse(known, 1) * STEP:g}, logarithmic, on common axes "
        "for each junction."
    )
    return Plot("weights", caption, draw, (9.5, 6.2))


def bars(junction: Result, width: int) -> tuple[np.ndarray, np.ndarray]:
    """(edges, percent of the weights) in bins of `width` of the file's."""
    counts = np.array(junction["counts"]).reshape(-1, width).sum(axis=1)
    edges = np.linspace(-REACH, REACH, len(counts) + 1)
    return edges, 100 * counts / junction["n"]


def coarse(known: Mapping[str, Result], row: int) -> int:
    """How many of the file's bins make a bar of this junction's histograms."""
    fits = [
        width for width in (1, 2, 3, 4, 5, 6, 10) if 2 * reach(known, row) < BARS * width * STEP
    ]
    return (fits or [10])[0]


def reach(known: Mapping[str, Result], row: int) -> float:
    """The common half width of the axis of one junction."""
    largest = max(r["junctions"][row]["largest"] for r in known.values())
    return min(REACH, 1.05 * largest)


def curves_plot(known: Mapping[str, Result]) -> Plot:
    """What the two networks reach on the way."""

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        for i, (name, result) in enumerate(known.items()):
            for key, style in (("train_accuracy", "-"), ("validation_accuracy", "--")):
                values = figures.numbers(result["curves"][key])
                part = "training" if key.startswith("train") else "validation"
                label = f"{TITLES[name]}, {part}"
                axis.plot(
                    range(1, len(values) + 1), values, style, color=figures.CYCLE[i], label=label
                )
        figures.epochs_axis(axis, len(values))
        figures.percents(axis)
        bottom = min(min(r["curves"]["validation_accuracy"]) for r in known.values())
        axis.set_ylim(bottom - 0.01, 1.003)
        axis.legend(loc="lower right")

    caption = (
        "Training accuracy (of the minibatches, under dropout where there is any) and validation "
        "accuracy."
    )
    return Plot("curves", caption, draw, (7.5, 4.2))


def junctions(known: Mapping[str, Result]) -> Table:
    """The histograms in numbers."""
    rows = [
        [
            f"{TITLES[name]}: {where}",
            f"{junction['n']:,}",
            f"{junction['deviation']:.4f}",
            f"{junction['largest']:.3f}",
            percent(junction["near_zero"], 1),
            f"{junction['norm']:.1f}",
        ]
        for name, result in known.items()
        for where, junction in zip(
            ("input to hidden", "hidden to output"), result["junctions"], strict=False
        )
    ]
    columns = (
        "Junction", "Weights", "Standard deviation", "Largest", f"|w| < {NEAR:g}", "Σw²",
    )  # fmt: skip
    return Table("junctions", "The weights of each junction after training.", columns, rows)
