"""The code of a failing example is exact, readable, and shows the failure when it is run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.cli import main
from grader.literals import WIDTH, flat, laid_out, literal
from grader.results import Report, Status
from grader.snippets import snippet
from grader.source import Signatures
from meta_tests.variants import graded, reference_source, variant
from tests.helpers import Ask, CheckFailure, Finding, Live, Name, StudentFailure
from tests.helpers.asking import Answer

ROOT = Path(__file__).resolve().parent.parent
VALUES: list[Any] = [
    np.array([[1.0, -2.5], [0.1, 1e-300]]),
    np.array([np.pi, np.nan, np.inf, -np.inf, -0.0]),
    np.array([0.1, 1 / 3], dtype=np.float32),
    np.arange(3),
    np.arange(3, dtype=np.int32),
    np.array([True, False]),
    np.array(2.5),
    np.zeros((0, 3)),
    np.zeros((3, 4)),
    -np.zeros((3, 4)),
    np.ones(7),
    np.eye(3)[[2, 0, 1, 1]],
    np.linspace(-1, 1, 60).reshape(5, 12),
    {"W1": np.linspace(-1, 1, 20), "b1": [1, (2.0,), ()], 'a "b"\n': None},
    ((1, 2),) * 3,
    "it's",
    -3,
]


def same(one: Any, two: Any) -> bool:
    """Equal to the last bit, in type as well."""
    if isinstance(one, np.ndarray):
        alike = one.dtype == two.dtype and one.shape == two.shape
        return alike and one.tobytes() == two.tobytes()
    if isinstance(one, dict):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in one)
    if isinstance(one, (tuple, list)):
        return type(one) is type(two) and len(one) == len(two) and all(map(same, one, two))
    return type(one) is type(two) and bool(one == two)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_literal_gives_the_very_value(value: Any) -> None:
    node = literal(value)
    assert same(eval(flat(node), {"np": np}), value)
    text = laid_out(node, 8)
    assert same(eval(text, {"np": np}), value)
    assert max(map(len, text.splitlines())) <= WIDTH


class _Reference:
    """Stands for the module of a reference."""

    @staticmethod
    def linear(x: Any, W: Any) -> Any:
        return x @ W, lambda dout: dout

    class NN:
        def __init__(self, sizes: Any) -> None:
            self.sizes = sizes

        def forward(self, x: Any) -> Any:
            return x


SIGNATURES = Signatures({"m": _Reference})  # type: ignore[dict-item]
WRONG = CheckFailure(Finding("linear(x, W)[0]", "1", "2", hint="Not this."))


def written(*log: tuple[Ask, Answer], failure: Any = WRONG, **options: Any) -> str:
    return snippet(log, failure, signatures=SIGNATURES, **options)


def test_a_function_with_its_back() -> None:
    one = Ask()
    both = one.call("m.linear", np.array([[1.0]]), np.array([[2.0]]))
    down = one.call(one.item(both, 1), np.array([[3.0]]))
    text = written((one.returns(one.item(both, 0), down), Answer((np.eye(1), np.eye(1)))))
    assert text == (
        "import numpy as np\n"
        "from m import linear\n"
        "\n"
        "x = np.array([[1.0]])\n"
        "W = np.array([[2.0]])\n"
        "result, back = linear(x, W)\n"
        "upstream = np.array([[3.0]])\n"
        "result2 = back(upstream)\n"
        "print(result)\n"
        "print(result2)\n"
        "# linear(x, W)[0] = 1, expected 2.\n"
    )


@pytest.mark.parametrize(
    ("call", "printed"),
    [
        ("np.sum(linear(x, W), axis=1)", "print(np.sum(linear(x, W), axis=1))\n"),
        ("np.std(linear(x, W)) * 2, to a fifth,", "print(np.std(linear(x, W)) * 2)\n"),
        ("np.sum(result, axis=1), with result = linear(x, W),", "print(np.sum(result, axis=1))\n"),
        ("np.sum(other(x))", ""),
        ("linear(x, W) + linear(x, W)", ""),
        ("the sum of x", ""),
        ("np.sum(x", ""),
    ],
)
def test_what_was_computed_of_a_result_is_printed_where_it_can_be(call: str, printed: str) -> None:
    one = Ask()
    one.call("m.linear", np.ones((1, 2)), np.eye(2))
    wrong = CheckFailure(Finding(call, "2", "1", answer=np.array([2.0])))
    text = written((one, Answer((np.ones((1, 2)),))), failure=wrong)
    assert text.partition("print(result)\n")[2] == f"{printed}# {call} = 2, expected 1.\n"


def test_two_small_arguments_that_are_equal_have_names_of_their_own() -> None:
    one = Ask()
    one.call("m.linear", np.ones((1, 1)), np.ones((1, 1)))
    wrong = CheckFailure(Finding("np.sum(result * W)", "2", "1", answer=np.array([2.0])))
    text = written((one, Answer((np.ones((1, 1)),))), failure=wrong)
    assert "result = linear(x.copy(), W.copy())" in text and "print(np.sum(result * W))" in text


def test_an_object_that_stays_is_a_variable_and_its_keys_are_printed() -> None:
    make = Ask()
    make.returns(make.call("m.NN", sizes=(3,), extra=1), live=True)
    live = Live("handle 1", "NN")
    use = Ask()
    use.set(live, "weights", {"W1": np.array([[0.5]])})
    use.setitem(use.get(live, "weights"), "b1", 2.0)
    use.call(Name("numpy.copyto"), use.item(use.get(live, "weights"), "W1"), 1.0)
    use.returns(use.method(live, "forward", np.array([1.0, 2.0])))
    failure = CheckFailure(Finding('forward(x): "Z1"', fact="is wrong"))
    text = written(
        (make, Answer((live,), dropped=("extra",))),
        (use, Answer(({"Z1": np.ones(2), "A1": np.ones(2)},))),
        failure=failure,
    )
    assert text.splitlines()[3:] == [
        "net = NN(sizes=(3,))",
        'net.weights = {"W1": np.array([[0.5]])}',
        'net.weights["b1"] = 2.0',
        'np.copyto(net.weights["W1"], 1.0)',
        "x = np.array([1.0, 2.0])",
        "cache = net.forward(x)",
        'print(cache["Z1"])',
        '# forward(x): "Z1" is wrong.',
    ]


def test_only_what_the_wrong_and_the_expected_value_come_from_is_shown() -> None:
    def asked(value: float) -> tuple[Ask, Answer]:
        one = Ask()
        one.call("m.linear", np.array([value]), 1.0)
        return one, Answer((np.array([10 * value]),))

    finding = Finding("f", "1", "2", answer=np.array([20.0]), wanted=np.array([40.0]))
    text = written(*(asked(v) for v in (1.0, 2.0, 3.0, 4.0)), failure=CheckFailure(finding))
    assert re.findall(r"array\(\[(.*)\]\)", text) == ["2.0", "4.0"]
    alone = Finding("f", "1", "2", answer=np.array([30.0]), wanted=np.array([41.0]))
    text = written(*(asked(v) for v in (1.0, 2.0, 3.0, 4.0)), failure=CheckFailure(alone))
    long = Finding("f", "1", "2", answer=np.array([30.0]), wanted=np.array([41.0, 1.0]))
    told = written(asked(3.0), failure=CheckFailure(long))
    assert told.endswith("# Expected of f, all of it:\n#   [41.,  1.]\n")
    assert re.findall(r"array\(\[(.*)\]\)", text) == ["3.0"]


def test_trials_are_left_out_and_what_is_used_twice_is_copied() -> None:
    trial, x = Ask(may_raise=True), np.arange(6.0)
    trial.call("m.linear", 1.0, 1.0)
    one = Ask()
    one.call("m.linear", x, {"a": x})
    text = written((trial, Answer((1.0,))), (one, Answer((2.0,))))
    assert "1.0, 1.0" not in text
    assert 'linear(x.copy(), {"a": x.copy()})' in text


def test_what_a_submission_says_stays_in_a_comment() -> None:
    one = Ask()
    one.call("m.linear", 1.0, 'a"\nimport os\n#')
    said = StudentFailure("crashed", "ValueError: x\nimport os\r\nos.remove('all')\x0c\u2028#")
    text = written((one, Answer(failure=said)), failure=said)
    code = [line for line in text.splitlines() if not line.startswith("#")]
    assert not any(line.startswith(("import os", "os.")) for line in code)
    compile(text, "<example>", "exec")


def test_an_example_that_is_too_long_is_none() -> None:
    one = Ask()
    one.call("m.linear", np.random.default_rng(1).normal(size=500), 1.0)
    pair = one, Answer((2.0,))
    assert written(pair) == ""
    assert written(pair, longest=100_000)


def test_what_a_step_that_raises_did_not_prevent_is_printed_before_it() -> None:
    one = Ask()
    net = one.call("m.NN", (2,))
    sizes = one.get(net, "sizes")
    one.returns(sizes, one.method(net, "forward", 1.0))
    failed = StudentFailure("crashed", "ValueError")
    lines = written((one, Answer(failure=failed)), failure=failed).splitlines()
    assert lines.index("print(net.sizes)") < lines.index("cache = net.forward(1.0)")


def test_of_dicts_in_a_list_the_key_that_matters_is_printed() -> None:
    one = Ask()
    one.call("m.linear", 1.0, 2.0)
    failure = CheckFailure(Finding('step 2["W1"]', fact="is wrong"))
    steps = [{"W1": np.ones(1), "b1": np.ones(1)}] * 2
    text = written((one, Answer((steps,))), failure=failure)
    assert 'print([each["W1"] for each in result])' in text.splitlines()


def test_what_was_made_out_of_sight_cannot_be_written() -> None:
    one = Ask()
    one.method(Live("handle 1", "NN"), "forward", 1.0)
    with pytest.raises(KeyError):
        written((one, Answer((1.0,))))


def test_none_is_printed_where_it_is_the_answer() -> None:
    one = Ask()
    one.call("m.linear", 1.0, 2.0)
    assert "print(result)" in written((one, Answer((None,))))


def test_odd_values_have_a_source_too() -> None:
    one, order = Ask(), np.array([2, 0, 1])
    found = one.call("m.linear", 1j, np.array(["a", "b"]), key=b"x", big=10**400)
    part = one.item(one.item(found, np.arange(2)), slice(0, 2))
    one.item(found, [1, 2])
    one.returns(part, one.call("m.linear", order, (None, {1: {2.0}})))
    text = written((one, Answer((1j, 2.0))))
    assert "print(result[np.array([0, 1])][slice(0, 2, None)])" in text
    assert "linear(x, (None, {1: {2.0}}))" in text and 'np.array(["a", "b"])' in text
    compile(text, "<example>", "exec")


# Wrong submissions of nn.py and solution.py, of each kind of failure.
NN_WRONG = {
    "relu": "def relu(x): return np.maximum(x, 0.0), lambda dout: dout",
    "softmax": "def softmax(h): return np.exp(h) / np.exp(h).sum()",
    "linear_backward": """
    def linear_backward(dz, x, W, b):
        return dz @ W, dz.T @ x / len(x), dz.sum(axis=0)
    """,
    "cross_entropy_loss": "def cross_entropy_loss(h, y): return 1.0, lambda dl: 1 / 0",
    "DenseLayer.parameters": "def parameters(self): return self.W.T, self.b",
}
SOLUTION_EDITS = (
    ("np.mean(predictions == np.argmax(Y, axis=1))", "np.sum(predictions == np.argmax(Y, axis=1))"),
    ('cache[f"Z{n_layers}"] - labels) / len(labels)', 'cache[f"Z{n_layers}"] - labels)'),
    ("self.lr * grads", "2.0 * self.lr * grads"),
)


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    source = reference_source("solution")
    for old, new in SOLUTION_EDITS:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    folder = tmp_path_factory.mktemp("wrong")
    return folder, graded(folder, {"nn": variant("nn", NN_WRONG), "solution": source})


def test_examples_of_visible_checks_run_and_show_the_failure(wrong: tuple[Path, Report]) -> None:
    folder, report = wrong
    shown = [spec for spec in report.specs if spec.visible]
    failed = [s for s in shown if report.outcomes[s.id].status in (Status.failed, Status.crashed)]
    assert len(failed) > 10
    shows: dict[str, bool] = {}
    for spec in failed:
        outcome = report.outcomes[spec.id]
        assert outcome.example, spec.id
        (folder / "example.py").write_text(outcome.example, "utf-8")
        done = subprocess.run(
            [sys.executable, "example.py"],
            cwd=folder,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        if outcome.status is Status.crashed:
            assert "ZeroDivisionError" in done.stderr, (spec.id, done.stderr)
            continue
        assert done.returncode == 0, (spec.id, outcome.example, done.stderr)
        shows[spec.id] = _shows(outcome.message, done.stdout)
    hidden = [check for check, shown in shows.items() if not shown]
    assert len(hidden) < 0.3 * len(shows), hidden  # of some checks it is a sum of what is printed


def test_hidden_examples_of_optimisers_run_and_show_the_step(tmp_path: Path) -> None:
    source = reference_source("hw_mlp")
    for step in ("self.eta * self.v[key]", "self.eta * m_hat"):
        assert source.count(step) == 1
        source = source.replace(step, f"1.5 * {step}")
    report = graded(tmp_path, {"nn": reference_source("nn"), "hw_mlp": source})
    failed = [s for s in report.specs if report.outcomes[s.id].status is Status.failed]
    hidden = [s.id for s in failed if not s.visible]
    assert len(hidden) > 15
    for check in hidden:
        code = report.outcomes[check].example
        if len(code) == 0:
            assert check.endswith("long_run")  # 36 gradients
            continue
        (tmp_path / "example.py").write_text(code, "utf-8")
        done = subprocess.run(
            [sys.executable, "example.py"],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (check, code, done.stderr)
        assert _shows(report.outcomes[check].detail, done.stdout), (check, code, done.stdout)


QUANTITIES = {
    "cross_entropy_loss": """
    def cross_entropy_loss(h, y):
        p = softmax(h)
        return -np.sum(y * np.log(np.clip(p, 1e-12, 1))) / len(h), lambda dl: dl * (p - y) / len(h)
    """,
    "DenseLayer.__init__": """
    def __init__(self, num_inputs, num_outputs, activation=None):
        self.W = np.random.standard_normal((num_outputs, num_inputs)) / num_inputs
        self.b = np.random.standard_normal(num_outputs)
        self.activation = activation
    """,
    "NN.parameters": """
    def parameters(self):
        return {f"{kind}{i}": array.copy() for i, layer in enumerate(self.layers)
                for kind, array in zip("Wb", layer.parameters())}
    """,
    "dropout": """
    def dropout(x, rate, rng, training=True):
        kept = (rng.random(x.shape) >= rate) * 1.0 if training else np.ones(x.shape)
        return x * kept, lambda dout: dout * (1 - kept if training else 1)
    """,
    "linear_backward": """
    def linear_backward(dz, x, W, b):
        return dz @ W + 1, dz.T @ x, dz.sum(axis=0)
    """,
}


def test_examples_print_the_very_quantity_that_is_named(tmp_path: Path) -> None:
    report = graded(tmp_path, {"nn": variant("nn", QUANTITIES)})
    visible = [report.outcomes[spec.id] for spec in report.specs if spec.visible]
    failed = {one.message: one.example for one in visible if one.status is Status.failed}
    assert len(failed) > 8
    assert any("np.random.seed(" in code for code in failed.values())
    silent = [
        message for message, code in failed.items() if not _shows(message, ran(code, tmp_path))
    ]
    assert not silent


def ran(code: str, folder: Path) -> str:
    (folder / "example.py").write_text(code, "utf-8")
    done = subprocess.run(
        [sys.executable, "example.py"], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_an_example_that_needs_the_homeworks_folder_says_so(tmp_path: Path) -> None:
    source = reference_source("hw_mlp").replace("self.eta * self.v[key]", "self.eta")
    report = graded(tmp_path, {"nn": reference_source("nn"), "hw_mlp": source})
    codes = [one.example for one in report.outcomes.values() if "tests.helpers" in one.example]
    assert codes
    first = "# It needs tests/: run it in the homework's folder, beside hw_mlp.py."
    assert {code.splitlines()[0] for code in codes} == {first}


def _shows(message: str, printed: str) -> bool:
    """Whether the wrong number of the message is printed; true where it names none."""
    found = re.search(r" = (\S+), expected", message)
    if not found:
        return True
    texts = re.findall(r"nan|-?inf|-?\d+\.?\d*(?:e[+-]?\d+)?", printed)
    numbers = np.array([float(text) for text in texts])
    return bool(np.isclose(numbers, float(found[1]), rtol=1e-4, equal_nan=True).any())


def test_an_error_is_told_by_the_students_own_run_and_not_by_the_reference(tmp_path: Path) -> None:
    """Where a function hands on what the reference below it cannot take."""
    source = """
    def linear_forward(x, W, b):
        return x @ W.T + b, lambda dz: linear_backward(x, dz, W, b)
    """
    report = graded(tmp_path, {"nn": variant("nn", {"linear_forward": source})})
    outcome = report.outcomes["nn/public/linear_forward_back_worked_example"]
    assert outcome.status is Status.crashed
    assert "ValueError" in outcome.message and "Callback" not in outcome.message
    assert "back(upstream)" in outcome.example


def test_hidden_examples_are_for_the_instructor_alone(wrong: tuple[Path, Report]) -> None:
    _, report = wrong
    hidden = {s.id for s in report.specs if not s.visible and report.outcomes[s.id].example}
    assert len(hidden) > 5
    assert not any(row["example"] for row in report.to_json()["checks"] if row["id"] in hidden)
    assert all(row["example"] for row in report.to_json(True)["checks"] if row["id"] in hidden)


def page(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    check = "nn/hidden/softmax_values"
    assert main(["grade", str(folder), "--suite", "nn", "--check", check, *options]) == 0
    return capsys.readouterr().out


def test_an_instructor_sees_why_with_values_and_a_script(
    wrong: tuple[Path, Report], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, report = wrong
    assert report.outcomes["nn/hidden/softmax_values"].status is Status.failed
    shown, hidden = page(folder, capsys, "--show-hidden"), page(folder, capsys)
    assert "expected" in shown and "from nn import softmax\n\nh = np.array([" in shown
    assert "np.array" not in hidden and "Run this" not in hidden
    code = shown.split("Run this beside nn.py:\n\n")[1].split("\n\n  ")[0]
    (folder / "appeal.py").write_text(code.split("Do this next")[0], "utf-8")
    done = subprocess.run([sys.executable, "appeal.py"], cwd=folder, capture_output=True)
    assert done.returncode == 0 and done.stdout.startswith(b"[[")
