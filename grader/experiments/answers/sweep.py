"""Six plots, the choice, and the hand-in list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from grader.experiments import figures
from grader.experiments.answers.sweep_points import WRONG, points
from grader.experiments.reading import (
    START,
    curve,
    diverged_again,
    diverged_words,
    end,
    named,
    peak,
    ranked,
    rate_steps,
    seeds_text,
)
from grader.experiments.study import Answer, Plot, Result, Run, Table
from grader.experiments.tables import layers_text, listing, number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BOTH = {"train_accuracy": "training", "validation_accuracy": "validation"}


def answer(run: Run) -> Answer:
    """The page of a sweep."""
    swept = {name: r for name, r in run.results.items() if not name.startswith("chosen")}
    final = next((r for name, r in run.results.items() if name.startswith("chosen")), None)
    labels = {name: label_of(name) for name in swept}
    order = ranked(swept)
    best = order[0]
    plots = [panels(run, swept)]
    tables = [trials(run, swept, order)]
    if final is not None:
        plots.append(final_plot(final, labels[best]))
        tables.append(hand_in(run, swept, best, final))
    return Answer(
        facts=[*facts(swept, best, final, labels), *diverged_words(swept, labels)],
        points=points(run, swept, order, final, labels),
        wrong=WRONG,
        plots=plots,
        tables=tables,
    )


def label_of(name: str) -> str:
    """ "relu-0.1" as "ReLU, η = 0.1"."""
    activation, rate = name.split("-", 1)
    return f"{named(activation)}, η = {rate}"


def facts(
    swept: Mapping[str, Result], best: str, final: Result | None, labels: Mapping[str, str]
) -> list[str]:
    """The result in two lines."""
    if swept[best]["diverged"]:
        return ["Every training diverged: nothing is chosen, and the test file stays shut."]
    accuracy = percent(end(swept[best], "validation_accuracy"))
    found = [f"Best by validation accuracy: {labels[best]} ({accuracy})."]
    if final is not None and "test_accuracy" in final:
        n = final["test_examples"]
        wrong = round((1 - final["test_accuracy"]) * n)
        found.append(
            f"Trained again on all {final['examples']:,} examples, {layers_text(final['layers'])} "
            f"has a test accuracy of {percent(final['test_accuracy'])} ({wrong:,} of {n:,} wrong). "
            "The test file was opened once, after the choice."
        )
    elif final is not None:
        found.append(diverged_again(final))
    return found


def panels(run: Run, swept: Mapping[str, Result]) -> Plot:
    """Training and validation accuracy of every configuration."""
    rows, columns = run.settings["activations"], run.settings["rates"]

    def draw(figure: Figure) -> None:
        axes = figure.subplots(len(rows), len(columns), sharex=True, sharey=True, squeeze=False)
        for axis, name in zip(axes.flat, swept, strict=False):
            panel(axis, swept[name], label_of(name))
        handles = axes[0][0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper center", ncols=2)
        axes[0][0].set_ylim(lowest(swept), 1.004)
        for axis in axes[-1]:
            figures.epochs_axis(axis, run.settings["epochs"])
        for axis in axes[:, 0]:
            figures.percents(axis)

    caption = (
        "Accuracy per epoch: training (of the minibatches, each before its own update) and "
        "validation (after the epoch). Dashed: the epochs after which the rate is halved."
    )
    size = (1.2 + 3.3 * len(columns), 0.8 + 2.7 * len(rows))
    return Plot("sweep", caption, draw, size)


def panel(axis: Axes, result: Result, title: str) -> None:
    """One of the six plots."""
    for key, label in BOTH.items():
        values = figures.numbers(curve(result, key))
        style = {"train_accuracy": "-", "validation_accuracy": "--"}[key]
        colour = figures.BLUE if key == "train_accuracy" else figures.ORANGE
        axis.plot(range(1, len(values) + 1), values, style, color=colour, label=label)
    figures.mark_decays(axis, curve(result, "eta"))
    figures.say_diverged(axis, result["diverged"])
    axis.set_title(title, pad=17)


def lowest(swept: Mapping[str, Result]) -> float:
    """Where the accuracy axis begins: below all that was reached after the second epoch."""
    reached = [
        value
        for result in swept.values()
        if not result["diverged"]
        for key in BOTH
        for value in curve(result, key)[1:]
        if value is not None
    ]
    return max(0.0, (int(20 * min(reached, default=0.0))) / 20 - 0.01)


def final_plot(final: Result, label: str) -> Plot:
    """Loss and accuracy of the chosen network on all examples."""

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        for axis, key in ((left, "train_loss"), (right, "train_accuracy")):
            values = figures.numbers(curve(final, key))
            axis.plot(range(1, len(values) + 1), values, color=figures.BLUE, label="training")
            figures.epochs_axis(axis, len(values))
            figures.mark_decays(axis, curve(final, "eta"))
        left.set_ylabel("loss (nats per example)")
        if any(curve(final, "train_loss")):
            left.set_yscale("log")
        figures.percents(right)
        if "test_accuracy" in final:
            text = f"test {percent(final['test_accuracy'])}"
            right.axhline(final["test_accuracy"], color=figures.GREEN, ls=":", label=text)
        right.legend(loc="lower right")

    caption = f"The chosen network ({label}), trained on training and validation part together."
    return Plot("chosen", caption, draw, (9.0, 3.6))


def trials(run: Run, swept: Mapping[str, Result], order: list[str]) -> Table:
    """All configurations, best first."""
    rows = []
    for name in order:
        result = swept[name]
        best, epoch = peak(curve(result, "validation_accuracy"))
        gone = f"diverged in epoch {result['diverged']}"
        rows.append(
            [
                label_of(name),
                percent(end(result, "train_accuracy")),
                gone if result["diverged"] else percent(end(result, "validation_accuracy")),
                f"{percent(best)} ({epoch})" if epoch else "–",
                number(end(result, "validation_loss")),
                f"{run.seconds[name]:.1f}",
            ]
        )
    columns = (
        "Configuration", "Training accuracy", "Validation accuracy", "Highest (epoch)",
        "Validation loss", "Seconds",
    )  # fmt: skip
    caption = "After the last epoch, by validation accuracy."
    return Table("sweep", caption, columns, rows)


def hand_in(run: Run, swept: Mapping[str, Result], best: str, final: Result) -> Table:
    """The hand-in list of the assignment."""
    settings = run.settings
    chosen = end(swept[best], "validation_accuracy")
    rows = [
        ("Layers", f"{layers_text(final['layers'])} ({final['parameters']:,} parameters)"),
        ("Activation", named(best.split("-")[0])),
        ("Output and loss", "softmax, cross-entropy"),
        ("Optimiser", "SGD without momentum"),
        ("Batch size", f"{settings['batch_size']:,}"),
        ("Learning rate", ", ".join(rate_steps(curve(final, "eta")))),
        ("Initialisation", START[settings["init"]]),
        ("Epochs", f"{settings['epochs']}"),
        ("Examples", f"{settings['train']:,} training, {settings['validation']:,} validation"),
        ("Validation accuracy", percent(chosen)),
        ("Curves", "figures/sweep.png, figures/chosen.png"),
        ("Test accuracy", percent(final.get("test_accuracy"))),
        ("Seeds", seeds_text(settings)),
    ]
    return listing(rows, "hand-in", "What the assignment asks to hand in.")
