"""The checks of nn.py: odd mistakes cost their own function and no other, no convention costs
anything. Known mistakes are for test_selfcheck."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from grader.config import Settings
from grader.misconceptions.nn import BANK
from grader.misconceptions.nn_linear import DB
from grader.results import Report, Status
from grader.sandbox import Zygote
from grader.session import How, grade
from grader.submission import intake
from grader.suites import Layout
from meta_tests.nn_right import RIGHT
from meta_tests.nn_right_captured import CAPTURED, PLAIN
from meta_tests.nn_wrong import WRONG, Edits, edited
from meta_tests.nn_wrong_layers import LAYERS
from meta_tests.variants import lost

ROOT = Path(__file__).resolve().parent.parent
TOGETHER = 5  # mistakes in one submission, each in another function
LEVELS = Layout().suite("nn").levels
GARBAGE = ("'text'", "[[1, 2], [3]]", "float('nan')", "(None, 'a', {})", "{'W0': 'a'}")


def mistakes() -> dict[str, list[tuple[str, Edits]]]:
    """Those that are no misconceptions, by function, from the bottom up."""
    odd = {**WRONG, **LAYERS}
    return {name: list(odd[name].items()) for name in itertools.chain(*LEVELS)}


def bundles() -> Iterator[list[tuple[str, str, Edits]]]:
    """All mistakes, a few at a time, no two of them in one function."""
    columns = [[(f, name, edits) for name, edits in found] for f, found in mistakes().items()]
    for row in itertools.zip_longest(*columns):
        left = [one for one in row if one is not None]
        yield from (left[i : i + TOGETHER] for i in range(0, len(left), TOGETHER))


def graded(folder: Path, zygote: Zygote, files: str | Mapping[str, str]) -> Report:
    """The report on nn.py, or on these files."""
    for name, text in ({"nn.py": files} if isinstance(files, str) else files).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    settings = Settings(suites=("nn",))
    with intake(folder, settings.suites) as submission:
        return grade(submission, settings, How(allow_unsandboxed=True), zygote=zygote)


def kept(report: Report, function: str) -> float:
    """The share of its points that a function earns."""
    row = next(row for row in report.functions() if row.function == f"nn.{function}")
    return float(row.score / row.max_score)


@pytest.mark.parametrize("made", list(bundles()), ids=lambda made: ", ".join(n for _, n, _ in made))
def test_mistakes_cost_their_functions_alone(
    tmp_path: Path, zygote: Zygote, made: list[tuple[str, str, Edits]]
) -> None:
    report = graded(tmp_path, zygote, edited(tuple(edit for _, _, edits in made for edit in edits)))
    assert set(lost(report)) == {f"nn.{function}" for function, _, _ in made}
    assert not report.provisional


@pytest.mark.parametrize("style", RIGHT)
def test_a_style_costs_nothing(tmp_path: Path, zygote: Zygote, style: str) -> None:
    report = graded(tmp_path, zygote, RIGHT[style])
    assert lost(report) == {}
    assert not report.provisional


@pytest.mark.parametrize("route", CAPTURED)
def test_what_is_held_in_any_way_is_marked_by_itself(
    tmp_path: Path, zygote: Zygote, route: str
) -> None:
    wrong = edited(((DB, "np.mean(dz, axis=0)"),))
    report = graded(tmp_path, zygote, wrong + PLAIN + dedent(CAPTURED[route]))
    assert set(lost(report)) == {"nn.linear_backward"}


@pytest.mark.parametrize(
    ("function", "mistake", "least"),
    [
        ("relu", "back ignores dout", 0.3),
        ("relu", "changes x in place", 0.9),
        ("tanh", "derivative 1 - x²", 0.3),
        ("tanh", "exponentials that overflow", 0.8),
        ("softmax", "no shift", 0.6),
        ("softmax", "one maximum for all rows", 0.7),
        ("linear_backward", "db one number", 0.7),
        ("linear_backward", "db with an axis too many", 0.7),
        ("linear_backward", "dW averaged", 0.6),
        ("linear_forward", "back without db", 0.4),
        ("cross_entropy_loss", "gradient not averaged", 0.3),
        ("cross_entropy_loss", "p kept away from 0", 0.8),
        ("DenseLayer", "deviation 1/n", 0.8),
        ("DenseLayer", "back past the activation", 0.6),
        ("DenseLayer", "parameters() gives copies", 0.2),
        ("NN", "back in the order of forward", 0.4),
        ("NN", "gradients pile up", 0.9),
        ("dropout", "back does not scale", 0.7),
    ],
)
def test_a_mistake_costs_its_share(
    tmp_path: Path, zygote: Zygote, function: str, mistake: str, least: float
) -> None:
    known = {one.name: one.edits for one in BANK if one.function == function}
    edits = known[mistake]
    assert kept(graded(tmp_path, zygote, edited(edits)), function) >= least


@pytest.mark.parametrize("value", GARBAGE)
def test_garbage_is_no_fault_of_the_grader(tmp_path: Path, zygote: Zygote, value: str) -> None:
    names = [*itertools.chain(*LEVELS)]
    source = "\n".join(f"def {name}(*args, **kwargs): return {value}" for name in names)
    report = graded(tmp_path, zygote, source)
    assert not report.provisional
    assert report.score == 0


def test_the_untouched_template_earns_nothing(tmp_path: Path, zygote: Zygote) -> None:
    report = graded(tmp_path, zygote, (ROOT / "nn.py").read_text("utf-8"))
    assert report.score == 0
    assert {one.status for one in report.outcomes.values()} == {Status.not_implemented}


def test_every_function_has_gates_and_both_kinds_of_checks(tmp_path: Path, zygote: Zygote) -> None:
    specs = graded(tmp_path, zygote, (ROOT / "nn.py").read_text("utf-8")).specs
    for name in itertools.chain(*LEVELS):
        own = [spec for spec in specs if spec.function == f"nn.{name}"]
        assert {spec.visible for spec in own} == {True, False}
        assert {spec.visible for spec in own if spec.gate} == {True, False}
        assert sum(spec.gate for spec in own) == 2
