"""Libraries that do by themselves what students are to write: who uses one, and what follows.

Found in two ways. In the syntax trees of a suite's file and of what that imports: statements and
calls that name a framework. And in the worker while it runs: names put together, code made from
text, loaders of every kind. What is named in comments, strings or docstrings is not used, and files
that no graded file imports are nobody's business here.

By the setting `frameworks`, a use is noted for student and instructor (flag), or costs the points
of the suite as well (zero). Less than a use, and for the instructor alone: what runs only if the
file is started as a program (checking one's gradients is a good idea), parts that load or measure
data, classes that look like an engine for automatic differentiation, which may be hand-written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.config_values import unknown
from grader.errors import UsageError
from grader.framework_names import (
    COPIES,
    ENOUGH_OF_A_COPY,
    FAMILY,
    FRAMEWORKS,
    HARMLESS,
    WORDS,
)
from grader.results import Outcome, Report, Status
from grader.sandbox import Import, Sighting, SourceFile
from grader.suites import Suite
from grader.text import listed
from grader.workers import Workers

MOST_PLACES = 3
UNREAD = "the files could not be read for them within time and memory"

Found = tuple[str, str, str, int, bool, str]


@dataclass(frozen=True)
class Use:
    """A framework in the files of a suite; `counts` if it is more than a remark."""

    suite: str
    framework: str
    what: str
    file: str
    line: int
    counts: bool
    remark: str = ""

    @property
    def place(self) -> str:
        """Where, as a reader looks it up."""
        if not self.line:
            return self.file or "in code made at run time"
        return f"{self.file}, line {self.line}"


class Frameworks:
    """Judges one submission: modules as in Submission, {suite: file}; suites that are graded.

    lines: of every file handed in. What is sighted at run time is told by a place in these alone:
    the rest is for the submission to choose, and may be what a hidden check gave it.
    """

    def __init__(
        self,
        setting: str,
        suites: Mapping[str, Suite],
        modules: Mapping[str, str],
        lines: Mapping[str, Sequence[str]],
    ) -> None:
        self._setting = setting
        self._suites, self._modules = suites, modules
        self._lines = lines
        for suite in suites.values():
            for name in suite.allowed:
                if name not in FRAMEWORKS:
                    what = (
                        f"SUITE of {suite.name}, allowed: {unknown('framework', name, FRAMEWORKS)}"
                    )
                    raise UsageError(what)

    @property
    def watched(self) -> tuple[str, ...]:
        """Top-level names that a worker should watch for."""
        return () if self._setting == "allow" else tuple(FAMILY)

    @property
    def words(self) -> frozenset[str]:
        """Names that a survey should look for."""
        return frozenset() if self._setting == "allow" else WORDS

    def uses(self, workers: Workers) -> list[Use]:
        """All uses, each place once, those that count first."""
        files = workers.survey or ()
        found = [] if workers.survey is not None or not self.words else self._unread()
        for name in self._graded():
            part = _reached(name, self._modules, files)
            static = [*_imported(part, _own(files)), *_copied(part)]
            sighted = [
                one
                for one, about in workers.sighted.items()
                if name in self._whose(one, about, files) and not _is_known(one, files)
            ]
            found += [Use(name, *one) for one in [*static, *map(self._of_sighting, sighted)]]
        allowed = {name: suite.allowed for name, suite in self._suites.items()}
        return _merged(one for one in found if one.framework not in allowed[one.suite])

    def _graded(self) -> list[str]:
        return [name for name in self._modules if name in self._suites]

    def _unread(self) -> list[Use]:
        named = [(name, self._modules[name]) for name in self._graded()]
        return [Use(name, "", "imports", file, 0, False, UNREAD) for name, file in named]

    def _of_sighting(self, one: Sighting) -> Found:
        family = _family(one.name)
        there = 0 < one.line <= len(self._lines.get(one.file, ()))
        return family, family, *((one.file, one.line) if there else ("", 0)), True, ""

    def _whose(self, one: Sighting, about: str, files: Sequence[SourceFile]) -> list[str]:
        """The suites whose files the place lies in, else the one that was busy then."""
        main = [name for name, file in self._modules.items() if file == one.file]
        holders = [
            name
            for name in self._modules
            if any(part.file == one.file for part in _reached(name, self._modules, files))
        ]
        return main or holders or [about]

    def settle(
        self, report: Report, workers: Workers, blocked: Collection[str]
    ) -> tuple[list[str], list[str]]:
        """Take the points of suites that lose them and are not blocked anyway; `notes`."""
        uses = self.uses(workers)
        outcomes = self.outcomes(uses)
        for spec in report.specs:
            excused = report.outcomes[spec.id].status is Status.excused
            if spec.suite in outcomes and spec.suite not in blocked and not excused:
                report.record(spec.id, outcomes[spec.suite])
        return self.notes(uses)

    def outcomes(self, uses: Iterable[Use]) -> dict[str, Outcome]:
        """What every check of a suite gets, where the setting takes the points away."""
        if self._setting != "zero":
            return {}
        return {
            suite: Outcome(
                Status.failed,
                f"{suite}.py uses {_told(group)}, which may not be used here: "
                "no points for this file.",
            )
            for suite, group in _by_suite(one for one in uses if one.counts).items()
        }

    def notes(self, uses: Sequence[Use]) -> tuple[list[str], list[str]]:
        """Lines for the student, and for the instructor."""
        counting = _by_suite(one for one in uses if one.counts)
        follows = (
            "It gets no points for that" if self._setting == "zero" else "It is graded all the same"
        )
        student = [
            f"{suite}.py uses {_told(group)}. {_reasons(group)} {follows}; the instructor is told."
            for suite, group in counting.items()
        ]
        instructor = [
            f"frameworks ({self._setting}): {suite}.py uses {_told(group)}."
            for suite, group in counting.items()
        ]
        instructor += [
            f"frameworks: {one.what} in {one.place}: {one.remark}; nothing follows from it."
            for one in uses
            if not one.counts
        ]
        return student, instructor


def _imported(files: Iterable[SourceFile], own: frozenset[str]) -> Iterator[Found]:
    for one in files:
        for i in one.imports:
            family = _family(i.name)
            if family and i.name.partition(".")[0] not in own:
                remark = _remark(i)
                yield family, i.name, one.file, i.line, not remark, remark


def _remark(one: Import) -> str:
    if one.guarded:
        return "only when the file is run as a program"
    if any(one.name == part or one.name.startswith(part + ".") for part in HARMLESS):
        return "loads or measures data"
    return ""


def _copied(files: Sequence[SourceFile]) -> Iterator[Found]:
    """Copies of a framework, known by what they define, and what only looks like one."""
    folders: dict[str, list[SourceFile]] = {}
    for one in files:
        folders.setdefault(one.file.rpartition("/")[0] or one.file, []).append(one)
    for parts in folders.values():
        defined = {name for one in parts for name in one.defines}
        copies = [n for n, marks in COPIES.items() if len(marks & defined) >= ENOUGH_OF_A_COPY]
        for name in copies:
            yield name, f"a copy of {name}", parts[0].file, 0, True, ""
        for one in parts:
            for cls, line in one.engines if not copies else ():
                remark = "it may be an engine for automatic differentiation, copied or hand-written"
                yield "micrograd", f"class {cls}", one.file, line, False, remark


def _is_known(sighting: Sighting, files: Sequence[SourceFile]) -> bool:
    """Whether it is one of a file's imports, or a file of the submission's own."""
    if sighting.name.partition(".")[0] in _own(files) and not sighting.foreign:
        return True
    return any(
        i.line <= sighting.line <= i.end and _family(i.name) == _family(sighting.name)
        for one in files
        if one.file == sighting.file
        for i in one.imports
    )


def _merged(uses: Iterable[Use]) -> list[Use]:
    """Each framework once in each line, as a use that counts if there is one."""
    found: dict[tuple[str, str, str, int], Use] = {}
    for one in sorted(uses, key=lambda one: not one.counts):
        found.setdefault((one.suite, one.framework, one.file, one.line), one)
    return list(found.values())


def _family(name: str) -> str:
    return FAMILY.get(name.partition(".")[0], "")


def _own(files: Iterable[SourceFile]) -> frozenset[str]:
    """Top-level names that are files or packages of the submission's own."""
    names = {one.file for one in files}
    tops = {name.partition("/")[0] for name in names if "/" in name}
    modules = {name.removesuffix(".py") for name in names if "/" not in name}
    return frozenset(modules | {top for top in tops if f"{top}/__init__.py" in names})


def _reached(
    suite: str, modules: Mapping[str, str], files: Sequence[SourceFile]
) -> list[SourceFile]:
    """The file of the suite, and all that it imports, short of the files of other suites."""
    by_name = {one.file: one for one in files}
    others = {file for name, file in modules.items() if name != suite}
    found: dict[str, SourceFile] = {}
    waiting = [modules[suite]]
    while waiting:
        name = waiting.pop()
        if name in found or name in others or name not in by_name:
            continue
        found[name] = by_name[name]
        for one in by_name[name].imports:
            if not one.guarded:
                waiting += _candidates(one.name)
    return list(found.values())


def _candidates(name: str) -> Iterator[str]:
    """Files that an import of a.b.c may run: a.py, a/__init__.py, a/b.py, ..."""
    parts = name.split(".")
    for i in range(1, len(parts) + 1):
        path = "/".join(parts[:i])
        yield from (f"{path}.py", f"{path}/__init__.py")


def _by_suite(uses: Iterable[Use]) -> dict[str, list[Use]]:
    groups: dict[str, list[Use]] = {}
    for one in uses:
        groups.setdefault(one.suite, []).append(one)
    return groups


def _told(uses: Sequence[Use]) -> str:
    """ "torch (nn.py, line 3)"; with several frameworks or places, all in a few words."""
    names = dict.fromkeys(one.what.partition(".")[0] for one in uses)
    places = list(dict.fromkeys(one.place for one in uses))
    more = " and more places" if len(places) > MOST_PLACES else ""
    return f"{listed(list(names))} ({'; '.join(places[:MOST_PLACES])}{more})"


def _reasons(uses: Sequence[Use]) -> str:
    first = uses[0].framework
    return f"{first.capitalize()} {FRAMEWORKS[first][0]}, and that is what is to be written here."
