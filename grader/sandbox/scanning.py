"""Worker side: central differences of a program, all points in one request."""

from __future__ import annotations

from typing import Any

import numpy as np

from .codec import DTYPES, Encoder, ValueProblem
from .failures import describe
from .programs import Evaluation, Runner
from .wire import ProtocolError


def scan(
    runner: Runner, header: dict[str, Any], body: memoryview
) -> tuple[dict[str, Any], Encoder | None]:
    """The reply to a scan: an array (k, 2) of the program's value at base + d and base - d."""
    evaluation = Evaluation(runner, header["arrays"], body)
    decode = evaluation.decoder.decode
    base = decode(header["base"])
    steps = _Steps(base, decode(header["deltas"]), decode(header["h"]), decode(header["indices"]))
    project = decode(header["project"])
    values = np.empty((len(steps), 2), DTYPES["float64"])
    step, _ = header["program"]["returns"][-1]
    try:
        for row in range(len(steps)):
            for column, point in enumerate(steps.points(row)):
                evaluation.vary = point
                result = evaluation.steps(header["program"]["steps"])[step]
                values[row, column] = _number(result, project)
    except ProtocolError:
        raise
    except BaseException as error:  # the boundary of this process: any student code
        return {"error": describe(error, runner.files)}, None
    encoder = Encoder(runner.names.keep, max_bytes=runner.max_bytes)
    return {"values": encoder.encode(values)}, encoder


class _Steps:
    """The points of a scan: along given deltas, or along coordinates."""

    def __init__(self, base: np.ndarray, deltas: Any, h: Any, indices: Any) -> None:
        self.base = base
        self.deltas = deltas
        self.indices = np.arange(base.size) if indices is None else np.ravel(indices)
        self.h = np.broadcast_to(np.asarray(h, base.dtype), base.shape).ravel()

    def __len__(self) -> int:
        return len(self.indices if self.deltas is None else self.deltas)

    def points(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """base + d and base - d, fresh arrays."""
        if self.deltas is not None:
            return self.base + self.deltas[row], self.base - self.deltas[row]
        index = int(self.indices[row])
        above, below = self.base.copy(), self.base.copy()
        above.reshape(-1)[index] += self.h[index]
        below.reshape(-1)[index] -= self.h[index]
        return above, below


def _number(result: Any, project: np.ndarray | None) -> float:
    if project is None:
        if isinstance(result, float):
            return result
        array = np.asarray(result, float)
        if array.size != 1:
            raise ValueProblem(f"an array of shape {array.shape} where one number is expected")
        return float(array.reshape(()))
    array = np.asarray(result, float)
    if array.shape != project.shape:
        raise ValueProblem(f"shape {array.shape} where {project.shape} is expected")
    return float(np.sum(array * project))
