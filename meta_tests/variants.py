"""Submissions made from the reference: some functions replaced, everything else right."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping
from pathlib import Path

from grader.config import Settings
from grader.results import Report
from grader.selfcheck import subjects
from grader.session import How, grade
from grader.submission import intake

REFERENCE = Path(__file__).resolve().parent.parent / "grader" / "reference"


def reference_source(suite: str) -> str:
    """The reference as a student's file."""
    return (REFERENCE / f"{suite}.py").read_text("utf-8").replace("from .nn", "from nn")


def variant(suite: str, replacements: Mapping[str, str], extra: str = "") -> str:
    """The reference with functions replaced: {"relu": "def relu(x): ...", "NN.forward": ...}.

    extra: lines put at the end of the file.
    """
    tree = ast.parse(reference_source(suite))
    wanted = {name: _definition(code) for name, code in replacements.items()}
    for name in wanted:
        owner, _, function = name.rpartition(".")
        _swap(_body(tree, owner), function, wanted[name])
    return ast.unparse(tree) + "\n" + textwrap.dedent(extra)


def hollow(suite: str, statement: str) -> str:
    """The reference with this statement as the body of every function but __init__."""
    return subjects.hollow(reference_source(suite), statement)


def graded(folder: Path, sources: Mapping[str, str], *, seed_file: Path | None = None) -> Report:
    """The report on these files, {"nn": source}; only their suites are graded."""
    folder.mkdir(exist_ok=True)
    for module, source in sources.items():
        (folder / f"{module}.py").write_text(source, "utf-8")
    settings = Settings(suites=tuple(sources), seed_file=seed_file)
    with intake(folder, settings.suites) as submission:
        return grade(submission, settings, How(allow_unsandboxed=True))


def lost(report: Report) -> dict[str, float]:
    """The functions that did not get all of their points, with what they got."""
    rows = report.functions()
    return {row.function: float(row.score) for row in rows if row.score < row.max_score}


def _definition(code: str) -> ast.stmt:
    return ast.parse(textwrap.dedent(code)).body[0]


def _body(tree: ast.Module, owner: str) -> list[ast.stmt]:
    if not owner:
        return tree.body
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == owner]
    return classes[0].body


def _swap(body: list[ast.stmt], name: str, new: ast.stmt) -> None:
    places = [i for i, node in enumerate(body) if getattr(node, "name", "") == name]
    body[places[0]] = new
