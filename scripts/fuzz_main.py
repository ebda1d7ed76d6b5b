"""Hostile bytes for what reads them: frames, values, archives, names, settings, reports.

Each target is tried with atheris (guided by coverage), with hypothesis (which shrinks what it
finds) and with mutations of our own, for so many minutes each. Without atheris, which is not among
the dependencies (.venv/bin/python -m pip install atheris), the other two run, and a line says so.
Exit code 1 if a promise is broken.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))

from meta_tests.fuzz.mutation import hammer  # noqa: E402
from meta_tests.fuzz.shapes import explore  # noqa: E402
from meta_tests.fuzz.target import LONGEST, Target  # noqa: E402
from meta_tests.fuzz.targets import TARGETS  # noqa: E402

ROUND = 300  # examples of hypothesis at a time
MOST_MEMORY = 1024  # mebibytes of a process guided by coverage, instruments included
LONGEST_RUN = 20  # seconds for one input


def parser() -> argparse.ArgumentParser:
    """The options."""
    about = f"{__doc__}\nTargets:\n" + "\n".join(
        f"  {t.name:9} {t.promise}" for t in TARGETS.values()
    )
    made = argparse.ArgumentParser(
        "scripts/fuzz", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    made.add_argument("--minutes", type=float, default=10.0, help="for each target and way (10)")
    made.add_argument("--seed", type=int, default=0, help="of hypothesis and of mutations")
    made.add_argument("--only", choices=[*WAYS], help="one of the three ways")
    return made


def coverage(target: Target, seconds: float, seed: int) -> str:
    """atheris in a process of its own, which ends at the first input that breaks the promise."""
    if importlib.util.find_spec("atheris") is None:
        return "not run: there is no atheris here (python -m pip install atheris)"
    with tempfile.TemporaryDirectory(prefix="fuzz-corpus-") as name:
        for i, data in enumerate(target.seeds()):
            Path(name, str(i)).write_bytes(data)
        options = [f"-max_total_time={max(1, round(seconds))}", f"-max_len={LONGEST}"]
        options += [f"-rss_limit_mb={MOST_MEMORY}", f"-timeout={LONGEST_RUN}"]
        options += ["-print_final_stats=1", "-verbosity=1", f"-artifact_prefix={name}/"]
        command = [sys.executable, "-I", str(ROOT / "scripts" / "fuzz_coverage.py"), target.name]
        done = subprocess.run([*command, *options, name], capture_output=True, text=True)
        broken = [file for file in Path(name).iterdir() if not file.name.isalnum()]
        if done.returncode:
            found = "".join(f"\ninput: {file.read_bytes()!r}" for file in broken)
            raise AssertionError(f"{target.name}:\n{done.stdout}{done.stderr[-6000:]}{found}")
        return _summary(done.stderr)


def _summary(output: str) -> str:
    lines = output.splitlines()
    count = [line.split()[-1] for line in lines if "number_of_executed_units" in line]
    covered = [line.split("cov:")[1].split()[0] for line in lines if "cov:" in line]
    return f"{int(count[-1]):,} inputs, {covered[-1]} places covered" if count and covered else "?"


def properties(target: Target, seconds: float, seed: int) -> str:
    """hypothesis, round after round."""
    end, rounds = time.monotonic() + seconds, 0
    while time.monotonic() < end or not rounds:
        explore(target, examples=ROUND, start=seed + rounds)
        rounds += 1
    return f"{rounds * ROUND:,} inputs"


def mutations(target: Target, seconds: float, seed: int) -> str:
    """Changes of the seeds, without a look at what they reach."""
    return f"{hammer(target, seed=seed, seconds=seconds):,} inputs"


WAYS: dict[str, Callable[[Target, float, int], str]] = {
    "coverage": coverage,
    "properties": properties,
    "mutations": mutations,
}


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; a line for each target and way."""
    options = parser().parse_args(arguments)
    broken = 0
    for name in options.targets or TARGETS:
        for way, run in WAYS.items():
            if options.only not in (None, way):
                continue
            try:
                said = run(TARGETS[name], 60 * options.minutes, options.seed)
            except AssertionError as error:
                broken, said = broken + 1, f"BROKEN\n{error}"
            print(f"{name:9} {way:10} {said}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
