"""Stand-ins: by which routes they are reached, what they ask, and circles."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.sandbox import Callbacks, Handle, Name, Program, Worker, Zygote
from grader.sandbox.excerpts import excerpts
from meta_tests.sandboxes import call, calling, value, worker_with

FOLDER = Path(__file__).resolve().parent.parent / "grader" / "standins"
SUITES = ("solution", "nn", "hw_mlp")
STANDINS = {suite: (FOLDER / f"{suite}.py").read_text(encoding="utf-8") for suite in SUITES}
CODE = """
import functools
import numpy as np
import other

def relu(x): raise NotImplementedError
TABLE = {"relu": relu}
alias = relu
part = functools.partial(relu)
def with_default(x, f=relu): return f(x)
def make():
    f = relu
    def inner(x): return f(x)
    return inner
in_closure = make()
def by_attribute(x): return relu(x)
def by_table(x): return TABLE["relu"](x)
def by_alias(x): return alias(x)
def by_partial(x): return part(x)
def by_import(x): return other.use(x)
class Model:
    def __init__(self): self.act, self.method = relu, self.forward
    def forward(self, x): raise NotImplementedError
    def by_instance(self, x): return self.act(x)
    def by_bound(self, x): return self.method(x)
def closed(scale):
    def tanh(x): return scale * x
    return tanh
tanh = closed(7)
def softmax(logits, axis=1): raise NotImplementedError
def by_keyword(x): return softmax(logits=x, axis=1)
vector = np.vectorize(abs)
SAME = [vector]
def by_list(x): return SAME[0](x)
class Base:
    def step(self, x): return "base"
class Child(Base): pass
class Sibling(Base): pass
def steps(): return Child().step(1), Sibling().step(1)
class Static:
    @staticmethod
    def relu(x, grad=False): return None
    @classmethod
    def tanh(cls, x): return None
    def both(self, x): return self.relu(x, True), Static.tanh(x)
class DenseLayer:
    def __init__(self, n_in, n_out, act=None): raise NotImplementedError
def layer(x):
    dense = DenseLayer(3, 2, act=relu)
    W, b = dense.parameters()
    h, back = dense.forward(x)
    return W.shape, b.shape, dense.W is W, h, back(h)
def activation(x): return relu(x)
same = relu
def ping(x): return pong(x) if x < 100 else x
def pong(x): return ping(x + 50)
def counted(f):
    def inner(*args): return f(*args)
    return inner
@counted
def below(x): raise NotImplementedError
@counted
def upon(x): return below(x)
@counted
def turns(x): return round_(x)
@counted
def round_(x): return turns(x) if x < 9 else x
@counted
def runs(x): return turns(9)
def swallows(x):
    try: return pong2(x)
    except BaseException: return 1
def pong2(x): return swallows(x)
def straight(x): return by_attribute(x)
"""
OTHER = "import nn\ndef use(x): from nn import relu; return relu(x)\n"


def answer(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """A reference that is recognised by its answers."""
    if name == "nn.relu":
        return np.maximum(args[0], 0), lambda d: d * 10
    if name == "nn.DenseLayer.forward":
        assert args[0]["activation"] == Name("nn.relu")
        return {"result": (args[1], lambda d: (d, "dW", "db")), "state": {}}
    return f"{name} of {[type(arg).__name__ for arg in args]}"


CALLBACKS = Callbacks(
    answer,
    frozenset(
        "nn." + name
        for name in (
            "relu", "tanh", "softmax", "vector", "gone", "Model.forward", "Child.step",
            "Static.relu", "Static.tanh", "DenseLayer.forward", "below",
        )
    ),
)  # fmt: skip
X = np.array([-1.0, 2.0])


@pytest.fixture
def worker(zygote: Zygote) -> Iterator[Worker]:
    with worker_with(zygote, CODE, standins=STANDINS, files={"other.py": OTHER}) as made:
        yield made


def asked(worker: Worker, name: str, *args: Any) -> Any:
    (result,) = worker.run([calling(name, *args)], callbacks=CALLBACKS)
    assert result.error is None, result.error
    return result.value


ROUTES = ["attribute", "table", "alias", "partial", "import"]


@pytest.mark.parametrize(
    "name", [*(f"by_{route}" for route in ROUTES), "with_default", "in_closure"]
)
def test_a_stand_in_is_reached(worker: Worker, name: str) -> None:
    assert worker.replace(["nn.relu"], "nn.activation").done == ("nn.relu",)
    out, back = asked(worker, f"nn.{name}", X)
    assert np.array_equal(out, [0, 2])
    assert isinstance(back, Handle)


@pytest.mark.parametrize(
    ("name", "replaced"), [("by_instance", "relu"), ("by_bound", "Model.forward")]
)
def test_a_stand_in_is_reached_from_objects_that_were_there(
    worker: Worker, name: str, replaced: str
) -> None:
    program = Program()
    program.returns(program.call(Name("nn.Model")), keep=True)
    model = worker.run([program])[0].value
    worker.replace([f"nn.{replaced}"], "nn.activation")
    again = Program()
    again.call(again.get(model, name), X)
    got = worker.run([again], callbacks=CALLBACKS)[0]
    assert got.error is None
    assert got.value is not None


def test_a_function_in_the_answer_asks_the_host_again(worker: Worker) -> None:
    worker.replace(["nn.relu"], "nn.activation")
    program = Program()
    pair = program.call(Name("nn.relu"), X)
    program.call(program.item(pair, 1), np.ones(2))
    (result,) = worker.run([program], callbacks=CALLBACKS)
    assert np.array_equal(result.value, [10, 10])


def test_free_variables_are_kept(worker: Worker) -> None:
    assert value(worker, "nn.tanh", 2) == 14
    worker.replace(["nn.tanh"], "nn.activation")
    assert asked(worker, "nn.tanh", 2) == "nn.tanh of ['int']"


def test_the_students_own_parameter_names_are_understood(worker: Worker) -> None:
    worker.replace(["nn.softmax"], "nn.activation")
    assert asked(worker, "nn.by_keyword", X) == "nn.softmax of ['ndarray']"


def test_what_is_no_plain_function_is_replaced_where_it_is_held(worker: Worker) -> None:
    worker.replace(["nn.vector"], "nn.activation")
    assert asked(worker, "nn.by_list", X) == "nn.vector of ['ndarray']"


def test_an_inherited_method_is_replaced_for_one_class(worker: Worker) -> None:
    worker.replace(["nn.Child.step"], "nn.activation")
    child, sibling = asked(worker, "nn.steps")
    assert sibling == "base"
    assert child.startswith("nn.Child.step of")


def test_static_and_class_methods_are_replaced(worker: Worker) -> None:
    worker.replace(["nn.Static.relu", "nn.Static.tanh"], "nn.activation")
    program = Program()
    program.call(program.get(program.call(Name("nn.Static")), "both"), X)
    (result,) = worker.run([program], callbacks=CALLBACKS)
    assert result.error is None
    assert [text.partition(" ")[0] for text in result.value] == ["nn.Static.relu", "nn.Static.tanh"]


def test_a_class_gets_all_methods_of_the_stand_in(worker: Worker) -> None:
    worker.replace(["nn.DenseLayer"], "nn.activation")
    x = np.ones((1, 3))
    W, b, live, h, gradients = asked(worker, "nn.layer", x)
    assert (W, b, live) == ((2, 3), (2,), True)
    assert np.array_equal(h, x)
    assert gradients[1:] == ("dW", "db")


def test_a_name_that_is_missing_is_added(worker: Worker) -> None:
    assert worker.replace(["nn.gone"], "nn.activation").done == ("nn.gone",)
    assert asked(worker, "nn.gone", 1) == "nn.gone of ['int']"


@pytest.mark.parametrize("keep", ["relu", "same", "alias"])
def test_what_is_under_test_is_not_replaced_under_another_name(worker: Worker, keep: str) -> None:
    replaced = worker.replace(["nn.tanh", "nn.relu"], f"nn.{keep}")
    assert replaced.done == ()
    assert replaced.refused == f"{keep} and relu are the same function"
    assert value(worker, "nn.tanh", 2) == 14


def test_functions_of_one_decorator_are_told_apart(worker: Worker) -> None:
    assert worker.replace(["nn.below"], "nn.upon").done == ("nn.below",)
    assert asked(worker, "nn.upon", 1) == "nn.below of ['int']"


def test_nobody_answers_outside_a_run_with_callbacks(worker: Worker) -> None:
    worker.replace(["nn.relu"], "nn.activation")
    error = call(worker, "nn.relu", X).error
    assert error is not None
    assert error.kind == "callback"


def test_the_original_signature_is_still_fitted(worker: Worker) -> None:
    worker.replace(["nn.softmax"], "nn.activation")
    program = calling("nn.softmax", X, documented=["h"])
    assert worker.run([program], callbacks=CALLBACKS)[0].error is None


def test_a_circle_is_seen(worker: Worker) -> None:
    assert value(worker, "nn.ping", 1) == 101
    worker.watch("nn.ping", ["nn.pong"])
    error = call(worker, "nn.ping", 1).error
    assert error is not None
    assert error.kind == "cycle"


def test_a_circle_is_seen_though_its_error_is_swallowed(worker: Worker) -> None:
    worker.watch("nn.swallows", ["nn.pong2"])
    error = call(worker, "nn.swallows", 1).error
    assert error is not None
    assert error.kind == "cycle"


def test_calls_without_a_circle_go_on(worker: Worker) -> None:
    worker.watch("nn.ping", ["nn.pong"])
    assert value(worker, "nn.ping", 100) == 100
    worker.watch("nn.straight", ["nn.relu"])
    error = call(worker, "nn.straight", X).error
    assert error is not None
    assert error.kind == "not_implemented"


def test_a_circle_of_functions_of_one_decorator_is_seen(worker: Worker) -> None:
    worker.watch("nn.turns", ["nn.round_"])
    assert value(worker, "nn.runs", 1) == 9
    error = call(worker, "nn.turns", 1).error
    assert error is not None
    assert error.kind == "cycle"


def test_a_worker_is_sent_only_what_is_replaced() -> None:
    text = excerpts(STANDINS, ["nn.relu", "solution.NN.loss"])
    assert set(text) == {"nn", "solution"}
    assert "linear_forward" not in text["nn"]
    assert "DenseLayer" not in text["nn"]
    assert "'loss'" in text["solution"]
    assert "def forward" not in text["solution"]
    for source in text.values():
        compile(source, "standin", "exec")


@pytest.mark.parametrize("suite", SUITES)
def test_stand_ins_have_the_names_and_parameters_of_the_reference(suite: str) -> None:
    reference = importlib.import_module(f"grader.reference.{suite}")
    for node in ast.parse(STANDINS[suite]).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            compare(node, getattr(reference, node.name))
        if isinstance(node, ast.ClassDef):
            kind = getattr(reference, node.name)
            for part in node.body:
                if isinstance(part, ast.FunctionDef) and hasattr(kind, part.name):
                    compare(part, getattr(kind, part.name))


def compare(node: ast.FunctionDef, function: Any) -> None:
    code = function.__code__
    names = [argument.arg for argument in node.args.args]
    assert names == list(code.co_varnames[: code.co_argcount]), node.name
