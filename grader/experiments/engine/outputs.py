"""The two kinds of output: softmax and sigmoid, each with its cross-entropy."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Output(Protocol):
    """What can be done with logits (n, outputs) and labels (n,)."""

    def probabilities(self, logits: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Probabilities, in the shape of logits, written to out where it is given."""

    def losses(self, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """The cross-entropy of each example, (n,)."""

    def classes(self, logits: np.ndarray) -> np.ndarray:
        """The most probable class of each example, (n,)."""

    def targets(self, labels: np.ndarray, outputs: int) -> np.ndarray:
        """What the probabilities should be, 0 or 1, bool (n, outputs).

        Raises ValueError for a label that is no class.
        """


class Softmax:
    """Classes 0 .. outputs - 1."""

    def probabilities(self, logits: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        p = np.subtract(logits, np.maximum.reduce(logits, axis=1, keepdims=True), out=out)
        np.exp(p, out=p)
        np.divide(p, np.add.reduce(p, axis=1, keepdims=True), out=p)
        return p

    def losses(self, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
        shifted = logits - np.max(logits, axis=1, keepdims=True)
        right = shifted[np.arange(len(labels)), labels.astype(np.intp)]
        return np.asarray(np.log(np.sum(np.exp(shifted), axis=1)) - right)

    def classes(self, logits: np.ndarray) -> np.ndarray:
        return np.argmax(logits, axis=1)

    def targets(self, labels: np.ndarray, outputs: int) -> np.ndarray:
        check_labels(labels, outputs)
        return np.asarray(labels[:, None] == np.arange(outputs))


class Sigmoid:
    """Classes 0 and 1; the one output is the probability of 1."""

    def probabilities(self, logits: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        p = np.negative(logits, out=out)
        with np.errstate(over="ignore"):  # 1 / (1 + inf) is the 0 that is meant
            np.exp(p, out=p)
        np.add(p, 1.0, out=p)
        np.divide(1.0, p, out=p)
        return p

    def losses(self, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
        z = np.where(labels == 1, -logits[:, 0], logits[:, 0])
        return np.asarray(np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))))

    def classes(self, logits: np.ndarray) -> np.ndarray:
        return (logits[:, 0] > 0).astype(np.int64)

    def targets(self, labels: np.ndarray, outputs: int) -> np.ndarray:
        check_labels(labels, 2)
        return np.asarray(labels[:, None] == 1)


OUTPUTS: dict[str, Output] = {"softmax": Softmax(), "sigmoid": Sigmoid()}


def check_labels(labels: np.ndarray, classes: int) -> None:
    """Raise ValueError unless labels are (n,) whole numbers in 0 .. classes - 1."""
    if labels.ndim != 1:
        raise ValueError(f"labels of shape {labels.shape}, wanted (n,)")
    wrong = labels[~np.isin(labels, np.arange(classes))]
    if len(wrong):
        raise ValueError(f"label {wrong[0]} outside 0..{classes - 1}")
