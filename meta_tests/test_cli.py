"""The command line: exit codes, requested files, interruptions, and what it must not import."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path

import pytest

import grader.sandbox
import grader.session
from grader.cli import main
from grader.errors import GraderError
from grader.outputs import Outputs
from grader.results import Outcome, Status
from grader.session import How
from meta_tests.sample_reports import broken, fresh, perfect, typical

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "grader" / "reference" / "nn.py"
QUICK = ["--suite", "nn", "--check", "nn/public/relu"]


@pytest.fixture
def submission(tmp_path):
    folder = tmp_path / "hand in"
    folder.mkdir()
    shutil.copy(REFERENCE, folder / "nn.py")
    return folder


@pytest.fixture
def session(monkeypatch):
    """A session that grades nothing: set `.report`, or `.act` for what it does meanwhile."""

    class Session:
        report = staticmethod(perfect)
        act = staticmethod(lambda report: None)

        def __init__(self):
            self.calls = []

        def grade(self, submission, settings, how, *, on_update, zygote=None):
            self.calls.append((submission, settings, how))
            report = self.report()
            on_update(report)
            self.act(report)
            return report

    fake = Session()
    monkeypatch.setattr(grader.session, "grade", fake.grade)
    monkeypatch.setattr(grader.sandbox, "Zygote", nullcontext)
    return fake


def run(*arguments, cwd=ROOT, **environment):
    """Run the command line as a process of its own."""
    env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    env |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"} | environment
    command = [sys.executable, "-m", "grader", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, check=False)


# graded


def test_a_graded_submission_is_a_page_and_two_files_and_exit_0(submission, tmp_path):
    files = ["--json", tmp_path / "results.json", "--report", tmp_path / "report.json"]
    done = run("grade", submission, *QUICK, *files)
    assert (done.returncode, done.stderr) == (0, b"")
    page = done.stdout.decode()
    assert "hand in" in page
    assert "✓ relu keeps what is positive" in page
    report = json.loads((tmp_path / "report.json").read_text())
    results = json.loads((tmp_path / "results.json").read_text())
    assert report["score"] == results["score"] == 100
    assert {check["status"] for check in report["checks"]} == {"passed"}
    assert report["submission"] == "hand in"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "hand in",
        "report.json",
        "results.json",
    ]


def test_without_a_command_the_files_here_are_graded(session, submission, monkeypatch, capsys):
    monkeypatch.chdir(submission)
    assert main([]) == 0
    assert main(["--suite", "nn"]) == 0
    assert [call[0].name for call in session.calls] == ["hand in", "hand in"]
    assert "100.00 points" in capsys.readouterr().out


def test_the_options_reach_the_session(session, submission, tmp_path):
    seed = tmp_path / "seed"
    course = tmp_path / "course"
    course.mkdir()
    (course / "setup.cfg").write_text("[grader]\ntotal = 12\n")
    chosen = ["--suite", "nn", "--check", "nn/public", "--check", "nn/hidden/tanh"]
    more = ["--course", str(course), "--seed-file", str(seed), "--allow-unsandboxed", "--quiet"]
    assert main(["grade", str(submission), *chosen, *more]) == 0
    (_, settings, how) = session.calls[0]
    assert (settings.suites, settings.total, settings.seed_file) == (("nn",), 12, seed)
    assert how == How(
        course=course,
        only=["nn/public", "nn/hidden/tanh"],
        allow_unsandboxed=True,
    )


def test_quiet_prints_nothing(session, submission, capsys):
    assert main(["grade", str(submission), "--suite", "nn", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("limit", "code"), [("66.2", 0), ("66.21", 1), ("0", 0), ("1e9", 1)])
def test_fail_under_compares_the_points_as_they_are_written(session, submission, limit, code):
    session.report = typical
    assert typical().written_score == Fraction("66.2")
    arguments = ["grade", str(submission), "--suite", "nn", "--quiet", "--fail-under", limit]
    assert main(arguments) == code


@pytest.mark.parametrize(("option", "shown"), [([], False), (["--show-hidden"], True)])
def test_hidden_values_are_shown_only_where_asked_for(
    session, submission, tmp_path, capsys, option, shown
):
    session.report = typical
    report, results = tmp_path / "report.json", tmp_path / "results.json"
    files = ["--report", str(report), "--json", str(results)]
    assert main(["grade", str(submission), "--suite", "nn", *files, *option]) == 0
    assert ("0.2468" in capsys.readouterr().out) == shown
    assert ("0.2468" in report.read_text()) == shown
    assert "0.2468" not in results.read_text()


def test_the_visibility_of_the_settings_reaches_the_file(session, submission, tmp_path):
    (tmp_path / "setup.cfg").write_text("[grader]\nvisibility = after_published\n")
    path = tmp_path / "results.json"
    options = ["--suite", "nn", "--quiet", "--course", str(tmp_path), "--json", str(path)]
    assert main(["grade", str(submission), *options]) == 0
    rows = json.loads(path.read_text())["tests"]
    assert {row["visibility"] for row in rows} == {"visible", "after_published"}


def test_a_check_that_the_grader_got_wrong_is_exit_3_with_a_whole_page(session, submission, capsys):
    session.report = broken
    assert main(["grade", str(submission), "--suite", "nn", "--traceback"]) == 3
    out, err = capsys.readouterr()
    assert "provisional" in out
    assert "KeyError: 'x'\nTraceback" in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"#" * 3_000_000, "nn.py is larger than 2,097,152 bytes"),
        ("x = 1".encode("utf-16"), "nn.py is saved as UTF-16"),
        (b"x = 1\ny\0 = 2\n", "nn.py has a null byte in line 2"),
    ],
    ids=["large", "utf-16", "null"],
)
@pytest.mark.parametrize("packed", [False, True], ids=["file", "zip"])
def test_a_lone_file_that_cannot_be_used_is_what_every_check_says(tmp_path, packed, content, said):
    path = tmp_path / ("s.zip" if packed else "nn.py")
    if packed:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("nn.py", content)
    else:
        path.write_bytes(content)
    report = tmp_path / "report.json"
    done = run("grade", path, "--suite", "nn", "--report", report)
    assert (done.returncode, done.stderr) == (0, b"")
    checks = json.loads(report.read_text())["checks"]
    assert {check["status"] for check in checks} == {"crashed"}
    assert all(check["message"].startswith(said) for check in checks)


# wrong usage: exit 2, one line, and files all the same


def statuses(data):
    """{check: status} of what results.json holds."""
    return {key: s for row in data["tests"] for key, s in row["extra_data"]["checks"].items()}


def outcomes(path):
    return {check["status"]: check["message"] for check in json.loads(path.read_text())["checks"]}


def test_checks_of_functions_without_points_are_a_wrong_choice(submission, tmp_path):
    (tmp_path / "setup.cfg").write_text("[grader]\npoints =\n    nn.relu = 0\n")
    chosen = ["--suite", "nn", "--check", "nn/public/relu_worked_example"]
    done = run("grade", submission, *chosen, "--course", tmp_path)
    assert done.returncode == 2
    assert "points" in done.stderr.decode()
    assert "nn.relu" in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_a_seed_file_given_as_an_option_that_is_too_short_is_named(submission, tmp_path):
    seed = tmp_path / "seed.txt"
    seed.write_text("short")
    done = run("grade", submission, "--suite", "nn", "--seed-file", seed)
    assert done.returncode == 2
    assert f"error: seed_file: {seed} holds fewer than 16 bytes" in done.stderr.decode()


@pytest.mark.parametrize(
    ("path", "said"), [("nowhere", "does not exist"), ("setup.cfg", "holds no nn.py")]
)
def test_an_unreadable_submission_gives_every_check_an_outcome(tmp_path, path, said):
    (tmp_path / "setup.cfg").write_text("")
    report, results = tmp_path / "report.json", tmp_path / "results.json"
    files = ["--report", report, "--json", results]
    done = run("grade", tmp_path / path, "--suite", "nn", *files)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert set(outcomes(report)) == {"missing"}
    data = json.loads(results.read_text())
    ids = {check["id"] for check in json.loads(report.read_text())["checks"]}
    assert (data["score"], set(statuses(data))) == (0, ids)
    assert said in data["output"]


def test_one_file_that_cannot_be_written_does_not_keep_the_other_from_it(submission, tmp_path):
    report = tmp_path / "report.json"
    options = ["--suite", "nn", "--json", tmp_path / "nowhere" / "results.json"]
    assert run("grade", submission, *options, "--report", report).returncode == 2
    assert set(outcomes(report)) == {"missing"}


def test_a_wrong_setting_gives_every_check_an_outcome(submission, tmp_path):
    (tmp_path / "setup.cfg").write_text("[grader]\ntotal = lots\n")
    report = tmp_path / "report.json"
    options = ["--suite", "nn", "--course", tmp_path, "--report", report]
    done = run("grade", submission, *options)
    assert done.returncode == 2
    assert "section [grader], key total: 'lots'" in done.stderr.decode()
    assert set(outcomes(report)) == {"missing"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--suite", "nm"], "--suite: there is no suite 'nm'; did you mean nn?"),
        (["--course", "nowhere"], "--course: there is no folder nowhere"),
        (["--json", "same", "--report", "same"], "same file"),
        (["--json", "."], "it is a folder"),
        (["--report", "nowhere/report.json"], "there is no folder nowhere"),
    ],
)
def test_wrong_options_are_one_line_and_exit_2(
    session, submission, monkeypatch, capsys, arguments, said
):
    monkeypatch.chdir(submission)
    assert main(["grade", ".", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["grade", "--fail-under", "x"], ["grade", "a", "b"], ["x"]])
def test_what_the_parser_refuses_is_exit_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_file_that_can_no_longer_be_written_is_told_at_the_end(
    session, submission, tmp_path, capsys
):
    folder = tmp_path / "out"
    folder.mkdir()
    session.act = lambda report: shutil.rmtree(folder)
    options = ["--suite", "nn", "--report", str(folder / "report.json")]
    assert main(["grade", str(submission), *options]) == 2
    assert "cannot write" in capsys.readouterr().err


# faults and interruptions


def test_a_fault_is_one_line_and_keeps_what_is_known(session, submission, tmp_path, capsys):
    def act(report):
        report.record(report.specs[0].id, Outcome(Status.passed))
        raise RuntimeError("wires\ncrossed")

    session.report, session.act = fresh, act
    path = tmp_path / "report.json"
    arguments = ["grade", str(submission), "--suite", "nn", "--report", str(path)]
    assert main(arguments) == 3
    err = capsys.readouterr().err
    assert "after 1 of 105 checks: RuntimeError: wires\\x0acrossed" in err
    assert err.count("\n") == 1
    report = json.loads(path.read_text())
    assert report["checks"][0]["status"] == "passed"
    assert "Grading ended early" in report["notes"][-1]
    assert main([*arguments, "--traceback"]) == 3
    assert "Traceback (most recent call last)" in capsys.readouterr().err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_flushes_the_files(monkeypatch, submission, tmp_path, capsys, number, code):
    updates = []
    update = Outputs.update

    def stopping(outputs, report):
        update(outputs, report)
        updates.append(report)
        if len(updates) == 3:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(Outputs, "update", stopping)
    before = signal.getsignal(number)
    path = tmp_path / "results.json"
    assert main(["grade", str(submission), "--suite", "nn", "--json", str(path)]) == code
    out, err = capsys.readouterr()
    total = len(updates[0].specs)
    assert (out, err) == ("", f"stopped after 2 of {total} checks\n")
    ended = list(statuses(json.loads(path.read_text())).values())
    assert (ended.count("passed"), len(ended)) == (2, total)
    assert signal.getsignal(number) is before


def test_a_signal_counts_even_if_something_below_makes_an_error_of_it(session, submission, capsys):
    def act(report):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            raise GraderError("pytest ended") from None

    session.act = act
    assert main(["grade", str(submission), "--suite", "nn"]) == 143
    assert capsys.readouterr().err.startswith("stopped after 105 of 105")


def test_a_signal_that_python_swallows_is_not_lost(session, submission, capsys):
    def act(report):
        def finalised():
            try:
                yield
            finally:
                os.kill(os.getpid(), signal.SIGTERM)

        iterator = finalised()
        next(iterator)
        del iterator
        threading.Event().wait(30)

    session.act = act
    assert main(["grade", str(submission), "--suite", "nn"]) == 143
    assert capsys.readouterr().err == "stopped after 105 of 105 checks\n"


def test_a_reader_that_leaves_early_is_no_fault(submission):
    command = f'"{sys.executable}" -m grader grade . --suite nn; echo "code $?" >&2'
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    piped = ["bash", "-c", f"({command}) | true"]
    done = subprocess.run(piped, cwd=submission, env=env, capture_output=True, check=True)
    assert done.stderr == b"code 0\n"


# surroundings


def test_nothing_is_imported_from_where_the_command_is_given(submission, tmp_path):
    marker = tmp_path / "imported"
    for name in ("numpy", "rich", "pytest", "pluggy", "hypothesis", "tests", "data", "conftest"):
        (submission / f"{name}.py").write_text(
            f"open({str(marker)!r}, 'a').write(__name__ + ' ')\n"
        )
    (submission / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n")
    done = run("grade", ".", *QUICK, cwd=submission, PYTEST_ADDOPTS="--nonsense")
    assert (done.returncode, done.stderr) == (0, b"")
    assert not marker.exists()


def test_the_page_can_be_printed_in_ascii(submission):
    done = run("grade", submission, *QUICK, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"+ relu keeps what is positive" in done.stdout
    done.stdout.decode("ascii")


def test_the_page_has_no_colour_in_a_pipe_and_as_many_columns_as_there_are(submission):
    done = run("grade", submission, *QUICK, COLUMNS="60")
    assert b"\x1b" not in done.stdout
    assert max(map(len, done.stdout.decode().split("\n"))) <= 60


def test_version():
    assert run("--version").stdout.decode().split()[-1] == grader.__version__


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ((), "numpy, h5py, pytest, hypothesis, rich, jinja2 are needed"),
        (("numpy", "h5py", "pytest", "hypothesis", "jinja2"), "rich is needed"),
    ],
)
def test_a_missing_package_is_one_line_that_says_how_to_get_it(tmp_path, there, said):
    for name in there:
        (tmp_path / f"{name}.py").write_text("raise ImportError('nothing is imported')\n")
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-S", "-B", "-m", "grader", "--version"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    advice = "run scripts/grade once and use .venv/bin/python, or pip install ."
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {said}: {advice}\n"
