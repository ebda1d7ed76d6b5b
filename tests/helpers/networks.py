"""Networks of solution.py in an Ask, whatever the submission's constructor takes and expects.

    nets = networks(student, "backward")
    one = Ask()
    net = nets.build(one, weights, batch_size=2)
    cache, held = nets.forward(one, net, x)
    grads = one.method(net, "backward", held, nets.labels(y))

Documented arguments that the constructor does not take are set as attributes afterwards. What
else a class expects is found out by trials; see conventions.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .asking import VARY, Ask, Name, Ref
from .assertions import CheckFailure, Finding

Array = np.ndarray
Weights = Mapping[str, Array]
Split = tuple[Any, Any]

CLASS = "solution.NN"
RENAMED = {"activation": ("activation_str",), "data": ("train", "valid", "test")}
DEFAULTS = {
    "epsilon": 1e-6,
    "lr": 0.1,
    "batch_size": 64,
    "seed": 1,
    "activation": "relu",
    "init_method": "glorot",
}
DOCUMENTED = frozenset({"hidden_dims", "data", *DEFAULTS})
LOG_KEYS = ("train_accuracy", "validation_accuracy", "train_loss", "validation_loss")


@dataclass(frozen=True)
class Constructor:
    """How the class is constructed.

    dropped: documented arguments that find no taker. foreign: it is offered the arguments of the
    sister course's template. bare: it fails whatever it is given, so attributes are set on an
    empty object. refused: those of `dropped` that must not be offered.
    """

    dropped: frozenset[str] = frozenset()
    foreign: bool = True
    bare: bool = False
    refused: frozenset[str] = frozenset()

    def offered(self, n_classes: int) -> dict[str, Any]:
        """Arguments besides the documented ones: no file to open, the number of classes."""
        known = {"datapath": None, "n_classes": n_classes, "normalization": False}
        return known if self.foreign else {}


@dataclass(frozen=True)
class Networks:
    """Builds networks for the checks of one function and gives them what the class expects.

    initialise: call initialize_weights first. indices: labels are class indices. place: where the
    cache is in what forward returns, None where it is the cache. whole: backward takes all of it.
    """

    constructor: Constructor = Constructor()
    initialise: bool = False
    indices: bool = False
    place: int | None = None
    whole: bool = False

    def build(
        self,
        one: Ask,
        weights: Weights | None = None,
        *,
        hidden_dims: Sequence[int] = (3,),
        dims: tuple[int, int] = (2, 3),
        data: tuple[Split, Split, Split] | None = None,
        vary: str = "",
        **settings: Any,
    ) -> Ref:
        """A network with these weights (None: none set); hidden_dims and dims follow from them.

        dims: (d, c), else those of data. data: splits (X, one-hot Y). vary: the weight for which
        VARY stands. settings: documented arguments of the constructor.
        """
        if weights is not None:
            hidden_dims, dims = sizes(weights)
        elif data is not None:
            dims = data[0][0].shape[1], data[0][1].shape[1]
        given = {"hidden_dims": tuple(hidden_dims), **DEFAULTS, **settings}
        given["data"] = self.data(data) if data else self._placeholder(one, dims)
        net = self._construct(one, given, dims[1])
        if self.initialise and weights is not None:
            one.method(net, "initialize_weights", dims)
        if weights is not None:
            placed = {key: VARY if key == vary else value for key, value in weights.items()}
            one.set(net, "weights", placed)
        return net

    def with_own_defaults(self, one: Ask, data: tuple[Split, Split, Split], **settings: Any) -> Ref:
        """A network of the submission's own choice but for the data and these arguments."""
        given = {**settings, "data": self.data(data)}
        return self._construct(one, given, data[0][1].shape[1])

    def ask(self, method: str, *args: Any, weights: Weights | None = None, **settings: Any) -> Ask:
        """Build a network as `build` does and call one method of it."""
        one = Ask()
        one.method(self.build(one, weights, **settings), method, *args)
        return one

    def ask_each(
        self, *calls: tuple[Any, ...], weights: Weights | None = None, **settings: Any
    ) -> Ask:
        """Build one network and make these calls, each (method, *args): a tuple of results."""
        one = Ask()
        net = self.build(one, weights, **settings)
        return one.returns(*[one.method(net, method, *args) for method, *args in calls])

    def forward(self, one: Ask, net: Ref, x: Any) -> tuple[Ref, Ref]:
        """(the cache, what backward takes)."""
        result = one.method(net, "forward", x)
        cache = result if self.place is None else one.item(result, self.place)
        return cache, result if self.whole else cache

    def labels(self, y: Array) -> Array:
        """One-hot labels as the class expects them."""
        return np.argmax(y, axis=1) if self.indices else y

    def data(self, splits: tuple[Split, Split, Split]) -> tuple[Split, ...]:
        """The splits with labels as the class expects them."""
        return tuple((x, self.labels(y)) for x, y in splits)

    def _placeholder(self, one: Ask, dims: tuple[int, int]) -> tuple[Any, ...]:
        """Data that no check looks at, made where the network is: the constructor wants some."""
        d, c = dims
        x = one.call(Name("numpy.zeros"), (c, d))
        y = one.call(Name("numpy.arange" if self.indices else "numpy.eye"), c)
        return ((x, y),) * 3

    def _construct(self, one: Ask, given: dict[str, Any], n_classes: int) -> Ref:
        if self.constructor.bare:
            net = one.call(Name(f"{CLASS}.__new__"), Name(CLASS))
            missing = {**given, "n_classes": n_classes, "train_logs": {key: [] for key in LOG_KEYS}}
        else:
            taken = {key: given[key] for key in given if key not in self.constructor.refused}
            net = one.call(CLASS, **taken, **self.constructor.offered(n_classes))
            missing = {key: given[key] for key in given if key in self.constructor.dropped}
        for name, value in _attributes(missing):
            one.set(net, name, value)
        return net


def sizes(weights: Weights) -> tuple[tuple[int, ...], tuple[int, int]]:
    """(hidden_dims, (d, c)) of a dict of weights."""
    n_layers = len(weights) // 2
    widths = [weights[f"b{i}"].shape[1] for i in range(1, n_layers + 1)]
    return tuple(widths[:-1]), (weights["W1"].shape[0], widths[-1])


def cache_of(call: str, got: Any) -> dict[str, Any]:
    """The cache: a dict, or the dict in a tuple that forward returned."""
    place = place_of(got)
    found = got if place is None else got[place]
    if isinstance(found, dict):
        return found
    fact = "gives no dict with the keys Z0, A1, Z1, ..."
    raise CheckFailure(Finding(call, fact=fact, stub=found is None))


def place_of(got: Any) -> int | None:
    """Where the dict is in a tuple that forward returned; None where there is no such place."""
    if not isinstance(got, (tuple, list)):
        return None
    return next((i for i, part in enumerate(got) if isinstance(part, dict)), None)


def _attributes(missing: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for argument, value in missing.items():
        names = RENAMED.get(argument, (argument,))
        yield from zip(names, value if len(names) > 1 else [value], strict=True)
        if argument == "hidden_dims":
            yield "n_hidden", len(value)
