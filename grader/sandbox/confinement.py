"""The layers that a worker takes on before it sees the submission, in this order:

rlimits, own user and group (or no capabilities), death with the parent, no_new_privs, Landlock,
seccomp. A layer that this machine does not have is passed over and named; what the layers together
hold is found out by trying (see attempts).
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Iterable
from typing import Any

from . import identity, kernel, landlock, seccomp

DESCRIPTORS = 64
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
_FILES = ("/dev/urandom", "/dev/zero", "/etc/ld.so.cache", "/etc/localtime")
_INSTALLED = ("site-packages", "dist-packages")


def undumpable() -> None:
    """Close this process's memory, environment and descriptors to others of the same user."""
    if kernel.is_linux():
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)


def die_with_parent(parent: int) -> None:
    """Be killed when `parent` ends; at once if it has ended already."""
    if kernel.is_linux():
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def close_descriptors(keep: int) -> int:
    """Empty stdin, silent stdout and stderr; the number of `keep`, the only other descriptor."""
    silent = os.open(os.devnull, os.O_WRONLY)
    empty = os.open(os.devnull, os.O_RDONLY)
    for source, number in ((empty, 0), (silent, 1), (silent, 2)):
        os.dup2(source, number)
    if keep != 3:
        os.dup2(keep, 3, inheritable=False)
    os.closerange(4, os.sysconf("SC_OPEN_MAX") if kernel.is_linux() else 4096)
    return 3


def needed_paths(request: dict[str, Any]) -> list[str]:
    """What a worker must be able to read, whatever its user id."""
    numpy_file = sys.modules["numpy"].__file__ or ""
    paths = [os.__file__, numpy_file, *library_folders(), request["submission"], *request["given"]]
    return [path for path in paths if os.path.exists(path)]


def _die_first() -> None:
    """Where memory gets short, the kernel ends a worker and not the host."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def confine(request: dict[str, Any], uid: int | None, parent: int) -> dict[str, str]:
    """Take on every layer that there is: layer -> "on", or why it is not."""
    layers: dict[str, str] = {}
    _limit_resources(request["memory_mb"], request["total_cpu_seconds"])
    if not kernel.is_linux():
        return {name: "needs Linux" for name in ("user", "landlock", "seccomp")}
    _die_first()
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("Landlock holds one thread, and there are more")
    # The rules are gathered while the paths can be opened, and take effect further down.
    rules = _tried(layers, "landlock", lambda: landlock.ruleset(_readable(request)))
    _tried(layers, "user", lambda: _change_user(uid))
    die_with_parent(parent)
    undumpable()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if rules is not None:
        _tried(layers, "landlock", lambda: landlock.restrict(rules))
    _tried(layers, "seccomp", seccomp.install)
    return layers


def _tried(layers: dict[str, str], name: str, action: Any) -> Any:
    try:
        done = action()
    except OSError as error:
        layers[name] = error.strerror or str(error)
        return None
    layers[name] = "on"
    return done


def _limit_resources(memory_mb: int, total_cpu_seconds: int) -> None:
    limits = {
        "RLIMIT_CPU": total_cpu_seconds,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_NOFILE": DESCRIPTORS,
        "RLIMIT_CORE": 0,
        "RLIMIT_NPROC": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    if kernel.is_linux():
        with open("/proc/self/statm", "rb") as counts:
            pages = int(counts.read().split()[0])
        limits["RLIMIT_AS"] = pages * resource.getpagesize() + (memory_mb << 20)
    for name, value in limits.items():
        number = getattr(resource, name, None)
        if number is not None:
            hard = resource.getrlimit(number)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            # A little room above, so that the signal that ends it says why.
            room = 5 if name == "RLIMIT_CPU" and hard == resource.RLIM_INFINITY else 0
            resource.setrlimit(number, (value, value + room))


def _change_user(uid: int | None) -> None:
    why = "only root can change it"
    if uid is not None:
        try:
            identity.become(uid)
            return
        except OSError as error:
            why = f"{error.strerror} (a container with few user ids?)"
    elif os.geteuid() == 0:
        why = "what it must read is not open to others"
    # Root without an id of its own, and whoever was given some of root's rights.
    kernel.drop_capabilities()
    raise PermissionError(0, f"kept, without capabilities: {why}")


def library_folders() -> list[str]:
    """Folders with the interpreter's modules and the libraries that these load."""
    prefixes = {sys.base_prefix, sys.prefix, sys.exec_prefix}
    own = [os.path.join(prefix, sys.platlibdir) for prefix in prefixes]
    own += [os.path.join(prefix, "lib") for prefix in prefixes]
    return [*dict.fromkeys([*own, *(entry for entry in sys.path if os.path.isdir(entry))])]


def importable(secrets: Iterable[str]) -> list[str]:
    """sys.path without the entries that hold a secret, such as a source tree installed in place."""
    hidden = [os.path.realpath(path) for path in secrets]
    return [
        entry
        for entry in sys.path
        if entry.rstrip("/").endswith(_INSTALLED)
        or not any(_beneath(path, os.path.realpath(entry)) for path in hidden)
    ]


def _readable(request: dict[str, Any]) -> list[tuple[str, int]]:
    hidden = [os.path.realpath(path) for path in request["secrets"]]
    roots = [*_LIBRARIES, *library_folders(), *request["given"], request["submission"], *_FILES]
    allowed = {}
    for root in dict.fromkeys(os.path.realpath(root) for root in roots):
        for part in _without(root, hidden):
            allowed[part] = landlock.READ
    allowed["/dev/null"] = landlock.READ | landlock.WRITE_FILE
    return list(allowed.items())


def _without(root: str, hidden: list[str]) -> list[str]:
    """`root`, or its parts if something hidden lies beneath it."""
    if any(_beneath(root, path) for path in hidden):
        return []
    if not any(_beneath(path, root) for path in hidden):
        return [root]
    parts = [entry.path for entry in os.scandir(root) if not entry.is_symlink()]
    return [part for path in parts for part in _without(path, hidden)]


def _beneath(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
