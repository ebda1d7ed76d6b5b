"""What answers read from results: last values, names for people, margins of error."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from grader.experiments.study import Result, Settings

NAMES = {"relu": "ReLU", "tanh": "tanh", "adam": "Adam", "sgd": "SGD", "glorot": "Glorot"}
START = {
    "zero": "all weights and biases zero",
    "normal": "W ~ N(0, 1), b = 0",
    "glorot": "Glorot: W ~ U(−r, r), r = √(6 / (fan-in + fan-out)), b = 0",
    "fan_in": "W ~ N(0, 1 / fan-in), b = 0",
    "he": "He: W ~ N(0, 2 / fan-in), b = 0",
}


def named(key: str) -> str:
    """An activation, optimiser or start as it is written in a text."""
    return NAMES.get(key, key)


def curve(result: Result, name: str) -> list[float | None]:
    """A curve; None in the epochs after a divergence."""
    values: list[float | None] = result["curves"].get(name, [])
    return values


def end(result: Result, name: str) -> float | None:
    """The last value of a curve that did not diverge."""
    return curve(result, name)[-1] if curve(result, name) else None


def peak(values: Sequence[float | None]) -> tuple[float, int]:
    """(largest value, its epoch from 1); (NaN, 0) where there is none."""
    known = [(value, -epoch) for epoch, value in enumerate(values, start=1) if value is not None]
    best, epoch = max(known) if known else (math.nan, 0)
    return best, -epoch


def margin(fraction: float, n: int) -> float:
    """Half the 95 % interval of a fraction that was measured on n examples; 1 at most."""
    return min(1.0, 1.96 * math.sqrt(max(fraction * (1 - fraction), 1 / n / n) / n))


def guesses(accuracy: float, n: int, chance: float = 0.12) -> bool:
    """Whether an accuracy on n examples cannot be told from guessing, or is below it.

    chance: what naming the most frequent class gives; of ten classes about 0.12.
    """
    return accuracy <= chance + margin(chance, n)


def counted(n: int, noun: str) -> str:
    """1 epoch, 2 epochs, 10,000 examples."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def ranked(results: Mapping[str, Result]) -> list[str]:
    """Names by validation accuracy after the last epoch, best first; what diverged is last."""

    def key(name: str) -> tuple[bool, float]:
        value = end(results[name], "validation_accuracy")
        known = value is not None and not results[name]["diverged"]
        return known, value if known and value is not None else 0.0

    return sorted(results, key=key, reverse=True)


def roughness(values: Sequence[float | None]) -> float:
    """The mean absolute change from one epoch to the next."""
    known = [value for value in values if value is not None]
    steps = [abs(b - a) for a, b in pairwise(known)]
    return sum(steps) / len(steps) if steps else 0.0


def rate_steps(rates: Sequence[float | None]) -> list[str]:
    """The first rate and each later one with the epoch after which it begins."""
    changes = [
        f"{after:g} after epoch {epoch}"
        for epoch, (before, after) in enumerate(pairwise(rates), start=1)
        if after is not None and before != after
    ]
    return [f"{rates[0]:g}" if rates and rates[0] is not None else "–", *changes]


def seeds_text(settings: Settings) -> str:
    """Where a training's random draws come from."""
    weights, parts = settings["seed"], settings["split_seed"]
    return f"{weights} (weights), {weights + 1} (order and dropout), {parts} (split)"


def diverged_again(final: Result) -> str:
    """That the chosen network has no test accuracy."""
    return f"Trained again, it diverged in epoch {final['diverged']}: there is no test accuracy."


def diverged_words(results: Mapping[str, Result], label: Mapping[str, str]) -> list[str]:
    """A sentence on what diverged, if anything did."""
    gone = [f"{label[n]} (epoch {r['diverged']})" for n, r in results.items() if r.get("diverged")]
    others = "; the others went on" if len(gone) < len(results) else ""
    return [f"Diverged: {', '.join(gone)}{others}."] if gone else []
