"""Fashion-like: generated 28x28 pictures of ten kinds of clothes, a stand-in for Fashion-MNIST.

Shapes of random proportions with fabric, shading and noise, bright on black, labelled as in
Fashion-MNIST. Some shirts look like pullovers, coats or T-shirts, as in the real set.
"""

import argparse

import numpy as np

from .garments import GARMENTS
from .options import add_generator_options, checked_counts
from .progress import progress
from .shapes import SIDE, Grid, grid
from .writing import size_text, write_images

SEED = 20240229
COUNTS = {"train": 60_000, "test": 10_000}
STREAM = {"train": 0, "test": 1}
BLOCK = 500  # images per random stream: a set of n images begins any larger set of its seed
GREY_STEP = 4  # grey levels are multiples of this: smaller files, looks the same
CLASSES = tuple(GARMENTS)
NOISE = 0.1  # standard deviation of the grey on a garment, of 0..1
SHADES = ((-0.2, 0.2), (0.0, 0.4), (0.0, 0.15))  # light, darker sides, folds: least and most


def make_fashion(part: str, n: int, *, seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """n pictures of "train" or "test": pixels uint8 (n, 784), labels uint8 (n,)."""
    blocks = -(-n // BLOCK)
    x = np.zeros((blocks * BLOCK, SIDE * SIDE), dtype=np.uint8)
    y = np.zeros(blocks * BLOCK, dtype=np.uint8)
    with progress(f"fashion-like, {part}", blocks) as bar:
        for block in range(blocks):
            rows = slice(block * BLOCK, (block + 1) * BLOCK)
            x[rows], y[rows] = fashion_block(np.random.default_rng([seed, STREAM[part], block]))
            bar.advance()
    return x[:n], y[:n]


def fashion_block(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(pixels uint8 (BLOCK, 784), labels uint8 (BLOCK,)): as many of each kind, in random order."""
    labels = rng.permutation(np.arange(BLOCK) % len(CLASSES)).astype(np.uint8)
    images = np.zeros((BLOCK, SIDE, SIDE), dtype=np.uint8)
    for label, name in enumerate(CLASSES):
        mine = labels == label
        images[mine] = pictures(rng, name, int(mine.sum()))
    return images.reshape(BLOCK, -1), labels


def pictures(rng: np.random.Generator, name: str, n: int) -> np.ndarray:
    """n pictures of one of CLASSES, uint8 (n, SIDE, SIDE)."""
    pixels = random_grid(rng, n)
    shape, relief = GARMENTS[name](rng, pixels)
    light = fabric(rng, pixels) * shading(rng, pixels) * relief
    noise = rng.normal(0, NOISE, shape.shape) * (shape > 0)
    grey = 255 * np.clip(shape * light + noise * shape, 0, 1)
    return (grey // GREY_STEP * GREY_STEP).astype(np.uint8)


def random_grid(rng: np.random.Generator, n: int) -> Grid:
    """Garments a little off the centre, smaller or larger, askew."""
    shift_x, shift_y = rng.normal(0, 0.06, (2, n))
    return grid(shift_x, shift_y, rng.uniform(0.8, 1.04, n), rng.normal(0, 0.07, n))


def fabric(rng: np.random.Generator, pixels: Grid) -> np.ndarray:
    """Brightness (n, SIDE, SIDE): a grey of its own, for some with stripes, checks or blotches."""
    n = len(pixels[0])
    base = rng.uniform(0.3, 0.95, (n, 1, 1))
    kind = rng.choice(4, n, p=(0.58, 0.17, 0.1, 0.15))[:, None, None]
    period, phase = rng.uniform(0.12, 0.5, (n, 1, 1)), rng.uniform(0, 2 * np.pi, (n, 1, 1))
    across, along = (np.sin(2 * np.pi * axis / period + phase) for axis in pixels)
    blotches = np.sin(7 * pixels[0] + 2 * phase) * np.sin(6 * pixels[1] + phase)
    pattern = np.select([kind == 1, kind == 2, kind == 3], [along, across * along, blotches], 0.0)
    return base * (1 + rng.uniform(0.1, 0.5, (n, 1, 1)) * pattern)


def shading(rng: np.random.Generator, pixels: Grid) -> np.ndarray:
    """A factor about 1: light from above or below, darker sides, soft folds."""
    n = len(pixels[0])
    slope, side, fold = (rng.uniform(low, high, (n, 1, 1)) for low, high in SHADES)
    angle, phase = rng.uniform(0, np.pi, (n, 1, 1)), rng.uniform(0, 2 * np.pi, (n, 1, 1))
    x, y = pixels
    folds = np.sin(5 * (x * np.cos(angle) + y * np.sin(angle)) + phase)
    return (1 + slope * y) * (1 - side * x * x) * (1 + fold * folds)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m data fashion-like`."""
    add_generator_options(parser, "fashion-like", SEED, COUNTS)


def run(args: argparse.Namespace) -> None:
    """Write fashion-like_traindata.hdf5, fashion-like_testdata.hdf5 and the same as npy files."""
    counts = checked_counts(args, COUNTS)
    parts = {part: make_fashion(part, n, seed=args.seed) for part, n in counts.items()}
    attributes = {"seed": args.seed, "generator": "python -m data fashion-like"}
    for path in write_images(args.out, "fashion-like", parts, **attributes):
        print(f"{path}: {size_text(path)}")
