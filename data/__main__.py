"""`python -m data NAME`: make a data set."""

import argparse
import sys
from collections.abc import Sequence

from . import digits
from .errors import DataError

SETS = {"digits": digits}  # each: add_arguments(parser), run(args)


def main(argv: Sequence[str] | None = None) -> int:
    """0 when the set is written, 2 with one line when not."""
    parser = argparse.ArgumentParser(prog="python -m data", description="Make a data set.")
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, module in SETS.items():
        doc = (module.__doc__ or "").splitlines()[0]
        module.add_arguments(names.add_parser(name, help=doc, description=doc))
    args = parser.parse_args(argv)
    try:
        SETS[args.name].run(args)
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"error: {error.name} is needed for {args.name}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
