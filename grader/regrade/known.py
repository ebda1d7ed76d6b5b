"""Which checks there are, for the settings and files that name them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from grader.config_values import unknown
from grader.suites import Layout


class KnownChecks:
    """The ids of the checks that were collected; `suites` are those that they belong to.

    Of a suite that exists but was not collected any id may be right.
    """

    def __init__(self, ids: Iterable[str], suites: Collection[str], layout: Layout) -> None:
        self._ids = frozenset(ids)
        self._suites, self._layout = suites, layout

    def problem(self, check: str) -> str:
        """What is wrong with an id, with the nearest that exist; empty if nothing is."""
        suite = check.partition("/")[0]
        elsewhere = suite not in self._suites and self._layout.has(suite)
        return "" if check in self._ids or elsewhere else unknown("check", check, self._ids)
