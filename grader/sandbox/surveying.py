"""Worker side: what a submission's files import and define, read from their syntax trees.

Read here, not in the host, because a few kilobytes of source can make a parser use gigabytes; and
before anything of the submission has run.
"""

from __future__ import annotations

import ast
import os
import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Any

from .sources import text_of
from .text import cut

MAX_ENTRIES = 5_000
MAX_CHARS = 100
# Whatever can be added, multiplied and asked for its gradient differentiates by itself.
ENGINE = frozenset({"__add__", "__mul__", "backward"})
_LOADERS = frozenset({"__import__", "import_module"})


def survey(folder: str, words: Collection[str]) -> list[dict[str, Any]]:
    """Every file, with what it imports of `words` and of the files beside it.

    imports: [dotted name, first line, last line, only when run as a program]. defines: classes and
    functions named in `words`. engines: [class, line] of those that look like automatic
    differentiation. Nothing at all where no file has one of the words in it or in its name.
    """
    texts = dict(_texts(folder))
    wanted = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})\b")
    if not words or not any(wanted.search(f"{file}\n{text}") for file, text in texts.items()):
        return []
    known = {*words, *(re.split(r"[/.]", file)[0] for file in texts)}
    room, found = MAX_ENTRIES, []
    for file, text in texts.items():
        account = _account(file, text, known, frozenset(words))
        room -= sum(len(account[key]) for key in ("imports", "defines", "engines"))
        if room < 0:
            break
        found.append(account)
    return found


def _texts(folder: str) -> Iterator[tuple[str, str]]:
    """(name relative to the folder, text) of every file that can be read, shallow ones first."""
    paths = [
        os.path.join(base, file)
        for base, _, files in os.walk(folder)
        for file in files
        if file.endswith(".py")
    ]
    for path in sorted(paths, key=lambda path: (path.count(os.sep), path)):
        try:
            with open(path, "rb") as stream:
                text = text_of(stream.read())
        except (OSError, SyntaxError, ValueError):
            continue
        # Python reads names in this form: full-width letters are letters like any others.
        plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
        yield os.path.relpath(path, folder).replace(os.sep, "/"), plain


def _account(
    file: str, text: str, known: Collection[str], words: Collection[str]
) -> dict[str, Any]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.Module([], [])
    package = file.split("/")[:-1]
    nodes = list(_nodes(tree))
    loaders = _LOADERS | {name for node, _ in nodes for name in _renamed(node)}
    return {
        "file": cut(file, MAX_CHARS),
        "imports": sorted(
            (
                [cut(name, MAX_CHARS), node.lineno, node.end_lineno or node.lineno, guarded]
                for node, guarded in nodes
                if isinstance(node, (ast.stmt, ast.expr))
                for name in _imported(node, package, loaders)
                if name.partition(".")[0] in known
            ),
            key=lambda row: row[1],
        ),
        "defines": sorted({n.name for n, _ in nodes if _is_definition(n) and n.name in words}),
        "engines": [[cut(n.name, MAX_CHARS), n.lineno] for n, _ in nodes if _is_engine(n)],
    }


def _nodes(tree: ast.AST) -> Iterator[tuple[Any, bool]]:
    """Every node, and whether it runs only if the file is run as a program; none for type hints."""
    waiting: list[tuple[Any, bool]] = [(tree, False)]
    while waiting:
        node, guarded = waiting.pop()
        yield node, guarded
        if isinstance(node, ast.If):
            test = ast.unparse(node.test) if _is_short(node.test) else ""
            if test.rpartition(".")[2] != "TYPE_CHECKING":
                alone = test in ("__name__ == '__main__'", "'__main__' == __name__")
                waiting += [(part, guarded or alone) for part in node.body]
            waiting += [(part, guarded) for part in (node.test, *node.orelse)]
        else:
            waiting += [(part, guarded) for part in ast.iter_child_nodes(node)]


def _is_short(test: ast.expr) -> bool:
    parts = [test.left, *test.comparators] if isinstance(test, ast.Compare) else [test]
    return all(isinstance(p, (ast.Name, ast.Constant, ast.Attribute)) for p in parts) and not any(
        isinstance(p, ast.Attribute) and not isinstance(p.value, ast.Name) for p in parts
    )


def _renamed(node: Any) -> Iterator[str]:
    """Other names under which this statement makes importlib.import_module known."""
    if isinstance(node, ast.ImportFrom):
        yield from (a.asname for a in node.names if a.asname and a.name in _LOADERS)
    elif isinstance(node, ast.Assign) and _last_name(node.value) in _LOADERS:
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _imported(node: Any, package: list[str], loaders: Collection[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        start = package[: len(package) - node.level + 1] if node.level else []
        base = [*start, *([node.module] if node.module else [])]
        for alias in node.names:
            yield ".".join(base if alias.name == "*" else [*base, alias.name])
    elif isinstance(node, ast.Call) and _last_name(node.func) in loaders:
        named = [one.value for one in node.keywords if one.arg == "name"]
        for argument in [*node.args, *named][:1]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def _last_name(node: Any) -> str:
    name = getattr(node, "attr", getattr(node, "id", ""))
    return name if isinstance(name, str) else ""


def _is_definition(node: Any) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.ClassDef))


def _is_engine(node: Any) -> bool:
    if not isinstance(node, ast.ClassDef):
        return False
    return {part.name for part in node.body if isinstance(part, ast.FunctionDef)} >= ENGINE
