"""Several named arrays of one answer: which are wrong, and what the wrong ones have in common."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from .assertions import CheckFailure, Finding, compared, entry
from .tolerances import ATOL, RTOL
from .wrong import NOTHING, Pattern, alike, same

KEY = re.compile(r"d?([A-Za-z]+?)(\d+)")
KINDS = {"b": "biases", "W": "weights"}
NOT_FINITE = ("NaN", "infinity")
ALL = same("All after it are wrong as well.")


def close_each(
    call: str,
    got: Any,
    want: Mapping[str, Any],
    *,
    rtol: float = RTOL,
    atol: float = ATOL,
    hint: str = "",
    hints: Mapping[str, str] | None = None,
    examples: int = 0,
    start: Mapping[str, Any] | None = None,
) -> None:
    """All arrays of a student's dict, as `close` does one; every key of `want` must be there.

    want: in the order in which a right solution computes them. The first wrong one is reported;
    the pattern says what the wrong ones have in common. hints: for single keys, else `hint`.
    start: what they were before a step, so that the pattern is that of the step.
    """
    hints = hints or {}
    found = {
        key: compared(
            f'{call}["{key}"]',
            entry(call, got, key),
            value,
            rtol=rtol,
            atol=atol,
            hint=hints.get(key, hint),
            examples=examples,
            start=None if start is None else start[key],
        )
        for key, value in want.items()
    }
    _raise_first(found, want, got)


def close_all(
    got: Mapping[str, Any],
    want: Mapping[str, Any],
    *,
    rtol: float = RTOL,
    atol: float = ATOL,
    hint: str = "",
) -> None:
    """The answers of several calls, by the text of the call, as `close_each` does keys."""
    found = {
        call: compared(call, got[call], value, rtol=rtol, atol=atol, hint=hint)
        for call, value in want.items()
    }
    _raise_first(found, want, got)


def _raise_first(
    found: Mapping[str, Finding | None], want: Mapping[str, Any], got: Mapping[str, Any]
) -> None:
    """The finding of the first wrong array, if any, with what it shares with the others."""
    wrong = {key: finding for key, finding in found.items() if finding is not None}
    if wrong:
        said = partial(_said, wrong, want, got)
        answer = _all_of(got, tuple(want))
        raise CheckFailure(replace(next(iter(wrong.values())), said=said, answer=answer))


def _said(wrong: Mapping[str, Finding], want: Mapping[str, Any], got: Any) -> Pattern:
    first, keys = next(iter(wrong.values())), tuple(want)
    parts = [first.patterns, _exchanged(next(iter(wrong)), want, got)]
    parts += [_began(wrong), in_common(wrong, keys)]
    if len(wrong) > 1 and len(patterns := {one.pattern for one in wrong.values()}) == 1:
        parts[-1] = _in_the_same_way(parts[-1]) if patterns != {""} else parts[-1]
    fine, coarse = (" ".join(filter(None, texts)) for texts in zip(*parts, strict=True))
    return Pattern(fine, coarse)


def _in_the_same_way(common: Pattern) -> Pattern:
    if common == ALL:
        return same("All after it are wrong in the same way.")
    return Pattern(*(f"{text} All of these are wrong in the same way." for text in common))


def _exchanged(key: str, want: Mapping[str, Any], got: Any) -> Pattern:
    """The key, if there is just one, whose right array stands under this one."""
    one = np.asarray(got[key], dtype=np.float64)
    others = {name: np.asarray(value, dtype=np.float64) for name, value in want.items()}
    found = [name for name, other in others.items() if _equal(one, other)]
    if len(found) != 1 or found == [key]:
        return NOTHING
    return Pattern(f'It is what "{found[0]}" should be.', "It is what another one should be.")


def _equal(one: Any, other: Any) -> bool:
    return one.shape == other.shape and alike(one, other, 1e-6) and bool(np.any(other))


def _all_of(got: Any, keys: Sequence[str]) -> Any:
    """All numbers of these arrays in one vector; None where some are none."""
    try:
        return np.concatenate([np.ravel(np.asarray(got[key], dtype=np.float64)) for key in keys])
    except (TypeError, ValueError):
        return None


def _began(wrong: Mapping[str, Finding]) -> Pattern:
    """In which array NaN or infinity is first, where more than the first one hold it."""
    bad = [key for key, finding in wrong.items() if finding.pattern.startswith(NOT_FINITE)]
    if not bad or len(wrong) == 1:
        return NOTHING
    if bad[0] == next(iter(wrong)):
        return same("It begins here.")
    kind = wrong[bad[0]].pattern.split()[0]
    return Pattern(f'{kind} begins in "{bad[0]}".', "Later ones hold NaN or infinity.")


def in_common(wrong: Collection[str], keys: Sequence[str]) -> Pattern:
    """What the wrong keys have in common and the right ones do not; keys in order of computing."""
    right = [key for key in keys if key not in wrong]
    if len(keys) < 2 or not wrong:
        return NOTHING
    if not right:
        return ALL
    sentence = _of_kind(wrong, right) or _of_layer(wrong, right, keys)
    if not sentence and len(wrong) == 1:
        sentence = "All others are right."
    if not sentence and tuple(wrong) == tuple(keys)[-len(wrong) :]:
        sentence = "All before it are right, all after it are wrong and may follow from it."
    if sentence:
        return same(sentence)
    few, what = (right, "right") if len(right) < len(wrong) else (list(wrong)[1:], "wrong as well")
    names = ", ".join(f'"{key}"' for key in few)
    return Pattern(f"Of the others, {what}: {names}.", "Some of the others are right.")


def _of_kind(wrong: Collection[str], right: Collection[str]) -> str:
    """Only biases, or only weights, are wrong."""
    kinds, others = {_kind(key) for key in wrong}, {_kind(key) for key in right}
    name = KINDS.get(kinds.pop()) if len(kinds) == 1 else None
    if not name or len(wrong) < 2 or not others - {_kind(next(iter(wrong)))}:
        return ""
    every = _kind(next(iter(wrong))) not in others
    return f"Only the {name} are wrong." if every else f"Only {name} are wrong, not all of them."


def _of_layer(wrong: Collection[str], right: Collection[str], keys: Sequence[str]) -> str:
    """Only some layers are wrong, others wholly right."""
    bad, good = {_layer(key) for key in wrong}, {_layer(key) for key in right}
    if bad & good or -1 in bad | good or len(wrong) < 2:
        return ""
    down = _layer(keys[0]) > _layer(keys[-1])
    if down and good == {max(bad | good)}:
        return "Only the last layer is right, all below it are wrong."
    if not down and good == {min(bad | good)}:
        return "Only the first layer is right, all after it are wrong."
    ends = {max(bad | good): "last", min(bad | good): "first"}
    one = bad if len(bad) == 1 else good
    if len(one) == 1 and (end := ends.get(next(iter(one)))):
        return f"Only the {end} layer is {'wrong' if one is bad else 'right'}."
    return "Only the layers between the first and the last are wrong." if good == set(ends) else ""


def _kind(key: str) -> str:
    found = KEY.fullmatch(key)
    return found.group(1) if found else key


def _layer(key: str) -> int:
    found = KEY.fullmatch(key)
    return int(found.group(2)) if found else -1
