"""Settings of an experiment: its own, and what `--set KEY=VALUE` lays over them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from grader.config_values import unknown
from grader.errors import UsageError
from grader.experiments.study import Settings
from grader.text import one_line

ZERO_IS_FINE = {"seed", "dropout", "l2", "momentum", "weight_decay", "milestones"}
FRACTIONS = {"dropout", "share"}
INITS = ("zero", "normal", "glorot", "fan_in", "he")
CHOICES = {
    "activation": ("relu", "tanh"),
    "activations": ("relu", "tanh"),
    "init": INITS,
    "inits": INITS,
    "optimizer": ("adam", "sgd"),
}
SIZES = re.compile(r"[1-9]\d{0,5}(-[1-9]\d{0,5})*")


def laid_over(settings: Settings, changes: Iterable[str]) -> Settings:
    """The settings with these "KEY=VALUE" laid over them; UsageError for what is wrong in them."""
    changed = dict(settings)
    for change in changes:
        key, sign, text = change.partition("=")
        if not sign:
            raise UsageError(f"--set {one_line(change, 80)}: write KEY=VALUE")
        if key not in settings:
            raise UsageError(f"--set: {unknown('setting', one_line(key, 80), list(settings))}")
        changed[key] = _value(key, text, settings[key])
    return changed


def _value(key: str, text: str, like: Any) -> Any:
    """The text as a value of the type of `like`; lists are separated by commas."""
    if isinstance(like, list):
        parts = [part for part in text.split(",") if part]
        if not parts and key != "milestones":
            raise UsageError(f"--set {key}: give at least one value")
        return [_value(key, part, like[0]) for part in parts]
    if isinstance(like, str):
        return _word(key, text)
    value = _number(key, text, whole=isinstance(like, int))
    low_enough = value < 1 or key not in FRACTIONS
    if not (math.isfinite(value) and (value > 0 or (value == 0 and key in ZERO_IS_FINE))):
        raise UsageError(f"--set {key}: {one_line(text, 40)} is not a number above 0")
    if not low_enough:
        raise UsageError(f"--set {key}: {one_line(text, 40)} is not below 1")
    return value


def _word(key: str, text: str) -> str:
    """A text that this setting can have."""
    known = CHOICES.get(key)
    if known is not None and text not in known:
        raise UsageError(f"--set {key}: {one_line(text, 40)!r} is none of {', '.join(known)}")
    if known is None and not SIZES.fullmatch(text):
        raise UsageError(f"--set {key}: {one_line(text, 40)!r} is no architecture such as 128-64")
    return text


def _number(key: str, text: str, *, whole: bool) -> Any:
    kind = "whole number" if whole else "number"
    try:
        return int(text) if whole else float(text)
    except ValueError:
        raise UsageError(f"--set {key}: {one_line(text, 40)!r} is no {kind}") from None
