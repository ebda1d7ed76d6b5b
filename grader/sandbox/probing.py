"""Host side: what a worker tried before the submission was there, and what follows from it."""

from __future__ import annotations

import functools
import itertools
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SandboxError
from .text import clean

_CANARIES_PER_SECRET = 3
_ESSENTIAL = ("canary", "write")
_OWN = os.path.dirname(os.path.abspath(__file__))
_NAMES = (*_ESSENTIAL, "network", "fork", "signal", "environ")
_SAYS = {
    "canary": "student code can read the grader's own files",
    "write": "student code can write files",
    "network": "student code can open sockets",
    "fork": "student code can start processes",
    "signal": "student code can signal the grader",
    "environ": "student code can read about the grader's process",
}
_LAYERS = {
    "canary": ("landlock", "user"),
    "write": ("seccomp", "landlock"),
    "network": ("seccomp",),
    "fork": ("seccomp",),
    "signal": ("seccomp", "user"),
    "environ": ("landlock", "user"),
}
_MENDS = {
    "landlock": "Landlock needs Linux 5.13 or newer, with it switched on",
    "seccomp": "the filter of system calls needs Linux on x86-64 or aarch64",
    "user": "a user of its own needs root, an interpreter and a submission that everyone may read, "
    "and secrets of mode 0700",
}


@dataclass(frozen=True)
class Finding:
    """One attempt of a confined worker: was it denied? `detail` says how, or what succeeded."""

    name: str
    denied: bool
    detail: str = ""


@dataclass(frozen=True)
class Probe:
    """All attempts, the level that they add up to, and what to do about those that succeeded.

    level: "none" if files can be read or written, "reduced" if anything else got through, "full"
    otherwise. missing: one line each. layers: layer -> "on", or why it is not.
    """

    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    layers: tuple[tuple[str, str], ...] = ()

    @property
    def level(self) -> str:
        """What the confinement holds, whatever it is made of."""
        denied = {finding.name for finding in self.findings if finding.denied}
        if not denied.issuperset(_ESSENTIAL):
            return "none"
        return "full" if denied.issuperset(_NAMES) else "reduced"

    @classmethod
    def of(cls, findings: Any, layers: Any) -> Probe:
        """The probe that a worker reports before student code is there."""
        found = tuple(Finding(name, denied, clean(detail)) for name, denied, detail in findings)
        if {finding.name for finding in found} != set(_NAMES):
            raise SandboxError("the worker did not try everything")
        missing = tuple(_mend(finding, layers) for finding in found if not finding.denied)
        return cls(found, missing, tuple(sorted(layers.items())))


def attempts_for(canaries: list[str], submission: Path) -> dict[str, Any]:
    """What a worker is to try: files of the grader to read, folders to write to, the host."""
    folders = [os.fspath(submission), tempfile.gettempdir(), "/dev/shm", "/var/tmp", _OWN]
    return {"canaries": canaries, "folders": folders, "host": os.getpid()}


@functools.lru_cache
def canaries(secrets: tuple[Path, ...]) -> list[str]:
    """A few files of each secret, or of this package where there are none."""
    files = [path for secret in secrets for path in _files_of(secret)] or _files_of(Path(_OWN))
    return [os.fspath(path) for path in files]


def _files_of(secret: Path) -> list[Path]:
    if secret.is_file():
        return [secret.resolve()]
    files = (path.resolve() for path in secret.rglob("*.*") if path.is_file())
    return list(itertools.islice(files, _CANARIES_PER_SECRET))


def _mend(finding: Finding, layers: dict[str, str]) -> str:
    lacking = [layer for layer in _LAYERS[finding.name] if layers.get(layer) != "on"]
    reasons = [f"{_MENDS[layer]} (here: {layers.get(layer, 'not tried')})" for layer in lacking]
    return f"{_SAYS[finding.name]} ({finding.detail}): {'; '.join(reasons) or 'no reason is known'}"
