"""Ten kinds of clothes as shapes of random proportions, in the order of Fashion-MNIST's labels.

Each function draws as many garments as the grid has images: coverage 0..1 and relief, a factor
on the brightness (seams, collars, soles), each (n, SIDE, SIDE). x runs to the right, y down.
"""

from collections.abc import Callable

import numpy as np

from .shapes import Grid, between, cut, ellipse, join, limb, lying, upright

Drawn = tuple[np.ndarray, np.ndarray]
Random = np.random.Generator


def spread(rng: Random, pixels: Grid, low: float, high: float) -> np.ndarray:
    """One number per image, uniform between low and high."""
    return rng.uniform(low, high, len(pixels[0])).astype(np.float32)


def chance(rng: Random, pixels: Grid, share: float) -> np.ndarray:
    """One 0 or 1 per image, 1 with the given probability."""
    return (rng.random(len(pixels[0])) < share).astype(np.float32)


def seam(pixels: Grid, strength: np.ndarray, at: float = 0.0) -> np.ndarray:
    """A factor on the brightness: a dark upright line, from strength 0 (none) to 1 (black)."""
    return 1 - strength[:, None, None] * between(pixels[0], at - 0.03, at + 0.03)


def top(
    rng: Random,
    pixels: Grid,
    *,
    width: tuple[float, float],
    hem: tuple[float, float],
    sleeve: np.ndarray,
    neck: tuple[float, float],
) -> np.ndarray:
    """A garment with a trunk and sleeves; sleeve: their length per image, from 0 to 1."""
    shoulder, end = spread(rng, pixels, *width), spread(rng, pixels, *hem)
    waist = shoulder * spread(rng, pixels, 0.82, 1.02)
    bottom = waist * spread(rng, pixels, 0.95, 1.15)
    high = spread(rng, pixels, -0.92, -0.8)
    trunk = upright(
        pixels, [(high, 0.5 * shoulder), (high + 0.14, shoulder), (0.1, waist), (end, bottom)]
    )
    neck_width = spread(rng, pixels, 0.12, 0.2)
    collar = ellipse(pixels, (0.0, high), (neck_width, spread(rng, pixels, *neck)))
    reach = spread(rng, pixels, 0.32, 0.5) * (0.6 + 0.4 * sleeve)
    drop = sleeve * spread(rng, pixels, 1.15, 1.45)
    thick, cuff = spread(rng, pixels, 0.13, 0.19), spread(rng, pixels, 0.09, 0.14)
    start_x, start_y = shoulder * 0.86, high + 0.22
    sleeves = [
        limb(
            pixels,
            (side * start_x, start_y),
            (side * (start_x + reach * 0.62), start_y + np.maximum(drop, 0.2)),
            (thick, cuff + 0.04 * (1 - sleeve)),
        )
        for side in (-1, 1)
    ]
    return cut(join(trunk, *sleeves), collar)


def t_shirt(rng: Random, pixels: Grid) -> Drawn:
    sleeve = spread(rng, pixels, 0.1, 0.42)
    shape = top(rng, pixels, width=(0.36, 0.52), hem=(0.7, 0.95), sleeve=sleeve, neck=(0.06, 0.22))
    size = spread(rng, pixels, 0.1, 0.24)
    printed = chance(rng, pixels, 0.4) * spread(rng, pixels, -0.7, 0.7)
    motif = ellipse(pixels, (0.0, spread(rng, pixels, -0.3, 0.1)), (size, size))
    return shape, 1 + printed[:, None, None] * motif


def trouser(rng: Random, pixels: Grid) -> Drawn:
    waist, hem = spread(rng, pixels, 0.2, 0.32), spread(rng, pixels, 0.12, 0.34)
    thigh, ankle = waist * 0.56, spread(rng, pixels, 0.07, 0.14)
    end = spread(rng, pixels, 0.78, 0.92)
    legs = [
        limb(pixels, (side * waist * 0.5, -0.5), (side * hem, end), (thigh, ankle))
        for side in (-1, 1)
    ]
    belt = upright(pixels, [(-0.92, waist * 0.85), (-0.4, waist * 1.08)])
    fold = spread(rng, pixels, 0.0, 0.4)
    return join(belt, *legs), seam(pixels, fold)


def pullover(rng: Random, pixels: Grid) -> Drawn:
    sleeve = spread(rng, pixels, 0.75, 1.0)
    shape = top(rng, pixels, width=(0.38, 0.52), hem=(0.66, 0.93), sleeve=sleeve, neck=(0.03, 0.16))
    rib = spread(rng, pixels, 0.0, 0.35)[:, None, None]
    return shape, 1 - rib * between(pixels[1], 0.62, 0.95)


def dress(rng: Random, pixels: Grid) -> Drawn:
    shoulder, waist = spread(rng, pixels, 0.2, 0.42), spread(rng, pixels, 0.16, 0.38)
    hem, end = spread(rng, pixels, 0.2, 0.6), spread(rng, pixels, 0.7, 0.96)
    middle = spread(rng, pixels, -0.35, 0.0)
    body = upright(
        pixels, [(-0.95, shoulder * 0.7), (-0.75, shoulder), (middle, waist), (end, hem)]
    )
    length = spread(rng, pixels, 0.1, 1.0) * chance(rng, pixels, 0.55)
    sleeves = [
        limb(
            pixels,
            (side * shoulder * 0.8, -0.78),
            (side * (shoulder + 0.22 * length), -0.75 + 0.95 * length),
            (0.08 + 0.05 * (length > 0), 0.07),
        )
        for side in (-1, 1)
    ]
    collar = ellipse(pixels, (0.0, -0.96), (0.12, spread(rng, pixels, 0.05, 0.25)))
    belt = spread(rng, pixels, -0.3, 0.3)[:, None, None]
    return cut(join(body, *sleeves), collar), 1 + belt * between(
        pixels[1], middle - 0.04, middle + 0.04
    )


def coat(rng: Random, pixels: Grid) -> Drawn:
    sleeve = spread(rng, pixels, 0.8, 1.0)
    shape = top(rng, pixels, width=(0.38, 0.52), hem=(0.8, 0.96), sleeve=sleeve, neck=(0.04, 0.3))
    opening = spread(rng, pixels, 0.15, 0.9) * chance(rng, pixels, 0.75)
    lapel = spread(rng, pixels, 0.0, 0.4)[:, None, None]
    slant = np.abs(np.abs(pixels[0]) - 0.14 - 0.25 * (-0.4 - pixels[1]))
    lapels = between(pixels[1], -0.85, -0.3) * (slant < 0.05)
    return shape, seam(pixels, opening) * (1 - lapel * lapels)


def sandal(rng: Random, pixels: Grid) -> Drawn:
    heel = spread(rng, pixels, 0.0, 0.75) * chance(rng, pixels, 0.55)
    floor, thick = spread(rng, pixels, 0.38, 0.55), spread(rng, pixels, 0.04, 0.11)
    back = floor - heel
    sole = lying(
        pixels,
        [(-0.9, floor - 0.1), (-0.3, floor), (0.35, back + 0.1 * heel), (0.9, back - 0.06)],
        [(-0.9, floor), (-0.3, floor + thick), (0.35, back + thick), (0.9, back + thick)],
    )
    spike = limb(pixels, (0.82, back), (0.8, floor + thick), (0.09, 0.04))
    front = limb(
        pixels,
        (spread(rng, pixels, -0.75, -0.55), floor - 0.03),
        (spread(rng, pixels, -0.4, -0.1), floor - spread(rng, pixels, 0.25, 0.45)),
        (0.06, spread(rng, pixels, 0.03, 0.09)),
    )
    high = back - spread(rng, pixels, 0.2, 0.55)
    straps = [
        limb(pixels, (place, floor - 0.25 * (place + 0.4)), (place + lean, high), (0.04, 0.035))
        for place, lean in (
            (spread(rng, pixels, -0.3, 0.0), spread(rng, pixels, 0.0, 0.4)),
            (spread(rng, pixels, 0.55, 0.75), spread(rng, pixels, -0.15, 0.15)),
        )
    ]
    ankle = limb(pixels, (spread(rng, pixels, -0.05, 0.3), high), (0.8, high + 0.06), (0.04, 0.05))
    closed = chance(rng, pixels, 0.25)[:, None, None]  # a vamp from the toes to the ankle
    vamp = lying(
        pixels, [(-0.8, floor - 0.05), (-0.1, high), (0.3, high)], [(-0.8, floor), (0.3, floor)]
    )
    return join(sole, spike, front, ankle, closed * vamp, *straps), np.ones_like(pixels[0])


def shirt(rng: Random, pixels: Grid) -> Drawn:
    short = chance(rng, pixels, 0.4)
    sleeve = short * spread(rng, pixels, 0.15, 0.45) + (1 - short) * spread(rng, pixels, 0.7, 1.0)
    shape = top(rng, pixels, width=(0.36, 0.5), hem=(0.7, 0.95), sleeve=sleeve, neck=(0.05, 0.28))
    buttons = spread(rng, pixels, 0.0, 0.5) * chance(rng, pixels, 0.7)
    return shape, seam(pixels, buttons)


def sneaker(rng: Random, pixels: Grid) -> Drawn:
    floor, rim = spread(rng, pixels, 0.42, 0.68), spread(rng, pixels, -0.5, 0.0)
    toe = floor - spread(rng, pixels, 0.2, 0.32)
    tongue = spread(rng, pixels, 0.0, 0.2)
    shape = lying(
        pixels,
        [(-0.93, toe + 0.1), (-0.6, toe), (-0.05 + tongue, rim), (0.45, rim + 0.12), (0.88, rim)],
        [(-0.93, floor), (0.88, floor)],
    )
    sole = spread(rng, pixels, -0.6, 0.6)[:, None, None]
    stripe = spread(rng, pixels, -0.5, 0.5) * chance(rng, pixels, 0.5)
    band = between(pixels[0] - 0.5 * pixels[1], -0.1, 0.06) * stripe[:, None, None]
    line = floor - spread(rng, pixels, 0.08, 0.14)
    return shape, (1 + sole * between(pixels[1], line, 1.0)) * (1 + band)


def bag(rng: Random, pixels: Grid) -> Drawn:
    width, below = spread(rng, pixels, 0.5, 0.9), spread(rng, pixels, 0.55, 0.9)
    rim = spread(rng, pixels, -0.4, 0.05)
    body = upright(
        pixels, [(rim, width * spread(rng, pixels, 0.7, 1.0)), (rim + 0.3, width), (below, width)]
    )
    height, reach = spread(rng, pixels, 0.2, 0.6), width * spread(rng, pixels, 0.35, 0.8)
    height = np.minimum(height, 0.95 + rim)
    thick = spread(rng, pixels, 0.05, 0.1)
    arch = cut(
        ellipse(pixels, (0.0, rim + 0.03), (reach, height)),
        ellipse(pixels, (0.0, rim + 0.03), (reach - thick, height - thick)),
    )
    handle = arch * chance(rng, pixels, 0.85)[:, None, None]
    flap = spread(rng, pixels, -0.4, 0.4)[:, None, None]
    edge = rim + spread(rng, pixels, 0.15, 0.4)
    return join(body, handle), 1 + flap * between(pixels[1], rim, edge)


def ankle_boot(rng: Random, pixels: Grid) -> Drawn:
    floor, rim = spread(rng, pixels, 0.5, 0.8), spread(rng, pixels, -0.85, -0.2)
    toe = floor - spread(rng, pixels, 0.22, 0.36)
    front = spread(rng, pixels, -0.15, 0.1)
    heel = spread(rng, pixels, 0.0, 0.2)
    shape = lying(
        pixels,
        [(-0.9, toe + 0.1), (-0.6, toe), (front - 0.06, toe - 0.22), (front, rim), (0.8, rim)],
        [(-0.9, floor), (-0.1, floor), (0.35, floor - heel), (0.8, floor - heel)],
    )
    block = limb(pixels, (0.68, floor - 0.2), (0.68, floor - 0.05), (0.13, 0.1))
    zipped = spread(rng, pixels, 0.0, 0.6) * chance(rng, pixels, 0.4)
    return join(shape, block), seam(pixels, zipped, at=0.45)


GARMENTS: dict[str, Callable[[Random, Grid], Drawn]] = {
    "T-shirt": t_shirt,
    "trouser": trouser,
    "pullover": pullover,
    "dress": dress,
    "coat": coat,
    "sandal": sandal,
    "shirt": shirt,
    "sneaker": sneaker,
    "bag": bag,
    "ankle boot": ankle_boot,
}
