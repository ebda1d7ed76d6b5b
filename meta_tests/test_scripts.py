"""The two commands' set-up, tried on a tiny repository with a package index of one wheel."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import environment  # noqa: E402
import interpreters  # noqa: E402
from interpreters import Interpreter, SetupError  # noqa: E402

MAIN = "import os, sys, tiny\nprint(tiny.VERSION, os.getcwd(), *sys.argv[1:])\nsys.exit(7)\n"
CLI = """
import argparse, pathlib
def parser():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("path", nargs="?", default=".", type=pathlib.Path)
    parser.add_argument("--json")
    return parser
"""


def write_wheel(folder: Path, version: str) -> None:
    """The package `tiny`, as an index would offer it."""
    info = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(folder / f"tiny-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", f"VERSION = {version!r}\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


class Clone:
    """A repository with the real scripts, one dependency and a grader that shows its arguments."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.index = folder / "index"
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        (self.root / "grader").mkdir()
        (self.root / "grader/__main__.py").write_text(MAIN)
        (self.root / "grader/cli.py").write_text(CLI)
        (self.root / "setup.cfg").write_text("[options]\ninstall_requires =\n    tiny\n\n[tool]\n")
        (self.root / "constraints").mkdir()
        self.pin("1.0")
        self.index.mkdir()
        for version in ("1.0", "2.0"):
            write_wheel(self.index, version)

    def pin(self, version: str) -> None:
        for major, minor in interpreters.SUPPORTED:
            path = self.root / f"constraints/{major}.{minor}.txt"
            path.write_text(f"tiny=={version}\n")

    def start(self, *arguments: str, cwd: Path | None = None, **env: str) -> subprocess.Popen[str]:
        """scripts/grade, on the Python that runs the tests."""
        settings = {
            "PYTHON": sys.executable,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.index),
            "XDG_CACHE_HOME": str(self.root.parent / "cache"),
        }
        return subprocess.Popen(
            [self.root / "scripts/grade", *arguments],
            cwd=cwd,
            env=os.environ | settings | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def grade(self, *arguments: str, **options: str | Path) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        process = self.start(*arguments, **options)  # type: ignore[arg-type]
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Set up once, by two first starts at the same time."""
    made = Clone(tmp_path_factory.mktemp("scripts"))
    both = [made.start("x") for _ in range(2)]
    answers = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [7, 7], answers
    assert sum("Setting up .venv" in errors for _, errors in answers) == 1
    assert all(output.startswith("1.0 ") for output, _ in answers)
    return made


@pytest.fixture
def unchanged(clone: Clone) -> Iterator[Clone]:
    """The same, put right again afterwards."""
    yield clone
    clone.pin("1.0")
    clone.grade("x")


def test_second_start_is_silent_and_needs_no_index(clone: Clone) -> None:
    code, output, errors = clone.grade("x", "--json", "y", PIP_FIND_LINKS="/nowhere")
    assert (code, errors) == (7, "")
    assert output.split()[2:] == ["grade", "x", "--json", "y"]


def test_callers_folder_stays_and_is_not_imported_from(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "tiny.py").write_text("raise SystemExit('imported from the wrong folder')")
    code, output, errors = clone.grade("x", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert (code, errors) == (7, "")
    assert output.split()[1] == str(tmp_path)


@pytest.mark.parametrize("options", [[], ["--json", "file"]])
def test_without_a_path_the_example_is_graded(clone: Clone, options: list[str]) -> None:
    example = str(clone.root / "examples/typical_mistakes")
    assert clone.grade(*options)[1].split()[2:] == ["grade", example, *options]


@pytest.mark.parametrize("here", [".", "./"])
def test_the_callers_folder_is_graded_when_named(clone: Clone, here: str) -> None:
    assert clone.grade(here, "--json", "f")[1].split()[2:] == ["grade", here, "--json", "f"]


def test_new_constraints_are_installed(unchanged: Clone) -> None:
    unchanged.pin("2.0")
    _, output, errors = unchanged.grade("x")
    assert "Updating .venv" in errors
    assert output.startswith("2.0 ")


def test_interrupted_set_up_is_redone(unchanged: Clone) -> None:
    (unchanged.root / ".venv/incomplete").touch()
    (unchanged.root / ".venv/stamp-core").unlink()
    shutil.rmtree(unchanged.root / ".venv/lib")
    code, _, errors = unchanged.grade("x")
    assert code == 7
    assert "Setting up .venv" in errors


def test_failed_set_up_shows_what_pip_said(unchanged: Clone) -> None:
    unchanged.pin("3.0")
    code, output, errors = unchanged.grade("x")
    assert (code, output) == (2, "")
    assert "pip install failed (is there a network?)" in errors
    assert "tiny" in errors


def test_foreign_environment_is_left_alone(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    (clone.root / ".venv").mkdir()
    (clone.root / ".venv/pyvenv.cfg").write_text("home = elsewhere\n")
    _, output, errors = clone.grade("x")
    assert f"Setting up {tmp_path}/cache" in errors
    assert output.startswith("1.0 ")
    assert [path.name for path in (clone.root / ".venv").iterdir()] == ["pyvenv.cfg"]


@pytest.mark.parametrize(
    ("python", "message"),
    [("no-such-python", "no such program"), ("true", "is not a Python 3.10 or newer")],
)
def test_a_wrong_python_is_one_clear_line(clone: Clone, python: str, message: str) -> None:
    code, output, errors = clone.grade("x", PYTHON=python)
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert message in errors


def some(path: str, version: tuple[int, int], **facts: bool) -> Interpreter:
    defaults = {"final": True, "has_venv": True, "for_everyone": True}
    return Interpreter(path, version, **defaults | facts)


def test_root_prefers_a_python_that_every_uid_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    private, public = some("a", (3, 13), for_everyone=False), some("b", (3, 10))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert max([private, public], key=Interpreter.rank) == public
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert max([private, public], key=Interpreter.rank) == private


def test_newest_supported_python_comes_first() -> None:
    versions = [(3, 10), (3, 12), (3, 14), (3, 9)]
    ranked = sorted((some("x", one) for one in versions), key=Interpreter.rank, reverse=True)
    assert [one.version for one in ranked] == [(3, 12), (3, 10), (3, 14), (3, 9)]
    assert not ranked[-1].usable


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ([], "apt install python3 python3-venv"),
        ([some("x", (3, 9))], "found 3.9"),
        ([some("/x/python3", (3, 12), has_venv=False)], "/x/python3 lacks the venv module"),
    ],
)
def test_without_a_usable_python_the_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, found: list[Interpreter], message: str
) -> None:
    monkeypatch.setattr(interpreters, "interpreters", lambda: found)
    with pytest.raises(SetupError, match=message):
        interpreters.choose()


def test_open_to_all_looks_at_every_folder(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "python"
    file.parent.mkdir()
    file.write_text("")
    file.chmod(0o755)
    ours = next(one for one in tmp_path.parents if one.name.startswith("pytest-of-"))
    for folder in (file.parent, *file.parent.parents):
        if os.access(folder, os.W_OK) and folder.is_relative_to(ours):
            folder.chmod(0o755)
    link = tmp_path / "link"
    link.symlink_to(file)
    assert interpreters.open_to_all(str(link))
    file.parent.chmod(0o700)
    assert not interpreters.open_to_all(str(link))


@pytest.mark.parametrize("version", [f"{major}.{minor}" for major, minor in interpreters.SUPPORTED])
def test_every_requirement_is_pinned_for_every_python(version: str) -> None:
    lines = (ROOT / f"constraints/{version}.txt").read_text().splitlines()
    pinned = {line.partition("==")[0] for line in lines if not line.startswith("#")}
    names = {line.split()[0] for kind in ("core", "dev") for line in environment.requirements(kind)}
    assert names <= pinned


def test_settings_of_the_course_do_not_force_a_new_set_up() -> None:
    # The fingerprint covers [options] up to the first [tool...]; [grader] must come after it.
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    order = settings.sections()
    assert order.index("options") < order.index("tool:pytest") < order.index("grader")
