"""What an experiment declares of itself, and what its answer is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from grader.experiments.bench import Bench

Settings = dict[str, Any]
Result = dict[str, Any]


class StudentProblem(Exception):
    """A student's code gave no answer; the text is one line that names theirs."""


@dataclass(frozen=True)
class Configuration:
    """One thing to run; the same name, settings and data always give the same result.

    name: names its file. settings: all that decides the result, as plain JSON. units: steps of the
    progress bar (epochs). opens_test: may read the test file.
    """

    name: str
    settings: Settings
    units: int = 1
    opens_test: bool = False


@dataclass(frozen=True)
class Last:
    """What is run once all else is known: the choice in words, and what it is tried on."""

    choice: str
    configurations: Sequence[Configuration]


@dataclass(frozen=True)
class Study:
    """One experiment.

    name: as on the command line. asks: what the assignment demands, in a sentence or two.
    data: "images", "sequences" or "" (none). settings(quick): everything that `--set` can change.
    configurations(settings): what to run. run(configuration, bench): one of them, its result plain
    JSON. last(settings, results): what is run after the choice, which alone may open the test
    file. modules: the files of a submission that it can run on; none: it takes no submission.
    theirs: settings that a submission decides itself, and that a run on one does not have.
    """

    name: str
    title: str
    asks: str
    data: str
    settings: Callable[[bool], Settings]
    configurations: Callable[[Settings], Sequence[Configuration]]
    run: Callable[[Configuration, Bench], Result]
    last: Callable[[Settings, Mapping[str, Result]], Last | None] = lambda settings, results: None
    modules: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """A finished run as its answer sees it.

    results and seconds: by the name of the configuration; what failed is in neither. data: the data
    set in words. warnings: what the reader has to know of the settings. problems: what went wrong,
    each a title and a line. submission: whose code ran, "" for the reference, and sandbox: the
    level at which it did.
    """

    study: Study
    settings: Settings
    quick: bool
    results: Mapping[str, Result]
    seconds: Mapping[str, float]
    data: str = ""
    warnings: Sequence[str] = ()
    problems: Sequence[tuple[str, str]] = ()
    submission: str = ""
    sandbox: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of text under a header. name: of its files; columns after the first are numbers."""

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Plot:
    """A figure that is yet to be drawn. size: inches."""

    name: str
    caption: str
    draw: Callable[[Figure], None]
    size: tuple[float, float] = (8.0, 4.5)


@dataclass(frozen=True)
class Step:
    """A line of a derivation: words, the formula in TeX, and what its numerical check found."""

    text: str
    formula: str
    check: str
    difference: float


@dataclass(frozen=True)
class Answer:
    """What a run says.

    facts: the results in a few lines. points: what a good answer says, with this run's numbers.
    wrong: usual wrong statements, each with what is wrong in it. texts: preformatted blocks, each
    with a title. steps: of a derivation.
    """

    facts: Sequence[str]
    points: Sequence[str]
    wrong: Sequence[tuple[str, str]]
    plots: Sequence[Plot] = ()
    tables: Sequence[Table] = ()
    texts: Sequence[tuple[str, str]] = ()
    steps: Mapping[str, Sequence[Step]] = field(default_factory=dict)
    files: Mapping[str, Callable[[Any], None]] = field(default_factory=dict)
