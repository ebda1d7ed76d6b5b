# grader-secret: nothing of this file may reach students.
"""What a network's weights get right: a report's claim is compared with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ROWS = 1000  # at once, so that wide layers need little memory


def accuracy(
    W: Sequence[np.ndarray], b: Sequence[np.ndarray], act: str, x: np.ndarray, y: np.ndarray
) -> float:
    """The share of examples x (m, d), labels y (m,), whose largest output is that of their label.

    W[i] (n_out, n_in), b[i] (n_out,); act of the hidden layers: relu or tanh.
    """
    right = 0
    for start in range(0, len(x), ROWS):
        h = np.asarray(x[start : start + ROWS], dtype=np.float64)
        for i, (weight, bias) in enumerate(zip(W, b, strict=True)):
            h = h @ weight.T + np.ravel(bias)
            if i < len(W) - 1:
                h = np.tanh(h) if act == "tanh" else np.maximum(h, 0.0)
        right += int(np.sum(np.argmax(h, axis=1) == y[start : start + ROWS]))
    return right / len(x)
