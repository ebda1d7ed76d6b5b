"""Outlines of digits from matplotlib's bundled fonts, and their drawing as 28x28 pixels.

An outline is a list of closed polygons (k, 2) in pixels, x to the right and y down, about (0, 0).
"""

from functools import cache
from pathlib import Path

import numpy as np

Outline = list[np.ndarray]

SIDE = 28
FINE = 4  # subsamples per pixel and axis
HEIGHT = 19.0  # pixels, of an undistorted digit
FONTS = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSans-Oblique.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSansMono-Oblique.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSerif-Bold.ttf",
    "DejaVuSerif-Italic.ttf",
    "STIXGeneral.ttf",
    "STIXGeneralBol.ttf",
    "STIXGeneralItalic.ttf",
    "STIXGeneralBolIta.ttf",
    "cmb10.ttf",
    "cmr10.ttf",
    "cmss10.ttf",
    "cmtt10.ttf",
)


@cache
def outline(digit: int, font: str) -> Outline:
    """The outline of a digit in one of FONTS, HEIGHT pixels high and centred."""
    import matplotlib
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / font
    path = TextPath((0, 0), str(digit), size=100, prop=FontProperties(fname=file))
    polygons = [np.asarray(polygon) * [1, -1] for polygon in path.to_polygons()]
    points = np.concatenate(polygons)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = HEIGHT / (high[1] - low[1])
    return [_dense((polygon - (low + high) / 2) * scale) for polygon in polygons]


def _dense(polygon: np.ndarray, step: float = 1.0) -> np.ndarray:
    """The closed polygon with points at most `step` apart, so that its edges can bend."""
    edges = np.diff(polygon, axis=0, append=polygon[:1])
    counts = np.maximum(1, np.ceil(np.hypot(*edges.T) / step)).astype(int)
    pieces = [
        point + edge * np.arange(n)[:, None] / n
        for point, edge, n in zip(polygon, edges, counts, strict=True)
    ]
    return np.concatenate(pieces)


def draw(polygons: Outline) -> np.ndarray:
    """Coverage 0 or 1, (FINE SIDE, FINE SIDE), by winding number; (0, 0) is the centre."""
    n = SIDE * FINE
    crossings = np.zeros((n, n + 1))
    for polygon in polygons:
        a = (polygon + SIDE / 2) * FINE - 0.5  # row and column r have their sample at r
        b = np.roll(a, -1, axis=0)
        _add_crossings(crossings, a, b)
    return (np.rint(np.cumsum(crossings, axis=1)[:, :n]) != 0).astype(float)


def _add_crossings(crossings: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """Add +1 or -1 at the first column right of where each edge a-b crosses each row."""
    n = len(crossings)
    rows = np.arange(n)[:, None]
    down = (a[:, 1] <= rows) & (rows < b[:, 1])
    up = (b[:, 1] <= rows) & (rows < a[:, 1])
    row, edge = np.nonzero(down | up)
    slope = (b[edge, 0] - a[edge, 0]) / (b[edge, 1] - a[edge, 1])
    x = a[edge, 0] + (row - a[edge, 1]) * slope
    column = np.clip(np.ceil(x), 0, n).astype(int)
    np.add.at(crossings, (row, column), np.where(down[row, edge], 1, -1))


def thicken(coverage: np.ndarray, sigma: float, threshold: float) -> np.ndarray:
    """Blur by a Gaussian of sigma subsamples and cut at threshold: below 0.5 the stroke widens.

    The edge stays soft over a few subsamples. Same shape, values 0 to 1.
    """
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    n = len(coverage)
    toeplitz = np.zeros((n, n))
    for offset, weight in zip(range(-reach, reach + 1), kernel, strict=True):
        toeplitz += weight * np.eye(n, k=offset)
    blurred = toeplitz @ coverage @ toeplitz.T
    return np.clip(0.5 + 4.0 * (blurred - threshold), 0.0, 1.0)


def pixels(coverage: np.ndarray) -> np.ndarray:
    """Mean coverage of each pixel, (SIDE, SIDE)."""
    return coverage.reshape(SIDE, FINE, SIDE, FINE).mean(axis=(1, 3))
