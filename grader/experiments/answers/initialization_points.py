"""What a good answer on initial weights says, and what is often said wrongly."""

from __future__ import annotations

import math
from collections.abc import Mapping

from grader.experiments.reading import counted, named
from grader.experiments.study import Result, Run
from grader.experiments.tables import number, percent

GUESSING = math.log(10)
NEAR = 0.05  # nats from the loss of guessing that are as good as none


def points(run: Run, results: Mapping[str, Result]) -> list[str]:
    """What a good answer says."""
    makers = {"zero": zero_point, "normal": normal_point, "glorot": glorot_point}
    said = [
        gone(name, result) if result["diverged"] else makers[name](result)
        for name, result in results.items()
        if name in makers
    ]
    if len(results) > 1:
        said.append(
            f"All {len(results)} networks have the same layers, data, rate and seeds; only the "
            "first weights differ, and so does everything after them."
        )
    return said


def gone(name: str, result: Result) -> str:
    """That a training diverged."""
    return (
        f'With the start "{named(name)}" training diverges in epoch {result["diverged"]}: nothing '
        "can be said of what it learns, but that the rate is too large for it or the code is wrong."
    )


def zero_point(zero: Result) -> str:
    """Whether zero weights learn nothing, and why."""
    last, accuracy = zero["losses"][-1], percent(zero["accuracies"][-1])
    if abs(last - GUESSING) < NEAR:
        return (
            f"Zero weights stay at the loss of guessing, ln 10 = {GUESSING:.3f} (here "
            f"{number(last)} at the end): all hidden units are zero and alike, the gradients of "
            "all weight matrices are zero, and only the output biases learn how frequent each "
            f"class is (validation accuracy {accuracy})."
        )
    told = (
        "The output biases alone can learn, and with so large a rate they overshoot"
        if last > GUESSING
        else "They should not get below it by more than the frequencies of the classes give: "
        "something in this code breaks the symmetry"
    )
    return (
        f"Zero weights end at a loss of {number(last)}, guessing has ln 10 = {GUESSING:.3f} "
        f"(validation accuracy {accuracy}). {told}."
    )


def normal_point(normal: Result) -> str:
    """Why unit variance begins so badly, where it does."""
    start, first, last = normal["start"], normal["losses"][0], normal["losses"][-1]
    before = f"{number(start, 2)} before the first step, where guessing has 2.30; " if start else ""
    told = (
        "it learns, from a bad start"
        if last < min(first, GUESSING)
        else "it falls, but stays above the loss of guessing"
        if last < first
        else "it does not fall"
    )
    return (
        "Standard normal weights are too large for their number: a unit with 784 inputs sums "
        "hundreds of terms of unit variance, the next layer does so again, and the softmax is "
        f"certain of wrong answers. The loss is {before}{number(first)} after the first epoch and "
        f"{number(last)} after {counted(len(normal['losses']), 'epoch')}: {told}."
    )


def glorot_point(glorot: Result) -> str:
    """What Glorot weights are for, and whether this run shows it."""
    last = glorot["losses"][-1]
    told = (
        "and it learns" if last < GUESSING - NEAR else "which is near or above the loss of guessing"
    )
    return (
        "Glorot weights keep the variance of activations and gradients about the same from layer "
        f"to layer: the loss is {number(glorot['losses'][0])} after the first epoch and "
        f"{number(last)} after {counted(len(glorot['losses']), 'epoch')} (validation accuracy "
        f"{percent(glorot['accuracies'][-1])}), {told}."
    )


WRONG = (
    (
        "With zero weights the gradient vanishes because ReLU is not differentiable at 0.",
        "tanh does not help either: dW of a layer holds its inputs or the weights above it as a "
        "factor, and these are zero. It is symmetry, not the kink.",
    ),
    (
        "Zero weights work as soon as the rate is larger.",
        "Any multiple of a zero gradient is zero.",
    ),
    (
        "Normal weights are bad because they are random.",
        "Glorot weights are random as well. It is the variance that does not fit the number of "
        "inputs.",
    ),
    (
        "The loss of zero weights is constant, so the program has a bug.",
        "The output biases do learn; the loss falls a little below ln 10 if the classes are not "
        "equally frequent.",
    ),
)
