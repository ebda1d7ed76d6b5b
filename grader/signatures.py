"""What the interfaces say of a call: parameter names, and other names that are accepted."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import ModuleType

from grader.suites import Suite


def documented(
    references: Mapping[str, ModuleType], suites: Mapping[str, Suite]
) -> dict[str, tuple[str, ...]]:
    """Parameter names of constructors and lenient functions, from the references' signatures."""
    names: dict[str, tuple[str, ...]] = {}
    for suite in suites.values():
        for name, part in vars(references[suite.name]).items():
            if type(part) is type or name in suite.lenient:
                names[f"{suite.name}.{name}"] = tuple(inspect.signature(part).parameters)
    return names


def aliases(suites: Mapping[str, Suite], names: Mapping[str, str]) -> dict[str, str]:
    """Path of a function as documented -> the accepted name that the submission uses instead."""
    found: dict[str, str] = {}
    for suite in suites.values():
        for name, others in suite.aliases.items():
            path = suite.path(f"{suite.name}.{name}")
            used = [suite.path(f"{suite.name}.{other}") for other in others]
            taken = next((one for one in used if one in names), "")
            if taken and path not in names:
                found[path] = taken
    return found
