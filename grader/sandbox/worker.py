"""Worker side: answer one request after another until the host hangs up."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from .calling import HostCalls
from .failures import describe, report
from .importing import FolderFinder, Importer
from .programs import Namespace, Runner
from .replacing import Replacer
from .reseeding import Reseeding
from .scanning import scan
from .scratch import Scratch
from .scratch_hdf5 import Hdf5Finder
from .sink import Sink
from .stubs import StubFinder
from .surveying import survey
from .timing import RequestLimit
from .watching import Watch
from .wire import Channel, Closed, ProtocolError


class Server:
    """The function server: operations by name, one reply for each request."""

    def __init__(self, channel: Channel, setup: dict[str, Any]) -> None:
        self.channel = channel
        self.nonce: Any = None
        self.given = setup["given"]
        limits = setup["limits"]
        self.sink = Sink(limits["text_chars"])
        self.importer = Importer(
            setup["submission"],
            setup["modules"],
            setup["skip"],
            seconds=limits["statement_cpu_seconds"],
            wall_factor=limits["wall_factor"],
            progress=self._progress,
        )
        self.watch = Watch(setup["watched"], self.importer.folder)
        self.names = Namespace(self.importer.module)
        self.calls = HostCalls(channel, self.names, self.importer, limits["callback_bytes"])
        self.replacer = Replacer(self.names, self.calls)
        self.reseeding = Reseeding()
        self.scratch = Scratch(self.importer.folder)
        self.limit = RequestLimit(lambda file: file.startswith(self.importer.folder))
        self.runner = Runner(
            self.names,
            self.importer,
            max_bytes=limits["reply_bytes"],
            max_chars=limits["text_chars"],
            host=self.calls,
            original=self.replacer.original,
            took_cycle=self.replacer.took_cycle,
            time_is_up=lambda: self.limit.up,
        )

    def install(self) -> None:
        """Make this process ready for the submission's imports."""
        self.importer.keep(self.given)
        sys.meta_path[:] = [
            self.importer,
            StubFinder(),
            Hdf5Finder(self.scratch),
            *sys.meta_path,
            FolderFinder(self.importer),
        ]
        self.watch.install()
        self.reseeding.install(0)
        self.scratch.install()
        self.sink.install()

    def serve(self) -> None:
        """Answer until the host is gone."""
        operations = {
            "survey": self._survey,
            "load": self._load,
            "run": self._run,
            "scan": self._scan,
            "replace": self._replace,
            "watch": self._watch,
            "forget": self._forget,
            "output": self._output,
        }
        while True:
            header, body = self.channel.receive()
            self.nonce = header["nonce"]
            self.sink.install()
            try:
                reply, encoder = operations[header["op"]](header, body)
            except (ProtocolError, Closed):
                raise
            except BaseException as error:  # the boundary of this process
                reply, encoder = {"error": describe(error, self.importer)}, None
            self._reply(reply, encoder)

    def _reply(self, reply: dict[str, Any], encoder: Any) -> None:
        reply.update(op="reply", nonce=self.nonce, arrays=encoder.arrays if encoder else [])
        if self.watch.seen:
            reply["sighted"] = self.watch.seen
        try:
            self.channel.send(reply, encoder.buffers if encoder else ())
        except MemoryError:
            error = report("out_of_memory", "the results need more memory than there is")
            self.channel.send({"op": "reply", "nonce": self.nonce, "arrays": [], "error": error})

    def _progress(self, module: str, line: int) -> None:
        header = {"op": "progress", "nonce": self.nonce, "module": module, "line": line}
        self.channel.send(header)

    def _survey(self, header: dict[str, Any], body: memoryview) -> tuple[dict[str, Any], Any]:
        return {"files": survey(self.importer.folder, header["words"])}, None

    def _load(self, header: dict[str, Any], body: memoryview) -> tuple[dict[str, Any], Any]:
        return {"loaded": self.importer.load(header["module"])}, None

    def _run(self, header: dict[str, Any], body: memoryview) -> tuple[dict[str, Any], Any]:
        if header["reseed"] is not None:
            self.scratch.begin()
            self.reseeding.reseed(header["reseed"])
        with self.calls.open(header["callback"]), self.limit.of(header["seconds"]):
            results, encoder = self.runner.run(header["programs"], header, body)
        return {"results": results}, encoder

    def _scan(self, header: dict[str, Any], body: memoryview) -> tuple[dict[str, Any], Any]:
        limit = self.limit.of(header["seconds"])
        with self.calls.open(header["callback"]), limit, np.errstate(all="ignore"):
            return scan(self.runner, header, body)

    def _replace(self, header: dict[str, Any], body: memoryview) -> tuple[dict[str, Any], Any]:
        done, refused = self.replacer.replace(header["names"], header["keep"], header["standins"])
        return {"done": done, "refused": refused}, None

    def _watch(self, header: dict[str, Any], body: memoryview) -> tuple[dict[str, Any], Any]:
        self.replacer.watch(header["under_test"], header["below"])
        return {}, None

    def _forget(self, header: dict[str, Any], body: memoryview) -> tuple[dict[str, Any], Any]:
        self.names.forget(header["handles"])
        return {}, None

    def _output(self, header: dict[str, Any], body: memoryview) -> tuple[dict[str, Any], Any]:
        return {"text": self.sink.text()}, None


def serve(channel: Channel) -> None:
    """Be a worker until the host hangs up; never returns."""
    status = 0
    try:
        header, _ = channel.receive()
        server = Server(channel, header["setup"])
        server.install()
        server.serve()
    except Closed:
        pass
    except ProtocolError:
        status = 70
    finally:
        # Not sys.exit: no atexit handler of the student's is to run.
        os._exit(status)
