"""The checks of solution.py: odd mistakes cost their own function and no other, no convention costs
anything, and what a check does beside the code does it right. Known mistakes: test_selfcheck."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.config import LimitSettings, Settings
from grader.reference import solution as reference
from grader.results import Report, Status
from grader.sandbox import Zygote
from grader.session import Grading, How, grade
from grader.submission import intake
from meta_tests.solution_right import GLOBAL_SEED, RIGHT, edited, made
from meta_tests.solution_wrong import WRONG
from meta_tests.solution_wrong import edited as broken
from meta_tests.variants import lost
from tests.helpers import Ask
from tests.helpers.conventions import THREE_WAYS, TRIAL_X, TRIAL_Y, networks
from tests.helpers.epochs import reachable
from tests.helpers.local import LocalTransport
from tests.helpers.mlp import WEIGHTS, X, fixed_weights, gradient, own_loss, up_to_mean
from tests.helpers.networks import Networks, cache_of, place_of, sizes
from tests.helpers.proxy import Student

ROOT = Path(__file__).resolve().parent.parent
TOGETHER = 5  # mistakes in one submission, each in another function


def bundles() -> Iterator[list[tuple[str, str]]]:
    """All mistakes, a few at a time, no two of them in one function."""
    for mistakes in itertools.zip_longest(*([(f, name) for name in WRONG[f]] for f in WRONG)):
        left = [one for one in mistakes if one is not None]
        yield from (left[i : i + TOGETHER] for i in range(0, len(left), TOGETHER))


def graded(
    folder: Path, zygote: Zygote, source: str | Mapping[str, str], **settings: Any
) -> Report:
    """The report on solution.py, or on several files by name, under these settings."""
    files = {"solution.py": source} if isinstance(source, str) else source
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    chosen = Settings(suites=("solution",), **settings)
    with intake(folder, chosen.suites) as submission:
        return grade(submission, chosen, How(allow_unsandboxed=True), zygote=zygote)


@pytest.mark.parametrize(
    "mistakes", list(bundles()), ids=lambda found: ", ".join(n for _, n in found)
)
def test_mistakes_cost_their_functions_alone(
    tmp_path: Path,
    zygote: Zygote,
    mistakes: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Grading, "_explain", lambda self, report: None)  # see selfcheck
    source = broken(tuple(edit for f, name in mistakes for edit in WRONG[f][name]))
    report = graded(tmp_path, zygote, source)
    assert set(lost(report)) == {f"solution.{function}" for function, _ in mistakes}
    assert not report.provisional


@pytest.mark.parametrize("convention", RIGHT)
def test_a_convention_costs_nothing(tmp_path: Path, zygote: Zygote, convention: str) -> None:
    assert lost(graded(tmp_path, zygote, RIGHT[convention])) == {}


@pytest.mark.parametrize(
    ("function", "mistake", "kept"),
    [
        ("sigmoid", "a quotient of huge exponentials", 0.75),
        ("sigmoid", "grad ignored", 0.3),
        ("softmax", "one maximum for all rows", 0.7),
        ("softmax", "x changed in place", 0.8),
        ("loss", "divided by batch_size", 0.8),
        ("backward", "divided by batch_size", 0.9),
        ("backward", "db without its first axis", 0.85),
        ("backward", "derivative at the activation", 0.4),
        ("backward", "dA and dZ left out", 0.7),
        ("train_loop", "last minibatch dropped", 0.7),
        ("train_loop", "logs swapped", 0.8),
    ],
)
def test_a_small_mistake_costs_little(
    tmp_path: Path, zygote: Zygote, function: str, mistake: str, kept: float
) -> None:
    report = graded(tmp_path, zygote, broken(WRONG[function][mistake]))
    row = next(row for row in report.functions() if row.function == f"solution.{function}")
    assert float(row.score / row.max_score) >= kept


def test_the_untouched_template_earns_nothing(tmp_path: Path, zygote: Zygote) -> None:
    source = (ROOT / "solution.py").read_text("utf-8")
    report = graded(tmp_path, zygote, source)
    assert report.score == 0
    assert {one.status for one in report.outcomes.values()} == {Status.not_implemented}


GARBAGE = ("'text'", "[[1, 2], [3]]", "np.nan", "(None, 'a', {})", "{'dW2': 'a', 'Z2': None}")


@pytest.mark.parametrize("value", GARBAGE)
def test_garbage_is_no_fault_of_the_grader(tmp_path: Path, zygote: Zygote, value: str) -> None:
    names = [name for name in WRONG if name not in ("initialize_weights", "update")]
    source = made(*(f"def {name}(self, *args, **kwargs): return {value}" for name in names))
    report = graded(tmp_path, zygote, source)
    assert not report.provisional
    assert set(lost(report)) == {f"solution.{name}" for name in names}


def test_a_loop_without_end_costs_its_function_alone(tmp_path: Path, zygote: Zygote) -> None:
    source = made("def initialize_weights(self, dims):\n    while True: pass")
    report = graded(tmp_path, zygote, source, limits=LimitSettings(cpu_seconds=0.2))
    assert set(lost(report)) == {"solution.initialize_weights"}


@pytest.mark.parametrize("rule", ["glorot", "fan_in"])
def test_the_rule_of_initialisation(tmp_path: Path, zygote: Zygote, rule: str) -> None:
    fan_in = edited(GLOBAL_SEED, ("6 / (sizes[i - 1] + sizes[i])", "1 / sizes[i - 1]"))
    report = graded(tmp_path, zygote, made(fan_in), init_bound=rule)
    bounds = report.outcomes["solution/hidden/initialize_weights_bounds"].status
    assert bounds is (Status.passed if rule == "fan_in" else Status.failed)


def student_of(kind: Any) -> Student:
    """A student whose class NN is this one."""
    module = SimpleNamespace(NN=kind)

    def resolve(path: str) -> Any:
        first, *names = path.split(".")
        found = {"solution": module, "numpy": np}[first]
        for name in names:
            found = getattr(found, name)
        return found

    return Student(LocalTransport(resolve))


class Sparse(reference.NN):
    """Takes nothing but sizes and an activation."""

    def __init__(self, hidden_dims: Any, activation: str = "relu") -> None:
        super().__init__(hidden_dims, activation=activation, data=((X, X),) * 3)
        del self.lr, self.epsilon


def test_arguments_without_a_taker_become_attributes() -> None:
    student, one = student_of(Sparse), Ask()
    nets = networks(student)
    assert nets.constructor.dropped >= {"lr", "epsilon", "data", "seed", "datapath"}
    net = nets.build(one, WEIGHTS, lr=0.25, data=((X, np.eye(2)),) * 3)
    got = [one.get(net, name) for name in ("lr", "epsilon", "hidden_dims", "valid")]
    lr, epsilon, hidden_dims, valid = student.run(one.returns(*got))
    assert (lr, epsilon, hidden_dims) == (0.25, 1e-6, (2,))
    assert np.array_equal(valid[0], X)


class Closed(reference.NN):
    """Cannot be constructed."""

    def __init__(self, **settings: Any) -> None:
        raise FileNotFoundError("cifar10.pkl")


def test_a_class_that_cannot_be_constructed_is_built_bare() -> None:
    student = student_of(Closed)
    nets = networks(student, "forward")
    assert nets.constructor.bare
    cache = student.run(nets.ask("forward", X, weights=WEIGHTS, activation="relu"))
    assert np.allclose(cache["Z2"], [[0.25, 0.75], [0.25, 0.75], [0.75, 0.25]])


class Indexed(reference.NN):
    """Labels are class indices."""

    def compute_loss_and_accuracy(self, X: Any, Y: Any) -> Any:
        return super().compute_loss_and_accuracy(X, np.eye(3)[Y])


class Late(reference.NN):
    """forward works after initialize_weights only."""

    def initialize_weights(self, dims: Any) -> None:
        super().initialize_weights(dims)
        self.ready = True

    def forward(self, x: Any) -> Any:
        return super().forward(x) if self.ready else None  # type: ignore[has-type]


class Pair(reference.NN):
    """forward gives (probabilities, cache), backward takes both."""

    def forward(self, x: Any) -> Any:
        cache = super().forward(x)
        return cache["Z2"], cache

    def backward(self, cache: Any, labels: Any) -> Any:
        return super().backward(cache[1], labels)


class Inner(Pair):
    """forward gives (probabilities, cache), backward takes the cache."""

    def backward(self, cache: Any, labels: Any) -> Any:
        return reference.NN.backward(self, cache, labels)


@pytest.mark.parametrize(
    ("kind", "function", "expected"),
    [
        (reference.NN, "backward", {}),
        (Indexed, "compute_loss_and_accuracy", {"indices": True}),
        (Late, "forward", {"initialise": True}),
        (Pair, "backward", {"place": 1, "whole": True}),
        (Inner, "backward", {"place": 1, "whole": False}),
    ],
)
def test_conventions_are_found(kind: Any, function: str, expected: dict[str, Any]) -> None:
    student = student_of(kind)
    nets = networks(student, function)
    assert {key: getattr(nets, key) for key in expected} == expected
    assert (nets == Networks(nets.constructor)) == (not expected)
    assert (function in student.known) == (not expected)


def test_labels_are_given_as_the_class_expects_them() -> None:
    student = student_of(Indexed)
    nets = networks(student, "compute_loss_and_accuracy")
    asked = nets.ask("compute_loss_and_accuracy", TRIAL_X, nets.labels(TRIAL_Y), weights=THREE_WAYS)
    assert student.run(asked)[1] == 0.75


def test_own_loss_takes_the_place_of_a_weight() -> None:
    weights, student = fixed_weights([2, 3, 2]), student_of(Pair)
    labels = np.eye(2)[np.arange(len(X)) % 2]
    loss = own_loss(student, weights, "W1", X, labels, activation="tanh")
    slopes = student.differences(loss, weights["W1"])
    net = reference.NN((3,), activation="tanh", data=((X, X),) * 3)
    net.weights = weights
    assert np.allclose(slopes, net.backward(net.forward(X), labels)["dW1"], atol=1e-9)


def test_sizes_and_places() -> None:
    assert sizes(fixed_weights([4, 5, 6, 3])) == ((5, 6), (4, 3))
    assert place_of((1, {})) == 1
    assert place_of({}) is place_of((1, 2)) is None
    assert cache_of("forward(x)", (1, {"Z0": 2})) == {"Z0": 2}


def test_a_bias_gradient_may_be_flat_for_all_checks_but_one() -> None:
    assert gradient("backward", {"db1": [1.0, 2.0]}, "db1").shape == (1, 2)
    assert np.shape(gradient("backward", {"dW1": [1.0, 2.0]}, "dW1")) == (2,)
    assert gradient("backward", {"db1": 3.0}, "db1") == 3.0


@pytest.mark.parametrize("factor", [1.0, 3.0, 9.0, 1 / 3, 1 / 9])
def test_up_to_mean_forgives_the_number_of_examples(factor: float) -> None:
    want = np.array([[1.0, -2.0]])
    assert np.allclose(up_to_mean(factor * want, want, 3), want)


def test_up_to_mean_forgives_nothing_else() -> None:
    want = np.array([[1.0, -2.0]])
    for wrong in (2.0 * want, -want, want.T, "text", [[1.0], [1.0, 2.0]], None):
        assert up_to_mean(wrong, want, 3) is wrong


def test_every_order_of_examples_is_reachable() -> None:
    def step(seen: Any, batch: list[int]) -> Any:
        return (*seen, tuple(batch))

    def search(*batches: tuple[int, ...]) -> bool:
        return reachable(step, (), lambda state: state == batches, 5, 2)  # type: ignore[arg-type]

    assert search((0, 1), (2, 3), (4,))
    assert search((1, 4), (0, 3), (2,))
    assert not search((0, 1), (2, 3))
    assert not search((0,), (1, 2), (3, 4))
    assert not search((0, 1), (1, 2), (3,))
