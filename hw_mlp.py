"""Training of the MLP of nn.py: minibatches, optimisers, a schedule for the rate, the loop.

Fill in the TODOs: write each body and delete its NotImplementedError. `python hw_mlp.py` trains on
the embedded digits (`--help` says what can be set) and writes runs/<name>.json and its plot.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nn
from data import DataError, embedded_file, find_file, load_file, one_hot, set_aside, uneven_batches
from data.progress import progress
from data.runs import RunLog, latex_table, markdown_table, plot_learning_curve, table_rows
from data.tasks import print_open_tasks
from data.weight_files import write_parameters
from nn import cross_entropy_loss

Params = dict[str, np.ndarray]


class BatchGenerator:
    """Minibatches of x (n, d) and y (n, c): iterating yields pairs (x_batch, y_batch).

    All examples once per epoch, in minibatches of batch_size, the last one shorter if batch_size
    does not divide n. Attributes: x, y, batch_size.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        # TODO(hw_mlp.BatchGenerator): keep what is needed.
        raise NotImplementedError("hw_mlp.BatchGenerator")

    def __len__(self) -> int:
        """Number of minibatches in an epoch."""
        # TODO(hw_mlp.BatchGenerator): mind the last, shorter minibatch.
        raise NotImplementedError("hw_mlp.BatchGenerator")

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (x_batch, y_batch), from the first example to the last."""
        # TODO(hw_mlp.BatchGenerator): slices of batch_size examples.
        raise NotImplementedError("hw_mlp.BatchGenerator")

    def shuffle(self) -> None:
        """Put the examples in a new random order; x and y stay paired."""
        # TODO(hw_mlp.BatchGenerator): one permutation for both.
        raise NotImplementedError("hw_mlp.BatchGenerator")


class Adam:
    """Adam (Kingma and Ba, 2015). eta is read at every update, so that a schedule can set it.

    Attributes: eta, beta1, beta2, eps.
    """

    def __init__(
        self, eta: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        # TODO(hw_mlp.Adam): keep the settings; m, v and the count start empty.
        raise NotImplementedError("hw_mlp.Adam")

    def update(self, params: Params, grads: Params) -> None:
        """One step, in place, for every key; t counts the calls from 1, m and v start at 0.

        m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
        params <- params - eta mhat / (sqrt(vhat) + eps)
        with mhat = m / (1 - beta1^t) and vhat = v / (1 - beta2^t)
        """
        # TODO(hw_mlp.Adam): in place; every key, one count per call.
        raise NotImplementedError("hw_mlp.Adam")


class SGD:
    """Gradient descent with momentum and weight decay. eta is read at every update.

    Attributes: eta, momentum, weight_decay.
    """

    def __init__(self, eta: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        # TODO(hw_mlp.SGD): keep the settings; the velocity starts empty.
        raise NotImplementedError("hw_mlp.SGD")

    def update(self, params: Params, grads: Params) -> None:
        """One step, in place, for every key; v starts at 0, lambda = weight_decay, mu = momentum.

        g <- g + lambda W,   v <- mu v + g,   W <- W - eta v
        The penalty is lambda/2 ||W||^2: keys that start with b (biases) do not decay.
        """
        # TODO(hw_mlp.SGD): in place; every key.
        raise NotImplementedError("hw_mlp.SGD")


def step_decay(eta0: float, epoch: int, milestones: Sequence[int] = (20, 40)) -> float:
    """The rate after `epoch` completed epochs: eta0, halved for each milestone <= epoch."""
    # TODO(hw_mlp.step_decay): count the milestones that are reached.
    raise NotImplementedError("hw_mlp.step_decay")


def train_loop(
    model: Any,
    data: BatchGenerator,
    optimizer: Any,
    num_epochs: int,
    call_back: Callable[[Any, int], None] | None = None,
) -> tuple[list[float], list[float]]:
    """Train model (nn.NN) on data for num_epochs epochs, shuffled anew before each.

    For each minibatch: forward, cross_entropy_loss, the way back, optimizer.update in place.
    call_back(model, epoch) runs after each epoch, epoch = completed epochs (1, 2, ...); it may set
    optimizer.eta. Returns (losses, accs), the loss and accuracy of each training minibatch.
    """
    # TODO(hw_mlp.train_loop): shuffle, minibatches, call_back; keep each loss and accuracy.
    raise NotImplementedError("hw_mlp.train_loop")


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Given: the command line."""
    parser = argparse.ArgumentParser(
        prog="hw_mlp.py",
        description="Train an MLP, log the run and plot its learning curve.",
        usage="%(prog)s [options], see --help",
    )
    option = parser.add_argument
    several = "a folder or a set's name, or two files (default: the embedded digits)"
    option("--data", nargs="+", metavar="PATH", help=several)
    option(
        "--hidden", type=positive_int, nargs="+", default=[128, 64], metavar="SIZE", help="128 64"
    )
    option("--activation", choices=["relu", "tanh"], default="relu", help="%(default)s")
    option("--optimizer", choices=["adam", "sgd"], default="adam", help="%(default)s")
    option("--eta", type=positive_float, default=0.001, help="initial rate, %(default)s")
    option("--momentum", type=float, default=0.0, help="of sgd, %(default)s")
    option("--weight-decay", type=float, default=0.0, help="of sgd, %(default)s")
    option("--batch-size", type=positive_int, default=100, help="%(default)s")
    option("--epochs", type=positive_int, default=50, help="%(default)s")
    halved = "epochs after which the rate is halved, 20 40"
    option("--milestones", type=positive_int, nargs="*", default=[20, 40], help=halved)
    aside = "examples set aside, 0: none (default: a sixth of the training file)"
    option("--validation", type=whole_number, help=aside)
    option("--seed", type=int, default=0, help="%(default)s")
    option("--name", default="mlp", help="of the run and its files, %(default)s")
    option("--out", type=Path, default=Path("runs"), help="folder for the results, %(default)s")
    return parser.parse_args(argv)


def whole_number(text: str) -> int:
    """Given: an integer that is zero or above, for argparse."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def positive_int(text: str) -> int:
    """Given: an integer above zero, for argparse."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def positive_float(text: str) -> float:
    """Given: a finite number above zero, for argparse."""
    if not 0 < float(text) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return float(text)


def data_files(paths: Sequence[str] | None) -> tuple[Path, Path]:
    """Given: the training and the test file; neither is read here."""
    if not paths:
        return embedded_file("train"), embedded_file("test")
    if len(paths) == 1:
        return find_file("train", paths[0]), find_file("test", paths[0])
    if len(paths) > 2:
        raise DataError(f"--data: {len(paths)} paths; give a folder or two files")
    for path in paths:
        if not Path(path).is_file():
            raise DataError(f"{path}: no such file")
    return Path(paths[0]), Path(paths[1])


def measure(model: Any, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Given: (loss, accuracy) of the model on x (n, d) and one-hot y (n, c); NaN if n = 0."""
    if len(x) == 0:
        return float("nan"), float("nan")
    h, _ = model.forward(x)
    accuracy = float(np.mean(np.argmax(h, axis=1) == np.argmax(y, axis=1)))
    return cross_entropy_loss(h, y)[0], accuracy


def make_optimizer(args: argparse.Namespace) -> Any:
    """Given: the optimiser that the command line names."""
    if args.optimizer == "adam":
        return Adam(args.eta)
    return SGD(args.eta, args.momentum, args.weight_decay)


def make_log(args: argparse.Namespace, model: Any, n_train: int, n_validation: int) -> RunLog:
    """Given: the record of a run before its first epoch."""
    settings = {k: v for k, v in vars(args).items() if k not in ("name", "out", "validation")}
    if args.optimizer == "adam":
        settings = {k: v for k, v in settings.items() if k not in ("momentum", "weight_decay")}
    settings["data"] = args.data or "embedded digits"
    settings["parameters"] = sum(param.size for param in model.parameters().values())
    layers = [784, *args.hidden, 10]
    initialization = "W ~ N(0, 1/n_in), b = 0"
    return RunLog(args.name, settings, layers, initialization, n_train, n_validation)


def train(args: argparse.Namespace, model: Any, optimizer: Any, log: RunLog, sets: Any) -> None:
    """Given: train_loop with a progress bar; after each epoch measure, log and set the rate.

    Ctrl-C ends the training; the epochs that are done stay in the log.
    """
    (x, y), validation = sets
    with progress("training", args.epochs) as bar:

        def call_back(model: Any, epoch: int) -> None:
            log.add_epoch(optimizer.eta, measure(model, x, y), measure(model, *validation))
            log.save(args.out)
            optimizer.eta = step_decay(args.eta, epoch, args.milestones)
            bar.advance(log.latest_accuracy())

        try:
            train_loop(
                model, BatchGenerator(x, y, args.batch_size), optimizer, args.epochs, call_back
            )
        except KeyboardInterrupt:
            log.interrupted = True


def run(args: argparse.Namespace) -> None:
    """Given: one run from the data files to its log, table and plot; the test file comes last."""
    train_file, test_file = data_files(args.data)
    x, y = load_file(train_file)
    parts = set_aside(x, y, args.validation, seed=args.seed)
    sets = [(x, one_hot(y)) for x, y in parts]
    np.random.seed(args.seed)
    model = nn.NN(784, args.hidden, getattr(nn, args.activation), 10)
    log = make_log(args, model, len(sets[0][0]), len(sets[1][0]))
    if warning := uneven_batches(log.n_train, args.batch_size):
        print(warning, file=sys.stderr)
    args.out.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    train(args, model, make_optimizer(args), log, sets)
    print(f"{log.epochs} epochs in {time.perf_counter() - start:.1f} s")
    if log.interrupted:
        print("stopped early: the finished epochs are kept, the test set stays unread")
    else:
        x, y = load_file(test_file)
        log.test_loss, log.test_accuracy = measure(model, x, one_hot(y))
        path = args.out / f"{args.name}.hdf5"
        print(write_parameters(path, model.parameters(), args.activation))
    report(log, args)


def report(log: RunLog, args: argparse.Namespace) -> None:
    """Given: write the log and the plot, print the table in Markdown and LaTeX."""
    plot = args.out / f"{log.name}.png"
    print(f"log: {log.save(args.out)}")
    if log.epochs:
        try:
            plot_learning_curve(log, args.milestones, plot)
            print(f"learning curve: {plot}")
        except ImportError as missing:
            print(f"no learning curve: {missing.name} is not installed")
    if log.epochs and not log.curves["train_loss"][-1] < np.log(10):  # NaN is not below either
        print("the training loss ends no lower than guessing's ln 10: try a smaller --eta")
    rows = table_rows(log)
    print(f"\n{markdown_table(rows)}\n\n{latex_table(rows)}")


def main(argv: Sequence[str] | None = None) -> int:
    """Given: 0 when trained, 1 when a task is missing for it, 2 when the data is wrong."""
    args = parse_arguments(argv)
    print_open_tasks(nn.__file__, __file__)
    try:
        run(args)
    except NotImplementedError as task:
        print(f"training stops here: it needs {task}")
        return 1
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped before the training")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
