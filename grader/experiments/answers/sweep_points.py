"""What a good answer to the sweep says, and what is often said wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from grader.experiments.reading import counted, curve, end, guesses, margin, roughness
from grader.experiments.study import Result, Run
from grader.experiments.tables import percent


def points(
    run: Run,
    swept: Mapping[str, Result],
    order: list[str],
    final: Result | None,
    labels: Mapping[str, str],
) -> list[str]:
    """What a good answer says."""
    best, n = order[0], run.settings["validation"]
    top = end(swept[best], "validation_accuracy")
    if swept[best]["diverged"] or top is None:
        return ["Every training diverged: the rates are too large by far."]
    said = [choice_point(swept, order, labels, n), rate_point(run, swept, labels)]
    decay = decay_point(swept[best], labels[best])
    gap = gap_point(swept[best], labels[best], n)
    said += [decay, gap] if decay else [gap]
    if final is not None and "test_accuracy" in final:
        test, m = final["test_accuracy"], final["test_examples"]
        said.append(
            f"The test accuracy is {percent(test)} ± {percent(margin(test, m))} (95 % interval for "
            f"{counted(m, 'example')}). The test file was read once, after the choice, and so the "
            f"number is an honest one.{flattered(top, len(swept))}"
        )
    return said


def flattered(top: float, tried: int) -> str:
    """What the choice does to the validation accuracy."""
    if tried < 2:
        return ""
    return (
        f" The validation accuracy of {percent(top)} is the best of {tried}, which is likely to "
        "flatter it."
    )


def gap_point(result: Result, label: str, n: int) -> str:
    """Whether the training part is known better than the validation part."""
    train = end(result, "train_accuracy") or 0.0
    valid = end(result, "validation_accuracy") or 0.0
    gap = train - valid
    told = (
        "that is overfitting"
        if gap > margin(valid, n)
        else "no overfitting is to be seen"
        if gap <= 0
        else "less than the margin of error, which is no sign of overfitting"
    )
    return (
        f"{label} ends at {percent(train)} on the training part and {percent(valid)} on the "
        f"validation part, {100 * gap:+.1f} points: {told}. (The training accuracy is that of the "
        "minibatches, each before its own update: while a network learns fast it is behind.)"
    )


def choice_point(
    swept: Mapping[str, Result], order: list[str], labels: Mapping[str, str], n: int
) -> str:
    """The choice, and which others are no worse."""
    best = order[0]
    top: Any = end(swept[best], "validation_accuracy")
    within = margin(top, n)
    near = [
        labels[name]
        for name in order[1:]
        if not swept[name]["diverged"]
        and top - (end(swept[name], "validation_accuracy") or 0.0) < within
    ]
    close = (
        f"{'; '.join(near)} cannot be told apart from it"
        if near
        else "all others are worse"
        if len(order) > 1
        else "no other was tried"
    )
    if guesses(top, n):
        close += ". That cannot be told from guessing"
    return (
        f"{labels[best]} is chosen because its validation accuracy after the last epoch, "
        f"{percent(top)}, is the highest. The margin of error for {counted(n, 'example')} is "
        f"± {percent(within)}: {close}."
    )


def rate_point(run: Run, swept: Mapping[str, Result], labels: Mapping[str, str]) -> str:
    """What the rate does, at the smallest and at the largest."""
    ends = {f"{end_of(run.settings['rates']):g}" for end_of in (min, max)}
    epochs = counted(run.settings["epochs"], "epoch")
    words = []
    for name, result in swept.items():
        train = percent(end(result, "train_accuracy"), 1)
        told = (
            f"diverges in epoch {result['diverged']}" if result["diverged"] else f"reaches {train}"
        )
        if name.split("-", 1)[1] in ends:
            words.append(f"{labels[name]} {told}")
    return (
        f"The rate decides how far training leads in {epochs}. On the training part "
        f"{'; '.join(words)}. Too small a rate is seen in a training curve that still rises at the "
        "end, too large a one in a ragged or diverging curve."
    )


def decay_point(result: Result, label: str) -> str:
    """What the first decay changes, if there is one."""
    rates, values = curve(result, "eta"), curve(result, "validation_accuracy")
    changes = [e for e, (a, b) in enumerate(pairwise(rates), 1) if a != b]
    if not changes:
        return ""
    last = changes[-1]
    before, after = values[max(0, changes[0] - 10) : changes[0]], values[last:]
    epochs = f"epoch{'s' * (len(changes) > 1)} {' and '.join(map(str, changes))}"
    halved = f"The rate is halved after {epochs}"
    if len(before) < 2 or len(after) < 2:
        return f"{halved}: too few epochs lie before or after to say what that changes."
    calmer = roughness(after) < roughness(before)
    told = "and the curve becomes calmer" if calmer else "but the curve does not become calmer"
    return (
        f"{halved}, {told}: the validation accuracy of {label} changes by "
        f"{100 * roughness(before):.2f} points from epoch to epoch before the first decay, and by "
        f"{100 * roughness(after):.2f} after the last.{CALM if calmer else ''}"
    )


CALM = " The steps are smaller, and less is left to correct."

WRONG = (
    (
        "We took the configuration with the best test accuracy.",
        "Then the test set has served for the choice and its accuracy is too good; the choice is "
        "made by validation, and the test file is opened afterwards.",
    ),
    (
        "A training accuracy of 100 % shows that the network is right.",
        "It shows that the network can store the training part; what counts is the validation "
        "curve.",
    ),
    (
        "ReLU is better than tanh.",
        "At one rate, perhaps. Each activation has a best rate of its own, and the difference of "
        "the best two must be larger than the margin of error.",
    ),
    (
        "The loss jumps down after the decay because the gradient becomes smaller.",
        "The gradient is what it was; smaller steps settle deeper in the valley that larger ones "
        "jump across.",
    ),
)
