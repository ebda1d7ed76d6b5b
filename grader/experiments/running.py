"""From a name on the command line to a folder with figures, tables, a page and a rubric."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from data.progress import progress
from grader import __version__
from grader.errors import UsageError
from grader.experiments import pages
from grader.experiments.bench import sizes
from grader.experiments.checking import check, check_names, warnings
from grader.experiments.pool import Done, Job, run_jobs, study_named
from grader.experiments.seal import Seal
from grader.experiments.settings import laid_over
from grader.experiments.sources import Source, find
from grader.experiments.store import Store
from grader.experiments.study import Configuration, Result, Run, Settings, Study
from grader.experiments.submitted import Submitted, submitted
from grader.submission import intake
from grader.text import one_line

HERE = Path(__file__).resolve().parent
DECIDING = ("bench.py", "choosing.py", "student_network.py", "student_training.py", "training.py")
REFERENCE = HERE.parent / "reference"


@dataclass(frozen=True)
class Wish:
    """What the command line asks for."""

    name: str
    out: Path
    quick: bool = False
    data: str | None = None
    submission: Path | None = None
    jobs: int = 1
    changes: Sequence[str] = ()


@dataclass
class Experiment:
    """One run of one study; `results` and what else is known grow while it runs."""

    wish: Wish
    study: Study
    settings: Settings
    source: Source
    seal: Seal
    student: Submitted | None
    folder: Path
    sandbox: tuple[str, str] = ("", "")
    results: dict[str, Result] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        owner = owner_of(self.source, self.student)
        self._store = Store(self.folder / "results", f"{owner} {code_digest(self.study)}")

    def run(self) -> Run:
        """Run what is not yet there, then the choice; Ctrl-C keeps every finished result."""
        self._run_all(self.study.configurations(self.settings))
        if not self.problems:
            last = self.study.last(self.settings, self.results)
            if last is not None:
                self.seal.choose(last.choice)
                self._run_all(last.configurations)
        return Run(
            study=self.study,
            settings=self.settings,
            quick=self.wish.quick,
            results=self.results,
            seconds=self.seconds,
            data=self.source.title,
            warnings=[*warnings(self.settings), *self._level_warning()],
            problems=self.problems,
            submission=self.student.name if self.student else "",
            sandbox=self.sandbox[0],
        )

    def _level_warning(self) -> list[str]:
        level, missing = self.sandbox
        return [f"the sandbox is at level {level}: {missing}"] if level not in ("", "full") else []

    def _run_all(self, configurations: Sequence[Configuration]) -> None:
        waiting = []
        for one in configurations:
            kept = self._store.load(one)
            if kept is None:
                waiting.append(one)
            else:
                self.results[one.name], self.seconds[one.name] = kept
        if waiting:
            jobs = [self._job(one) for one in waiting]
            with (
                progress(self.study.name, sum(one.units for one in waiting)) as bar,
                closing(run_jobs(jobs, self.wish.jobs, bar.advance)) as ends,
            ):
                for done in ends:
                    self._keep(done)
        order = [one.name for one in configurations]
        self.results.update(
            {name: self.results.pop(name) for name in order if name in self.results}
        )

    def _job(self, configuration: Configuration) -> Job:
        test = self.seal.test_file() if configuration.opens_test else None
        return Job(self.study.name, configuration, self.source, test, self.student)

    def _keep(self, done: Done) -> None:
        name = done.configuration.name
        if done.result is None:
            self.problems.append((name, done.problem))
        else:
            self.results[name] = self._store.save(done.configuration, done.result, done.seconds)
            self.seconds[name] = round(done.seconds, 3)


def owner_of(source: Source, student: Submitted | None) -> str:
    """What kept results and the one choice belong to: the data, and whose code runs on it."""
    return f"{source.digest or 'no data'} {student.fingerprint if student else 'reference'}"


def experiment(wish: Wish, say: Callable[[str], None]) -> Run:
    """Run the experiment and write its folder, wish.out/NAME; UsageError for what is wrong.

    say: takes the lines for the terminal.
    """
    with prepared(wish) as one:
        for warning in warnings(one.settings):
            say(f"warning: {warning}")
        run = one.run()
    if run.results:
        for fact in pages.write(one.folder, run).facts:
            say(fact)
        say(f"page: {one.folder / pages.PAGE}, rubric: {one.folder / 'rubric.md'}")
    return run


@contextmanager
def prepared(wish: Wish) -> Iterator[Experiment]:
    """The experiment with its data found and a submission staged."""
    study = study_named(wish.name)
    folder = checked_folder(wish.out / study.name)
    settings = laid_over(defaults(study, wish), wish.changes)
    if wish.submission is not None and not study.modules:
        raise UsageError(f"experiment {study.name} does not take a submission")
    if wish.data is not None and not study.data:
        raise UsageError(f"experiment {study.name} needs no data: leave --data out")
    source, test = find(study.data, wish.data, wish.quick)
    settings = sizes(settings, source.count)
    check(settings, source, wish.changes)
    check_names(study.configurations(settings))
    with nullcontext() if wish.submission is None else intake(wish.submission, study.modules) as s:
        student = None if s is None else submitted(s, study.modules)
        level = ("", "") if student is None else student.sandbox()
        record = folder / "results" / "test-file-opened.json"
        seal = Seal(record, owner_of(source, student), test)
        yield Experiment(wish, study, settings, source, seal, student, folder, level)


def defaults(study: Study, wish: Wish) -> Settings:
    """The study's settings; UsageError where one is changed that the submission decides."""
    theirs = study.theirs if wish.submission is not None else ()
    for change in wish.changes:
        if change.partition("=")[0] in theirs:
            raise UsageError(f"--set {one_line(change, 80)}: the submission decides that itself")
    return {key: value for key, value in study.settings(wish.quick).items() if key not in theirs}


def checked_folder(folder: Path) -> Path:
    """The folder, made where it is not there; UsageError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out: {folder} cannot be a folder: {error.strerror}") from None
    return folder


def code_digest(study: Study) -> str:
    """Sixteen hex digits of the code that decides the results."""
    own = import_module(f"grader.experiments.studies.{study.name.replace('-', '_')}").__file__
    files = [Path(str(own)), *(HERE / name for name in DECIDING)]
    files += sorted((HERE / "engine").glob("*.py"))
    hashed = hashlib.sha256(__version__.encode())
    for path in [*files, *sorted(REFERENCE.glob("*.py"))]:
        hashed.update(path.read_bytes())
    return hashed.hexdigest()[:16]
