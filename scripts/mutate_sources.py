"""All mutants of a source file, as texts: mutmut's mutations and those of mutate_operators."""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

import libcst as cst
from libcst.metadata import MetadataWrapper, WhitespaceInclusivePositionProvider
from mutate_operators import OPERATORS
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode


@dataclass(frozen=True)
class Mutant:
    """One change of one suite's file.

    place: the function that it is in, "NN.forward", or "(module)". line: of the original file.
    number: from 2 on for a second change of the same text in the same function.
    """

    suite: str
    place: str
    line: int
    before: str
    after: str
    number: int
    source: str

    @property
    def name(self) -> str:
        """What it is known by from run to run, and in docs/mutation.md."""
        again = f" ({self.number})" if self.number > 1 else ""
        return f"{self.suite}.{self.place}: {self.before} -> {self.after}{again}"

    @property
    def digest(self) -> str:
        """Of the whole text."""
        return hashlib.sha256(self.source.encode()).hexdigest()[:16]


def mutants(suite: str, source: str) -> list[Mutant]:
    """Every mutant that is a program, in the order of the file; none that is the same program."""
    places = _places(source)
    names: Counter[str] = Counter()
    found = []
    for text in _programs(source):
        line, before, after = _change(source, text)
        place = places.get(line, "(module)")
        key = f"{place}: {before} -> {after}"
        names[key] += 1
        found.append(Mutant(suite, place, line, before, after, names[key], text))
    return sorted(found, key=lambda one: one.line)


def _programs(source: str) -> Iterator[str]:
    """The texts, each another syntax tree."""
    wrapper = MetadataWrapper(cst.parse_module(source))
    # mutmut's own way to an empty IgnoredCode wants a section of its own in setup.cfg.
    visitor = MutationVisitor([*mutation_operators, *OPERATORS], IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    spliced = _Splicer(wrapper)
    seen = {ast.dump(ast.parse(source))}
    for one in visitor.mutations:
        text = spliced(one.original_node, one.mutated_node)
        try:
            tree = ast.dump(ast.parse(text))
        except SyntaxError:
            continue
        if tree not in seen:
            seen.add(tree)
            yield text


class _Splicer:
    """The module's text with one node replaced by another, ten times faster than deep_replace."""

    def __init__(self, wrapper: MetadataWrapper) -> None:
        self._module = wrapper.module
        self._spans = wrapper.resolve(WhitespaceInclusivePositionProvider)
        self._lines = self._module.code.splitlines(keepends=True)

    def __call__(self, old: cst.CSTNode, new: cst.CSTNode) -> str:
        if isinstance(old, cst.BaseCompoundStatement):  # new is not indented as its text must be
            changed = self._module.deep_replace(old, new)
            assert isinstance(changed, cst.Module)
            return changed.code
        start, end = self._spans[old].start, self._spans[old].end
        before = [*self._lines[: start.line - 1], self._lines[start.line - 1][: start.column]]
        after = [self._lines[end.line - 1][end.column :], *self._lines[end.line :]]
        return "".join([*before, self._module.code_for_node(new), *after])


def _places(source: str) -> dict[int, str]:
    """Line -> the top-level function or the method that it belongs to, or the class."""
    found: dict[int, str] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found |= dict.fromkeys(_lines(node), node.name)
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    found |= dict.fromkeys(_lines(method), f"{node.name}.{method.name}")
    return found


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _change(old: str, new: str) -> tuple[int, str, str]:
    """(first line that differs or after which lines are new, the old lines, the new ones)."""
    a, b = old.splitlines(), new.splitlines()
    start = _alike(a, b)
    end = _alike(a[start:][::-1], b[start:][::-1])
    return (
        start + (start + end < len(a)),
        _joined(a[start : len(a) - end]),
        _joined(b[start : len(b) - end]),
    )


def _alike(a: list[str], b: list[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines) or "(nothing)"
