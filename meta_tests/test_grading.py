"""What a submission earns: all for the reference, nothing for nothing, no more than its due."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from grader.config import Settings
from grader.results import Report, Status
from grader.session import How, grade
from grader.submission import intake
from grader.suites import ROOT
from grader.writers import terminal
from meta_tests.variants import graded, hollow, lost, reference_source, variant

ALL = ("solution", "nn", "hw_mlp")


def test_the_reference_earns_everything(tmp_path: Path) -> None:
    report = graded(tmp_path, {suite: reference_source(suite) for suite in ALL})
    assert lost(report) == {}
    assert report.score == report.max_score == 100
    assert report.meta.sandbox_level == "full"
    assert {outcome.status for outcome in report.outcomes.values()} == {Status.passed}
    assert not any(outcome.with_reference for outcome in report.outcomes.values())


STUBS = ("return 0", "return {}", "return None", "pass", "raise NotImplementedError")


HANDED_BACK = "return next((one for one in args if isinstance(one, np.ndarray)), None)"


@pytest.mark.parametrize("statement", [*STUBS, HANDED_BACK])
def test_stubs_earn_nothing_and_are_called_so(tmp_path: Path, statement: str) -> None:
    sources = {suite: hollow(suite, statement) for suite in ALL}
    if "args" in statement:
        sources = {suite: _with_star_args(source) for suite, source in sources.items()}
    report = graded(tmp_path, sources)
    assert report.score == 0
    odd = {
        spec.id: report.outcomes[spec.id]
        for spec in report.specs
        if report.outcomes[spec.id].status is not Status.not_implemented
    }
    assert not odd
    assert not report.provisional


def test_what_calls_only_the_unwritten_is_told_what_it_waits_for(tmp_path: Path) -> None:
    """A function written first, before anything that it calls: no stub, though it gives nothing."""
    template = (ROOT / "solution.py").read_text("utf-8")
    body = "        raise NotImplementedError"
    signature = "    def activation(self, x: np.ndarray, grad: bool = False) -> np.ndarray:"
    head, found, rest = template.partition(signature)
    todo = rest.index(body)
    written = rest[:todo] + "        return getattr(self, self.activation_str)(x, grad)\n"
    report = graded(tmp_path, {"solution": head + found + written + rest[rest.index("\n", todo) :]})
    hints = {
        spec.function: report.outcomes[spec.id].hint
        for spec in report.specs
        if report.outcomes[spec.id].hint
    }
    assert hints == {"solution.activation": "It calls relu, which is not written yet."}


def _with_star_args(source: str) -> str:
    """Every function as f(*args, **kwargs), so that one statement can hand an argument back."""
    import ast

    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name != "__init__":
            node.args = ast.parse("def f(*args, **kwargs): pass").body[0].args  # type: ignore[attr-defined]
    return ast.unparse(tree)


def test_functions_that_call_each_other_earn_nothing(tmp_path: Path) -> None:
    source = variant(
        "solution",
        {
            "NN.relu": "def relu(self, x, grad=False): return self.activation(x, grad)",
            "NN.activation": "def activation(self, x, grad=False): return self.relu(x, grad)",
        },
    )
    missed = lost(graded(tmp_path, {"solution": source}))
    assert missed["solution.relu"] == missed["solution.activation"] == 0


def test_a_dispatcher_into_a_circle_earns_nothing(tmp_path: Path) -> None:
    source = variant(
        "solution", {"NN.relu": "def relu(self, x, grad=False): return self.activation(x, grad)"}
    )
    missed = lost(graded(tmp_path, {"solution": source}))
    assert missed["solution.relu"] == missed["solution.activation"] == 0


def test_a_mistake_costs_its_points_once(tmp_path: Path) -> None:
    mean = "def linear_backward(dz, x, W, b): return dz @ W, dz.T @ x, dz.mean(0)"
    source = variant("nn", {"linear_backward": mean})
    report = graded(tmp_path, {"nn": source})
    assert set(lost(report)) == {"nn.linear_backward"}
    with_reference = [i for i, outcome in report.outcomes.items() if outcome.with_reference]
    assert any("/linear_forward" in i for i in with_reference)


def test_the_same_submission_gets_the_same_outcomes(tmp_path: Path) -> None:
    source = variant("nn", {"softmax": "def softmax(h): return np.exp(h) / np.exp(h).sum()"})
    one, two = (graded(tmp_path / name, {"nn": source}) for name in "ab")
    assert {i: (o.status, o.message) for i, o in one.outcomes.items()} == {
        i: (o.status, o.message) for i, o in two.outcomes.items()
    }


def test_hidden_checks_show_no_values(tmp_path: Path) -> None:
    """The message of a failed hidden check has no digits but those of shapes and counts."""
    source = variant("nn", {"tanh": "def tanh(x): return np.tanh(x) + 0.125, lambda d: d * 7.0"})
    report = graded(tmp_path, {"nn": source})
    messages = {
        spec.id: report.outcomes[spec.id].message
        for spec in report.specs
        if not spec.visible and report.outcomes[spec.id].status is Status.failed
    }
    assert messages
    for text in messages.values():
        assert "expected 0" not in text and "= " not in text and "7" not in text, text


def test_one_suite_alone_still_knows_the_suites_below_it(tmp_path: Path) -> None:
    """A mistake in nn.py costs nothing in hw_mlp.py, also where only that is graded."""
    (tmp_path / "nn.py").write_text(reference_source("nn") + "\ndef tanh(x): raise ValueError\n")
    (tmp_path / "hw_mlp.py").write_text(reference_source("hw_mlp"))
    command = [sys.executable, "-m", "grader", "grade", str(tmp_path), "--suite", "hw_mlp"]
    command += ["--allow-unsandboxed", "--quiet", "--report", str(tmp_path / "report.json")]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["score"] == report["max_score"] == 100
    assert {row["suite"] for row in report["checks"]} == {"hw_mlp"}


def test_a_missing_file_costs_nothing_in_those_that_import_it(tmp_path: Path) -> None:
    (tmp_path / "hw_mlp.py").write_text(reference_source("hw_mlp"), "utf-8")
    with intake(tmp_path, ALL) as submission:
        report = grade(submission, Settings(), How(allow_unsandboxed=True))
    assert {spec.suite for spec in report.specs if report.outcomes[spec.id].status.good} == {
        "hw_mlp"
    }
    rows = {row.function: row for row in report.functions() if row.suite == "hw_mlp"}
    assert all(row.score == row.max_score for row in rows.values())


COPIES = """
    def parameters(self):
        return {f"{kind}{i}": array.copy() for i, layer in enumerate(self.layers)
                for kind, array in zip("Wb", layer.parameters())}
"""


def messages(report: Report, function: str) -> set[str]:
    """What is told of the checks of a function that did not pass."""
    specs = [spec for spec in report.specs if spec.function == function]
    wrong = [report.outcomes[s.id] for s in specs if not report.outcomes[s.id].status.good]
    return {outcome.message for outcome in wrong}


def diagnoses(report: Report) -> set[str]:
    return {outcome.diagnosis for outcome in report.outcomes.values() if outcome.diagnosis}


def test_copies_of_parameters_are_told_as_such(tmp_path: Path) -> None:
    report = graded(tmp_path, {"nn": variant("nn", {"NN.parameters": COPIES})})
    told = messages(report, "nn.NN")
    what = "parameters() gives copies: a change in place of them does not reach the network."
    assert what in told and "Not implemented yet." not in told
    (diagnosis,) = diagnoses(report)
    assert "known mistake: parameters() gives copies." in diagnosis


@pytest.mark.parametrize(
    ("function", "old", "new", "seen"),
    [
        ("backward", "return grads", "grads", " gives None, expected a dict."),
        ("loss", "return float(", "print(", " gives None, expected a number"),
        ("softmax", "return e / np.sum", "e / np.sum", " gives None, expected an array"),
        ("update", "self.weights[key] = ", "weight = ", " changes nothing."),
    ],
)
def test_code_that_gives_nothing_back_is_told_so(
    tmp_path: Path, function: str, old: str, new: str, seen: str
) -> None:
    source = reference_source("solution")
    start = source.index(f"def {function}(")
    at = source.index(old, start)
    text = source[:at] + new + source[at + len(old) :]
    report = graded(tmp_path, {"solution": text})
    told = " ".join(messages(report, f"solution.{function}"))
    assert "Not implemented yet: " in told and seen in told, told
    stream = io.StringIO()
    terminal.write(report, stream)
    page = " ".join(stream.getvalue().split())
    assert f"solution.{function}: Not implemented yet: " in page
    assert "If it is written: is there a `return`" in page


def test_a_bias_handed_out_as_a_copy_is_no_bias_left_out(tmp_path: Path) -> None:
    code = "def parameters(self): return self.W, self.b.copy()"
    report = graded(tmp_path, {"nn": variant("nn", {"DenseLayer.parameters": code})})
    assert any("gives copies" in one for one in messages(report, "nn.DenseLayer"))
    (told,) = diagnoses(report)
    assert "known mistake: parameters() gives a copy of b." in told


DROPS_LAST = {
    "BatchGenerator.__iter__": """
    def __iter__(self):
        for i in range(0, len(self.x) - self.batch_size, self.batch_size):
            yield self.x[i : i + self.batch_size], self.y[i : i + self.batch_size]
""",
    "BatchGenerator.__len__": "def __len__(self): return (len(self.x) - 1) // self.batch_size",
}


def test_minibatches_without_the_last_are_an_attempt(tmp_path: Path) -> None:
    report = graded(tmp_path, {"hw_mlp": variant("hw_mlp", DROPS_LAST)})
    told = messages(report, "hw_mlp.BatchGenerator")
    assert told and "Not implemented yet." not in told


@pytest.mark.parametrize("idle", [True, False])
def test_training_without_effect_is_no_epoch_too_few(tmp_path: Path, idle: bool) -> None:
    source = reference_source("solution")
    step = "self.update(self.backward(self.forward(X[batch]), Y[batch]))"
    end = "        return self.train_logs"
    assert source.count(step) == source.count(end) == 1
    again = f"        self.initialize_weights((X.shape[1], Y.shape[1]))\n{end}"
    report = graded(
        tmp_path,
        {"solution": source.replace(step, "pass") if idle else source.replace(end, again)},
    )
    told = messages(report, "solution.train_loop")
    assert "weights after train_loop(20) are those from which it started." in told
    assert "Not implemented yet." not in told
    assert not diagnoses(report)


NO_EXAMPLES = {
    "nn": ("lambda dl: dl * (p - y) / len(h)", "lambda dl: (p - y) / len(h)"),
    "nn of all entries": ("lambda dl: dl * (p - y) / len(h)", "lambda dl: dl * (p - y) / h.size"),
    "solution": (
        "-np.sum(labels * np.log(p)) / len(labels)",
        "-np.sum(labels * np.log(p) + (1 - labels) * np.log(1 - p)) / len(labels)",
    ),
    "solution of all entries": ("- labels) / len(labels)", "- labels) / labels.size"),
}


@pytest.mark.parametrize("case", NO_EXAMPLES)
def test_no_other_factor_is_taken_for_the_number_of_examples(tmp_path: Path, case: str) -> None:
    suite, (old, new) = case.split()[0], NO_EXAMPLES[case]
    source = reference_source(suite)
    assert source.count(old) == 1
    report = graded(tmp_path, {suite: source.replace(old, new)})
    seen = [report.outcomes[spec.id] for spec in report.specs if spec.visible]
    wrong = [one.message for one in seen if not one.status.good]
    assert wrong and not any("number of examples" in one for one in wrong)


HINTS = {  # (suite, the right code, the wrong one, what misleads)
    "dx": ("nn", "return dz @ W, dz.T @ x", "return dz @ W + 1, dz.T @ x", "has the shape of"),
    "biases": ("solution", "np.zeros((1, shape[1]))", "np.full((1, shape[1]), 0.01)", "anew"),
    "rest": (
        "solution",
        "range(0, len(X), self",
        "range(0, len(X) + 1 - self.batch_size, self",
        "second time",
    ),
    "own step": (
        "hw_mlp",
        "optimizer.update(model.parameters(), back(loss_back(1.0)))",
        "grads, params = back(loss_back(1.0)), model.parameters()\n"
        "            for key in params: params[key] -= optimizer.eta * grads[key]",
        "never updates",
    ),
}


@pytest.mark.parametrize("case", HINTS)
def test_no_hint_leads_astray(tmp_path: Path, case: str) -> None:
    suite, old, new, misleading = HINTS[case]
    source = reference_source(suite)
    assert source.count(old) == 1
    sources = {suite: source.replace(old, new)}
    sources = {"nn": reference_source("nn"), **sources} if suite == "hw_mlp" else sources
    report = graded(tmp_path, sources)
    wrong = [one for one in report.outcomes.values() if not one.status.good]
    assert wrong and not [one for one in wrong if misleading in f"{one.message} {one.hint}"]


def test_a_wrong_answer_is_not_what_is_expected_of_another(tmp_path: Path) -> None:
    source = reference_source("solution")
    old = "return e / (1.0 + e) ** 2 if grad else"
    assert source.count(old) == 1
    report = graded(tmp_path, {"solution": source.replace(old, "return x * (1 - x) if grad else")})
    told = report.outcomes["solution/public/sigmoid_is_symmetric"].message
    assert "sigmoid(-x, grad=True) - sigmoid(x, grad=True) = " in told
    assert "expected 0 " in told


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ("{k: w - self.lr * grads[f'd{k}'] for k, w in self.weights.items()}", Status.failed),
        ("{}", Status.not_implemented),
        ("np.zeros(3)", Status.not_implemented),
    ],
)
def test_an_update_that_only_returns_the_new_weights_is_an_attempt(
    tmp_path: Path, result: str, status: Status
) -> None:
    code = f"def update(self, grads): return {result}"
    report = graded(tmp_path, {"solution": variant("solution", {"NN.update": code})})
    outcome = report.outcomes["solution/public/update_worked_example"]
    assert outcome.status is status and outcome.detail.startswith("update(grads) changes nothing.")
    assert ("nobody uses" in outcome.hint) is (status is Status.failed)


def test_a_mistake_is_named_where_the_file_below_is_missing(tmp_path: Path) -> None:
    source = reference_source("hw_mlp").replace("loss_back(1.0)", "loss_back(1.0 / len(x))")
    (told,) = diagnoses(graded(tmp_path, {"hw_mlp": source}))
    assert "known mistake: averages the gradient again." in told
