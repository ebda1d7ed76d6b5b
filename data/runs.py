"""A training run on record: its JSON log, its hyperparameter table, its learning curve."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import DataError
from .writing import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURVES = ("eta", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
PARTS = {"train": "training", "validation": "validation"}  # as curves and as text call them
COLOURS = {"train": "#0072b2", "validation": "#d55e00"}
LATEX = {c: f"\\{c}" for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}


@dataclass
class RunLog:
    """Everything a report needs of one run; the fields are those of the JSON file.

    curves: per epoch the rate used in it, and the losses and accuracies measured after it; those
    of the validation set are NaN (null in the file) where n_validation is 0.
    test_loss, test_accuracy: None until the run is over.
    """

    name: str
    settings: dict[str, Any]
    layers: list[int]
    initialization: str
    n_train: int
    n_validation: int
    format_version: int = 1
    interrupted: bool = False
    test_loss: float | None = None
    test_accuracy: float | None = None
    curves: dict[str, list[float]] = field(default_factory=lambda: {c: [] for c in CURVES})

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w[\w.+-]*", self.name):
            raise DataError(f"run name {self.name!r}: use letters, digits and . _ + - only")

    @property
    def epochs(self) -> int:
        """Completed epochs."""
        return len(self.curves["eta"])

    @property
    def parts(self) -> list[str]:
        """The parts of the training file that have curves."""
        return list(PARTS) if self.n_validation else ["train"]

    def add_epoch(
        self, eta: float, train: tuple[float, float], validation: tuple[float, float]
    ) -> None:
        """Record one epoch: its rate, then (loss, accuracy) on the training and validation set."""
        for curve, value in zip(CURVES, (eta, *train, *validation), strict=True):
            self.curves[curve].append(float(value))

    def latest_accuracy(self) -> str:
        """What the last epoch came to, on the validation set where there is one."""
        part = self.parts[-1]
        return f"{PARTS[part]} accuracy {self.curves[f'{part}_accuracy'][-1]:.2%}"

    def save(self, folder: Path) -> Path:
        """Write <folder>/<name>.json, whole or not at all, and return its path."""
        path = folder / f"{self.name}.json"
        text = json.dumps(_finite(asdict(self)), indent=1, default=str, allow_nan=False)
        with replacing(path) as unfinished:
            unfinished.write_text(text + "\n", encoding="utf-8")
        return path


def table_rows(log: RunLog) -> dict[str, str]:
    """The hyperparameter table of a run: name of each setting or result -> its text."""
    rows = {"Run": log.name, "Layers": "-".join(map(str, log.layers))}
    settings = {k: v for k, v in log.settings.items() if k != "hidden"}  # Layers shows them
    rows |= {key.replace("_", " ").capitalize(): _text(v) for key, v in settings.items()}
    rows["Initialisation"] = log.initialization
    counts = {"train": log.n_train, "validation": log.n_validation}
    rows["Examples"] = ", ".join(f"{counts[part]} {PARTS[part]}" for part in log.parts)
    if log.epochs:
        rows |= _results(log)
    if log.test_accuracy is not None:
        rows["Test accuracy"] = _percent(log.test_accuracy)
    return rows


def _results(log: RunLog) -> dict[str, str]:
    """The table's rows of the last epoch, and of the best by validation."""
    rows = {"Last rate": f"{log.curves['eta'][-1]:g}"}
    for part in log.parts:
        accuracy = _percent(log.curves[f"{part}_accuracy"][-1])
        rows[f"{PARTS[part].capitalize()} accuracy"] = accuracy
    if log.n_validation:
        accuracies = log.curves["validation_accuracy"]
        best = max(range(len(accuracies)), key=accuracies.__getitem__)
        rows["Best validation accuracy"] = f"{_percent(accuracies[best])} (epoch {best + 1})"
    return rows


def markdown_table(rows: Mapping[str, str]) -> str:
    """The rows as a Markdown table, | escaped."""
    pairs = [("Hyperparameter", "Value"), *rows.items()]
    cells = [tuple(text.replace("|", "\\|") for text in pair) for pair in pairs]
    left, right = (max(map(len, column)) for column in zip(*cells, strict=True))
    lines = [f"| {a:<{left}} | {b:<{right}} |" for a, b in cells]
    lines.insert(1, f"|{'-' * (left + 2)}|{'-' * (right + 2)}|")
    return "\n".join(lines)


def latex_table(rows: Mapping[str, str]) -> str:
    """The rows as a LaTeX tabular, special characters escaped."""
    body = [f"{escape_latex(a)} & {escape_latex(b)} \\\\" for a, b in rows.items()]
    head = [r"\begin{tabular}{ll}", r"\hline", r"Hyperparameter & Value \\", r"\hline"]
    return "\n".join([*head, *body, r"\hline", r"\end{tabular}"])


def escape_latex(text: str) -> str:
    """Text in which LaTeX's special characters stand for themselves."""
    return "".join(LATEX.get(character, character) for character in text)


def plot_learning_curve(log: RunLog, decays: Sequence[int], path: Path) -> None:
    """Draw loss and accuracy over the epochs as PNG (or by path's suffix).

    decays: completed epochs after which the rate was halved, marked by dashed lines.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    figure = Figure(figsize=(10, 4.2), layout="constrained")
    axes = figure.subplots(1, 2)
    for axis, quantity in zip(axes, ("loss", "accuracy"), strict=True):
        _draw_curves(axis, log, quantity)
        _mark_decays(axis, log, decays)
    axes[0].legend(frameon=False, loc="best")
    axes[1].yaxis.set_major_formatter(PercentFormatter(xmax=1))
    if 0 < 10 * min(log.curves["train_loss"]) < max(log.curves["train_loss"]) < math.inf:
        axes[0].set_yscale("log")
    figure.suptitle(f"{log.name}: {'-'.join(map(str, log.layers))}")
    figure.savefig(path, dpi=150)


def _draw_curves(axis: "Axes", log: RunLog, quantity: str) -> None:
    from matplotlib.ticker import MaxNLocator

    epochs = range(1, log.epochs + 1)
    for part in log.parts:
        curve, colour = log.curves[f"{part}_{quantity}"], COLOURS[part]
        axis.plot(epochs, curve, color=colour, label=PARTS[part], lw=1.8)
    axis.set_xlabel("epoch")
    axis.set_ylabel({"loss": "mean cross-entropy", "accuracy": "accuracy"}[quantity])
    axis.grid(alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def _mark_decays(axis: "Axes", log: RunLog, decays: Sequence[int]) -> None:
    for epoch in decays:
        if not 0 < epoch < log.epochs:
            continue
        axis.axvline(epoch, color="0.35", ls="--", lw=1)
        label = f"rate {log.curves['eta'][epoch]:.3g}"
        above = axis.get_xaxis_transform()
        axis.text(epoch, 1.01, label, transform=above, ha="center", size=8, color="0.35")


def _finite(value: Any) -> Any:
    """The value with None for numbers that JSON cannot hold (a diverged loss)."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f} %"


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
