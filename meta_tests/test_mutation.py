"""scripts/mutate: what it makes, what it grades, what it remembers; and a sample of its mutants."""

from __future__ import annotations

import ast
import json
import os
import random
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("mutmut", reason="mutmut is in the environment of scripts/test alone")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from fingerprints import fingerprint  # noqa: E402
from mutate import LISTED, SUITES  # noqa: E402
from mutate_grading import Verdict, checks_of, reference, verdict  # noqa: E402
from mutate_results import State, equivalents, summary  # noqa: E402
from mutate_sources import Mutant, mutants  # noqa: E402

from grader.suites import Layout  # noqa: E402

KILLED, SURVIVED = Verdict("killed", "nn/public/relu", 0.1), Verdict("survived")


@cache
def mutants_of(suite: str) -> list[Mutant]:
    return mutants(suite, reference(suite))


@cache
def listed() -> dict[str, str]:
    return equivalents(LISTED.read_text("utf-8"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("y = f(x) - 2", ["y = f(x)", "y = 2", "y = 2 - f(x)", "y = f(x) - 1", "pass"]),
        ("y = (a - b) * c", ["y = (b - a) * c", "y = (a - b)", "y = (a) * c"]),
        ("y = -x", ["y = x"]),
        ("y = x < 0", ["y = x > 0", "y = x < -1"]),
        ("if x: y()", ["if True: y()", "if False: y()"]),
        ("eps = 1e-8", ["eps = 1e-07", "eps = 1e-09"]),
        ("y = x.T @ W", ["y = x @ W", "y = W @ x.T"]),
        ("y = np.max(x)", ["y = np.min(x)", "y = x"]),
        ("self.m = self.beta1", ["self.v = self.beta1", "self.m = self.beta2"]),
        ("k = f'W{i}'", ["k = f'b{i}'"]),
        ("y = f(a, b, c=1)", ["y = f(b, a, c=1)"]),
        ("return dx, dW, db", ["return dW, dx, db", "return dx, db, dW"]),
        ("for x in y:\n    f(x)", ["for x in []:\n    f(x)", "for x in y:\n    f(x)\n    break"]),
        # mutmut's own
        ("y = f(x, axis=0)", ["y = f(x, axis=1)", "y = f(x, )", "y = f(None, axis=0)"]),
        ("x *= a + b", ["x = a + b", "x /= a + b", "x *= a - b"]),
    ],
)
def test_what_mutants_are_made(line: str, expected: list[str]) -> None:
    body = line.replace("\n", "\n    ")
    made = [one.source for one in mutants("s", f"def g(x):\n    {body}\n")]
    for text in expected:
        wanted = "def g(x):\n    " + text.replace("\n", "\n    ")
        assert any(ast.dump(ast.parse(one)) == ast.dump(ast.parse(wanted)) for one in made), made


def test_a_mutant_is_known_by_its_change() -> None:
    source = (
        'class A:\n    def f(self, x):\n        """x, once -1."""\n        x += 1\n        x += 1\n'
    )
    made = mutants("s", source)
    names = [one.name for one in made]
    assert "s.A.f: x += 1 -> x -= 1" in names
    assert "s.A.f: x += 1 -> x -= 1 (2)" in names
    assert len(set(names)) == len(names) == len({one.digest for one in made})
    assert {one.line for one in made} == {4, 5}


def test_a_new_line_belongs_to_what_is_above_it() -> None:
    made = mutants("s", "def f(x):\n    for y in x:\n        g(y)\n\n\nz = 1\n")
    assert ("f", 3) in {(one.place, one.line) for one in made if one.after == "break"}


def test_changes_of_what_is_above_and_below_keep_a_name() -> None:
    before, after = (
        "def f(x):\n    return -x\n",
        "import a\n\n\ndef f(x):\n    y = 1\n    return -x\n",
    )
    assert {one.name for one in mutants("s", before)} <= {one.name for one in mutants("s", after)}


@pytest.mark.parametrize("suite", SUITES)
def test_a_sample_of_the_mutants_loses_points(suite: str) -> None:
    wrong = [one for one in mutants_of(suite) if one.name not in listed()]
    chosen = random.Random(f"sample of {suite}").sample(wrong, 4)
    survived = {one.name: found for one in chosen if (found := verdict(one)).status != "killed"}
    assert survived == {}


def test_the_reference_and_what_is_listed_as_right_survive() -> None:
    right = [one for one in mutants_of("nn") if one.name in listed() and one.place == "relu"]
    assert right
    assert {verdict(one).status for one in right} == {"survived"}


@pytest.mark.parametrize(("after", "code"), [("x >= 0", 0), ("x < 0", 1)])
def test_the_verdict_is_that_of_the_command(tmp_path: Path, after: str, code: int) -> None:
    name = f"nn.relu: positive = x > 0 -> positive = {after}"
    mutant = next(one for one in mutants_of("nn") if one.name == name)
    (tmp_path / "nn.py").write_text(mutant.source, "utf-8")
    options = ["--suite", "nn", "--fail-under", "100", "--quiet"]
    command = [sys.executable, "-m", "grader", "grade", str(tmp_path), *options]
    assert subprocess.run(command, cwd=ROOT).returncode == code
    assert verdict(mutant).status == ("killed" if code else "survived")


def test_a_loop_without_end_is_killed() -> None:
    source = reference("nn").replace("    positive = x > 0\n", "    while True: pass\n")
    assert source != reference("nn")
    found = verdict(Mutant("nn", "relu", 1, "", "", 1, source))
    assert (found.status, found.check.split("/")[0]) == ("killed", "nn")


def test_the_checks_of_a_function_come_first() -> None:
    assert checks_of("nn", "(module)") == []
    for suite, place in (("nn", "NN.forward"), ("solution", "NN.relu"), ("hw_mlp", "Adam.update")):
        ids = checks_of(suite, place)
        assert ids and all(one.startswith(f"{suite}/") for one in ids)
    assert not set(checks_of("nn", "NN.forward")) & set(checks_of("nn", "relu"))


@pytest.mark.parametrize("suite", SUITES)
def test_every_listed_mutant_is_still_made(suite: str) -> None:
    names = {one.name for one in mutants_of(suite)}
    mine = [name for name in listed() if name.startswith(f"{suite}.")]
    assert mine
    assert [name for name in mine if name not in names] == []


def test_every_listed_mutant_has_a_reason() -> None:
    assert [name for name, reason in listed().items() if len(reason.split()) < 5] == []
    indented = [line for line in LISTED.read_text("utf-8").splitlines() if " -> " in line]
    assert len(indented) == len(listed())


def test_the_reason_is_the_paragraph_above() -> None:
    text = "# T\n\n    scripts/x  is no mutant\n\nOne\ntwo.\n\n    s.f: a -> b\n    s.f: a -> c\n"
    assert equivalents(text) == {"s.f: a -> b": "One two.", "s.f: a -> c": "One two."}


@pytest.fixture
def few() -> list[Mutant]:
    return mutants("nn", "def relu(x):\n    return -x\n")


def test_verdicts_are_remembered(tmp_path: Path, few: list[Mutant]) -> None:
    file = tmp_path / "new" / "state.jsonl"
    state = State(file, {"nn": "checks"})
    assert few[0] not in state
    state.add(few[0], KILLED)
    state.add(few[1], SURVIVED)
    with file.open("a", encoding="utf-8") as broken:
        broken.write('{"suite": "nn", "dig')
    again = State(file, {"nn": "checks"})
    assert (again[few[0]], again[few[1]]) == (KILLED, SURVIVED)
    assert few[2] not in again


def test_other_checks_begin_anew_or_with_what_survived(tmp_path: Path, few: list[Mutant]) -> None:
    file = tmp_path / "state.jsonl"
    state = State(file, {"nn": "checks"})
    state.add(few[0], KILLED)
    state.add(few[1], SURVIVED)
    State(file, {"nn": "looser"}).add(few[2], KILLED)
    State(file, {"nn": "loosest"}).add(few[2], SURVIVED)
    anew = State(file, {"nn": "other"})
    assert [one in anew for one in few[:3]] == [False, False, False]
    survivors = State(file, {"nn": "other"}, only_survivors=True)
    assert [one in survivors for one in few[:3]] == [True, False, False]


def test_the_checks_are_what_their_files_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint("hw_mlp")
    assert before == fingerprint("hw_mlp") != fingerprint("nn")
    file = tmp_path / "nn.py"
    file.write_text("changed")
    checks = Layout.checks
    monkeypatch.setattr(Layout, "checks", lambda *of: [*checks(*of), file])
    assert fingerprint("hw_mlp") != before


def test_the_summary_finds_what_is_wrong(tmp_path: Path, few: list[Mutant]) -> None:
    state = State(tmp_path / "state.jsonl", {"nn": "checks"})
    for one in few:
        state.add(one, KILLED)
    assert summary("nn", few, state, {}).good
    unfair = summary("nn", few, state, {few[0].name: "right"})
    assert (unfair.good, unfair.unfair) == (False, [few[0]])
    stale = summary("nn", few, state, {"nn.f: a -> b": "gone", "solution.f: a -> b": "other"})
    assert (stale.good, stale.stale) == (False, ["nn.f: a -> b"])
    state.add(few[0], SURVIVED)
    gap = summary("nn", few, state, {})
    assert (gap.good, gap.gaps, gap.equivalent) == (False, [few[0]], 0)
    assert gap.rate == pytest.approx(1 - 1 / len(few))
    right = summary("nn", few, state, {few[0].name: "right"})
    assert (right.good, right.equivalent, right.rate) == (True, 1, 1.0)
    state.add(few[0], Verdict("fault"))
    assert summary("nn", few, state, {}).faults == [few[0]]


def start(file: Path) -> subprocess.Popen[str]:
    script = ROOT / "scripts" / "mutate.py"
    options = ["nn", "--only", "nn.tanh:", "--jobs", "1", "--out", str(file)]
    command = [sys.executable, "-I", str(script), *options]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, text=True, start_new_session=True, **both)


def digests(file: Path) -> list[str]:
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [json.loads(line)["digest"] for line in lines]


def test_an_interrupted_run_is_taken_up_again(tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    wanted = {one.digest for one in mutants_of("nn") if one.place == "tanh"}
    first = start(file)
    for _ in range(2400):
        if len(digests(file)) >= 3:
            break
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGINT)  # as a terminal does it
    output, _ = first.communicate(timeout=120)
    done = digests(file)
    assert first.returncode == 130, output
    assert "Traceback" not in output
    assert 3 <= len(done) < len(wanted)
    second = start(file)
    output, _ = second.communicate(timeout=240)
    assert second.returncode == 0, output
    assert digests(file)[: len(done)] == done
    assert sorted(digests(file)) == sorted(wanted)
