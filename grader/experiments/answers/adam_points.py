"""What a good answer about Adam says, and what is often said wrongly."""

from __future__ import annotations

from collections.abc import Mapping

from grader.experiments.reading import curve, end, guesses, margin
from grader.experiments.study import Result, Run
from grader.experiments.tables import number, percent

VALIDATION = "validation_accuracy"
RISES = 0.01  # nats by which the validation loss must rise to be called rising


def points(
    run: Run,
    tried: Mapping[str, Result],
    order: list[str],
    final: Result | None,
    labels: Mapping[str, str],
) -> list[str]:
    """What a good answer says."""
    best, n = tried[order[0]], run.settings["validation"]
    top = end(best, "validation_accuracy")
    if best["diverged"] or top is None:
        return ["Every training diverged: there is nothing to choose from, and no test accuracy."]
    others = "; ".join(
        f"{labels[name]} "
        + ("diverged" if tried[name]["diverged"] else percent(end(tried[name], VALIDATION)))
        for name in order
    )
    said = [
        f"What was tried, with its validation accuracy: {others}.",
        f"{labels[order[0]]} is chosen by validation accuracy, {percent(top)} (margin of error "
        f"± {percent(margin(top, n))}).{guessing(top, n)}",
        loss_point(best),
        *adam_point(run),
    ]
    if final is not None and "test_accuracy" in final:
        test, m = final["test_accuracy"], final["test_examples"]
        said.append(
            f"The test accuracy, measured once and after the choice, is {percent(test)} "
            f"± {percent(margin(test, m))}."
        )
    return said


def guessing(top: float, n: int) -> str:
    """What is to be said of a network of which it is not seen that it has learnt."""
    return " That cannot be told from guessing." if guesses(top, n) else ""


def loss_point(best: Result) -> str:
    """How the two losses go, and what a validation loss that rises says."""
    train, valid = (
        [value for value in curve(best, f"{part}_loss") if value is not None]
        for part in ("train", "validation")
    )
    lowest = min(range(len(valid)), key=valid.__getitem__)
    said = f"The training loss goes from {number(train[0])} to {number(train[-1])}; "
    if valid[-1] - valid[lowest] < RISES:
        rest = (
            "it does not rise again"
            if lowest + 1 == len(valid)
            else f"it hardly rises again, to {number(valid[-1])}"
        )
        return (
            f"{said}the validation loss is lowest in epoch {lowest + 1} ({number(valid[lowest])}): "
            f"{rest}."
        )
    right = curve(best, VALIDATION)
    change = 100 * ((right[-1] or 0.0) - (right[lowest] or 0.0))
    return (
        f"{said}the validation loss is lowest in epoch {lowest + 1} ({number(valid[lowest])}) and "
        f"ends at {number(valid[-1])}, while the accuracy changes by {change:+.2f} points: from "
        "there on the network grows surer of its mistakes."
    )


def adam_point(run: Run) -> list[str]:
    """What Adam does, where it was Adam that trained."""
    if run.settings.get("optimizer", "adam") != "adam":
        return ["This run was trained with SGD (`optimizer=sgd`): it says nothing about Adam."]
    return [
        "Adam divides each step by the size of recent gradients: a step is about as long as the "
        "rate, whatever the scale of the loss. Rates that suit SGD (0.1 to 0.5) are too large "
        "for it as a rule."
    ]


WRONG = (
    (
        "Adam adapts the rate, so the rate need not be chosen.",
        "It adapts the scale per parameter, not the overall size of the steps; the table shows "
        "what the rate still does.",
    ),
    (
        "The validation loss rises, so the accuracy must fall.",
        "The loss counts how sure the wrong answers are, the accuracy only which is largest.",
    ),
    (
        "Test accuracy of every trial, the best in bold.",
        "The test file is for the chosen network alone.",
    ),
)
