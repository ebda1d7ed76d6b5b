"""A zygote with layers switched off, for controls: what a layer stops must succeed without it.

Run by a script that weakening.py writes, which sets OFF, SANDBOX and SECRET. Nothing in the
grader leads here: no option, no setting, no variable of the environment.
"""

import importlib
import importlib.util
import sys
import types

sys.path[:] = [entry for entry in sys.path if entry and entry != __file__.rpartition("/")[0]]

import numpy  # noqa: E402
import numpy.linalg  # noqa: E402
import numpy.random  # noqa: E402, F401

# Set by the script that runs this file.
OFF: list[str] = globals()["OFF"]
SANDBOX: str = globals()["SANDBOX"]
SECRET: str = globals()["SECRET"]


def main() -> None:
    """Load what zygote.py will find loaded, change it, and let zygote.py do the rest."""
    package = types.ModuleType("worker_side")
    package.__path__ = [SANDBOX]
    sys.modules["worker_side"] = package
    importlib.import_module("worker_side.forkserver")
    for name in OFF:
        SWITCHES[name]()
    spec = importlib.util.spec_from_file_location("zygote", SANDBOX + "/zygote.py")
    assert spec is not None and spec.loader is not None
    zygote = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(zygote)
    zygote.main()


def _module(name):
    return importlib.import_module("worker_side." + name)


def _refuse(*arguments):
    raise OSError(0, "switched off for a test")


def _nothing(*arguments):
    return None


def _seccomp():
    _module("seccomp").install = _refuse


def _landlock():
    _module("landlock").ruleset = _refuse


def _user():
    _module("identity").Uids.take = lambda self, needed: None
    _module("confinement")._change_user = _refuse


def _private():
    """As with an interpreter that no other user can read."""
    _module("identity").readable_by_all = lambda path: False


def _limits():
    _module("confinement")._limit_resources = _nothing


def _undumpable():
    # A change of the user id closes a process too.
    kernel = _module("kernel")
    confine = _module("confinement").confine

    def confined(*arguments):
        layers = confine(*arguments)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
        return layers

    _module("confinement").undumpable = _nothing
    if "seccomp" in OFF:
        _module("confinement").confine = confined


def _clean():
    """Descriptors stay open, and something of the host is in memory."""
    confinement, os = _module("confinement"), importlib.import_module("os")
    left = types.ModuleType("left_by_the_host")
    vars(left)["answers"] = {"secret": [SECRET]}
    sys.modules["left_by_the_host"] = left

    def keep_open(keep):
        if keep != 3:
            os.dup2(3, 40)
            os.dup2(keep, 3, inheritable=False)
        return 3

    confinement.close_descriptors = keep_open


def _kill():
    _module("identity").kill_all_of = _nothing


def _soft_limit():
    limit = _module("timing").RequestLimit
    limited = limit.of
    limit.of = lambda self, seconds: limited(self, 10_000.0)


def _values():
    """Objects tell their own numbers."""
    codec = _module("codec")

    def trusting(self, value):
        return float(value) if isinstance(value, float) else str(value)

    codec.Encoder._number_or_text = trusting


def _intake():
    """What checks call by name is looked up when they call it."""
    _module("importing").Importer.keep = _nothing


SWITCHES = {
    "seccomp": _seccomp,
    "landlock": _landlock,
    "user": _user,
    "capabilities": _user,
    "private": _private,
    "limits": _limits,
    "undumpable": _undumpable,
    "clean": _clean,
    "kill": _kill,
    "soft limit": _soft_limit,
    "values": _values,
    "intake": _intake,
}
main()
