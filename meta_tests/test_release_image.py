"""What is made of autograder.zip: its wheels, setup.sh, run_autograder and the Dockerfile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader.cli import main
from grader.errors import UsageError
from grader.release import wheels
from grader.release.autograder import TEMPLATES

# wheels


def wheel(folder: Path, name: str, version: str, *needs: str) -> None:
    info = f"{name}-{version}.dist-info"
    required = "".join(f"Requires-Dist: {one}\n" for one in needs)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as made:
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}"
        made.writestr(f"{info}/METADATA", text)
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        made.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the package index."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel(folder, "pip", wheels.PIP.partition("==")[2])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_wheels_are_those_that_the_platform_needs(index: Path) -> None:
    conditions = ['old; python_version < "3.11"', 'odd; sys_platform == "win32"', "deep>=1"]
    wheel(index, "tiny", "1.0", *conditions, 'extra_one; extra == "more"', 'no; extra == "other"')
    for name in ("old", "extra_one"):
        wheel(index, name, "1.0")
    wheel(index, "deep", "1.0", "tiny")
    found = {name.split("-")[0] for name in wheels.fetch_wheels(["tiny[more]"])}
    assert found == {"pip", "tiny", "old", "deep", "extra_one"}


def test_packages_that_do_not_go_together_are_named(index: Path) -> None:
    wheel(index, "one", "1.0", "deep<2")
    wheel(index, "two", "1.0", "between")
    wheel(index, "between", "1.0", "deep>=2")
    wheel(index, "deep", "1.0")
    wheel(index, "deep", "2.0")
    with pytest.raises(UsageError, match=r"between needs deep>=2, but deep 1\.0 is") as caught:
        wheels.fetch_wheels(["two", "one"])
    assert "\n" not in str(caught.value)


def test_wheels_that_cannot_be_had_are_one_line(index: Path, tmp_path: Path, capsys: Any) -> None:
    assert main(["build", "--out", str(tmp_path / "dist"), "--suite", "nn", "--vendor"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: --vendor: the wheels cannot be had") and "numpy" in told
    assert told.count("\n") == 1
    assert list((tmp_path / "dist").iterdir()) == []


# where nothing can start


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder as Gradescope lays it out, with a Python that only says how it was called."""
    (tmp_path / "source" / "grader").mkdir(parents=True)
    (tmp_path / "source" / "grader" / "__main__.py").write_text("")
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\n[ "$2" = -c ] || echo "$PWD: $*"\n')
    python.chmod(0o755)
    return tmp_path


def started(place: Path, root: str = "", cwd: str = "/") -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "AUTOGRADER_ROOT": root or str(place), "CDPATH": "/usr"}
    command = ["sh", TEMPLATES / "run_autograder"]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)


def test_the_grader_is_started_with_a_result_in_place(place: Path) -> None:
    done = started(place)
    assert done.stdout == f"{place / 'source'}: -m grader gradescope --root {place}\n"
    found = json.loads((place / "results" / "results.json").read_text())
    assert found["score"] == 0
    assert found["extra_data"] == {"graded": False}
    assert found["output"] == (
        "The autograder could not start: it ended before it began to grade; tell your instructor."
    )


def test_a_relative_root_is_that_of_the_folder_it_was_started_in(place: Path) -> None:
    done = started(place, place.name, str(place.parent))
    assert done.stdout == f"{place / 'source'}: -m grader gradescope --root {place}\n"


@pytest.mark.parametrize("code", [2, 3, 143])
def test_however_the_grader_ends_the_exit_code_is_0_where_there_is_a_result(
    place: Path, code: int
) -> None:
    text = f'#!/bin/sh\n[ "$2" = -c ] || {{ echo why >&2; exit {code}; }}\n'
    (place / "venv" / "bin" / "python").write_text(text)
    done = started(place)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"why\nrun_autograder: the grader ended with exit code {code}\n"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("rm -r venv", "there is no Python in its place"),
        ("chmod -x venv/bin/python", "there is no Python in its place"),
        ("printf '#!/bin/false\n' > venv/bin/python", "its Python or a package of it is broken"),
        ("printf '#!/no/python\n' > venv/bin/python", "its Python or a package of it is broken"),
        ("rm -r source", "the grader is not in its place"),
    ],
)
def test_what_fails_before_python_starts_is_a_valid_result(
    place: Path, broken: str, said: str
) -> None:
    subprocess.run(["sh", "-c", broken], cwd=place, check=True)
    done = started(place)
    found = json.loads((place / "results" / "results.json").read_text())
    assert (found["score"], found["tests"]) == (0, [])
    assert f"The autograder could not start: {said}" in found["output"]
    assert "tell your instructor" in found["output"]
    assert done.returncode == 0 and said in done.stdout


def test_without_a_place_for_results_it_says_so(place: Path) -> None:
    (place / "results").write_text("")
    done = started(place)
    assert done.returncode == 1
    assert "no results can be written in" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("user", "said"), [("1000", "must be run as root"), ("0", "does not hold the files")]
)
def test_setup_says_in_one_line_what_is_wrong(tmp_path: Path, user: str, said: str) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "id").write_text(f"#!/bin/sh\necho {user}\n")
    (tools / "id").chmod(0o755)
    shutil.copy(TEMPLATES / "setup.sh", tmp_path)
    env = {"PATH": f"{tools}:{os.environ['PATH']}"}
    command = ["bash", tmp_path / "setup.sh"]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_an_image_of_ones_own_starts_nothing_itself() -> None:
    lines = (TEMPLATES / "Dockerfile").read_text().splitlines()
    words = [line.split()[0] for line in lines if line and not line.startswith(("#", " "))]
    assert words == ["FROM", "COPY", "RUN", "WORKDIR"]
    assert "FROM gradescope/autograder-base:ubuntu-22.04" in lines
