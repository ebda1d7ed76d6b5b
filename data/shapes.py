"""Soft-edged shapes on many images at once: profiles, limbs, rings, rows and columns.

Coordinates run from -1 to 1, x to the right and y down; a shape is its coverage 0..1, float32
(n, SIDE, SIDE). Parameters are numbers, or arrays (n,) with one value per image.
"""

from collections.abc import Sequence

import numpy as np

SIDE = 28
EDGE = 1.0 / SIDE  # half the width over which a border goes from 0 to 1

Value = float | np.ndarray
Grid = tuple[np.ndarray, np.ndarray]  # x and y of every pixel, each (n, SIDE, SIDE)


def grid(centre_x: np.ndarray, centre_y: np.ndarray, scale: np.ndarray, tilt: np.ndarray) -> Grid:
    """The pixels' coordinates from garments moved, scaled and tilted, each (n,)."""
    steps = ((np.arange(SIDE) + 0.5) / (SIDE / 2) - 1).astype(np.float32)
    x, y = np.meshgrid(steps, steps)
    x, y = x - column(centre_x), y - column(centre_y)
    cos, sin = column(np.cos(tilt)), column(np.sin(tilt))
    return (cos * x + sin * y) / column(scale), (cos * y - sin * x) / column(scale)


def column(value: Value) -> np.ndarray:
    """A value per image, shaped to go with pixels."""
    return np.asarray(value, dtype=np.float32).reshape(-1, 1, 1)


def soft(distance: np.ndarray) -> np.ndarray:
    """Coverage from the signed distance to a border, positive inside."""
    return np.clip(0.5 + distance / (2 * EDGE), 0, 1)


def piecewise(at: np.ndarray, knots: Sequence[tuple[Value, Value]]) -> np.ndarray:
    """Piecewise linear through the knots (position, value), positions ascending; flat outside."""
    (start, value), *rest = [(column(place), column(value)) for place, value in knots]
    result = np.broadcast_to(value, at.shape)
    for place, following in rest:
        share = np.clip((at - start) / np.maximum(place - start, 1e-3), 0, 1)
        result = result + share * (following - value)
        start, value = place, following
    return result


def between(at: np.ndarray, low: Value, high: Value) -> np.ndarray:
    """A band of all pixels whose coordinate `at` lies between two borders."""
    return soft(np.minimum(at - column(low), column(high) - at))


def upright(pixels: Grid, knots: Sequence[tuple[Value, Value]]) -> np.ndarray:
    """A shape that is symmetric about x = 0: knots (y, half its width there), from top to hem."""
    x, y = pixels
    ends = between(y, knots[0][0], knots[-1][0])
    return ends * soft(piecewise(y, knots) - np.abs(x))


def lying(
    pixels: Grid, top: Sequence[tuple[Value, Value]], bottom: Sequence[tuple[Value, Value]]
) -> np.ndarray:
    """A shape seen from the side: knots (x, y) of its upper and its lower border, left to right."""
    x, y = pixels
    ends = between(x, top[0][0], top[-1][0])
    return ends * soft(np.minimum(y - piecewise(x, top), piecewise(x, bottom) - y))


def limb(
    pixels: Grid, start: tuple[Value, Value], end: tuple[Value, Value], radii: tuple[Value, Value]
) -> np.ndarray:
    """A tapering, round-ended stroke from one point to another."""
    (x0, y0), (x1, y1) = (tuple(map(column, point)) for point in (start, end))
    dx, dy = x1 - x0, y1 - y0
    x, y = pixels
    along = ((x - x0) * dx + (y - y0) * dy) / np.maximum(dx * dx + dy * dy, 1e-6)
    along = np.clip(along, 0, 1)
    away = np.hypot(x - x0 - along * dx, y - y0 - along * dy)
    first, last = map(column, radii)
    return soft(first + along * (last - first) - away)


def ellipse(pixels: Grid, centre: tuple[Value, Value], radii: tuple[Value, Value]) -> np.ndarray:
    """A filled ellipse."""
    x, y = pixels
    (cx, cy), (rx, ry) = map(column, centre), map(column, radii)
    return soft((1 - np.hypot((x - cx) / rx, (y - cy) / ry)) * np.minimum(rx, ry))


def join(*parts: np.ndarray) -> np.ndarray:
    """The union of shapes."""
    whole = parts[0]
    for part in parts[1:]:
        whole = np.maximum(whole, part)
    return whole


def cut(shape: np.ndarray, *holes: np.ndarray) -> np.ndarray:
    """A shape without the others."""
    return shape * (1 - join(*holes))
