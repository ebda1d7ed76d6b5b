"""Copy the figures of experiments into docs/figures: python scripts/figures.py OUT.

OUT is what `python -m grader experiment NAME --out OUT` wrote, for every NAME. Together the
pictures may have 1.5 MB.
"""

import shutil
import sys
from pathlib import Path

FIGURES = Path(__file__).resolve().parent.parent / "docs" / "figures"
LIMIT = 1_500_000


def main(arguments: list[str]) -> int:
    """0 when all are copied, 2 with one line when not."""
    if len(arguments) != 1:
        print("usage: python scripts/figures.py OUT", file=sys.stderr)
        return 2
    found = sorted(Path(arguments[0]).glob("*/figures/*.png"))
    total = sum(path.stat().st_size for path in found)
    if not found or total > LIMIT:
        print(f"error: {len(found)} figures with {total} bytes in {arguments[0]}", file=sys.stderr)
        return 2
    FIGURES.mkdir(parents=True, exist_ok=True)
    for old in FIGURES.glob("*.png"):
        old.unlink()
    for path in found:
        shutil.copyfile(path, FIGURES / name_of(path))
    print(f"{len(found)} figures, {total / 1e6:.2f} MB")
    return 0


def name_of(path: Path) -> str:
    """sweep/figures/chosen.png as sweep-chosen.png, confusion/figures/confusion.png as it is."""
    experiment, figure = path.parent.parent.name, path.name
    return figure if path.stem == experiment else f"{experiment}-{figure}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
