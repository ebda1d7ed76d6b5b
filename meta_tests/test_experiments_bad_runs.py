"""Experiments whose training goes wrong: pages and rubrics say what the run's numbers show."""

import re
import shutil

import h5py
import numpy as np
import pytest

from meta_tests.test_experiments import REFERENCES, experiment, results

# W1 becomes NaN before the first pass.
NAN_WEIGHTS = (
    "        splits = {",
    "        self.weights['W1'] = self.weights['W1'] * np.nan\n        splits = {",
)
SMALL = ["train=200", "validation=100", "batch_size=20"]
ROOT = REFERENCES.parent.parent


def rubric(folder, name):
    """The numbered points, without the usual wrong statements."""
    return (folder / name / "rubric.md").read_text().split("Usual wrong")[0]


def changed(folder, file, before, after):
    """A submission: the reference with one change."""
    folder.mkdir()
    for name in ("nn.py", "hw_mlp.py", "solution.py"):
        shutil.copy(REFERENCES / name, folder)
    source = (folder / file).read_text()
    assert before in source
    (folder / file).write_text(source.replace(before, after))
    return folder


# gradient-check

CHECKED = ["hidden=16,8", "epochs=1", *SMALL]


@pytest.mark.parametrize("rate", ["100", "1e30"])
def test_a_saturated_network_is_said_to_have_nothing_to_compare(tmp_path, rate):
    code, said, _ = experiment("gradient-check", tmp_path, changes=[*CHECKED, f"rate={rate}"])
    assert code == 0
    assert "nothing is compared" in said or "Diverged" in said
    assert "is what shows" not in rubric(tmp_path, "gradient-check")
    assert (tmp_path / "gradient-check" / "figures" / "gradient-check.png").exists()


def test_a_students_weights_that_are_no_numbers_are_a_divergence(tmp_path):
    folder = changed(tmp_path / "nan", "solution.py", *NAN_WEIGHTS)
    code, said, complained = experiment(
        "gradient-check", tmp_path, "--submission", folder, changes=[*CHECKED, "activations=tanh"]
    )
    assert code == 0, complained
    assert "Diverged: tanh (epoch 1)." in said
    assert "Every training diverged" in rubric(tmp_path, "gradient-check")
    assert results(tmp_path, "gradient-check")["tanh"]["diverged"] == 1


def test_a_wrong_backward_is_said_to_disagree(tmp_path):
    code, said, _ = experiment(
        "gradient-check", tmp_path, "--submission", ROOT / "examples" / "typical_mistakes",
        changes=[*CHECKED, "activations=tanh"],
    )  # fmt: skip
    points = rubric(tmp_path, "gradient-check")
    assert code == 0 and "do not agree" in said
    assert re.search(r"relative difference of [1-9]e[-+]0[01]", points)
    assert "backpropagation is wrong" in points and "is what shows" not in points
    assert "falls with slope" not in points and "grows again" not in points


# the test file


def test_each_submission_has_a_choice_of_its_own_in_one_folder(tmp_path):
    before = "class Adam"
    one = changed(tmp_path / "one", "hw_mlp.py", before, before)
    other = changed(tmp_path / "other", "hw_mlp.py", before, f"# mine\n{before}")
    small = [*SMALL, "hiddens=8", "epochs=1", "milestones="]
    for folder, rate in ((one, "0.01"), (other, "0.02"), (one, "0.01")):
        code, _, complained = experiment(
            "adam", tmp_path, "--submission", folder, changes=[*small, f"rates={rate}"]
        )
        assert code == 0, complained
    code, _, complained = experiment(
        "adam", tmp_path, "--submission", one, changes=[*small, "rates=0.02"]
    )
    assert code == 2 and "opened for another choice" in complained


# adam

ADAM = [*SMALL, "hiddens=8", "epochs=2", "milestones="]


def test_sgd_is_not_called_adam(tmp_path):
    code, *_ = experiment("adam", tmp_path, changes=[*ADAM, "optimizer=sgd", "rates=0.1"])
    listed = (tmp_path / "adam" / "tables" / "hyperparameters.csv").read_text()
    assert code == 0 and "Optimiser,SGD" in listed and "β" not in listed
    assert "8-sgd-0.1" in results(tmp_path, "adam")
    assert "Adam divides" not in rubric(tmp_path, "adam")


@pytest.mark.parametrize("change", ["init=zero", "optimizer=sgd"])
def test_what_a_submission_decides_cannot_be_set(tmp_path, change):
    code, _, complained = experiment(
        "adam", tmp_path, "--submission", REFERENCES, changes=[*ADAM, change]
    )
    assert code == 2 and complained.count("\n") == 1 and "the submission decides" in complained


def test_a_submissions_optimiser_and_start_are_called_its_own(tmp_path):
    code, *_ = experiment(
        "adam", tmp_path, "--submission", REFERENCES, changes=[*ADAM, "rates=0.001"]
    )
    listed = (tmp_path / "adam" / "tables" / "hyperparameters.csv").read_text()
    settings = (tmp_path / "adam" / "tables" / "settings.csv").read_text()
    assert code == 0 and "Adam of hw_mlp.py" in listed and "that of nn.py" in listed
    assert "init" not in settings and "optimizer" not in settings


def test_without_any_network_left_none_is_best(tmp_path):
    code, said, _ = experiment("adam", tmp_path, changes=[*ADAM, "rates=1e38"])
    assert code == 0 and "Every training diverged" in said and "stays shut" in said
    assert "Best by" not in said and "others went on" not in said
    assert "–" not in rubric(tmp_path, "adam")


def test_a_validation_loss_that_still_falls_is_not_said_to_rise(tmp_path):
    code, *_ = experiment("adam", tmp_path, changes=[*ADAM, "rates=0.001"])
    (found,) = [r for k, r in results(tmp_path, "adam").items() if not k.startswith("chosen")]
    losses = found["curves"]["validation_loss"]
    assert code == 0 and losses[-1] == min(losses)
    assert "surer of its mistakes" not in rubric(tmp_path, "adam")
    assert "does not rise again" in rubric(tmp_path, "adam")


# human-machine


def tosses(folder, kind_of_people):
    """A file of the course's form: people's sequences are given, the machine's are fair."""
    folder.mkdir()
    machine = np.random.default_rng(2).choice([-1, 1], kind_of_people.shape)
    with h5py.File(folder / "binary_random_20fa.hdf5", "w") as file:
        file["human"], file["machine"] = kind_of_people, machine
    return folder


def test_people_with_long_runs_and_unfair_places_are_not_said_to_have_none(tmp_path):
    rng = np.random.default_rng(1)
    people = rng.choice([-1, 1], (600, 20))
    people[:300, 4:14] = people[:300, 4:5]
    people[:, 8] = np.where(rng.random(600) < 0.9, -1, people[:, 8])
    folder = tosses(tmp_path / "data", people)
    code, _, complained = experiment(
        "human-machine", tmp_path, "--data", folder, changes=["epochs=2"]
    )
    points = rubric(tmp_path, "human-machine")
    assert code == 0, complained
    assert "long runs are not avoided" in points and "alternate less often" in points
    assert "single tosses tell something" in points
    text = (tmp_path / "human-machine" / "rubric.md").read_text()
    assert "equally frequent" not in text and "matrix shows it" not in text


def test_another_number_of_hidden_units_is_the_one_that_is_listed(tmp_path):
    folder = tosses(tmp_path / "data", np.tile([[-1, 1]], (100, 10)))
    changes = ["epochs=1", "hidden=7", "activation=tanh"]
    assert experiment("human-machine", tmp_path, "--data", folder, changes=changes)[0] == 0
    listed = (tmp_path / "human-machine" / "tables" / "hand-in.csv").read_text()
    page = (tmp_path / "human-machine" / "index.html").read_text()
    assert "20-7-1, tanh" in listed and "1 epochs" not in page and "20×7 weight" in page


# initialization


def test_a_rate_that_is_far_too_large_is_not_said_to_learn(tmp_path):
    changes = [*SMALL, "hidden=8", "rate=1e30", "epochs=2"]
    assert experiment("initialization", tmp_path, changes=changes)[0] == 0
    points = rubric(tmp_path, "initialization")
    assert "stay at the loss of guessing" not in points and ": it learns" not in points
    assert "diverges in epoch" in points and "–" not in points


def test_a_student_whose_losses_are_no_numbers_diverges(tmp_path):
    folder = changed(tmp_path / "nan", "solution.py", *NAN_WEIGHTS)
    changes = [*SMALL, "hidden=8", "epochs=2"]
    code, said, complained = experiment(
        "initialization", tmp_path, "--submission", folder, changes=changes
    )
    assert code == 0, complained
    assert "Diverged: zero (epoch 1)" in said
    assert "stay at the loss of guessing" not in rubric(tmp_path, "initialization")


# hyperparameters, sweep, weight-histograms


def test_a_search_that_diverges_has_no_best_trial(tmp_path):
    changes = [*SMALL, "batch_sizes=20", "epochs=1", "trials=2", "rates=1e38,1.1e38"]
    changes.remove("batch_size=20")
    code, said, complained = experiment("hyperparameters", tmp_path, changes=changes)
    assert code == 0, complained
    assert "no trial is the best" in said and "Best of" not in said
    points = rubric(tmp_path, "hyperparameters")
    assert "Every training diverged" in points and "margin" not in points and "–" not in points


def test_a_network_that_is_behind_its_validation_accuracy_does_not_overfit(tmp_path):
    changes = [
        "train=600", "validation=300", "batch_size=20", "hidden=16", "epochs=1", "milestones=",
        "rates=0.5", "activations=relu",
    ]  # fmt: skip
    assert experiment("sweep", tmp_path, changes=changes)[0] == 0
    (found,) = [r for k, r in results(tmp_path, "sweep").items() if not k.startswith("chosen")]
    curves = {name: values[-1] for name, values in found["curves"].items()}
    assert curves["train_accuracy"] < curves["validation_accuracy"]
    points = rubric(tmp_path, "sweep")
    assert "no overfitting" in points and "before its own update" in points
    assert "is overfitting" not in points and "1 epochs" not in points


def test_a_penalty_that_shows_nothing_is_said_to(tmp_path):
    changes = [*SMALL, "rate=5", "epochs=2"]
    assert experiment("weight-histograms", tmp_path, changes=changes)[0] == 0
    found = results(tmp_path, "weight-histograms")
    near = {name: r["junctions"][0]["near_zero"] for name, r in found.items()}
    points = rubric(tmp_path, "weight-histograms")
    assert near["regularized"] < near["plain"]
    assert "pulls weights to zero" not in points and "not to be seen" in points
    black = found["plain"]["black"]
    assert black["inputs"] > 0 and black["moved"] == 0
    assert f"{black['inputs']} of 784 inputs are black" in points


# weights that are finite, and logits that are not


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("adam", ["rates=1e30", "hiddens=8", "milestones="]),
        ("weight-histograms", ["rate=1e30"]),
        ("initialization", ["rate=1e30", "hidden=8", "inits=glorot"]),
        ("sweep", ["rates=1e30", "hidden=8", "milestones="]),
        ("human-machine", ["rate=1e30"]),
    ],
)
def test_weights_that_make_the_loss_overflow_in_the_last_step_are_a_divergence(
    tmp_path, name, changes
):
    few = ["train=20", "validation=50", "batch_size=20", "epochs=1"]
    few = few if name != "human-machine" else ["batch_size=1600", "epochs=1"]
    code, said, complained = experiment(name, tmp_path, changes=[*few, *changes])
    assert code == 0, complained
    assert "iverged" in said and "diverge" in rubric(tmp_path, name)


def test_a_student_whose_last_step_overflows_has_diverged(tmp_path):
    few = ["train=20", "validation=50", "batch_size=20", "epochs=1"]
    code, said, complained = experiment(
        "adam", tmp_path, "--submission", REFERENCES,
        changes=[*few, "rates=1e300", "hiddens=8", "milestones="],
    )  # fmt: skip
    assert code == 0, complained
    assert "Every training diverged" in said
