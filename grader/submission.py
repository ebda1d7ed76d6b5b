"""A submission: its files, found, read within limits and staged for the sandbox.

Nothing of it is ever executed here, no link is followed, and only these files are copied: the
modules looked for, those and packages beside them that they may import, and what a suite wants.
"""

import codecs
import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from grader.errors import GraderError, UsageError
from grader.intake_archives import open_source
from grader.intake_beside import GIVEN_DATA, attachments, helper_targets
from grader.intake_choice import Choice, choose, remarks_on_the_rest
from grader.intake_encoding import lines_of, source_problem
from grader.intake_sources import Source, Unreadable
from grader.text import listed, one_line

OWN_FOLDERS = ("grader", "meta_tests", "benchmarks", "examples", "scripts", "docs", ".ci")
NOTHING: Mapping[str, Sequence[str]] = {}
UNNAMEABLE = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL)  # by this file system


@dataclass(frozen=True)
class IntakeLimits:
    """What is read of a submission at most: .py files, bytes of each, bytes of all together.

    Of what else a suite wants: the same with `other_`.
    """

    files: int = 300
    file_bytes: int = 2 << 20
    total_bytes: int = 16 << 20
    other_files: int = 200
    other_file_bytes: int = 32 << 20
    other_total_bytes: int = 512 << 20


@dataclass
class Submission:
    """Staged files: `modules` maps a module to its file in `root`, readable by every user.

    `found` gives the path it had in the submission. Every module looked for is in exactly one of
    `modules`, `missing` (absent or empty) and `problems` (there, but no source text); the last
    two say why in a line. `notes` are all lines for the student, these included. `given` holds
    packages of ours that a submission may import. All of it lies in `home`, until `close`.
    `fingerprint`: 16 hexadecimal digits over the staged files; empty where none was handed in.
    """

    name: str
    home: Path
    modules: dict[str, str] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    fingerprint: str = ""

    @property
    def root(self) -> Path:
        """The folder of the staged files."""
        return self.home / "files"

    @property
    def given(self) -> tuple[Path, ...]:
        """Folders from which a submission may import beside its own."""
        return (self.home / "given",)

    def lines(self) -> dict[str, list[str]]:
        """The lines of every file handed in, by its name in `root`."""
        return {
            path.relative_to(self.root).as_posix(): lines_of(path.read_bytes())
            for path in self.root.rglob("*.py")
        }

    def __enter__(self) -> "Submission":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the staged copy."""
        shutil.rmtree(self.home, ignore_errors=True)


def intake(
    path: Path | str,
    modules: Sequence[str],
    *,
    others: Mapping[str, Sequence[str]] = NOTHING,
    limits: IntakeLimits | None = None,
) -> Submission:
    """Find and stage the files of `modules` in a folder, a single file, a zip or a tar.

    others: patterns of what else is staged, relative to the file of a module: {"report_claims":
    ["runs/*.json"]}. Raises UsageError where the path cannot be read, or holds none of the modules,
    and GraderError where no copy can be made.
    """
    path = Path(path)
    with contextlib.closing(open_source(path)) as source:
        names = _without_own_folders(source.names)
        choice = choose(names, modules)
        if not choice.found:
            raise UsageError(_nothing_found(path, names, choice, source))
        submission = Submission(
            name=one_line(path.name or path.resolve().name, 100),
            home=Path(tempfile.mkdtemp(prefix="submission-")),
            found=choice.found,
            missing=dict(choice.missing),
            notes=choice.notes + source.notes,
        )
        try:
            bounds = limits or IntakeLimits()
            _stage(submission, source, names, bounds)
            wanted = attachments(submission.found, names, others)
            _stage_others(submission, source, wanted, bounds)
            submission.fingerprint = _fingerprint(submission.root)
        except OSError as error:
            submission.close()
            raise GraderError(
                f"no copy can be made in {submission.home}: {error.strerror}"
            ) from error
        except BaseException:
            submission.close()
            raise
    rest = remarks_on_the_rest([name for name in names if name not in wanted.values()], choice)
    reasons = [*submission.missing.values(), *submission.problems.values()]
    submission.notes = [*reasons, *submission.notes, *rest]
    return submission


def _fingerprint(root: Path) -> str:
    """Of names and contents, however they were packed."""
    digest = hashlib.sha256()
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    for name, path in sorted(files.items()):
        data = path.read_bytes()
        digest.update(f"{len(name.encode())} {name} {len(data)} ".encode() + data)
    return digest.hexdigest()[:16]


def nothing_to_grade(name: str, modules: Sequence[str], line: str) -> Submission:
    """A submission without files, each of whose modules is missing for the reason in `line`."""
    submission = Submission(
        name=one_line(name, 100),
        home=Path(tempfile.mkdtemp(prefix="submission-")),
        missing=dict.fromkeys(modules, line),
        notes=[line],
    )
    _make_root(submission)
    return submission


def _make_root(submission: Submission) -> None:
    """The folder of the files, for every user to read, even where no file comes into it."""
    submission.home.chmod(0o755)
    submission.root.mkdir()
    submission.root.chmod(0o755)


def _nothing_found(path: Path, names: Sequence[str], choice: Choice, source: Source) -> str:
    lines = [line for line in choice.missing.values() if not line.endswith("missing.")]
    wanted = " or ".join(f"{module}.py" for module in choice.missing)
    there = f"found there: {listed(list(names))}" if names else "there is no file in it"
    return " ".join([f"{one_line(str(path))} holds no {wanted}; {there}.", *lines, *source.notes])


def _without_own_folders(names: Sequence[str]) -> list[str]:
    """Leave out the grader's own files where the submission lies in a checkout of it."""
    marker = "grader/__main__.py"
    roots = {
        name[: -len(marker)].rstrip("/") for name in names if f"/{name}".endswith(f"/{marker}")
    }

    def is_own(name: str) -> bool:
        *folders, _ = name.split("/")
        return any(
            folder in OWN_FOLDERS and "/".join(folders[:i]) in roots
            for i, folder in enumerate(folders)
        )

    return [name for name in names if not (roots and is_own(name))]


def _stage(
    submission: Submission, source: Source, names: Sequence[str], limits: IntakeLimits
) -> None:
    _make_root(submission)
    main = source.read(submission.found.values(), limits.file_bytes, limits.total_bytes)
    for module, name in submission.found.items():
        data = main[name]
        if isinstance(data, Unreadable):
            submission.problems[module] = f"{one_line(name)} {data.why}."
        elif not data.removeprefix(codecs.BOM_UTF8).strip():
            submission.missing[module] = f"{one_line(name)} is empty."
        elif problem := source_problem(data):
            submission.problems[module] = f"{one_line(name)} {problem}"
        else:
            submission.modules[module] = f"{module}.py"
            _write(submission.root / f"{module}.py", data)
    _stage_helpers(submission, source, names, limits)
    for file in GIVEN_DATA.glob("*.*"):
        _write(submission.given[0] / "data" / file.name, file.read_bytes())


def _stage_helpers(
    submission: Submission, source: Source, names: Sequence[str], limits: IntakeLimits
) -> None:
    found, notes = helper_targets(submission.found, names)
    submission.notes += notes
    targets = sorted(found.items(), key=lambda target: len(target[0].parts))
    taken, dropped = targets[: limits.files], [name for _, name in targets[limits.files :]]
    wanted = [name for _, name in taken]
    contents = source.read(wanted, limits.file_bytes, limits.total_bytes)
    for target, name in taken:
        data = contents[name]
        if isinstance(data, Unreadable) or not _nameable(submission.root / target, data):
            dropped.append(name)
    if dropped:
        submission.notes.append(
            f"Not used, because they are too many, too large or unreadable: {listed(dropped)}."
        )


def _stage_others(
    submission: Submission,
    source: Source,
    wanted: Mapping[PurePosixPath, str],
    limits: IntakeLimits,
) -> None:
    """Files that are no modules; of those that cannot be had, the notes say why."""
    taken = dict(list(wanted.items())[: limits.other_files])
    left = limits.other_total_bytes
    for target, name in taken.items():
        # one by one: together they may be more than the memory
        data = source.read([name], limits.other_file_bytes, left)[name]
        if isinstance(data, Unreadable):
            submission.notes.append(f"Not used: {one_line(name)} {data.why}.")
            continue
        left -= len(data)
        if not _nameable(submission.root / target, data):
            submission.notes.append(f"Not used: {one_line(name)} has no name for this machine.")
    if dropped := list(wanted.values())[limits.other_files :]:
        submission.notes.append(f"Not used, because they are too many: {listed(dropped)}.")


def _nameable(path: Path, data: bytes) -> bool:
    """Write the file, unless this machine knows no file of such a name."""
    try:
        _write(path, data)
    except UnicodeEncodeError:
        return False
    except OSError as error:
        if error.errno not in UNNAMEABLE:
            raise
        return False
    return True


def _write(path: Path, data: bytes) -> None:
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir()
        folder.chmod(0o755)
    path.write_bytes(data)
    os.chmod(path, 0o644)
