"""What a selfcheck grades: the reference, stubs, every misconception, some pairs of them."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.errors import GraderError
from grader.misconceptions.bank import Misconception, applied
from grader.seeds import stream
from grader.suites import Layout, Suite

STUBS = ("pass", "return 0", "return {}", "raise NotImplementedError")
PAIRS_PER_FUNCTION = 4


@dataclass(frozen=True)
class Subject:
    """One submission: the files, the suites that are graded, and the mistakes that are in it.

    stub: nothing in it does anything, so nothing may be earned.
    """

    name: str
    suites: tuple[str, ...]
    files: Mapping[str, str] = field(repr=False)
    mistakes: tuple[Misconception, ...] = ()
    stub: bool = False

    @property
    def function(self) -> str:
        """The function that is wrong: "nn.relu"; empty where none is."""
        return f"{self.suites[0]}.{self.mistakes[0].function}" if self.mistakes else ""


class Subjects:
    """Makes submissions from the references of these suites."""

    def __init__(self, layout: Layout, suites: Sequence[str]) -> None:
        self._layout = layout
        self._names = tuple(suites)
        self._suites: Mapping[str, Suite] = layout.suites(suites)
        self._sources = {name: layout.reference_source(name) for name in self._suites}

    def all(self) -> list[Subject]:
        """The reference, stubs, every misconception and some pairs, in this order."""
        return [self.reference(), *self.stubs(), *self.misconceptions(), *self.pairs()]

    def reference(self) -> Subject:
        """All files as they should be."""
        return Subject("reference", self._names, _named(self._sources))

    def stubs(self) -> Iterator[Subject]:
        """The untouched templates, and references with the same statement in every function."""
        templates = {name: self._layout.find(f"{name}.py") for name in self._suites}
        found = {name: path.read_text("utf-8") for name, path in templates.items() if path}
        yield Subject("templates", self._names, _named(found), stub=True)
        for statement in STUBS:
            files = {name: hollow(source, statement) for name, source in self._sources.items()}
            yield Subject(statement, self._names, _named(files), stub=True)

    def misconceptions(self) -> Iterator[Subject]:
        """Each of the banks' entries alone."""
        for suite in self._names:
            for one in self._layout.misconceptions(suite):
                yield self._with(suite, one)

    def pairs(self) -> Iterator[Subject]:
        """A few pairs within each function, the same at every run."""
        for suite in self._names:
            bank = self._layout.misconceptions(suite)
            for function in dict.fromkeys(one.function for one in bank):
                mine = [one for one in bank if one.function == function]
                yield from self._chosen(suite, list(itertools.combinations(mine, 2)))

    def _chosen(self, suite: str, pairs: Sequence[tuple[Misconception, ...]]) -> Iterator[Subject]:
        if not pairs:
            return
        random = stream(b"selfcheck", f"{suite}.{pairs[0][0].function}")
        made = (self._pair(suite, pairs[i]) for i in random.permutation(len(pairs)))
        yield from itertools.islice(filter(None, made), PAIRS_PER_FUNCTION)

    def _pair(self, suite: str, mistakes: tuple[Misconception, ...]) -> Subject | None:
        """Both in one file, unless they edit the same place."""
        try:
            subject = self._with(suite, *mistakes)
            ast.parse(subject.files[f"{suite}.py"])
        except (GraderError, SyntaxError):
            return None
        return subject

    def _with(self, suite: str, *mistakes: Misconception) -> Subject:
        needed = (suite, *self._suites[suite].needs)
        files = {name: self._sources[name] for name in needed}
        files[suite] = applied(files[suite], mistakes)
        name = " + ".join(one.name for one in mistakes)
        return Subject(name, (suite,), _named(files), mistakes)


def hollow(source: str, statement: str) -> str:
    """This source with one statement as the body of every function but constructors."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name != "__init__":
            node.body = _body(statement)
    return ast.unparse(tree)


def _body(statement: str) -> list[ast.stmt]:
    (function,) = ast.parse(f"def f():\n {statement}").body
    assert isinstance(function, ast.FunctionDef)
    return function.body


def _named(sources: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}.py": source for name, source in sources.items()}
