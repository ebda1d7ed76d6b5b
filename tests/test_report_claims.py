"""Public checks of report_claims.py: do the runs handed in meet the assignment, and bear out what
the report says of them?"""

import numpy as np

from tests.helpers import close, holds, marks
from tests.helpers.claims import (
    EPOCHS,
    chosen,
    claimed_accuracy,
    claimed_network,
    finished,
    problems,
)

BATCHES = (50, 1000)
EXAMPLES = 50_000
RATES = 3
SPLIT = "Set 10,000 of the 60,000 training examples aside: hw_mlp.py --validation 10000."
WHOLE = "Then every minibatch is whole, and every example is used in every epoch."
QUARTER = "The rate is halved after epochs 20 and 40: the last one is a quarter of the first."
BY_VALIDATION = "Take the run of the best validation accuracy; the test set decides nothing."
SAME = "Runs of 50 epochs count that have the chosen one's network, examples and optimiser."


@marks("report_claims.runs", gate=True)
def test_runs_of_all_epochs(student):
    """There is the log of a run of 50 epochs"""
    holds("runs/", len(finished(student)) > 0, f"holds no run of {EPOCHS} epochs")


@marks("report_claims.runs")
def test_logs_can_be_read(student):
    """Every log in runs/ can be read"""
    finished(student)
    for path, problem in problems(student).items():
        holds(path, False, problem)


@marks("report_claims.split", gate=True)
def test_split_of_the_examples(student):
    """The chosen run trains on 50,000 examples and validates on 10,000 others"""
    run = chosen(student)
    close(f"n_train in {run.path}", run.n_train, EXAMPLES, rtol=0, hint=SPLIT)
    close(f"n_validation in {run.path}", run.n_validation, 10_000, rtol=0, hint=SPLIT)


@marks("report_claims.batch_size", gate=True)
def test_batch_size_divides(student):
    """The batch size is from 50 to 1,000 and divides 50,000"""
    run = chosen(student)
    size, (least, most) = run.batch_size, BATCHES
    call = f"batch_size {size:g} in {run.path}"
    holds(call, least <= size <= most, f"is not from {least} to {most:,}")
    whole = size.is_integer() and EXAMPLES % size == 0
    holds(call, whole, f"does not divide {EXAMPLES:,}", hint=WHOLE)


@marks("report_claims.rates", gate=True)
def test_three_rates(student):
    """With the network and activation that were chosen, at least three rates were tried"""
    run = chosen(student)
    alike = [
        one
        for one in finished(student).values()
        if one.comparable(run) and (one.activation, one.layers) == (run.activation, run.layers)
    ]
    rates = sorted({float(f"{one.eta:.6g}") for one in alike})
    tried = ", ".join(f"{rate:g}" for rate in rates)
    fact = f"has {len(rates)} of the {RATES} rates that the assignment wants: {tried}"
    holds(f"runs/ with {run.activation}", len(rates) >= RATES, fact, hint=SAME)


@marks("report_claims.schedule", gate=True)
def test_last_rate_is_a_quarter(student):
    """The rate of the last epoch is a quarter of the first"""
    run = chosen(student)
    close(f"first rate in {run.path}", run.etas[0], run.eta, hint="Epoch 1 has the rate eta.")
    close(f"last rate in {run.path}", run.etas[-1], run.eta / 4, hint=QUARTER)


@marks("report_claims.schedule")
def test_rate_never_grows(student):
    """The rate never grows, and is halved in steps"""
    run = chosen(student)
    ratios = np.asarray(run.etas[1:]) / np.asarray(run.etas[:-1])
    whole = all(np.isclose(ratio, (1.0, 0.5, 0.25)).any() for ratio in ratios)
    fact = "changes by other factors than one half"
    holds(f"the rate in {run.path}", whole, fact, hint=QUARTER)


@marks("report_claims.choice", gate=True)
def test_choice_by_validation(student):
    """The chosen run has the best validation accuracy of all"""
    run = chosen(student)
    others = [one for one in finished(student).values() if one.comparable(run)]
    better = [max(others, key=lambda one: one.best[i]) for i in (0, 1)]  # best epoch, last epoch
    fine = any(run.best[i] >= one.best[i] for i, one in enumerate(better))
    other = better[1]
    fact = f"ends at {run.best[1]:.2%} on the validation set, {other.name} at {other.best[1]:.2%}"
    holds(run.path, fine, fact, hint=BY_VALIDATION)


@marks("report_claims.test_accuracy", gate=True)
def test_weights_fit_the_run(student):
    """The weight file holds the network of the chosen run"""
    claimed_accuracy(student)
    run, network = chosen(student), claimed_network(student)
    close("sizes of the layers in the weight file", network.sizes, run.layers, rtol=0)
    if len(network.layers) > 1:
        act = network.activations[0]
        fact = f"says {act}, {run.path} says {run.activation}"
        holds("the weight file", act == run.activation, fact)
