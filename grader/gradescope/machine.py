"""What the container allows: processors, memory and time, and limits that fit in them.

The quota is the control group's: `os.cpu_count()` tells of the whole machine's processors.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from grader.config import LimitSettings

MIB = 1 << 20
ONE_THREAD = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
# The grader itself needs about this much, as measured (docs/gradescope.md), and some to spare.
OWN_MB = 256
# Of the time, a ninth is left for what the grader itself does: a minute of nine.
SHARE = 8 / 9
# Two workers hold the submission, one for public and one for hidden checks.
WORKERS = 2
LEAST_MB = 128
NO_LIMIT = 1 << 60


@dataclass(frozen=True)
class Machine:
    """Processors (a fraction) and memory in mebibytes that may be used; None: no limit known."""

    cpus: float | None = None
    memory_mb: int | None = None


def use_one_thread() -> None:
    """One BLAS thread in this process; before numpy is imported."""
    for name in ONE_THREAD:
        os.environ[name] = "1"


def read_machine(root: Path = Path("/")) -> Machine:
    """The quota of this process's control group and of those above it, version 1 or 2."""
    cpus, memory = math.inf, math.inf
    for folder in _groups(root):
        two = _words(folder / "cpu.cfs_quota_us") + _words(folder / "cpu.cfs_period_us")
        for words in (_words(folder / "cpu.max"), two):
            if len(words) == 2 and all(word.isdecimal() and int(word) for word in words):
                cpus = min(cpus, int(words[0]) / int(words[1]))
        for name in ("memory.max", "memory.limit_in_bytes"):
            for word in _words(folder / name):
                if word.isdecimal() and 0 < int(word) < NO_LIMIT:
                    memory = min(memory, int(word))
    return Machine(
        None if cpus == math.inf else cpus, None if memory == math.inf else int(memory / MIB)
    )


def _groups(root: Path) -> Iterator[Path]:
    """Folders of the control groups that this process is in."""
    top = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        lines = []
    for line in ["0::/", "0:cpu:/", "0:cpu,cpuacct:/", "0:memory:/", *lines]:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        base = top / controllers if controllers else top
        inner = base / path.strip("/")
        yield from (folder for folder in (inner, *inner.parents) if folder.is_relative_to(base))


def _words(path: Path) -> tuple[str, ...]:
    """The words in a file; none where it cannot be read."""
    try:
        return tuple(path.read_text().split())
    except (OSError, ValueError):
        return ()


def fitted(limits: LimitSettings, machine: Machine, seconds: float) -> LimitSettings:
    """Limits with which a submission ends within `seconds` of wall time and within the memory."""
    total, memory = limits.total_seconds, limits.memory_mb
    total = min(total, max(1.0, round(SHARE * seconds * min(1.0, machine.cpus or 1.0), 1)))
    if machine.memory_mb is not None:
        memory = min(memory, max(LEAST_MB, (machine.memory_mb - OWN_MB) // WORKERS))
    return replace(
        limits,
        total_seconds=total,
        memory_mb=memory,
        cpu_seconds=min(limits.cpu_seconds, total),
        import_seconds=min(limits.import_seconds, total),
    )


def remarks(asked: LimitSettings, given: LimitSettings, machine: Machine) -> list[str]:
    """A line for the instructor on limits that had to be lowered."""
    names = ("total_seconds", "cpu_seconds", "import_seconds", "memory_mb")
    lower = [
        f"{name} {getattr(given, name):g} (set: {getattr(asked, name):g})"
        for name in names
        if getattr(given, name) < getattr(asked, name)
    ]
    if not lower:
        return []
    cpus = "no limit" if machine.cpus is None else f"{machine.cpus:g}"
    memory = "no limit" if machine.memory_mb is None else f"{machine.memory_mb} MB"
    where = f"this container (processors: {cpus}, memory: {memory})"
    return [f"Limits lowered to fit {where}: {', '.join(lower)}."]
