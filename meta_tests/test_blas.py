"""No outcome hangs on how numpy computes a matrix product, nor on rounding at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# SSE3 and AVX2 with fused multiply-add; the processor's own may be a third.
KERNELS = ["Prescott", "Haswell"]
# The rest is for scripts/seeds. The margin is the one that the design asks for.
SAMPLE = ["--seeds", "1", "--every", "16", "--margin", "100"]


def python(kernel: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Another Python whose numpy computes with this kernel; empty: with the processor's own."""
    env = {key: value for key, value in os.environ.items() if key != "OPENBLAS_CORETYPE"}
    env |= {"OPENBLAS_CORETYPE": kernel} if kernel else {}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)


@cache
def facts(kernel: str) -> dict[str, str]:
    """See kernels.py."""
    done = python(kernel, "-m", "meta_tests.kernels")
    if done.returncode < 0:
        pytest.skip(f"this processor cannot run the kernel {kernel}")
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    if not found["name"]:
        pytest.skip("this numpy's BLAS is not an OpenBLAS whose kernel can be chosen")
    return found


def test_the_kernel_reaches_the_workers() -> None:
    found = [facts(kernel) for kernel in ("", *KERNELS)]
    assert [one["worker"] for one in found] == [one["host"] for one in found]
    assert len({one["name"] for one in found}) > 1
    assert len({one["host"] for one in found}) > 1


@pytest.mark.parametrize("kernel", ["", *KERNELS])
def test_outcomes_are_far_from_tolerances_under_every_kernel(kernel: str, tmp_path: Path) -> None:
    if kernel and facts(kernel)["name"] == facts("")["name"]:
        pytest.skip(f"{kernel} is this processor's own kernel")
    state = str(tmp_path / "seeds.jsonl")
    done = python(kernel, "scripts/seeds_main.py", *SAMPLE, "--out", state)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "reference" in done.stdout and "misconceptions/nn" in done.stdout


def test_an_outcome_near_its_tolerance_is_found(tmp_path: Path) -> None:
    options = ["--what", "reference", "--seeds", "1", "--margin", "1e12"]
    state = str(tmp_path / "seeds.jsonl")
    done = python("", "scripts/seeds_main.py", *options, "--out", state)
    assert done.returncode == 1
    assert "--margin 1e+12 --out /dev/null --only reference" in done.stdout
