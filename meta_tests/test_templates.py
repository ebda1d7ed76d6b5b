"""The templates: no drift from the references, honest stubs, and given code that works."""

import ast
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import data
import hw_mlp
import nn
import solution
from data import runs
from data.tasks import open_tasks
from grader.reference import report_claims
from tests.helpers.given import checks_claims

ROOT = Path(__file__).resolve().parent.parent
SUITES = ("solution", "nn", "hw_mlp")
REFERENCES = {name: importlib.import_module(f"grader.reference.{name}") for name in SUITES}
TEMPLATES = {"solution": solution, "nn": nn, "hw_mlp": hw_mlp}
HELPERS = {"solution": {"initial_matrix"}}  # of the reference alone
GIVEN = {"solution.NN.__init__", "solution.random_data"}  # in both
PROMISED = {
    "solution": [
        *("initialize_weights", "relu", "sigmoid", "tanh", "leakyrelu", "activation", "softmax"),
        *("forward", "backward", "loss", "update", "compute_loss_and_accuracy", "train_loop"),
        "evaluate",
    ],
    "nn": [
        *("relu", "tanh", "linear_forward", "linear_backward", "softmax", "softmax_jacobian"),
        *("cross_entropy_loss", "DenseLayer", "NN", "dropout"),
    ],
    "hw_mlp": ["BatchGenerator", "Adam", "SGD", "step_decay", "train_loop"],
}


def callables(module):
    """Functions, classes and methods that a module defines: dotted name -> object."""
    found = {}
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) == module.__name__ and callable(value):
            found[name] = value
            if inspect.isclass(value):
                own = {k: v for k, v in vars(value).items() if inspect.isfunction(v)}
                found |= {f"{name}.{method}": f for method, f in own.items()}
    return found


def task_of(suite, name):
    """The id of the task that a graded callable belongs to: solution's are its methods."""
    head, _, method = name.partition(".")
    return f"solution.{method}" if suite == "solution" else f"{suite}.{head}"


def graded(suite):
    """(name, function) of everything in a template that is left to students."""
    for name in callables(REFERENCES[suite]):
        skipped = f"{suite}.{name}" in GIVEN or name in HELPERS.get(suite, ())
        if not skipped and not inspect.isclass(callables(REFERENCES[suite])[name]):
            yield name, callables(TEMPLATES[suite])[name]


def signature(suite, name, value):
    text = str(inspect.signature(value)).replace("grader.reference.", "")
    if (suite, name) in {("solution", "NN"), ("solution", "NN.__init__")}:
        return text.replace("(512, 256)", "(1, 1)")  # students choose this default
    return text


@pytest.mark.parametrize("suite", SUITES)
def test_template_and_reference_do_not_drift(suite):
    template, reference = callables(TEMPLATES[suite]), callables(REFERENCES[suite])
    shared = set(reference) - HELPERS.get(suite, set())
    for name in shared:
        assert name in template, f"{suite}.{name} is in the reference only"
        assert template[name].__doc__ == reference[name].__doc__, name
        assert signature(suite, name, template[name]) == signature(suite, name, reference[name])
    for name in set(template) - set(reference):
        assert (template[name].__doc__ or "").startswith("Given: "), f"{suite}.{name} is no one's"


@pytest.mark.parametrize("suite", SUITES)
def test_docstrings_of_classes_name_every_public_method(suite):
    for name, value in callables(REFERENCES[suite]).items():
        if not name.endswith("__init__"):
            assert value.__doc__, name


def test_order_and_names_are_those_promised():
    for suite, names in PROMISED.items():
        assert open_tasks(ROOT / f"{suite}.py") == [f"{suite}.{name}" for name in names]


@pytest.mark.parametrize(
    ("suite", "name", "function"), [(s, *pair) for s in SUITES for pair in graded(s)]
)
def test_task_raises_its_own_id(suite, name, function):
    arguments = [None] * len(inspect.signature(function).parameters)
    with pytest.raises(NotImplementedError) as caught:
        function(*arguments)
    assert str(caught.value) == task_of(suite, name)


@pytest.mark.parametrize("suite", SUITES)
def test_every_task_has_a_todo_of_the_same_id(suite):
    lines = (ROOT / f"{suite}.py").read_text(encoding="utf-8").splitlines()
    for name, function in graded(suite):
        body, start = inspect.getsourcelines(function)
        definition = ast.parse(inspect.cleandoc("\n" + "".join(body))).body[0]
        assert isinstance(definition, ast.FunctionDef)
        raised = definition.body[-1].lineno + start - 1
        assert lines[raised - 2].strip().startswith(f"# TODO({task_of(suite, name)}): "), name


def test_no_default_network_is_chosen_yet():
    assert inspect.signature(solution.NN).parameters["hidden_dims"].default == (1, 1)


def run_python(*arguments, cwd=ROOT):
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8")


def test_import_is_quiet_and_light():
    code = (
        "import sys, solution, nn, hw_mlp; "
        "heavy = {'matplotlib', 'h5py', 'rich'} & set(sys.modules); assert not heavy, heavy"
    )
    done = run_python("-c", code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("suite", SUITES)
def test_untouched_template_lists_its_tasks(suite, tmp_path):
    options = {"hw_mlp": ["--out", str(tmp_path / "runs")]}
    done = run_python(f"{suite}.py", *options.get(suite, []))
    assert done.stderr == ""
    assert done.returncode == (0 if suite == "nn" else 1)
    lines = done.stdout.splitlines()
    for name in PROMISED[suite]:
        if suite == "nn":
            assert any(line.split()[:2] == [name, "not"] for line in lines), name
        else:
            assert f"{suite}.py: {suite}.{name} is not implemented yet" in lines


@pytest.fixture
def finished(monkeypatch):
    """The templates with the reference in place of every task."""
    np.random.seed(0)
    for suite in SUITES:
        for name, value in callables(REFERENCES[suite]).items():
            if "." not in name:
                monkeypatch.setattr(TEMPLATES[suite], name, value, raising=False)
    monkeypatch.setattr(hw_mlp, "cross_entropy_loss", REFERENCES["nn"].cross_entropy_loss)


def test_try_nn_and_test_cases(finished, capsys):
    nn.try_nn()
    nn.test_cases()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "W0: (4, 5)"
    losses = [float(line.split()[-1]) for line in lines if line.startswith("logits")]
    assert losses == sorted(losses, reverse=True)
    verdicts = [line.split()[:2] for line in lines[-10:]]
    assert verdicts == [[name, "ok"] for name in PROMISED["nn"]]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("tanh", lambda x: (np.tanh(x), lambda dout: dout * (1 - x**2))),
        ("relu", lambda x: (np.maximum(x, 0), lambda dout: dout)),
        ("softmax", lambda h: np.exp(h - h.max()) / np.exp(h - h.max()).sum()),
        ("linear_backward", lambda dz, x, W, b: (dz @ W, dz.T @ x, dz.sum(axis=0)[None])),
    ],
)
def test_test_cases_find_mistakes(finished, monkeypatch, capsys, name, wrong):
    monkeypatch.setattr(nn, name, wrong)
    nn.test_cases()
    verdicts = {line.split()[0]: line.split()[1] for line in capsys.readouterr().out.splitlines()}
    assert verdicts[name] == "WRONG"
    assert verdicts["dropout"] == "ok"


def test_finite_difference():
    a = np.array([[1.0, 2.0], [3.0, -4.0]])
    got = nn.finite_difference(lambda x: float(np.sum(x**3)), a, 1e-4)
    np.testing.assert_allclose(got, 3 * a**2, rtol=1e-7)


def test_placeholder_data():
    first, again, other = (solution.NN(seed=seed) for seed in (1, 1, 2))
    for part in ("train", "valid", "test"):
        x, y = getattr(first, part)
        assert x.shape == (len(y), 784)
        assert y.shape == (len(x), 10)
        assert np.array_equal(y.sum(axis=1), np.ones(len(y)))
        assert np.array_equal(x, getattr(again, part)[0])
        assert not np.array_equal(x, getattr(other, part)[0])


@pytest.fixture
def small_data(tmp_path):
    """A folder of npy files: 60 training and 20 test images of two bright halves."""
    rng = np.random.default_rng(0)
    for part, n in (("train", 60), ("test", 20)):
        y = np.arange(n) % 2
        x = rng.integers(0, 100, (n, 784)) + 150 * (np.arange(784) // 392 == y[:, None])
        np.save(tmp_path / f"x_{part}.npy", x.astype(np.uint8))
        np.save(tmp_path / f"y_{part}.npy", y)
    return tmp_path


def test_solution_command_line(finished, small_data, capsys):
    assert solution.main(["--data", str(small_data), "--epochs", "3", "--hidden", "6"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "training 784-6-10 on 50 examples for 3 epochs" in lines
    assert [line.split()[0] for line in lines[-4:-1]] == ["1", "2", "3"]
    assert lines[-1].startswith("test loss ")


def arguments(folder, *more):
    options = ["--data", str(folder), "--out", str(folder / "runs"), "--hidden", "6", "5"]
    return [*options, "--batch-size", "16", "--eta", "0.01", *more]


def test_training_run(finished, small_data, capsys):
    more = ["--epochs", "4", "--milestones", "1", "3", "--name", "a_run"]
    assert hw_mlp.main(arguments(small_data, *more)) == 0
    log = json.loads((small_data / "runs" / "a_run.json").read_text(encoding="utf-8"))
    assert log["curves"]["eta"] == [0.01, 0.005, 0.005, 0.0025]
    assert {key: len(values) for key, values in log["curves"].items()} == dict.fromkeys(
        ("eta", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"), 4
    )
    assert log["layers"] == [784, 6, 5, 10]
    assert log["settings"]["batch_size"] == 16
    assert log["initialization"] == "W ~ N(0, 1/n_in), b = 0"
    assert (log["n_train"], log["n_validation"]) == (50, 10)
    assert 0 <= log["test_accuracy"] <= 1
    assert not log["interrupted"]
    assert (small_data / "runs" / "a_run.png").read_bytes().startswith(b"\x89PNG")
    out, error = capsys.readouterr()
    assert (
        "warning: a batch size of 16 does not divide 50 examples: "
        "the last minibatch of an epoch has 2\n"
    ) in error
    assert f"| Test accuracy            | {100 * log['test_accuracy']:.2f} %" in out
    assert r"Run & a\_run \\" in out
    assert rf"Test accuracy & {100 * log['test_accuracy']:.2f} \% \\" in out


def test_training_on_all_examples(finished, small_data, monkeypatch, capsys):
    drawn = []
    monkeypatch.setattr(runs, "_mark_decays", lambda axis, *rest: drawn.append(axis))
    more = ["--epochs", "3", "--name", "all", "--validation", "0"]
    assert hw_mlp.main(arguments(small_data, *more)) == 0
    text = (small_data / "runs" / "all.json").read_text(encoding="utf-8")
    log = json.loads(text, parse_constant=pytest.fail)
    assert (log["n_train"], log["n_validation"]) == (60, 0)
    assert log["curves"]["validation_loss"] == log["curves"]["validation_accuracy"] == [None] * 3
    assert all(0 <= accuracy <= 1 for accuracy in log["curves"]["train_accuracy"])
    assert [[line.get_label() for line in axis.lines] for axis in drawn] == [["training"]] * 2
    assert (small_data / "runs" / "all.png").is_file()
    out, error = capsys.readouterr()
    assert "| Examples          | 60 training  " in out
    assert "alidation" not in out + error
    assert "nan" not in out + error
    assert f"training accuracy {log['curves']['train_accuracy'][-1]:.2%}" in error
    assert f"| Test accuracy     | {100 * log['test_accuracy']:.2f} %" in out


def test_a_sixth_is_set_aside_unless_told(finished, small_data, capsys):
    """Of five examples that is none, which is wrong; --validation 0 says that it is meant."""
    for part in ("x_train", "y_train"):
        path = small_data / f"{part}.npy"
        np.save(path, np.load(path)[:5])
    assert hw_mlp.main(arguments(small_data, "--epochs", "1")) == 2
    assert capsys.readouterr().err.startswith("error: 0 of 5 examples for validation: ")
    assert hw_mlp.main(arguments(small_data, "--epochs", "1", "--validation", "0")) == 0


def test_a_run_leaves_what_report_claims_reads(finished, small_data, monkeypatch, capsys):
    more = ["--epochs", "2", "--name", "a_run", "--activation", "tanh", "--optimizer", "sgd"]
    assert hw_mlp.main(arguments(small_data, *more)) == 0
    assert f"weights: {small_data / 'runs' / 'a_run.hdf5'}\n" in capsys.readouterr().out
    (small_data / "report_claims.py").write_text('CHOSEN_RUN = "a_run"\n', encoding="utf-8")
    monkeypatch.syspath_prepend(small_data)
    monkeypatch.setitem(sys.modules, "report_claims", importlib.import_module("report_claims"))
    assert checks_claims.claims() == {"run": "a_run", "accuracy": None, "weights": None}
    read = checks_claims.logs(2)["a_run"]
    assert (read["layers"], read["activation"], len(read["etas"])) == ([784, 6, 5, 10], "tanh", 2)
    found = checks_claims.weights("", "a_run")
    x, y = data.load_file(small_data / "x_test.npy")
    right = report_claims.accuracy(found["W"], found["b"], found["act"], x, y)
    log = json.loads((small_data / "runs" / "a_run.json").read_text(encoding="utf-8"))
    assert right == log["test_accuracy"]


def test_a_batch_size_that_divides_is_no_matter(finished, small_data, capsys):
    assert hw_mlp.main(arguments(small_data, "--epochs", "1", "--batch-size", "25")) == 0
    assert "warning" not in capsys.readouterr().err


def test_run_without_matplotlib(finished, small_data, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert hw_mlp.main(arguments(small_data, "--epochs", "1")) == 0
    out = capsys.readouterr().out
    assert "no learning curve: matplotlib.figure is not installed" in out
    assert "| Test accuracy " in out


@pytest.mark.parametrize("suite", ["solution", "hw_mlp"])
def test_a_mistake_in_a_task_keeps_its_traceback(finished, small_data, monkeypatch, suite):
    def broken(*args):
        raise ValueError("shapes not aligned")

    owner = solution.NN if suite == "solution" else hw_mlp
    monkeypatch.setattr(owner, "train_loop", broken)
    monkeypatch.chdir(small_data)
    with pytest.raises(ValueError, match="not aligned"):
        TEMPLATES[suite].main(["--data", str(small_data)])


def test_equal_seeds_give_equal_runs(finished, small_data):
    logs = []
    for seed in ("1", "1", "2"):
        hw_mlp.main(arguments(small_data, "--epochs", "2", "--seed", seed, "--optimizer", "sgd"))
        logs.append(json.loads((small_data / "runs" / "mlp.json").read_text(encoding="utf-8")))
    assert logs[0] == logs[1]
    assert logs[0]["curves"] != logs[2]["curves"]


def test_test_file_is_read_after_training(finished, small_data, monkeypatch):
    order = []

    def load(path):
        order.append(Path(path).name)
        return load_file(path)

    def loop(*args):
        order.append("training")
        return train_loop(*args)

    load_file, train_loop = data.load_file, hw_mlp.train_loop
    monkeypatch.setattr(hw_mlp, "load_file", load)
    monkeypatch.setattr(hw_mlp, "train_loop", loop)
    assert hw_mlp.main(arguments(small_data, "--epochs", "1")) == 0
    assert order == ["x_train.npy", "training", "x_test.npy"]


def test_interrupt_keeps_finished_epochs(finished, small_data, monkeypatch, capsys):
    def interrupted_decay(eta0, epoch, milestones):
        saved = json.loads((small_data / "runs" / "mlp.json").read_text(encoding="utf-8"))
        assert len(saved["curves"]["eta"]) == epoch
        if epoch == 3:
            raise KeyboardInterrupt
        return eta0

    monkeypatch.setattr(hw_mlp, "step_decay", interrupted_decay)
    assert hw_mlp.main(arguments(small_data, "--epochs", "9")) == 0
    log = json.loads((small_data / "runs" / "mlp.json").read_text(encoding="utf-8"))
    assert log["interrupted"]
    assert len(log["curves"]["train_loss"]) == 3
    assert log["test_accuracy"] is None
    assert (small_data / "runs" / "mlp.png").is_file()
    assert "stopped early" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_divergence_is_said(finished, small_data, capsys):
    more = ["--epochs", "3", "--eta", "1e200", "--optimizer", "sgd"]
    assert hw_mlp.main(arguments(small_data, *more)) == 0
    assert "try a smaller --eta" in capsys.readouterr().out


def test_numbers_that_json_cannot_hold_become_null(tmp_path):
    log = make_log()
    log.add_epoch(0.1, (float("nan"), 0.5), (float("inf"), 0.5))
    text = log.save(tmp_path).read_text(encoding="utf-8")
    curves = json.loads(text, parse_constant=pytest.fail)["curves"]
    assert curves["train_loss"][-1] is curves["validation_loss"][-1] is None
    runs.plot_learning_curve(log, [], tmp_path / "run.png")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--data", "nowhere"], "error: nowhere: no such folder"),
        (["--data", "a", "b", "c"], "error: --data: 3 paths; give a folder or two files"),
        (["--data", "a", "b"], "error: a: no such file"),
        (["--name", "../x"], "error: run name '../x': use letters, digits and . _ + - only"),
        (["--validation", "60"], "error: 60 of 60 examples for validation: "),
    ],
)
def test_wrong_settings_are_one_line(finished, small_data, monkeypatch, capsys, options, message):
    monkeypatch.chdir(small_data)
    assert hw_mlp.main(arguments(small_data, *options)) == 2
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "options",
    [["--epochs", "0"], ["--eta", "0"], ["--hidden", "x"], ["--validation", "-1"]],
)
def test_wrong_numbers_are_refused(options, capsys):
    with pytest.raises(SystemExit):
        hw_mlp.main(options)
    assert capsys.readouterr().err.splitlines()[-1].startswith("hw_mlp.py: error: argument --")


def make_log(**changes):
    log = runs.RunLog("run", {"eta": 0.1}, [784, 10], "zero", 50, 10)
    for epoch in range(6):
        log.add_epoch(0.1 / (1 + epoch // 2), (1 / (1 + epoch), 0.5), (1.0, 0.4))
    return log


def test_learning_curve_marks_the_decays():
    from matplotlib.figure import Figure

    axis = Figure().subplots()
    runs._mark_decays(axis, make_log(), [2, 4, 6, 40])
    assert [np.asarray(line.get_xdata()).tolist() for line in axis.lines] == [[2, 2], [4, 4]]
    assert {line.get_linestyle() for line in axis.lines} == {"--"}
    assert [text.get_text() for text in axis.texts] == ["rate 0.05", "rate 0.0333"]


def test_tables_escape():
    rows = {"a|b": "50 % of_x & {y}", "path": r"C:\x~^"}
    assert r"| a\|b" in runs.markdown_table(rows)
    latex = runs.latex_table(rows)
    assert r"a\textbar{}b & 50 \% of\_x \& \{y\} \\" in latex
    assert r"C:\textbackslash{}x\textasciitilde{}\textasciicircum{} \\" in latex


def test_progress_without_rich(monkeypatch, capsys):
    from data import progress

    monkeypatch.setitem(sys.modules, "rich.console", None)
    with progress.progress("training", 40) as bar:
        assert isinstance(bar, progress.PlainBar)
        for step in range(40):
            bar.advance(f"note {step}")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[-1] == "training  40/40  note 39"
