"""What is still to do: the task ids that a template's file raises NotImplementedError for."""

import re
from pathlib import Path

RAISE = re.compile(r"""^\s*raise NotImplementedError\(["']([\w.]+)["']\)""", re.MULTILINE)


def open_tasks(path: str | Path) -> list[str]:
    """Task ids of a template that are not done yet, in the file's order, each once."""
    return list(dict.fromkeys(RAISE.findall(Path(path).read_text(encoding="utf-8"))))


def print_open_tasks(*paths: str | Path) -> None:
    """One line for each task that is not done yet."""
    for path in paths:
        for task in open_tasks(path):
            print(f"{Path(path).name}: {task} is not implemented yet")
