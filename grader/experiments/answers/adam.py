"""The hyperparameter table, what was tried, and the best network's curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.experiments import figures
from grader.experiments.answers.adam_points import WRONG, points
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

OPTIMISERS = {
    "adam": "Adam, β₁ = 0.9, β₂ = 0.999, ε = 1e-8",
    "sgd": "SGD without momentum",
    "": "Adam of hw_mlp.py",
}

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def answer(run: Run) -> Answer:
    """The page of the trainings with Adam."""
    tried = {name: r for name, r in run.results.items() if not name.startswith("chosen")}
    final = next((r for name, r in run.results.items() if name.startswith("chosen")), None)
    labels = {name: label_of(result) for name, result in tried.items()}
    order = ranked(tried)
    best = order[0]
    return Answer(
        facts=[*facts(tried[best], labels[best], final), *diverged_words(tried, labels)],
        points=points(run, tried, order, final, labels),
        wrong=WRONG,
        plots=[curves_plot(tried[best], labels[best]), trials_plot(run, tried, order, labels)],
        tables=[hyperparameters(run, tried[best], final), trials(run, tried, order, labels)],
    )


def facts(best: Result, label: str, final: Result | None) -> list[str]:
    """The result in two lines."""
    if best["diverged"]:
        return ["Every training diverged: nothing is chosen, and the test file stays shut."]
    accuracy = percent(end(best, "validation_accuracy"))
    found = [f"Best by validation accuracy: {label} ({accuracy})."]
    if final is not None and "test_accuracy" in final:
        n = final["test_examples"]
        wrong = round((1 - final["test_accuracy"]) * n)
        found.append(
            f"Its test accuracy is {percent(final['test_accuracy'])} ({wrong:,} of {n:,} wrong)."
        )
    elif final is not None:
        found.append(diverged_again(final))
    return found


def label_of(result: Result) -> str:
    """784-128-64-10, η = 0.001."""
    s = result["settings"]
    return f"{layers_text([784, *s['hidden'], 10])}, η = {s['rate']:g}"


def curves_plot(result: Result, label: str) -> Plot:
    """Loss and accuracy of the best trial."""

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        for axis, quantity in ((left, "loss"), (right, "accuracy")):
            for part, colour, style in (
                ("train", figures.BLUE, "-"),
                ("validation", figures.ORANGE, "--"),
            ):
                values = figures.numbers(curve(result, f"{part}_{quantity}"))
                words = {"train": "training", "validation": "validation"}[part]
                axis.plot(range(1, len(values) + 1), values, style, color=colour, label=words)
            figures.epochs_axis(axis, len(values))
            figures.mark_decays(axis, curve(result, "eta"))
            figures.say_diverged(axis, result["diverged"])
        left.set_ylabel("loss (nats per example)")
        figures.percents(right)
        left.legend(loc="upper right")

    which = "All diverged; the first" if result["diverged"] else "The best network"
    caption = f"{which}, {label}. Dashed lines, if any: the rate is halved after these epochs."
    return Plot("curves", caption, draw, (9.5, 3.9))


def trials_plot(
    run: Run, tried: Mapping[str, Result], order: list[str], labels: Mapping[str, str]
) -> Plot:
    """Validation accuracy of everything that was tried."""

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        seconds = []
        for name, result in tried.items():
            values = figures.numbers(curve(result, "validation_accuracy"))
            seconds += [value for value in values[1:] if value == value]
            style = trial_style(run, result)
            axis.plot(range(1, len(values) + 1), values, label=labels[name], **style)
        figures.mark_decays(axis, curve(tried[order[0]], "eta"), label=False)
        figures.epochs_axis(axis, run.settings["epochs"])
        figures.percents(axis, "validation accuracy (%)")
        if seconds:
            axis.set_ylim(min(seconds) - 0.004)
        figure.legend(loc="outside right upper", fontsize=10)

    caption = (
        "Validation accuracy of all that was tried, from the second epoch on: a colour for each "
        "rate, dashes for each architecture."
    )
    return Plot("trials", caption, draw, (9.5, 4.0))


def trial_style(run: Run, result: Result) -> dict[str, Any]:
    """A colour for each rate, dashes for each architecture."""
    s = result["settings"]
    rate = run.settings["rates"].index(s["rate"])
    hidden = run.settings["hiddens"].index("-".join(map(str, s["hidden"])))
    return {
        "color": figures.CYCLE[rate % len(figures.CYCLE)],
        "ls": figures.DASHES[hidden % len(figures.DASHES)],
    }


def hyperparameters(run: Run, result: Result, final: Result | None) -> Table:
    """The hyperparameter table of the best network, of any if all diverged."""
    s = result["settings"]
    best, epoch = peak(curve(result, "validation_accuracy"))
    rows = [
        ("Layers", layers_text([784, *s["hidden"], 10])),
        ("Parameters", f"{result['parameters']:,}"),
        ("Activation", named(s["activation"])),
        ("Output and loss", "softmax, cross-entropy"),
        ("Optimiser", OPTIMISERS[s.get("optimizer", "")]),
        ("Learning rate", ", ".join(rate_steps(curve(result, "eta")))),
        ("Batch size", f"{s['batch_size']}"),
        ("Epochs", f"{s['epochs']}"),
        ("Initialisation", START[s["init"]] if "init" in s else "that of nn.py"),
        ("Examples", f"{s['train']:,} training, {s['validation']:,} validation"),
        ("Training accuracy", percent(end(result, "train_accuracy"))),
        ("Validation accuracy", percent(end(result, "validation_accuracy"))),
        ("Highest validation accuracy", f"{percent(best)} (epoch {epoch})" if epoch else "–"),
        ("Test accuracy", percent(final.get("test_accuracy") if final else None)),
        ("Seeds", seeds_text(s)),
    ]
    words = "All diverged; the first" if result["diverged"] else "The best network"
    return listing(rows, "hyperparameters", f"{words}.")


def trials(
    run: Run, tried: Mapping[str, Result], order: list[str], labels: Mapping[str, str]
) -> Table:
    """What was tried, best first."""
    rows = [
        [
            labels[name],
            f"{tried[name]['parameters']:,}",
            number(end(tried[name], "train_loss")),
            number(end(tried[name], "validation_loss")),
            percent(end(tried[name], "train_accuracy")),
            percent(end(tried[name], "validation_accuracy")),
            f"{run.seconds[name]:.1f}",
        ]
        for name in order
    ]
    columns = (
        "Network", "Parameters", "Training loss", "Validation loss", "Training accuracy",
        "Validation accuracy", "Seconds",
    )  # fmt: skip
    return Table("tried", "What was tried, after the last epoch.", columns, rows)
