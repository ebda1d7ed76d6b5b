"""Generated 28x28 digits: font outlines under random affine and elastic distortion.

Every image has a random stream of its own, so that a set of n images is the beginning of any
larger set of the same seed.
"""

import argparse

import numpy as np

from . import glyphs
from .loading import N_CLASSES
from .options import add_generator_options, checked_counts
from .progress import progress
from .writing import size_text, write_hdf5

SEED = 20240229
COUNTS = {"train": 12_000, "test": 2_500}
STREAM = {"train": 0, "test": 1}
GREY_STEP = 8  # grey levels are multiples of this: half the size in the file, looks the same


def digit_image(rng: np.random.Generator, digit: int) -> np.ndarray:
    """One image of a digit in a random font and distortion, uint8 (28, 28), bright on black."""
    font = glyphs.FONTS[rng.integers(len(glyphs.FONTS))]
    matrix, shift = random_affine(rng)
    waves = random_waves(rng)
    polygons = [elastic(p @ matrix.T, waves) + shift for p in glyphs.outline(digit, font)]
    sigma, threshold = rng.uniform(1.5, 3.5), rng.uniform(0.15, 0.5)
    ink = glyphs.pixels(glyphs.thicken(glyphs.draw(polygons), sigma, threshold))
    return add_noise(rng, ink)


def random_affine(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(matrix (2, 2), shift (2,)) of a random rotation, shear, scale and shift in pixels."""
    angle, shear = rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2)
    cos, sin = np.cos(angle), np.sin(angle)
    scale = np.diag([rng.uniform(0.8, 1.2), rng.uniform(0.85, 1.12)])
    rotation = np.array([[cos, -sin], [sin, cos]])
    return rotation @ np.array([[1.0, shear], [0.0, 1.0]]) @ scale, rng.uniform(-1.0, 1.0, 2)


def random_waves(rng: np.random.Generator, n: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(wave vectors (n, 2), phases (n,), amplitudes (n, 2) in pixels) of an elastic distortion.

    The wave lengths lie between half an image and one and a half: bent strokes, no jagged ones.
    """
    direction = rng.uniform(0, 2 * np.pi, n)
    length = glyphs.SIDE * rng.uniform(0.5, 1.5, n)
    vectors = (
        np.stack([np.cos(direction), np.sin(direction)], axis=1) * (2 * np.pi / length)[:, None]
    )
    return vectors, rng.uniform(0, 2 * np.pi, n), rng.normal(0.0, 0.45, (n, 2))


def elastic(points: np.ndarray, waves: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Points (k, 2), each displaced by the sum of the waves where it is."""
    vectors, phases, amplitudes = waves
    return points + np.sin(points @ vectors.T + phases) @ amplitudes


def add_noise(rng: np.random.Generator, ink: np.ndarray) -> np.ndarray:
    """Ink 0..1 as uint8 grey: random brightness, noise on the ink, some specks beside it."""
    grey = 255 * rng.uniform(0.7, 1.0) * ink
    noisy = grey + 30 * rng.standard_normal(ink.shape) * (ink > 0)
    specks = rng.random(ink.shape) < 0.005
    noisy = np.maximum(noisy, specks * rng.uniform(60, 200, ink.shape))
    return (np.clip(noisy, 0, 255) // GREY_STEP * GREY_STEP).astype(np.uint8)


def make_digits(part: str, n: int, *, seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """n generated digits of "train" or "test": pixels uint8 (n, 784), labels uint8 (n,)."""
    x = np.zeros((n, glyphs.SIDE**2), dtype=np.uint8)
    y = np.zeros(n, dtype=np.uint8)
    with progress(f"digits, {part}", n) as bar:
        for i in range(n):
            rng = np.random.default_rng([seed, STREAM[part], i])
            y[i] = rng.integers(N_CLASSES)
            x[i] = digit_image(rng, int(y[i])).ravel()
            bar.advance()
    return x, y


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m data digits`."""
    add_generator_options(parser, "digits", SEED, COUNTS)


def run(args: argparse.Namespace) -> None:
    """Write digits_traindata.hdf5 and digits_testdata.hdf5."""
    attributes = {"seed": args.seed, "generator": "python -m data digits"}
    for part, n in checked_counts(args, COUNTS).items():
        path = args.out / f"digits_{part}data.hdf5"
        x, y = make_digits(part, n, seed=args.seed)
        write_hdf5(path, {"xdata": x, "ydata": y}, attributes, level=9)
        print(f"{path}: {n} digits, {size_text(path)}")
