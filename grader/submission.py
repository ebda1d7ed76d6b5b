"""A submission: its files, found, read within limits and staged for the sandbox.

Nothing of it is ever executed here, no link is followed, and only .py files are copied: the
files looked for, and the modules and packages beside them that they may import.
"""

import codecs
import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from grader.errors import GraderError, UsageError
from grader.intake_archives import open_source
from grader.intake_choice import Choice, choose, remarks_on_the_rest
from grader.intake_encoding import lines_of, source_problem
from grader.intake_sources import Source, Unreadable
from grader.text import listed, one_line

# Never staged: they configure or imitate what grades, or are no part of the answer.
NEVER = frozenset(
    {"conftest", "sitecustomize", "usercustomize", "setup", "tests", "meta_tests", "grader"}
    | {"numpy", "pytest", "_pytest", "hypothesis"}
)
GIVEN_DATA = Path(__file__).resolve().parent.parent / "data"
OWN_FOLDERS = ("grader", "meta_tests", "benchmarks", "examples", "scripts", "docs", ".ci")
UNNAMEABLE = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL)  # by this file system


@dataclass(frozen=True)
class IntakeLimits:
    """What is read of a submission at most: .py files, bytes of each, bytes of all together."""

    files: int = 300
    file_bytes: int = 2 << 20
    total_bytes: int = 16 << 20


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
    path: Path | str, modules: Sequence[str], *, limits: IntakeLimits | None = None
) -> Submission:
    """Find and stage the files of `modules` in a folder, a single file, a zip or a tar.

    Raises UsageError where the path cannot be read, or holds none of them, and GraderError where
    no copy can be made.
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
            _stage(submission, source, names, limits or IntakeLimits())
            submission.fingerprint = _fingerprint(submission.root)
        except OSError as error:
            submission.close()
            raise GraderError(
                f"no copy can be made in {submission.home}: {error.strerror}"
            ) from error
        except BaseException:
            submission.close()
            raise
    rest = remarks_on_the_rest(names, choice)
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
    targets = sorted(_helper_targets(submission, names).items(), key=lambda t: len(t[0].parts))
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


def _helper_targets(submission: Submission, names: Sequence[str]) -> dict[PurePosixPath, str]:
    """Which other .py file goes where: relative to the folder of the file it lies beside."""
    lowest_first = sorted(names, key=lambda name: (name != name.lower(), name))
    sources = [PurePosixPath(name) for name in lowest_first if name.endswith(".py")]
    reserved = {*submission.found, *(["data"] if _is_given(sources) else [])}
    chosen = [PurePosixPath(name) for name in submission.found.values()]
    targets: dict[PurePosixPath, str] = {}
    folded = {_folded(f"{module}.py") for module in submission.found}
    twice: list[str] = []
    alike: list[str] = []
    for folder in dict.fromkeys(path.parent for path in chosen):
        for path in sources:
            if path in chosen or not path.is_relative_to(folder):
                continue
            target = path.relative_to(folder)
            if not _is_helper(target) or target.parts[0].removesuffix(".py") in reserved:
                continue
            if target in targets:
                if targets[target] != str(path):
                    twice.append(str(path))
            elif _folded(str(target)) in folded:
                alike.append(str(path))
            else:
                targets[target] = str(path)
                folded.add(_folded(str(target)))
    for paths, same in ((twice, "the same name"), (alike, "the same name but for case")):
        if paths:
            submission.notes.append(f"Not used, because another has {same}: {listed(paths)}.")
    return targets


def _folded(name: str) -> str:
    """What is the same for names that some file systems hold to be the same."""
    return unicodedata.normalize("NFKC", name).casefold()


def _is_given(paths: Sequence[PurePosixPath]) -> bool:
    """Whether the package `data` in a submission is the one that was handed out with it.

    It is then left out: ours has the data files too, which are never staged.
    """
    theirs = {path.name for path in paths if path.parent.name == "data"}
    return theirs <= {path.name for path in GIVEN_DATA.glob("*.py")}


def _is_helper(path: PurePosixPath) -> bool:
    """Whether the file can be imported and is no test, configuration or imitation."""
    parts = [*path.parts[:-1], path.stem]
    if path.suffix != ".py" or not all(part.isidentifier() for part in parts):
        return False
    is_test = any(part in ("test", "tests") for part in parts) or (
        path.stem.startswith("test_") or path.stem.endswith("_test")
    )
    return not is_test and parts[0] not in NEVER and path.stem != "conftest"


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
