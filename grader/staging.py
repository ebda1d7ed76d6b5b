"""What of ours goes beside a submission's files, and what a worker may do with all of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.config import LimitSettings
from grader.sandbox import Limits, WorkerSpec
from grader.submission import Submission
from grader.suites import ROOT, Layout, Suite

GIVEN = ROOT / "tests" / "helpers" / "given"
# Of the time for an import, so that one slow statement can be left out and the rest still run.
STATEMENT_SHARE = 0.4


def stage_helpers(submission: Submission) -> None:
    """What checks use inside the worker."""
    folder = submission.given[0]
    folder.mkdir(mode=0o755, exist_ok=True)
    for helper in GIVEN.glob("*.py"):
        _copy(helper, folder)


def stage_templates(
    submission: Submission, layout: Layout, suites: Mapping[str, Suite]
) -> dict[str, str]:
    """The templates of missing files that those handed in import, as {module: file}.

    So train_loop is graded without nn.py, with the reference in place of what is in there.
    """
    there = submission.modules
    needed = {need for name in there if name in suites for need in suites[name].needs}
    staged = {}
    for name in sorted(needed - set(there)):
        template = layout.find(f"{name}.py")
        if template is not None:
            _copy(template, submission.root)
            staged[name] = template.name
    return staged


def worker_spec(
    submission: Submission,
    limits: LimitSettings,
    layout: Layout,
    *,
    modules: Mapping[str, str],
    standins: Mapping[str, str] | None = None,
    watched: Sequence[str] = (),
) -> WorkerSpec:
    """A worker for these modules of a submission, which can read nothing of ours."""
    return WorkerSpec(
        submission=submission.root,
        modules=modules,
        given=submission.given,
        secrets=(ROOT / "grader", ROOT / "meta_tests", *filter(None, [layout.course])),
        standins=standins or {},
        limits=Limits(
            cpu_seconds=limits.cpu_seconds,
            memory_mb=limits.memory_mb,
            import_cpu_seconds=limits.import_seconds,
            statement_cpu_seconds=STATEMENT_SHARE * limits.import_seconds,
        ),
        skip={},
        watched=tuple(watched),
    )


def _copy(file: Path, folder: Path) -> None:
    """A copy that every user can read."""
    shutil.copyfile(file, folder / file.name)
    (folder / file.name).chmod(0o644)
