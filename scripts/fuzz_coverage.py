"""One target under atheris: fuzz_coverage.py TARGET [options of libFuzzer] CORPUS."""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

with atheris.instrument_imports(include=["grader"]):
    from meta_tests.fuzz.targets import TARGETS

from meta_tests.fuzz.mutation import mutate


def main() -> None:
    """Fuzz until the time is up or the promise is broken; never returns."""
    target = TARGETS[sys.argv.pop(1)]
    seeds = target.seeds()

    def changed(data: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if rng.random() < 0.5:
            return bytes(atheris.Mutate(data, most))
        return mutate(data, rng, target.words, seeds)[:most]

    atheris.Setup(sys.argv, target.check, custom_mutator=changed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
