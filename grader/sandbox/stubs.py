"""Worker side: libraries that only display something do nothing here.

They are stubs even where they are installed: nobody looks, and a real import takes a second.
"""

from __future__ import annotations

import importlib.machinery
import math
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

LIBRARIES = frozenset(
    (
        "IPython", "PIL", "altair", "bokeh", "graphviz", "ipywidgets",
        "matplotlib", "mpl_toolkits", "plotly", "prettytable", "progressbar", "pydot", "pylab",
        "rich", "seaborn", "tabulate", "tensorboard", "tensorboardX", "termcolor", "torchviz",
        "tqdm", "visdom", "wandb",
    )
)  # fmt: skip
_GOOGLE = ("google", "google.colab")


class Stub:
    """Anything of a display library: can be called, indexed, entered, drawn on; does nothing."""

    def __init__(self, name: str = "stub") -> None:
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Stub(f"{self._name}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        special = _RESULTS.get(self._name.rpartition(".")[2])
        if special is not None:
            return special(*args, **kwargs)
        # As a decorator it gives back what it decorates.
        return args[0] if len(args) == 1 and not kwargs and callable(args[0]) else Stub(self._name)

    def __getitem__(self, key: Any) -> Any:
        return Stub(self._name)

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

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


class Progress:
    """tqdm: iterates, shows nothing."""

    def __init__(self, iterable: Iterable[Any] | None = None, *args: Any, **kwargs: Any) -> None:
        self.iterable = () if iterable is None else iterable
        self.total = kwargs.get("total")
        self.n = 0

    def __iter__(self) -> Iterator[Any]:
        for item in self.iterable:
            yield item
            self.n += 1

    def __len__(self) -> int:
        return len(self.iterable) if self.total is None else self.total  # type: ignore[arg-type]

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


def subplots(nrows: int = 1, ncols: int = 1, *args: Any, **kwargs: Any) -> tuple[Stub, Any]:
    """A figure and as many axes as asked for, in the shape that matplotlib gives them."""
    rows, columns = min(int(nrows), 1000), min(int(ncols), 1000)
    axes = np.empty((rows, columns), dtype=object)
    for index in np.ndindex(rows, columns):
        axes[index] = Stub("axes")
    if kwargs.get("squeeze", True):
        axes = axes.squeeze()
        return Stub("figure"), axes.item() if axes.ndim == 0 else axes
    return Stub("figure"), axes


_RESULTS: dict[str, Callable[..., Any]] = {
    "subplots": subplots,
    "plot": lambda *args, **kwargs: [Stub("line")] * max(1, math.ceil(len(args) / 3)),
    "hist": lambda *args, **kwargs: (np.zeros(1), np.zeros(2), Stub("patches")),
    "tabulate": lambda *args, **kwargs: "",
    "colored": lambda text="", *args, **kwargs: text,
}
_OF_TQDM = {"tqdm": Progress, "trange": trange, "tqdm_notebook": Progress, "tnrange": trange}


class _StubModule(ModuleType):
    """A module of which every name is a stub."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if self.__name__.partition(".")[0] == "tqdm" and name in _OF_TQDM:
            return _OF_TQDM[name]
        return Stub(f"{self.__name__}.{name}")


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
