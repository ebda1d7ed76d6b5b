"""Experiments whose training goes wrong: pages and rubrics say what the run's numbers show."""

import re
import shutil

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
