"""The experiments as one runs them: by command line, from data files to pages."""

import csv
import json
import os
import re
import shutil
import signal
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import h5py
import numpy as np
import pytest

from data.keras_files import HUMAN_MACHINE, read_keras
from grader.cli import main
from grader.commands.experimenting import NAMES
from grader.experiments import pool, running

ROOT = Path(__file__).resolve().parent.parent
REFERENCES = ROOT / "grader" / "reference"
FEWER = {
    "sweep": ["epochs=6", "milestones=2,4"],
    "adam": ["hiddens=32", "rates=0.001,0.005", "epochs=6"],
    "confusion": ["epochs=6"],
    "hyperparameters": ["trials=4", "epochs=2"],
    "initialization": ["hidden=32"],
    "weight-histograms": ["epochs=5"],
}
TINY = [
    "activations=relu", "hidden=8", "epochs=2", "milestones=1", "train=100", "validation=40",
    "batch_size=20",
]  # fmt: skip


def experiment(name, out, *options, changes=(), quick=True):
    """(exit code, stdout, stderr) of the command."""
    settings = [word for change in changes for word in ("--set", change)]
    small = ["--quick"] if quick else []
    said, complained = StringIO(), StringIO()
    with redirect_stdout(said), redirect_stderr(complained):
        code = main(
            ["experiment", name, "--out", str(out), "--jobs", "1", *small, *settings]
            + [str(option) for option in options]
        )
    return code, said.getvalue(), complained.getvalue()


def table(folder, name):
    """The rows of a table's CSV file."""
    return list(csv.reader((folder / "tables" / f"{name}.csv").read_text().splitlines()))


def results(folder, name):
    return {
        path.stem: json.loads(path.read_text())["result"]
        for path in (folder / name / "results").glob("*.json")
        if path.stem != "test-file-opened"
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """run(name): the folder of a quick run and what it printed, made once."""
    made, out = {}, tmp_path_factory.mktemp("experiments")

    def run(name):
        if name not in made:
            made[name] = experiment(name, out, changes=FEWER.get(name, ()))
        code, said, complained = made[name]
        assert code == 0, complained
        return out / name, said

    return run


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_leaves_a_page_figures_tables_and_a_rubric(runs, name):
    folder, said = runs(name)
    page = (folder / "index.html").read_text()
    assert not re.search(r"(src|href)=\"(?!data:)", page)  # self-contained
    pictures = sorted((folder / "figures").glob("*")) if name != "derivations" else []
    assert {p.stem for p in pictures if p.suffix == ".png"} == {
        p.stem for p in pictures if p.suffix == ".svg"
    }
    assert page.count("<figure>") == len(pictures) // 2
    for picture in pictures:
        if picture.suffix == ".svg":
            ElementTree.parse(picture)
    for path in (folder / "tables").glob("*.csv"):
        rows = table(folder, path.stem)
        assert len({len(row) for row in rows}) == 1
        assert path.with_suffix(".md").read_text().count("\n|") == len(rows) + 1
    assert "index.html" in said


@pytest.mark.parametrize("name", NAMES)
def test_a_rubric_has_three_to_five_points_and_wrong_statements(runs, name):
    rubric = (runs(name)[0] / "rubric.md").read_text()
    assert 3 <= len(re.findall(r"^\d\. ", rubric, re.MULTILINE)) <= 5
    assert len(re.findall(r'^\* "', rubric, re.MULTILINE)) >= 3
    assert not re.search(r"nan|None|\{|Traceback", rubric)


@pytest.mark.parametrize("name", NAMES)
def test_every_seed_is_in_the_outputs(runs, name):
    settings = (runs(name)[0] / "tables" / "settings.csv").read_text()
    assert "seed,1" in settings


def test_the_sweep_says_the_numbers_that_were_measured(runs):
    folder, said = runs("sweep")
    found = results(folder.parent, "sweep")
    swept = {name: r for name, r in found.items() if not name.startswith("chosen")}
    assert len(swept) == 6 and len(found) == 7
    best = max(swept, key=lambda name: swept[name]["curves"]["validation_accuracy"][-1])
    chosen = found[f"chosen-{best}"]
    assert chosen["examples"] == 2000 and chosen["test_examples"] == 2500
    assert chosen["test_accuracy"] > 0.85
    accuracy = f"{100 * chosen['test_accuracy']:.2f} %"
    assert accuracy in said and accuracy in (folder / "rubric.md").read_text()
    hand_in = dict(table(folder, "hand-in"))
    assert hand_in["Layers"].startswith("784-32-10") and hand_in["Test accuracy"] == accuracy
    rates = chosen["curves"]["eta"]
    assert hand_in["Learning rate"] == (
        f"{rates[0]:g}, {rates[0] / 2:g} after epoch 2, {rates[0] / 4:g} after epoch 4"
    )


def test_zero_weights_stay_at_guessing_and_glorot_learns(runs):
    found = results(runs("initialization")[0].parent, "initialization")
    assert {name: len(r["losses"]) for name, r in found.items()} == dict.fromkeys(found, 10)
    assert abs(found["zero"]["losses"][-1] - np.log(10)) < 0.01
    assert found["normal"]["start"] > 5 > np.log(10) > found["glorot"]["losses"][-1]


def test_networks_of_the_search_have_half_a_million_to_a_million_parameters(runs):
    found = results(runs("hyperparameters")[0].parent, "hyperparameters")
    assert all(500_000 <= r["parameters"] <= 1_000_000 for r in found.values())
    assert len({tuple(r["settings"]["hidden"]) for r in found.values()}) > 1


def test_central_differences_fall_and_rise_again(runs):
    for result in results(runs("gradient-check")[0].parent, "gradient-check").values():
        at = dict(zip(result["N"], result["differences"], strict=True))
        assert list(at) == [k * 10**i for i in range(6) for k in (1, 5)]
        fall = np.log10(at[500] / at[10]) / np.log10(50)
        assert abs(fall + 2) < 0.1
        assert at[500_000] > 3 * min(at.values())
        assert min(at.values()) < 1e-8 * max(map(abs, result["gradient"]))


def test_the_confusion_matrix_is_of_the_test_file(runs):
    folder, said = runs("confusion")
    counts = np.array(results(folder.parent, "confusion")["network"]["counts"])
    assert counts.sum() == 2500
    assert f"{100 * np.trace(counts) / 2500:.2f} %" in said
    rows = table(folder, "confusion")[1:]
    assert all(abs(sum(map(float, row[1:])) - 100) < 0.6 for row in rows)


def test_the_model_file_holds_the_matrix_that_is_printed(runs):
    folder, _ = runs("human-machine")
    network = read_keras(folder / "model.hdf5").require(*HUMAN_MACHINE)
    (printed,) = re.findall(r"<pre>(.*?)</pre>", (folder / "index.html").read_text(), re.DOTALL)
    matrix = np.array([line.split() for line in printed.splitlines()], float)
    assert np.abs(matrix - network.layers[0].W.T).max() <= 0.005 + 1e-6


def test_every_step_of_the_derivations_agrees_but_the_one_that_must_not(runs):
    (found,) = results(runs("derivations")[0].parent, "derivations").values()
    wrong = found.pop("loose")
    assert max(found.values()) < 1e-8 and wrong > 0.05


# resuming


def test_a_stopped_run_keeps_what_is_done_and_goes_on_there(tmp_path, monkeypatch):
    real = pool.run_jobs

    def stopping(*args):
        for number, done in enumerate(real(*args)):
            yield done
            if number == 2:
                os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(running, "run_jobs", stopping)
        code, _, complained = experiment("sweep", tmp_path, changes=TINY[1:])
    assert code == 130 and "run again" in complained
    kept = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "sweep" / "results").iterdir()}
    assert len(kept) == 3
    assert not (tmp_path / "sweep" / "index.html").exists()
    code, _, _ = experiment("sweep", tmp_path, changes=TINY[1:])
    assert code == 0
    after = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "sweep" / "results").iterdir()}
    assert len(after) == 8 and kept.items() <= after.items()


def test_results_of_other_settings_are_not_mixed_in(tmp_path):
    def checked():
        path = tmp_path / "derivations" / "results" / "checks.json"
        kept = json.loads(path.read_text())
        return kept["key"]["settings"]["points"], path.stat().st_mtime_ns

    for points in (2, 3):
        assert experiment("derivations", tmp_path, changes=[f"points={points}"])[0] == 0
        assert checked()[0] == points
    before = checked()
    assert experiment("derivations", tmp_path, changes=["points=3"])[0] == 0
    assert checked() == before


def write_images(folder, *, n=200, x=None, y=None, key="xdata"):
    """A folder of image files; what is given replaces what is right."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    for part in ("train", "test"):
        pixels = rng.integers(0, 256, (n, 784)) if x is None else x
        labels = np.arange(len(pixels)) % 10 if y is None else y
        with h5py.File(folder / f"mnist_{part}data.hdf5", "w") as file:
            file[key], file["ydata"] = pixels, labels
    return folder


def test_results_of_other_data_are_not_mixed_in(tmp_path):
    keys = []
    for n in (200, 210):
        folder = write_images(tmp_path / "data", n=n)
        changes = [*TINY[1:3], *TINY[4:], "inits=glorot"]
        assert experiment("initialization", tmp_path, "--data", folder, changes=changes)[0] == 0
        path = tmp_path / "initialization" / "results" / "glorot.json"
        keys.append(json.loads(path.read_text())["key"]["fingerprint"])
    assert keys[0] != keys[1]


# the test file


def test_the_test_file_serves_one_choice_only(tmp_path):
    folder = write_images(tmp_path / "data")
    run = ["sweep", tmp_path, "--data", folder]
    assert experiment(*run, changes=[*TINY, "rates=0.1"])[0] == 0
    code, _, complained = experiment(*run, changes=[*TINY, "rates=0.2"])
    assert code == 2 and "opened for another choice" in complained
    assert experiment(*run, changes=[*TINY, "rates=0.1"])[0] == 0


def test_without_a_choice_the_test_file_is_never_read(tmp_path):
    folder = write_images(tmp_path / "data")
    (folder / "mnist_testdata.hdf5").write_bytes(b"unreadable")
    changes = [*TINY, "rates=1e30"]
    code, said, _ = experiment("sweep", tmp_path, "--data", folder, changes=changes)
    assert code == 0 and "stays shut" in said
    code, _, complained = experiment(
        "sweep", tmp_path, "--data", folder, changes=[*TINY, "rates=0.1"]
    )
    assert code == 2 and "mnist_testdata.hdf5" in complained


# bad input


def test_training_that_diverges_is_said_and_the_rest_goes_on(tmp_path):
    code, said, _ = experiment("sweep", tmp_path, changes=[*TINY, "rates=1e30,0.1"])
    assert code == 0
    assert (
        "Diverged: ReLU, η = 1e+30" in said and "Best by validation accuracy: ReLU, η = 0.1" in said
    )
    assert "diverged" in (tmp_path / "sweep" / "tables" / "sweep.md").read_text()


def test_a_batch_size_that_does_not_divide_is_a_warning(tmp_path):
    changes = [*TINY[:-1], "batch_size=30", "rates=0.1"]
    code, said, _ = experiment("sweep", tmp_path, changes=changes)
    assert code == 0 and "30 does not divide 100" in said
    assert "30 does not divide 100" in (tmp_path / "sweep" / "index.html").read_text()


BAD_FILES: dict[str, dict[str, Any]] = {
    "label 10 outside": {"y": np.arange(200) % 11},
    "no data set 'xdata'": {"key": "pixels"},
    "wanted (n, 784)": {"x": np.zeros((200, 100))},
    "nan": {"x": np.full((200, 784), np.nan)},
    "200 images, but 5 labels": {"y": np.arange(5)},
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_bad_data_is_one_line_that_names_the_file(tmp_path, what):
    wrong: dict[str, Any] = {"x": np.zeros((200, 784))} | BAD_FILES[what]
    folder = write_images(tmp_path / "data", **wrong)
    code, _, complained = experiment("confusion", tmp_path, "--data", folder)
    assert code == 2 and complained.count("\n") == 1
    assert what in complained and "mnist_traindata.hdf5" in complained


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["sweep", "--data", "minst"], "did you mean mnist"),
        (["sweep", "--data", "mnist"], "python -m data mnist"),
        (["human-machine", "--data", "human-machine"], "python -m data human-machine"),
        (["derivations", "--data", "mnist"], "needs no data"),
        (["sweep", "--submission", "."], "does not take a submission"),
        (["sweep", "--set", "epoch=3"], "did you mean epochs"),
        (["sweep", "--set", "epochs"], "KEY=VALUE"),
        (["sweep", "--set", "epochs=0"], "epochs: 0 is not a number above 0"),
        (["sweep", "--set", "rates=0.1,x"], "'x' is no number"),
        (["sweep", "--set", "activations=sigmoid"], "sigmoid"),
        (["sweep", "--set", "validation=12000"], "more than the 12,000"),
        (["sweep", "--set", "batch_size=5000"], "more than all training examples"),
        (["adam", "--set", "hiddens=128-x"], "128-x"),
        (["confusion", "--set", "dropout=1"], "not below 1"),
        (["sweep", "--set", "hidden=99999999999"], "more than 50,000,000"),
        (["adam", "--set", "hiddens=999999-999999"], "more than 50,000,000"),
        (["sweep", "--set", "rates=0.1,0.1"], "two configurations would be relu-0.1"),
        (["sweep", "--set", "rates=0.1,0.10000001"], "two configurations would be relu-0.1"),
        (["hyperparameters", "--set", "hidden_units=1,2"], "1 to 2 units each has 0.5 to 1.0"),
        (["hyperparameters", "--set", "hidden_layers=999999999999"], "more than 20"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(tmp_path, monkeypatch, options, what):
    monkeypatch.setattr("data.catalogue.DOWNLOADS", tmp_path / "nothing")
    name, *more = options
    code, _, complained = experiment(name, tmp_path / "out", *more)
    assert (code, complained.count("\n")) == (2, 1)
    assert what in complained


def test_a_configuration_that_needs_too_much_memory_is_named(tmp_path):
    code, _, complained = experiment("derivations", tmp_path, changes=[f"classes={10**16}"])
    assert code == 2 and "error: checks needs more memory than there is" in complained
    assert "Traceback" not in complained


def test_too_few_images_are_a_matter_of_the_data(tmp_path):
    folder = write_images(tmp_path / "data", n=200)
    code, _, complained = experiment("sweep", tmp_path, "--data", folder)
    assert code == 2 and complained.count("\n") == 1
    assert "error: mnist_traindata.hdf5, 200 images" in complained and "1,500" in complained


def test_a_full_run_without_data_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr("data.catalogue.DOWNLOADS", tmp_path / "nothing")
    code, _, complained = experiment("sweep", tmp_path, quick=False)
    assert code == 2 and "python -m data mnist" in complained and "--quick" in complained


def test_an_out_that_is_a_file_is_wrong_usage(tmp_path):
    (tmp_path / "out").write_text("")
    code, _, complained = experiment("sweep", tmp_path / "out")
    assert code == 2 and "--out" in complained


# submissions


@pytest.fixture(scope="module")
def hand_in(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hand in")
    for name in ("nn.py", "hw_mlp.py", "solution.py"):
        shutil.copy(REFERENCES / name, folder)
    return folder


def test_a_students_adam_learns_in_the_sandbox(tmp_path, hand_in):
    changes = ["hiddens=16", "rates=0.01", "epochs=2", "milestones=1"]
    code, *_ = experiment("adam", tmp_path, "--submission", hand_in, changes=changes)
    found = results(tmp_path, "adam")
    assert code == 0 and found["chosen-16-adam-0.01"]["test_accuracy"] > 0.6
    assert hand_in.name in (tmp_path / "adam" / "rubric.md").read_text()
    page = (tmp_path / "adam" / "index.html").read_text()
    assert re.search(r"\(sandbox: (full|reduced|none)\)", page)


def test_a_students_gradient_passes_the_comparison(tmp_path, hand_in):
    changes = ["hidden=16,8", "epochs=1", "train=300", "activations=tanh"]
    code, *_ = experiment("gradient-check", tmp_path, "--submission", hand_in, changes=changes)
    (result,) = results(tmp_path, "gradient-check").values()
    assert code == 0
    assert min(result["differences"]) < 1e-7 * max(map(abs, result["gradient"]))


def test_a_students_error_is_shown_with_its_line_and_escaped(tmp_path, hand_in):
    folder = tmp_path / "<b>bold<b>"
    shutil.copytree(hand_in, folder)
    source = (folder / "solution.py").read_text()
    broken = (
        'if self.init_method == "zero":\n            raise ValueError("<script>alert(1)")\n        '
    )
    source = source.replace(
        "rng = np.random.default_rng(self.seed)\n        sizes",
        broken + "rng = np.random.default_rng(self.seed)\n        sizes",
        1,
    )
    (folder / "solution.py").write_text(source)
    changes = [*TINY[1:3], *TINY[4:], "inits=zero,glorot"]
    code, _, complained = experiment(
        "initialization", tmp_path, "--submission", folder, changes=changes
    )
    assert code == 1
    assert re.search(r"zero: ValueError: <script>.*solution.py, line \d+", complained)
    page = (tmp_path / "initialization" / "index.html").read_text()
    assert "<script>" not in page and "&lt;script&gt;alert(1)" in page
    assert "<b>bold" not in page and "&lt;b&gt;bold" in page


def test_a_submission_without_a_needed_file_is_wrong_usage(tmp_path, hand_in):
    folder = tmp_path / "half"
    folder.mkdir()
    shutil.copy(hand_in / "nn.py", folder)
    code, _, complained = experiment("adam", tmp_path, "--submission", folder)
    assert code == 2 and "hw_mlp.py" in complained
