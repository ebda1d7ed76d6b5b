"""What a good answer to the gradient check says, and what is often said wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from math import log10

from grader.experiments.reading import named
from grader.experiments.study import Result

AGREES = 1e-6  # relative difference below which backpropagation and the loss belong together
FALL = (10, 500)  # N where truncation is all there is


def fact(name: str, result: Result) -> str:
    """What came out for one activation."""
    if not comparable(result):
        return f"{named(name)}: {nothing(result)}."
    n, least = lowest(result)
    return (
        f"{named(name)}: smallest difference {least:.1e} at N = {n:,} (largest gradient element "
        f"{scale(result):.1e}{'' if agrees(result) else '; they do not agree'})."
    )


def comparable(result: Result) -> bool:
    """Whether the numbers tell right from wrong."""
    return finite(result) and (agrees(result) or bool(result["unsure"]))


def finite(result: Result) -> bool:
    """Whether all gradients and differences are numbers."""
    return None not in [*result["differences"], *result["gradient"]]


def nothing(result: Result) -> str:
    """Why there is nothing to compare."""
    if not finite(result):
        return "a gradient or a loss is no finite number, and nothing is compared"
    flat = not scale(result) and not any(result["differences"])
    zero = "all ten elements are 0, and so are the central differences; " if flat else ""
    return (
        f"{zero}the network has no example of which it is unsure and whose first hidden unit is "
        "active. Saturated as it is, nothing is compared that would tell right from wrong"
    )


def lowest(result: Result) -> tuple[int, float]:
    """(N, difference) where the two agree best."""
    pairs = zip(result["N"], result["differences"], strict=True)
    return min(pairs, key=lambda pair: pair[1])


def scale(result: Result) -> float:
    """The largest of the ten elements of the gradient."""
    return float(max(map(abs, result["gradient"])))


def agrees(result: Result) -> bool:
    """Whether some step brings the two together, relative to the gradient."""
    return lowest(result)[1] < AGREES * scale(result)


def slope(result: Result, first: int, last: int) -> float | None:
    """The slope of the log-log curve between two values of N; None where one difference is 0."""
    at = dict(zip(result["N"], result["differences"], strict=True))
    if not at[first] or not at[last]:
        return None
    return (log10(at[last]) - log10(at[first])) / (log10(last) - log10(first))


def points(known: Mapping[str, Result]) -> list[str]:
    """What a good answer says."""
    if not known:
        return ["Every training diverged: there is nothing to compare."]
    said = [f"{named(name)}: {nothing(r)}." for name, r in known.items() if not comparable(r)]
    compared = {name: r for name, r in known.items() if comparable(r)}
    right = {name: r for name, r in compared.items() if agrees(r)}
    said += [disagreement(name, r) for name, r in compared.items() if name not in right]
    return [*said, *agreement(right, len(compared)), *kink_point(right)][:5]


def disagreement(name: str, result: Result) -> str:
    """No step helps: one of the two is wrong."""
    n, least = lowest(result)
    relative = f", a relative difference of {least / scale(result):.0e}" if scale(result) else ""
    return (
        f"With {named(name)} the two do not agree: the smallest difference is {least:.1e} (at "
        f"N = {n:,}), the largest of the ten elements {scale(result):.1e}{relative}. At "
        f"N = {FALL[1]:,} it is {result['differences'][result['N'].index(FALL[1])]:.1e}. No step "
        "brings them together: backpropagation is wrong, or it belongs to another loss than the "
        "one that is differentiated."
    )


def agreement(right: Mapping[str, Result], tried: int) -> list[str]:
    """Truncation, agreement, rounding and the best step, of the first that agrees."""
    if not right:
        return []
    name, result = next(iter(right.items()))
    n, least = lowest(result)
    told = [
        f"{named(key)} {lowest(r)[1] / scale(r):.0e} (N = {lowest(r)[0]:,})"
        for key, r in right.items()
    ]
    return [
        *fall_point(name, result),
        f"With {named(name)} it is smallest at N = {n:,}, where {least:.1e} is left; the largest "
        f"of the ten elements is {scale(result):.1e}. Relative differences: {', '.join(told)}. "
        "That agreement is what shows that backpropagation is right"
        f"{'' if len(right) == tried else ' there'}.",
        *rounding_point(result),
        "The best step is where the two errors are equal, in float64 near the cube root of the "
        f"precision, 1e-5, give or take what the third derivative is; here it is {1 / n:g}.",
    ]


def fall_point(name: str, result: Result) -> list[str]:
    """How the difference falls, where it falls as it should."""
    steep = slope(result, *FALL)
    if steep is None or abs(steep + 2) > 0.3:
        return []
    exponent = f"{steep:.2f}".replace("-", "−")
    return [
        f"Between N = {FALL[0]} and N = {FALL[1]} the difference falls with slope {exponent} "
        f"({named(name)}): central differences have a truncation error of h²/6 times the third "
        "derivative, h = 1/N, and ten times the N leaves a hundredth of the error."
    ]


def rounding_point(result: Result) -> list[str]:
    """How it grows again, where it does."""
    last, end = result["N"][-1], result["differences"][-1]
    if end <= 2 * lowest(result)[1]:
        return []
    return [
        f"For larger N it grows again, to {end:.1e} at N = {last:,}: the two losses are then so "
        "nearly equal that their difference is mostly rounding, which the division by the step "
        "multiplies by N (a slope of about +1)."
    ]


def kink_point(known: Mapping[str, Result]) -> list[str]:
    """What the kinks of ReLU do to large steps."""
    if "relu" not in known:
        return []
    relu = known["relu"]
    zeros = sum(value == 0 for value in relu["gradient"])
    off = (
        f" {zeros} of its ten elements have gradient 0, because the unit that they lead to is off."
        if zeros
        else ""
    )
    return [
        "With ReLU a large step may carry a unit over its kink, where no third derivative bounds "
        f"the error: at N = 1 the difference is {relu['differences'][0]:.1e}.{off}"
    ]


WRONG = (
    (
        "The smaller the step, the better the approximation.",
        "Only until rounding takes over; from there on smaller steps make it worse.",
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
