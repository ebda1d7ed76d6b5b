"""What the host executes: a clean interpreter that loads the worker's modules and forks workers.

Run by path, never imported. The modules beside it are loaded under a package of another name, so
that nothing of the grader can be imported in a worker.
"""

import sys

# Before 3.11 a script's folder is always put here, whatever the environment says.
sys.path[:] = [entry for entry in sys.path if entry and entry != __file__.rpartition("/")[0]]

import importlib  # noqa: E402
import os  # noqa: E402
import types  # noqa: E402

import numpy  # noqa: E402
import numpy.linalg  # noqa: E402
import numpy.random  # noqa: E402, F401

PACKAGE = "worker_side"


def main() -> None:
    """Serve the control socket whose descriptor is the first argument."""
    package = types.ModuleType(PACKAGE)
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules[PACKAGE] = package
    # Compiling these anew would take a third of the start: they alone are kept compiled.
    sys.dont_write_bytecode = False
    forkserver = importlib.import_module(PACKAGE + ".forkserver")
    sys.dont_write_bytecode = True
    package.__path__ = []
    control, host, follow = map(int, sys.argv[1:4])
    sys.argv[:] = [""]
    sys.orig_argv[:] = []
    sys.modules["__main__"] = types.ModuleType("__main__")
    forkserver.serve(control, host=host, follow=bool(follow))


if __name__ == "__main__":
    main()
