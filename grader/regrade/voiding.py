"""Checks that the instructor has declared void: not run, and everyone earns them."""

from __future__ import annotations

from collections.abc import Mapping

from grader.results import Outcome, Status

SAID = "Everyone earns this check: "


def excused(void: Mapping[str, str]) -> dict[str, Outcome]:
    """The outcome of each void check, by its id; `void` gives the reasons."""
    return {check: Outcome(Status.excused, SAID + reason) for check, reason in void.items()}
