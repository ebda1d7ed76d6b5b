"""The log-log plot with its two slopes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.experiments import figures
from grader.experiments.reading import diverged_words, named
from grader.experiments.study import Answer, Plot, Result, Run, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLOOR = 1e-17  # where a difference of exactly zero is drawn


def answer(run: Run) -> Answer:
    """The page of the comparison."""
    known = {name: r for name, r in run.results.items() if not r["diverged"]}
    labels = {name: named(name) for name in run.results}
    facts = [
        f"{labels[name]}: smallest difference {lowest(r)[1]:.1e} at N = {lowest(r)[0]:,} "
        f"(largest gradient element {scale(r):.1e})."
        for name, r in known.items()
    ]
    return Answer(
        facts=[*facts, *diverged_words(run.results, labels)],
        points=points(known),
        wrong=WRONG,
        plots=[plot(known)] if known else [],
        tables=[values(known)],
    )


def lowest(result: Result) -> tuple[int, float]:
    """(N, difference) where the two agree best."""
    pairs = zip(result["N"], result["differences"], strict=True)
    return min(pairs, key=lambda pair: pair[1])


def scale(result: Result) -> float:
    """The largest of the ten elements of the gradient."""
    return float(max(map(abs, result["gradient"])))


def slope(result: Result, first: int, last: int) -> float:
    """The slope of the log-log curve between two values of N."""
    from math import log10

    at = dict(zip(result["N"], result["differences"], strict=True))
    return (log10(at[last]) - log10(at[first])) / (log10(last) - log10(first))


def plot(known: Mapping[str, Result]) -> Plot:
    """Differences over N, with what truncation and rounding predict."""

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        for i, (name, result) in enumerate(known.items()):
            y = [max(value, FLOOR) for value in result["differences"]]
            style: dict[str, Any] = {
                "color": figures.CYCLE[i],
                "ls": figures.DASHES[i],
                "marker": "os^"[i % 3],
            }
            axis.plot(result["N"], y, label=named(name), **style)
        axis.set_xscale("log")
        axis.set_yscale("log")
        guides(axis, known)
        axis.set_xlabel("N, the step is 1/N")
        axis.set_ylabel("largest difference of ten elements")
        axis.legend(loc="upper right")

    caption = (
        "Largest difference between backpropagation and central differences. Grey: the slopes "
        "that theory predicts, −2 for truncation (1/N² times the third derivative) and +1 for "
        "rounding (N times the precision of the loss)."
    )
    return Plot("gradient-check", caption, draw, (7.5, 4.8))


def guides(axis: Axes, known: Mapping[str, Result]) -> None:
    """Two grey lines of the predicted slopes beside the curves."""
    low = [r["differences"][r["N"].index(10)] for r in known.values()]
    high = [r["differences"][-1] for r in known.values()]
    start, stop = 0.12 * min(low), 4 * max(high)
    left, right = (3, 1000), (20_000, 500_000)
    down = [start * (n / 10) ** -2 for n in left]
    up = [stop * n / 500_000 for n in right]
    for x, y, label, place in ((left, down, "slope −2", 0), (right, up, "slope +1", 1)):
        axis.plot(x, y, color=figures.GREY, lw=1, ls="-")
        axis.annotate(
            label, (x[place], y[place]), xytext=(-6 if not place else 0, -12 if not place else 5),
            textcoords="offset points", ha="right", color=figures.GREY, size=9.5,
        )  # fmt: skip


def values(known: Mapping[str, Result]) -> Table:
    """The differences as numbers."""
    counts = next(iter(known.values()))["N"] if known else []
    rows = [
        [f"{n:,}", f"{1 / n:g}", *(f"{r['differences'][i]:.2e}" for r in known.values())]
        for i, n in enumerate(counts)
    ]
    columns = ("N", "Step", *(named(name) for name in known))
    return Table("differences", "Largest difference of the first ten elements.", columns, rows)


def points(known: Mapping[str, Result]) -> list[str]:
    """What a good answer says."""
    if not known:
        return ["Every training diverged: there is nothing to compare."]
    name, result = next(iter(known.items()))
    n, least = lowest(result)
    exponent = f"{slope(result, 10, 500):.2f}".replace("-", "−")
    at = dict(zip(result["N"], result["differences"], strict=True))
    return [
        f"Between N = 10 and N = 500 the difference falls with slope {exponent} "
        f"({named(name)}): central differences have a truncation error of h²/6 times the third "
        "derivative, h = 1/N, and ten times the N leaves a hundredth of the error.",
        f"It is smallest at N = {n:,}, where {least:.1e} is left; the largest of the ten elements "
        f"is {scale(result):.1e}, a relative difference of {least / scale(result):.0e}. That "
        "agreement is what shows that backpropagation is right.",
        f"For larger N it grows again, to {at[500_000]:.1e} at N = 500,000 (a slope of about +1): "
        "the two losses are then so nearly equal that their difference is mostly rounding, about "
        "1e-16 · N.",
        "The best step is where the two errors are equal, near the cube root of the precision: "
        "1e-5 in float64. In float32 it would be near 1e-2, and nothing better than 1e-4 comes "
        "out.",
        *kink_point(known),
    ]


def kink_point(known: Mapping[str, Result]) -> list[str]:
    """What the kinks of ReLU do to large steps."""
    if "relu" not in known:
        return []
    relu = known["relu"]
    return [
        f"With ReLU a large step may carry a unit over its kink, where no third derivative bounds "
        f"the error: at N = 1 the difference is {relu['differences'][0]:.1e}. "
        f"{sum(value == 0 for value in relu['gradient'])} of its ten elements have gradient 0, "
        "because the unit that they lead to is off."
    ]


WRONG = (
    (
        "The smaller the step, the better the approximation.",
        "Only until rounding takes over, here from N = 10⁴ to 10⁵ on.",
    ),
    (
        "A difference of 1e-7 proves the gradient right.",
        "Compared with what? The elements may be as small as that. A relative difference says it.",
    ),
    (
        "Central differences are as exact as one-sided ones.",
        "The error of one-sided ones falls with slope −1 only, and their best is near 1e-8.",
    ),
    (
        "The curve turns upwards because the gradient is wrong there.",
        "The gradient does not depend on N. It is the difference quotient that becomes worse.",
    ),
)
