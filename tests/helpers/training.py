"""What the checks of training share: examples that can be recognised, networks with given weights,
and programs that run an optimiser or a training loop.

Everything is built by name in the student's process: an array that is to be changed in place is
made there by numpy.array, a network gets its weights through parameters().
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .asking import Ask, Name, Ref
from .assertions import CheckFailure, Finding, close, entry, holds, pair, shaped
from .drawing import Draw
from .proxy import Student

Array = NDArray[Any]
Params = dict[str, Array]

IN_PLACE = (
    "Change the arrays themselves, as in `params[key] -= ...`: "
    "the network keeps its own references and never sees new arrays."
)
PAIRS = "x and y must be taken with the same indices."


def examples(n: int) -> tuple[Array, Array]:
    """n examples that can be told apart: x (n, 2) holds their numbers, y (n, n) is the identity."""
    numbers = np.arange(n, dtype=np.float64)
    return np.stack([numbers, -numbers - 0.5], axis=1), np.eye(n)


def batches(call: str, got: Any, n: int) -> list[NDArray[np.int64]]:
    """The numbers of the examples in each minibatch, where `got` is what iterating gave.

    Fails where a minibatch is no pair (x, y) of 2-D arrays, or parts x from y.
    """
    holds(call, isinstance(got, (list, tuple)), "does not give minibatches")
    found = []
    for i, batch in enumerate(got):
        x_batch, y_batch = pair(f"minibatch {i}", batch)
        m = np.shape(x_batch)[0] if np.ndim(x_batch) else 0
        x_batch = shaped(f"x of minibatch {i}", x_batch, (m, 2), hint="x stays (m, d).")
        y_batch = shaped(f"y of minibatch {i}", y_batch, (m, n), hint="y stays (m, c).")
        numbers = np.rint(x_batch[:, 0]).astype(np.int64)
        close(f"x of minibatch {i}", x_batch, np.stack([numbers, -numbers - 0.5], axis=1))
        holds(f"x of minibatch {i}", bool(np.all((numbers >= 0) & (numbers < n))), "is not from x")
        together = np.array_equal(y_batch, np.eye(n)[numbers])
        holds(f"minibatch {i}", together, "pairs examples with labels of others", hint=PAIRS)
        found.append(numbers)
    return found


def covers(call: str, found: Sequence[Array], n: int, batch_size: int) -> None:
    """An epoch: minibatches of batch_size, each example at most once, at most a rest left out."""
    sizes = [len(numbers) for numbers in found]
    seen = np.concatenate([*found, np.zeros(0, np.int64)])
    holds(call, len(np.unique(seen)) == len(seen), "repeats examples")
    holds(call, n - len(seen) <= n % batch_size, "leaves out examples")
    hint = "Every minibatch has batch_size examples; only the last may be shorter."
    holds(call, all(1 <= size <= batch_size for size in sizes), "has sizes that vary", hint=hint)
    counts = (n // batch_size, -(-n // batch_size))
    holds(call, len(sizes) in counts, "gives too many or too few minibatches", hint=hint)


def epoch(one: Ask, generator: Ref) -> Ref:
    """All minibatches of an epoch, as a list; it does not ask for len()."""
    return one.call(Name("builtins.list"), one.call(Name("builtins.iter"), generator))


def live(one: Ask, params: Mapping[str, Any]) -> dict[str, Ref]:
    """Arrays that stay with the student, under their keys."""
    return {key: one.call(Name("numpy.array"), value) for key, value in params.items()}


def made(student: Student, path: str, *args: Any, **settings: Any) -> Any:
    """An optimiser that stays with the student; settings that its constructor does not take are
    set as attributes."""
    one = Ask(may_raise=True)
    answer = student.answer(one.returns(one.call(path, *args, **settings), live=True))
    optimizer = answer.value
    late = Ask()
    for name in settings:
        if name in answer.dropped:
            late.set(optimizer, name, settings[name])
    if late.steps:
        student.run(late)
    return optimizer


def updates(
    one: Ask, optimizer: Any, params: Params, gradients: Iterable[Params], *, etas: Any = ()
) -> list[Ref]:
    """Update `params` with one gradient after another; a dict of copies after each update.

    etas: what optimizer.eta is set to before each update, where given.
    """
    arrays, ends = live(one, params), []
    for i, gradient in enumerate(gradients):
        if i < len(etas):
            one.set(optimizer, "eta", etas[i])
        one.method(optimizer, "update", arrays, gradient)
        ends.append(one.call(Name("builtins.dict"), live(one, arrays)))
    return ends


def same_params(
    call: str, got: Any, want: Mapping[str, Any], *, hint: str = "", **tolerance: float
) -> None:
    """Every parameter close to the expected one; the first wrong key is named."""
    for key, value in want.items():
        close(f'{call}["{key}"]', entry(call, got, key), value, hint=hint, **tolerance)


def in_place(call: str, before: Params, handed: Any, after: Any) -> None:
    """The arrays were changed, not replaced in the dict that was handed over."""
    moved = [not np.array_equal(entry(call, after, key), before[key]) for key in before]
    if any(moved):
        return
    rebound = [not np.array_equal(entry(call, handed, key), before[key]) for key in before]
    if any(rebound):
        fact = "puts new arrays into the dict instead of changing those that it was given"
        raise CheckFailure(Finding(call, fact=fact, hint=IN_PLACE))
    raise CheckFailure(Finding(call, fact="changes nothing", hint=IN_PLACE, stub=True))


def network(one: Ask, params: Params) -> Ref:
    """A student's nn.NN of tanh layers with these weights, {"W0": ..., "b0": ..., "W1": ...}."""
    W = [value for key, value in params.items() if key.startswith("W")]
    hidden = [len(value) for value in W[:-1]]
    net = one.call("nn.NN", W[0].shape[1], hidden, Name("nn.tanh"), len(W[-1]))
    return put(one, net, params)


def put(one: Ask, net: Ref, params: Mapping[str, Any]) -> Ref:
    """Write these weights into the network's own arrays."""
    arrays = one.method(net, "parameters")
    for key, value in params.items():
        one.call(Name("numpy.copyto"), one.item(arrays, key), value)
    return net


def weights(draw: Draw, n_in: int, hidden: int, n_out: int) -> Params:
    """Weights of a network of one hidden layer, biases included."""
    return {
        "W0": draw.array((hidden, n_in), -1, 1),
        "b0": draw.array(hidden, -0.5, 0.5),
        "W1": draw.array((n_out, hidden), -1, 1),
        "b1": draw.array(n_out, -0.5, 0.5),
    }


def train(
    one: Ask, net: Ref, data: tuple[Array, Array, int], optimizer: Any, epochs: int, *call_back: Any
) -> Ref:
    """The student's train_loop on data = (x, y, batch_size), with what it returns."""
    generator = one.call("hw_mlp.BatchGenerator", *data)
    return one.call("hw_mlp.train_loop", net, generator, optimizer, epochs, *call_back)


def series(call: str, got: Any, lengths: Sequence[int]) -> Array:
    """A list of numbers, one for each minibatch or epoch, as a 1-D array."""
    try:
        numbers = np.asarray(got).ravel()
    except ValueError:
        raise CheckFailure(Finding(call, fact="is a ragged list")) from None
    holds(call, numbers.dtype.kind in "biuf", "is not a list of numbers")
    fact = "has neither one number per minibatch nor one per epoch"
    holds(call, len(numbers) in lengths, fact)
    return numbers


def number(call: str, got: Any) -> float:
    """One number, which may come as an array of one entry."""
    array = np.asarray(got)
    holds(call, array.size == 1 and array.dtype.kind in "biuf", "is not a number")
    return float(array.reshape(()))


def noted(seen: Any, epochs: int) -> list[Params]:
    """What a Recorder noted: the weights at each call, one call for each epoch."""
    calls = seen if isinstance(seen, list) else []
    hint = "call_back runs once after each epoch."
    holds("call_back", len(calls) == epochs, f"is called {len(calls)} times", hint=hint)
    return calls
