"""One small test per architectural rule, read from the sources with `ast`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = 300
MAX_LINES_OF_TESTS = 600  # a suite's checks are one file: a list of short functions

# The host's half of the sandbox, which must not be in a worker's memory; the rest is the worker's.
HOST_SIDE = {
    "callbacks",
    "clock",
    "dialogue",
    "host",
    "probing",
    "requests",
    "sightings",
    "spawning",
    "values",
    "zygote",
}
# Where every exception ends: around a student's code in the worker, around a check on the host.
BOUNDARIES = {
    "grader/cli.py",  # everything
    "grader/turns.py",  # a check
    "grader/sandbox/callbacks.py",  # the reference at work on a student's values
    "grader/sandbox/failures.py",  # a student's __str__
    "grader/sandbox/importing.py",  # a student's module
    "grader/sandbox/programs.py",  # a student's function
    "grader/sandbox/scanning.py",  # the same, many times
    "grader/sandbox/worker.py",  # the worker as a whole
    "tests/helpers/local.py",  # a student's function, in their own pytest
}
LONG_MODULES: set[str] = set()
LAZY_IN_HW_MLP = {"matplotlib", "h5py", "rich"}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository, as git knows them; without git, all but hidden folders."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
        names = [name for name in listed.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        names = [str(path) for path in found if not path.parts[0].startswith(".")]
    return tuple(path for name in sorted(names) if (path := ROOT / name).is_file())


def sources(*folders: str) -> list[Path]:
    """The Python files below the folders (all of them where none is named)."""
    python = [path for path in tracked() if path.suffix == ".py"]
    if not folders:
        return python
    return [p for p in python if any(p.is_relative_to(ROOT / folder) for folder in folders)]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def at_run_time(node: ast.AST, *, into_functions: bool = True) -> Iterator[ast.AST]:
    """All nodes below but those under `if TYPE_CHECKING:`, and in functions if so asked."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        if into_functions or not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from at_run_time(child, into_functions=into_functions)


def imported(path: Path, *, into_functions: bool = True) -> set[str]:
    """Dotted names of all that a file imports; `from a import b` gives "a.b" and "a"."""
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    names = set()
    for node in at_run_time(tree(path), into_functions=into_functions):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return names


def below(name: str, *packages: str) -> bool:
    return any(name == one or name.startswith(one + ".") for one in packages)


def foreign(path: Path, *, into_functions: bool = True) -> set[str]:
    """First parts of what is imported from outside the standard library."""
    names = imported(path, into_functions=into_functions)
    return {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)


def offenders(paths: list[Path], *banned: str) -> list[str]:
    return [
        f"{shown(path)} imports {name}"
        for path in paths
        for name in sorted(imported(path))
        if below(name, *banned)
    ]


def test_sandbox_imports_nothing_else_of_the_grader() -> None:
    for path in sources("grader/sandbox"):
        strangers = {n for n in imported(path) if below(n, "grader", "tests", "data")}
        assert {n for n in strangers if n != "grader" and not below(n, "grader.sandbox")} == set()
        assert foreign(path) <= {"grader", "numpy"}, shown(path)


def reached(start: str, modules: dict[str, Path]) -> set[str]:
    """All modules that importing `start` loads."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += imported(modules[name]) & set(modules)
    return found


def test_worker_never_loads_the_hosts_half() -> None:
    # Its package is an empty one of another name: __init__.py does not run there.
    package = "grader.sandbox"
    modules = {module_name(path): path for path in sources("grader/sandbox")}
    host_side = {f"{package}.{name}" for name in HOST_SIDE}
    assert host_side <= set(modules)
    del modules[package]
    assert reached(f"{package}.forkserver", modules) & host_side == set()


def test_checks_never_import_sandbox_or_writers() -> None:
    assert offenders(sources("grader/checks"), "grader.sandbox", "grader.writers") == []


def test_writers_import_results_alone() -> None:
    for path in sources("grader/writers"):
        ours = {name for name in imported(path) if below(name, "grader", "tests", "data")}
        allowed = ("grader.results", "grader.scoring", "grader.text", "grader.writers")
        assert {n for n in ours if n != "grader" and not below(n, *allowed)} == set(), shown(path)


def test_references_need_numpy_alone() -> None:
    for path in sources("grader/reference"):
        lazy = LAZY_IN_HW_MLP if path.name == "hw_mlp.py" else set()
        # hw_mlp is a module of its own and one beside nn.py, which it then imports from there.
        ours = {"grader", "nn"} if path.name == "hw_mlp.py" else set()
        assert offenders([path], "grader.sandbox", "grader.checks", "grader.writers") == []
        assert foreign(path, into_functions=False) <= {"numpy"} | ours, shown(path)
        assert foreign(path) <= {"numpy"} | ours | lazy, shown(path)


def test_what_students_have_imports_nothing_of_the_grader() -> None:
    templates = [ROOT / name for name in ("solution.py", "nn.py", "hw_mlp.py")]
    assert offenders([*sources("tests", "data"), *templates], "grader") == []


def test_public_checks_need_numpy_and_pytest_alone() -> None:
    for path in sources("tests"):
        assert foreign(path) <= {"numpy", "pytest", "hypothesis", "tests", "data"}, shown(path)


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of one cycle of imports, if there is one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_cycle_of_imports() -> None:
    modules = {module_name(path): path for path in sources("grader", "tests", "data")}
    graph = {}
    for name, path in modules.items():
        # A package is named by every import of a part of it; its own file counts where it is all
        # that is taken from it.
        names = imported(path) & set(modules)
        whole = {one for one in names if not any(other.startswith(one + ".") for other in names)}
        graph[name] = whole - {name}
    assert cycle(graph) == []


def test_a_cycle_is_found() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert not cycle({"a": {"b", "c"}, "b": {"c"}})


def test_checks_have_no_bare_assert() -> None:
    # Rewritten or not, an assert may carry a hidden value into a report.
    public = [path for path in sources("tests") if path.name.startswith("test_")]
    for path in [*public, *sources("grader/checks")]:
        lines = [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Assert)]
        assert lines == [], shown(path)


def test_modules_are_short() -> None:
    long = set()
    for path in sources():
        limit = MAX_LINES_OF_TESTS if path.name.startswith("test_") else MAX_LINES
        if len(path.read_text(encoding="utf-8").splitlines()) >= limit:
            long.add(shown(path))
    assert long == LONG_MODULES


def broad(node: ast.AST) -> bool:
    """`except:`, `except Exception:` and `except BaseException:` that do not raise again."""
    if not isinstance(node, ast.ExceptHandler) or ast.unparse(node.body[-1]) == "raise":
        return False
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(one is None or ast.unparse(one) in ("Exception", "BaseException") for one in caught)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("except:", True),
        ("except Exception:", True),
        ("except (OSError, BaseException) as error:", True),
        ("except (OSError, ValueError):", False),
        ("except BaseException: clean_up(); raise #", False),
    ],
)
def test_a_broad_except_is_recognised(text: str, expected: bool) -> None:
    found = [broad(node) for node in ast.walk(ast.parse(f"try: pass\n{text} pass"))]
    assert any(found) == expected


def test_broad_excepts_only_at_the_boundaries() -> None:
    product = sources("grader", "tests", "data", "scripts", "benchmarks")
    found = {shown(p) for p in product if any(broad(node) for node in ast.walk(tree(p)))}
    assert found == BOUNDARIES


# Folders of one machine, and hosts of package indexes: neither means anything to a reader.
PRIVATE = re.compile(
    r"/(?:root|work|home/\w+|Users/\w+|opt|tmp/\w+)/[\w.]|index-url"
    r"|https?://[\w.-]*(?:py(?:pi|thonhosted)|mirror|proxy|registry)"
)


@pytest.mark.parametrize(
    "text", ["/{}/x".format("root"), "a /{}/me/x".format("home"), "--index-url=x"]
)
def test_a_private_path_is_recognised(text: str) -> None:
    assert PRIVATE.search(text)


def test_nothing_private_in_any_file() -> None:
    found = []
    for path in tracked():
        if path == Path(__file__) or path.suffix in (".hdf5", ".png"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if PRIVATE.search(line):
                found.append(f"{shown(path)}:{number}: {line.strip()}")
    assert found == []
