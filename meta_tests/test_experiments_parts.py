"""The parts of experiments: the sealed test file, kept results, settings, tables, small numbers."""

import ast
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from data import embedded_file
from grader.errors import GraderError, UsageError
from grader.experiments import tables
from grader.experiments.answers.confusion import by_class, normalised, worst_pair
from grader.experiments.bench import bench_for
from grader.experiments.pool import Job, run_jobs
from grader.experiments.reading import counted, diverged_words, margin
from grader.experiments.seal import Once, Seal, Sealed
from grader.experiments.settings import laid_over
from grader.experiments.sources import Source, find
from grader.experiments.store import Store
from grader.experiments.studies import sweep
from grader.experiments.study import Configuration, Table
from grader.experiments.training import network, trained

EMBEDDED = Source("images", "", embedded_file("train"), 12_000, "")


# the test file


def test_the_test_file_is_shut_before_the_choice_and_opens_once():
    with pytest.raises(Sealed, match="until the choice"):
        Once(None).open()
    once = Once(lambda: "content")
    assert once.open() == "content"
    with pytest.raises(Sealed, match="already"):
        once.open()


def test_a_study_that_reads_the_test_file_before_the_choice_is_stopped():
    settings = sweep.settings(True) | {"validation": 500, "epochs": 1}
    early = Configuration("early", settings | {"activation": "relu", "rate": 0.1}, opens_test=True)
    bench = bench_for(Job("sweep", early, EMBEDDED), lambda note: None)  # no test file is named
    with pytest.raises(Sealed):
        sweep.run(early, bench)


def test_a_seal_gives_the_file_for_one_choice_of_one_owner(tmp_path):
    path, record = tmp_path / "test.hdf5", tmp_path / "results" / "opened.json"
    seal = Seal(record, "mnist reference", path)
    with pytest.raises(Sealed):
        seal.test_file()
    seal.choose("relu-0.1")
    assert seal.test_file() == path
    Seal(record, "mnist student").choose("tanh-0.5")
    Seal(record, "mnist reference").choose("relu-0.1")
    for owner in ("mnist reference", "mnist student"):  # neither forgets its own
        with pytest.raises(UsageError, match="another choice"):
            Seal(record, owner).choose("relu-0.9")


def test_what_a_configuration_is_given_does_not_name_the_test_file():
    source, test = find("images", None, quick=True)
    assert test is not None
    job = Job("sweep", Configuration("early", {}), source)
    assert test.name not in repr(job) and str(test) not in repr(vars(bench_for(job, print)))


def test_no_study_can_look_for_data_files_itself():
    readers = {"find_file", "load_file", "embedded_file", "read_images", "find", "h5py"}
    for path in Path(sweep.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text())
        named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        named |= {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        named |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not named & readers, path.name


# kept results


def test_a_result_is_loaded_only_for_its_settings_and_fingerprint(tmp_path):
    one = Configuration("a", {"rate": 0.1, "hidden": [3]})
    Store(tmp_path, "data").save(one, {"loss": [1.0, float("nan")]}, 2.0)
    assert Store(tmp_path, "data").load(one) == ({"loss": [1.0, None]}, 2.0)
    assert Store(tmp_path, "other data").load(one) is None
    assert Store(tmp_path, "data").load(Configuration("a", {"rate": 0.2, "hidden": [3]})) is None


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"key": 1}', "\x00"])
def test_a_damaged_result_is_none(tmp_path, damage):
    one = Configuration("a", {})
    store = Store(tmp_path, "data")
    store.save(one, {}, 1.0)
    (tmp_path / "a.json").write_text(damage)
    assert store.load(one) is None


# processes


def test_a_process_that_dies_is_told_by_its_configuration(monkeypatch):
    job = Job(
        "derivations", Configuration("checks", {"points": 10**9, "classes": 3, "seed": 1}), EMBEDDED
    )
    killed: list[str] = []

    def kill(note):
        if not killed:
            killed.append(note)
            (child,) = multiprocessing_children()
            os.kill(child, signal.SIGKILL)

    with pytest.raises(GraderError, match=r"configuration checks ended its process \(-9\)"):
        list(run_jobs([job], 1, kill))
    assert multiprocessing_children() == []


def multiprocessing_children():
    import multiprocessing

    return [child.pid for child in multiprocessing.active_children()]


def test_closing_ends_what_is_running_and_says_nothing():
    # Differences of 3,000 x 3,000 probabilities: minutes without a word.
    silent = {"points": 1, "classes": 3000, "seed": 1}
    endless = Job("derivations", Configuration("endless", silent), EMBEDDED)
    short = Job("derivations", Configuration("short", silent | {"classes": 3}), EMBEDDED)
    running = run_jobs([endless, short], 2, lambda note: None)
    assert next(running).configuration.name == "short"
    running.close()
    assert multiprocessing_children() == []


# settings


def test_settings_are_of_the_type_of_their_default():
    defaults = {"epochs": 3, "rates": [0.1], "hidden": [8], "dropout": 0.1, "milestones": [2]}
    changes = ["epochs=5", "rates=1,0.5", "hidden=3,4", "dropout=0", "milestones="]
    assert laid_over(defaults, changes) == {
        "epochs": 5,
        "rates": [1.0, 0.5],
        "hidden": [3, 4],
        "dropout": 0.0,
        "milestones": [],
    }
    assert defaults["epochs"] == 3


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "1e400", ""])
def test_a_rate_that_is_no_rate_is_refused(text):
    with pytest.raises(UsageError):
        laid_over({"rate": 0.1}, [f"rate={text}"])


# numbers


def test_a_diverged_training_has_curves_of_full_length():
    rng = np.random.default_rng(0)
    part = rng.random((40, 6), np.float32), rng.integers(0, 3, 40)
    settings = {"hidden": [4], "activation": "relu", "rate": 1e30, "batch_size": 10, "epochs": 5}
    steps: list[str] = []
    net = network(settings | {"seed": 1}, 6, 3)
    result = trained(net, part, part, settings | {"seed": 1}, steps.append)
    assert result["diverged"] and {len(curve) for curve in result["curves"].values()} == {5}
    assert len(steps) == 5
    assert np.isnan(result["curves"]["train_loss"][-1])


def test_the_most_confused_pair_is_the_largest_sum():
    counts = np.diag([10, 10, 20]) + np.array([[0, 0, 3], [2, 0, 2], [0, 5, 0]])
    rates = normalised(counts)
    assert np.allclose(rates.sum(axis=1), 1)
    a, b, together = worst_pair(rates)
    assert (a, b) == (1, 2) and np.isclose(together, 2 / 14 + 5 / 25)
    rows = by_class(counts, rates).rows
    assert rows[0][3:] == ["2 (23.1 %)", "1 (14.3 %)", "2 (23.1 %)"]


def test_few_examples_have_margins_and_numbers_that_are_read_as_such():
    assert margin(1.0, 1) == 1.0 and 0.009 < margin(0.5, 10_000) < 0.01
    assert [counted(n, "epoch") for n in (1, 2, 1000)] == ["1 epoch", "2 epochs", "1,000 epochs"]


def test_what_diverged_names_the_others_only_where_there_are_others():
    gone, fine = {"diverged": 2}, {"diverged": 0}
    words = {"a": "A", "b": "B"}
    assert diverged_words({"a": gone, "b": fine}, words) == [
        "Diverged: A (epoch 2); the others went on."
    ]
    assert diverged_words({"a": gone, "b": gone}, words) == ["Diverged: A (epoch 2), B (epoch 2)."]


def test_tables_keep_their_cells_apart():
    table = Table("t", "A caption.", ("name", "n"), [["a|b", "1,000"], ["two\nlines", "2"]])
    assert tables.as_csv(table) == 'name,n\na|b,"1,000"\n"two\nlines",2\n'
    lines = tables.as_markdown(table).splitlines()
    assert lines[2:] == [
        "| name      |     n |",
        "| --------- | ----: |",
        "| a\\|b      | 1,000 |",
        "| two lines |     2 |",
    ]


def test_a_result_can_be_read_again_as_json(tmp_path):
    one = Configuration("a", {})
    kept = Store(tmp_path, "data").save(one, {"n": (1, 2), "x": float("inf")}, 0.1)
    assert kept == {"n": [1, 2], "x": None}
    assert json.loads((tmp_path / "a.json").read_text())["result"] == kept
