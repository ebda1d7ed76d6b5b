"""Worker side: import the submission, one top-level statement after another.

A statement that raises or takes too long is left out with a note, and the rest of the file is
still defined. Helper modules beside the files are found too; they cannot hide the standard library.
"""

from __future__ import annotations
import __future__

import ast
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

from .failures import Missing, StatementTimeout, describe, report, type_name
from .fitting import is_class
from .grammar import syntax_message
from .sources import text_of
from .text import cut
from .timing import statement_limit

MAX_NOTES = 50
MAX_NOTES_OF_A_FILE = 5
MAX_NAMES = 5_000
GUARD = "Put it under `if __name__ == '__main__':`"


class Importer:
    """Finds the submission's modules, runs them, and remembers what was left out."""

    def __init__(
        self,
        folder: str,
        modules: Mapping[str, str],
        skip: Mapping[str, Sequence[int]],
        *,
        seconds: float,
        wall_factor: float,
        progress: Callable[[str, int], None],
    ) -> None:
        self.folder = os.path.join(os.path.realpath(folder), "")
        self.modules = modules
        self.skip = skip
        self.seconds = seconds
        self.wall_factor = wall_factor
        self.progress = progress
        self.notes: dict[str, list[str]] = {}
        self.skipped: dict[str, list[int]] = {}
        self.texts: dict[str, list[str]] = {}
        self.failed: dict[str, str] = {}
        self.ours: dict[str, Any] = {}

    def keep(self, folders: Sequence[str]) -> None:
        """Load numpy and the modules in `folders`, and remember all that they define.

        What is then asked for by name comes from here: a submission can neither hide these modules
        behind files of the same name nor change what is in them.
        """
        files = [name for folder in folders for name in os.listdir(folder)]
        names = [name.removesuffix(".py") for name in files if name.endswith(".py")]
        for name in ("numpy", *names):
            self.ours[name] = SimpleNamespace(**vars(importlib.import_module(name)))

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The submission's module or helper of this name, if there is one."""
        if fullname in self.modules:
            return self._spec(fullname, os.path.join(self.folder, self.modules[fullname]))
        if "." in fullname or fullname in sys.stdlib_module_names or fullname in self.ours:
            return None
        folder = self.home()
        package = os.path.join(folder, fullname, "__init__.py")
        if os.path.isfile(package):  # it hides a module of the same name, as everywhere
            places = [os.path.dirname(package)]
            return importlib.util.spec_from_file_location(
                fullname, package, submodule_search_locations=places
            )
        file = os.path.join(folder, fullname + ".py")
        return self._spec(fullname, file) if os.path.isfile(file) else None

    def home(self) -> str:
        """The folder in which the submission's files lie."""
        return os.path.join(self.folder, os.path.dirname(next(iter(self.modules.values()), "")))

    def _spec(self, name: str, file: str) -> importlib.machinery.ModuleSpec | None:
        # No subclass of importlib.abc.Loader: that module takes 4 ms of every start.
        loader: Any = _Statements(self, file)
        return importlib.util.spec_from_file_location(name, file, loader=loader)

    def load(self, name: str) -> dict[str, Any]:
        """Import the module `name`: what became of it."""
        answer: dict[str, Any] = {"names": {}}
        try:
            importlib.import_module(name)
            # whatever it has put in its place there: that is the submission's doing, too
            answer["names"] = names_of(sys.modules.get(name))
        except SyntaxError as error:
            self.failed[name] = "it could not be read"
            answer["error"] = report("raised", self.shown(syntax_message(error)), type_name(error))
        except BaseException as error:  # the boundary of this process: any student code
            self.failed[name] = "its import failed"
            answer["error"] = describe(error, self)
        answer["notes"] = self._notes(name)[:MAX_NOTES]
        answer["skipped"] = self.skipped.get(name, [])
        return answer

    def _notes(self, name: str) -> list[str]:
        """What was left out of a module, and of those loaded only because others import them."""
        helpers = [one for one in self.notes if one not in self.modules]
        lists = [(name, self.notes.get(name, [])), *((one, self.notes.pop(one)) for one in helpers)]
        return [line for one, notes in lists for line in self._first(one, notes)]

    def _first(self, module: str, notes: Sequence[str]) -> list[str]:
        """The first notes on a file, with its name, and how many there are beside them."""
        file = self.modules.get(module, module + ".py")
        lines = [f"{file}, {note}" for note in notes[:MAX_NOTES_OF_A_FILE]]
        more = len(notes) - len(lines)
        if more:
            were = "line was" if more == 1 else "lines were"
            lines.append(f"{file}: and {more} more {were} skipped.")
        return lines

    def module(self, name: str) -> Any:
        """The imported module `name`, of the submission or beside it; Missing if there is none."""
        if name in self.ours:
            return self.ours[name]
        if name not in self.modules:
            try:
                return importlib.import_module(name)
            except ImportError:
                raise Missing(f"there is no file for {name}") from None
        if name not in sys.modules:
            if name not in self.failed:
                self.load(name)
            if name in self.failed:
                raise Missing(f"{self.modules[name]}: {self.failed[name]}")
        return sys.modules[name]

    def source(self, file: str, lineno: int) -> tuple[str, str] | None:
        """(name to show, text of the line) of a place in the submission, None elsewhere."""
        if not file.startswith(self.folder):
            return None
        lines = self.texts.get(file, [])
        text = lines[lineno - 1].strip() if 0 < lineno <= len(lines) else ""
        return file[len(self.folder) :], cut(text, 200)

    def shown(self, text: str) -> str:
        """`text` without the folder in which the submission happens to lie."""
        return text.replace(self.folder, "")

    def note(self, module: str, line: int, text: str) -> None:
        """Remember that a statement was left out."""
        self.notes.setdefault(module, []).append(f"line {line}: {text}")
        self.skipped.setdefault(module, []).append(line)


class FolderFinder:
    """Finds a folder of helpers that has no __init__.py. The last finder: it hides nothing."""

    def __init__(self, importer: Importer) -> None:
        self.importer = importer

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A package of the Python files in the submission's folder of this name, if any."""
        if path is not None:
            return None
        folder = os.path.join(self.importer.home(), fullname)
        files = (file for _, _, names in os.walk(folder) for file in names)
        if not any(file.endswith(".py") for file in files):
            return None
        spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
        spec.submodule_search_locations = [folder]
        return spec


class _Statements:
    """A loader: runs one file statement by statement."""

    def __init__(self, importer: Importer, file: str) -> None:
        self.importer = importer
        self.file = file

    def create_module(self, spec: Any) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        with open(self.file, "rb") as stream:
            text = text_of(stream.read())
        self.importer.texts[self.file] = text.splitlines()
        tree = ast.parse(text, self.file)
        module.__doc__ = ast.get_docstring(tree, clean=False)
        skip, flags = self.importer.skip.get(name, ()), 0
        lost: dict[str, int] = {}
        for statement in tree.body:
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                for alias in statement.names:
                    flags |= getattr(__future__, alias.name).compiler_flag
            elif statement.lineno in skip:
                self.importer.note(name, statement.lineno, "left out, as before")
            else:
                self._run(statement, module, flags, lost)

    def _run(
        self, statement: ast.stmt, module: ModuleType, flags: int, lost: dict[str, int]
    ) -> None:
        """Run one statement; `lost` has the names that those left out would have defined."""
        importer, name = self.importer, module.__name__
        part = ast.Module([statement], [])
        code = compile(part, self.file, "exec", flags=flags, dont_inherit=True)
        importer.progress(name, statement.lineno)
        try:
            with statement_limit(importer.seconds, importer.wall_factor):
                exec(code, module.__dict__)
        except BaseException as error:  # the boundary of this process: any student code
            cause = error.name if type(error) is NameError else None
            if cause in lost:
                why = f"skipped too, for want of {cause} (line {lost[cause]})."
            else:
                why = _why_left_out(statement, error, importer)
            importer.note(name, statement.lineno, why)
            for one in _defined(statement):
                lost.setdefault(one, statement.lineno)


def _defined(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds, at any depth."""
    for node in ast.walk(statement):
        if isinstance(node, ast.alias):
            yield (node.asname or node.name).split(".")[0]
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _why_left_out(statement: ast.stmt, error: BaseException, importer: Importer) -> str:
    told = describe(error, importer)
    what = cut(f"{told['type']}: {told['message']}", 300)
    if isinstance(error, StatementTimeout):
        what = f"takes more than {importer.seconds:g} s"
    text = f"{what} at import; this line was skipped."
    if isinstance(statement, (ast.Import, ast.ImportFrom)) or isinstance(error, ImportError):
        return text
    return f"{text} {GUARD}"


def names_of(module: Any) -> dict[str, str]:
    """Top-level name -> "function", "class" or "other"; "Class.method" -> "function"."""
    names: dict[str, str] = {}
    for name, value in list(vars(module).items())[:MAX_NAMES]:
        if not isinstance(name, str) or name.startswith("__"):
            continue
        if is_class(value):
            names[name] = "class"
            names.update(_methods(name, value))
        else:
            names[name] = "function" if callable(value) else "other"
    return dict(list(names.items())[:MAX_NAMES])


def _methods(name: str, cls: type) -> dict[str, str]:
    kinds = (FunctionType, staticmethod, classmethod)
    found = {}
    for base in reversed(type.mro(cls)[:-1]):
        for key, value in list(vars(base).items()):
            if isinstance(value, kinds) or callable(value):
                found[f"{name}.{key}"] = "function"
    return found
