"""Python source in the making: statements, names that are in use, imports, arrays."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import keyword
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from grader.literals import WIDTH, Node, laid_out, literal
from grader.text import one_line
from tests.helpers.asking import Answer, Ask
from tests.helpers.local import GIVEN

LONGEST_COMMENT = 400
MOST_WANTED = 24
SMALL = 4  # entries: equal ones have names of their own
NEEDS_TESTS = "# It needs tests/: run it in the homework's folder, beside hw_mlp.py."
LIBRARIES = ("numpy", "builtins", "copy")


class Signatures:
    """Names of parameters, from the references: what an array is called in the interface."""

    def __init__(self, references: Mapping[str, ModuleType]) -> None:
        self._references = references

    def of(self, path: str) -> tuple[str, ...]:
        """The parameters of "nn.relu" or "solution.NN.forward", without self."""
        found = self._found(path)
        if not callable(found):
            return ()
        return tuple(name for name in inspect.signature(found).parameters if name != "self")

    def is_class(self, path: str) -> bool:
        """Whether the path names a class."""
        return isinstance(self._found(path), type)

    def _found(self, path: str) -> Any:
        module, *names = path.split(".")
        start: Any = self._references.get(module)
        return functools.reduce(lambda part, name: getattr(part, name, None), names, start)


class Source:
    """Collects statements, the names in use and what must be imported."""

    def __init__(
        self,
        signatures: Signatures,
        aliases: Mapping[str, str],
        log: Sequence[tuple[Ask, Answer]],
        keys: Sequence[str],
    ) -> None:
        self.signatures, self.keys = signatures, keys
        self.lines: list[str] = []
        self.lives: dict[Any, str] = {}
        self.kinds: dict[str, str] = {}  # of variables: the class that they are objects of
        self._aliases = aliases
        self._imports: dict[str, list[str]] = {}
        self._taken = {"np", "copy"}
        self._uses: Counter[Any] = Counter()
        self._wishes: dict[Any, str] = {}
        for one, _ in log:
            for step in one.steps:
                self._count((step.args, step.kwargs))
        self._arrays: dict[Any, str] = {}
        self._placeholders: dict[str, str] = {}

    def text(self, told: str, wanted: np.ndarray | None = None, call: str = "") -> str:
        """The whole snippet, with what was wrong and the array that was wanted of `call` below."""
        body = "\n".join(self.lines)
        head = [NEEDS_TESTS] if any(name.startswith("tests.") for name in self._imports) else []
        head += ["import copy"] if "copy.deepcopy(" in body else []
        head += ["import numpy as np"] if "np." in body else []
        named = sorted(self._imports.items())
        head += [f"from {module} import {', '.join(names)}" for module, names in named]
        tail = [_comment(told)]
        if wanted is not None and 1 < wanted.size <= MOST_WANTED:
            shown = np.array2string(wanted, precision=6, separator=", ", max_line_width=WIDTH - 4)
            tail += [_comment(f"Expected of {call}, all of it:"), textwrap.indent(shown, "#   ")]
        return "\n".join([*head, "", body, *tail]) + "\n"

    def name(self, wish: str) -> str:
        """A variable's name like this one that is not taken yet."""
        base = wish if wish.isidentifier() and not keyword.iskeyword(wish) else "result"
        names = itertools.chain([base], (f"{base}{i}" for i in itertools.count(2)))
        found = next(name for name in names if name not in self._taken)
        self._taken.add(found)
        return found

    def of_path(self, path: str) -> str:
        """The name under which "nn.relu" or "numpy.zeros" is known, imported if need be."""
        module, _, rest = self._aliases.get(path, path).partition(".")
        if module in LIBRARIES:
            return {"numpy": f"np.{rest}", "builtins": rest}.get(module, f"{module}.{rest}")
        if (GIVEN / f"{module}.py").is_file():
            module = f"tests.helpers.given.{module}"
        first = rest.partition(".")[0]
        names = self._imports.setdefault(module, [])
        if first not in names:
            names.append(first)
            self._taken.add(first)
        return rest

    def print_known(self, text: str) -> None:
        """Print what is told of, if that is numpy's doing with names that are known here."""
        try:
            parts = ast.walk(ast.parse(text, mode="eval"))
        except SyntaxError:
            return
        names = {part.id for part in parts if isinstance(part, ast.Name)}
        if text.startswith("np.") and names <= self._taken:
            self.lines.append(f"print({text})")

    def _count(self, value: Any, wish: str = "") -> None:
        """How often each array is used, and what it may be called by the key that it is under."""
        if isinstance(value, np.ndarray):
            self._uses[_identity(value)] += 1
            self._wishes.setdefault(_identity(value), wish)
        elif isinstance(value, (tuple, list)):
            for part in value:
                self._count(part, wish)
        elif isinstance(value, dict):
            for key, part in value.items():
                self._count(part, str(key))

    def repeated(self, value: np.ndarray) -> bool:
        """Whether it is worth a name although it is part of something else."""
        return self._uses[_identity(value)] > 1 and value.size > 4

    def array(self, value: np.ndarray, wish: str = "") -> str:
        """An array as an argument: a variable, or a copy of it where others use it, too."""
        key: Any = _identity(value)
        copied = ".copy()" if self._uses[key] > 1 else ""
        new = key in self._arrays and wish and wish not in self._taken and value.size <= SMALL
        if new or (key, wish) in self._arrays:
            key = (key, wish)  # equal by chance
        wish = wish or self._wishes[key] or "array"
        if key not in self._arrays:
            self._arrays[key] = self.name(wish)
            self.assign(self._arrays[key], literal(value))
        return self._arrays[key] + copied

    def placeholder(self, wish: str, text: str) -> str:
        """A variable for something that is only there to be handed over, made once."""
        if text not in self._placeholders:
            self._placeholders[text] = self.name(wish)
            self.assign(self._placeholders[text], text)
        return self._placeholders[text]

    def assign(self, target: str, node: Node) -> None:
        """target = node, or the node alone where there is no target."""
        lead = f"{target} = " if target else ""
        self.lines.append(lead + laid_out(node, len(lead)))


def _identity(value: np.ndarray) -> Any:
    return value.shape, value.dtype.str, value.tobytes()


def _comment(told: str) -> str:
    text = one_line(told, LONGEST_COMMENT)
    return textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ")
