"""Every trial of the search, and what made the difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.experiments import figures
from grader.experiments.reading import curve, diverged_words, end, margin, named, ranked
from grader.experiments.study import Answer, Plot, Result, Run, Table
from grader.experiments.tables import layers_text, number, percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GOAL = 0.97
MARKERS = "os^Dv"


def answer(run: Run) -> Answer:
    """The page of the search."""
    order = ranked(run.results)
    best = order[0]
    above = [n for n in order if (end(run.results[n], "validation_accuracy") or 0.0) > GOAL]
    labels = {name: described(run.results[name]) for name in order}
    accuracy = percent(end(run.results[best], "validation_accuracy"))
    return Answer(
        facts=[
            f"Best of {len(order)} trials: {labels[best]}, validation accuracy {accuracy}.",
            f"{len(above)} of {len(order)} trials are above 97 %.",
            *diverged_words(run.results, {name: name for name in order}),
        ],
        points=points(run, order, above, labels),
        wrong=WRONG,
        plots=[rates_plot(run), curves_plot(run, order)],
        tables=[trials(run, order)],
    )


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
        figure.legend(loc="outside right upper")

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
            axis.plot(range(1, len(values) + 1), values, **style)
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


def points(run: Run, order: list[str], above: list[str], labels: Mapping[str, str]) -> list[str]:
    """What a good answer says."""
    results, n = run.results, run.settings["validation"]
    best, worst = order[0], order[-1]
    top = end(results[best], "validation_accuracy") or 0.0
    low = percent(end(results[worst], "validation_accuracy"))
    within = margin(top, n)
    near = [m for m in order if top - (end(results[m], "validation_accuracy") or 0.0) < within]
    rates = sorted(results[name]["settings"]["rate"] for name in above)
    reach = f" Their rates lie between {rates[0]:g} and {rates[-1]:g}." if rates else ""
    return [
        f"Every trial is reported, the bad ones too: from {percent(top)} ({labels[best]}) down to "
        f"{low} ({labels[worst]}).",
        f"{len(above)} of {len(order)} networks are above 97 %.{reach}",
        f"The rate matters most, together with the batch size: {run.settings['epochs']} epochs "
        "with a small rate and large batches are too few steps. The size of the network matters "
        "little between 0.5 and 1.0 million parameters.",
        f"Trials within the margin of error of the best (± {percent(within)} for {n:,} examples), "
        f"itself included: {len(near)}. Among them nothing is decided.",
        "The choice is by validation accuracy; the test file was not read.",
    ]


WRONG = (
    (
        "The largest network is the best.",
        "All have more parameters than training examples; rate and batch size explain more of the "
        "differences than size does.",
    ),
    (
        "Our best trial has 98.02 %, the next 97.95 %, so its batch size is better.",
        "The difference is smaller than the margin of error, and the two differ in everything else "
        "as well.",
    ),
    (
        "We changed one hyperparameter after the other and kept the best of each.",
        "Rate and batch size belong together; the best rate for one batch size is not that for "
        "another.",
    ),
)
