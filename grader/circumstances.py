"""Under which circumstances a submission is graded: what a report is told apart by."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping

import numpy as np

from grader import __version__, seeds
from grader.config import Settings
from grader.results import Meta
from grader.submission import Submission
from grader.suites import Layout, Suite


def meta(
    submission: Submission,
    settings: Settings,
    layout: Layout,
    suites: Mapping[str, Suite],
    seed: bytes,
) -> Meta:
    """What is known before the first check: the fingerprints, the versions, the notes so far."""
    missing = [seeds.SEED_WARNING] if settings.seed_file is None else []
    for name in settings.suites:
        unset = suites[name].unset.items()
        missing += [line for key, line in unset if getattr(settings, key) is None]
    return Meta(
        submission=submission.name,
        submission_hash=submission.fingerprint,
        seed_fingerprint=seeds.fingerprint(seed),
        suite_hash=layout.fingerprint(suites),
        settings_hash=settings.settings_hash,
        versions=_versions(),
        notes=tuple(submission.notes),
        instructor_notes=tuple(missing),
    )


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "grader": __version__,
        "platform": f"{sys.platform} {platform.machine()}",
    }
