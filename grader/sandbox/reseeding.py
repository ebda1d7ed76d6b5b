"""Worker side: make random numbers repeatable, also where a student gives no seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

_CLASSES = ("RandomState", "MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


class Reseeding:
    """Seeds the global generators, and gives unseeded new ones seeds from one sequence."""

    def __init__(self) -> None:
        self._state = 0
        self._count = 0
        self._seed_random = random.seed
        self._seed_numpy = np.random.seed

    def install(self, seed: int) -> None:
        """Replace the ways to an unseeded generator; then `reseed`."""
        random.seed = self._seeding(random.seed)
        np.random.seed = self._seeding(np.random.seed)
        np.random.default_rng = self._seeding(np.random.default_rng)
        for module, names in ((random, ("Random",)), (np.random, _CLASSES)):
            for name in names:
                setattr(module, name, self._class(getattr(module, name)))
        self.reseed(seed)

    def reseed(self, seed: int) -> None:
        """Start all over from `seed`."""
        self._state, self._count = seed % 2**32, 0
        self._seed_random(self._state)
        self._seed_numpy(self._state)

    def _next(self) -> int:
        self._count += 1
        return (self._state * 1_000_003 + self._count * 7919) % 2**32

    def _seed_first(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        named = [kwargs.pop(name) for name in ("seed", "a", "x") if name in kwargs]
        seed, *rest = args or named or [None]
        return (self._next() if seed is None else seed, *rest)

    def _seeding(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def seeded(*args: Any, **kwargs: Any) -> Any:
            return function(*self._seed_first(args, kwargs), **kwargs)

        seeded.__name__ = getattr(function, "__name__", "seed")
        return seeded

    def _class(self, base: Any) -> Any:
        first = self._seed_first

        def __init__(this: Any, *args: Any, **kwargs: Any) -> None:
            base.__init__(this, *first(args, kwargs), **kwargs)

        return type(base.__name__, (base,), {"__init__": __init__, "__module__": base.__module__})
