"""Make a virtual environment with the pinned dependencies: the slow half of environment.sh.

    environment.py core|dev FOLDER FINGERPRINT REQUESTED   what environment.sh asks for
    environment.py plain VERSION FOLDER NAME...            one more, for another Python (3.10, ...)
    environment.py pythons                                 the interpreters found, best first

Standard library only, and it runs before anything is installed.
"""

from __future__ import annotations

import configparser
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from interpreters import Interpreter, SetupError, choose, interpreters, probe

ROOT = Path(__file__).resolve().parent.parent


def requirements(kind: str) -> list[str]:
    """The ranges of setup.cfg: the core ones, or (kind "dev") those of the development tools."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    section, key = {
        "core": ("options", "install_requires"),
        "dev": ("options.extras_require", "dev"),
    }[kind]
    return settings[section][key].split("\n")[1:]


def pins(interpreter: Interpreter) -> list[str]:
    """pip's options for the constraints of this version; none exist for one newer than we know."""
    path = ROOT / "constraints" / f"{interpreter.name}.txt"
    return ["--constraint", str(path)] if path.exists() else []


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the one lock of an environment; the kernel frees it when its holder dies."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("w")
    except OSError as error:
        raise SetupError(f"cannot write {folder}: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Waiting for another set-up of {folder} ...", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        # A pip that outlives us keeps the lock, and so does not write beneath our successor.
        os.set_inheritable(file.fileno(), True)
        yield


def wipe(folder: Path) -> None:
    """Empty the environment, but for the lock that others wait on and the mark of this work."""
    for path in folder.iterdir():
        if path.name in ("lock", "incomplete"):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def run_logged(command: Sequence[str], log: Path, what: str, hint: str = "") -> None:
    """Run quietly; when it fails, raise with the last lines that it printed."""
    with log.open("ab") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, close_fds=False)
    if done.returncode:
        text = log.read_text(encoding="utf-8", errors="replace")
        last = [f"    {line}" for line in text.splitlines()[-12:]]
        raise SetupError("\n".join([f"{what} failed{hint}, the last lines of {log}:", *last]))


def create(folder: Path, interpreter: Interpreter) -> None:
    """A bare virtual environment on `interpreter`, in place of whatever is in `folder`."""
    (folder / "incomplete").touch()
    wipe(folder)
    # Git then leaves it alone, wherever it is.
    (folder / ".gitignore").write_text("*\n", encoding="ascii")
    run_logged(
        [interpreter.path, "-m", "venv", str(folder)], folder / "setup.log", "python -m venv"
    )


def install(folder: Path, interpreter: Interpreter, names: Sequence[str]) -> None:
    """Install `names` under the constraints; an interruption leaves the mark `incomplete`."""
    (folder / "incomplete").touch()
    python = str(folder / "bin" / "python")
    options = ["--quiet", "--no-input", "--disable-pip-version-check", *pins(interpreter)]
    command = [python, "-I", "-m", "pip", "install", *options, *names]
    run_logged(command, folder / "setup.log", "pip install", " (is there a network?)")
    (folder / "incomplete").unlink()


def write_stamp(folder: Path, kind: str, state: str, requested: str) -> None:
    """What environment.sh compares at every start, written last and at one stroke."""
    size = (folder / "bin" / "python").stat().st_size
    new = folder / f"stamp-{kind}.new"
    new.write_text(f"{state}\n{size}\n{requested}\n", encoding="utf-8")
    new.replace(folder / f"stamp-{kind}")


def read_stamp(folder: Path, kind: str) -> list[str]:
    """[fingerprint, size of the interpreter, requested], empty if there is none."""
    try:
        return (folder / f"stamp-{kind}").read_text(encoding="utf-8").split("\n")[:3]
    except OSError:
        return []


def sound(folder: Path, requested: str) -> bool:
    """Is there a complete environment whose interpreter is still the one it was made on?"""
    stamp = read_stamp(folder, "core")
    python = folder / "bin" / "python"
    if not stamp or (folder / "incomplete").exists() or not python.exists():
        return False
    same_file = stamp[1] == str(python.stat().st_size)
    return same_file and requested in ("", stamp[2]) and probe(str(python)) is not None


def ensure(kind: str, folder: Path, state: str, requested: str) -> None:
    """Bring the environment in `folder` up to date for `kind`; nothing if another just did."""
    with locked(folder):
        whole = sound(folder, requested)
        done = [one for one in ("core", "dev") if whole and read_stamp(folder, one)[:1] == [state]]
        if kind in done:
            return
        if whole:
            interpreter = choose(str(folder / "bin" / "python"))
            requested = read_stamp(folder, "core")[2]
        else:
            interpreter = choose(requested)
        announce(folder, interpreter, "Updating" if whole else "Setting up")
        if not whole:
            create(folder, interpreter)
        wanted = [one for one in dict.fromkeys(("core", kind)) if one not in done]
        install(folder, interpreter, [name for one in wanted for name in requirements(one)])
        for one in wanted:
            write_stamp(folder, one, state, requested)


def announce(folder: Path, interpreter: Interpreter, verb: str) -> None:
    place = folder.name if folder.parent == ROOT else folder
    print(f"{verb} {place} on Python {interpreter.name} (once, about 20 s) ...", file=sys.stderr)
    if not pins(interpreter):
        print(f"No constraints for Python {interpreter.name}: newest versions.", file=sys.stderr)


def plain(version: str, folder: Path, names: Sequence[str]) -> str:
    """An environment on Python `version` with the packages `names`; its interpreter's path."""
    found = [one for one in interpreters() if one.name == version and one.usable]
    if not found:
        raise SetupError(f"no Python {version} on this machine")
    ranges = [text for text in requirements("core") if re.split(r"[ <>=]", text)[0] in names]
    pinned = [Path(path).read_text(encoding="utf-8") for path in pins(found[0])[1:]]
    state = hashlib.sha256("\n".join([found[0].path, *ranges, *pinned]).encode()).hexdigest()
    with locked(folder):
        if not (sound(folder, "") and read_stamp(folder, "core")[0] == state):
            create(folder, found[0])
            install(folder, found[0], ranges)
            write_stamp(folder, "core", state, "")
    return str(folder / "bin" / "python")


def main(arguments: Sequence[str]) -> int:
    os.umask(0o022)  # whatever the caller's: the sandbox's uid reads the packages
    try:
        match list(arguments):
            case ["core" | "dev" as kind, folder, state, requested]:
                ensure(kind, Path(folder), state, requested)
            case ["plain", version, folder, *names]:
                print(plain(version, Path(folder), names))
            case ["pythons"]:
                for one in interpreters():
                    print(one.name, one.path, "" if one.usable else "(unusable)")
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except (SetupError, OSError) as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("set-up: interrupted; the next start begins it anew", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
