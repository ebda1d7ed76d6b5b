"""A random search over architecture, rate, activation and batch size."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from grader.errors import UsageError
from grader.experiments.bench import Bench
from grader.experiments.study import Configuration, Result, Settings, Study
from grader.experiments.training import network, trained

MILLION = 1_000_000
DEEPEST = 20  # hidden layers
INPUTS, OUTPUTS = 784, 10
RANGES = ("trials", "batch_sizes", "activations", "rates", "hidden_layers", "hidden_units")


def settings(quick: bool) -> Settings:
    """Ranges: rates and hidden units from the first to the second."""
    full: Settings = {
        "trials": 12,
        "hidden_layers": [1, 2, 3],
        "hidden_units": [200, 1200],
        "rates": [0.01, 0.5],
        "activations": ["relu", "tanh"],
        "batch_sizes": [50, 100, 200],
        "epochs": 8,
        "init": "glorot",
        "train": 0,
        "validation": 0,
        "seed": 1,
        "split_seed": 0,
    }
    small = {"trials": 6, "epochs": 3, "train": 1500, "validation": 500}
    return full | (small if quick else {})


def configurations(settings: Settings) -> list[Configuration]:
    """The trials, drawn from settings["seed"]: trial k is the same however many there are."""
    shared = {key: value for key, value in settings.items() if key not in RANGES}
    return [
        Configuration(f"trial-{k:02d}", {**shared, **drawn(settings, k)}, units=settings["epochs"])
        for k in range(1, settings["trials"] + 1)
    ]


def drawn(settings: Settings, k: int) -> Settings:
    """Trial k: rates uniform in their logarithm, networks of 0.5 to 1.0 million parameters."""
    rng = np.random.default_rng((settings["seed"], k))
    low, high = np.log(settings["rates"][0]), np.log(settings["rates"][-1])
    return {
        "hidden": architecture(rng, settings["hidden_layers"], settings["hidden_units"]),
        "rate": float(f"{np.exp(rng.uniform(low, high)):.3g}"),
        "activation": str(rng.choice(settings["activations"])),
        "batch_size": int(rng.choice(settings["batch_sizes"])),
    }


def architecture(
    rng: np.random.Generator, depths: list[int], units: list[int], tries: int = 10_000
) -> list[int]:
    """Sizes of hidden layers, none larger than the one before, multiples of ten.

    Raises UsageError where none of that many has 0.5 to 1.0 million parameters.
    """
    if max(depths) > DEEPEST:
        raise UsageError(f"--set hidden_layers: {max(depths)} is more than {DEEPEST}")
    smallest, largest = min(units), max(units)
    for _ in range(tries):
        n = int(rng.choice(depths))
        tens = rng.integers(smallest // 10, largest // 10 + 1, n)
        sizes = sorted((10 * tens).tolist(), reverse=True)
        if 0.5 * MILLION <= parameters(sizes) <= MILLION:
            return sizes
    raise UsageError(
        f"--set: no network of {', '.join(map(str, depths))} hidden layers with {smallest:,} to "
        f"{largest:,} units each has 0.5 to 1.0 million parameters"
    )


def parameters(hidden: list[int]) -> int:
    """Weights and biases of 784-hidden-10."""
    layers = [INPUTS, *hidden, OUTPUTS]
    return sum((n + 1) * k for n, k in pairwise(layers))


def run(configuration: Configuration, bench: Bench) -> Result:
    """Curves of one trial."""
    settings, parts = configuration.settings, bench.parts(configuration.settings)
    net = network(settings, INPUTS, OUTPUTS)
    result = trained(net, parts.train, parts.valid, settings, bench.advance)
    return result | {"parameters": net.n_parameters, "settings": settings}


STUDY = Study(
    name="hyperparameters",
    title="Search for hyperparameters",
    asks="Find hyperparameters with a validation accuracy above 97 %: architectures of 0.5 to 1.0 "
    "million parameters, learning rates, activations, batch sizes. Report every trial.",
    data="images",
    settings=settings,
    configurations=configurations,
    run=run,
)
