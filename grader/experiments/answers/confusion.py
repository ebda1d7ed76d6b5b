"""The confusion matrix as a table and as a heat map, and what is taken for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grader.experiments.reading import end, guesses, margin
from grader.experiments.study import Answer, Plot, Result, Run, Table
from grader.experiments.tables import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LIGHT_ABOVE = 0.5  # of the colour scale: white digits from there on


def answer(run: Run) -> Answer:
    """The page of the confusion matrix."""
    result = run.results["network"]
    if "counts" not in result:
        gone = f"The training diverged in epoch {result['diverged']}: there is no matrix."
        return Answer(facts=[gone], points=[gone], wrong=WRONG)
    counts = np.array(result["counts"])
    rates = normalised(counts)
    a, b, together = worst_pair(rates)
    right = float(np.trace(counts) / counts.sum())
    return Answer(
        facts=[
            f"Test accuracy {percent(right)} ({counts.sum() - np.trace(counts):,} of "
            f"{counts.sum():,} wrong).",
            f"Most confused pair: {a} and {b} (C({a}, {b}) + C({b}, {a}) = {percent(together)}).",
        ],
        points=points(run, result, counts, rates),
        wrong=WRONG,
        plots=[heat_map(rates)],
        tables=[matrix(rates), by_class(counts, rates)],
    )


def normalised(counts: np.ndarray) -> np.ndarray:
    """Each row as fractions of its true class; a class without examples has zeros."""
    totals = counts.sum(axis=1, keepdims=True)
    return np.asarray(counts / np.maximum(totals, 1))


def off_diagonal(rates: np.ndarray) -> np.ndarray:
    """The matrix with zeros where a class is recognised."""
    return np.where(np.eye(len(rates), dtype=bool), 0.0, rates)


def worst_pair(rates: np.ndarray) -> tuple[int, int, float]:
    """(a, b, C_ab + C_ba) of the pair that is confused most."""
    both = np.triu(off_diagonal(rates) + off_diagonal(rates).T)
    a, b = np.unravel_index(np.argmax(both), both.shape)
    return int(a), int(b), float(both[a, b])


def heat_map(rates: np.ndarray) -> Plot:
    """The mistakes in colour, every cell in percent; recognised classes are left grey."""

    def draw(figure: Figure) -> None:
        from matplotlib import colormaps

        axis = figure.subplots()
        wrong = 100 * off_diagonal(rates)
        shown = np.ma.masked_where(np.eye(len(rates), dtype=bool), wrong)
        top = max(float(wrong.max()), 0.1)
        colours = colormaps["Blues"].with_extremes(bad="#e4e4e4")
        image = axis.imshow(shown, cmap=colours, vmin=0, vmax=top)
        axis.grid(False)
        for (i, j), rate in np.ndenumerate(100 * rates):
            light = i != j and rate > LIGHT_ABOVE * top
            weight = "bold" if i == j else "normal"
            text = f"{rate:.1f}" if rate >= 0.05 else "·"
            colour = "white" if light else "#1d1d1f"
            axis.text(j, i, text, ha="center", va="center", color=colour, size=9.5, weight=weight)
        axis.set_xticks(range(10))
        axis.set_yticks(range(10))
        axis.set_xlabel("predicted class")
        axis.set_ylabel("true class")
        axis.tick_params(length=0)
        for side in axis.spines.values():
            side.set_visible(False)
        bar = figure.colorbar(image, ax=axis, shrink=0.8)
        bar.set_label("mistakes (% of the true class)")
        bar.outline.set_visible(False)

    caption = (
        "Confusion matrix in percent of the true class; rows sum to 100. Colours show the mistakes "
        "only, the diagonal is what is recognised."
    )
    return Plot("confusion", caption, draw, (7.6, 6.2))


def matrix(rates: np.ndarray) -> Table:
    """The matrix in percent."""
    rows = [[str(i), *(f"{100 * rate:.1f}" for rate in row)] for i, row in enumerate(rates)]
    columns = ("True \\ predicted", *map(str, range(len(rates))))
    return Table("confusion", "Percent of the true class; rows sum to 100.", columns, rows)


def by_class(counts: np.ndarray, rates: np.ndarray) -> Table:
    """For each class: what it is taken for, what is taken for it, and its closest other."""
    off = off_diagonal(rates)
    rows = []
    for k in range(len(rates)):
        pair = off[k] + off[:, k]
        rows.append(
            [
                str(k),
                f"{counts[k].sum():,}",
                percent(float(rates[k, k]), 1),
                largest(off[k]),
                largest(off[:, k]),
                largest(pair),
            ]
        )
    columns = (
        "Class", "Examples", "Recognised", "Taken for (row)", "Taken for it (column)",
        "Both together",
    )  # fmt: skip
    caption = "The class most confused with each class, by row, by column and by their sum."
    return Table("classes", caption, columns, rows)


def largest(values: np.ndarray) -> str:
    """The class with the largest value, and the value."""
    k = int(np.argmax(values))
    return f"{k} ({100 * values[k]:.1f} %)" if values[k] else "none"


def points(run: Run, result: Result, counts: np.ndarray, rates: np.ndarray) -> list[str]:
    """What a good answer says."""
    right = float(np.trace(counts) / counts.sum())
    n, off = int(counts.sum()), off_diagonal(rates)
    a, b, together = worst_pair(rates)
    best, worst = int(np.argmax(np.diag(rates))), int(np.argmin(np.diag(rates)))
    validation = end(result, "validation_accuracy") or 0.0
    guessing = " It cannot be told from guessing." if guesses(right, n) else ""
    return [
        f"Rows are true classes and sum to 100 %: the class sizes ({counts.sum(axis=1).min():,} to "
        f"{counts.sum(axis=1).max():,}) play no part. {best} is recognised best "
        f"({percent(float(rates[best, best]), 1)}), {worst} worst "
        f"({percent(float(rates[worst, worst]), 1)}).",
        f"Most confused are {a} and {b}: {percent(float(off[a, b]))} of the {a}s are taken for "
        f"{b}, {percent(float(off[b, a]))} of the {b}s for {a}, together {percent(together)}. "
        f"That is {counts[a, b] + counts[b, a]} images.",
        "The matrix need not be symmetric: what a class is taken for (its row) need not be what is "
        f"taken for it (its column); {asymmetric(off)}",
        f"The test accuracy is {percent(right)} ± {percent(margin(right, n))}, the validation "
        f"accuracy {percent(validation)}.{guessing} Dropout {run.settings['dropout']:g} is on "
        "while training and off while predicting; the penalty λΣW² with λ = "
        f"{run.settings['l2']:g} adds 2λW to each gradient, biases excepted.",
    ]


def asymmetric(off: np.ndarray) -> str:
    """The pair whose two cells differ most."""
    difference = off - off.T
    if not difference.any():
        return "here it happens to be symmetric."
    i, j = np.unravel_index(np.argmax(difference), difference.shape)
    return (
        f"most unequal are {i} taken for {j} ({percent(float(off[i, j]))}) and {j} taken for {i} "
        f"({percent(float(off[j, i]))})."
    )


WRONG = (
    (
        "The most confused pair is the largest cell beside the diagonal.",
        "A pair has two cells: it is the sum C_ij + C_ji that is asked for.",
    ),
    (
        "Columns sum to 1.",
        "Not where the matrix is normalised by true class. What a column says is how the "
        "predictions of one class are made up, up to the class sizes.",
    ),
    (
        "Dropout is used for the predictions, too.",
        "Then two predictions for the same image differ. The kept units are scaled while training, "
        "so that nothing need be done afterwards.",
    ),
    (
        "L2 with λ adds λW to the gradient.",
        "It depends on the convention: the penalty λΣW² has the gradient 2λW, the penalty ½λΣW² "
        "has λW. This assignment means the first.",
    ),
)
