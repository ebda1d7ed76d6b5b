"""The reference in place of functions below the one under test: the host's half of a stand-in.

The worker's half (grader/standins) sends arguments and, for methods, the plain attributes of the
student's object; nothing of the reference is ever in the worker.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from grader.sandbox import Name
from tests.helpers.drawing import Draw
from tests.helpers.local import LocalTransport
from tests.helpers.properties import Asking, lockstep


class Answers:
    """Calls the reference by name: "nn.linear_forward", "solution.NN.forward"."""

    def __init__(self, references: Mapping[str, ModuleType]) -> None:
        self._references = references

    def __call__(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The reference's answer.

        For a method the first argument is the state of the student's object; the answer is then
        {"result": ..., "state": attributes that the call set}.
        """
        target = self._resolve(name)
        given = [self._argument(arg) for arg in args]
        named = {key: self._argument(value) for key, value in kwargs.items()}
        if name.count(".") < 2:
            return target(*given, **named)
        return self._method(name, given, named)

    def allowed(self, paths: Iterable[str]) -> frozenset[str]:
        """The names that stand-ins for these paths may ask for; for a class, all its methods."""
        names: set[str] = set()
        for path in paths:
            names.add(path)
            found = self._resolve(path)
            if isinstance(found, type):
                names |= {f"{path}.{name}" for name, part in vars(found).items() if callable(part)}
        return frozenset(names)

    def _method(self, name: str, args: list[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        suite, owner, method = name.split(".")
        kind = getattr(self._references[suite], owner)
        instance = object.__new__(kind)
        vars(instance).update(args[0])
        with np.errstate(all="ignore"):
            result = getattr(instance, method)(*args[1:], **kwargs)
        before = args[0]
        state = {
            key: v for key, v in vars(instance).items() if key not in before or v is not before[key]
        }
        return {"result": result, "state": state}

    def _argument(self, value: Any) -> Any:
        return self._resolve(value.path) if isinstance(value, Name) else value

    def _resolve(self, path: str) -> Any:
        suite, *names = path.split(".")
        return functools.reduce(getattr, names, self._references[suite])


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
        found = self._references.get(module) or importlib.import_module(module)
        return functools.reduce(getattr, names, found)
