"""What is graded under many seeds: the reference, right variants, known mistakes."""

from __future__ import annotations

import functools
import hashlib
import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fingerprints import fingerprint

from grader.selfcheck.subjects import Subject, Subjects
from grader.suites import Layout

KINDS = ("reference", "variants", "misconceptions")


@dataclass(frozen=True)
class Entry:
    """A submission and what it is: one of KINDS.

    name: unlike any other's, "misconceptions/nn/relu: back ignores dout".
    """

    kind: str
    name: str
    subject: Subject = field(repr=False)

    @property
    def wrong(self) -> bool:
        """Whether its function must lose points; else all must be earned."""
        return bool(self.subject.mistakes)

    @property
    def digest(self) -> str:
        """Eight hex digits of its files and of the checks."""
        parts = [f"{name}\0{text}" for name, text in sorted(self.subject.files.items())]
        parts += [_checks(suite) for suite in self.subject.suites]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]


@functools.cache
def _checks(suite: str) -> str:
    return fingerprint(suite)


def entries(kinds: Sequence[str], suites: Sequence[str]) -> list[Entry]:
    """All of these kinds, the reference first."""
    makers = {"reference": _reference, "variants": _variants, "misconceptions": _misconceptions}
    return [one for kind in KINDS if kind in kinds for one in makers[kind](suites)]


def right(suite: str) -> dict[str, str | Mapping[str, str]]:
    """The right variants of a suite: source of its file, or {file name: source}."""
    from meta_tests import test_float32

    casts = {name: text for name, (of, text) in test_float32.RIGHT.items() if of == suite}
    module = importlib.import_module(f"meta_tests.{suite}_right")
    return {**module.RIGHT, **{f"float32, {name}": text for name, text in casts.items()}}


def _reference(suites: Sequence[str]) -> Iterator[Entry]:
    yield Entry("reference", "reference", Subjects(Layout(), suites).reference())


def _variants(suites: Sequence[str]) -> Iterator[Entry]:
    for suite in suites:
        beside = Subjects(Layout(), (suite,)).reference().files
        for name, made in right(suite).items():
            files = {f"{suite}.py": made} if isinstance(made, str) else made
            subject = Subject(name, (suite,), {**beside, **files})
            yield Entry("variants", f"variants/{suite}/{name}", subject)


def _misconceptions(suites: Sequence[str]) -> Iterator[Entry]:
    for one in Subjects(Layout(), suites).misconceptions():
        suite, _, function = one.function.partition(".")
        yield Entry("misconceptions", f"misconceptions/{suite}/{function}: {one.name}", one)
