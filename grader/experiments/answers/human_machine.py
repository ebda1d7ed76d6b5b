"""Learning curves, the weight matrix, and the model as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from data.keras_files import write_keras
from data.network import make_network
from grader.experiments import figures
from grader.experiments.reading import curve, end, margin, peak, seeds_text
from grader.experiments.study import Answer, Plot, Result, Run
from grader.experiments.tables import listing, number, percent

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
        texts=[("The 20×20 weight matrix (row: input, column: hidden unit)", printed(matrix))],
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
        ticks = range(0, len(matrix), 2)
        axis.set_xticks(ticks, [str(i + 1) for i in ticks])
        axis.set_yticks(ticks, [str(i + 1) for i in ticks])
        axis.set_xlabel("hidden unit")
        axis.set_ylabel("input: place in the sequence")
        axis.tick_params(length=0)
        bar = figure.colorbar(image, ax=axis, shrink=0.85)
        bar.set_label("weight")

    caption = (
        "Weights from the 20 inputs to the 20 hidden units. Neighbours of opposite sign in a "
        "column belong to a unit that looks for alternation."
    )
    return Plot("weights", caption, draw, (6.6, 5.4))


def printed(matrix: np.ndarray) -> str:
    """The matrix as text, a line for each input."""
    return "\n".join(" ".join(f"{value:6.2f}" for value in row) for row in matrix)


def hand_in(run: Run, result: Result, accuracy: float) -> Any:
    """What the assignment asks to hand in."""
    s = run.settings
    best, epoch = peak(curve(result, "validation_accuracy"))
    rows = [
        ("Layers", "20-20-1, ReLU, sigmoid"),
        ("Loss", "binary cross-entropy"),
        ("Optimiser", f"{s['optimizer'].capitalize()}, rate {s['rate']:g}"),
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


def points(run: Run, result: Result, accuracy: float) -> list[str]:
    """What a good answer says."""
    train = end(result, "train_accuracy") or 0.0
    human, machine = (result["alternation"][kind] for kind in ("human", "machine"))
    n = result["examples"][1]
    return [
        f"The test accuracy is {percent(accuracy)} ± {percent(margin(accuracy, n))}, guessing has "
        "50 %. It cannot come near 100 %: most sequences of 20 could have been made up or drawn.",
        f"What can be learnt is that people alternate too often: neighbours differ in "
        f"{percent(human, 1)} of the human and {percent(machine, 1)} of the machine's places (a "
        "fair coin: 50 %), and long runs are avoided.",
        "The weight matrix shows it: a unit that looks for alternation has weights of opposite "
        "sign at neighbouring inputs. A linear classifier could not do this, because by symmetry a "
        "sequence and its negative are equally human; ReLU units come in pairs that see either.",
        f"Training accuracy ends at {percent(train)}, {100 * (train - accuracy):.1f} points above "
        "the test accuracy: the network begins to store sequences, which does not help with "
        f"others. Of {run.settings['epochs']} epochs, number {lowest_loss(result)} has the lowest "
        "test loss.",
        "The loss begins near ln 2 = 0.693, that of guessing, and falls little; that is the "
        "data's doing, not a fault of the training.",
    ]


def lowest_loss(result: Result) -> int:
    """The epoch with the lowest test loss."""
    losses = figures.numbers(curve(result, "validation_loss"))
    return 1 + int(np.nanargmin(losses))


def write_model(path: Path, result: Result) -> None:
    """The trained network as Keras writes it."""
    pairs = zip(result["weights"], result["biases"], strict=True)
    layers = [(np.array(weight).T, np.array(bias)) for weight, bias in pairs]
    write_keras(path, make_network(layers, ("relu", "sigmoid")))


WRONG = (
    (
        "An accuracy below 60 % shows that the network has not learnt.",
        "It is far outside the margin of error around 50 %; the two kinds of sequences overlap.",
    ),
    (
        "More epochs or more units would bring 90 %.",
        "They bring the training accuracy up and leave the test accuracy where it is.",
    ),
    (
        "A large weight means that this place in the sequence is important.",
        "No single toss tells anything: its two values are equally frequent in both kinds. What "
        "counts is how the weights of a unit belong together.",
    ),
    (
        "We stopped at the epoch with the best test accuracy and report that.",
        "Then the test part has served for a choice, and the number is too good.",
    ),
)
