"""The sandbox: student code runs in a confined worker process, and nowhere else.

    with Zygote() as zygote:                                   # starts in the background
        spec = WorkerSpec(submission=folder, modules={"nn": "nn.py"})
        with zygote.spawn(spec) as worker:
            worker.level                                       # "full", "reduced" or "none"
            worker.load("nn")                                  # Loaded(names, notes, error)
            program = Program()
            pair = program.call(Name("nn.relu"), x, documented=["x"])
            back = program.item(pair, 1)
            program.returns(program.item(pair, 0)).returns(back, keep=True)
            (result,) = worker.run([program])                  # Result(values, error, dropped)

A student's failure is a value (`Result.error`); a worker that is gone is WorkerDied. This package
imports nothing else of the grader: the worker loads its own half of it by path.
"""

from .callbacks import Callbacks
from .errors import (
    Line,
    SandboxError,
    StaleHandle,
    StudentError,
    StudentFailure,
    WorkerDied,
)
from .host import Worker
from .limits import Limits, WorkerSpec
from .probing import Finding, Probe
from .sightings import Import, Sighting, SourceFile
from .spawning import Zygote, fresh_worker
from .values import (
    VARY,
    Handle,
    HostFunction,
    Loaded,
    Name,
    Program,
    Ref,
    Replaced,
    Result,
)

__all__ = [
    "VARY",
    "Callbacks",
    "Finding",
    "Handle",
    "HostFunction",
    "Import",
    "Limits",
    "Line",
    "Loaded",
    "Name",
    "Probe",
    "Program",
    "Ref",
    "Replaced",
    "Result",
    "SandboxError",
    "Sighting",
    "SourceFile",
    "StaleHandle",
    "StudentError",
    "StudentFailure",
    "Worker",
    "WorkerDied",
    "WorkerSpec",
    "Zygote",
    "fresh_worker",
]
