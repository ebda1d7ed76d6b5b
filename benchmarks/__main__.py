"""Print what grading and training cost: `python -m benchmarks [grading] [training]`."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.sandbox import TARGETS
from grader.processes import ONE_THREAD

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "grader" / "reference"
RUNS = 5
TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> Iterator[int]:
    """The process and all its descendants that are alive (Linux)."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family(int(child))


def memory(pid: int) -> float:
    """MiB of one process; pages shared with others count in parts where the kernel tells."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    with suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return 0.0


def cpu_seconds(pid: int) -> float:
    """CPU of a process and of the children that it has waited for."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(ticks) for ticks in fields[11:15]) / TICKS
    return 0.0


def grade_command(report: Path) -> list[str]:
    return [sys.executable, "-m", "grader", "grade", str(REFERENCE), "--report", str(report)]


def environment() -> dict[str, str]:
    """As a user's shell has it: with bytecode written, which it is not everywhere."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def grade_once(watch: Callable[[int], None] | None = None) -> float:
    """Wall seconds of grading the reference in a process of its own; `watch` sees it run."""
    with tempfile.TemporaryDirectory() as folder:
        command = grade_command(Path(folder) / "report.json")
        begin = time.perf_counter()
        with subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            while watch is not None and process.poll() is None:
                watch(process.pid)
                time.sleep(0.005)
            output, _ = process.communicate()
        seconds = time.perf_counter() - begin
    if process.returncode:
        raise SystemExit(f"grading the reference failed:\n{output.decode()}")
    return seconds


def whole_process() -> tuple[float, float]:
    """(wall seconds, peak MiB of host and workers together) of grading the reference."""
    peak = 0.0

    def watch(pid: int) -> None:
        nonlocal peak
        peak = max(peak, sum(memory(one) for one in family(pid)))

    grade_once()  # writes the bytecode
    wall = statistics.median(grade_once() for _ in range(RUNS))
    grade_once(watch)
    return wall, peak


def warmed_cpu() -> float:
    """CPU seconds, host and workers, of grading the reference again in one process, as a batch
    does: with the checks collected."""
    from grader.config import load_settings
    from grader.parallel import own_checks
    from grader.sandbox import Zygote
    from grader.session import How, grade
    from grader.submission import intake

    def spent() -> float:
        return sum(cpu_seconds(pid) for pid in family(os.getpid()))

    settings = load_settings(None, ROOT)
    with Zygote() as zygote, intake(REFERENCE, settings.suites) as submission:
        how = How(checks=own_checks(None, settings.suites))
        grade(submission, settings, how, zygote=zygote)
        begin = spent()
        for _ in range(RUNS):
            grade(submission, settings, how, zygote=zygote)
        return (spent() - begin) / RUNS


def sandbox_figures() -> dict[str, float]:
    """Figure -> milliseconds of the sandbox alone, from a process of its own."""
    figures: dict[str, float] = from_process("benchmarks.sandbox", environment())
    return figures


def from_process(module: str, env: dict[str, str]) -> Any:
    """What a module of benchmarks prints with --json, in a process of its own."""
    command = [sys.executable, "-m", module, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def show(name: str, value: float, unit: str, target: float) -> None:
    verdict = "" if value <= target else "  over"
    print(f"{name:<50} {value:>8.3g} {unit:<3} {target:>6g} {unit:<3}{verdict}", flush=True)


def grading() -> None:
    wall, peak = whole_process()
    show("grade the reference, all suites, whole process", wall, "s", 2.0)
    show("peak memory of host and worker together", peak, "MiB", 300)
    show("CPU of the same in a warmed process", warmed_cpu(), "s", 0.6)
    for name, value in sandbox_figures().items():
        show(name, value, "ms", TARGETS[name])


def training() -> None:
    """Ratios of epochs, on one thread of whichever BLAS."""
    for name, ratio, target in from_process("benchmarks.training", environment() | ONE_THREAD):
        show(name, ratio, "", target)
    if importlib.util.find_spec("torch") is None:
        print("no ratios to PyTorch: torch is not installed (extra `torch`)")


PARTS = {"grading": grading, "training": training}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help="grading, training (default: all)")
    parts = parser.parse_args().parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))} (known: {', '.join(PARTS)})")
    print(f"{'figure':<50} {'measured':>12} {'target':>10}")
    for part in parts:
        PARTS[part]()


if __name__ == "__main__":
    main()
