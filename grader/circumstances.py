"""Under which circumstances a submission is graded: what a report is told apart by."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable

import numpy as np

from grader import __version__, seeds
from grader.config import Settings
from grader.results import Meta
from grader.submission import Submission
from grader.suites import Layout


def meta(
    submission: Submission, settings: Settings, layout: Layout, suites: Iterable[str], seed: bytes
) -> Meta:
    """What is known before the first check: the fingerprints, the versions, the notes so far."""
    public = settings.seed_file is None
    return Meta(
        submission=submission.name,
        submission_hash=submission.fingerprint,
        seed_fingerprint=seeds.fingerprint(seed),
        suite_hash=layout.fingerprint(suites),
        settings_hash=settings.settings_hash,
        versions=_versions(),
        notes=tuple(submission.notes),
        instructor_notes=(seeds.SEED_WARNING,) if public else (),
    )


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "grader": __version__,
        "platform": f"{sys.platform} {platform.machine()}",
    }
