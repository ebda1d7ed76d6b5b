"""What the container allows, and the leaderboard's training in it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from data.loading import load_digits
from grader.config import LimitSettings, Settings
from grader.config_gradescope import GradescopeSettings
from grader.gradescope import leaderboard
from grader.gradescope.machine import Machine, fitted, read_machine, remarks
from grader.sandbox import WorkerDied, Zygote
from grader.sandbox.errors import StudentError
from grader.staging import stage_helpers
from grader.student import SandboxTransport
from grader.submission import intake
from grader.suites import ROOT, Layout
from meta_tests.sandboxes import worker_with
from tests.helpers.asking import StudentFailure, ask
from tests.helpers.drawing import SeededDraw

REFERENCE = ROOT / "grader" / "reference"


def fake_root(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "machine"),
    [
        ({}, Machine()),
        (
            {"sys/fs/cgroup/cpu.max": "50000 100000\n", "sys/fs/cgroup/memory.max": "805306368\n"},
            Machine(0.5, 768),
        ),
        ({"sys/fs/cgroup/cpu.max": "max 100000\n", "sys/fs/cgroup/memory.max": "max\n"}, Machine()),
        (
            {
                "proc/self/cgroup": "4:memory:/docker/ab\n1:cpu,cpuacct:/docker/ab\n0::/\n",
                "sys/fs/cgroup/cpu,cpuacct/docker/ab/cpu.cfs_quota_us": "150000\n",
                "sys/fs/cgroup/cpu,cpuacct/docker/ab/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes": "1073741824\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            },
            Machine(1.5, 1024),
        ),
        (
            {
                "proc/self/cgroup": "0::/user.slice/job\n",
                "sys/fs/cgroup/user.slice/job/cpu.max": "max 100000\n",
                "sys/fs/cgroup/user.slice/cpu.max": "25000 100000\n",
                "sys/fs/cgroup/user.slice/job/memory.max": "nonsense\n",
            },
            Machine(0.25, None),
        ),
        (
            {
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "0\n",
            },
            Machine(),
        ),
    ],
    ids=["none", "v2", "no limit", "v1", "above", "v1 no limit"],
)
def test_the_quota_is_that_of_the_control_groups(tmp_path, files, machine):
    assert read_machine(fake_root(tmp_path, files)) == machine


def test_the_default_limits_fit_the_platforms_default_container():
    limits = LimitSettings()
    small = fitted(limits, Machine(0.5, 768), 540)
    assert (small.total_seconds, small.memory_mb) == (limits.total_seconds, 256)
    assert (small.cpu_seconds, small.import_seconds) == (10, 20)
    assert remarks(limits, small, Machine(0.5, 768)) == [
        "Limits lowered to fit this container (processors: 0.5, memory: 768 MB): "
        "memory_mb 256 (set: 1024)."
    ]


def test_limits_are_never_raised_and_never_below_what_works():
    limits = LimitSettings(total_seconds=30, memory_mb=200)
    assert fitted(limits, Machine(8.0, 64_000), 540) == limits
    assert fitted(limits, Machine(), 540) == limits
    assert fitted(LimitSettings(), Machine(), 45).total_seconds == 40
    tight = fitted(limits, Machine(0.02, 300), 45)
    assert (tight.total_seconds, tight.cpu_seconds, tight.memory_mb) == (1.0, 1.0, 128)


def test_where_memory_gets_short_a_worker_goes_first():
    with Zygote() as zygote, worker_with(zygote, "x = 1") as worker:
        pid = worker._dialogue._process.pid
        assert Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "1000"


def test_a_check_that_goes_on_after_its_worker_died_gets_the_same_answer():
    class Dying:
        calls = 0

        def cpu_time(self) -> float:
            return 0.0

        def run(self, *_: object, **__: object) -> None:
            self.calls += 1
            raise WorkerDied(StudentError("out_of_memory", "", "killed", ()))

    worker = Dying()
    transport = SandboxTransport(
        worker,
        documented={},
        streams=lambda i: SeededDraw(np.random.default_rng(i)),
        cpu_seconds=1,
        names=(),
        aliases={},
    )
    for _ in range(2):
        with pytest.raises(StudentFailure) as failure:
            transport.ask_all([ask("nn.relu", 1)])
        assert failure.value.status == "out_of_memory"
    assert worker.calls == 1


# the leaderboard


@pytest.fixture
def little(monkeypatch):
    """Seconds rather than minutes."""
    for name, value in {"EPOCHS": 3, "N_TRAIN": 320, "N_VALID": 20, "N_HELD": 100}.items():
        monkeypatch.setattr(leaderboard, name, value)


def standing(folder: Path, board: str) -> leaderboard.Standing:
    settings = Settings(gradescope=GradescopeSettings(leaderboard=board))
    with Zygote() as zygote, intake(folder, ("solution", "nn", "hw_mlp")) as submission:
        stage_helpers(submission)
        return leaderboard.standing(submission, settings, Layout(), zygote, 20)


def test_a_network_that_learns_has_an_entry(little):
    found = standing(REFERENCE, "hw_mlp")
    accuracy, size = found.entries
    assert (accuracy["name"], accuracy["order"]) == ("accuracy", "desc")
    assert 0.25 < accuracy["value"] <= 1
    assert size == {"name": "parameters", "value": 784 * 50 + 50 + 50 * 10 + 10, "order": "asc"}
    json.dumps(found.entries)


def test_of_solution_the_class_chooses_all_but_data_and_batches(little, tmp_path):
    text = (REFERENCE / "solution.py").read_text()
    text = text.replace("(512, 256)", "(12,)").replace("7e-4", "0.1")
    (tmp_path / "solution.py").write_text(text)
    accuracy, size = standing(tmp_path, "solution").entries
    assert size["value"] == 784 * 12 + 12 + 12 * 10 + 10
    assert 0 <= accuracy["value"] <= 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise SystemExit", "the training"),
        ("class NN:\n    pass\n", "the training"),
        (
            "class NN:\n"
            "    def __init__(self, **all): self.weights = {'W1': [1.0], 'b1': [1.0]}\n"
            "    def train_loop(self, n): pass\n"
            "    def forward(self, x): return {'Z1': 'no'}\n",
            "no probabilities",
        ),
        (
            "class W(dict):\n"
            "    def __len__(self): return 10**8\n"
            "class NN:\n"
            "    def __init__(self, **all): self.weights = W()\n"
            "    def train_loop(self, n): pass\n",
            "gives no answer",
        ),
        (
            "class NN:\n"
            "    def __init__(self, **all): self.weights = {}\n"
            "    def train_loop(self, n): return open(__file__.replace('files/solution.py', "
            "'given/data/digits_testdata.hdf5'))\n",
            "the training raises an exception",
        ),
    ],
    ids=["exits", "stub", "nonsense", "endless", "reads the test set"],
)
def test_without_an_answer_there_is_a_line_and_no_entry(little, tmp_path, text, said):
    (tmp_path / "solution.py").write_text(text)
    found = standing(tmp_path, "solution")
    assert found.entries == ()
    assert found.notes[0].startswith("Leaderboard: no entry, because ") and said in found.notes[0]


def test_held_digits_are_the_courses_and_nobody_elses(little):
    first, again = (leaderboard.make_task(b"the seed of a course") for _ in range(2))
    other = leaderboard.make_task(b"another course's seed")
    assert np.array_equal(first.held[0], again.held[0])
    assert not np.array_equal(first.held[0], other.held[0])
    _, (embedded, _) = load_digits()
    known = {image.tobytes() for image in embedded}
    assert not any(image.tobytes() in known for image in first.held[0])
    assert np.all(np.abs(first.held[0] - 0.5) <= 0.5)
