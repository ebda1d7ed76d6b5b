"""All targets by name."""

from __future__ import annotations

from collections.abc import Mapping

from meta_tests.fuzz import frames, intake, replies, texts
from meta_tests.fuzz.target import Target

TARGETS: Mapping[str, Target] = {
    one.name: one
    for one in (
        frames.FRAME,
        frames.ANSWER,
        replies.VALUES,
        replies.REPLIES,
        replies.CALLS,
        intake.ARCHIVE,
        intake.FOLDER,
        intake.SOURCE,
        intake.NAMES,
        texts.TEXT,
        texts.SETTINGS,
        texts.REPORT,
    )
}
