"""The student as a check sees it: `student.nn.relu(x)`, whoever really runs the code.

A transport runs Asks: the grader's sends them to the sandbox, the local one calls the files here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from .asking import Answer, Ask, Live, Name
from .properties import Asking


class Transport(Protocol):
    """Who runs the student's code."""

    def ask_all(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Run the programs, each on its own; one answer each."""

    def scan(
        self,
        ask: Ask,
        base: np.ndarray,
        deltas: np.ndarray | None,
        h: float,
        project: np.ndarray | None,
    ) -> np.ndarray:
        """(k, 2): the value at base + d and base - d for each d; see Student.differences."""

    def reseed(self, seed: int) -> None:
        """Seed the student's random number generators."""

    def for_cases(self, make: Callable[..., Asking], cases: int) -> None:
        """Run a property."""

    def has(self, path: str) -> bool:
        """Whether the submission defines this name."""


class Student:
    """Entry to the student's modules: student.solution, student.nn, ...

    known: what checks found out about the submission. memo: the same, for this attempt only.
    """

    def __init__(self, transport: Transport):
        self._transport = transport
        self.known: dict[Any, Any] = {}
        self.memo: dict[Any, Any] = {}

    def use(self, transport: Transport) -> None:
        """Run on another transport from now on, for another attempt at the same check."""
        self._transport, self.memo = transport, {}

    def __getattr__(self, module: str) -> Module:
        if module.startswith("_"):
            raise AttributeError(module)
        return Module(self._transport, module)

    def run(self, one: Ask) -> Any:
        """Run one Ask and return its value."""
        return _wrap(self._transport, self._transport.ask_all([one])[0].value)

    def answer(self, one: Ask) -> Answer:
        """Run one Ask and return the Answer, failed or not."""
        return self._transport.ask_all([one])[0]

    def run_all(self, asks: Sequence[Ask]) -> list[Any]:
        """Run many Asks in one batch."""
        return [_wrap(self._transport, answer.value) for answer in self._transport.ask_all(asks)]

    def for_cases(self, make: Callable[..., Asking], cases: int) -> None:
        """Run a property; see for_all."""
        self._transport.for_cases(make, cases)

    def reseed(self, seed: int) -> None:
        """Seed random, np.random and the unseeded generators of the student's code."""
        self._transport.reseed(seed)

    def has(self, path: str) -> bool:
        """Whether the submission defines a name such as "nn.dropout" or "solution.NN.leakyrelu"."""
        return self._transport.has(path)

    def differences(
        self,
        one: Ask,
        base: np.ndarray,
        *,
        directions: np.ndarray | None = None,
        project: np.ndarray | None = None,
        step: float = 1e-5,
    ) -> np.ndarray:
        """Central differences (f(x + d) - f(x - d)) / 2h of an Ask that holds VARY in place of x.

        base: x, float64. directions: (k, *x.shape), None for every coordinate. project: an array P
        of the shape of f's value, for f = sum(P * value); None where the value is a number. The
        step is h = step * max(1, |x|) for coordinates, `step` for directions. Returns the shape of
        x, or (k,).
        """
        scale = step * np.maximum(1.0, np.abs(base)) if directions is None else np.asarray(step)
        deltas = None if directions is None else step * directions
        pairs = self._transport.scan(one, base, deltas, step, project)
        slopes = (pairs[:, 0] - pairs[:, 1]) / (2.0 * scale.ravel())
        return slopes.reshape(base.shape) if directions is None else slopes

    def values_around(
        self,
        one: Ask,
        base: np.ndarray,
        directions: np.ndarray,
        *,
        project: np.ndarray | None = None,
        step: float,
    ) -> np.ndarray:
        """(k, 2): f(x + d) and f(x - d) for d = step * directions, as `differences` takes them."""
        return self._transport.scan(one, base, step * directions, step, project)


class Module:
    """student.nn: its attributes are the names of the student's file."""

    _transport: Transport
    _name: str

    def __init__(self, transport: Transport, name: str):
        self._transport, self._name = transport, name

    def __getattr__(self, name: str) -> Function:
        return Function(self._transport, f"{self._name}.{name}")


class Function:
    """A function, class or method of the student's; `.live(...)` leaves the result with them."""

    def __init__(self, transport: Transport, target: Any, owner: Live | None = None):
        self._transport, self._target, self._owner = transport, target, owner

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _wrap(self._transport, self._run(args, kwargs, live=False))

    def live(self, *args: Any, **kwargs: Any) -> Object:
        """The result as an object that stays with the student; `.value` is a copy of it."""
        return Object(self._transport, self._run(args, kwargs, live=True))

    def _run(self, args: tuple[Any, ...], kwargs: dict[str, Any], *, live: bool) -> Any:
        one = Ask()
        target = self._target if self._owner is None else one.get(self._owner, self._target)
        result = one.call(target, *_unwrap(args), **_unwrap(kwargs))
        return self._transport.ask_all([one.returns(result, live=live)])[0].value


class Object:
    """An object of the student's: read and set its attributes, call its methods."""

    _transport: Transport
    _live: Live

    def __init__(self, transport: Transport, live: Live):
        self.__dict__.update(_transport=transport, _live=live)

    @property
    def type_name(self) -> str:
        """The name of its class."""
        return self._live.type_name

    @property
    def value(self) -> Any:
        """A copy of the object as plain values."""
        one = Ask()
        one.value(self._live)
        return _wrap(self._transport, self._transport.ask_all([one])[0].value)

    def live(self, name: str) -> Object:
        """An attribute, left with the student."""
        one = Ask()
        one.returns(one.get(self._live, name), live=True)
        return Object(self._transport, self._transport.ask_all([one])[0].value)

    def method(self, name: str) -> Function:
        """A method, by name."""
        return Function(self._transport, name, self._live)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # numpy and others try such names on whatever they get
            raise AttributeError(name)
        one = Ask()
        value = self._transport.ask_all([one.returns(one.get(self._live, name))])[0].value
        if isinstance(value, Live) and value.is_callable:
            return self.method(name)
        return _wrap(self._transport, value)

    def __setattr__(self, name: str, value: Any) -> None:
        one = Ask()
        one.set(self._live, name, _unwrap(value))
        _ = self._transport.ask_all([one])[0].value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return Function(self._transport, self._live)(*args, **kwargs)


def _wrap(transport: Transport, value: Any) -> Any:
    if isinstance(value, Live):
        return Object(transport, value)
    if isinstance(value, (tuple, list)):
        return type(value)(_wrap(transport, part) for part in value)
    if isinstance(value, dict):
        return {key: _wrap(transport, part) for key, part in value.items()}
    return value


def _unwrap(value: Any) -> Any:
    if isinstance(value, Object):
        return value._live
    if isinstance(value, Function):
        return Name(value._target)
    if isinstance(value, (tuple, list)):
        return type(value)(_unwrap(part) for part in value)
    if isinstance(value, dict):
        return {key: _unwrap(part) for key, part in value.items()}
    return value
