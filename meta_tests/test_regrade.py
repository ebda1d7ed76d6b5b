"""The same submission gets the same report, wherever and whenever it is graded."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader.config import load_settings
from grader.regrade import overrides
from grader.submission import intake, nothing_to_grade

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "typical_mistakes"
# Every kind of outcome; all of them would take twice as long.
CHOSEN = ("nn", "hw_mlp", "solution/public")
# A host whose clocks are four years ahead.
LATER = """
import runpy, sys, time
for name in ("time", "time_ns"):
    def shifted(real=getattr(time, name), by=126_230_400 * (1 if name == "time" else 10**9)):
        return real() + by
    setattr(time, name, shifted)
sys.argv[0] = "grader"
runpy.run_module("grader", run_name="__main__", alter_sys=True)
"""


def start(
    submission: Path, report: Path, cwd: Path, *how: str, **env: str
) -> subprocess.Popen[bytes]:
    chosen = [part for name in CHOSEN for part in ("--check", name)]
    options = [
        "grade",
        str(submission),
        "--quiet",
        "--show-hidden",
        "--report",
        str(report),
        *chosen,
    ]
    surroundings = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env}
    return subprocess.Popen([sys.executable, *how, *options], cwd=cwd, env=surroundings)


def timeless(value: Any) -> Any:
    """The same without any time that something took."""
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if key != "seconds"}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def test_the_same_submission_gets_the_same_report(tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    copy = elsewhere / EXAMPLE.name
    shutil.copytree(EXAMPLE, copy)
    here, there = tmp_path / "report.json", elsewhere / "report.json"
    zone = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "HOME": str(elsewhere)}
    both = [
        start(EXAMPLE, here, ROOT, "-m", "grader", PYTHONHASHSEED="1", TZ="UTC"),
        start(copy, there, elsewhere, "-c", LATER, PYTHONHASHSEED="2", **zone),
    ]
    assert [process.wait(timeout=600) for process in both] == [0, 0]
    first, second = (json.loads(path.read_text("utf-8")) for path in (here, there))
    assert timeless(first) == timeless(second)
    statuses = {check["status"] for check in first["checks"]}
    assert {"passed", "failed", "not_implemented"} <= statuses


def fingerprint(path: Path) -> str:
    with intake(path, ("solution", "nn", "hw_mlp")) as submission:
        return submission.fingerprint


def test_the_fingerprint_is_of_names_and_contents_however_they_are_packed(tmp_path: Path) -> None:
    whole = fingerprint(EXAMPLE)
    assert len(whole) == 16 and int(whole, 16)
    packed = tmp_path / "other name.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(EXAMPLE.glob("*.py"), reverse=True):
            archive.write(path, f"a folder/{path.name}", zipfile.ZIP_DEFLATED)
        archive.writestr("a folder/notes.txt", "not graded")
    assert fingerprint(packed) == whole


@pytest.mark.parametrize(
    ("name", "text"), [("nn.py", "x = 2\n"), ("helper.py", "x = 1\n"), ("nn.py", "x = 1\r\n")]
)
def test_every_graded_file_counts(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "nn.py").write_text("x = 1\n")
    before = fingerprint(tmp_path)
    (tmp_path / name).write_text(text, newline="")
    assert fingerprint(tmp_path) != before


def test_names_and_contents_cannot_be_shifted_into_one_another(tmp_path: Path) -> None:
    found = set()
    for files in ({"a.py": "x\n", "b.py": "y\n"}, {"a.py": "x\nb.pyy\n"}):
        folder = tmp_path / str(len(files))
        folder.mkdir()
        for name, text in {"nn.py": "x = 1\n", **files}.items():
            (folder / name).write_text(text)
        found.add(fingerprint(folder))
    assert len(found) == 2


def test_the_fingerprint_does_not_hang_on_the_order_of_a_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, listed = fingerprint(EXAMPLE), Path.rglob
    for backwards in (False, True):

        def other(path: Path, pattern: str, backwards: bool = backwards) -> list[Path]:
            return sorted(listed(path, pattern), reverse=backwards)

        monkeypatch.setattr(Path, "rglob", other)
        assert fingerprint(EXAMPLE) == whole


def test_where_nothing_was_handed_in_there_is_no_fingerprint() -> None:
    with nothing_to_grade("x", ("nn",), "why") as submission:
        assert submission.fingerprint == ""


def test_the_example_of_the_documentation_can_be_read(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "regrading.md").read_text("utf-8")
    for kind, name in (("ini", "setup.cfg"), ("csv", "overrides.csv")):
        (block,) = re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)
        (tmp_path / name).write_text(block)
    settings = load_settings(tmp_path, ROOT)
    assert settings.overrides is not None
    (row,) = overrides.read(settings.overrides)
    (void,) = settings.void
    functions = (ROOT / "grader" / "checks").glob("test_solution*.py")
    defined = "".join(path.read_text("utf-8") for path in functions)
    for check in (void, row.check):
        assert f"def test_{check.rpartition('/')[2]}(" in defined
