"""What a check asks of the student's code: a short program of calls, run where that code lives.

    one = Ask()
    net = one.call("solution.NN", hidden_dims=(4, 3), seed=1)
    one.set(net, "weights", weights)
    cache = one.method(net, "forward", x)
    one.returns(cache)

Arguments may be plain values, arrays, results of earlier steps (Ref), objects that stayed with the
student (Live), functions of the student's (Name), and VARY, the place of the array that
`student.differences` shifts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Ref:
    """The result of an earlier step of the same Ask."""

    step: int


@dataclass(frozen=True)
class Live:
    """An object that stays with the student's code; pass it back or ask for its parts."""

    key: Any
    type_name: str = "object"
    is_callable: bool = False


@dataclass(frozen=True)
class Name:
    """A function of the student's as an argument: Name("nn.relu")."""

    path: str


class _Vary:
    def __repr__(self) -> str:
        return "VARY"


VARY = _Vary()


@dataclass(frozen=True)
class Step:
    """One instruction: kind is call, get, set, item, setitem or value (of a Live)."""

    kind: str
    target: Any
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)


class StudentFailure(Exception):
    """The student's code gave no answer: status is an outcome such as crashed or missing.

    text: one line for whoever may see the check's values. error: as the sandbox told it.
    """

    def __init__(self, status: str, text: str, *, error: Any = None):
        super().__init__(text)
        self.status, self.text, self.error = status, text, error


@dataclass(frozen=True)
class Answer:
    """The values asked for, or why there are none; `dropped` arguments found no taker."""

    values: tuple[Any, ...] = ()
    failure: StudentFailure | None = None
    dropped: tuple[str, ...] = ()

    @property
    def value(self) -> Any:
        """The single value, or the tuple of several; raises the failure where there is none."""
        if self.failure is not None:
            raise self.failure
        return self.values[0] if len(self.values) == 1 else self.values


class Ask:
    """A program of steps; `returns` names what comes back (default: the last step's value)."""

    def __init__(self, *, may_raise: bool = False):
        self.steps: list[Step] = []
        self.wanted: list[tuple[Ref, bool]] = []
        self.may_raise = may_raise
        self.called: set[str] = set()

    def call(self, target: Any, *args: Any, **kwargs: Any) -> Ref:
        """Call a name such as "nn.relu", a Ref or a Live."""
        if isinstance(target, str):
            self.called.add(target.rsplit(".", 1)[-1])
        return self._add(Step("call", target, args, kwargs))

    def method(self, obj: Any, name: str, *args: Any, **kwargs: Any) -> Ref:
        """Call a method of a Ref or Live."""
        self.called.add(name)
        return self._add(Step("call", self.get(obj, name), args, kwargs))

    def get(self, obj: Any, name: str) -> Ref:
        """An attribute."""
        return self._add(Step("get", obj, (name,)))

    def set(self, obj: Any, name: str, value: Any) -> Ref:
        """Set an attribute."""
        return self._add(Step("set", obj, (name, value)))

    def item(self, obj: Any, key: Any) -> Ref:
        """obj[key]."""
        return self._add(Step("item", obj, (key,)))

    def setitem(self, obj: Any, key: Any, value: Any) -> Ref:
        """obj[key] = value."""
        return self._add(Step("setitem", obj, (key, value)))

    def value(self, live: Live) -> Ref:
        """A copy of an object that stayed with the student."""
        return self._add(Step("value", live))

    def returns(self, *refs: Ref, live: bool = False) -> Ask:
        """Ask for these results: as values (copies), or left with the student as Live objects."""
        self.wanted += [(ref, live) for ref in refs]
        return self

    def results(self) -> Sequence[tuple[Ref, bool]]:
        """What comes back, in order, with whether it stays live."""
        return self.wanted or [(Ref(len(self.steps) - 1), False)]

    def _add(self, step: Step) -> Ref:
        self.steps.append(step)
        return Ref(len(self.steps) - 1)


def ask(target: Any, *args: Any, may_raise: bool = False, **kwargs: Any) -> Ask:
    """Call one function; the answer is its value (with may_raise: an Answer, failed or not)."""
    one = Ask(may_raise=may_raise)
    one.call(target, *args, **kwargs)
    return one


def ask_back(target: Any, args: Sequence[Any], upstream: Any) -> Ask:
    """Call a function that returns (out, back), then back(upstream): (out, gradients)."""
    one = Ask()
    pair = one.call(target, *args)
    gradients = one.call(one.item(pair, 1), upstream)
    return one.returns(one.item(pair, 0), gradients)
