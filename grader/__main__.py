"""`python -m grader`: the command line, see grader.cli."""

import os
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_file_location

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OURS = ("tests", "data")


class OwnPackages:
    """Finds the packages beside `grader`, so that this folder need not be on the path."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """The spec of one of our packages; anything else is for the usual finders."""
        if name not in OURS:
            return None
        folder = os.path.join(ROOT, name)
        start = os.path.join(folder, "__init__.py")
        return spec_from_file_location(name, start, submodule_search_locations=[folder])


def leave_the_working_directory() -> None:
    """Import nothing from where the command is given, or from this folder, but our packages.

    Both may hold a submission, and with it a numpy.py or a rich.py. Where the grader is installed
    among other packages, its folder is theirs and stays.
    """
    installed = os.path.isdir(os.path.join(ROOT, "numpy"))
    outside = {os.path.abspath(os.getcwd()), *(() if installed else (ROOT,))}
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) not in outside]
    sys.meta_path.insert(0, OwnPackages)


def lacking() -> str:
    """What to say where a package that grading needs is not installed; empty if none is missing."""
    from grader.config_values import GRADING

    missing = [name for name in GRADING if find_spec(name) is None]
    if not missing:
        return ""
    are = "is" if len(missing) == 1 else "are"
    advice = "run scripts/grade once and use .venv/bin/python, or pip install ."
    return f"error: {', '.join(missing)} {are} needed: {advice}"


if __name__ == "__main__":
    leave_the_working_directory()
    if problem := lacking():
        print(problem, file=sys.stderr)
        sys.exit(2)
    from grader.cli import main

    sys.exit(main())
