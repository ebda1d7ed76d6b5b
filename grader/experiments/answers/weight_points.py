"""What a good answer on weights says, and what is often said wrongly."""

from __future__ import annotations

import math
from collections.abc import Mapping

from grader.experiments.reading import end, guesses
from grader.experiments.studies.weight_histograms import NEAR
from grader.experiments.study import Result, Run
from grader.experiments.tables import percent

PEAK = 1.5  # times a normal distribution's share near zero: a peak


def points(run: Run, known: Mapping[str, Result]) -> list[str]:
    """What a good answer says."""
    if len(known) < 2:
        return ["A training diverged: there is nothing to compare."]
    plain, regular = known["plain"], known["regularized"]
    first = plain["junctions"][0]["n"]
    return [
        pull_point(plain, regular),
        *black_point(plain, regular),
        output_point(plain, regular),
        gap_point(run, plain, regular),
        "Common axes are needed for any of this to be seen; each histogram is normalised, because "
        f"the junctions have from {regular['junctions'][-1]['n']:,} to {first:,} weights.",
    ]


def pull_point(plain: Result, regular: Result) -> str:
    """Whether the penalty pulled weights to zero."""
    first, second = (r["junctions"][0] for r in (plain, regular))
    start = regular["start_near_zero"]
    pulled = second["near_zero"] > max(first["near_zero"], start)
    told = (
        "The penalty pulls weights to zero"
        if pulled
        else "The pull of the penalty is not to be seen in this run"
    )
    peak = PEAK * normal_share(second["deviation"]) < second["near_zero"]
    shape = (
        " A normal distribution of the same width would have "
        f"{percent(normal_share(second['deviation']), 1)} there: a peak at zero with tails is left."
        if peak
        else ""
    )
    return (
        f"{told}: {percent(second['near_zero'], 1)} of the weights from input to hidden are below "
        f"{NEAR:g} in the regularised network ({percent(start, 1)} before training), "
        f"{percent(first['near_zero'], 1)} in the plain one; "
        f"the mean square of a weight is {second['norm'] / second['n']:.2g} against "
        f"{first['norm'] / first['n']:.2g}.{shape}"
    )


def normal_share(deviation: float) -> float:
    """The share of a normal distribution that is below NEAR."""
    return math.erf(NEAR / (deviation * math.sqrt(2))) if deviation else 1.0


def black_point(plain: Result, regular: Result) -> list[str]:
    """What became of the weights of inputs that are always black, if there are such."""
    one, other = plain["black"], regular["black"]
    if not one["inputs"]:
        return []
    stay = "they stay as they were drawn" if not one["moved"] else "they moved all the same"
    decays = other["near_zero"] > one["near_zero"]
    told = (
        "the penalty alone moves them, to zero" if decays else "the penalty did not move them far"
    )
    return [
        f"{one['inputs']} of {plain['layers'][0]} inputs are black in all training images, and "
        f"their weights get no gradient from the data: without a penalty {stay} (largest change "
        f"{one['moved']:.2g}, {percent(one['near_zero'], 1)} below {NEAR:g}); with it "
        f"{percent(other['near_zero'], 1)} are below {NEAR:g}: {told}."
    ]


def output_point(plain: Result, regular: Result) -> str:
    """The weights behind the hidden units."""
    last = [r["junctions"][-1]["deviation"] for r in (plain, regular)]
    units = [r["layers"][-2] for r in (plain, regular)]
    told = (
        f"The second network has fewer hidden units ({units[1]} against {units[0]}), some of which "
        "dropout takes away, so that each must carry more."
        if last[1] > last[0] and units[1] < units[0]
        else f"They have {units[0]} and {units[1]} hidden units."
    )
    return (
        f"The standard deviations from hidden to output are {last[0]:.3f} (plain) and "
        f"{last[1]:.3f} (regularised). {told}"
    )


def gap_point(run: Run, plain: Result, regular: Result) -> str:
    """Training against validation accuracy in both networks."""
    valid = [end(r, "validation_accuracy") or 0.0 for r in (plain, regular)]
    gaps = [
        100 * ((end(r, "train_accuracy") or 0.0) - top)
        for r, top in zip((plain, regular), valid, strict=True)
    ]
    learnt = not any(guesses(top, run.settings["validation"]) for top in valid)
    return (
        f"Training accuracy (of the minibatches) is {gaps[0]:+.1f} points from validation accuracy "
        f"in the plain network, {gaps[1]:+.1f} in the regularised one, where it is measured under "
        f"dropout. Validation: {percent(valid[0])} and {percent(valid[1])}, with "
        f"{regular['layers'][1]} hidden units instead of {plain['layers'][1]}."
        f"{'' if learnt else ' Not both can be told from guessing.'}"
    )


WRONG = (
    (
        "L2 makes weights exactly zero.",
        "That is L1. The pull of L2 fades with the weight: small, but not zero.",
    ),
    (
        "Dropout sets weights to zero.",
        "It sets activations to zero, at random and only while training; the weights stay.",
    ),
    (
        "The regularised histogram is narrower because the network has fewer weights.",
        "A histogram's width does not depend on how many weights there are; shares are shown, not "
        "counts.",
    ),
    (
        "Regularisation must raise the accuracy.",
        "It is to narrow the gap between training and validation; with fewer units the accuracy "
        "may be lower all the same.",
    ),
)
