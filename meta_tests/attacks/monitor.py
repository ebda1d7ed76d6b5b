"""The place in which attacks happen: what there is to steal, and whether anything changed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import threading
from pathlib import Path

from grader.sandbox import spawning

SHARED = ("/tmp", "/var/tmp", "/dev/shm")
RESULTS = '{"score": 10.0}\n'


class Place:
    """A folder with a vault (secret), results, a submission, and a host that listens.

    home/vault/answers.txt, home/results/results.json, home/submission/nn.py; home/repository is
    the grader's copy that this process runs from. All of it lies in a folder that everyone may
    enter; the vault is of mode 0700.
    """

    def __init__(self, home: Path, secret: str) -> None:
        self.home, self.secret = home, secret
        # The beginning of all names that attacks give to what they leave behind.
        self.mark = f"atk-{home.name[-8:]}"
        self.submission = home / "submission"
        self.vault = home / "vault" / "answers.txt"
        self.results = home / "results" / "results.json"
        self.repository = Path(__file__).resolve().parents[2]
        self.secrets = (self.vault.parent, self.repository / "grader")
        self._build()
        self._memory = ctypes.create_string_buffer(secret.encode())
        self._descriptor = os.open(self.vault, os.O_RDONLY)
        self._servers = [_listening(home / "door", secret), _listening(None, secret)]
        self._abstract = _listening(f"\0{home.name}", secret)
        self._processes = _processes()
        self._before = self._state()

    def _build(self) -> None:
        for path in (self.submission, self.vault.parent, self.results.parent):
            path.mkdir(mode=0o755)
        self.vault.parent.chmod(0o700)
        self.vault.write_text(self.secret, "utf-8")
        self.results.write_text(RESULTS, "utf-8")
        self.results.chmod(0o644)

    def hand_in(self, source: str) -> None:
        """This is nn.py now; not counted as a change."""
        path = self.submission / "nn.py"
        path.unlink(missing_ok=True)
        path.write_text(source, "utf-8")
        path.chmod(0o644)
        spawning.quiet(self.submission)
        self._before = self._state()

    def facts(self) -> str:
        """What an attacker may know, or guess, as lines of Python."""
        facts = {
            "MARK": self.mark,
            "HOST": os.getpid(),
            "VAULT": str(self.vault),
            "RESULTS": str(self.results),
            "REPOSITORY": str(self.repository),
            "HOME": str(self.home),
            "ADDRESS": ctypes.addressof(self._memory),
            "SIZE": len(self.secret),
            "DESCRIPTOR": self._descriptor,
            "PORT": self._servers[1].getsockname()[1],
            "DOOR": str(self.home / "door"),
            "ABSTRACT": f"\0{self.home.name}",
        }
        return "".join(f"{name} = {value!r}\n" for name, value in facts.items())

    def changed(self) -> list[str]:
        """What is different since the code was handed in; it is put back."""
        found = []
        after = self._state()
        for path, state in self._before.items():
            if after.get(path) != state:
                found.append(f"{Path(path).name} changed")
        found += [f"{Path(path).name} made" for path in after if path not in self._before]
        found += self._left_running()
        if found:
            self._restore(set(after) - set(self._before))
        return found

    def _state(self) -> dict[str, tuple[int, ...]]:
        folders = (self.submission, self.vault.parent, self.results.parent)
        paths = [entry.path for folder in folders for entry in os.scandir(folder)]
        for folder in SHARED:
            with contextlib.suppress(OSError):
                paths += [e.path for e in os.scandir(folder) if e.name.startswith(self.mark)]
        return {path: _state_of(path) for path in paths}

    def _restore(self, made: set[str]) -> None:
        for path in made:
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        with contextlib.suppress(OSError):
            os.removexattr(self.results, "user.mark")
        self.results.unlink(missing_ok=True)
        self.results.write_text(RESULTS, "utf-8")
        self.results.chmod(0o644)

    def _left_running(self) -> list[str]:
        """Processes that called themselves by the mark; they are ended."""
        found = []
        for pid, name in _processes().items():
            if name == self.mark:
                found.append("a daemon runs")
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return found

    def close(self) -> None:
        """Let go of the sockets."""
        for server in (*self._servers, self._abstract):
            server.close()
        os.close(self._descriptor)


def _state_of(path: str) -> tuple[int, ...]:
    status = os.lstat(path)
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return status.st_ino, status.st_mode, status.st_uid, status.st_size, *times


def _processes() -> dict[int, str]:
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/stat") as numbers:
                name, _, rest = numbers.read().partition("(")[2].rpartition(")")
                if rest.split()[0] != "Z":
                    found[int(entry)] = name
    return found


def _listening(address: Path | str | None, secret: str) -> socket.socket:
    """A server of this host that tells the secret to whoever reaches it."""
    if address is None:
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.bind(("127.0.0.1", 0))
    else:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(os.fspath(address))
    server.listen(8)
    threading.Thread(target=_answering, args=(server, secret), daemon=True).start()
    return server


def _answering(server: socket.socket, secret: str) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(secret.encode())
