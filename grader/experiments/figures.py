"""How the figures look, and how they become PNG and SVG."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.runs import COLOURS
from grader.experiments.study import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette, which colour-blind readers can tell apart; markers and dashes say the
# same again. Training and validation look as in the templates' own plots.
BLUE, ORANGE, GREEN, PINK, SKY, GREY = (
    COLOURS["train"], COLOURS["validation"], "#009e73", "#cc79a7", "#56b4e9", "#555555",
)  # fmt: skip
CYCLE = (BLUE, ORANGE, GREEN, PINK, SKY)
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
DPI = 130
STYLE: Any = {
    "font.size": 11,
    "axes.titlesize": 11.5,
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "svg.hashsalt": "experiments",
    "svg.fonttype": "path",
}


def draw(plot: Plot) -> Figure:
    """The plot as a figure."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=plot.size, layout="constrained")
        plot.draw(figure)
        return figure


def save(plot: Plot, folder: Path) -> str:
    """Write folder/NAME.png and .svg; the SVG as a data address for a page of its own."""
    from matplotlib import rc_context

    folder.mkdir(parents=True, exist_ok=True)
    with rc_context(STYLE):
        figure = draw(plot)
        figure.savefig(folder / f"{plot.name}.png", dpi=DPI, metadata={"Software": None})
        svg = io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    (folder / f"{plot.name}.svg").write_bytes(svg.getvalue())
    return address(svg.getvalue())


def address(svg: bytes) -> str:
    """A data address of an SVG picture."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")


def formula(tex: str) -> str:
    """A formula in TeX as the data address of an SVG picture."""
    from matplotlib import rc_context
    from matplotlib.mathtext import math_to_image

    svg = io.BytesIO()
    with rc_context(STYLE | {"mathtext.fontset": "cm", "font.size": 14}):
        math_to_image(f"${tex}$", svg, format="svg")
    return address(svg.getvalue())


def mark_decays(axis: Axes, rates: Sequence[float | None], *, label: bool = True) -> None:
    """A dashed line after every epoch in which the rate was another than in the next."""
    for epoch, (before, after) in enumerate(pairwise(rates), start=1):
        if before is None or after is None or before == after:
            continue
        axis.axvline(epoch, color=GREY, ls="--", lw=1)
        if label:
            above = axis.get_xaxis_transform()
            text = f"η = {after:.3g}"
            axis.text(
                epoch, 1.005, text, transform=above, ha="center", va="bottom", size=8.5, color=GREY
            )


def numbers(curve: Sequence[float | None]) -> list[float]:
    """A curve as it is drawn: gaps where there is no number."""
    return [float("nan") if value is None else value for value in curve]


def plain_log(axes: Axes, which: str) -> None:
    """A logarithmic axis, "x" or "y", with numbers as they are read: 0.1, 0.2, 0.5, 1."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def epochs_axis(axis: Axes, epochs: int) -> None:
    """Epochs on the horizontal axis, whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axis.set_xlim(0 if epochs > 20 else 0.7, epochs + (0.3 if epochs <= 20 else 0.5))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, steps=[1, 2, 5, 10]))
    axis.set_xlabel("epoch")


def percents(axis: Axes, label: str = "accuracy (%)") -> None:
    """Fractions on the vertical axis, shown in percent."""
    from matplotlib.ticker import FuncFormatter

    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}"))
    axis.set_ylabel(label)


def say_diverged(axis: Axes, epoch: int) -> None:
    """Words on a plot whose training diverged in this epoch (0: it did not)."""
    if epoch:
        axis.text(
            0.5, 0.5, f"diverged in epoch {epoch}", transform=axis.transAxes, ha="center",
            va="center", color=ORANGE, size=12, weight="bold",
        )  # fmt: skip
