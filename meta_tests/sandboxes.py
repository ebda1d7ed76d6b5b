"""Workers for the tests of the sandbox."""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.sandbox import Limits, Name, Program, Result, Worker, WorkerSpec, Zygote


@contextmanager
def submission(files: Mapping[str, str | bytes]) -> Iterator[Path]:
    """A folder with these files that every user may read (pytest's own folders are private)."""
    with tempfile.TemporaryDirectory(prefix="submission-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for file, content in files.items():
            text = content if isinstance(content, bytes) else textwrap.dedent(content).encode()
            (folder / file).write_bytes(text)
        yield folder


@contextmanager
def worker_with(
    zygote: Zygote,
    text: str | bytes,
    limits: Limits | None = None,
    files: Mapping[str, str] | None = None,
    **spec: Any,
) -> Iterator[Worker]:
    """A worker that has loaded `text` as nn.py."""
    with submission({"nn.py": text, **(files or {})}) as folder:
        made = WorkerSpec(folder, {"nn": "nn.py"}, limits=limits or Limits(), **spec)
        with zygote.spawn(made) as worker:
            worker.load("nn")
            yield worker


def calling(name: str, *args: Any, **kwargs: Any) -> Program:
    """A program of one call."""
    program = Program()
    program.call(Name(name), *args, **kwargs)
    return program


def call(worker: Worker, name: str, *args: Any, **kwargs: Any) -> Result:
    """The result of one call."""
    (result,) = worker.run([calling(name, *args, **kwargs)])
    return result


def value(worker: Worker, name: str, *args: Any, **kwargs: Any) -> Any:
    """The value of one call that succeeds."""
    result = call(worker, name, *args, **kwargs)
    assert result.error is None, result.error
    return result.values[0]
