"""nn.py and hw_mlp.py with Adam: a few networks and rates, the best of them on the test file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grader.experiments.bench import Bench
from grader.experiments.choosing import chosen
from grader.experiments.sources import Arrays
from grader.experiments.student_training import StudentTraining
from grader.experiments.study import Configuration, Last, Result, Settings, Study
from grader.experiments.training import network, trained

PER_RUN = ("hiddens", "rates")


def settings(quick: bool) -> Settings:
    """Two architectures with three rates each."""
    full: Settings = {
        "hiddens": ["128-64", "256-128"],
        "activation": "relu",
        "optimizer": "adam",
        "rates": [0.0003, 0.001, 0.003],
        "batch_size": 100,
        "epochs": 20,
        "milestones": [10, 15],
        "init": "fan_in",
        "train": 0,
        "validation": 0,
        "seed": 1,
        "split_seed": 0,
    }
    small = {"hiddens": ["32", "64-32"], "rates": [0.001, 0.005], "epochs": 8, "milestones": [4, 6]}
    return full | (small | {"train": 1500, "validation": 500, "batch_size": 50} if quick else {})


def configurations(settings: Settings) -> list[Configuration]:
    """Each architecture with each rate."""
    shared = {key: value for key, value in settings.items() if key not in PER_RUN}
    return [
        Configuration(
            f"{hidden}-{settings.get('optimizer', 'adam')}-{rate:g}",
            {**shared, "hidden": [int(size) for size in hidden.split("-")], "rate": rate},
            units=settings["epochs"],
        )
        for hidden in settings["hiddens"]
        for rate in settings["rates"]
    ]


def run(configuration: Configuration, bench: Bench) -> Result:
    """Curves; with the test file its loss and accuracy as well."""
    settings, parts = configuration.settings, bench.parts(configuration.settings)
    test = bench.test if configuration.opens_test else None
    if bench.student is not None:
        with bench.student.student() as student:
            model = StudentTraining(student, settings)
            result = model.run(parts.train, parts.valid, bench.advance)
            if test and not result["diverged"]:
                result |= of_test(test.open(), model.measure)
            return result
    net = network(settings, parts.train[0].shape[1], 10)
    result = trained(net, parts.train, parts.valid, settings, bench.advance)
    result |= {"parameters": net.n_parameters, "settings": settings}
    if test and not result["diverged"]:
        result |= of_test(test.open(), lambda part: net.loss_and_accuracy(*part))
    return result


def of_test(part: Arrays, measure: Callable[[Arrays], tuple[float, float]]) -> Result:
    """Loss and accuracy on the test file."""
    loss, accuracy = measure(part)
    return {"test_loss": loss, "test_accuracy": accuracy, "test_examples": len(part[0])}


def last(settings: Settings, results: Mapping[str, Result]) -> Last | None:
    """The best network again, the same to the last bit, and then the test file."""
    return chosen(configurations(settings), results)


STUDY = Study(
    name="adam",
    title="Training with Adam",
    asks="Train the network of nn.py with the Adam of hw_mlp.py. Give a table of hyperparameters, "
    "say what was tried, plot loss and accuracy, and report the best test accuracy.",
    data="images",
    settings=settings,
    configurations=configurations,
    run=run,
    last=last,
    modules=("nn", "hw_mlp"),
    theirs=("optimizer", "init"),
)
