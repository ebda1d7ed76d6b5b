"""Patterns of rows and columns: added to, scaled, put in another order, wrong alone."""

from __future__ import annotations

import numpy as np

from .wrong import NOTHING, Array, Error, Pattern, same

# Each is compared with each: 2000 entries took minutes.
MOST_REORDERED = 32
# Of fewer, a pattern of places may be chance: classes, two places of four.
LEAST_MOVED, LEAST_DIAGONAL = 3, 3


def offset(error: Error) -> Pattern:
    """The same amount added to all entries, to each column or to each row."""
    off = error.got - error.want
    if off.size > 2 and error.alike(off, np.full(off.shape, off.flat[0])):
        way = "large" if off.flat[0] > 0 else "small"
        fine = f"Every entry is too {way} by the same amount, {abs(off.flat[0]):.6g}."
        return Pattern(fine, "Every entry is off by the same amount.")
    if off.size > 2 and error.alike(np.abs(off), np.full(off.shape, np.abs(off.flat[0]))):
        return same("Every entry is off by the same amount, some up and some down.")
    if off.ndim != 2 or min(off.shape) < 2:
        return NOTHING
    if _several(off[0], 0.0) and error.alike(off, np.broadcast_to(off[:1], off.shape)):
        return same("The same row is missing from every row, or added to it, as with a bias.")
    if _several(off[:, 0], 0.0) and error.alike(off, np.broadcast_to(off[:, :1], off.shape)):
        return same("Each row is off by an amount of its own.")
    return NOTHING


def scaled_lines(error: Error) -> Pattern:
    """Each row, or each column, right up to a factor of its own."""
    got, want = error.got, error.want
    if got.ndim != 2 or min(got.shape) < 2 or not (np.abs(want) > 1e-12).all():
        return NOTHING
    ratio = got / want
    by_row, by_column = np.broadcast_arrays(ratio[:, :1], ratio[:1])
    if _several(ratio[:, 0], 1.0) and error.alike(ratio, by_row):
        return same("Each row is off by a factor of its own.")
    if _several(ratio[0], 1.0) and error.alike(ratio, by_column):
        return same("Each column is off by a factor of its own.")
    return NOTHING


def _several(values: Array, neutral: float) -> bool:
    """At least two of the values are another than this."""
    return int((np.abs(values - neutral) > 1e-9).sum()) > 1


def reordered(error: Error) -> Pattern:
    """The right rows or columns at wrong places."""
    for axis, line in enumerate(_names_of_lines(error.got)):
        got, want = np.moveaxis(error.got, axis, 0), np.moveaxis(error.want, axis, 0)
        n = len(want)
        if n < 2:
            continue
        if error.alike(got, want[::-1]):
            return same(f"The {line} are in reversed order.")
        if n > 2 and (_moved(error, got, want) or _moved(error, got[::-1], want[::-1])):
            return same(f"The {line} are shifted by one place.")
        if not 2 < n <= MOST_REORDERED:
            continue
        order = [next((j for j in range(n) if error.alike(row, want[j])), -1) for row in got]
        if sorted(order) == list(range(n)):
            return same(f"Right but for the order of the {line}.")
    return NOTHING


def _moved(error: Error, got: Array, want: Array) -> bool:
    telling = np.unique(want[:-1]).size >= LEAST_MOVED
    return telling and error.alike(got[1:], want[:-1]) and not error.alike(got[1:], want[1:])


def _names_of_lines(got: Array) -> tuple[str, ...]:
    return {1: ("entries",), 2: ("rows", "columns")}.get(got.ndim, ())


def one_line(error: Error) -> Pattern:
    """One row, column or entry is wrong, or one row is right."""
    got, wrong = error.got, error.wrong
    if not error.only:
        return NOTHING
    if wrong.sum() == 1:
        return same("Only one entry is wrong.") if got.size > 3 else NOTHING
    if got.ndim != 2 or min(got.shape) < 2:
        return NOTHING
    rows, columns = np.flatnonzero(wrong.any(axis=1)), np.flatnonzero(wrong.any(axis=0))
    if len(rows) == 1:
        return Pattern(f"Only row {rows[0]} is wrong.", "Only one row is wrong.")
    if len(columns) == 1:
        return Pattern(f"Only column {columns[0]} is wrong.", "Only one column is wrong.")
    right = np.flatnonzero(~wrong.any(axis=1))
    if len(right) == 1 and len(got) > 2 and wrong.sum() == wrong.size - got.shape[1]:
        return Pattern(f"Only row {right[0]} is right.", "Only one row is right.")
    return NOTHING


def diagonal(error: Error) -> Pattern:
    """Only the diagonal of a square is wrong, or all but it."""
    got, wrong = error.got, error.wrong
    if got.ndim != 2 or got.shape[0] != got.shape[1] or not error.only:
        return NOTHING
    if len(got) < LEAST_DIAGONAL:
        return NOTHING
    on = np.eye(len(got), dtype=bool)
    if wrong[on].all() and not wrong[~on].any():
        return same("Only the diagonal is wrong.")
    if wrong[~on].all() and not wrong[on].any():
        return same("Only the diagonal is right.")
    return NOTHING
