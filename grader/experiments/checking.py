"""What is refused before anything runs: settings that do not fit the data, or each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from data.loading import uneven_batches
from grader.errors import UsageError
from grader.experiments.sources import Source
from grader.experiments.study import Configuration, Settings
from grader.experiments.tables import layers_text

MOST = 50_000_000  # parameters of a network
INPUTS, CLASSES = 784, 10
ARCHITECTURES = ("hidden", "plain_hidden", "regularized_hidden")


def check(settings: Settings, source: Source, changes: Sequence[str]) -> None:
    """Raise UsageError for settings that ask for more than there is.

    changes: the "KEY=VALUE" of --set, which say who asked.
    """
    given = {change.partition("=")[0] for change in changes}
    check_examples(settings, source, "--set" if given & {"train", "validation"} else source.title)
    examples = settings.get("train", source.count)
    for size in sizes_of(settings):
        if size > examples:
            who = "--set" if given & {"batch_size", "batch_sizes", "train"} else source.title
            raise UsageError(
                f"{who}: a batch of {size:,} is more than all training examples ({examples:,}): "
                "choose a smaller one with --set"
            )
    for hidden in architectures(settings):
        check_parameters(hidden)


def check_examples(settings: Settings, source: Source, who: str) -> None:
    """Raise UsageError where training and validation want more examples than there are."""
    if "validation" not in settings:
        return
    train, validation = settings["train"], settings["validation"]
    if train + validation > source.count or train < 1 or validation < 1:
        raise UsageError(
            f"{who}: {max(train, 0):,} examples for training and {validation:,} for validation are "
            f"more than the {source.count:,} there are, or none: choose with --set train=... "
            "--set validation=..."
        )


def check_parameters(hidden: Sequence[int]) -> None:
    """Raise UsageError for a network that is too large to be meant."""
    layers = (INPUTS, *hidden, CLASSES)
    n = sum((below + 1) * above for below, above in pairwise(layers))
    if n > MOST:
        raise UsageError(
            f"--set: a network {layers_text(layers)} has {n:,} parameters, more than {MOST:,}"
        )


def architectures(settings: Settings) -> list[list[int]]:
    """All sizes of hidden layers in the settings."""
    written = [[int(size) for size in text.split("-")] for text in settings.get("hiddens", [])]
    return [*written, *(settings[key] for key in ARCHITECTURES if key in settings)]


def check_names(configurations: Sequence[Configuration]) -> None:
    """Raise UsageError where two configurations have one name, and so one file."""
    seen: set[str] = set()
    for one in configurations:
        if one.name in seen:
            raise UsageError(f"--set: two configurations would be {one.name}: give a value once")
        seen.add(one.name)


def warnings(settings: Settings) -> list[str]:
    """What a reader has to know of the settings."""
    told = [uneven_batches(settings.get("train", 0), size) for size in sizes_of(settings)]
    return [one.removeprefix("warning: ") for one in told if one]


def sizes_of(settings: Settings) -> list[int]:
    """The batch sizes in the settings."""
    return [*settings.get("batch_sizes", []), *filter(None, [settings.get("batch_size")])]
