"""docs/writing-checks.md does what it says: its check is added to a copy, its commands are run."""

from __future__ import annotations

import importlib
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import helpers

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "writing-checks.md").read_text("utf-8")
LEFT_OUT = ".*", "__pycache__", "runs", "build", "dist", "*.egg-info"
SCRIPTS = {
    "scripts/grade": [sys.executable, "-m", "grader", "grade"],
    "scripts/seeds": [sys.executable, "scripts/seeds_main.py"],
}
FAILS = "# exit code 1"


def blocks(language: str) -> list[str]:
    """The code of this language on the page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def named(section: str) -> list[str]:
    """The names in the first column of the table that follows this line."""
    rows = PAGE.split(section)[1].split("\n\n")[1].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`([\w.]+)`", row.split("|")[1])]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with the page's check in the file that its first line names."""
    folder = tmp_path_factory.mktemp("writing") / "copy"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (code,) = blocks("python")
    first, _, check = code.partition("\n")
    with (folder / first.removeprefix("# at the end of ")).open("a", encoding="utf-8") as file:
        file.write(check)
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of the page; what its scripts do, on this Python."""
    script, *arguments = shlex.split(command, comments=True)
    return subprocess.run(
        [*SCRIPTS[script], *arguments], cwd=folder, capture_output=True, text=True, timeout=300
    )


def test_the_commands_do_what_the_page_says(copy: Path) -> None:
    (commands,) = blocks("sh")
    pages = []
    for command in commands.splitlines():
        done = run(command, copy)
        expected = 1 if FAILS in command else 0
        assert done.returncode == expected, command + "\n" + done.stdout + done.stderr
        pages.append(done.stdout)
    passed, written, failed, _ = pages
    assert "dW averaged" in written
    assert "Where is the mean taken?" not in passed
    assert "Where is the mean taken?" in failed


def test_the_check_has_at_most_ten_lines() -> None:
    (code,) = blocks("python")
    assert len(code.strip().splitlines()) - 3 <= 10


def test_the_table_has_every_helper_and_no_other() -> None:
    assert sorted(named("From `tests.helpers`:")) == sorted(helpers.__all__)
    module = ""
    for name in named("From modules of their own:"):
        module, last = name.split(".") if "." in name else (module, name)
        found = importlib.import_module(f"tests.helpers.{module}")
        assert callable(vars(found).get(last)), name
