"""The other Pythons of this machine grade like the one that runs the tests."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["numpy", "h5py", "pytest", "hypothesis", "rich", "jinja2"]
SUBMISSIONS = ["grader/reference", "examples/typical_mistakes"]
VERSIONS = ["3.10", "3.11", "3.12", "3.13"]
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@cache
def python(version: str) -> str:
    """The interpreter of an environment on another Python, kept beside the one in use."""
    if version == HERE:
        return sys.executable
    if sys.prefix == sys.base_prefix:
        pytest.skip("not in a virtual environment, and none is made beside the system's")
    script = ROOT / "scripts" / "environment.py"
    folder = f"{sys.prefix}-{version}"
    command = [sys.executable, str(script), "plain", version, folder, *PACKAGES]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode and "no Python" in made.stderr:
        pytest.skip(made.stderr.strip())
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


@cache
def outcomes(version: str, submission: str, folder: Path) -> dict[str, Any]:
    """Check id -> what was decided, and the score."""
    path = folder / f"{version}-{Path(submission).name}.json"
    command = [python(version), "-m", "grader", "grade", submission, "--report", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(path.read_text())
    assert report["versions"]["python"].startswith(version)
    checks = {one["id"]: (one["status"], one["score"]) for one in report["checks"]}
    return {"score": report["score"], "max_score": report["max_score"]} | checks


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.mark.parametrize("submission", SUBMISSIONS)
@pytest.mark.parametrize("version", VERSIONS)
def test_grades_alike_on_every_python(version: str, submission: str, folder: Path) -> None:
    if version == HERE:
        pytest.skip(f"Python {version} runs these tests")
    other = outcomes(version, submission, folder)
    assert other == outcomes(HERE, submission, folder)
    assert len(other) > 2


@pytest.mark.parametrize("version", VERSIONS)
def test_right_and_wrong_submissions_fare_alike_on_every_python(
    version: str, tmp_path: Path
) -> None:
    if version == HERE:
        pytest.skip(f"Python {version} grades all of them in test_checks_*")
    sample = ["--seeds", "1", "--every", "25", "--out", str(tmp_path / "seeds.jsonl")]
    command = [python(version), "scripts/seeds_main.py", *sample]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "variants/nn" in done.stdout and "misconceptions/nn" in done.stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_types_agree_with_the_numpy_of_every_python(version: str) -> None:
    if version == HERE:
        pytest.skip("scripts/test has checked them")
    folder = Path(python(version)).parent.parent
    options = ["--python-executable", python(version), "--cache-dir", str(folder / "mypy")]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_reference_earns_all(folder: Path) -> None:
    report = outcomes(HERE, "grader/reference", folder)
    assert report["score"] == report["max_score"]
