"""The log-log plot with its two slopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.experiments import figures
from grader.experiments.answers.gradient_points import WRONG, agrees, comparable, fact, points
from grader.experiments.reading import diverged_words, named
from grader.experiments.study import Answer, Plot, Result, Run, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLOOR = 1e-17  # where a difference of exactly zero is drawn


def answer(run: Run) -> Answer:
    """The page of the comparison."""
    known = {name: r for name, r in run.results.items() if not r["diverged"]}
    labels = {name: named(name) for name in run.results}
    return Answer(
        facts=[*map(fact, known, known.values()), *diverged_words(run.results, labels)],
        points=points(known),
        wrong=WRONG,
        plots=[plot(run.results)],
        tables=[values(known)],
    )


def plot(results: Mapping[str, Result]) -> Plot:
    """Differences over N, with what truncation and rounding predict."""
    known = {name: r for name, r in results.items() if not r["diverged"]}

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        axis.set_xscale("log")
        axis.set_yscale("log")
        if not known:
            axis.set(xlim=(1, 500_000), ylim=(FLOOR, 1))
        for i, (name, result) in enumerate(results.items()):
            if result["diverged"]:
                axis.plot(
                    [], [], " ", label=f"{named(name)}: diverged in epoch {result['diverged']}"
                )
                continue
            y = np.maximum(figures.numbers(result["differences"]), FLOOR)
            style: dict[str, Any] = {
                "color": figures.CYCLE[i],
                "ls": figures.DASHES[i],
                "marker": "os^"[i % 3],
            }
            axis.plot(result["N"], y, label=named(name), **style)
        right = [r for r in known.values() if comparable(r) and agrees(r)]
        guides(axis, right)
        axis.set_xlabel("N, the step is 1/N")
        axis.set_ylabel("largest difference of ten elements")
        axis.legend(loc="upper right" if len(right) == len(results) else "best")

    caption = (
        "Largest difference between backpropagation and central differences. Grey: the slopes "
        "that theory predicts, −2 for truncation (1/N² times the third derivative) and +1 for "
        "rounding (N times the precision of the loss). A difference of exactly 0 is drawn at "
        f"{FLOOR:g}."
    )
    return Plot("gradient-check", caption, draw, (7.5, 4.8))


def guides(axis: Axes, drawn: Sequence[Result]) -> None:
    """Two grey lines of the predicted slopes beside the curves, if there are any."""
    low = [r["differences"][r["N"].index(10)] for r in drawn]
    high = [r["differences"][-1] for r in drawn]
    if not drawn or not min(low) or not max(high):
        return
    start, stop = 0.12 * min(low), 4 * max(high)
    left, right = (3, 1000), (20_000, 500_000)
    down = [start * (n / 10) ** -2 for n in left]
    up = [stop * n / 500_000 for n in right]
    for x, y, label, place in ((left, down, "slope −2", 0), (right, up, "slope +1", 1)):
        axis.plot(x, y, color=figures.GREY, lw=1, ls="-")
        axis.annotate(
            label, (x[place], y[place]), xytext=(-6 if not place else 0, -12 if not place else 5),
            textcoords="offset points", ha="right", color=figures.GREY, size=9.5,
        )  # fmt: skip


def values(known: Mapping[str, Result]) -> Table:
    """The differences as numbers."""
    counts = next(iter(known.values()))["N"] if known else []
    rows = [
        [f"{n:,}", f"{1 / n:g}", *(in_short(r["differences"][i]) for r in known.values())]
        for i, n in enumerate(counts)
    ]
    columns = ("N", "Step", *(named(name) for name in known))
    return Table("differences", "Largest difference of the first ten elements.", columns, rows)


def in_short(value: float | None) -> str:
    """1.23e-04; a dash where there is no number."""
    return "–" if value is None else f"{value:.2e}"
