"""The wheels of an installation without a network, for Gradescope's Python on x86-64.

pip reads the conditions of a requirement (`; python_version < "3.11"`) as those of the machine that
it runs on. So it is given one layer of packages after another, and the conditions are read here.
"""

from __future__ import annotations

import email
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from grader.errors import UsageError
from grader.release.archive import Entry
from grader.release.pins import PLATFORM, constraints
from grader.text import one_line

PIP = "pip==25.3"  # it installs the others, and need not be on the image
# Ubuntu 22.04 has glibc 2.35.
GLIBCS = (35, 34, 31, 28, 27, 26, 24, 17)
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in GLIBCS]
PLATFORMS += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"]
TARGET = {
    "implementation_name": "cpython",
    "implementation_version": f"{PLATFORM}.0",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": f"{PLATFORM}.0",
    "python_version": PLATFORM,
    "sys_platform": "linux",
}
LONGEST_REASON = 300


def fetch_wheels(wanted: Iterable[str]) -> dict[str, Entry]:
    """The wheels of these packages and of all that they need, by file name.

    Raises UsageError where one cannot be had, or two need different versions of a third.
    """
    needed: list[Need] = []
    asked: set[tuple[str, str]] = set()
    with tempfile.TemporaryDirectory(prefix="wheels-") as name:
        folder = Path(name)
        layer = list(dict.fromkeys([PIP, *wanted]))
        while layer:
            asked |= {_key(Requirement(one)) for one in layer}
            new = needs(_download(layer, folder), layer)
            needed += new
            texts = dict.fromkeys(str(need.what) for need in new)
            layer = [one for one in texts if _key(Requirement(one)) not in asked]
        found = sorted(folder.glob("*.whl"))
        _refuse_conflicts(needed, found)
        return {path.name: Entry(path.read_bytes()) for path in found}


@dataclass(frozen=True)
class Need:
    """A package needs another."""

    who: str
    what: Requirement


def needs(wheels: Iterable[Path], asked: Sequence[str]) -> list[Need]:
    """What these wheels require on the target, with the extras that were asked for."""
    extras: dict[str, set[str]] = {}
    for one in map(Requirement, asked):
        extras.setdefault(canonicalize_name(one.name), {""}).update(one.extras)
    found = []
    for wheel in wheels:
        name = canonicalize_name(wheel.name.split("-")[0])
        for what in map(Requirement, _requirements(wheel)):
            if _applies(what, extras.get(name, {""})):
                what.marker = None
                found.append(Need(name, what))
    return found


def _refuse_conflicts(needed: Iterable[Need], wheels: Iterable[Path]) -> None:
    versions = dict(parse_wheel_filename(path.name)[:2] for path in wheels)
    for need in needed:
        version = versions[canonicalize_name(need.what.name)]
        if not need.what.specifier.contains(version, prereleases=True):
            other = f"{need.what.name} {version} is what goes with the rest"
            raise UsageError(f"--vendor: {need.who} needs {need.what}, but {other}")


def _applies(one: Requirement, extras: set[str]) -> bool:
    if one.marker is None:
        return True
    return any(one.marker.evaluate({**TARGET, "extra": extra}) for extra in extras)


def _key(one: Requirement) -> tuple[str, str]:
    return canonicalize_name(one.name), ",".join(sorted(one.extras))


def _requirements(wheel: Path) -> list[str]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.count("/") == 1]
            (name,) = [name for name in names if name.endswith(".dist-info/METADATA")]
            return email.message_from_bytes(archive.read(name)).get_all("Requires-Dist", [])
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UsageError(f"--vendor: {wheel.name} is not a wheel: {error}") from error


def _download(layer: Sequence[str], folder: Path) -> list[Path]:
    """The new wheels in `folder`, once pip has fetched these packages and nothing else."""
    before = set(folder.glob("*.whl"))
    options = ["--no-deps", "--only-binary=:all:", "--quiet", "--no-input"]
    options += ["--disable-pip-version-check", "--implementation", "cp"]
    options += ["--python-version", PLATFORM, "--constraint", str(constraints()[PLATFORM])]
    options += [part for name in PLATFORMS for part in ("--platform", name)]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), *layer]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise UsageError(
            f"--vendor: the wheels cannot be had (is there a network?): {_reason(done.stderr)}"
        )
    return sorted(set(folder.glob("*.whl")) - before)


def _reason(text: str) -> str:
    """pip's own first word on it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return one_line([*errors, *lines[-1:], "pip failed"][0], LONGEST_REASON)
