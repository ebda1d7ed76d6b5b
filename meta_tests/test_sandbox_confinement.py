"""What a worker can reach, and how the level follows from what it reached."""

from __future__ import annotations

import errno
import json
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from grader.sandbox import Limits, Probe, SandboxError, Worker, WorkerSpec, Zygote
from grader.sandbox.attempts import attempt_all
from grader.sandbox.confinement import importable
from grader.sandbox.identity import readable_by_all
from grader.sandbox.seccomp import assemble
from grader.sandbox.syscalls import ABSENT, COLUMN, GUARDED, HARMLESS
from meta_tests.sandboxes import call, submission, value, worker_with

ROOT = Path(__file__).resolve().parent.parent
ATTEMPTS = ("canary", "write", "network", "fork", "signal", "environ")
LINUX = sys.platform == "linux"
needs_linux = pytest.mark.skipif(not LINUX, reason="the layers are Linux's")
needs_root = pytest.mark.skipif(not LINUX or os.geteuid() != 0, reason="needs root")
CODE = """
import ctypes, os, posix, resource, signal, socket, subprocess, sys, threading
def read(path): return open(path, "rb").read(1)
def lists(path): return os.listdir(path)
def create(path): os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
def append(path): open(path, "a").close()
def flags(path, flags): os.close(os.open(path, flags))
def run(name, *args): return getattr(posix, name)(*args)
def connect(family, kind): return socket.socket(family, kind)
def thread(): threading.Thread(target=print).start()
def shell(): return subprocess.run(["true"]).returncode
def raw(number, *args):
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.syscall(number, *args), ctypes.get_errno()
def raise_limit(name):
    resource.setrlimit(getattr(resource, name), (10**6, 10**6))
def limit(name): return resource.getrlimit(getattr(resource, name))
def modules(): return sorted(m for m in sys.modules if "grader" in m or "conftest" in m)
def path(): return sys.path
def argv(): return sys.argv, sys.orig_argv
def environment(): return dict(os.environ)
def descriptors(): return [fd for fd in range(64) if is_open(fd)]
def is_open(fd):
    try: os.fstat(fd)
    except OSError: return False
    return True
def identity(): return os.getresuid(), os.getresgid(), os.getgroups()
def hunt(text):
    import gc
    found = []
    for value in gc.get_objects():
        if isinstance(value, dict):
            found += [k for k, v in list(value.items()) if isinstance(v, str) and text in v]
    return len(found)
def memory(): return bytearray(1500 << 20)
"""


@pytest.fixture(scope="module")
def secret() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        path = folder / "hidden_checks.py"
        path.write_text("answer = 42\n", encoding="utf-8")
        yield path


@pytest.fixture(scope="module")
def worker(zygote: Zygote, secret: Path) -> Iterator[Worker]:
    with worker_with(zygote, CODE, secrets=(secret.parent,)) as made:
        yield made


def denied(worker: Worker, name: str, *args: object) -> bool:
    error = call(worker, f"nn.{name}", *args).error
    return error is not None and error.type_name == "PermissionError"


@needs_linux
def test_the_level_is_what_the_machine_can_hold(worker: Worker) -> None:
    layers = dict(worker.probe.layers)
    if layers["landlock"] == layers["seccomp"] == "on":
        assert worker.level == "full"
        assert worker.probe.missing == ()
    else:
        assert worker.probe.missing or worker.level == "full"


def test_everything_is_tried(worker: Worker) -> None:
    assert tuple(finding.name for finding in worker.probe.findings) == ATTEMPTS


@needs_linux
def test_without_confinement_every_attempt_succeeds(secret: Path) -> None:
    # In a process of its own, as it forks; what the probe denies is denied by the layers.
    code = (
        "import json, os, sys\n"
        "from grader.sandbox.attempts import attempt_all\n"
        "print(json.dumps(attempt_all(json.loads(sys.argv[1]))))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        attempts = {"canaries": [str(secret)], "folders": [folder], "host": os.getpid()}
        command = [sys.executable, "-c", code, json.dumps(attempts)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        assert list(Path(folder).iterdir()) == []
    outcomes = {name: was_denied for name, was_denied, _ in json.loads(done.stdout)}
    assert outcomes == dict.fromkeys(ATTEMPTS, False)
    assert attempt_all.__module__ == "grader.sandbox.attempts"


LAYERS = {"landlock": "on", "user": "on", "seccomp": "on"}


@pytest.mark.parametrize(
    ("allowed", "level"),
    [
        ((), "full"),
        (("canary",), "none"),
        (("write", "network"), "none"),
        (("network",), "reduced"),
        (("fork",), "reduced"),
        (("signal",), "reduced"),
        (("environ",), "reduced"),
    ],
)
def test_the_level_follows_the_attempts(allowed: tuple[str, ...], level: str) -> None:
    findings = [[name, name not in allowed, "it works"] for name in ATTEMPTS]
    probe = Probe.of(findings, {"landlock": "absent", "user": "kept", "seccomp": "needs Linux"})
    assert probe.level == level
    assert len(probe.missing) == len(allowed)
    assert all("\n" not in line for line in probe.missing)


def test_a_probe_that_left_something_out_is_refused() -> None:
    with pytest.raises(SandboxError):
        Probe.of([["canary", True, ""]], LAYERS)
    assert Probe().level == "none"


@needs_linux
@pytest.mark.parametrize(
    "path",
    [
        ROOT / "grader" / "reference" / "nn.py",
        ROOT / "grader" / "sandbox" / "host.py",
        ROOT / "setup.cfg",
        Path("/etc/passwd"),
        Path("/proc/self/maps"),
        Path("/proc/self/environ"),
        Path("/proc/1/cmdline"),
        Path("/proc/version"),
    ],
    ids=lambda path: path.name,
)
def test_files_outside_cannot_be_read(worker: Worker, path: Path) -> None:
    assert denied(worker, "read", str(path))


@needs_linux
def test_secrets_cannot_be_read(worker: Worker, secret: Path) -> None:
    assert denied(worker, "read", str(secret))
    assert denied(worker, "lists", str(secret.parent))


@needs_linux
@pytest.mark.parametrize("name", ["environ", "maps", "mem", "cmdline", "fd/0", "cwd/setup.cfg"])
def test_nothing_is_known_of_the_host(worker: Worker, name: str) -> None:
    assert denied(worker, "read", f"/proc/{os.getpid()}/{name}")


@needs_linux
def test_the_submission_can_be_read_but_not_changed(worker: Worker) -> None:
    own = worker.spec.submission / "nn.py"
    assert value(worker, "nn.lists", ".") == ["nn.py"]
    assert denied(worker, "append", str(own))
    assert denied(worker, "run", "unlink", str(own))
    assert denied(worker, "run", "truncate", str(own), 0)
    assert denied(worker, "run", "chmod", str(own), 0o777)


@needs_linux
@pytest.mark.parametrize("folder", [".", "/tmp", "/dev/shm", "/var/tmp", "/"])
def test_nothing_can_be_written(worker: Worker, folder: str) -> None:
    target = os.path.join(folder, "x")
    assert denied(worker, "create", target)
    assert denied(worker, "flags", folder, os.O_TMPFILE | os.O_WRONLY)
    for name, *args in (
        ("mkdir", target),
        ("symlink", "nn.py", target),
        ("link", "nn.py", target),
        ("mkfifo", target),
        ("rename", "nn.py", target),
    ):
        assert denied(worker, "run", name, *args), name


@needs_linux
@pytest.mark.parametrize(
    ("family", "kind"), [(2, 1), (2, 2), (10, 2), (1, 1), (1, 2), (16, 3), (17, 3), (40, 1)]
)
def test_no_socket_can_be_opened(worker: Worker, family: int, kind: int) -> None:
    assert denied(worker, "connect", family, kind)


@needs_linux
def test_nothing_can_be_started(worker: Worker) -> None:
    assert denied(worker, "run", "fork")
    assert denied(worker, "shell")
    error = call(worker, "nn.thread").error
    assert error is not None
    assert "can't start new thread" in error.message
    assert denied(worker, "run", "execv", "/bin/true", ["true"])
    assert denied(worker, "run", "memfd_create", "x")


@needs_linux
def test_nobody_else_can_be_signalled(worker: Worker) -> None:
    for pid in (os.getpid(), os.getppid(), 1, -1, 0):
        assert denied(worker, "run", "kill", pid, 0)


@needs_linux
def test_calls_by_number_are_denied_too(worker: Worker) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers are those of x86-64")
    refused = {
        "ptrace": 101,
        "process_vm_readv": 310,
        "pidfd_open": 434,
        "pidfd_getfd": 438,
        "unshare": 272,
        "mount": 165,
        "bpf": 321,
        "keyctl": 250,
        "io_uring_setup": 425,
        "userfaultfd": 323,
        "perf_event_open": 298,
        "shmget": 29,
        "mq_open": 240,
        "setuid": 105,
        "prctl": 157,
        "personality": 135,
        "vfork": 58,
        "clone": 56,
        "setrlimit": 160,
        "timer_create": 222,
        "seccomp": 317,
        "landlock_create_ruleset": 444,
    }
    for name, number in refused.items():
        assert value(worker, "nn.raw", number, 0, 0, 0, 0) == (-1, errno.EPERM), name
    for number in (435, 437):
        assert value(worker, "nn.raw", number, 0, 0, 0, 0) == (-1, errno.ENOSYS)


@needs_linux
def test_limits_are_set_and_stay(worker: Worker) -> None:
    assert call(worker, "nn.raise_limit", "RLIMIT_NOFILE").error is not None
    assert value(worker, "nn.limit", "RLIMIT_FSIZE") == (0, 0)
    assert value(worker, "nn.limit", "RLIMIT_CORE") == (0, 0)
    assert value(worker, "nn.limit", "RLIMIT_NPROC") == (0, 0)
    error = call(worker, "nn.memory").error
    assert error is not None
    assert error.kind == "out_of_memory"


def test_the_host_is_not_there(worker: Worker) -> None:
    assert value(worker, "nn.modules") == []
    assert not any(Path(entry) in (ROOT, ROOT / "grader" / "sandbox") for entry in paths(worker))
    assert value(worker, "nn.argv") == ([""], [])
    assert value(worker, "nn.descriptors") == [0, 1, 2, 3]


def paths(worker: Worker) -> list[str]:
    found: list[str] = value(worker, "nn.path")
    return found


def test_the_environment_is_made_from_scratch(
    zygote: Zygote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_HOST", "a value that nobody must see")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    with Zygote() as later, worker_with(later, CODE) as worker:
        seen = value(worker, "nn.environment")
        assert value(worker, "nn.hunt", "a value that nobody must" + " see") == 0
    assert "SECRET_OF_THE_HOST" not in seen
    assert "HOME" not in seen
    assert seen["OPENBLAS_NUM_THREADS"] == "1"
    assert seen["OPENBLAS_CORETYPE"] == "Haswell"


def test_the_text_of_stand_ins_is_not_there_before_it_is_needed(zygote: Zygote) -> None:
    standins = {"nn": "def relu(x):\n    return 'a rare text'\n"}
    with worker_with(zygote, CODE, standins=standins) as worker:
        assert value(worker, "nn.hunt", "a rare" + " text") == 0


@needs_root
def test_a_worker_has_its_own_user_where_that_can_be(zygote: Zygote) -> None:
    with worker_with(zygote, CODE) as first, worker_with(zygote, CODE) as second:
        ids = [value(worker, "nn.identity") for worker in (first, second)]
        layers = dict(first.probe.layers)
    uids = {uid for users, _, _ in ids for uid in users}
    if layers["user"] == "on":
        assert len(uids) == 2
        assert 0 not in uids
        assert all(groups[0] == users[0] and extra == [] for users, groups, extra in ids)
    else:
        assert not readable_by_all(sys.executable) or "without capabilities" in layers["user"]
        assert uids == {0}


@needs_root
def test_a_submission_that_others_cannot_read_is_still_graded(zygote: Zygote) -> None:
    with submission({"nn.py": CODE}) as folder:
        folder.chmod(0o700)
        with zygote.spawn(WorkerSpec(folder, {"nn": "nn.py"})) as worker:
            assert worker.load("nn").error is None
            assert value(worker, "nn.identity")[0] == (0, 0, 0)
            assert "without capabilities" in dict(worker.probe.layers)["user"]
            assert denied(worker, "read", "/etc/shadow")


OUTSIDE = """
import sys
from pathlib import Path
from grader.sandbox import *
program = Program()
program.call(Name("nn.identity"))
spec = WorkerSpec(Path(sys.argv[1]), {"nn": "nn.py"})
with Zygote() as zygote, zygote.spawn(spec) as worker:
    worker.load("nn")
    print(worker.level, worker.run([program])[0].value)
"""


def seen_as(user: int, groups: list[int]) -> tuple[str, str]:
    """(level, what a worker says of its identity) where the host runs as `user`."""
    with submission({"nn.py": CODE}) as folder:
        done = subprocess.run(
            [sys.executable, "-B", "-c", OUTSIDE, str(folder)],
            cwd=ROOT,
            user=user,
            group=user,
            extra_groups=groups,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    level, _, identity = done.stdout.strip().partition(" ")
    return level, identity


@needs_root
def test_an_ordinary_user_is_as_safe() -> None:
    if not readable_by_all(sys.executable) or not readable_by_all(str(ROOT / "setup.cfg")):
        pytest.skip("an ordinary user cannot read the interpreter or the repository")
    level, identity = seen_as(65534, [])
    assert level == "full"
    assert identity == f"({(65534,) * 3}, {(65534,) * 3}, [])"


@needs_root
def test_groups_of_the_host_do_not_survive() -> None:
    if not readable_by_all(sys.executable):
        pytest.skip("no user but root can read the interpreter")
    assert seen_as(0, [4, 7])[1].endswith(", [])")


def test_a_source_tree_installed_in_place_is_not_on_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = tmp_path / "site-packages"
    (installed / "grader").mkdir(parents=True)
    (tmp_path / "tree" / "grader").mkdir(parents=True)
    entries = [str(installed), str(tmp_path / "tree"), str(tmp_path / "other")]
    monkeypatch.setattr(sys, "path", entries)
    hidden = [str(tmp_path / "tree" / "grader"), str(installed / "grader")]
    assert importable(hidden) == [str(installed), str(tmp_path / "other")]


def test_limits_can_be_smaller(zygote: Zygote) -> None:
    with worker_with(zygote, "def f(): return bytearray(90 << 20)\n", Limits(memory_mb=64)) as w:
        error = call(w, "nn.f").error
    assert error is not None
    assert error.kind == "out_of_memory"


ALLOW, KILL = 0x7FFF0000, 0x80000000
DENY, NOT_THERE = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PID = 4321


def verdict(machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    """What the filter for `machine` answers: a small interpreter of classic BPF."""
    arch = ARCH[machine] if arch is None else arch
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<IIQ6Q", number, arch, 0, *padded)
    program = list(struct.iter_unpack("=HBBI", assemble(machine, PID)))
    at, accumulator = 0, 0
    while True:
        code, on_true, on_false, k = program[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, k)
        elif code == 0x54:
            accumulator &= k
        elif code == 0x15:
            at += on_true if accumulator == k else on_false
        elif code == 0x35:
            at += on_true if accumulator >= k else on_false
        else:
            assert code == 0x06
            return int(k)


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_filter_kills_other_architectures(machine: str) -> None:
    assert verdict(machine, 0, arch=0x40000003) == KILL
    others = set(ARCH.values()) - {ARCH[machine]}
    assert verdict(machine, 0, arch=others.pop()) == KILL


def test_the_filter_kills_the_x32_interface() -> None:
    assert verdict("x86_64", 0x40000000) == KILL
    assert verdict("x86_64", 0xFFFFFFFF) == KILL


def test_the_filter_allows_what_is_listed_and_nothing_else(machine: str) -> None:
    column = COLUMN[machine]

    def numbers(table: Mapping[str, tuple[int | None, int | None]]) -> set[int]:
        return {pair[column] for pair in table.values()} - {None}  # type: ignore[return-value]

    harmless, absent, guarded = numbers(HARMLESS), numbers(ABSENT), numbers(GUARDED)
    assert not harmless & guarded
    for number in range(600):
        if number in guarded:
            continue
        expected = ALLOW if number in harmless else NOT_THERE if number in absent else DENY
        assert verdict(machine, number) == expected, number


@pytest.mark.parametrize(
    ("name", "arguments", "allowed"),
    [
        ("openat", (0, 0, os.O_RDONLY | 0o2000000), True),
        ("openat", (0, 0, os.O_WRONLY), False),
        ("openat", (0, 0, os.O_RDWR), False),
        ("openat", (0, 0, 3), False),
        ("openat", (0, 0, 0o100), False),
        ("openat", (0, 0, 0o1000), False),
        ("openat", (0, 0, 0o20200000), False),
        ("openat", (0, 0, 1 << 32 | os.O_WRONLY), False),
        ("open", (0, os.O_RDONLY), True),
        ("open", (0, os.O_WRONLY), False),
        ("kill", (PID, 9), True),
        ("kill", (1, 9), False),
        ("kill", (2**32 - 1, 9), False),
        ("tgkill", (PID, PID, 6), True),
        ("tgkill", (PID + 1, PID, 6), False),
        ("ioctl", (0, 0x5401), True),
        ("ioctl", (0, 0x5412), False),
        ("fcntl", (0, 1030), True),
        ("fcntl", (0, 8), False),
        ("prlimit64", (0, 7, 0, 99), True),
        ("prlimit64", (0, 7, 99, 0), False),
        ("prlimit64", (0, 7, 1 << 40, 0), False),
        ("futex", (0, 128 | 256 | 9), True),
        ("futex", (0, 128 | 6), False),
        ("futex", (0, 1), False),
        ("clock_gettime", (2,), True),
        ("clock_gettime", (2**32 - 2,), False),
        ("madvise", (0, 0, 14), True),
        ("madvise", (0, 0, 21), False),
        ("sendto", (3, 0, 0, 0), True),
        ("sendto", (3, 0, 0, 1), False),
        ("recvmsg", (3, 0, 0x40), True),
        ("recvmsg", (3, 0, 0x41), False),
    ],
)
def test_the_filter_looks_at_arguments(
    machine: str, name: str, arguments: tuple[int, ...], allowed: bool
) -> None:
    number = GUARDED[name][COLUMN[machine]]
    if number is not None:
        assert verdict(machine, number, *arguments) == (ALLOW if allowed else DENY)


@needs_root
def test_without_an_id_of_its_own_a_worker_has_no_capabilities() -> None:
    code = (
        "import os, sys\n"
        "from grader.sandbox import confinement, identity\n"
        "def refuse(uid): raise OSError(22, 'Invalid argument')\n"
        "identity.become = refuse\n"
        "try: confinement._change_user(60600)\n"
        "except PermissionError as error: print(error.strerror)\n"
        "print(*[line.split()[1] for line in open('/proc/self/status') if line[:3] == 'Cap'])\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    why, capabilities = done.stdout.splitlines()
    assert "without capabilities: Invalid argument" in why
    assert {int(sets, 16) for sets in capabilities.split()} == {0}
