"""`python -m grader build`: what is in the two zips, what must not be, and what they do."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader.cli import main
from grader.config import Settings, load_settings
from grader.config_values import GRADING
from grader.errors import UsageError
from grader.release import archive, files, pins, seed
from grader.release.autograder import TEMPLATES
from grader.release.marker import MARKER, SECRET_FOLDERS
from grader.release.settings import grader_settings
from grader.seeds import fingerprint
from grader.suites import Layout
from meta_tests.sample_course import FILES, REFERENCE, write_course

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = ".*", "__pycache__", "runs", "build", "dist", "*.egg-info", "meta_tests", "docs"
SEED = "0123456789abcdef0123456789abcdef"
# Nothing of these runs where a submission is graded.
NOT_GRADING = ("selfcheck", "experiments", "classroom", "release")


def run(*arguments: object, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """Python with these arguments, and an environment from scratch."""
    settings = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **env}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=settings, capture_output=True, text=True)


def unpacked(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as opened:
        opened.extractall(folder)
    return folder


def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as opened:
        return set(opened.namelist())


@pytest.fixture(scope="module")
def seed_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kept") / "seed"
    path.write_text(SEED + "\n")
    return path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, seed_file: Path) -> Path:
    """The folder with what our own settings give."""
    out = tmp_path_factory.mktemp("built") / "dist"
    done = run("-m", "grader", "build", "--out", out, "--seed-file", seed_file)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "student.zip" in done.stdout and "autograder.zip" in done.stdout
    assert fingerprint(SEED.encode()) in done.stdout and SEED not in done.stdout
    return out


@pytest.fixture(scope="module")
def for_students(built: Path) -> Path:
    return unpacked(built / "student.zip", built.parent / "student")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return write_course(tmp_path / "course")


def build(out: Path, *options: object) -> int:
    return main(["build", "--out", str(out), *map(str, options)])


# the same bytes


def test_the_bytes_hang_on_nothing_but_files_and_settings(
    built: Path, tmp_path: Path, seed_file: Path
) -> None:
    copy = tmp_path / "a copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for path in copy.rglob("*.py"):
        os.utime(path, (0, 0))
        path.chmod(0o600)
    (copy / "grader/release/student.py").write_bytes(
        (ROOT / "grader/release/student.py").read_bytes().replace(b"\n", b"\r\n")
    )
    kinds = "data/answers.csv", "data/more.hdf5", "tests/helpers/old.txt", "grader/notes.txt"
    hidden = "grader/__pycache__/x.py", "data/downloads/y.npy", "tests/helpers/.z.py"
    for junk in (*kinds, *hidden):
        (copy / junk).parent.mkdir(exist_ok=True)
        (copy / junk).write_text("junk")
    out = tmp_path / "out"
    script = (
        "import os, sys; os.umask(0o077); sys.path.insert(0, sys.argv.pop(1));"
        "from grader.cli import main; sys.exit(main())"
    )
    where = ["build", "--out", out, "--seed-file", seed_file]
    done = run("-c", script, copy, *where, cwd=tmp_path, TZ="Asia/Kathmandu", PYTHONHASHSEED="7")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("student.zip", "autograder.zip", "Dockerfile"):
        assert (out / name).read_bytes() == (built / name).read_bytes(), name
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()}
    assert modes == {"student.zip": 0o644, "autograder.zip": 0o600, "Dockerfile": 0o644}


def test_entries_are_sorted_and_have_one_time_and_fixed_permissions(built: Path) -> None:
    for name in ("student.zip", "autograder.zip"):
        with zipfile.ZipFile(built / name) as opened:
            entries = opened.infolist()
        assert [one.filename for one in entries] == sorted(one.filename for one in entries)
        assert {one.date_time for one in entries} == {archive.MOMENT}
        modes = {one.filename: oct((one.external_attr >> 16) & 0o7777) for one in entries}
        odd = {name: mode for name, mode in modes.items() if mode != "0o644"}
        starters = {"run_autograder": "0o755", "setup.sh": "0o755", "secret/seed": "0o600"}
        assert odd == (starters if name == "autograder.zip" else {})


# student.zip


def test_students_get_templates_public_checks_data_and_how_to_begin(built: Path) -> None:
    found = names(built / "student.zip")
    helpers = {name for name in found if name.startswith("tests/helpers/")}
    assert "tests/helpers/local.py" in helpers and "tests/helpers/given/__init__.py" not in found
    data = {path.relative_to(ROOT).as_posix() for path in (ROOT / "data").glob("*.py")}
    data |= {"data/digits_testdata.hdf5", "data/digits_traindata.hdf5"}
    assert data <= found
    public = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").glob("*.py")}
    public -= {"tests/test_report_claims.py"}  # of a suite that is off
    others = {name for name in found - helpers if not name.startswith("data/")}
    assert others == public | {
        *("solution.py", "nn.py", "hw_mlp.py"),
        *("README.md", "LICENSE", "requirements.txt", "setup.cfg"),
    }


def test_nothing_secret_is_in_it(for_students: Path) -> None:
    for path in for_students.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert MARKER.encode() not in content, path
            assert SEED.encode() not in content, path
            assert b"[grader]" not in content, path


@pytest.mark.parametrize("folder", SECRET_FOLDERS)
def test_every_secret_file_is_marked(folder: str) -> None:
    paths = list((ROOT / folder).rglob("*.py"))
    assert paths
    for path in paths:
        assert MARKER in path.read_text("utf-8").split("\n")[0], path


def test_a_seed_made_here_is_marked(tmp_path: Path) -> None:
    assert MARKER.encode() in seed.find_seed(None, tmp_path).value


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"conv.py": (ROOT / "grader/reference/nn.py").read_text("utf-8")}, "conv.py holds"),
        ({"data/notes.txt": f"seed: {SEED}"}, "data/notes.txt holds the secret seed"),
    ],
    ids=["a reference as template", "the seed among the data"],
)
def test_a_secret_for_students_stops_the_build(
    course: Path, seed_file: Path, capsys: Any, changes: dict[str, str], said: str
) -> None:
    write_course(course, changes)
    out = course.parent / "dist"
    assert build(out, "--course", course, "--seed-file", seed_file) == 3
    printed, told = capsys.readouterr()
    assert printed == "" and said in told and told.count("\n") == 1
    assert list(out.iterdir()) == []


def test_pytest_runs_there_without_the_grader_and_passes_nothing(for_students: Path) -> None:
    alone = run("-c", "import numpy, grader", cwd=for_students)
    assert "No module named 'grader'" in alone.stderr
    options = ["-q", "-p", "no:cacheprovider", "--tb=line", "tests/test_nn.py"]
    done = run("-m", "pytest", *options, cwd=for_students)
    assert re.fullmatch(r"\d+ failed in .*", done.stdout.splitlines()[-1]), done.stdout[-500:]
    assert "NotImplementedError" in done.stdout


def test_the_readme_names_what_to_hand_in_and_with_what(for_students: Path) -> None:
    text = (for_students / "README.md").read_text()
    assert "$" not in text
    assert "`solution.py`, `nn.py` and `hw_mlp.py`, with these names" in text
    known = pins.pins(ROOT / "constraints/3.10.txt")
    assert f"Python 3.10 and\nnumpy {known['numpy']}, h5py {known['h5py']}" in text
    for command in ("source .venv/bin/activate", r".venv\Scripts\activate"):
        assert command in text


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_the_requirements_are_those_of_the_constraints(for_students: Path, version: str) -> None:
    from packaging.requirements import Requirement

    lines = (for_students / "requirements.txt").read_text().splitlines()[1:]
    wanted = [Requirement(line) for line in lines]
    here = [r for r in wanted if r.marker is None or r.marker.evaluate({"python_version": version})]
    known = pins.pins(ROOT / f"constraints/{version}.txt")
    assert {one.name: str(one.specifier) for one in here} == {
        name: f"=={known[name]}" for name in pins.STUDENTS
    }
    assert len(here) == len(pins.STUDENTS)


def test_what_a_suite_imports_comes_with_it_but_not_its_checks(
    tmp_path: Path, seed_file: Path
) -> None:
    assert build(tmp_path, "--suite", "hw_mlp", "--seed-file", seed_file) == 0
    found = names(tmp_path / "student.zip")
    assert {"hw_mlp.py", "nn.py", "tests/test_hw_mlp.py"} <= found
    assert not {"solution.py", "tests/test_nn.py", "tests/test_solution.py"} & found
    with zipfile.ZipFile(tmp_path / "student.zip") as opened:
        assert b"`nn.py` is imported by what you write" in opened.read("README.md")


# autograder.zip


def test_the_autograder_holds_what_grades_and_no_more(built: Path) -> None:
    found = names(built / "autograder.zip")
    assert {"setup.sh", "run_autograder", "setup.cfg", "requirements.txt", "secret/seed"} <= found
    assert {f"constraints/3.{minor}.txt" for minor in range(10, 14)} <= found
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "grader").rglob("*.py")}
    assert code <= found
    tops = {name.partition("/")[0] for name in found if "/" in name}
    assert tops == {"grader", "tests", "data", "constraints", "secret"}
    assert not [name for name in found if "pycache" in name or name.endswith(".pyc")]


@pytest.mark.parametrize("name", ["setup.sh", "run_autograder"])
def test_starters_are_scripts_with_unix_line_ends(built: Path, name: str) -> None:
    with zipfile.ZipFile(built / "autograder.zip") as opened:
        content = opened.read(name)
    assert content.startswith(b"#!/") and b"\r" not in content
    shell = "bash" if name == "setup.sh" else "sh"
    subprocess.run([shell, "-n", TEMPLATES / name], check=True)


def test_it_grades_as_the_course_does(course: Path, seed_file: Path) -> None:
    """With the course's settings and checks, and the seed, although it is told of none."""
    more = {
        "setup.cfg": FILES["setup.cfg"] + "seed_file = ../my.seed\n",
        "tests/helpers/lines.py": "not what grades",
    }
    write_course(course, more)
    (course.parent / "my.seed").write_text(SEED)
    submission = course.parent / "submission"
    submission.mkdir()
    (submission / "conv.py").write_text(REFERENCE)
    assert build(course.parent / "dist", "--course", course) == 0
    unzipped = unpacked(course.parent / "dist" / "autograder.zip", course.parent / "source")
    reports: list[dict[str, Any]] = []
    for folder, options in ((ROOT, ["--course", course]), (unzipped, [])):
        path = course.parent / f"{len(reports)}.json"
        command = ["-m", "grader", "grade", submission, "--report", path, "--allow-unsandboxed"]
        done = run(*command, *options, cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
        reports.append(json.loads(path.read_text()))
    same = ("score", "max_score", "suite_hash", "settings_hash", "seed_fingerprint")
    assert {key: reports[0][key] for key in same} == {key: reports[1][key] for key in same}
    assert (reports[1]["score"], reports[1]["max_score"]) == (20, 20)
    assert reports[1]["seed_fingerprint"] == fingerprint(SEED.encode())


def test_settings_are_laid_over_entry_by_entry(tmp_path: Path) -> None:
    settings = """[grader]
suites = nn, conv
points =
    nn.relu = 3
    conv.conv1d = 2
limits =
    memory_mb = 512
packages = scipy, pandas>=2
visibility = hidden
"""
    (tmp_path / "my.seed").write_text(SEED)
    text = settings + "seed_file = ../my.seed\n"
    course = write_course(tmp_path / "course", {"setup.cfg": text})
    assert build(tmp_path / "dist", "--course", course) == 0
    unzipped = unpacked(tmp_path / "dist" / "autograder.zip", tmp_path / "source")
    found, wanted = load_settings(None, unzipped), load_settings(course, ROOT)
    assert found.settings_hash == wanted.settings_hash
    assert (found.limits.memory_mb, found.packages) == (512, ("scipy", "pandas>=2"))
    assert found.seed_file == unzipped / "secret" / "seed"
    installed = (unzipped / "requirements.txt").read_text().split()
    assert installed == [*GRADING, "scipy", "pandas>=2"]


def test_parts_of_a_suite_that_the_course_replaces_are_not_graded(tmp_path: Path) -> None:
    own = write_course(
        tmp_path / "course", {"grader/checks/test_nn.py": "", "grader/checks/test_nn_own.py": ""}
    )
    found = files.grading(Layout(own), ["nn", "solution"])
    ours = {name for name in found if name.startswith("grader/checks/test_nn")}
    assert ours == {"grader/checks/test_nn.py", "grader/checks/test_nn_own.py"}
    assert found["grader/checks/test_nn.py"].is_relative_to(own)
    assert "grader/checks/test_solution_network.py" in found


def test_what_grading_imports_is_what_is_installed() -> None:
    paths = [path for path in (ROOT / "grader").rglob("*.py")]
    graded = [
        path for path in paths if path.relative_to(ROOT / "grader").parts[0] not in NOT_GRADING
    ]
    found = set()
    for path in [*graded, *(ROOT / "tests").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add((node.module or "").split(".")[0])
    ours = {"grader", "tests", "data", "nn", "hw_mlp", "solution"}
    assert found - set(sys.stdlib_module_names) - ours - {"_pytest"} <= {*GRADING}


# the seed


def test_a_seed_is_made_once_and_kept_where_git_ignores_it(course: Path, capsys: Any) -> None:
    subprocess.run(["git", "init", "-q", course], check=True)
    out = course.parent / "dist"
    assert build(out, "--course", course) == 0
    first = capsys.readouterr().out
    kept = course / seed.FOLDER / seed.FILE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    listed = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=course, capture_output=True, text=True
    )
    assert "conv.py" in listed.stdout and seed.FOLDER not in listed.stdout
    before = (out / "autograder.zip").read_bytes()
    assert build(out, "--course", course) == 0
    second = capsys.readouterr().out
    assert (out / "autograder.zip").read_bytes() == before
    assert "made now" in first and "as before" in second
    assert fingerprint(kept.read_bytes().strip()) in second
    with zipfile.ZipFile(out / "autograder.zip") as opened:
        assert opened.read("secret/seed") == kept.read_bytes()


def test_two_courses_have_two_seeds(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert seed.find_seed(None, tmp_path / "a").value != seed.find_seed(None, tmp_path / "b").value


# bad input


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", "{file}"], "is, or lies below, a file"),
        (["--out", "{file}/dist"], "is, or lies below, a file"),
        (["--course", "nowhere"], "there is no folder nowhere"),
        (["--course", "{bare}"], "there is no conv.py here or in the course folder"),
        (["--seed-file", "nowhere"], "cannot read nowhere"),
        (["--seed-file", "{short}"], "fewer than 16 bytes"),
        (["--course", "{lost}"], "key seed_file: there is no file"),
        (["--course", "{options}"], "key packages: '--index' is not the name of a package"),
        (["--suite", "conv"], "there is no suite 'conv'"),
    ],
)
def test_what_the_caller_can_put_right_is_one_line(
    tmp_path: Path, seed_file: Path, capsys: Any, options: list[str], said: str
) -> None:
    (tmp_path / "short").write_text("short")
    (tmp_path / "file").write_text("")
    (write_course(tmp_path / "bare") / "conv.py").unlink()
    write_course(tmp_path / "lost", {"setup.cfg": FILES["setup.cfg"] + "seed_file = no\n"})
    write_course(tmp_path / "options", {"setup.cfg": FILES["setup.cfg"] + "packages = --index\n"})
    places = {name: tmp_path / name for name in ("file", "short", "bare", "lost", "options")}
    chosen = [one.format(**places) for one in options]
    out = tmp_path / "dist"
    fallback = ["--seed-file", str(seed_file)] if "--seed-file" not in chosen else []
    assert main(["build", "--out", str(out), *fallback, *chosen]) == 2
    printed, told = capsys.readouterr()
    assert printed == ""
    assert told.startswith("error: ") and told.count("\n") == 1
    assert said in told
    assert not out.exists() or list(out.iterdir()) == []


def test_a_file_that_cannot_be_written_is_named(
    tmp_path: Path, seed_file: Path, capsys: Any
) -> None:
    (tmp_path / "student.zip").mkdir()
    assert build(tmp_path, "--suite", "nn", "--seed-file", seed_file) == 2
    assert "cannot write" in (told := capsys.readouterr().err) and "student.zip" in told
    assert told.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["student.zip"]


@pytest.mark.parametrize(
    ("text", "packages"),
    [
        ("", ()),
        ("scipy", ("scipy",)),
        ("scipy, pandas >= 2, <3", ("scipy", "pandas>=2,<3")),
        ("\nscipy==1.15.*\npandas[excel,html]~=2.1", ("scipy==1.15.*", "pandas[excel,html]~=2.1")),
    ],
)
def test_packages_are_names_with_versions(
    tmp_path: Path, text: str, packages: tuple[str, ...]
) -> None:
    text = text.replace("\n", "\n    ")
    (tmp_path / "setup.cfg").write_text(f"[grader]\npackages = {text}\n")
    assert load_settings(None, tmp_path).packages == packages


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-r x.txt", "'-r' is not the name"),
        ("https://example.org/a.whl", "is not the name"),
        ("./here", "is not the name"),
        ("scipy; python_version<'3'", "is not the name"),
        ("scipy>=", "is not the name"),
        ("NumPy<2", "NumPy is there already"),
        ("scipy scipy==1", "scipy is named twice"),
    ],
)
def test_packages_are_nothing_else(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "setup.cfg").write_text(f"[grader]\npackages = {text}\n")
    with pytest.raises(UsageError, match=re.escape(said)):
        load_settings(None, tmp_path)


def test_entries_of_ours_stay_where_the_course_sets_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {
        "ours": "points =\n nn.relu = 1\n nn.tanh = 2\nlimits =\n memory_mb = 256\ntotal = 7",
        "course": "points =\n nn.relu = 5\nlimits =\n cpu_seconds = 4",
    }
    for name, text in texts.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "setup.cfg").write_text(f"[grader]\n{text}\n")
    monkeypatch.setattr("grader.release.settings.ROOT", tmp_path / "ours")
    text, _ = grader_settings(tmp_path / "course", {})
    (tmp_path / "setup.cfg").write_text(text)
    wanted = load_settings(tmp_path / "course", tmp_path / "ours")
    assert load_settings(None, tmp_path) == wanted
    assert (wanted.points, wanted.limits.memory_mb) == ({"nn.relu": 5, "nn.tanh": 2}, 256)


def test_nothing_of_the_settings_is_lost(tmp_path: Path) -> None:
    """Ours alone, written and read again."""
    text, named = grader_settings(None, {})
    (tmp_path / "setup.cfg").write_text(text)
    assert load_settings(None, tmp_path) == load_settings(None, ROOT) and named == {}
    assert load_settings(None, tmp_path).settings_hash == Settings().settings_hash
