"""What a good answer on the search says, and what is often said wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from grader.experiments.reading import counted, end, guesses, margin
from grader.experiments.study import Result, Run
from grader.experiments.tables import percent

GOAL = 0.97
FEW = 5  # trials below which nothing is said of what goes with what


def above_goal(run: Run, order: Sequence[str]) -> list[str]:
    """The trials above 97 %."""
    return [name for name in order if (end(run.results[name], "validation_accuracy") or 0.0) > GOAL]


def points(run: Run, order: list[str], labels: Mapping[str, str]) -> list[str]:
    """What a good answer says."""
    known = [name for name in order if not run.results[name]["diverged"]]
    if not known:
        return ["Every training diverged: the rates are too large, and there is nothing to choose."]
    return [
        reported(run, order, known, labels),
        goal_point(run, order),
        *cause_point([run.results[name] for name in known]),
        near_point(run, known),
        "The choice is by validation accuracy; the test file was not read.",
    ]


def reported(
    run: Run, order: Sequence[str], known: Sequence[str], labels: Mapping[str, str]
) -> str:
    """That all trials are in the table, from the best to the worst."""
    accuracy = {name: end(run.results[name], "validation_accuracy") for name in known}
    best, worst = known[0], known[-1]
    gone = len(order) - len(known)
    rest = f"; {gone} diverged" if gone else ""
    return (
        f"Every trial is reported, the bad ones too: from {percent(accuracy[best])} "
        f"({labels[best]}) down to {percent(accuracy[worst])} ({labels[worst]}){rest}."
    )


def goal_point(run: Run, order: Sequence[str]) -> str:
    """How many trials are above 97 %, and at which rates."""
    above = above_goal(run, order)
    rates = sorted(run.results[name]["settings"]["rate"] for name in above)
    if not rates:
        return f"Above 97 %: 0 of {len(order)} networks, what is asked for is not found."
    between = f" Their rates lie between {rates[0]:g} and {rates[-1]:g}." if len(rates) > 1 else ""
    return f"Above 97 %: {len(above)} of {len(order)} networks.{between}"


def cause_point(known: Sequence[Result]) -> list[str]:
    """What goes with the accuracy over the trials: the rate over the batch size, or the size."""
    if len(known) < FEW:
        return []
    accuracy = [end(result, "validation_accuracy") or 0.0 for result in known]
    steps = [r["settings"]["rate"] / r["settings"]["batch_size"] for r in known]
    sizes = [float(result["parameters"]) for result in known]
    rate, size = together(steps, accuracy), together(sizes, accuracy)
    chance = 2 / (len(known) - 1) ** 0.5
    told = [
        f"rate over batch size {rate:+.2f}",
        f"number of parameters {size:+.2f}",
    ]
    return [
        f"Rank correlation with the validation accuracy over {len(known)} trials: "
        f"{', '.join(told)} (by chance up to ± {min(chance, 1.0):.2f}). "
        f"{verdict(rate, size, chance)}"
    ]


def verdict(rate: float, size: float, chance: float) -> str:
    """What the two rank correlations say."""
    if abs(rate) > chance >= abs(size):
        return "What goes with it here is the rate together with the batch size, not the size."
    if abs(size) > chance >= abs(rate):
        return (
            "What goes with it here is the size of the network, not the rate over the batch size."
        )
    if abs(rate) > chance and abs(size) > chance:
        return "Both go with it here, and the trials do not say which of them makes the difference."
    return "That may be chance: so few trials do not say what made the difference."


def together(one: Sequence[float], other: Sequence[float]) -> float:
    """The rank correlation, ties in the order in which they come; 0 where all are alike."""
    if len(set(one)) < 2 or len(set(other)) < 2:
        return 0.0
    ranks = [
        np.argsort(np.argsort(values, kind="stable"), kind="stable") for values in (one, other)
    ]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def near_point(run: Run, known: Sequence[str]) -> str:
    """How many trials are as good as the best."""
    n = run.settings["validation"]
    accuracy = [end(run.results[name], "validation_accuracy") or 0.0 for name in known]
    top, within = accuracy[0], margin(accuracy[0], n)
    if guesses(top, n):
        return f"The best, {percent(top)}, cannot be told from guessing."
    near = sum(top - one < within for one in accuracy)
    rest = " Among them nothing is decided." if near > 1 else ""
    return (
        f"Trials within the margin of error of the best (± {percent(within)} for "
        f"{counted(n, 'example')}), itself included: {near}.{rest}"
    )


WRONG = (
    (
        "The largest network is the best.",
        "The table shows whether it is; all have more parameters than there are training examples.",
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
