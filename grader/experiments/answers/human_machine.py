"""Learning curves, the weight matrix, and the model as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from data.keras_files import write_keras
from data.network import make_network
from grader.experiments import figures
from grader.experiments.answers.human_machine_points import WRONG, points
from grader.experiments.reading import curve, end, margin, named, peak, seeds_text
from grader.experiments.study import Answer, Plot, Result, Run
from grader.experiments.tables import layers_text, listing, number, percent

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure


def answer(run: Run) -> Answer:
    """The page of the classifier."""
    result = run.results["network"]
    accuracy = end(result, "validation_accuracy")
    if result["diverged"] or accuracy is None:
        gone = f"The training diverged in epoch {result['diverged']}."
        return Answer(facts=[gone], points=[gone], wrong=WRONG, plots=[curves_plot(result)])
    n = result["examples"][1]
    matrix = np.array(result["weights"][0])
    return Answer(
        facts=[
            f"Test accuracy {percent(accuracy)} ± {percent(margin(accuracy, n))} on {n:,} "
            "sequences (the 20 % that were set aside).",
            f"Of the human sequences {percent(result['sensitivity'])} are recognised, of the "
            f"machine's {percent(result['specificity'])}.",
            "The model is in model.hdf5, which Keras reads.",
        ],
        points=points(run, result, accuracy),
        wrong=WRONG,
        plots=[curves_plot(result), matrix_plot(matrix)],
        tables=[hand_in(run, result, accuracy)],
        texts=[
            (
                f"The {matrix.shape[0]}×{matrix.shape[1]} weight matrix (row: input, column: "
                "hidden unit)",
                printed(matrix),
            )
        ],
        files={"model.hdf5": lambda path: write_model(path, result)},
    )


def curves_plot(result: Result) -> Plot:
    """Loss and accuracy on both parts."""

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        for axis, quantity in ((left, "loss"), (right, "accuracy")):
            for part, words, colour, style in (
                ("train", "training", figures.BLUE, "-"),
                ("validation", "test", figures.ORANGE, "--"),
            ):
                values = figures.numbers(curve(result, f"{part}_{quantity}"))
                axis.plot(range(1, len(values) + 1), values, style, color=colour, label=words)
            figures.epochs_axis(axis, len(values))
        left.axhline(np.log(2), color=figures.GREY, ls=":", lw=1, label="guessing, ln 2")
        right.axhline(0.5, color=figures.GREY, ls=":", lw=1, label="guessing")
        left.set_ylabel("binary cross-entropy (nats)")
        figures.percents(right)
        left.legend(loc="best")

    caption = "Learning curves on the 80 % for training and the 20 % that were set aside."
    return Plot("curves", caption, draw, (9.5, 3.9))


def matrix_plot(matrix: np.ndarray) -> Plot:
    """The weights from input to hidden in colour."""

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        top = float(np.abs(matrix).max())
        image = axis.imshow(matrix, cmap="PuOr", vmin=-top, vmax=top)
        axis.grid(False)
        columns, rows = (range(0, n, 1 + n // 11) for n in matrix.T.shape)
        axis.set_xticks(columns, [str(i + 1) for i in columns])
        axis.set_yticks(rows, [str(i + 1) for i in rows])
        axis.set_xlabel("hidden unit")
        axis.set_ylabel("input: place in the sequence")
        axis.tick_params(length=0)
        bar = figure.colorbar(image, ax=axis, shrink=0.85)
        bar.set_label("weight")

    caption = (
        f"Weights from the {len(matrix)} inputs to the {len(matrix[0])} hidden units. Neighbours "
        "of opposite sign in a column would belong to a unit that looks for alternation."
    )
    return Plot("weights", caption, draw, (min(3.2 + 0.17 * len(matrix[0]), 16.0), 5.4))


def printed(matrix: np.ndarray) -> str:
    """The matrix as text, a line for each input."""
    return "\n".join(" ".join(f"{value:6.2f}" for value in row) for row in matrix)


def hand_in(run: Run, result: Result, accuracy: float) -> Any:
    """What the assignment asks to hand in."""
    s = run.settings
    best, epoch = peak(curve(result, "validation_accuracy"))
    rows = [
        ("Layers", f"{layers_text([20, *s['hidden'], 1])}, {named(s['activation'])}, sigmoid"),
        ("Loss", "binary cross-entropy"),
        ("Optimiser", f"{named(s['optimizer'])}, rate {s['rate']:g}"),
        ("Batch size", str(s["batch_size"])),
        ("Epochs", str(s["epochs"])),
        ("Sequences", f"{result['examples'][0]:,} training, {result['examples'][1]:,} test"),
        ("Training accuracy", percent(end(result, "train_accuracy"))),
        ("Test accuracy", percent(accuracy)),
        ("Highest test accuracy", f"{percent(best)} (epoch {epoch}); not chosen by it"),
        ("Test loss", number(end(result, "validation_loss"))),
        ("Model file", "model.hdf5"),
        ("Seeds", seeds_text(s)),
    ]
    return listing(rows, "hand-in", "What the assignment asks to hand in.")


def write_model(path: Path, result: Result) -> None:
    """The trained network as Keras writes it."""
    pairs = zip(result["weights"], result["biases"], strict=True)
    layers = [(np.array(weight).T, np.array(bias)) for weight, bias in pairs]
    write_keras(path, make_network(layers, ("relu", "sigmoid")))
