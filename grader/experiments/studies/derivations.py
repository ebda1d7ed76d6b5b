"""Softmax, cross-entropy and δ = a - y: each step of the derivations, checked numerically."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from grader.experiments.bench import Bench
from grader.experiments.study import Configuration, Result, Settings, Study
from grader.reference.nn import softmax

Check = Callable[["Point"], float]


class Point:
    """Where a formula is tried: logits s, p = softmax(s), targets y, a layer a = x W + b.

    sure: the targets sum to 1.
    """

    def __init__(self, rng: np.random.Generator, classes: int) -> None:
        self.s = 2 * rng.standard_normal(classes)
        self.p = softmax(self.s)
        self.soft = rng.dirichlet(np.ones(classes))
        self.hot = np.eye(classes)[rng.integers(classes)]
        self.loose = 0.7 * self.soft
        self.x = rng.standard_normal(4)
        self.W = rng.standard_normal((4, classes))

    def jacobian(self) -> np.ndarray:
        """dp_j/ds_i at [i, j], by central differences."""
        units = np.eye(len(self.s))
        columns = [finite_difference(partial(picked, unit), self.s) for unit in units]
        return np.stack(columns, axis=1)


def picked(unit: np.ndarray, s: np.ndarray) -> float:
    """The element of softmax(s) where unit (a row of the identity) is 1."""
    return float(unit @ softmax(s))


def finite_difference(
    f: Callable[[np.ndarray], float], at: np.ndarray, h: float = 1e-5
) -> np.ndarray:
    """The gradient of a number f(at) by central differences, in the shape of at."""
    slopes = np.zeros(at.shape)
    for i in np.ndindex(at.shape):
        step = np.zeros(at.shape)
        step[i] = h
        slopes[i] = (f(at + step) - f(at - step)) / (2 * h)
    return slopes


def cross_entropy(p: np.ndarray, y: np.ndarray) -> float:
    """-Σ y ln p."""
    return float(-np.sum(y * np.log(p)))


def slope(point: Point, y: np.ndarray) -> np.ndarray:
    """dL/ds for targets y, by central differences."""
    return finite_difference(lambda s: cross_entropy(softmax(s), y), point.s)


def off(got: np.ndarray, want: np.ndarray) -> float:
    """The largest difference."""
    return float(np.max(np.abs(got - want)))


def diagonal(point: Point) -> float:
    return off(np.diag(point.jacobian()), point.p * (1 - point.p))


def beside(point: Point) -> float:
    others = ~np.eye(len(point.s), dtype=bool)
    return off(point.jacobian()[others], -np.outer(point.p, point.p)[others])


def whole(point: Point) -> float:
    return off(point.jacobian(), np.diag(point.p) - np.outer(point.p, point.p))


def rows(point: Point) -> float:
    return off(point.jacobian().sum(axis=1), np.zeros(len(point.s)))


def by_probability(point: Point) -> float:
    """In ln p, so that no step makes p negative: p dL/dp = -y."""
    exponents = finite_difference(
        lambda e: cross_entropy(point.p * np.exp(e), point.soft), np.zeros_like(point.p)
    )
    return off(exponents, -point.soft)


def chained(point: Point) -> float:
    jacobian = np.diag(point.p) - np.outer(point.p, point.p)
    return off(jacobian @ (-point.loose / point.p), slope(point, point.loose))


def summed(point: Point) -> float:
    return off(point.p * point.loose.sum() - point.loose, slope(point, point.loose))


def hot(point: Point) -> float:
    return off(point.p - point.hot, slope(point, point.hot))


def soft(point: Point) -> float:
    return off(point.p - point.soft, slope(point, point.soft))


def loose(point: Point) -> float:
    """How wrong p - y is where the targets sum to 0.7: a large number."""
    return off(point.p - point.loose, slope(point, point.loose))


def weights(point: Point) -> float:
    def loss(W: np.ndarray) -> float:
        return cross_entropy(softmax(point.x @ W), point.soft)

    delta = softmax(point.x @ point.W) - point.soft
    return off(np.outer(point.x, delta), finite_difference(loss, point.W))


def below(point: Point) -> float:
    def loss(x: np.ndarray) -> float:
        return cross_entropy(softmax(x @ point.W), point.soft)

    delta = softmax(point.x @ point.W) - point.soft
    return off(delta @ point.W.T, finite_difference(loss, point.x))


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        diagonal, beside, whole, rows, by_probability, chained, summed, hot, soft, loose, weights,
        below,
    )
}  # fmt: skip


def settings(quick: bool) -> Settings:
    """How many points each formula is tried at."""
    return {"points": 5 if quick else 100, "classes": 10, "seed": 1}


def run(configuration: Configuration, bench: Bench) -> Result:
    """The largest difference of each check over all points."""
    settings = configuration.settings
    worst = dict.fromkeys(CHECKS, 0.0)
    for k in range(settings["points"]):
        point = Point(np.random.default_rng((settings["seed"], k)), settings["classes"])
        for name, check in CHECKS.items():
            worst[name] = max(worst[name], check(point))
        bench.advance()
    return worst


STUDY = Study(
    name="derivations",
    title="Softmax, cross-entropy and δ = a − y",
    asks="Derive the Jacobian of the softmax, the gradient of the cross-entropy, and the error "
    "δ = a − y of the output layer; say why the targets must sum to 1.",
    data="",
    settings=settings,
    configurations=lambda settings: [Configuration("checks", settings, units=settings["points"])],
    run=run,
)
