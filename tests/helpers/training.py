"""What the checks of training share: examples that can be recognised, networks with given weights,
and programs that run an optimiser or a training loop.

Everything is built by name in the student's process: an array that is to be changed in place is
made there by numpy.array, a network gets its weights through parameters().
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .asking import Ask, Name, Ref
from .assertions import CheckFailure, Finding, close, holds, pair, shaped
from .drawing import Draw
from .kinds import kind_of
from .several import close_each

Array = NDArray[Any]
RECORDING = "checks_recording"  # the file of given/, by a name that no student's file has
Params = dict[str, Array]

ITERATE = "`for x, y in data` needs an iterator; a function with yield makes one."
AGAIN = "Each `for x, y in data` starts from the first minibatch."
ONCE = "In an epoch no example comes twice."
PAIRS = "x and y must be taken with the same indices."


def examples(n: int) -> tuple[Array, Array]:
    """n examples that can be told apart: x (n, 2) holds their numbers, y (n, n) is the identity."""
    numbers = np.arange(n, dtype=np.float64)
    return np.stack([numbers, -numbers - 0.5], axis=1), np.eye(n)


def epochs(one: Ask, generator: Ref, shuffles: int = 0) -> Ref:
    """The minibatches of an epoch, and of one more after each shuffle(); see `batches`."""
    return one.call(Name(f"{RECORDING}.epochs"), generator, shuffles)


def batches(call: str, got: Any, n: int) -> list[list[NDArray[np.int64]]]:
    """The numbers of the examples in each minibatch of each epoch that `epochs` gave.

    Fails where a minibatch is no pair (x, y) of 2-D arrays, or parts x from y.
    """
    holds(call, isinstance(got, list), "does not give minibatches")
    return [_epoch(call, each, n) for each in got]


def _epoch(call: str, got: Any, n: int) -> list[NDArray[np.int64]]:
    if not isinstance(got, list):
        value = got["__iter__"] if isinstance(got, dict) else got
        fact = f"cannot iterate: __iter__ gives {kind_of(value)}, expected an iterator"
        raise CheckFailure(Finding(call, fact=fact, hint=ITERATE, stub=is_nothing(value)))
    found = []
    for i, batch in enumerate(got):
        name = f"minibatch {i} of {call}"
        x, y = pair(name, batch)
        m = np.shape(x)[0] if np.ndim(x) else 0
        x = shaped(f"x of {name}", x, (m, 2), hint="x stays (m, d).")
        y = shaped(f"y of {name}", y, (m, n), hint="y stays (m, c).")
        numbers = np.clip(np.rint(x[:, 0]).astype(np.int64), 0, n - 1)
        same = np.array_equal(x, np.stack([numbers, -numbers - 0.5], axis=1))
        holds(f"x of {name}", same, "has rows that are not rows of x")
        together = np.array_equal(y, np.eye(n)[numbers])
        holds(name, together, "pairs examples with labels of others", hint=PAIRS)
        found.append(numbers)
    return found


def covers(
    call: str, found: Sequence[Array], n: int, batch_size: int, *, gate: bool = False
) -> None:
    """An epoch: minibatches of batch_size, each example at most once, at most a rest left out.

    gate: the first look at the code, so that no minibatches mean that there is no code yet.
    """
    sizes = [len(numbers) for numbers in found]
    seen = flat(found)
    if n >= batch_size and not len(seen):
        raise CheckFailure(Finding(call, fact="gives no minibatches", hint=AGAIN, stub=gate))
    holds(call, len(np.unique(seen)) == len(seen), "repeats examples", hint=ONCE)
    hint = "Only an incomplete last minibatch may be left out."
    holds(call, n - len(seen) <= n % batch_size, "leaves out examples", hint=hint)
    hint = "Every minibatch has batch_size examples; only the last may be shorter."
    even = max(sizes, default=0) - min(sizes, default=0) <= 1  # as numpy.array_split cuts
    fits = all(1 <= size <= batch_size for size in sizes)
    holds(call, fits or even, "has sizes that vary", hint=hint)
    counts = (n // batch_size, -(-n // batch_size))
    holds(call, len(sizes) in counts, "gives too many or too few minibatches", hint=hint)


def flat(found: Sequence[Array]) -> NDArray[np.int64]:
    """The numbers of an epoch in the order in which they come."""
    return np.concatenate([np.zeros(0, np.int64), *found])


def counts(got: Any, found: Sequence[Array]) -> None:
    """len(data), which data.__len__() gave, is the number of minibatches found."""
    if not isinstance(got, (int, np.integer)) or not got:
        fact = f"is {got}" if isinstance(got, int) else f"gives {kind_of(got)}, expected an integer"
        raise CheckFailure(Finding("len(data)", fact=fact, stub=is_nothing(got)))
    close("len(data)", got, float(len(found)), hint="It counts the minibatches of an epoch.")


def is_nothing(value: Any) -> bool:
    """None, 0, zeros, or a container of nothing else."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return all(is_nothing(part) for part in value)
    plain = isinstance(value, (int, float, np.generic, np.ndarray))
    return value is None or (plain and not np.any(value))


def same_params(
    call: str,
    got: Any,
    want: Mapping[str, Any],
    *,
    hint: str = "",
    rtol: float = 1e-4,
    atol: float = 1e-5,
    examples: int = 0,
    start: Mapping[str, Any] | None = None,
) -> None:
    """Every parameter close to the expected one; see `close_each`.

    The tolerance is float32's: a submission may compute in it wherever it likes.
    """
    tolerance = {"rtol": rtol, "atol": atol}
    close_each(call, got, want, hint=hint, examples=examples, start=start, **tolerance)


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
    """The student's train_loop on data = (x, y, batch_size), with what it returns.

    Seeded here, so that shuffles do not hang on what the network's constructor has drawn.
    """
    one.call(Name("numpy.random.seed"), zlib.crc32(data[0].tobytes()))
    generator = one.call("hw_mlp.BatchGenerator", *data)
    return one.call("hw_mlp.train_loop", net, generator, optimizer, epochs, *call_back)


def recorder(one: Ask, *settings: Any) -> Ref:
    """A call_back that notes epochs and weights; see given/checks_recording.py."""
    return one.call(Name(f"{RECORDING}.Recorder"), *settings)


def series(call: str, got: Any, lengths: Sequence[int]) -> Array:
    """A list of numbers, one for each minibatch or epoch, as a 1-D array."""
    try:
        numbers = np.asarray(got).ravel()
    except ValueError:
        raise CheckFailure(Finding(call, fact="is a ragged list")) from None
    holds(call, numbers.dtype.kind in "biuf", "is not a list of numbers")
    fact = "has neither one number per minibatch nor one per epoch"
    holds(call, len(numbers) in lengths, fact, hint="One entry for each minibatch, in order.")
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
    holds("call_back", len(calls) >= epochs, "is called too seldom", hint=hint)
    holds("call_back", len(calls) <= epochs, "is called too often", hint=hint)
    hint = "call_back(model, epoch): the model comes first."
    holds("call_back", all(calls), "is called with something else than the model", hint=hint)
    return calls
