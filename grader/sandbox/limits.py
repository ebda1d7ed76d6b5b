"""What a worker may use, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of one worker; times are CPU seconds of the worker unless they say otherwise.

    memory_mb counts on top of what the worker holds when it is ready. wall_factor times the CPU
    limit is the limit in wall time. total_cpu_seconds is a backstop over the worker's whole life.
    """

    cpu_seconds: float = 10.0
    wall_factor: float = 10.0
    memory_mb: int = 1024
    import_cpu_seconds: float = 20.0
    statement_cpu_seconds: float = 8.0
    total_cpu_seconds: int = 1800
    request_bytes: int = 512 * MIB
    reply_bytes: int = 64 * MIB
    text_chars: int = 10_000
    callback_calls: int = 5_000
    callback_bytes: int = 64 * MIB


@dataclass(frozen=True)
class WorkerSpec:
    """One submission as a worker sees it.

    submission: the staged folder; the worker reads it and starts in it.
    modules: module name -> file name inside `submission`.
    given: further folders to read and to import from.
    secrets: files and folders that the worker must not read, wherever they lie.
    standins: suite -> source text of its stand-in module.
    skip: module -> line numbers of top-level statements that are not to run again.
    watched: libraries of which is noted where the submission asks for them.
    """

    submission: Path
    modules: Mapping[str, str]
    given: tuple[Path, ...] = ()
    secrets: tuple[Path, ...] = ()
    standins: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()
    skip: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    watched: tuple[str, ...] = ()
