"""The reference in place of functions below the one under test: the host's half of a stand-in.

The worker's half (grader/standins) sends arguments and, for methods, the plain attributes of the
student's object; nothing of the reference is ever in the worker.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from grader.sandbox import Name
from tests.helpers.asking import Answer, Ask
from tests.helpers.drawing import Draw
from tests.helpers.local import LocalTransport, find_module
from tests.helpers.properties import Asking, Case, drawn, lockstep, raise_smallest

LARGEST_LAYER = 1000
# Powers of Python's integers know no bounds: 3**40_000_000 is a question of minutes.
LARGEST_INTEGER = 1_000_000


class Answers:
    """Calls the reference by name: "nn.linear_forward", "solution.NN.forward"."""

    def __init__(self, references: Mapping[str, ModuleType]) -> None:
        self._references = references

    def __call__(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The reference's answer.

        For a method the first argument is the state of the student's object; the answer is then
        {"result": ..., "state": attributes that the call set, "arguments": the others, as the call
        left them}.
        """
        given = [self._argument(arg) for arg in args]
        named = {key: self._argument(value) for key, value in kwargs.items()}
        with np.errstate(all="ignore"):
            if name.count(".") < 2:
                return self._resolve(name)(*given, **named)
            return self._method(name, given[0], given[1:], named)

    def allowed(self, paths: Iterable[str]) -> frozenset[str]:
        """The names that stand-ins for these paths may ask for; for a class, all its methods."""
        names: set[str] = set()
        for path in paths:
            names.add(path)
            found = self._resolve(path)
            if isinstance(found, type):
                names |= {f"{path}.{name}" for name, part in vars(found).items() if callable(part)}
        return frozenset(names)

    def _method(
        self, name: str, state: dict[str, Any], args: list[Any], kwargs: Mapping[str, Any]
    ) -> dict[str, Any]:
        owner, _, method = name.rpartition(".")
        _check_sizes(state, args)
        before = copy.deepcopy(state)
        instance = self._instance(owner, state)
        result = getattr(instance, method)(*args, **kwargs)
        if isinstance(result, Iterator):
            result = list(result)
        after = {} if owner in REBUILT else vars(instance)
        changed = {k: v for k, v in after.items() if k not in before or not _same(v, before[k])}
        return {"result": result, "state": changed, "arguments": args}

    def _instance(self, owner: str, state: dict[str, Any]) -> Any:
        """An object of the reference in the state of the student's."""
        kind = self._resolve(owner)
        if owner in REBUILT:
            return REBUILT[owner](kind, state)
        instance = object.__new__(kind)
        vars(instance).update(state)
        return instance

    def _argument(self, value: Any) -> Any:
        """Functions by name become the reference's; arrays become writable copies."""
        if isinstance(value, Name):
            return self._resolve(value.path)
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise ValueError(f"integers up to {LARGEST_INTEGER} only")
        if isinstance(value, np.ndarray):
            return value.copy()
        if isinstance(value, (tuple, list)):
            return type(value)(self._argument(part) for part in value)
        if isinstance(value, dict):
            return {key: self._argument(part) for key, part in value.items()}
        return value

    def _resolve(self, path: str) -> Any:
        suite, *names = path.split(".")
        return functools.reduce(getattr, names, self._references[suite])


def _check_sizes(state: Mapping[str, Any], args: Sequence[Any]) -> None:
    """The host makes nothing of a size that a student chose: ValueError beyond small networks."""
    numbers = [*np.ravel(state.get("hidden_dims", ())), *np.ravel(args[0] if args else ())]
    if "hidden_dims" in state and not all(0 < n <= LARGEST_LAYER for n in numbers):
        raise ValueError(f"layers of 1 to {LARGEST_LAYER} units only")


def _same(one: Any, two: Any) -> bool:
    """Equal all the way down; a state is compared with what it was, as it may change in place."""
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(_same(one[k], two[k]) for k in one)
    if isinstance(one, (tuple, list)) and isinstance(two, (tuple, list)):
        return len(one) == len(two) and all(map(_same, one, two))
    if isinstance(one, np.ndarray) or isinstance(two, np.ndarray):
        return np.array_equal(one, two, equal_nan=True)
    return bool(one is two or one == two)


def _network(kind: Any, state: dict[str, Any]) -> Any:
    """nn.NN from {"parameters": {"W0": ..., "b0": ..., ...}, "hidden_activation": ...}."""
    params, activation = state["parameters"], state["hidden_activation"]
    n_layers = len(params) // 2
    sizes = [params["W0"].shape[1], *(params[f"b{i}"].size for i in range(n_layers))]
    if any(params[f"W{i}"].shape != (sizes[i + 1], sizes[i]) for i in range(n_layers)):
        raise ValueError("the shapes of the parameters do not fit together")
    net = kind(sizes[0], sizes[1:-1], activation, sizes[-1])
    for key, value in net.parameters().items():
        value[...] = params[key]
    return net


# Classes whose state is not their attributes.
REBUILT: Mapping[str, Callable[[Any, dict[str, Any]], Any]] = {"nn.NN": _network}


class ReferenceTransport(LocalTransport):
    """The reference in the student's place: does a check's own code work on right answers?"""

    def __init__(
        self, references: Mapping[str, ModuleType], streams: Callable[[int], Draw]
    ) -> None:
        super().__init__(self._find)
        self._references, self._streams = references, streams

    def for_cases(self, make: Callable[..., Asking], cases: int) -> None:
        """The same cases as the student's code gets."""
        lockstep((make(draw=self._streams(i)) for i in range(cases)), self.ask_all)

    def _find(self, path: str) -> Any:
        module, *names = path.split(".")
        found = self._references.get(module) or find_module(module)
        return functools.reduce(getattr, names, found)


class ReplayTransport(ReferenceTransport):
    """A wrong reference in the student's place, treated as the sandbox treats a student.

    What it raises is an answer, and numpy's global generator is its own: what the check draws from
    it in between does not count.
    """

    def __init__(
        self, references: Mapping[str, ModuleType], streams: Callable[[int], Draw]
    ) -> None:
        super().__init__(references, streams)
        self.log: list[tuple[Ask, Answer]] = []
        self.cases: Sequence[Case] = ()
        self._random = np.random.get_state()

    def ask_all(self, asks: Sequence[Ask]) -> list[Answer]:
        """One answer each, failed or not."""
        outside = np.random.get_state()
        np.random.set_state(self._random)
        answers = [self._answer(one, caught=True) for one in asks]
        self._random = np.random.get_state()
        np.random.set_state(outside)
        self.log += zip(asks, answers, strict=True)
        return answers

    def reseed(self, seed: int) -> None:
        """Takes effect before the next Ask."""
        super().reseed(seed)
        self._random = np.random.get_state()

    def for_cases(self, make: Callable[..., Asking], cases: int) -> None:
        """The same cases as the student's code gets."""
        self.cases = drawn(lambda i: make(draw=self._streams(i)), cases, self.ask_all)
        raise_smallest(self.cases)
