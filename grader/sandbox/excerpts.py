"""Host side: of a stand-in module, only what a request is about.

A worker may hold on to all that it is sent, so a stand-in for one function never brings along the
stand-in for another.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping


def excerpts(sources: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """suite -> source with the stand-ins for `names` ("nn.relu", "solution.NN.loss") alone.

    Imports, and whatever starts with an underscore, come along.
    """
    wanted: dict[str, list[list[str]]] = {}
    for name in names:
        suite, *path = name.split(".")
        wanted.setdefault(suite, []).append(path)
    return {suite: _excerpt(sources[suite], wanted[suite]) for suite in wanted if suite in sources}


def _excerpt(source: str, paths: list[list[str]]) -> str:
    tree = ast.parse(source)
    tree.body = [kept for node in tree.body for kept in _kept(node, paths)]
    return ast.unparse(tree)


def _kept(node: ast.stmt, paths: list[list[str]]) -> list[ast.stmt]:
    if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or _helper(node.name):
        return [node]
    asked = [path for path in paths if path[0] == node.name]
    if [node.name] in asked:
        return [node]
    if not asked or isinstance(node, ast.FunctionDef):
        return []
    methods = {path[1] for path in asked}
    parts = [part for part in node.body if _name(part) in methods or _helper(_name(part))]
    node.body = parts or [ast.Pass()]
    return [node]


def _name(node: ast.stmt) -> str:
    return node.name if isinstance(node, ast.FunctionDef) else ""


def _helper(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")
