"""The leaderboard: accuracy on held data after a fixed number of updates, and parameters.

The submission trains in the sandbox on embedded digits; its network then says what some digits are
that nobody has: of the test set, moved and smudged by draws from the secret seed. Their labels
never leave this process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from data.loading import embedded_file, load_file, one_hot
from grader import seeds
from grader.config import Settings
from grader.sandbox import SandboxError, Zygote
from grader.signatures import aliases, documented
from grader.staging import worker_spec
from grader.student import SandboxTransport
from grader.submission import Submission
from grader.suites import Layout
from grader.workers import Workers
from tests.helpers.asking import Ask, Live, Name, StudentFailure
from tests.helpers.assertions import CheckFailure, shaped
from tests.helpers.conventions import networks
from tests.helpers.drawing import SeededDraw
from tests.helpers.proxy import Student
from tests.helpers.training import train

# 300 updates, as docs/gradescope.md says.
EPOCHS, BATCH, N_TRAIN, N_VALID, N_HELD = 6, 64, 3200, 200, 1000
HIDDEN, ETA = 50, 0.002  # of hw_mlp, where the submission does not choose
CLASSES, SIDE, FARTHEST = 10, 28, 2
MOST_ENTRIES = 40  # of `weights`: names are made for each
Part = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Task:
    """Digits to train on and digits to be recognised: x (n, 784) in [0, 1], y one-hot (n, 10)."""

    train: Part
    valid: Part
    held: Part


@dataclass(frozen=True)
class Standing:
    """Entries of the platform's leaderboard, and lines for the student."""

    entries: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = field(default=())


def standing(
    submission: Submission, settings: Settings, layout: Layout, zygote: Zygote, seconds: float
) -> Standing:
    """Train and measure, in at most so many CPU seconds; whatever happens, there is an answer."""
    board = settings.gradescope.leaderboard
    if board not in submission.modules:
        return Standing(notes=[f"Leaderboard: no entry without {board}.py."])
    # What of it is held must not lie beside the submission's files.
    (submission.given[0] / "data" / embedded_file("test").name).unlink(missing_ok=True)
    task = make_task(seeds.read_seed(settings.seed_file))
    spec = worker_spec(submission, settings.limits, layout, modules=submission.modules)
    workers = Workers(zygote, spec, list(layout.suites((board,))))
    try:
        student = _student(workers, layout, board, seconds)
        p, parameters = MEASURES[board](student, task)
    except (StudentFailure, CheckFailure, SandboxError) as failure:
        return Standing(notes=[f"Leaderboard: no entry, because {_why(failure)}."])
    finally:
        workers.close()
    right = np.argmax(p, axis=1) == np.argmax(task.held[1], axis=1)
    accuracy = {"name": "accuracy", "value": round(float(np.mean(right)), 4), "order": "desc"}
    size = {"name": "parameters", "value": parameters, "order": "asc"}
    return Standing([accuracy, size])


def make_task(seed: bytes) -> Task:
    """The digits of one course: the same for all of its submissions."""
    random = seeds.stream(seed, "leaderboard")
    (x, y), (x_test, y_test) = (
        load_file(embedded_file(part), dtype=np.float32) for part in ("train", "test")
    )
    chosen = random.permutation(len(x_test))[:N_HELD]
    held = np.stack([_moved(random, image) for image in x_test[chosen]])

    def part(first: int, last: int) -> Part:
        return x[first:last].astype(np.float64), one_hot(y[first:last])

    valid = part(N_TRAIN, N_TRAIN + N_VALID)
    return Task(part(0, N_TRAIN), valid, (held, one_hot(y_test[chosen])))


def _moved(random: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """A digit (784,) shifted by up to two pixels, fainter and noisy."""
    shift = random.integers(-FARTHEST, FARTHEST + 1, 2)
    moved = np.roll(image.reshape(SIDE, SIDE), shift, axis=(0, 1)).astype(np.float64)
    noisy = random.uniform(0.8, 1.0) * moved + random.normal(0.0, 0.03, moved.shape)
    return np.clip(noisy, 0.0, 1.0).ravel()


def _student(workers: Workers, layout: Layout, board: str, seconds: float) -> Student:
    suites = layout.suites((board,))
    worker = workers.fresh()
    transport = SandboxTransport(
        worker,
        documented=documented({name: layout.reference(name) for name in suites}, suites),
        streams=lambda i: SeededDraw(np.random.default_rng(i)),
        cpu_seconds=seconds,
        names=workers.names,
        aliases=aliases(suites, workers.names),
    )
    transport.reseed(1)
    return Student(transport)


def _solution(student: Student, task: Task) -> tuple[np.ndarray, int]:
    """(probabilities of the held digits, number of parameters), all else as the class chooses."""
    nets, one = networks(student, "train_loop"), Ask()
    data = (task.train, task.valid, task.valid)
    net = nets.with_own_defaults(one, data, batch_size=BATCH, seed=1)
    one.method(net, "train_loop", EPOCHS)
    weights = one.get(net, "weights")
    size = one.call(Name("builtins.len"), weights)
    one.returns(net, weights, live=True).returns(size)
    kept, arrays, entries = student.answer(one).value
    n_layers = _count(entries, MOST_ENTRIES) // 2
    forward = Ask()
    cache, _ = networks(student, "backward").forward(forward, kept, task.held[0])
    forward.item(cache, f"Z{n_layers}")
    names = [f"{kind}{i}" for i in range(1, n_layers + 1) for kind in "Wb"]
    return _probabilities(student.run(forward)), _sizes(student, arrays, names)


def _hw_mlp(student: Student, task: Task) -> tuple[np.ndarray, int]:
    """The same of a network of one hidden layer that the submission's own Adam trains."""
    one = Ask()
    net = one.call("nn.NN", SIDE * SIDE, [HIDDEN], Name("nn.relu"), CLASSES)
    train(one, net, (*task.train, BATCH), one.call("hw_mlp.Adam", ETA), EPOCHS)
    p = one.item(one.method(net, "forward", task.held[0]), 0)
    one.returns(p).returns(one.method(net, "parameters"), live=True)
    probabilities, arrays = student.answer(one).value
    return _probabilities(probabilities), _sizes(student, arrays, ["W0", "b0", "W1", "b1"])


MEASURES = {"solution": _solution, "hw_mlp": _hw_mlp}


def _probabilities(p: Any) -> np.ndarray:
    return shaped("the probabilities of held digits", p, (N_HELD, CLASSES))


def _sizes(student: Student, arrays: Live, names: Sequence[str]) -> int:
    one = Ask()
    one.returns(*(one.call(Name("numpy.size"), one.item(arrays, name)) for name in names))
    return sum(_count(size) for size in student.answer(one).value)


def _count(value: Any, most: int = 10**9) -> int:
    """A number of things, from a submission that may say anything."""
    if type(value) is not int or not 0 < value <= most:
        raise StudentFailure("failed", "a number of parameters that is none")
    return value


def _why(failure: StudentFailure | CheckFailure | SandboxError) -> str:
    if isinstance(failure, SandboxError):
        return "the training ended its process"
    if isinstance(failure, CheckFailure):
        return "the network gives no probabilities of ten classes"
    return f"the training {WORDS.get(failure.status, 'gives no answer')}"


WORDS = {
    "timed_out": "takes too long",
    "out_of_memory": "needs too much memory",
    "crashed": "raises an exception",
    "not_implemented": "is not implemented yet",
}
