# grader-secret: nothing of this file may reach students.
"""Misconceptions of softmax in solution.py."""

from __future__ import annotations

from grader.misconceptions.bank import Misconception, misconception

SHIFT, SUM = "np.max(x, axis=-1, keepdims=True)", "np.sum(e, axis=-1, keepdims=True)"
EXP, DIVIDED = f"e = np.exp(x - {SHIFT})", f"return e / {SUM}"


def _s(name: str, hint: str, *edits: tuple[str, str]) -> Misconception:
    return misconception("softmax", name, hint, *edits)


OVERFLOW = (
    "exp of a large number overflows. Adding the same number to all entries of a row "
    "does not change its softmax: use that."
)
ROW_BY_ROW = (
    "Each row is one example and a probability distribution of its own: over which "
    "axis must the sum run?"
)
FIXED = (
    "The shift must make exp harmless whatever the row is. What happens to yours if another "
    "entry is far larger than the one that you subtract?"
)
SOFTMAX = (
    _s("over the whole matrix", ROW_BY_ROW, (DIVIDED, "return e / np.sum(e)")),
    _s("over the examples", ROW_BY_ROW, (SHIFT, "0.0"), (SUM, "np.sum(e, axis=0, keepdims=True)")),
    _s("exp without a shift", OVERFLOW, (EXP, "e = np.exp(x)")),
    _s(
        "shift by the minimum",
        "The shift must make exp harmless. After yours, are the exponents of a row large or small?",
        (SHIFT, SHIFT.replace("max", "min")),
    ),
    _s(
        "shift by the mean",
        "Half of the entries lie above the mean. Does the shift keep exp from overflowing for "
        "the largest of them?",
        (SHIFT, SHIFT.replace("max", "mean")),
    ),
    _s(
        "shift by the first entry",
        FIXED,
        (SHIFT, "x[..., :1]"),
    ),
    _s(
        "shift by the last entry",
        FIXED,
        (SHIFT, "x[..., -1:]"),
    ),
    _s(
        "clipped instead of shifted",
        "Clipping changes what it meets: two large entries that differ become alike. What "
        "may be done to a row that leaves its softmax as it is?",
        (EXP, "e = np.exp(np.clip(x, -700.0, 700.0))"),
    ),
    _s(
        "one maximum for all rows",
        "Rows may lie far apart. What is left of a row after subtracting a number that "
        "suits another row?",
        (SHIFT, "np.max(x)"),
    ),
    _s(
        "maximum over the examples",
        "A shift may differ from row to row, but within a row it must be one number. Over "
        "which axis do you take the maximum?",
        (SHIFT, "np.max(x, axis=0)"),
    ),
    _s(
        "a number added to each exponential",
        "After the shift the sum of a row is at least 1, so nothing can be divided by 0. Which "
        "probabilities does the number that you add make too large?",
        (EXP, f"{EXP} + 1e-6"),
    ),
    _s(
        "divided by the maximum",
        "A softmax does not change if a row is shifted, but it does if the row is scaled. "
        "Which of the two do you do?",
        (EXP, f"e = np.exp(x / np.abs({SHIFT}))"),
    ),
    _s(
        "x changed in place",
        "x belongs to the caller, who may need it again. Which of your lines writes into it?",
        (EXP, f"x -= {SHIFT}\n        e = np.exp(x)"),
    ),
    _s(
        "one row without its axis",
        "A batch may have one example only. Look for a function in your softmax that "
        "drops axes of length one.",
        (DIVIDED, f"return np.squeeze(e / {SUM})"),
    ),
    _s(
        "normalised without exp",
        "Logits can be negative, probabilities cannot. Which function makes every entry "
        "positive before the division?",
        (DIVIDED, "return x / np.sum(x, axis=-1, keepdims=True)"),
    ),
    _s(
        "a sigmoid for each class",
        "The classes exclude each other: the probability of one depends on the logits of all.",
        (DIVIDED, "return self.sigmoid(x)"),
    ),
    _s(
        "the logarithm of the softmax",
        "The loss takes the logarithm later. What do the entries of a row add up to, as "
        "you return them?",
        (DIVIDED, f"return np.log(e / {SUM})"),
    ),
)
