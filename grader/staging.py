"""What of ours goes beside a submission's files, where its code may read it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from grader.submission import Submission
from grader.suites import ROOT, Layout, Suite

GIVEN = ROOT / "tests" / "helpers" / "given"


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


def _copy(file: Path, folder: Path) -> None:
    """A copy that every user can read."""
    shutil.copyfile(file, folder / file.name)
    (folder / file.name).chmod(0o644)
