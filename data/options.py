"""Options that the data sets' commands share, and their check."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from .catalogue import made_folder
from .errors import DataError


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

    Raises DataError where one is below 1 or the seed below 0.
    """
    wanted: dict[str, int] = {name: getattr(args, name) for name in counts}
    if args.seed < 0 or min(wanted.values()) < 1:
        names = " and ".join(f"--{name}" for name in counts)
        raise DataError(f"{names} must be at least 1, --seed at least 0")
    args.out.mkdir(parents=True, exist_ok=True)
    return wanted
