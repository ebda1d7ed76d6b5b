"""Every trial of the search, and what made the difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.experiments import figures
from grader.experiments.answers.hyperparameters_points import GOAL, WRONG, above_goal, points
from grader.experiments.reading import counted, curve, diverged_words, end, named, ranked
from grader.experiments.study import Answer, Plot, Result, Run, Table
from grader.experiments.tables import layers_text, number, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = "os^Dv"


def answer(run: Run) -> Answer:
    """The page of the search."""
    order = ranked(run.results)
    labels = {name: described(run.results[name]) for name in order}
    return Answer(
        facts=[
            *facts(run, order, labels),
            *diverged_words(run.results, {name: name for name in order}),
        ],
        points=points(run, order, labels),
        wrong=WRONG,
        plots=[rates_plot(run), curves_plot(run, order)],
        tables=[trials(run, order)],
    )


def facts(run: Run, order: list[str], labels: Mapping[str, str]) -> list[str]:
    """The result in two lines."""
    best = run.results[order[0]]
    if best["diverged"]:
        return ["Every training diverged: no trial is the best."]
    accuracy, above = percent(end(best, "validation_accuracy")), above_goal(run, order)
    return [
        f"Best of {counted(len(order), 'trial')}: {labels[order[0]]}, validation accuracy "
        f"{accuracy}.",
        f"Trials above 97 %: {len(above)} of {len(order)}.",
    ]


def layers(result: Result) -> str:
    """784-...-10."""
    return layers_text([784, *result["settings"]["hidden"], 10])


def described(result: Result) -> str:
    """A trial in words."""
    s = result["settings"]
    return f"{layers(result)}, {named(s['activation'])}, η = {s['rate']:g}, batch {s['batch_size']}"


def rates_plot(run: Run) -> Plot:
    """Validation accuracy against the rate."""

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        for i, activation in enumerate(run.settings["activations"]):
            for j, batch in enumerate(run.settings["batch_sizes"]):
                mine = [r for r in run.results.values() if of(r, activation, batch)]
                if not mine:
                    continue
                style: dict[str, Any] = {"color": figures.CYCLE[i % 5], "s": 62, "lw": 1.6}
                style |= {"facecolors": "none"} if i else {}
                if i:
                    style["edgecolors"] = style.pop("color")
                label = f"{named(activation)}, batch {batch}"
                x = [r["settings"]["rate"] for r in mine]
                y = figures.numbers([end(r, "validation_accuracy") for r in mine])
                axis.scatter(x, y, marker=MARKERS[j % 5], label=label, **style)
        axis.axhline(GOAL, color=figures.GREY, ls="--", lw=1)
        axis.annotate(
            "97 %", (0, GOAL), xycoords=("axes fraction", "data"), xytext=(5, 4),
            textcoords="offset points", size=9, color=figures.GREY,
        )  # fmt: skip
        figures.plain_log(axis, "x")
        axis.set_ylim(top=1.0)
        axis.set_xlabel("learning rate η")
        figures.percents(axis, "validation accuracy (%)")
        if axis.get_legend_handles_labels()[0]:
            figure.legend(loc="outside right upper")
        else:
            axis.set_xlim(0.8 * min(run.settings["rates"]), max(run.settings["rates"]))
            axis.text(0.5, 0.5, "all diverged", transform=axis.transAxes, ha="center")

    caption = "Validation accuracy of every trial after the last epoch, against its rate."
    return Plot("rates", caption, draw, (8.2, 4.4))


def of(result: Result, activation: str, batch: int) -> bool:
    """Whether a trial has this activation and batch size, and a number to show."""
    s = result["settings"]
    known = end(result, "validation_accuracy") is not None
    return known and s["activation"] == activation and s["batch_size"] == batch


def curves_plot(run: Run, order: list[str]) -> Plot:
    """Validation accuracy per epoch, the best few in colour."""

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        for rank, name in reversed(list(enumerate(order))):
            values = figures.numbers(curve(run.results[name], "validation_accuracy"))
            style: dict[str, Any] = {"color": "#bbbbbb", "lw": 1.1}
            if rank < 3:
                style = {"color": figures.CYCLE[rank], "ls": figures.DASHES[rank], "label": name}
                if run.results[name]["diverged"]:
                    style["label"] += f": diverged in epoch {run.results[name]['diverged']}"
            axis.plot(range(1, len(values) + 1), values, **style)
        if len(order) > 3:
            axis.plot([], [], color="#bbbbbb", lw=1.1, label="other trials")
        axis.axhline(GOAL, color=figures.GREY, ls="--", lw=1)
        figures.epochs_axis(axis, run.settings["epochs"])
        figures.percents(axis, "validation accuracy (%)")
        axis.set_ylim(top=1.0)
        axis.legend(loc="lower right", reverse=True)

    return Plot("curves", "Validation accuracy per epoch; dashed: 97 %.", draw, (7.5, 4.4))


def trials(run: Run, order: list[str]) -> Table:
    """All trials, best first."""
    rows = []
    for name in order:
        result = run.results[name]
        s = result["settings"]
        accuracy = percent(end(result, "validation_accuracy"))
        rows.append(
            [
                name,
                layers(result),
                f"{result['parameters']:,}",
                named(s["activation"]),
                f"{s['rate']:g}",
                str(s["batch_size"]),
                number(end(result, "train_loss")),
                f"diverged ({result['diverged']})" if result["diverged"] else accuracy,
            ]
        )
    columns = (
        "Trial", "Layers", "Parameters", "Activation", "Rate", "Batch", "Training loss",
        "Validation accuracy",
    )  # fmt: skip
    return Table(
        "trials", "Every trial, by validation accuracy after the last epoch.", columns, rows
    )
