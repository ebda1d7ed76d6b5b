"""Human/machine: generated sequences of 20 coin tosses, made up by people or tossed.

A model of how people make up tosses: they alternate too often, break off runs, keep the two
outcomes balanced over what they remember and differ from each other; docs/data.md names the
sources. That some type a pattern over and over is our own assumption, and so are all sizes.
"""

import argparse

import numpy as np

from .options import add_generator_options, checked_counts
from .progress import progress
from .writing import size_text, write_hdf5

SEED = 20240229
COUNTS = {"n": 5_100}  # sequences of each kind, as in the course's file
LENGTH = 20
STREAM = {"human": 0, "machine": 1}
BLOCK = 1_000  # sequences per random stream: a set of n begins any larger set of its seed

ALTERNATION = (0.22, 0.50)  # of a person, after a first outcome: mean and deviation of the logit
RUN = (0.28, 0.25)  # what each further repetition adds to the logit: mean and deviation
BALANCE = (0.12, 0.08)  # what each surplus outcome in memory adds: mean and deviation
MEMORY = 7  # outcomes that a person keeps in mind
TYPISTS = 0.08  # share of sequences that repeat a pattern
PATTERN = (1, 2, 3, 4, 5, 6)  # its lengths,
PATTERN_SHARES = (0.05, 0.30, 0.15, 0.30, 0.10, 0.10)  # how often each,
SLIP = 0.04  # and the probability that an outcome in it is another


def make_sequences(kind: str, n: int, *, seed: int = SEED) -> np.ndarray:
    """n sequences of a kind, "human" or "machine": int8 (n, 20), entries -1 and 1."""
    blocks = []
    with progress(f"sequences, {kind}", -(-n // BLOCK)) as bar:
        for block in range(-(-n // BLOCK)):
            rng = np.random.default_rng([seed, STREAM[kind], block])
            blocks.append(human_block(rng) if kind == "human" else machine_block(rng))
            bar.advance()
    return np.concatenate(blocks)[:n]


def machine_block(rng: np.random.Generator) -> np.ndarray:
    """Independent fair tosses, int8 (BLOCK, 20)."""
    return _signs(rng.random((BLOCK, LENGTH)))


def human_block(rng: np.random.Generator) -> np.ndarray:
    """Sequences as people make them up, int8 (BLOCK, 20), each by a person of its own."""
    made_up, typed = _made_up(rng), _typed(rng)
    is_typed = rng.random(BLOCK) < TYPISTS
    return np.where(is_typed[:, None], typed, made_up).astype(np.int8)


def _made_up(rng: np.random.Generator) -> np.ndarray:
    """Outcome by outcome: the more of the last one there was of late, the sooner it changes."""
    base, run_effect, balance_effect = (
        rng.normal(mean, deviation, BLOCK) for mean, deviation in (ALTERNATION, RUN, BALANCE)
    )
    tosses = np.zeros((BLOCK, LENGTH), dtype=np.int8)
    tosses[:, 0] = _signs(rng.random(BLOCK))
    run: np.ndarray = np.ones(BLOCK)
    for t in range(1, LENGTH):
        last = tosses[:, t - 1]
        surplus = last * tosses[:, max(0, t - MEMORY) : t].sum(axis=1)
        logit = base + run_effect * (run - 1) + balance_effect * surplus
        changes = rng.random(BLOCK) < 1 / (1 + np.exp(-logit))
        tosses[:, t] = np.where(changes, -last, last)
        run = np.where(changes, 1, run + 1)
    return tosses


def _typed(rng: np.random.Generator) -> np.ndarray:
    """A short random pattern over and over, with slips."""
    lengths = rng.choice(PATTERN, BLOCK, p=PATTERN_SHARES)
    patterns = _signs(rng.random((BLOCK, max(PATTERN))))
    places = np.arange(LENGTH) % lengths[:, None]
    tosses = np.take_along_axis(patterns, places, axis=1)
    return np.where(rng.random(tosses.shape) < SLIP, -tosses, tosses)


def _signs(uniform: np.ndarray) -> np.ndarray:
    return np.where(uniform < 0.5, -1, 1).astype(np.int8)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m data human-machine`."""
    add_generator_options(parser, "human-machine", SEED, COUNTS)


def run(args: argparse.Namespace) -> None:
    """Write binary_random_generated.hdf5."""
    n = checked_counts(args, COUNTS)["n"]
    sets = {kind: make_sequences(kind, n, seed=args.seed) for kind in STREAM}
    path = args.out / "binary_random_generated.hdf5"
    write_hdf5(path, sets, {"seed": args.seed, "generator": "python -m data human-machine"})
    print(f"{path}: {n} sequences of each kind, {size_text(path)}")
