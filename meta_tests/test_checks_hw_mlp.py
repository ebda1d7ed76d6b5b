"""The checks of hw_mlp.py: odd mistakes cost their own function and no other, no convention costs
anything, and what a check does beside the student's code does it right. Known mistakes are for
test_selfcheck."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader import session
from grader.checks.test_hw_mlp import SUITE
from grader.config import Settings
from grader.results import Report, Status
from grader.sandbox import Zygote
from grader.submission import intake
from meta_tests.hw_mlp_right import RIGHT, ROUTES, captured
from meta_tests.hw_mlp_wrong import UPDATE, WRONG, edited
from meta_tests.variants import hollow, lost, reference_source, variant
from tests.helpers import Ask, CheckFailure
from tests.helpers.given.checks_recording import Recorder, epochs, updates
from tests.helpers.local import OTHER_NAMES, LocalTransport
from tests.helpers.optimisers import path
from tests.helpers.training import batches, covers, examples, is_nothing, recorder

NN = reference_source("nn")
WRONG_ONES = [(f, name) for f, versions in WRONG.items() for name in versions]
FLOAT32 = {
    "np.zeros(num_outputs)": "np.zeros(num_outputs, np.float32)",
    "/ np.sqrt(num_inputs)": ".astype(np.float32)",
}
HELD_FORWARD = """

class Held(NN):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        forward = super().forward
        self.forward = lambda x: forward(x)

NN = Held
"""
BROKEN_NN = {
    "cross_entropy_loss": "def cross_entropy_loss(h, y): return np.sum(h * y), lambda dl: dl * y",
    "tanh": "def tanh(x): return np.tanh(x), lambda dout: dout * (1 - x**2)",
    "linear_backward": "def linear_backward(dz, x, W, b): return dz @ W, dz.T @ x, dz.mean(0)",
    "NN.forward": "def forward(self, x): raise ValueError('not yet')",
}


def grade(folder: Path, zygote: Zygote, source: str | Mapping[str, str], nn: str = NN) -> Report:
    """The report on the checks of hw_mlp alone; source: of hw_mlp.py, or of several files."""
    files = {"hw_mlp.py": source} if isinstance(source, str) else source
    for name, text in {"nn.py": nn, **files}.items():
        (folder / name).write_text(text, "utf-8")
    settings = Settings(suites=("nn", "hw_mlp"))
    with intake(folder, settings.suites) as submission:
        how = session.How(only=("hw_mlp/",), allow_unsandboxed=True)
        return session.grade(submission, settings, how, zygote=zygote)


@pytest.mark.parametrize(("function", "mistake"), WRONG_ONES)
def test_a_mistake_costs_its_function_alone(
    tmp_path: Path, zygote: Zygote, function: str, mistake: str
) -> None:
    report = grade(tmp_path, zygote, edited(function, WRONG[function][mistake]))
    assert set(lost(report)) == {f"hw_mlp.{function}"}
    assert not report.provisional


@pytest.mark.parametrize("name", RIGHT)
def test_a_convention_costs_nothing(tmp_path: Path, zygote: Zygote, name: str) -> None:
    assert lost(grade(tmp_path, zygote, RIGHT[name])) == {}


@pytest.mark.parametrize("held", ["a bound method", "a closure"])
def test_an_update_that_is_an_attribute_is_seen_as_it_is(
    tmp_path: Path, zygote: Zygote, held: str
) -> None:
    report = grade(tmp_path, zygote, RIGHT[f"SGD: update {held}"])
    assert lost(report) == {}
    assert [i for i, outcome in report.outcomes.items() if outcome.with_reference] == []


@pytest.mark.parametrize("route", ROUTES)
def test_a_loss_that_is_held_elsewhere_is_replaced_all_the_same(
    tmp_path: Path, zygote: Zygote, route: str
) -> None:
    broken = variant("nn", {"cross_entropy_loss": BROKEN_NN["cross_entropy_loss"]})
    assert lost(grade(tmp_path, zygote, captured(route), broken)) == {}


@pytest.mark.parametrize("name", BROKEN_NN)
def test_a_mistake_in_nn_costs_nothing_here(tmp_path: Path, zygote: Zygote, name: str) -> None:
    broken = variant("nn", {name: BROKEN_NN[name]})
    report = grade(tmp_path, zygote, reference_source("hw_mlp"), broken)
    assert lost(report) == {}
    assert any(outcome.with_reference for outcome in report.outcomes.values())


def test_the_name_train_is_accepted(tmp_path: Path, zygote: Zygote) -> None:
    source = reference_source("hw_mlp").replace("def train_loop(", "def train(")
    assert lost(grade(tmp_path, zygote, source)) == {}


def test_students_own_pytest_accepts_the_same_names_as_the_grader() -> None:
    aliases = {f"{SUITE.name}.{name}": others for name, others in SUITE.aliases.items()}
    assert aliases == OTHER_NAMES


def test_students_own_pytest_finds_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "named_otherwise.py").write_text("def train(): return 7", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(OTHER_NAMES, "named_otherwise.train_loop", ("train",))
    one = Ask()
    one.call("named_otherwise.train_loop")
    assert LocalTransport().ask_all([one])[0].value == 7


def test_a_network_in_float32_costs_nothing(tmp_path: Path, zygote: Zygote) -> None:
    nn = NN
    for old, new in FLOAT32.items():
        assert old in nn
        nn = nn.replace(old, new)
    assert lost(grade(tmp_path, zygote, reference_source("hw_mlp"), nn)) == {}


def test_a_network_that_is_called_costs_nothing(tmp_path: Path, zygote: Zygote) -> None:
    source = edited("train_loop", (("model.forward(x)", "model(x)"),))
    report = grade(tmp_path, zygote, source, NN + "\n\nNN.__call__ = NN.forward\n")
    assert lost(report) == {}


def test_a_network_that_holds_its_forward_costs_nothing(tmp_path: Path, zygote: Zygote) -> None:
    report = grade(tmp_path, zygote, reference_source("hw_mlp"), NN + HELD_FORWARD)
    assert lost(report) == {}
    assert [i for i, outcome in report.outcomes.items() if outcome.with_reference] == []


@pytest.mark.parametrize("statement", ["return 0", "pass", "return {}", "return iter([])"])
def test_stubs_above_a_right_nn_are_not_implemented(
    tmp_path: Path, zygote: Zygote, statement: str
) -> None:
    report = grade(tmp_path, zygote, hollow("hw_mlp", statement))
    assert report.score == 0
    gates = {s.id: report.outcomes[s.id].status for s in report.specs if s.gate}
    odd = {i for i, status in gates.items() if status is not Status.not_implemented}
    # no minibatch at all may be what became of the only one, which is an attempt
    assert {i.rpartition("/")[2].split("_")[0] for i in odd} <= {"step", "batches"}
    assert not odd or "iter" in statement


def test_rebinding_is_named_and_not_called_a_stub(tmp_path: Path, zygote: Zygote) -> None:
    rebinding = (("params[key] -=", "params[key] = params[key] -"),)
    report = grade(tmp_path, zygote, edited("SGD", rebinding))
    outcome = report.outcomes["hw_mlp/public/sgd_worked_example"]
    assert outcome.status is Status.failed
    assert "puts new arrays into the dict" in outcome.message


def test_an_update_too_many_is_counted(tmp_path: Path, zygote: Zygote) -> None:
    report = grade(tmp_path, zygote, edited("train_loop", ((UPDATE, f"{UPDATE}; {UPDATE}"),)))
    outcome = report.outcomes["hw_mlp/hidden/every_epoch_is_shuffled"]
    assert "one update per minibatch" in outcome.message


def test_every_function_has_a_public_gate_and_both_kinds_of_checks() -> None:
    seen: dict[str, list[tuple[bool, bool]]] = {}
    for file, public in (("tests", True), ("grader/checks", False)):
        for checks in (Path(__file__).parent.parent / file).glob("test_hw_mlp*.py"):
            for function, gate in marked(checks):
                seen.setdefault(function, []).append((public, gate))
    assert set(seen) == {f"hw_mlp.{name}" for name in WRONG}
    for kinds in seen.values():
        assert (True, True) in kinds
        assert {public for public, _ in kinds} == {True, False}
        assert 1 <= sum(gate for _, gate in kinds) <= 2


def marked(file: Path) -> Iterator[tuple[str, bool]]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "marks":
            yield ast.literal_eval(node.args[0]), any(word.arg == "gate" for word in node.keywords)


class Batches:
    """The least that `epochs` needs."""

    def __init__(self, found: object) -> None:
        self.found = found

    def __iter__(self) -> object:
        return self.found

    def shuffle(self) -> None:
        self.found = iter([])


def test_minibatches_are_copied_and_what_is_no_iterator_is_told() -> None:
    x = np.zeros((2, 2))
    (got,) = epochs(Batches(iter([(x, x)])))
    x += 1.0
    assert not got[0][0].any()
    assert epochs(Batches(None)) == [{"__iter__": None}]
    with pytest.raises(CheckFailure) as failed:
        batches("list(data)", epochs(Batches([])), 2)
    assert failed.value.finding.stub
    with pytest.raises(CheckFailure, match="expected an iterator") as failed:
        batches("list(data)", epochs(Batches([(x, x)])), 2)
    assert not failed.value.finding.stub


def cut(n: int, size: int, *, order: list[int] | None = None) -> list[object]:
    x, y = examples(n)
    order = list(range(n)) if order is None else order
    return [(x[order[i : i + size]], y[order[i : i + size]]) for i in range(0, len(order), size)]


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (cut(6, 4), ""),
        (cut(6, 4)[:1], ""),
        (cut(6, 4)[1:], "leaves out"),
        (cut(6, 3)[:1], "leaves out"),
        (cut(6, 4, order=[0, 1, 2, 3, 3, 4]), "repeats"),
        (cut(6, 2), "too many"),
        (cut(6, 5), "sizes"),
        (cut(6, 6), ""),  # np.array_split into 6 // 4 parts
        ([], "no minibatches"),
    ],
)
def test_what_an_epoch_covers(found: list[object], what: str) -> None:
    size = 4 if len(found) != 1 or np.shape(found[0][0])[0] != 3 else 3  # type: ignore[index]

    def look() -> None:
        covers("list(data)", batches("list(data)", [found], 6)[0], 6, size)

    if not what:
        look()
        return
    with pytest.raises(CheckFailure, match=what):
        look()


class Down:
    """An optimiser that changes arrays in place, puts new ones into the dict, gives new ones or
    either dict back, or does nothing."""

    __slots__ = ("eta", "how")

    def __init__(self, how: str) -> None:
        self.eta, self.how = 1.0, how

    def update(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> object:
        given = {"new": {k: params[k] - grads[k] for k in params}, "params": params, "grads": grads}
        for key, gradient in grads.items():
            if self.how == "in place":
                params[key] -= self.eta * gradient
            elif self.how == "rebinding":
                params[key] = params[key] - self.eta * gradient
        return given.get(self.how)


def test_updates_count_only_in_place() -> None:
    start, g = {"W0": np.ones(2)}, {"W0": np.ones(2)}
    found = path("update", start, updates(Down("in place"), start, [g, g], (1.0, 0.5)), 2)
    assert [step["W0"].tolist() for step in found] == [[0.0, 0.0], [-0.5, -0.5]]
    assert start["W0"].tolist() == [1.0, 1.0]
    with pytest.raises(CheckFailure, match="new arrays") as failed:
        path("update", start, updates(Down("rebinding"), start, [g]), 1)
    assert not failed.value.finding.stub
    with pytest.raises(CheckFailure, match="gives new arrays back") as failed:
        path("update", start, updates(Down("new"), start, [g]), 1, gate=True)
    assert not failed.value.finding.stub
    for stub in ("nothing", "params", "grads"):
        with pytest.raises(CheckFailure, match="changes nothing") as failed:
            path("update", start, updates(Down(stub), start, [g]), 1, gate=True)
        assert failed.value.finding.stub
    path("update", start, updates(Down("nothing"), start, [g]), 1)


@pytest.mark.parametrize("value", [None, 0, {}, [], ([], []), np.zeros(2), {"W0": [0.0]}])
def test_what_a_stub_gives_is_nothing(value: object) -> None:
    assert is_nothing(value)


@pytest.mark.parametrize("value", [1, "text", ([np.ones(1)], [0.0]), object()])
def test_what_code_gives_is_something(value: object) -> None:
    assert not is_nothing(value)


class Model:
    def __init__(self) -> None:
        self.W = np.zeros(1)

    def parameters(self) -> dict[str, np.ndarray]:
        return {"W0": self.W}

    def forward(self, x: np.ndarray) -> np.ndarray:
        return x


def test_the_recorder_notes_epochs_weights_and_minibatches() -> None:
    model, optimizer = Model(), Down("in place")
    record = Recorder(optimizer, (0.5, 0.25))
    record.watch(model, optimizer)
    for epoch in range(3):
        model.forward(np.full(2, epoch))
        optimizer.update(model.parameters(), {"W0": np.ones(1)})
        record(model, epoch)
    assert record.epochs == [0, 1, 2]
    assert [weights["W0"].tolist() for weights in record.weights] == [[-1.0], [-1.5], [-1.75]]
    assert [batch.tolist() for batch in record.batches] == [[0, 0], [1, 1], [2, 2]]
    assert optimizer.eta == 0.25
    assert isinstance(optimizer, Down)


class Attribute(Down):
    def __init__(self, how: str) -> None:
        super().__init__(how)
        step = super().update
        self.update = lambda *both: step(*both)  # type: ignore[method-assign]


class Slot(Down):
    __slots__ = ("update",)

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.update = super().update  # type: ignore[method-assign]


class Property(Down):
    @property
    def update(self) -> Any:  # type: ignore[override]
        return super().update


class Forwarded:
    def __init__(self, how: str) -> None:
        self.inner = Down(how)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.mark.parametrize("kind", [Down, Attribute, Slot, Property, Forwarded])
def test_the_recorder_notes_updates_wherever_they_are_held(kind: Any) -> None:
    model, optimizer, record = Model(), kind("in place"), Recorder()
    record.watch(model, optimizer)
    for number in range(2):
        model.forward(np.full(2, number))
        optimizer.update(model.parameters(), {"W0": np.ones(1)})
    assert [batch.tolist() for batch in record.batches] == [[0, 0], [1, 1]]
    assert model.W.tolist() == [-2.0]


def test_the_recorder_is_found_by_name_here_too() -> None:
    one = Ask()
    one.returns(one.get(recorder(one), "epochs"))
    assert LocalTransport().ask_all([one])[0].value == []
