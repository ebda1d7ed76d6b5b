"""Assertions of a check. Every failure reads the same way:

    softmax(h) = 0.3, expected 0.5 (tolerance 1e-07) at [0, 1]. <pattern> <hint>

A failure carries its parts, so that a report can leave the values out where the check is hidden.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import tolerances
from .kinds import kind_of
from .patterns import pattern_of
from .tolerances import ATOL, RTOL
from .wrong import NOTHING, Pattern

MISSHAPEN = "has the wrong shape"


@dataclass(frozen=True)
class Finding:
    """What was wrong.

    fact and pattern may hold numbers and names that the student's code chose, which could carry
    the inputs of a hidden check; safe_fact and safe_pattern hold none (empty: the same as fact).
    said: finds the pattern once a text is wanted, as most failures are only compared. answer: the
    wrong answer itself, for comparison with known mistakes; wanted: what it is compared with, to
    find out what it was computed of. Neither is ever part of a text.
    """

    call: str
    got: str = ""
    want: str = ""
    tolerance: str = ""
    where: str = ""
    fact: str = ""
    hint: str = ""
    stub: bool = False
    safe_fact: str = ""
    said: Callable[[], Pattern] = field(default=lambda: NOTHING, repr=False, compare=False)
    answer: NDArray[Any] | None = field(default=None, repr=False, compare=False)
    wanted: NDArray[Any] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def patterns(self) -> Pattern:
        """What the wrong answer has in common with the right one, in both texts."""
        with np.errstate(all="ignore"):
            return self.said()

    @property
    def pattern(self) -> str:
        """For whoever may see the values."""
        return self.patterns.fine

    @property
    def safe_pattern(self) -> str:
        """For a hidden check."""
        return self.patterns.coarse

    def sentence(self) -> str:
        """The whole message, values included."""
        head = self.fact and f"{self.call} {self.fact}."
        if self.got:
            head = f"{self.call} = {self.got}, expected {self.want}{self.tolerance}{self.where}."
        return " ".join(part for part in (head, self.pattern, self.hint) if part)

    def outline(self) -> str:
        """The message for a hidden check: nothing in it was chosen by the student's code."""
        fact = self.safe_fact or self.fact or "differs from what is expected"
        return " ".join(part for part in (f"{self.call} {fact}.", self.safe_pattern) if part)


class CheckFailure(AssertionError):
    """A check's answer was wrong."""

    def __init__(self, finding: Finding):
        super().__init__()
        self.finding = finding

    def __str__(self) -> str:
        return self.finding.sentence()


def close(
    call: str,
    got: Any,
    want: Any,
    *,
    rtol: float = RTOL,
    atol: float = ATOL,
    hint: str = "",
    examples: int = 0,
    start: Any = None,
) -> None:
    """Numbers or arrays equal within atol + rtol * |want|, in the student's dtype's own tolerance.

    The shape must match; a number may come as an array of one entry. examples: their number where
    the answer is a mean over them, so that a factor of it is named. start: what the answer was
    before a step, so that the pattern is that of the step.
    """
    found = compared(
        call, got, want, rtol=rtol, atol=atol, hint=hint, examples=examples, start=start
    )
    if found is not None:
        raise CheckFailure(found)


def compared(
    call: str,
    got: Any,
    want: Any,
    *,
    rtol: float,
    atol: float,
    hint: str = "",
    examples: int = 0,
    start: Any = None,
) -> Finding | None:
    """What `close` would raise, None where nothing is wrong; what is no number raises at once."""
    expected = np.asarray(want, dtype=np.float64)
    actual, rtol, atol = _numeric(call, got, expected, rtol, atol, hint)
    if expected.ndim == 0 and actual.size == 1:
        actual = actual.reshape(())
    if actual.shape != expected.shape:
        fact = f"has shape {actual.shape}, expected {expected.shape}"
        return Finding(
            call,
            fact=fact,
            hint=hint,
            safe_fact=MISSHAPEN,
            said=partial(pattern_of, actual, expected),
            answer=actual,
            wanted=expected,
        )
    near = tolerances.tolerance(expected, rtol, atol)
    if tolerances.within(actual, expected, near):  # most answers
        return None
    excess = tolerances.excess(actual, expected, near)
    if not np.any(excess > 1.0):
        return None
    said = partial(
        pattern_of,
        actual,
        expected.copy(),
        rtol=max(rtol, 1e-6),
        wrong=excess > 1.0,
        examples=examples,
        start=start,
    )
    worst = _worst(call, actual, expected, excess, rtol, atol)
    return replace(worst, said=said, hint=hint)


def equal(call: str, got: Any, want: Any, *, hint: str = "") -> None:
    """Exactly equal: numbers, whole arrays, strings."""
    if isinstance(want, str) or want is None:
        if got != want:
            raise CheckFailure(Finding(call, _short(got), _short(want), hint=hint))
        return
    close(call, got, want, rtol=0.0, atol=0.0, hint=hint)


def pair(call: str, got: Any) -> tuple[Any, Any]:
    """A tuple of two: (out, back), (loss, accuracy); of two numbers, also as an array."""
    array = isinstance(got, np.ndarray) and got.shape == (2,)
    if not array and (not isinstance(got, (tuple, list)) or len(got) != 2):
        fact = f"gives {kind_of(got)}, expected a tuple of two"
        raise CheckFailure(Finding(call, fact=fact, stub=got is None))
    return got[0], got[1]


def entry(call: str, got: Any, key: str) -> Any:
    """got[key] of a dict that must have it."""
    if not isinstance(got, dict):
        fact = f"gives {kind_of(got)}, expected a dict"
        raise CheckFailure(Finding(call, fact=fact, stub=not got))
    if key not in got:
        known = ", ".join(sorted(map(str, got))) or "nothing"
        fact = f'has no key "{key}"; it has {_short_text(known)}'
        safe = f'has no key "{key}"'
        raise CheckFailure(Finding(call, fact=fact, stub=not got, safe_fact=safe))
    return got[key]


def shaped(call: str, got: Any, shape: tuple[int, ...], *, hint: str = "") -> NDArray[Any]:
    """An array of this shape; returned as an array."""
    actual = _numeric(call, got, np.zeros(shape), 0.0, 0.0, hint)[0]
    if actual.shape != shape:
        fact = f"has shape {actual.shape}, expected {shape}"
        raise CheckFailure(Finding(call, fact=fact, hint=hint, safe_fact=MISSHAPEN, answer=actual))
    return actual


def finite(call: str, got: Any, *, hint: str = "") -> None:
    """No NaN and no infinity."""
    actual = _numeric(call, got, np.zeros(()), 0.0, 0.0, hint)[0]
    bad = ~np.isfinite(actual)
    if np.any(bad):
        index = np.argwhere(bad)[0]
        kind = "NaN" if np.isnan(actual[tuple(index)]) else "infinity"
        fact = f"holds {kind} in {int(bad.sum())} of {actual.size} entries, first{_at(index)}"
        raise CheckFailure(
            Finding(call, fact=fact, hint=hint, safe_fact=f"holds {kind}", answer=actual)
        )


def holds(call: str, condition: bool, fact: str, *, hint: str = "") -> None:
    """A plain statement; `fact` says what is wrong without values ("leaves out examples")."""
    if not condition:
        raise CheckFailure(Finding(call, fact=fact, hint=hint))


def changed(call: str, before: Any, after: Any, *, hint: str = "", stub: bool = True) -> None:
    """The code must have changed these values.

    stub: nothing changed, nothing implemented; False where the code is known to do other things.
    """
    if np.array_equal(np.asarray(before), np.asarray(after)):
        raise CheckFailure(Finding(call, fact="changes nothing", hint=hint, stub=stub))


def _numeric(
    call: str, got: Any, want: NDArray[Any], rtol: float, atol: float, hint: str
) -> tuple[NDArray[Any], float, float]:
    try:
        actual = np.asarray(got)
        usable = actual.dtype.kind in "biuf" and actual.dtype != object
    except ValueError:
        usable = False
    if not usable:
        wanted = "a number" if want.ndim == 0 else "an array"
        shape = f" of shape {want.shape}" if want.ndim else ""
        safe = f"gives {kind_of(got)}, expected {wanted}"
        raise CheckFailure(
            Finding(call, fact=safe + shape, hint=hint, stub=got is None, safe_fact=safe)
        )
    return actual.astype(np.float64), *tolerances.of_dtype(actual.dtype, rtol, atol)


def _worst(
    call: str,
    actual: NDArray[Any],
    expected: NDArray[Any],
    excess: NDArray[Any],
    rtol: float,
    atol: float,
) -> Finding:
    index = np.array(np.unravel_index(int(np.argmax(excess)), excess.shape), dtype=int)
    place = tuple(index)
    tolerance = (
        f" (tolerance {max(atol, rtol * abs(float(expected[place]))):.0e})" if rtol or atol else ""
    )
    return Finding(
        call,
        got=f"{actual[place]:.6g}",
        want=f"{expected[place]:.6g}",
        tolerance=tolerance,
        where=_at(index),
        answer=actual,
        wanted=expected,
    )


def _at(index: Any) -> str:
    return f" at [{', '.join(str(int(i)) for i in index)}]" if len(index) else ""


def _short(value: Any) -> str:
    return _short_text(repr(value))


def _short_text(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
