"""The grader is killed, or cannot write: what is left is whole, and no process stays behind."""

from __future__ import annotations

import ctypes
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "grader" / "reference" / "nn.py"
PR_SET_CHILD_SUBREAPER = 36
SEED = 20_261_120
MANY = 10**9
GRADE = ["--suite", "nn", "--check", "nn/public/relu", "--check", "nn/hidden/relu", "--quiet"]

# Ends itself at the n-th call of a function, so wherever that is: while modules are imported,
# checks collected, workers asked or a file is half written.
ENDING = """
import os, sys
from grader.cli import main
from grader.outputs import Outputs
start, left, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def count(frame, event, argument):
    global left
    if event == "call":
        left -= 1
        if left == 0 and number:
            os.kill(os.getpid(), number)
        elif left == 0:
            fill(os.path.dirname(sys.argv[7]))
def fill(folder):
    with open(os.path.join(folder, "filler"), "wb", 0) as file:
        try:
            while file.write(bytes(512)):
                pass
        except OSError:
            pass
def noting(self, report):
    updates.append(left)
    return update(self, report)
updates, update, Outputs.update = [], Outputs.update, noting
def later(*arguments, **options):
    sys.setprofile(count)
    return graded(*arguments, **options)
if start == "grade":
    import grader.session
    graded, grader.session.grade = grader.session.grade, later
elif left:
    sys.setprofile(count)
code = main(sys.argv[4:])
sys.setprofile(None)
print("calls left:", left)
print("after the first file:", *updates[1:2])
sys.exit(code)
"""


@pytest.fixture(autouse=True)
def orphans() -> Iterator[None]:
    """Whatever a grader leaves behind becomes our child, and must have ended soon."""
    libc = ctypes.CDLL(None)
    if sys.platform != "linux":
        pytest.skip("orphans are found on Linux alone")
    before = set(children())  # of other tests in this process
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    yield
    until = time.monotonic() + 10
    while (left := [pid for pid in children() if pid not in before]) and time.monotonic() < until:
        for pid in left:
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.01)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0)
    assert left == []


def children(parent: int = 0) -> list[int]:
    pid = parent or os.getpid()
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(pid) for pid in listed.split()]


@dataclass(frozen=True)
class Place:
    """A submission, and where its results go."""

    root: Path

    @classmethod
    def made(cls, root: Path) -> Place:
        (root / "hand in").mkdir(parents=True)
        (root / "out").mkdir()
        shutil.copy(REFERENCE, root / "hand in" / "nn.py")
        return cls(root)

    @property
    def results(self) -> Path:
        return self.root / "out" / "results.json"

    def run(
        self, moment: int = 0, number: int = 0, start: str = "main", **more: Any
    ) -> subprocess.CompletedProcess[str]:
        """The command line, sent this signal at its n-th call of a function; 0: never.

        start: where the calls are counted from. Without a signal the disk is filled there.
        """
        arguments = [start, moment, number, "grade", self.root / "hand in", "--json", self.results]
        command = [sys.executable, "-c", ENDING, *map(str, arguments), *GRADE]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
        return subprocess.run(command, cwd=ROOT, text=True, check=False, **streams)

    def statuses(self) -> list[str]:
        """Of all checks in the file, which must be whole."""
        data = json.loads(self.results.read_text("utf-8"))
        return [s for row in data["tests"] for s in row["extra_data"]["checks"].values()]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place.made(tmp_path / "place")


CHECKS = 10


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How many functions a grading calls that nothing disturbs, by where the count starts.

    first: of those counted from "grade", after how many the first file is there.
    """
    found: dict[str, int] = {}
    for start in ("main", "grade"):
        place = Place.made(tmp_path_factory.mktemp("undisturbed") / start)
        said = place.run(MANY, signal.SIGKILL, start).stdout
        left, first = (int(line.split(": ")[1]) for line in said.splitlines()[-2:])
        found |= {start: MANY - left, "first": MANY - first}
    return found


def ended(
    root: Path, number: int, calls: dict[str, int]
) -> list[tuple[Place, subprocess.CompletedProcess[str]]]:
    """Gradings that were sent this signal at random moments: seeded, the same on every run."""
    drawn = random.Random(SEED + number)
    starts = ["main"] * 5 + ["grade"] * 20
    # until grading begins, and from the first file to the end
    ranges = {
        "main": (1, calls["main"] - calls["grade"]),
        "grade": (calls["first"], calls["grade"]),
    }
    moments = [drawn.randrange(*ranges[start]) for start in starts]
    places = [Place.made(root / str(moment)) for moment in moments]
    with ThreadPoolExecutor(2) as pool:
        ends = pool.map(Place.run, places, moments, [number] * 25, starts)
        return list(zip(places, ends, strict=True))


def test_a_grader_that_is_killed_leaves_a_whole_file(tmp_path: Path, calls: dict[str, int]) -> None:
    written = []
    for place, done in ended(tmp_path, signal.SIGKILL, calls):
        assert done.returncode in (0, -signal.SIGKILL)
        if place.results.exists():
            written.append(place.statuses())
    assert {len(statuses) for statuses in written} == {CHECKS}
    assert len(written) > 5
    # how much was written between the first file and the last depends on the machine's speed
    assert {status for statuses in written for status in statuses} <= {"passed", "not_run"}


def test_a_grader_that_is_told_to_stop_writes_what_it_knows(
    tmp_path: Path, calls: dict[str, int]
) -> None:
    unfinished = 0
    for place, done in ended(tmp_path, signal.SIGTERM, calls):
        if done.returncode == 0:  # at the very end, or in a finaliser after the last check
            assert place.statuses() == ["passed"] * CHECKS
            continue
        assert done.returncode == 128 + signal.SIGTERM
        statuses = place.statuses()
        assert len(statuses) == CHECKS
        passed = statuses.count("passed")
        assert set(statuses) <= {"passed", "not_run"}
        assert done.stderr == f"stopped after {passed} of {CHECKS} checks\n"
        assert "Grading ended early: stopped after" in place.results.read_text()
        unfinished += 0 < passed < CHECKS
    assert unfinished > 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_is_busy_ends_with_the_grader(place: Place, number: int) -> None:
    """The signal comes from outside, once there is a worker."""
    source = (place.root / "hand in" / "nn.py").read_text()
    (place.root / "hand in" / "nn.py").write_text(source + "\nwhile True: pass\n")
    command = [sys.executable, "-m", "grader", "grade", str(place.root / "hand in")]
    options = ["--json", str(place.results), *GRADE]
    grader = subprocess.Popen([*command, *options], cwd=ROOT, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while not any(map(children, children(grader.pid))) and time.monotonic() < until:
        time.sleep(0.01)
    grader.send_signal(number)
    _, said = grader.communicate(timeout=60)
    assert said in (b"", b"stopped after 0 of 10 checks\n")
    assert place.statuses() == ["not_run"] * CHECKS


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, resource.RLIM_INFINITY))


def test_a_file_that_grows_no_further_is_named_and_the_page_is_printed(place: Place) -> None:
    before = '{"score": 0}'
    place.results.write_text(before)
    done = place.run(0, 0, preexec_fn=limited)
    assert done.returncode == 3
    assert "no copy can be made in" in done.stderr
    assert "cannot write" in done.stderr
    assert place.results.read_text() == before


@pytest.fixture
def disk(place: Place) -> Iterator[Path]:
    """The folder for results, on a disk of its own with little room."""
    folder = place.results.parent
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_on_a_full_disk_the_first_whole_file_stays(
    place: Place, disk: Path, calls: dict[str, int]
) -> None:
    done = place.run((calls["first"] + calls["grade"]) // 2, 0, "grade")
    assert "calls left: -" in done.stdout  # so the disk was filled
    assert done.stderr == f"error: cannot write {place.results}: No space left on device\n"
    assert done.returncode == 2
    assert len(place.statuses()) == CHECKS
    assert sorted(path.name for path in disk.iterdir()) == ["filler", "results.json"]


def test_a_folder_that_takes_no_file_is_named_before_anything_is_graded(
    place: Place, disk: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    done = place.run()
    assert done.returncode == 2
    said = f"error: cannot write {place.results}: nothing can be written in {disk}\n"
    assert done.stderr == said


def test_a_page_that_cannot_be_printed_is_told_and_the_file_is_whole(place: Place) -> None:
    command = [sys.executable, "-m", "grader", "grade", str(place.root / "hand in"), *GRADE[:-1]]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*command, "--json", str(place.results)],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    said = "error: cannot print the page: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, said)
    assert place.statuses() == ["passed"] * CHECKS
