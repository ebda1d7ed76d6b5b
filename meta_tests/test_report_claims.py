"""The optional suite report_claims: what is handed in beside the code is read in the sandbox and
held against the assignment."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import h5py
import numpy as np
import pytest

from data import embedded_file, load_file
from data.network import Network, make_network
from data.runs import RunLog
from data.weight_files import write_weights
from grader.config import Settings, load_settings
from grader.config_file import read_section
from grader.errors import UsageError
from grader.parallel import own_checks, own_zygote
from grader.release.student import readme
from grader.results import Report, Status
from grader.session import How, grade
from grader.submission import intake
from grader.suites import Layout, handed_in
from tests.helpers import Ask, claims
from tests.helpers.asking import Name
from tests.helpers.assertions import CheckFailure
from tests.helpers.proxy import Student

ROOT = Path(__file__).resolve().parent.parent
SUITE = "report_claims"
SETTINGS = Settings(suites=(SUITE,))
LAYERS = [784, 12, 10]
Change = Callable[[Path], None]


def log(name: str, activation: str, eta: float, accuracy: float, **changes: Any) -> RunLog:
    """A run as the assignment wants it, whose validation accuracy ends at `accuracy`."""
    settings = {"eta": eta, "batch_size": 100, "activation": activation, "epochs": 50}
    made = RunLog(name, settings, LAYERS, "N(0, 1/n_in)", 50_000, 10_000, **changes)
    for epoch in range(50):
        rate = eta * 0.5 ** sum(milestone <= epoch for milestone in (20, 40))
        seen = accuracy - 0.1 * (49 - epoch) / 49
        made.add_epoch(rate, (0.1, 0.9), (0.2, seen))
    return made


def network(seed: int = 0) -> Network:
    rng = np.random.default_rng(seed)
    pairs = [
        (rng.normal(0, 0.1, (n_out, n_in)), rng.normal(0, 0.1, n_out))
        for n_in, n_out in itertools.pairwise(LAYERS)
    ]
    return make_network(pairs, ["relu", "softmax"])


def accuracy(of: Network) -> float:
    x, y = load_file(embedded_file("test"))
    return float(np.mean(np.argmax(of.forward(x), axis=1) == y))


def claim(folder: Path, **values: Any) -> None:
    """Fill in the template."""
    text = (ROOT / f"{SUITE}.py").read_text("utf-8")
    for name, value in values.items():
        old = f"{name} = None"
        assert text.count(old) == 1
        text = text.replace(old, f"{name} = {value!r}")
    (folder / f"{SUITE}.py").write_text(text, "utf-8")


@pytest.fixture
def handed(tmp_path: Path) -> Path:
    """A submission that claims nothing but what is so."""
    runs = tmp_path / "mine" / "runs"
    runs.mkdir(parents=True)
    for i, eta in enumerate((0.05, 0.1, 0.5)):
        log(f"relu-{eta}", "relu", eta, 0.95 + i / 100).save(runs)
        log(f"tanh-{eta}", "tanh", eta, 0.94 + i / 100).save(runs)
    write_weights(runs / "relu-0.5.hdf5", network())
    claimed = round(accuracy(network()), 4)
    claim(runs.parent, CHOSEN_RUN="relu-0.5", TEST_ACCURACY=claimed)
    return runs.parent


def report(folder: Path, settings: Settings = SETTINGS) -> Report:
    suites = Layout().suites(settings.suites)
    with intake(folder, tuple(suites), others=handed_in(suites)) as taken:
        return grade(
            taken, settings, How(checks=own_checks(None, settings.suites)), zygote=own_zygote()
        )


def lost(of: Report) -> set[str]:
    return {row.function.split(".")[1] for row in of.functions() if row.score < row.max_score}


def change_log(name: str, **changes: Any) -> Change:
    """Set fields of a log's settings, of the log itself, or of its curves."""

    def change(folder: Path) -> None:
        path = folder / "runs" / f"{name}.json"
        found = json.loads(path.read_text("utf-8"))
        for key, value in changes.items():
            parts = (found["settings"], found["curves"], found)
            next(part for part in parts if key in part)[key] = value
        path.write_text(json.dumps(found), "utf-8")

    return change


def remove(*names: str) -> Change:
    def change(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return change


def write(name: str, content: bytes) -> Change:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return change


def shorten(folder: Path) -> None:
    """Cut every log after 40 epochs."""
    for path in (folder / "runs").glob("*.json"):
        found = json.loads(path.read_text("utf-8"))
        found["curves"] = {key: values[:40] for key, values in found["curves"].items()}
        path.write_text(json.dumps(found), "utf-8")


def all_of(*changes: Change) -> Change:
    """One change after another."""

    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    return change


def rates(values: list[float]) -> Change:
    """The rate of each epoch of the chosen run."""

    def change(folder: Path) -> None:
        path = folder / "runs" / "relu-0.5.json"
        found = json.loads(path.read_text("utf-8"))
        found["curves"]["eta"] = values
        path.write_text(json.dumps(found), "utf-8")

    return change


def other_weights(folder: Path) -> None:
    write_weights(folder / "runs" / "relu-0.5.hdf5", network(1))


def half_the_weights(folder: Path) -> None:
    with h5py.File(folder / "runs" / "relu-0.5.hdf5", "a") as file:
        del file["b2"]


def test_what_is_so_earns_everything(handed: Path) -> None:
    found = report(handed)
    assert lost(found) == set(), {k: v.detail for k, v in found.outcomes.items()}
    assert not found.provisional


WRONG: dict[str, tuple[Change, set[str], str]] = {
    "batch of 30": (
        change_log("relu-0.5", batch_size=30),
        {"batch_size"},
        "batch_size 30 in runs/relu-0.5.json is not from 50 to 1,000.",
    ),
    "batch that does not divide": (
        change_log("relu-0.5", batch_size=64),
        {"batch_size"},
        "does not divide 50,000",
    ),
    "all 60,000": (change_log("relu-0.5", n_train=60_000), {"split", "rates"}, "60000"),
    "two rates": (
        remove("runs/relu-0.1.json"),
        {"rates"},
        "has 2 of the 3 rates that the assignment wants: 0.05, 0.5",
    ),
    "never halved": (
        rates([0.5] * 50),
        {"schedule"},
        "last rate in runs/relu-0.5.json = 0.5",
    ),
    "sinks in every epoch": (
        rates(list(np.geomspace(0.5, 0.125, 50))),
        {"schedule"},
        "changes by other factors than one half",
    ),
    "not the best": (
        change_log("tanh-0.1", validation_accuracy=[0.99] * 50),
        {"choice"},
        "relu-0.5.json ends at 97.00% on the validation set, tanh-0.1 at 99.00%",
    ),
    "weights of another network": (other_weights, {"test_accuracy"}, ""),
    "no weights": (
        remove("runs/relu-0.5.hdf5"),
        {"test_accuracy"},
        "the weight file cannot be read: runs/relu-0.5.hdf5",
    ),
    "no HDF5": (write("runs/relu-0.5.hdf5", b"nothing"), {"test_accuracy"}, "cannot be read"),
    "a bias is missing": (half_the_weights, {"test_accuracy"}, "b2"),
    "a log that is no JSON": (write("runs/relu-1.json", b"{"), {"runs"}, "is no JSON"),
    "a log of something else": (write("runs/relu-1.json", b"[]"), {"runs"}, "is no log"),
    "a log without end": (write("runs/relu-1.json", b"[" * 90_000), {"runs"}, "nested too deep"),
    "a chosen run that is not there": (
        lambda folder: claim(folder, CHOSEN_RUN="best", TEST_ACCURACY=0.9),
        {"split", "batch_size", "rates", "schedule", "choice", "test_accuracy"},
        "CHOSEN_RUN = 'best' names none of the runs of 50 epochs in runs/: relu-0.05, ",
    ),
    "per cent": (
        lambda folder: claim(folder, CHOSEN_RUN="relu-0.5", TEST_ACCURACY=98.1),
        {"test_accuracy"},
        "",
    ),
    "no number": (
        lambda folder: claim(folder, CHOSEN_RUN="relu-0.5", TEST_ACCURACY="good"),
        {"test_accuracy"},
        "TEST_ACCURACY is no fraction from 0 to 1.",
    ),
    "a batch of 62.5": (
        change_log("relu-0.5", batch_size=62.5),
        {"batch_size"},
        "batch_size 62.5 in runs/relu-0.5.json does not divide 50,000.",
    ),
    "another network for the other rates": (
        all_of(*(change_log(f"relu-{eta}", layers=[784, 99, 10]) for eta in (0.05, 0.1))),
        {"rates"},
        "has 1 of the 3 rates",
    ),
    "a rate that is no number": (
        change_log("relu-0.1", eta=None),
        {"runs", "rates"},
        "is no log of hw_mlp.py: TypeError",
    ),
    "one validation accuracy": (
        change_log("relu-0.1", validation_accuracy=[0.99]),
        {"runs", "rates"},
        "curves of 50 and 1 epochs",
    ),
    "an accuracy of 2": (
        change_log("tanh-0.5", validation_accuracy=[2.0] * 50),
        {"runs"},
        "an accuracy is no fraction",
    ),
    "no curve at all": (change_log("tanh-0.1", validation_accuracy=[]), {"runs"}, "0 epochs"),
    "endless numbers": (
        change_log("tanh-0.1", n_train=10**400),
        {"runs"},
        "is no log of hw_mlp.py: OverflowError",
    ),
    "40 epochs": (
        shorten,
        {"runs", "split", "batch_size", "rates", "schedule", "choice", "test_accuracy"},
        "runs/ holds no log of a finished run of 50 epochs (of other runs: 40).",
    ),
    "the template": (
        lambda folder: claim(folder),
        {"split", "batch_size", "rates", "schedule", "choice", "test_accuracy"},
        "",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_costs_its_own_part(name: str, handed: Path) -> None:
    change, functions, said = WRONG[name]
    change(handed)
    found = report(handed)
    assert lost(found) == functions, {k: v.detail for k, v in found.outcomes.items()}
    assert not found.provisional
    visible = [one.message for key, one in found.outcomes.items() if "/public/" in key]
    assert any(said in message for message in visible), visible


@pytest.mark.parametrize(
    "claimed",
    [
        "round({0}, 3)",
        "100 * {0}",
        "'{0}'",
        "' %.2f %% ' % (100 * {0})",
        "np.float32({0})",
        "np.array({0})",
        "Fraction('{0}')",
    ],
)
def test_an_accuracy_may_be_written_in_any_way(claimed: str, handed: Path) -> None:
    value = claimed.format(round(accuracy(network()), 4))
    (handed / f"{SUITE}.py").write_text(
        "from fractions import Fraction\nimport numpy as np\nfrom pathlib import Path\n"
        f"CHOSEN_RUN = Path('runs/relu-0.5.json')\nTEST_ACCURACY = {value}\n"
    )
    found = report(handed)
    assert lost(found) == set(), {k: v.detail for k, v in found.outcomes.items()}


@pytest.mark.parametrize(
    "weights", ["relu-0.5.hdf5", "runs\\relu-0.5.hdf5", "./runs/relu-0.5.hdf5", "other/final.h5"]
)
def test_weights_are_found_by_their_name(weights: str, handed: Path) -> None:
    if weights.startswith("other"):
        (handed / "other").mkdir()
        (handed / "runs" / "relu-0.5.hdf5").rename(handed / weights)
    value = round(accuracy(network()), 4)
    claim(handed, CHOSEN_RUN="relu-0.5", TEST_ACCURACY=value, WEIGHTS=weights)
    assert lost(report(handed)) == set()


@pytest.mark.parametrize("folder", ["code", "Runs"])
def test_runs_may_lie_beside_the_folder_of_the_code(folder: str, handed: Path) -> None:
    if folder == "code":
        (handed / "code").mkdir()
        (handed / f"{SUITE}.py").rename(handed / "code" / f"{SUITE}.py")
    else:
        (handed / "runs").rename(handed / folder)
    assert lost(report(handed)) == set()


def test_other_questions_of_the_assignment_are_compared_with_their_like(handed: Path) -> None:
    """Adam's runs, and one that was trained once more on nearly all examples, are better."""
    adam = log("adam", "relu", 0.001, 0.985)
    adam.settings["optimizer"] = "adam"
    adam.save(handed / "runs")
    final = log("final", "relu", 0.5, 1.0)
    final.n_train, final.n_validation = 59_999, 1
    final.save(handed / "runs")
    assert lost(report(handed)) == set()


def test_many_logs_long_trials_and_large_weights_cost_nothing(handed: Path) -> None:
    runs = handed / "runs"
    for i in range(80):
        trial = log(f"a-trial-{i}", "relu", 0.5, 0.5)
        if i < 8:
            trial.curves = {key: values * 40 for key, values in trial.curves.items()}
        trial.save(runs)
    with h5py.File(runs / "a-trial-1.hdf5", "w") as file:
        file["w1"] = np.zeros((500, 7000))  # 28 MB
    for i in range(2, 5):
        (runs / f"a-trial-{i}.hdf5").write_bytes((runs / "a-trial-1.hdf5").read_bytes())
    found = report(handed)
    assert lost(found) == set(), {k: v.detail for k, v in found.outcomes.items()}


def test_a_byte_order_mark_is_no_mistake(handed: Path) -> None:
    path = handed / "runs" / "relu-0.1.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert lost(report(handed)) == set()


@pytest.mark.parametrize(
    "patch",
    [
        "import data.weight_files as w\n"
        "class Y: W = b = np.zeros(3)\n"
        "class N: layers, activations = [Y, Y], ['relu', 'x']\n"
        "w.read_weights = lambda path: N\n",
        "import data.weight_files as w\n"
        "class N: layers, activations = [], []\n"
        "w.read_weights = lambda path: N\n",
    ],
)
def test_a_reader_that_was_tampered_with_is_no_fault_of_the_graders(
    patch: str, handed: Path
) -> None:
    path = handed / f"{SUITE}.py"
    path.write_text("import numpy as np\n" + patch + path.read_text("utf-8"), "utf-8")
    found = report(handed)
    assert "test_accuracy" in lost(found)
    assert not found.provisional, {k: v.detail for k, v in found.outcomes.items()}


class Tampered:
    """A student whose reader gives what it likes."""

    def __init__(self, **given: object) -> None:
        self.memo: dict[object, object] = {}
        self._given = given

    def run(self, one: Ask) -> object:
        target = one.steps[0].target
        assert isinstance(target, Name)
        return self._given[target.path.split(".")[1]]


GOOD_LOG: dict[str, object] = {
    **{"etas": [0.1] * 50, "validation": [0.9] * 50, "n_train": 1, "n_validation": 1, "eta": 0.1},
    **{"batch_size": 50, "layers": [784, 10], "activation": "relu", "optimizer": "sgd", "data": ""},
}
GOOD_CLAIMS: dict[str, object] = {"run": "r", "accuracy": 0.5, "weights": None}
ZEROS = np.zeros((10, 784))


@pytest.mark.parametrize(
    "given",
    [
        {"logs": 5},
        {"logs": {"r": 5}},
        {"logs": {"r": {"etas": [0.1] * 50}}},
        {"logs": {"r": {**GOOD_LOG, "eta": "x"}}},
        {"logs": {"r": {**GOOD_LOG, "layers": None}}},
        {"logs": {"r": {**GOOD_LOG, "validation": []}}},
        {"claims": 5},
        {"claims": {"run": "r"}},
        {"claims": {**GOOD_CLAIMS, "run": []}},
        {"claims": {**GOOD_CLAIMS, "run": 3}},
        {"claims": {**GOOD_CLAIMS, "run": ["r"]}},
        {"weights": 5},
        {"weights": {}},
        {"weights": {"W": 5, "b": [], "act": ""}},
        {"weights": {"W": [], "b": [], "act": ""}},
        {"weights": {"W": [ZEROS], "b": [], "act": ""}},
        {"weights": {"W": [ZEROS[:3]], "b": [np.zeros(3)], "act": ""}},
        {"weights": {"W": [ZEROS, ZEROS], "b": [np.zeros(10)] * 2, "act": "relu"}},
        {"weights": {"W": [ZEROS * np.nan], "b": [np.zeros(10)], "act": ""}},
        {"weights": {"W": [np.zeros((9000, 784))], "b": [np.zeros(9000)], "act": ""}},
    ],
)
def test_what_the_reader_gives_is_not_trusted(given: dict[str, object]) -> None:
    good = {
        "logs": {"r": GOOD_LOG},
        "claims": GOOD_CLAIMS,
        "weights": {"W": [ZEROS], "b": [np.zeros(10)], "act": ""},
    }
    assert claims.claimed_network(cast(Student, Tampered(**good))).sizes == (784, 10)
    with pytest.raises(CheckFailure):
        claims.claimed_network(cast(Student, Tampered(**{**good, **given})))


def test_without_claims_data_only_the_embedded_digits_are_measured(handed: Path) -> None:
    for name in ("relu-0.5", "relu-0.1", "relu-0.05"):
        path = handed / "runs" / f"{name}.json"
        found = json.loads(path.read_text("utf-8"))
        found["settings"]["data"] = ["mnist"]
        path.write_text(json.dumps(found), "utf-8")
    claim(handed, CHOSEN_RUN="relu-0.5", TEST_ACCURACY=0.9812)
    assert lost(report(handed)) == set()
    found = report(handed)
    assert any("No claims_data is set" in note for note in found.meta.instructor_notes)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x_test.npy", b"", "x_test.npy"),
        ("test.hdf5", b"nothing", "test.hdf5: neither HDF5 nor npy nor IDX"),
    ],
)
def test_claims_data_must_be_whole(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    if name.endswith(".npy"):
        np.save(tmp_path / "x_test.npy", np.zeros((5, 784)))
        np.save(tmp_path / "y_test.npy", np.zeros(5, int))
        said = "is no HDF5 file: images and labels must be in one"
    (tmp_path / "setup.cfg").write_text(f"[grader]\nclaims_data = {name}\n")
    with pytest.raises(UsageError, match=said):
        load_settings(tmp_path, ROOT)


def test_the_template_is_not_implemented(handed: Path) -> None:
    claim(handed)
    found = report(handed)
    gate = found.outcomes[f"{SUITE}/public/choice_by_validation"]
    assert gate.status is Status.not_implemented


def test_trials_and_interrupted_runs_are_nobodys_business(handed: Path) -> None:
    runs = handed / "runs"
    short = log("trial", "relu", 3.0, 0.999)
    short.curves = {key: values[:3] for key, values in short.curves.items()}
    short.save(runs)
    log("stopped", "relu", 0.7, 0.999, interrupted=True).save(runs)
    assert lost(report(handed)) == set()


def test_a_run_that_diverged_counts_as_one(handed: Path) -> None:
    change_log("tanh-0.5", validation_accuracy=[None] * 50, train_loss=[None] * 50)(handed)
    assert lost(report(handed)) == set()


def test_weights_of_a_second_training(handed: Path) -> None:
    (handed / "runs" / "relu-0.5.hdf5").rename(handed / "weights-60000.hdf5")
    value = round(accuracy(network()), 4)
    claim(handed, CHOSEN_RUN="relu-0.5", TEST_ACCURACY=value, WEIGHTS="weights-60000.hdf5")
    assert lost(report(handed)) == set()


def test_the_log_of_a_second_training_is_no_choice(handed: Path) -> None:
    """`hw_mlp.py --validation 0` leaves a log without validation curves beside the others."""
    for kind in (".json", ".hdf5"):
        path = handed / "runs" / f"relu-0.5{kind}"
        path.with_name(f"all{kind}").write_bytes(path.read_bytes())
    nothing = dict.fromkeys(("validation_loss", "validation_accuracy"), [None] * 50)
    change_log("all", n_train=60_000, n_validation=0, **nothing)(handed)
    value = round(accuracy(network()), 4)
    claim(handed, CHOSEN_RUN="relu-0.5", TEST_ACCURACY=value, WEIGHTS="runs/all.hdf5")
    assert lost(report(handed)) == set()


def test_claims_are_held_against_the_instructors_test_set(handed: Path, tmp_path: Path) -> None:
    x, _ = load_file(embedded_file("test"))
    other = tmp_path / "other_testdata.hdf5"
    with h5py.File(other, "w") as file:
        file["xdata"], file["ydata"] = x[:500], np.argmax(network().forward(x[:500]), axis=1)
    settings = Settings(suites=(SUITE,), claims_data=other)
    assert lost(report(handed, settings)) == {"test_accuracy"}
    claim(handed, CHOSEN_RUN="relu-0.5", TEST_ACCURACY=1.0)
    assert lost(report(handed, settings)) == set()
    assert settings.settings_hash != SETTINGS.settings_hash


def test_what_is_no_module_cannot_bring_code_or_leave_its_folder(handed: Path) -> None:
    secret = handed.parent / "secret.hdf5"
    write_weights(secret, network())
    value = round(accuracy(network()), 4)
    claim(handed, CHOSEN_RUN="relu-0.5", TEST_ACCURACY=value, WEIGHTS=str(secret))
    (handed / "runs" / "big.json").write_bytes(b" " * (33 << 20))
    (handed / "runs" / "helper.py").write_text("raise SystemExit")
    found = report(handed)
    assert lost(found) == {"test_accuracy"}
    assert any("big.json is larger than" in note for note in found.meta.notes)


def test_command_line(handed: Path, tmp_path: Path) -> None:
    """A course that switches it on, graded by the command, also from a zip."""
    course = tmp_path / "course"
    course.mkdir()
    (course / "setup.cfg").write_text(f"[grader]\nsuites = {SUITE}\n")
    packed = tmp_path / "mine.zip"
    subprocess.run([sys.executable, "-m", "zipfile", "-c", packed, handed], check=True)
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    for path in (handed, packed):
        command = [sys.executable, "-m", "grader", "grade", str(path), "--course", str(course)]
        done = subprocess.run(
            [*command, "--fail-under", "100"], cwd=ROOT, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "only .py files are used" not in done.stdout.lower()


def test_selfcheck_says_that_it_has_nothing_to_check() -> None:
    command = [sys.executable, "-m", "grader", "selfcheck", "--suite", SUITE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        f"error: there is nothing to check: {SUITE} grades files that are no code\n"
    )


def test_students_are_told_what_to_hand_in() -> None:
    layout = Layout()
    with_claims = Settings(suites=("hw_mlp", SUITE))
    text = readme(with_claims, layout.suites(with_claims.suites))
    assert "Beside them: `runs/*.json`, `runs/*.hdf5`" in text
    assert "Beside them" not in readme(Settings(), layout.suites(Settings().suites))


def test_off_unless_switched_on() -> None:
    assert SUITE not in Settings().suites
    assert SUITE not in read_section(ROOT / "setup.cfg")["suites"]


@pytest.fixture
def student(handed: Path) -> Iterator[Path]:
    """What a student has: the homework's folder with the runs in it."""
    for name in ("tests", "data"):
        (handed / name).symlink_to(ROOT / name)
    yield handed


def test_students_run_the_public_checks(student: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(student)}
    done = subprocess.run(
        [*command, "--rootdir", str(student), f"tests/test_{SUITE}.py"],
        cwd=student,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
