"""`python -m grader build`: what students are given, and what grades them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TextIO

from grader.config import Settings
from grader.errors import UsageError
from grader.release import archive, files
from grader.release.archive import Entry, Made
from grader.release.autograder import TEMPLATES, autograder_entries, requirements
from grader.release.decided import refuse_what_breaks
from grader.release.marker import refuse_secrets
from grader.release.seed import Seed, find_seed
from grader.release.student import student_entries
from grader.suites import ROOT, Layout
from grader.text import listed

PRIVATE = 0o600  # the autograder holds the seed and every check


def build(
    out: Path,
    settings: Settings,
    course: Path | None,
    known: list[str],
    *,
    vendor: bool,
    stream: TextIO,
) -> None:
    """Write student.zip, autograder.zip and a Dockerfile into `out`, and say what they are.

    known: the names of all suites. Raises UsageError for what the caller can put right, GraderError
    where students would be given a secret; then nothing is written.
    """
    prepare(out)
    layout = Layout(course)
    suites = layout.suites(settings.suites)
    settings.check_functions([name for one in suites.values() for name in one.functions()])
    refuse_what_breaks(settings, course)
    student = student_entries(layout, settings, suites)
    wheels = _wheels(settings) if vendor else {}
    seed = find_seed(settings.seed_file, course or ROOT)
    refuse_secrets(student, seed.value)
    autograder = autograder_entries(layout, settings, list(suites), known, seed, wheels)
    made = [
        _write(out / "student.zip", student),
        _write(out / "autograder.zip", autograder, PRIVATE),
        archive.write(out / "Dockerfile", archive.entry_of(TEMPLATES / "Dockerfile").content),
    ]
    about = [*_about(settings, seed, len(wheels)), *_left_out(layout, autograder)]
    stream.write("\n".join([*map(_line, made), *about, ""]))


def prepare(out: Path) -> None:
    """Make the folder; UsageError where there can be none."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise UsageError(f"--out: {out} is, or lies below, a file; name a folder") from None
    except OSError as error:
        raise UsageError(f"--out: cannot make the folder {out}: {error.strerror}") from error


def _wheels(settings: Settings) -> dict[str, Entry]:
    from grader.release.wheels import fetch_wheels

    return fetch_wheels(requirements(settings).split())


def _write(path: Path, entries: dict[str, Entry], mode: int = 0o644) -> Made:
    return archive.write(path, archive.packed(entries), files=len(entries), mode=mode)


def _line(made: Made) -> str:
    size = f"{made.size / 1e6:.1f} MB" if made.size >= 1e5 else f"{made.size} bytes"
    count = f"{made.files} file" + "s" * (made.files != 1)
    return f"{made.path}  {size}, {count}, sha256 {made.sha256}"


def _about(settings: Settings, seed: Seed, wheels: int) -> list[str]:
    origin = "made now: keep it, other seeds draw other cases" if seed.new else "as before"
    if seed.path == settings.seed_file:
        origin = "as the settings say"
    lines = [
        f"Suites: {', '.join(settings.suites)}",
        f"Seed: {seed.fingerprint}, from {seed.path} ({origin})",
    ]
    return [*lines, *([f"Vendored: {wheels} wheels"] if wheels else [])]


def _left_out(layout: Layout, taken: Collection[str]) -> list[str]:
    names = files.left_out(layout, taken)
    why = "(of no kind that belongs there, or unknown to git)"
    return [f"Left out: {listed(names)} {why}"] if names else []
