"""What a good answer on people and machines says, and what is often said wrongly."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from grader.experiments import figures
from grader.experiments.reading import counted, curve, end, guesses, margin
from grader.experiments.studies.human_machine import LONG
from grader.experiments.study import Result, Run
from grader.experiments.tables import number, percent

SURE = 3.0  # standard errors from which a difference is called one, the largest of twenty too


def points(run: Run, result: Result, accuracy: float) -> list[str]:
    """What a good answer says."""
    n = result["examples"][1]
    told = (
        "It cannot be told from guessing."
        if guesses(accuracy, n, 0.5)
        else "The two kinds of sequences overlap: one of 20 tosses often could be either."
    )
    return [
        f"The test accuracy is {percent(accuracy)} ± {percent(margin(accuracy, n))}, guessing has "
        f"50 %. {told}",
        alternation_point(result["kinds"]) + " " + runs_words(result["kinds"]),
        places_point(result, n),
        matrix_point(result),
        storing_point(run, result, accuracy, n) + " " + loss_words(result),
    ]


def apart(one: Sequence[float], other: Sequence[float]) -> float:
    """How many standard errors lie between two [mean, standard error]."""
    error = math.hypot(one[1], other[1])
    return (one[0] - other[0]) / error if error else 0.0


def alternation_point(kinds: Result) -> str:
    """Whether people alternate more often."""
    human, machine = (kinds[kind]["alternation"] for kind in ("human", "machine"))
    by = apart(human, machine)
    told = (
        "people alternate more often, and this can be learnt"
        if by > SURE
        else "people alternate less often, and this can be learnt"
        if by < -SURE
        else "a difference that may be chance"
    )
    return (
        f"Neighbours differ in {percent(human[0], 1)} of the human and {percent(machine[0], 1)} of "
        f"the machine's places (a fair coin: 50 %): {told} ({abs(by):.1f} standard errors)."
    )


def runs_words(kinds: Result) -> str:
    """Whether people avoid long runs."""
    long, longest = (
        [kinds[kind][what] for kind in ("human", "machine")] for what in ("long", "longest")
    )
    by, length = apart(*long), apart(*longest)
    told = (
        "long runs are avoided"
        if by < -SURE
        else "long runs are not avoided, people have more of them"
        if by > SURE
        else "for such long runs the difference may be chance"
    )
    average = (
        "a difference that may be chance"
        if abs(length) <= SURE
        else f"people's is {'shorter' if length < 0 else 'longer'}"
    )
    return (
        f"A run of {LONG} or more is in {percent(long[0][0], 1)} of the human and "
        f"{percent(long[1][0], 1)} of the machine's sequences: {told}. The longest run has "
        f"{longest[0][0]:.1f} and {longest[1][0]:.1f} tosses on average: {average}."
    )


def places_point(result: Result, n: int) -> str:
    """Whether single tosses tell anything, and what a linear classifier makes of them."""
    human = result["kinds"]["human"]["places"]
    machine = result["kinds"]["machine"]["places"]
    by = [apart(*pair) for pair in zip(human, machine, strict=True)]
    place = max(range(len(by)), key=lambda i: abs(by[i]))
    told = (
        "single tosses tell something"
        if abs(by[place]) > SURE
        else "no single toss tells anything that could not be chance"
    )
    linear = result["linear_accuracy"]
    reached = "no more than guessing" if guesses(linear, n, 0.5) else "more than guessing"
    return (
        f"The place where the kinds differ most is {place + 1}: its mean is "
        f"{human[place][0]:+.3f} for people (standard error {human[place][1]:.3f}) and "
        f"{machine[place][0]:+.3f} for the machine ({abs(by[place]):.1f} standard errors "
        f"apart, the most of {len(by)}): {told}. Alternation is "
        "the same in a sequence and its negative, so that a linear classifier cannot see it; one "
        f"that was fitted by least squares has a test accuracy of {percent(linear)}, {reached}."
    )


def matrix_point(result: Result) -> str:
    """Whether the weights show what the network looks for."""
    r, pairs = result["neighbours"]
    if r is None:
        return "The weights from input to hidden are all alike."
    chance = 2 / math.sqrt(pairs)
    told = (
        "Neighbours tend to have opposite signs, as in units that look for alternation."
        if r < -chance
        else "Neighbours tend to have the same sign, as in units that look for runs."
        if r > chance
        else "That may be chance: what the network looks for is not to be read off the matrix."
    )
    return (
        f"In the weight matrix the weights of a unit at neighbouring inputs have a correlation of "
        f"{r:+.3f} ({pairs} pairs; by chance up to ± {chance:.2f}). {told}"
    )


def storing_point(run: Run, result: Result, accuracy: float, n: int) -> str:
    """Whether the network stores sequences."""
    train = end(result, "train_accuracy") or 0.0
    gap = train - accuracy
    told = (
        "the network stores sequences, which does not help with others"
        if gap > margin(accuracy, n)
        else "a difference within the margin of error"
    )
    return (
        f"Training accuracy (of the minibatches, each before its own update) ends at "
        f"{percent(train)}, {100 * gap:+.1f} points from the test accuracy: {told}. Of "
        f"{counted(run.settings['epochs'], 'epoch')}, number {lowest_loss(result)} has the lowest "
        "test loss."
    )


def loss_words(result: Result) -> str:
    """How far the loss comes from that of guessing."""
    losses = curve(result, "validation_loss")
    return (
        f"The test loss is {number(losses[0])} after the first epoch and {number(losses[-1])} "
        f"after the last; guessing has ln 2 = {math.log(2):.3f}."
    )


def lowest_loss(result: Result) -> int:
    """The epoch with the lowest test loss."""
    losses = figures.numbers(curve(result, "validation_loss"))
    return 1 + int(np.nanargmin(losses))


WRONG = (
    (
        "An accuracy below 60 % shows that the network has not learnt.",
        "The margin of error around 50 % says whether it has; where the two kinds of sequences "
        "overlap, no network comes near 100 %.",
    ),
    (
        "More epochs or more units would bring 90 %.",
        "Not where the two kinds overlap: they bring up the training accuracy, by storing.",
    ),
    (
        "A large weight means that this place in the sequence is important.",
        "What counts is how the weights of a unit belong together, and the weight behind the unit.",
    ),
    (
        "We stopped at the epoch with the best test accuracy and report that.",
        "Then the test part has served for a choice, and the number is too good.",
    ),
)
