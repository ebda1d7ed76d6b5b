"""Worker side: libraries that only display something do nothing here.

They are stubs even where they are installed: nobody looks, and a real import takes a second.
Only loops are kept: what a progress bar is given to loop over is looped over, whatever its name.
"""

from __future__ import annotations

import importlib.machinery
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

LIBRARIES = frozenset(
    (
        "IPython", "PIL", "alive_progress", "altair", "bokeh", "fastprogress", "graphviz",
        "ipywidgets", "matplotlib", "mpl_toolkits", "plotly", "prettytable", "progressbar", "pydot",
        "pylab", "rich", "seaborn", "tabulate", "tensorboard", "tensorboardX", "termcolor",
        "torchviz", "tqdm", "visdom", "wandb",
    )
)  # fmt: skip
# What these give to loop over is drawn, such as bars; a loop over it trains nothing.
_DRAWING = frozenset(
    (
        "PIL", "altair", "bokeh", "graphviz", "matplotlib", "mpl_toolkits", "plotly", "pydot",
        "pylab", "seaborn", "torchviz", "visdom",
    )
)  # fmt: skip
_GOOGLE = ("google", "google.colab")
_KEYWORDS = ("sequence", "iterable", "iterator", "it")


class Stub:
    """Anything of a display library: can be called, indexed, entered, drawn on; does nothing."""

    def __init__(self, name: str = "stub") -> None:
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _member(self._name, name)

    def __setattr__(self, name: str, value: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        special = _RESULTS.get(self._name.rpartition(".")[2])
        if special is not None:
            return special(*args, **kwargs)
        given = args[0] if args else next((kwargs[k] for k in _KEYWORDS if k in kwargs), None)
        if _can_be_looped_over(given):
            return Loop(self._name, given)
        # As a decorator it gives back what it decorates.
        return given if len(args) == 1 and not kwargs and callable(given) else Stub(self._name)

    def __getitem__(self, key: Any) -> Any:
        return Stub(self._name)

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter(self._looped())

    def __len__(self) -> int:
        return len(self._looped())

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self._looped())

    def _looped(self) -> Any:
        """What a loop over it takes. No loop that may train is passed over in silence."""
        if _draws(self._name):
            return ()
        raise TypeError(f"{self._name} does nothing here, and gives nothing to loop over")

    def __bool__(self) -> bool:
        return True

    def __enter__(self) -> Stub:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        return (object,)

    def __repr__(self) -> str:
        return f"<{self._name} does nothing here>"


class Loop(Stub):
    """What a display library makes of something to loop over; a drawing has a part for each."""

    def __init__(self, name: str, given: Any) -> None:
        super().__init__(name)
        self.__dict__["_given"] = given

    def _looped(self) -> Any:
        return [Stub(self._name) for _ in self._given] if _draws(self._name) else self._given


def _draws(name: str) -> bool:
    return name.partition(".")[0] in _DRAWING


def _can_be_looped_over(value: Any) -> bool:
    kind = type(value)
    if issubclass(kind, (str, bytes)) or kind is Stub:
        return False
    return hasattr(kind, "__iter__") or (hasattr(kind, "__getitem__") and hasattr(kind, "__len__"))


class Progress:
    """tqdm: iterates, shows nothing."""

    def __init__(self, iterable: Any = None, *args: Any, **kwargs: Any) -> None:
        self.iterable = iterable
        self.total = kwargs.get("total")
        self.n = 0

    def __iter__(self) -> Iterator[Any]:
        for item in self.iterable:
            yield item
            self.n += 1

    def __len__(self) -> int:
        return len(self.iterable) if self.total is None else self.total

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self.iterable)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def update(self, n: int = 1) -> None:
        """Count, as tqdm does."""
        self.n += n

    @staticmethod
    def write(text: Any = "", *args: Any, **kwargs: Any) -> None:
        """Print past the bar that is not there."""
        print(text)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(f"tqdm.{name}")


def trange(*args: Any, **kwargs: Any) -> Progress:
    """tqdm.trange."""
    return Progress(range(*args), **kwargs)


def tenumerate(iterable: Any, start: int = 0, *args: Any, **kwargs: Any) -> Iterable[Any]:
    """tqdm.contrib.tenumerate; of an array each number with its indices, as there."""
    if isinstance(iterable, np.ndarray):
        return Progress(np.ndenumerate(iterable), total=iterable.size)
    return enumerate(Progress(iterable), start)


def subplots(nrows: int = 1, ncols: int = 1, *args: Any, **kwargs: Any) -> tuple[Stub, Any]:
    """A figure and as many axes as asked for, in the shape that matplotlib gives them."""
    rows, columns = min(int(nrows), 1000), min(int(ncols), 1000)
    axes = np.empty((rows, columns), dtype=object)
    for index in np.ndindex(rows, columns):
        axes[index] = Stub("matplotlib.axes")
    if kwargs.get("squeeze", True):
        axes = axes.squeeze()
        return Stub("matplotlib.figure"), axes.item() if axes.ndim == 0 else axes
    return Stub("matplotlib.figure"), axes


_RESULTS: dict[str, Callable[..., Any]] = {
    "subplots": subplots,
    "plot": lambda *args, **kwargs: [Stub("matplotlib.line")] * max(1, math.ceil(len(args) / 3)),
    "hist": lambda *args, **kwargs: (np.zeros(1), np.zeros(2), Stub("matplotlib.patches")),
    "tabulate": lambda *args, **kwargs: "",
    "colored": lambda text="", *args, **kwargs: text,
}
_BARS = ("tqdm", "tqdm_notebook", "tqdm_gui", "tqdm_asyncio", "tqdm_rich")
_OF_TQDM: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(_BARS, Progress),
    **dict.fromkeys(("trange", "tnrange", "tgrange", "tarange", "trrange"), trange),
    **dict.fromkeys(("process_map", "thread_map"), lambda f, *some, **kwargs: [*map(f, *some)]),
    "tenumerate": tenumerate,
    "tzip": lambda *some, **kwargs: zip(*some, strict=False),
    "tmap": lambda f, *some, **kwargs: map(f, *some),
    "product": lambda *some, **kwargs: itertools.product(*some),
}


def _member(owner: str, name: str) -> Any:
    """What `owner.name` is."""
    if owner.partition(".")[0] == "tqdm" and name in _OF_TQDM:
        return _OF_TQDM[name]
    return Stub(f"{owner}.{name}")


class _StubModule(ModuleType):
    """A module of which every name is a stub."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _member(self.__name__, name)


class StubFinder:
    """Finds display libraries, and makes them of stubs."""

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A stub's spec for the libraries of the list, None for all others."""
        top = fullname.partition(".")[0]
        if top not in LIBRARIES and not fullname.startswith(_GOOGLE[1]) and fullname != _GOOGLE[0]:
            return None
        loader: Any = self
        return importlib.machinery.ModuleSpec(fullname, loader, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """An empty module that has every name."""
        return _StubModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is to be run."""
