"""The host's side of switching a layer off, and zygotes without some layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from unittest import mock

from grader.sandbox import Zygote, callbacks, dialogue, host, kernel, requests, spawning
from grader.sandbox.wire import Channel

HERE = Path(__file__).resolve().parent
SANDBOX = Path(spawning.__file__).resolve().parent
IN_ZYGOTE = frozenset(
    {"seccomp", "landlock", "user", "capabilities", "private", "limits", "undumpable", "clean"}
    | {"kill", "soft limit", "values", "intake"}
)


class Zygotes:
    """Zygotes by what is switched off in them, made when first asked for."""

    def __init__(self, folder: Path, secret: str, always: Sequence[str] = ()) -> None:
        self._folder, self._secret, self._always = folder, secret, frozenset(always)
        self._made: dict[frozenset[str], Zygote] = {}

    def without(self, off: frozenset[str]) -> Zygote:
        """One without these layers; the real one if there is nothing to leave out."""
        off = (off & IN_ZYGOTE) | self._always
        if off not in self._made:
            with ExitStack() as stack:
                if off:
                    script = mock.patch.object(spawning, "_SCRIPT", self._script(off))
                    stack.enter_context(script)
                self._made[off] = Zygote()
        return self._made[off]

    def close(self) -> None:
        """End all of them."""
        for zygote in self._made.values():
            zygote.close()

    def _script(self, off: frozenset[str]) -> Path:
        path = self._folder / f"zygote-{'-'.join(sorted(off)).replace(' ', '-')}.py"
        source = HERE / "weakened_zygote.py"
        secret = self._secret if "clean" in off else ""
        lines = [
            f"OFF, SANDBOX, SECRET = {sorted(off)!r}, {str(SANDBOX)!r}, {secret!r}",
            f"with open({str(source)!r}, encoding='utf-8') as file: code = file.read()",
            f"exec(compile(code, {str(source)!r}, 'exec'))",
        ]
        path.write_text("\n".join(lines), "utf-8")
        return path


@contextmanager
def weakened(off: frozenset[str], secret: str) -> Iterator[None]:
    """In the body the host does without these layers."""
    with ExitStack() as stack:
        for layer in off & set(IN_HOST):
            stack.enter_context(IN_HOST[layer](secret))
        yield


@contextmanager
def _dumpable(secret: str) -> Iterator[None]:
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
    try:
        with mock.patch.object(spawning, "undumpable", lambda: None):
            yield
    finally:
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)


def _clean(secret: str) -> AbstractContextManager[object]:
    return mock.patch.dict(spawning._ENVIRONMENT, {"ATTACKED": secret})


def _intake(secret: str) -> AbstractContextManager[object]:
    return mock.patch.object(spawning, "quiet", lambda folder: None)


def _deadline(secret: str) -> AbstractContextManager[object]:
    return mock.patch.object(host, "_GRACE", 60.0)


@contextmanager
def _wire(secret: str) -> Iterator[None]:
    """Nonces that everyone knows, and no look at what was said unasked."""
    known = mock.Mock(token_hex=lambda n: "0" * 16)
    with (
        mock.patch.object(dialogue.Dialogue, "_check_silent", lambda self: None),
        mock.patch.object(dialogue, "secrets", known),
        mock.patch.object(callbacks, "secrets", known),
        mock.patch.object(requests, "_is_texts", lambda value, most: True),
        mock.patch.object(requests.Codec, "_received", lambda self, tree: tree),
        mock.patch.object(Channel, "max_header", 1 << 40, create=True),
    ):
        yield


@contextmanager
def _desk(secret: str) -> Iterator[None]:
    def answered(self: callbacks.Desk, name: str, args: tuple, kwargs: dict) -> object:
        return self.callbacks.answer(name, args, kwargs)

    with (
        mock.patch.object(callbacks.Desk, "_check", lambda self, arguments: None),
        mock.patch.object(callbacks.Desk, "_answered", answered),
    ):
        yield


IN_HOST: dict[str, Callable[[str], AbstractContextManager[object]]] = {
    "undumpable": _dumpable,
    "clean": _clean,
    "deadline": _deadline,
    "intake": _intake,
    "wire": _wire,
    "desk": _desk,
}
