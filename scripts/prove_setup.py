"""Build the autograder, install it on a bare root file system and grade the example there.

    scripts/prove-setup FOLDER                     Debian bookworm, packages from the network
    scripts/prove-setup FOLDER --system jammy      Ubuntu 22.04, which Gradescope's image is made of
    scripts/prove-setup FOLDER --system jammy --vendor     ... from the wheels, without a network

Needs root, debootstrap, and a network for the first system made in FOLDER, which is kept for the
next time. Exit codes: 0 all holds, 1 something does not, 2 this machine cannot try it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "typical_mistakes"
MIRRORS = {
    "bookworm": "http://deb.debian.org/debian",
    "jammy": "http://archive.ubuntu.com/ubuntu",
}
COMPONENTS = {"bookworm": "main", "jammy": "main,universe"}
MOUNTED = (
    'root=$1 user=$2; shift 2; mount -t proc proc "$root/proc" && exec chroot "$user" "$root" "$@"'
)
NOBODY = "61000:61000"  # as a worker: no account, no group
STATUSES = ("passed", "failed")


class CannotTry(Exception):
    """What this machine lacks."""


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(
        prog="scripts/prove-setup", description=(__doc__ or "").partition("\n")[0]
    )
    made.add_argument("folder", type=Path, help="where the systems are made; some 500 MB each")
    made.add_argument("--system", choices=MIRRORS, default="bookworm")
    made.add_argument("--mirror", help="where the packages of the system come from")
    made.add_argument("--vendor", action="store_true", help="install wheels, without a network")
    return made


class System:
    """A root file system of its own, and what is done in it."""

    def __init__(self, root: Path, *, network: bool) -> None:
        self.root, self._network = root, network

    def run(self, *command: str, user: str = "0:0") -> subprocess.CompletedProcess[str]:
        """Run a command in it, with an environment from scratch."""
        # /proc is mounted for this command alone, in a namespace that ends with it.
        namespaces = ["--mount"] if self._network else ["--mount", "--net"]
        inside = ["sh", "-c", MOUNTED, "sh", str(self.root), f"--userspec={user}"]
        entered = ["unshare", *namespaces, "--propagation", "private", *inside, *command]
        kept = {name: value for name, value in os.environ.items() if name == "PIP_CERT"}
        kept |= {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"} | kept
        return subprocess.run(entered, env=env, capture_output=True, text=True, check=False)

    def inside(self, path: str) -> Path:
        """Where its file or folder is seen from outside."""
        return self.root / path.lstrip("/")


def base(folder: Path, name: str, mirror: str, *, python: bool) -> Path:
    """The bare system, made the first time; with Python if asked (Gradescope's has it)."""
    made = folder / (f"{name}-python" if python else name)
    if made.exists():
        return made
    extra = ["--include=ca-certificates,python3"] if python else ["--include=ca-certificates"]
    new = folder / f"{made.name}.new"
    shutil.rmtree(new, ignore_errors=True)
    options = ["--variant=minbase", f"--components={COMPONENTS[name]}", *extra]
    command = ["debootstrap", *options, name, str(new), mirror]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr + done.stdout).strip().splitlines()[-1:]
        raise CannotTry(f"debootstrap {name} failed (is there a network?): {' '.join(last)}")
    # What debootstrap leaves would pass for what setup.sh did not tidy up.
    for left in (*new.glob("var/lib/apt/lists/*_*"), *new.glob("var/cache/apt/archives/*.deb")):
        left.unlink()
    new.rename(made)
    return made


def lay_out(system: System, archive: Path) -> None:
    """What Gradescope does before setup.sh and before a submission is graded."""
    source = system.inside("/autograder/source")
    for name in ("source", "submission", "results"):
        system.inside(f"/autograder/{name}").mkdir(parents=True)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(source)  # without permissions, as not every unzip keeps them
    shutil.copyfile(source / "run_autograder", system.inside("/autograder/run_autograder"))
    system.inside("/autograder/run_autograder").chmod(0o755)
    for file in EXAMPLE.glob("*.py"):
        shutil.copy(file, system.inside("/autograder/submission"))
    shutil.copy("/etc/resolv.conf", system.inside("/etc/resolv.conf"))
    if "PIP_CERT" in os.environ:  # a network that has an authority of its own
        shutil.copy(os.environ["PIP_CERT"], system.inside(os.environ["PIP_CERT"]))


def timed(what: str, action: Callable[[], subprocess.CompletedProcess[str]]) -> bool:
    """Run it, print how long it took, and what it said if it failed."""
    start = time.monotonic()
    done = action()
    seconds = time.monotonic() - start
    print(f"{'ok' if done.returncode == 0 else 'FAILED':6} {seconds:6.1f} s  {what}", flush=True)
    if done.returncode:
        print(done.stdout[-4000:] + done.stderr[-4000:])
    return done.returncode == 0


def told(what: str, holds: bool, about: object = "") -> bool:
    """Print whether something holds."""
    print(f"{'ok' if holds else 'FAILED':6}           {what} {about}".rstrip(), flush=True)
    return holds


def permissions(system: System) -> bool:
    """Is every secret closed to a worker's user, and what it needs open?"""
    source = system.inside("/autograder/source")
    loose = [path for path in (source, *source.rglob("*")) if path.stat().st_mode & 0o077]
    secrets = [path for path in loose if "__pycache__" not in path.parts]
    python = "/autograder/venv/bin/python"
    reads = system.run(python, "-I", "-c", "import numpy, h5py", user=NOBODY)
    peeks = system.run("cat", "/autograder/source/secret/seed", user=NOBODY)
    results = [
        told("secrets are closed to others", not secrets, len(secrets) or ""),
        told("another user can use numpy", reads.returncode == 0, reads.stderr.strip()[-200:]),
        told("another user cannot read the seed", "Permission denied" in peeks.stderr),
    ]
    return all(results)


def tidiness(system: System) -> bool:
    """Is nothing left behind, and the system's Python as it was?"""
    caches = [*system.inside("/var/lib/apt/lists").glob("*_*"), *system.inside("/tmp").iterdir()]
    caches += [*system.inside("/var/cache/apt/archives").glob("*.deb")]
    caches += [*system.inside("/root").glob(".cache/*")]
    alone = system.run("python3", "-c", "import numpy")
    size = sum(
        p.stat().st_size for p in system.inside("/autograder/venv").rglob("*") if p.is_file()
    )
    print(f"{'':18}the environment has {size / 1e6:.0f} MB")
    results = [
        told("no caches are left", not caches, ", ".join(path.name for path in caches[:5])),
        told("the system's Python has no numpy", "No module named 'numpy'" in alone.stderr),
    ]
    return all(results)


def results_are_sound(system: System) -> bool:
    """Is results.json what Gradescope reads, with every check decided in the full sandbox?"""
    path = system.inside("/autograder/results/results.json")
    try:
        found = json.loads(path.read_text("utf-8"))
        tests = found["tests"]
        top = sum(test.get("max_score", 0) for test in tests)
        score = found.get("score", sum(test.get("score", 0) for test in tests))
        level = found.get("extra_data", {}).get("sandbox_level")
        statuses = {test.get("status", "passed") for test in tests}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        return told("results.json can be read", False, repr(error))
    results = [
        told(
            "results.json has the rows of a grading", len(tests) > 10, found.get("output", "")[:80]
        ),
        told("the example earns some points, not all", 0 < score < top, f"{score} of {top:g}"),
        told("the sandbox is full", level == "full", level),
        told("each status is one of the platform's", statuses <= set(STATUSES)),
    ]
    return all(results)


def prove(options: argparse.Namespace) -> bool:
    """Make the system, install, grade, and look at what came of it."""
    folder = options.folder.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotTry(f"cannot make the folder {folder}: {error.strerror}") from None
    mirror = options.mirror or MIRRORS[options.system]
    bare = base(folder, options.system, mirror, python=options.vendor)
    with tempfile.TemporaryDirectory(prefix="trial-", dir=folder) as name:
        system = System(Path(name) / "root", network=not options.vendor)
        subprocess.run(["cp", "-a", str(bare), str(system.root)], check=True)
        return _installs_and_grades(system, options, folder)


def _installs_and_grades(system: System, options: argparse.Namespace, folder: Path) -> bool:
    seed = folder / "seed"  # none is left in the repository
    seed.write_text("a seed for no submission but the example\n", encoding="ascii")
    command = [sys.executable, "-m", "grader", "build", "--out", str(folder / "dist")]
    command += ["--seed-file", str(seed)]
    command += ["--vendor"] if options.vendor else []
    if not timed("build", lambda: _at_home(command)):
        return False
    lay_out(system, folder / "dist" / "autograder.zip")
    setup = ["bash", "/autograder/source/setup.sh"]
    where = "from the wheels, no network" if options.vendor else "with a network"
    steps = [(f"setup.sh on {options.system}, {where}", setup), ("setup.sh again", setup)]
    steps += [("run_autograder", ["/autograder/run_autograder"])]
    for what, step in steps:
        if not timed(what, partial(system.run, *step)):
            return False
    return all([look(system) for look in (results_are_sound, permissions, tidiness)])


def _at_home(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def check_machine() -> None:
    """Raise CannotTry for what is not there."""
    if os.geteuid() != 0:
        raise CannotTry("it must be run as root")
    for program in ("debootstrap", "chroot", "mount", "unshare"):
        if shutil.which(program) is None:
            raise CannotTry(f"there is no {program} (Debian, Ubuntu: apt install {program})")


def main() -> int:
    """Prove it; 2 with one line where that cannot be tried."""
    options = parser().parse_args()
    try:
        check_machine()
        return 0 if prove(options) else 1
    except CannotTry as lacking:
        print(f"prove-setup: {lacking}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
