"""Which checks a known mistake can reach: those that enter a function which it changes.

All others run the very code of the reference and end as they do with the reference; to repeat them
for every mistake takes half of the time. What a mistake leaves behind for code that it does not
change (another np.exp) is not looked for.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import CodeType, FrameType
from typing import Any

from grader.attempt import Body
from grader.config import Settings
from grader.plugin import collect
from grader.replays import Replays
from grader.results import CheckSpec, Outcome, Status
from grader.seeds import read_seed
from grader.selfcheck.subjects import Subject
from grader.suites import Layout
from grader.turns import Given, run_all
from tests.helpers.local import LocalTransport
from tests.helpers.proxy import Student

Function = ast.FunctionDef | ast.AsyncFunctionDef
# First lines of functions in the reference, as their code objects know them.
Lines = frozenset[int]


class Entered:
    """Finds the checks that a subject need not be graded by. settings: the seed is theirs."""

    def __init__(self, layout: Layout, settings: Settings) -> None:
        self._layout, self._settings = layout, settings
        self._of = functools.cache(self._watched)

    def unreached(self, subject: Subject) -> frozenset[str]:
        """Ids of the checks that end as on the reference, whatever the subject's mistakes do."""
        if not subject.mistakes:
            return frozenset()
        (suite,) = subject.suites
        changed = changes(self._layout.reference_source(suite), subject.files[f"{suite}.py"])
        if changed is None:
            return frozenset()
        return frozenset(
            spec.id
            for spec, lines in self._of(suite)
            if lines is not None and not lines & changed and spec.function != subject.function
        )

    def _watched(self, suite: str) -> Sequence[tuple[CheckSpec, Lines | None]]:
        """Each check with what it enters; None where it cannot be told."""
        seed = read_seed(self._settings.seed_file)
        watching = Watching(lambda: Replays(self._layout, seed), suite)
        names = tuple(self._layout.suites([suite]))
        given = Given(
            Student(LocalTransport()),
            {name: self._layout.reference(name) for name in names},
            self._settings,
        )
        checks = [one for one in collect(self._layout, names) if one.spec.suite == suite]
        run_all(checks, given, watching)
        return [(one.spec, watching.entered.get(one.spec.id)) for one in checks]


class Watching:
    """Runs each check on the reference in this process. entered: by a check's id.

    Each on a module of its own, with what runs at its import: what one check leaves behind (a value
    that was cached) would hide from the next what it hangs on.
    """

    def __init__(self, fresh: Callable[[], Replays], suite: str) -> None:
        self._fresh = fresh
        self._place = Replays.place(suite)
        self.entered: dict[str, Lines] = {}

    def run(self, spec: CheckSpec, body: Body) -> Outcome:
        """Always passed: what a check of the reference finds is the grading's business."""
        with watched() as codes:
            self._fresh().cases((), spec, body)
        self.entered[spec.id] = self._lines(codes)
        return Outcome(Status.passed)

    def _lines(self, codes: Iterable[CodeType]) -> Lines:
        return frozenset(c.co_firstlineno for c in codes if c.co_filename == self._place)


@contextmanager
def watched() -> Iterator[set[CodeType]]:
    """The code that is entered meanwhile, in this thread."""
    codes: set[CodeType] = set()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            codes.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield codes
    finally:
        sys.setprofile(before)


def changes(source: str, changed: str) -> frozenset[int] | None:
    """The lines, in `source`, of the functions and methods whose body is another in `changed`.

    None where more than bodies has changed, or `changed` is no Python.
    """
    with suppress(SyntaxError):
        return _changed_bodies(source, changed)
    return None


def _changed_bodies(source: str, changed: str) -> frozenset[int] | None:
    (before, around), (after, around_after) = _parts(source), _parts(changed)
    if around != around_after:
        return None
    pairs = zip(before, after, strict=True)
    return frozenset(line for (lines, one), (_, two) in pairs if one != two for line in lines)


def _parts(source: str) -> tuple[list[tuple[range, str]], str]:
    """(lines, body) of each function and method, and all the rest, as syntax without places."""
    tree = ast.parse(source)
    found = []
    for function in _outermost(tree):
        first = min(node.lineno for node in (function, *function.decorator_list))
        body = ast.dump(ast.Module(function.body, type_ignores=[]))
        found.append((range(first, (function.end_lineno or first) + 1), body))
        function.body = []
    return found, ast.dump(tree)


def _outermost(node: ast.AST) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield child
        else:
            yield from _outermost(child)
