"""Run the public checks on the files beside `tests/`: copies in, plain arrays out."""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib
import inspect
import random
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .asking import VARY, Answer, Ask, Live, Name, Ref, StudentFailure
from .assertions import CheckFailure
from .drawing import SeededDraw
from .properties import Asking, lockstep

LOCAL_SEED = 2026
PLAIN = frozenset({str, int, float, bool, type(None)})
OTHER_NAMES = {"hw_mlp.train_loop": ("train",)}  # accepted as well, as the grader does
GIVEN = Path(__file__).parent / "given"  # what checks put beside the student's files


class LocalTransport:
    """Runs Asks in this process; errors keep the student's own traceback.

    resolve: finds what a path such as "nn.relu" names; by default in the files beside the tests.
    """

    def __init__(self, resolve: Callable[[str], Any] | None = None) -> None:
        self._resolve = resolve or _import

    def ask_all(self, asks: Sequence[Ask]) -> list[Answer]:
        return [self._answer(one, caught=one.may_raise) for one in asks]

    def scan(
        self,
        ask: Ask,
        base: np.ndarray,
        deltas: np.ndarray | None,
        h: float,
        project: np.ndarray | None,
    ) -> np.ndarray:
        def value(x: np.ndarray) -> float:
            ((result,), _) = _run(ask, x, self._resolve)
            return float(result) if project is None else float(np.sum(project * result))

        return np.array([(value(base + d), value(base - d)) for d in _deltas(base, deltas, h)])

    def reseed(self, seed: int) -> None:
        random.seed(seed)
        np.random.seed(seed)

    def for_cases(self, make: Callable[..., Asking], cases: int) -> None:
        """Explore with hypothesis where it is installed, else run seeded cases.

        One case goes first: an exception in the student's own code needs no smaller example.
        """
        first = SeededDraw(np.random.default_rng(LOCAL_SEED), first=True)
        with contextlib.suppress(CheckFailure):
            lockstep([make(draw=first)], self.ask_all)
        try:
            self._explore(make)
        except ModuleNotFoundError as missing:
            if missing.name != "hypothesis":
                raise
            generators = (
                make(draw=SeededDraw(np.random.default_rng(LOCAL_SEED + i), first=not i))
                for i in range(cases)
            )
            lockstep(generators, self.ask_all)

    def has(self, path: str) -> bool:
        try:
            self._resolve(path)
        except AttributeError:
            return False
        return True

    def _explore(self, make: Callable[..., Asking]) -> None:
        import hypothesis
        from hypothesis import strategies

        from .drawing import HypothesisDraw

        @hypothesis.settings(max_examples=25, deadline=None, database=None, derandomize=True)
        @hypothesis.given(strategies.data())
        def explore(data: Any) -> None:
            lockstep([make(draw=HypothesisDraw(data))], self.ask_all)

        explore()

    def _answer(self, one: Ask, *, caught: bool) -> Answer:
        def run() -> Answer:
            values, dropped = _run(one, None, self._resolve)
            return Answer(tuple(values), dropped=dropped)

        if not caught:
            return run()
        try:
            return run()
        except Exception as error:  # whatever the student's code raises is asked for
            status = "not_implemented" if isinstance(error, NotImplementedError) else "crashed"
            return Answer(failure=StudentFailure(status, f"{type(error).__name__}: {error}"))


def _run(
    ask: Ask, vary: np.ndarray | None, resolve: Callable[[str], Any]
) -> tuple[list[Any], tuple[str, ...]]:
    """(values asked for, arguments of constructors that found no taker)."""
    results: list[Any] = []
    dropped: list[str] = []

    def fill(value: Any) -> Any:
        if type(value) in PLAIN:
            return value
        if isinstance(value, Ref):
            return results[value.step]
        if isinstance(value, Live):
            return value.key
        if isinstance(value, Name):
            return resolve(value.path)
        if value is VARY:
            return copy.deepcopy(vary)
        if isinstance(value, (tuple, list)):
            return type(value)(fill(part) for part in value)
        if isinstance(value, dict):
            return {key: fill(part) for key, part in value.items()}
        return value.copy() if isinstance(value, np.ndarray) else value

    for step in ask.steps:
        target = resolve(step.target) if isinstance(step.target, str) else fill(step.target)
        kwargs = fill(step.kwargs)
        for surplus in _surplus(target, kwargs):
            dropped.append(surplus)
            del kwargs[surplus]
        results.append(_STEPS[step.kind](target, fill(step.args), kwargs))
    values = [
        Live(results[ref.step]) if live else _snapshot(results[ref.step])
        for ref, live in ask.results()
    ]
    return values, tuple(dropped)


def _surplus(target: Any, kwargs: dict[str, Any]) -> list[str]:
    """The arguments that a constructor has no parameter for, as the grader's sandbox drops them."""
    if not kwargs or not isinstance(target, type):
        return []
    parameters = inspect.signature(target).parameters
    if any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
        return []
    return [name for name in kwargs if name not in parameters]


_STEPS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "call": lambda target, args, kwargs: target(*args, **kwargs),
    "get": lambda target, args, kwargs: getattr(target, args[0]),
    "set": lambda target, args, kwargs: setattr(target, args[0], args[1]),
    "item": lambda target, args, kwargs: target[args[0]],
    "setitem": lambda target, args, kwargs: target.__setitem__(args[0], args[1]),
    "value": lambda target, args, kwargs: target,
}


def _deltas(base: np.ndarray, deltas: np.ndarray | None, h: float) -> Iterator[np.ndarray]:
    """The given deltas, or h * max(1, |x_i|) along each coordinate i."""
    if deltas is not None:
        yield from deltas
        return
    for i in range(base.size):
        delta = np.zeros(base.size)
        delta[i] = h * max(1.0, abs(base.flat[i]))
        yield delta.reshape(base.shape)


def find_module(name: str) -> Any:
    """The module that is importable as `name` where a submission runs."""
    given = (GIVEN / f"{name}.py").is_file()
    return importlib.import_module(f"{__package__}.given.{name}" if given else name)


def _import(path: str) -> Any:
    module, *names = path.split(".")
    owner = find_module(module)
    accepted = [name for name in OTHER_NAMES.get(path, ()) if hasattr(owner, name)]
    if accepted and not hasattr(owner, names[0]):
        names = accepted[:1]
    return functools.reduce(getattr, names, owner)


def _snapshot(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.array(value)
    if isinstance(value, (tuple, list)):
        return type(value)(_snapshot(part) for part in value)
    if isinstance(value, dict):
        return {key: _snapshot(part) for key, part in value.items()}
    if isinstance(value, (deque, array)):
        return [_snapshot(part) for part in value]
    plain = value is None or isinstance(value, (bool, int, float, complex, str, np.generic))
    return value if plain else Live(value, type(value).__name__, callable(value))
