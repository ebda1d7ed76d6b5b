"""Public checks of report_claims.py: do the runs handed in meet the assignment, and bear out what
the report says of them?"""

import numpy as np

from tests.helpers import close, holds, marks
from tests.helpers.claims import (
    EPOCHS,
    NO_RUN,
    best,
    chosen,
    claimed_accuracy,
    claimed_weights,
    finished,
    logs,
)

BATCHES = (50, 1000)
EXAMPLES = 50_000
RATES = 3
SPLIT = "Set 10,000 of the 60,000 training examples aside: hw_mlp.py --validation 10000."
WHOLE = "Then every minibatch is whole, and every example is used in every epoch."
QUARTER = "The rate is halved after epochs 20 and 40: the last one is a quarter of the first."
BY_VALIDATION = (
    "Of all runs, take that of the best validation accuracy; the test set decides nothing."
)


@marks("report_claims.runs", gate=True)
def test_runs_of_all_epochs(student):
    """There is the log of a run of 50 epochs"""
    runs = finished(student)
    holds("runs/", len(runs) >= 1, f"holds no run of {EPOCHS} epochs", hint=NO_RUN)


@marks("report_claims.runs")
def test_logs_can_be_read(student):
    """Every log in runs/ can be read"""
    finished(student)
    for name, run in logs(student).items():
        holds(f"runs/{name}.json", "problem" not in run, str(run.get("problem", ""))[:200])


@marks("report_claims.split", gate=True)
def test_split_of_the_examples(student):
    """The chosen run trains on 50,000 examples and validates on 10,000 others"""
    name, run = chosen(student)
    for key, want in (("n_train", EXAMPLES), ("n_validation", 10_000)):
        close(f"{key} in {name}", run[key], want, rtol=0, hint=SPLIT)


@marks("report_claims.batch_size", gate=True)
def test_batch_size_divides(student):
    """The batch size is from 50 to 1,000 and divides 50,000"""
    name, run = chosen(student)
    size, (least, most) = run["batch_size"], BATCHES
    call = f"batch_size {size:g} in {name}"
    holds(call, least <= size <= most, f"is not from {least} to {most:,}")
    holds(call, EXAMPLES % size == 0, f"does not divide {EXAMPLES:,}", hint=WHOLE)


@marks("report_claims.rates", gate=True)
def test_three_rates(student):
    """With the activation that was chosen, at least three rates were tried"""
    _, run = chosen(student)
    alike = [one for one in finished(student).values() if one["activation"] == run["activation"]]
    rates = sorted({float(f"{one['eta']:.6g}") for one in alike})
    tried = ", ".join(f"{rate:g}" for rate in rates)
    fact = f"has {len(rates)} of the {RATES} rates that the assignment wants: {tried}"
    hint = f"Runs of {EPOCHS} epochs count that have the activation of the chosen one."
    holds(f"runs/ with {run['activation']}", len(rates) >= RATES, fact, hint=hint)


@marks("report_claims.schedule", gate=True)
def test_last_rate_is_a_quarter(student):
    """The rate of the last epoch is a quarter of the first"""
    name, run = chosen(student)
    first, *_, last = run["etas"]
    close(f"first rate in {name}", first, run["eta"], hint="The first epoch has the rate eta.")
    close(f"last rate in {name}", last, run["eta"] / 4, hint=QUARTER)


@marks("report_claims.schedule")
def test_rate_never_grows(student):
    """The rate never grows, and is halved in steps"""
    name, run = chosen(student)
    rates = np.asarray(run["etas"])
    ratios = rates[1:] / rates[:-1]
    whole = all(np.isclose(ratio, (1.0, 0.5, 0.25)).any() for ratio in ratios)
    holds(f"the rate in {name}", whole, "changes by other factors than one half", hint=QUARTER)


@marks("report_claims.choice", gate=True)
def test_choice_by_validation(student):
    """The chosen run has the best validation accuracy of all"""
    name, run = chosen(student)
    mine = best(run["validation_accuracys"])
    for i in (0, 1):  # by the best epoch or by the last one: either is a choice by validation
        others = {n: best(one["validation_accuracys"])[i] for n, one in finished(student).items()}
        if mine[i] >= max(others.values()):
            return
        better = max(others, key=lambda n: others[n])
    fact = f"ends at {mine[1]:.2%} on the validation set, {better} at {others[better]:.2%}"
    holds(name, False, fact, hint=BY_VALIDATION)


@marks("report_claims.test_accuracy", gate=True)
def test_weights_fit_the_run(student):
    """The weight file holds the network of the chosen run"""
    claimed_accuracy(student)
    name, run = chosen(student)
    path, W, _, act = claimed_weights(student)
    sizes = [W[0].shape[1], *(len(one) for one in W)]
    close(f"sizes of the layers in {path}", sizes, run["layers"], rtol=0)
    if len(W) > 1:
        holds(path, act == run["activation"], f"says {act}, {name} says {run['activation']}")
