"""Runs attacks in one configuration, one after another, and says what each met.

    python -m meta_tests.attacks.running CONFIGURATION PLACE SECRET   (see staging)

One process for a configuration, a fork of a zygote for each attack.
"""

from __future__ import annotations

import errno
import json
import re
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from grader.sandbox import (
    Callbacks,
    HostFunction,
    Limits,
    Name,
    Program,
    Result,
    Worker,
    WorkerDied,
    WorkerSpec,
)
from meta_tests.attacks.corpus import ATTACKS, CHEATS
from meta_tests.attacks.gradings import Grader
from meta_tests.attacks.monitor import Place
from meta_tests.attacks.record import LEVELS, Attack, Trial, trials
from meta_tests.attacks.weakening import Zygotes, weakened

QUICK = Limits(cpu_seconds=4.0, wall_factor=10, memory_mb=256, statement_cpu_seconds=1.0)
_ERRNO = re.compile(r"\[Errno (\d+)\]")
_SHOWN = 300
PRELUDE = """
import ctypes, os, sys
import numpy as np
def raw(x86_64, aarch64, *args):
    libc = ctypes.CDLL(None, use_errno=True)
    number = x86_64 if os.uname().machine == "x86_64" else aarch64
    result = libc.syscall(*map(ctypes.c_long, (number, *args)))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
def found(type_name):
    import gc
    return [one for one in gc.get_objects() if type(one).__name__ == type_name][0]
def innocent(x=1):
    return x
"""


def main(configuration: str, place: str, secret: str, only: str = "") -> None:
    """Run everything; one JSON object on stdout."""
    with ExitStack() as stack:
        runner = Running(configuration, Path(place), secret)
        stack.callback(runner.close)
        print(json.dumps(runner.all(only)))


class Running:
    """The corpus in one configuration."""

    def __init__(self, configuration: str, folder: Path, secret: str) -> None:
        self.configuration, self.secret = configuration, secret
        self.place = Place(folder, secret)
        self.private = "private" if configuration == "private interpreter" else ""
        self.zygotes = Zygotes(folder, secret, [self.private] if self.private else [])

    def close(self) -> None:
        """End what was started."""
        self.zygotes.close()
        self.place.close()

    def levels(self) -> dict[str, dict[str, Any]]:
        """Without which layers -> the level that the probe finds then, and what got through."""
        self.place.hand_in("")
        return {f"level without {' '.join(off)}": self._level(frozenset(off)) for off in LEVELS}

    def _level(self, off: frozenset[str]) -> dict[str, Any]:
        with self._worker(QUICK, off) as worker:
            missed = [one.name for one in worker.probe.findings if not one.denied]
            return {"seen": " ".join([worker.level, *missed]), "changed": [], "seconds": 0.0}

    def all(self, only: str = "") -> dict[str, dict[str, Any]]:
        """Trial -> {"seen": what it met, "changed": what it left behind, "seconds": wall time}."""
        found = self.levels()
        for trial in self.trials(only):
            found[trial.key] = self.tried(trial)
        grader = Grader(self.zygotes, self.place)
        for cheat in CHEATS:
            if only in cheat.key:
                control = cheat.shown_in(self.configuration)
                found.update(grader.tried(cheat, control=control))
        return found

    def trials(self, only: str = "") -> Iterator[Trial]:
        """All that there are in this configuration."""
        for attack in ATTACKS:
            if only in attack.key:
                yield from trials(attack, self.configuration)

    def tried(self, trial: Trial) -> dict[str, Any]:
        """Run one attack with what is to be switched off."""
        start = time.perf_counter()
        off = trial.off
        with weakened(off, self.secret):
            seen = self._met(trial.attack, off)
            # a process that had this user before and is not reaped yet counts against the limit
            if seen == "EAGAIN" != trial.expected:
                seen = self._met(trial.attack, off)
        changed = self.place.changed()
        seconds = round(time.perf_counter() - start, 3)
        runs = [one for one in changed if one.endswith(" runs")]
        seen = " | ".join([seen, *runs])
        return {"seen": seen, "changed": changed, "seconds": seconds}

    def _met(self, attack: Attack, off: frozenset[str]) -> str:
        self._hand_in(attack)
        limits = Limits(**{**vars(QUICK), **attack.limits})
        seen: list[str] = []
        worker: Worker | None = None
        try:
            for name in attack.calls:
                if name == "wait":
                    time.sleep(0.1)
                    continue
                if worker is None or name.startswith("next:"):
                    if worker is not None:
                        worker.close()
                    worker = self._worker(limits, off)
                    worker.load("nn")
                seen.append(self._called(attack, worker, name.removeprefix("next:")))
            if worker is not None and not attack.forges and self.secret in worker.output():
                seen.append("leaked in what it printed")
        except WorkerDied as death:
            seen.append(f"died: {death.error.kind}: {death.error}")
        finally:
            if worker is not None:
                worker.close()
        return " | ".join(seen)

    def _hand_in(self, attack: Attack) -> None:
        source = (
            f"{PRELUDE}{self.place.facts()}\n{textwrap.dedent(attack.top)}\ndef attack(*args):\n"
        )
        source += textwrap.indent(textwrap.dedent(attack.code), "    ")
        self.place.hand_in(source)

    def _worker(self, limits: Limits, off: frozenset[str]) -> Worker:
        spec = WorkerSpec(
            self.place.submission, {"nn": "nn.py"}, secrets=self.place.secrets, limits=limits
        )
        return self.zygotes.without(off).spawn(spec)

    def _called(self, attack: Attack, worker: Worker, name: str) -> str:
        program = Program()
        callbacks = CALLBACKS if attack.callbacks and name == "attack" else None
        given = (HostFunction("plus"),) if callbacks else ()
        program.call(Name(f"nn.{name}"), *given)
        (result,) = worker.run([program], callbacks=callbacks)
        return self._told(result)

    def _told(self, result: Result) -> str:
        if result.error is not None:
            error = result.error
            if self.secret in str(error):
                return "leaked"
            number = _ERRNO.search(error.message)
            return errno.errorcode[int(number[1])] if number else _named(error)
        if self.secret in repr(result.values):
            return "leaked"
        return f"gave {shown(result.values[0])}"[:_SHOWN]


def _named(error: Any) -> str:
    return f"{error.type_name or error.kind}: {error.message}"[:_SHOWN]


def shown(value: Any) -> str:
    """A value as text; an array with its type and shape."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {value.ravel()[:4].tolist()}"
    return repr(value)


def _answer(name: str, args: tuple[Any, ...], kwargs: Any) -> Any:
    if name == "plus":
        return args[0] + 1
    if name == "outer":
        return np.multiply.outer(args[0], args[0])
    if name == "named":
        return str(args[0])
    return f"the answer of {name}"


CALLBACKS = Callbacks(
    _answer,
    frozenset({"plus", "outer", "named"}),
    max_elements=1000,
    shapes=lambda shape: len(shape) < 2,
    max_calls=5,
    max_bytes=100_000,
    answer_mb=64,
)

if __name__ == "__main__":
    main(*sys.argv[1:])
