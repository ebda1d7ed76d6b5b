"""Runs whole submissions through the grader, as an instructor would, and says what they earned."""

from __future__ import annotations

import json
import shutil
import textwrap
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from grader import failures, intake_beside
from grader.config import LimitSettings, Settings
from grader.results import Report
from grader.sandbox import Zygote
from grader.session import How, grade
from grader.submission import intake
from grader.workers import Workers
from meta_tests.attacks.monitor import Place
from meta_tests.attacks.record import Cheat
from meta_tests.attacks.weakening import Zygotes
from meta_tests.variants import lost, reference_source, variant

MARK = "MARK"
_LIMITS = LimitSettings(cpu_seconds=1.0, import_seconds=4.0, total_seconds=60.0, memory_mb=256)
_BESIDE = {"hw_mlp": ("nn",)}


class Grader:
    """Grades cheats on one zygote."""

    def __init__(self, zygotes: Zygotes, place: Place) -> None:
        self.zygotes, self.place = zygotes, place
        self._seed = place.home / "seed"
        self._seed.write_text(place.secret, "utf-8")

    def tried(self, cheat: Cheat, *, control: bool) -> dict[str, dict[str, Any]]:
        """Trial -> what it met, with everything on and, if asked for, with what stops it off."""
        found = {cheat.key: self._met(cheat, frozenset())}
        if control:
            off = frozenset(cheat.by)
            found[cheat.without] = self._met(cheat, off)
        return found

    def _met(self, cheat: Cheat, off: frozenset[str]) -> dict[str, Any]:
        start = time.perf_counter()
        self.place.hand_in("")
        folder = self.place.home / "handed-in"
        self._write(cheat, folder)
        with ExitStack() as stack:
            if "grading" in off:
                _weaken(stack)
            if "intake" in off:
                stack.enter_context(mock.patch.object(intake_beside, "NEVER", frozenset()))
            report = self._graded(cheat, folder, self.zygotes.without(off))
        shutil.rmtree(folder)
        seconds = round(time.perf_counter() - start, 3)
        return {"seen": told(report, cheat), "changed": self.place.changed(), "seconds": seconds}

    def _write(self, cheat: Cheat, folder: Path) -> None:
        folder.mkdir()
        files = {f"{name}.py": reference_source(name) for name in _BESIDE.get(cheat.suite, ())}
        source = variant(cheat.suite, cheat.functions, cheat.extra)
        source = textwrap.dedent(cheat.top) + "\n" + source
        for name, text in {f"{cheat.suite}.py": source, **files, **cheat.files}.items():
            (folder / name).parent.mkdir(exist_ok=True)
            code = f"{self.place.facts()}{textwrap.dedent(text)}" if name.endswith(".py") else text
            (folder / name).write_text(code, "utf-8")

    def _graded(self, cheat: Cheat, folder: Path, zygote: Zygote) -> Report:
        settings = Settings(suites=(cheat.suite,), limits=_LIMITS, seed_file=self._seed)
        with intake(folder, settings.suites) as handed_in:
            # Without Landlock the level is not full, and hidden checks run all the same.
            how = How(only=cheat.checks, allow_unsandboxed=True)
            return grade(handed_in, settings, how, zygote=zygote)


def told(report: Report, cheat: Cheat) -> str:
    """What a submission earned, and everything that no submission may bring about."""
    facts = [f"lost {' '.join(sorted(lost(report))) or 'nothing'}"]
    text = json.dumps(report.to_json())
    rows = report.to_json()["checks"]
    hidden = [row for row in rows if not row["visible"]]
    if any(MARK in row["message"] + row["hint"] for row in hidden):
        facts.append("hidden checks show its words")
    if "inputs of hidden checks" in text:
        facts.append("visible checks tell of hidden ones")
    if report.provisional:
        facts.append("the grader failed")
    if len(report.outcomes) != len(report.specs) or any(row["status"] == "not_run" for row in rows):
        facts.append("a check has no outcome")
    for name in cheat.says:
        outcome = report.outcomes[f"{cheat.suite}/{name}"]
        facts.append(f"{name} {outcome.status.value}: {outcome.message}"[: len(cheat.says[name])])
    return " | ".join(facts)


def expected(cheat: Cheat) -> str:
    """What `told` must give."""
    return " | ".join([f"lost {' '.join(cheat.lost) or 'nothing'}", *cheat.says.values()])


def _weaken(stack: ExitStack) -> None:
    """Hidden checks show all that visible ones do, and share their worker."""
    outcome, own = failures.outcome, Workers.own
    shown = mock.patch.object(
        failures, "outcome", lambda failure, **more: outcome(failure, **{**more, "visible": True})
    )
    stack.enter_context(shown)
    stack.enter_context(mock.patch.object(Workers, "own", lambda self, visible: own(self, True)))
