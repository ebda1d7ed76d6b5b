"""scripts/seeds: finds what hangs on the seed, keeps what it knows, and goes on from there."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import seeds_grading  # noqa: E402
import seeds_replay  # noqa: E402
from seeds_state import Result, State, page  # noqa: E402
from seeds_submissions import Entry, entries  # noqa: E402

from grader.misconceptions.bank import misconception  # noqa: E402
from grader.seeds import read_seed  # noqa: E402
from grader.selfcheck.subjects import Subject  # noqa: E402
from meta_tests.variants import reference_source  # noqa: E402

COMMAND = [sys.executable, "scripts/seeds_main.py", "--suites", "nn", "--jobs", "1"]
RELU = "np.maximum(x, 0.0)"


def entry(kind: str, *edits: tuple[str, str]) -> Entry:
    """nn.py with these edits; the wrong function is relu."""
    source = reference_source("nn")
    for old, new in edits:
        assert old in source, old
        source = source.replace(old, new)
    mistakes = (misconception("relu", "a mistake", "", *edits),) * (kind == "misconceptions")
    return Entry(kind, f"{kind}/nn/x", Subject("x", ("nn",), {"nn.py": source}, mistakes))


def seeds(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True)


def test_everyone_has_the_same_seeds(tmp_path: Path) -> None:
    assert seeds_grading.seed(7) == hashlib.sha256(b"seeds/7").hexdigest().encode()
    (tmp_path / "seed").write_bytes(seeds_grading.seed(7))
    assert read_seed(tmp_path / "seed") == seeds_grading.seed(7)


def test_what_loses_points_is_the_same_in_the_sandbox_and_beside_it() -> None:
    wrong = entry("misconceptions", (RELU, "np.abs(x)"))
    (beside,) = seeds_replay.first_losses(wrong, [3]).values()
    only = [spec.id for spec, _ in seeds_replay.own_checks(wrong)]
    (inside,) = seeds_grading.losses_in_sandbox(wrong, [3], only=only).values()
    assert list(beside) == list(inside) != []
    same = entry("variants")
    assert seeds_replay.fails_nothing(same, [0, 3]) == [0, 3]
    assert seeds_grading.losses_in_sandbox(same, [0, 3]) == {0: {}, 3: {}}


def test_a_right_submission_that_loses_points_is_found() -> None:
    rare = entry("variants", (RELU, f"{RELU} * (1.1 if -2.9 < np.min(x) < -2.8 else 1.0)"))
    numbers = range(6)
    fine = seeds_replay.fails_nothing(rare, numbers)
    found = seeds_grading.losses_in_sandbox(rare, numbers)
    # What stands on relu may fail beside the sandbox, and pass with the reference below in it.
    assert fine and not any(found[one] for one in fine)
    assert any(found.values())


def test_a_result_says_how_to_repeat_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = {"nn/hidden/x": "failed: so"}
    right = Result("variants/nn/it's", "0", 3, 1.0, False, lost, 0.1)
    wrong = Result("misconceptions/nn/y", "0", 4, 1.0, True, {}, 0.1)
    assert not page([right, wrong])
    text = capsys.readouterr().out
    assert "nn/hidden/x, 1 seeds (3): failed: so" in text
    assert "scripts/seeds --first 3 --seeds 1 --out /dev/null --only 'variants/nn/it'" in text
    assert "none of them fails" in text


def test_a_run_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "state.jsonl"
    options = ["--seeds", "3", "--what", "misconceptions", "--out", str(path)]
    running = subprocess.Popen(
        [*COMMAND, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    done = path.read_text().splitlines()
    assert running.returncode == 130
    assert 0 < len(done) < 3 * len(entries(["misconceptions"], ["nn"]))
    after = seeds(*options)
    assert after.returncode == 0, after.stdout + after.stderr
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len({(one["name"], one["seed"]) for one in lines}) == len(lines) > len(done)


def test_a_changed_submission_is_graded_anew(tmp_path: Path) -> None:
    before, after = entry("variants"), entry("variants", (RELU, "x * (x > 0)"))
    kept = Result(before.name, before.digest, 0, 1.0, False, {}, 0.1)
    State(tmp_path / "state.jsonl").add([kept])
    state = State(tmp_path / "state.jsonl")
    assert state.get(before, 0, 1.0) == kept
    assert state.get(before, 1, 1.0) is None
    assert state.get(after, 0, 1.0) is None
