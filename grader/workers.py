"""The workers of one submission: made, loaded, replaced after a death, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from grader.sandbox import (
    Loaded,
    Sighting,
    SourceFile,
    StudentError,
    StudentFailure,
    Worker,
    WorkerDied,
    WorkerSpec,
    Zygote,
)

Prepared = TypeVar("Prepared")


class _Kept(NamedTuple):
    key: object
    worker: Worker
    prepared: Any


class Workers:
    """Hands out workers with the submission's modules loaded.

    modules: the files to load, those that others import first. loaded: what each import gave.
    names: every name of the submission with its kind: {"nn.relu": "function", ...}.
    survey: its files, as far as any has one of `words` in it; None if not read.
    sighted: where it asked for watched libraries, each with the suite that was imported or checked
    then.
    """

    def __init__(
        self,
        zygote: Zygote,
        spec: WorkerSpec,
        modules: Sequence[str],
        words: Collection[str] = (),
    ) -> None:
        self._zygote = zygote
        self._spec = spec
        self._modules = [name for name in modules if name in spec.modules]
        self._workers: dict[bool, Worker] = {}
        self._kept: dict[str, _Kept] = {}
        self._spent = 0.0
        self.loaded: dict[str, Loaded] = {}
        self.names: dict[str, str] = {}
        self.survey: tuple[SourceFile, ...] | None = None
        self.sighted: dict[Sighting, str] = {}
        self._words = words
        self._about = ""

    @property
    def spent(self) -> float:
        """CPU seconds of all workers so far."""
        kept = [one.worker for one in self._kept.values()]
        return self._spent + sum(one.cpu_time() for one in [*self._workers.values(), *kept])

    def own(self, visible: bool) -> Worker:
        """The worker with the student's own functions; a new one after a death.

        Hidden checks have one to themselves: what it has seen must not come out in the messages
        of visible ones, where the student's code may say what it likes.
        """
        worker = self._workers.get(visible)
        if worker is None or not worker.alive:
            self._retire(visible)
            worker = self._workers[visible] = self.fresh()
        return worker

    def fresh(self) -> Worker:
        """A new worker with everything loaded; an import that kills it is not tried again."""
        while True:
            worker = self._zygote.spawn(self._spec)
            if self._words and not self._surveyed(worker):
                continue
            for name in self._modules:
                try:
                    self._remember(worker.load(name))
                except (WorkerDied, StudentFailure) as death:
                    self._fail(name, death.error)
                    self._count(worker)
                    break
                self._look(worker, name)
            else:
                return worker

    @contextmanager
    def lent(self) -> Iterator[Worker]:
        """A fresh worker for one use, closed afterwards."""
        worker = self.fresh()
        try:
            yield worker
        finally:
            self._count(worker)

    def kept(
        self, role: str, key: object, prepare: Callable[[Worker], Prepared]
    ) -> tuple[Worker, Prepared]:
        """A fresh worker, prepared, and what that gave; one at a time in each role.

        The same one as long as it lives and `key` is the same.
        """
        known = self._kept.get(role)
        if known is None or known.key != key or not known.worker.alive:
            self._drop(role)
            worker = self.fresh()
            try:
                known = _Kept(key, worker, prepare(worker))
            except BaseException:
                self._count(worker)
                raise
            self._kept[role] = known
        return known.worker, known.prepared

    def begin(self, suite: str) -> None:
        """What is sighted from now on belongs to this suite."""
        if suite != self._about:
            self._drop(*self._kept)
            for worker in self._workers.values():
                self._look(worker, self._about)
            self._about = suite

    def close(self) -> None:
        """End the current workers."""
        self._drop(*self._kept)
        for visible in (True, False):
            self._retire(visible)

    def _drop(self, *roles: str) -> None:
        for role in roles:
            if role in self._kept:
                self._count(self._kept.pop(role).worker)

    def _retire(self, visible: bool) -> None:
        worker = self._workers.pop(visible, None)
        if worker is not None:
            self._count(worker)

    def _surveyed(self, worker: Worker) -> bool:
        """Have the files read, once, before any of them runs; False if that spoils the worker."""
        words, self._words = self._words, ()
        try:
            self.survey = worker.survey(words)
        except (WorkerDied, StudentFailure):
            self._count(worker)
            return False
        return True

    def _look(self, worker: Worker, suite: str) -> None:
        for one in worker.sighted:
            self.sighted.setdefault(one, suite)

    def _count(self, worker: Worker) -> None:
        self._look(worker, self._about)
        self._spent += worker.cpu_time()
        worker.close()

    def _remember(self, loaded: Loaded) -> None:
        """Keep what the first import said; later workers skip the statements that it skipped."""
        if loaded.module not in self.loaded:
            self.loaded[loaded.module] = loaded
            self.names.update((f"{loaded.module}.{n}", kind) for n, kind in loaded.names.items())
            skip = {**self._spec.skip, loaded.module: loaded.skipped}
            self._spec = replace(self._spec, skip=skip)

    def _fail(self, module: str, error: StudentError) -> None:
        self.loaded[module] = Loaded(module, error, (), (), {})
        self._modules.remove(module)
