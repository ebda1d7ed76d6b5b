"""A student's files under an experiment: always in the sandbox, with generous limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from grader.errors import UsageError
from grader.experiments.study import StudentProblem
from grader.failures import of_import
from grader.sandbox import Limits, SandboxError, WorkerSpec, Zygote
from grader.signatures import aliases, documented
from grader.staging import stage_helpers
from grader.student import SandboxTransport
from grader.submission import Submission
from grader.suites import ROOT, Layout
from grader.workers import Workers
from tests.helpers.asking import StudentFailure
from tests.helpers.assertions import CheckFailure
from tests.helpers.proxy import Student

HOUR = 3600
LIMITS = Limits(
    cpu_seconds=HOUR,
    memory_mb=4096,
    import_cpu_seconds=120.0,
    statement_cpu_seconds=60.0,
    total_cpu_seconds=6 * HOUR,
    request_bytes=1 << 30,
    reply_bytes=256 << 20,
)


@dataclass(frozen=True)
class Submitted:
    """Staged files, as they go to a process that runs a configuration.

    suites: the modules that are needed, in the order of their import. fingerprint: of the files.
    """

    name: str
    root: Path
    given: tuple[Path, ...]
    modules: Mapping[str, str]
    suites: tuple[str, ...]
    fingerprint: str

    @contextmanager
    def student(self) -> Iterator[Student]:
        """The submission in a worker of its own; what goes wrong in it is a StudentProblem."""
        try:
            with Zygote() as zygote:
                workers = Workers(zygote, self._spec(), self.suites)
                try:
                    yield Student(self._transport(workers))
                finally:
                    workers.close()
        except StudentFailure as failure:
            raise StudentProblem(failure.text) from None
        except CheckFailure as failure:
            raise StudentProblem(failure.finding.sentence()) from None
        except SandboxError as error:
            raise StudentProblem(f"the sandbox could not run it: {error}") from None

    def sandbox(self) -> tuple[str, str]:
        """(level of the sandbox in which it runs, what is missing there)."""
        with Zygote() as zygote, zygote.spawn(self._spec()) as worker:
            return worker.level, "; ".join(worker.probe.missing)

    def _transport(self, workers: Workers) -> SandboxTransport:
        worker = workers.own(True)
        for name, loaded in workers.loaded.items():
            if loaded.error is not None:
                raise StudentProblem(of_import(f"{name}.py", loaded.error).message)
        layout = Layout()
        suites = layout.suites(self.suites)
        references = {name: layout.reference(name) for name in suites}
        return SandboxTransport(
            worker,
            documented=documented(references, suites),
            streams=_no_cases,
            cpu_seconds=LIMITS.total_cpu_seconds,
            names=workers.names,
            aliases=aliases(suites, workers.names),
        )

    def _spec(self) -> WorkerSpec:
        return WorkerSpec(
            submission=self.root,
            modules=self.modules,
            given=self.given,
            secrets=(ROOT / "grader", ROOT / "meta_tests"),
            limits=LIMITS,
        )


def submitted(taken: Submission, modules: Sequence[str]) -> Submitted:
    """What an experiment needs of a submission; raises UsageError where a file of it is not there.

    The staged files must be there for as long as it is used.
    """
    for name in modules:
        problem = taken.missing.get(name) or taken.problems.get(name)
        if problem:
            raise UsageError(f"this experiment needs {name}.py: {problem}")
    stage_helpers(taken)
    return Submitted(
        taken.name,
        taken.root,
        taken.given,
        dict(taken.modules),
        tuple(modules),
        taken.fingerprint,
    )


def _no_cases(i: int) -> NoReturn:
    raise SandboxError("experiments have no cases")
