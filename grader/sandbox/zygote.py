"""What the host executes: a clean interpreter that loads the worker's modules and forks workers.

Run by path, never imported. The modules beside it are loaded under a package of another name, so
that nothing of the grader can be imported in a worker.
"""

import sys

# Before 3.11 a script's folder is always put here, whatever the environment says.
sys.path[:] = [entry for entry in sys.path if entry and not __file__.startswith(entry + "/")]

import importlib  # noqa: E402
import os  # noqa: E402
import types  # noqa: E402

PACKAGE = "worker_side"


def main() -> None:
    """Serve the control socket whose descriptor is the first argument."""
    package = types.ModuleType(PACKAGE)
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules[PACKAGE] = package
    forkserver = importlib.import_module(PACKAGE + ".forkserver")
    package.__path__ = []
    control, host, follow = map(int, sys.argv[1:4])
    del sys.argv[1:]
    forkserver.serve(control, host=host, follow=bool(follow))


if __name__ == "__main__":
    main()
