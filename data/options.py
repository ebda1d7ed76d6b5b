"""Options that the data sets' commands share, and their check."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from .catalogue import made_folder
from .errors import DataError

MOST = 1_000_000  # examples: pictures of that many are 784 MB in memory
LAST_SEED = 2**32 - 1


def add_folder_option(parser: argparse.ArgumentParser, name: str) -> None:
    """--out, where the set of this name is written."""
    parser.add_argument(
        "--out", type=Path, default=made_folder(name), help="folder, default %(default)s"
    )


def add_generator_options(
    parser: argparse.ArgumentParser, name: str, seed: int, counts: Mapping[str, int]
) -> None:
    """--out, --seed, and for each entry of counts an option of its name: how many examples."""
    add_folder_option(parser, name)
    parser.add_argument("--seed", type=int, default=seed, help="default %(default)s")
    for part, n in counts.items():
        parser.add_argument(
            f"--{part}", type=int, default=n, metavar="N", help="default %(default)s"
        )


def checked_counts(args: argparse.Namespace, counts: Mapping[str, int]) -> dict[str, int]:
    """The numbers of examples asked for; makes the folder.

    Raises DataError where one is not in 1..MOST or the seed not in 0..LAST_SEED.
    """
    wanted: dict[str, int] = {name: getattr(args, name) for name in counts}
    in_bounds = all(1 <= n <= MOST for n in wanted.values())
    if not (in_bounds and 0 <= args.seed <= LAST_SEED):
        names = " and ".join(f"--{name}" for name in counts)
        raise DataError(f"{names} must be from 1 to {MOST:,}, --seed from 0 to {LAST_SEED:,}")
    args.out.mkdir(parents=True, exist_ok=True)
    return wanted
