"""What one configuration works with: data, its split, a count of steps, a student's code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from data import split
from grader.experiments.seal import Once
from grader.experiments.sources import Arrays, Source, read_images
from grader.experiments.study import Settings

if TYPE_CHECKING:
    from grader.experiments.pool import Job
    from grader.experiments.submitted import Submitted


@lru_cache(maxsize=1)
def training_images(path: Path) -> Arrays:
    """The images of the training file, read once in a process that runs configurations."""
    return read_images(path)


@dataclass(frozen=True)
class Parts:
    """Images split in two: (x, labels) each. What is not asked for is left out."""

    train: Arrays
    valid: Arrays


class Bench:
    """Handed to a study's `run`.

    source: of the training data. test: opens the test file, where that is allowed. student: the
    submission, or None for the reference. advance(note): counts a step.
    """

    def __init__(
        self,
        source: Source,
        test: Once,
        student: Submitted | None,
        advance: Callable[[str], None],
    ) -> None:
        self.source = source
        self.test = test
        self.student = student
        self._advance = advance

    def advance(self, note: str = "") -> None:
        """One step is done; the note is shown behind the bar."""
        self._advance(note)

    def images(self) -> Arrays:
        """All images of the training file: (x float32 (n, 784), labels (n,))."""
        if self.source.train is None:
            raise ValueError(f"this experiment has no images ({self.source.kind or 'no data'})")
        return training_images(self.source.train)

    def parts(self, settings: Settings) -> Parts:
        """Images for training and for validation, drawn with settings["split_seed"].

        settings: "train" and "validation", the numbers of examples.
        """
        x, labels = self.images()
        train, valid = split(x, labels, settings["validation"], seed=settings["split_seed"])
        n = settings["train"]
        return Parts((train[0][:n], train[1][:n]), valid)


def sizes(settings: Settings, count: int) -> Settings:
    """Settings with the numbers of examples: "train" 0 means all that are left, "validation" 0 a
    sixth of all `count`."""
    if "validation" not in settings:
        return settings
    validation = settings["validation"] or count // 6
    train = settings["train"] or count - validation
    return {**settings, "validation": validation, "train": train}


def bench_for(job: Job, advance: Callable[[str], None]) -> Bench:
    """The bench of one job: its test file opens only where the job names it."""
    test = job.test
    opened = Once(None if test is None else lambda: read_images(test))
    return Bench(job.source, opened, job.submitted, advance)
