"""What a caller puts into a request and gets back: programs, handles, names, results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import StudentError


@dataclass(frozen=True)
class Handle:
    """An object that stays in its worker; it can be passed back there and nowhere else."""

    id: int
    type_name: str
    callable: bool
    worker: int = field(default=0, repr=False)


@dataclass(frozen=True)
class Name:
    """A dotted name of the submission: "nn.relu", "solution.NN"."""

    path: str


@dataclass(frozen=True)
class Ref:
    """The result of an earlier step of the same program."""

    step: int


@dataclass(frozen=True)
class HostFunction:
    """A function that calls back to the host under `name` (see Callbacks)."""

    name: str


class Vary:
    """Where `Worker.scan` puts its point."""

    def __repr__(self) -> str:
        return "VARY"


VARY = Vary()


class Program:
    """Steps that run one after another inside the worker; the first error ends them.

    Arguments may hold, nested in tuples, lists and dicts: plain values, arrays (copied in), Ref,
    Handle, Name, VARY and HostFunction.
    """

    def __init__(self) -> None:
        self.steps: list[tuple[Any, ...]] = []
        self.returned: list[tuple[Ref, bool]] = []

    def call(
        self, target: Any, *args: Any, documented: Sequence[str] | None = None, **kwargs: Any
    ) -> Ref:
        """Call `target`; with `documented` parameter names the call is fitted to its signature."""
        names = None if documented is None else list(documented)
        return self._add("call", target, list(args), kwargs, names)

    def get(self, obj: Any, name: str) -> Ref:
        """Read the attribute `name` of `obj`."""
        return self._add("get", obj, name)

    def set(self, obj: Any, name: str, value: Any) -> Ref:
        """Set the attribute `name` of `obj`."""
        return self._add("set", obj, name, value)

    def item(self, obj: Any, key: Any) -> Ref:
        """Read `obj[key]`."""
        return self._add("item", obj, key)

    def setitem(self, obj: Any, key: Any, value: Any) -> Ref:
        """Set `obj[key]`."""
        return self._add("setitem", obj, key, value)

    def returns(self, ref: Ref, keep: bool = False) -> Program:
        """Send back the result of `ref`: as a snapshot, or (keep) as a Handle. Returns self."""
        self.returned.append((ref, keep))
        return self

    def _add(self, *step: Any) -> Ref:
        self.steps.append(step)
        return Ref(len(self.steps) - 1)


@dataclass(frozen=True)
class Result:
    """What one program gave.

    values: one for each `returns` (of the last step where there is none), empty after an error.
    dropped: documented parameters that the student's signatures do not take.
    seconds: CPU time as the worker tells it.
    """

    values: tuple[Any, ...] = ()
    error: StudentError | None = None
    dropped: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def value(self) -> Any:
        """The only value; StudentFailure's error is in `error`, so look there first."""
        (value,) = self.values
        return value


@dataclass(frozen=True)
class Loaded:
    """A submission's module after its import.

    error: why nothing of it is there. notes: what was left out. skipped: lines of the top-level
    statements that were left out. names: top-level name -> "function", "class" or "other", and
    "Class.method" -> "function".
    """

    module: str
    error: StudentError | None = None
    notes: tuple[str, ...] = ()
    skipped: tuple[int, ...] = ()
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Replaced:
    """Which names now lead to the host; `refused` says why nothing was replaced."""

    done: tuple[str, ...] = ()
    refused: str | None = None
