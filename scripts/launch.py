"""`python -m grader grade` for scripts/grade: found from any folder, the example by default."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "typical_mistakes"


def main() -> None:
    # At the end: this folder may hold a student's random.py.
    sys.path.append(str(ROOT))
    from grader.cli import parser

    given = sys.argv[1:]
    here = Path()
    if parser().parse_args(["grade", *given]).path == here and here not in map(Path, given):
        given.insert(0, str(EXAMPLE))
    sys.argv[1:] = ["grade", *given]
    runpy.run_module("grader", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
