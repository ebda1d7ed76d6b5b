"""The choice by validation accuracy, and what is run once it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.experiments.study import Configuration, Last, Result


def best(results: Mapping[str, Result]) -> str | None:
    """The name with the highest validation accuracy after the last epoch; None if all diverged."""
    finals = {
        name: result["curves"]["validation_accuracy"][-1]
        for name, result in results.items()
        if not result["diverged"]
    }
    return max(finals, key=lambda name: finals[name]) if finals else None


def chosen(tried: Sequence[Configuration], results: Mapping[str, Result]) -> Last | None:
    """The best of what was tried once more, as "chosen-NAME", which may open the test file."""
    name = best({one.name: results[one.name] for one in tried if one.name in results})
    if name is None:
        return None
    one = next(one for one in tried if one.name == name)
    final = Configuration(f"chosen-{name}", one.settings, one.units, opens_test=True)
    return Last(f"{name} {sorted(one.settings.items())}", [final])
