"""`python -m data NAME`: make a data set."""

import argparse
import sys
from collections.abc import Sequence

from . import digits, fashion, fashion_like, human_machine, mnist
from .catalogue import suggestion
from .errors import DataError

SETS = {  # each: add_arguments(parser), run(args)
    "digits": digits,
    "mnist": mnist,
    "fashion": fashion,
    "fashion-like": fashion_like,
    "human-machine": human_machine,
}


def main(argv: Sequence[str] | None = None) -> int:
    """0 when the set is written, 2 with one line when not, 130 when stopped."""
    argv = sys.argv[1:] if argv is None else argv
    if argv and not argv[0].startswith("-") and argv[0] not in SETS:
        known = ", ".join(SETS)
        hint = suggestion(argv[0], SETS)
        print(f"error: no data set {argv[0]!r}{hint} (there are {known})", file=sys.stderr)
        return 2
    args = make_parser().parse_args(argv)
    try:
        SETS[args.name].run(args)
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"error: {error.name} is needed for {args.name}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; what is downloaded is kept and continued next time", file=sys.stderr)
        return 130
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The command line: one subcommand for each set."""
    parser = argparse.ArgumentParser(prog="python -m data", description="Make a data set.")
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, module in SETS.items():
        doc = (module.__doc__ or "").splitlines()[0]
        module.add_arguments(names.add_parser(name, help=doc, description=doc))
    return parser


if __name__ == "__main__":
    sys.exit(main())
