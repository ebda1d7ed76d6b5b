"""Host side: what a worker tried before the submission was there, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One attempt of a confined worker: was it denied?"""

    name: str
    denied: bool
    detail: str = ""


@dataclass(frozen=True)
class Probe:
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    level: str

    @classmethod
    def unknown(cls) -> "Probe":
        return cls((), (), "none")

    @classmethod
    def of(cls, findings: Any, layers: Any) -> "Probe":
        return cls((), (), "none")


def attempts_for(secrets: tuple[Path, ...]) -> dict[str, Any]:
    return {}
