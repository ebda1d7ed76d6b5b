"""Files that a submission writes: kept in its own memory, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from grader.sandbox import Worker, WorkerSpec, Zygote
from meta_tests.sandboxes import call, calling, submission, value

TEXT = """
    import gzip, io, json, logging, os, pickle
    from pathlib import Path
    import numpy as np
    HERE = Path(__file__).parent

    def given(lines):
        names = {**globals()}
        exec(lines, names)
        return names["got"]
"""
HDF5 = """
import h5py
def save(name, mode, key='w'):
    with h5py.File(name, mode) as file: file[key] = [1, 2]
def load(name):
    with h5py.File(name) as file: return file['w'][:].tolist()
"""
MADE = {"nn.py": TEXT, "old.txt": "one\n"}


@pytest.fixture
def worker(zygote: Zygote) -> Iterator[Worker]:
    """A worker, in a folder that is afterwards as it was."""
    with submission(MADE) as folder, zygote.spawn(WorkerSpec(folder, {"nn": "nn.py"})) as made:
        assert made.load("nn").notes == ()
        yield made
        assert sorted(path.name for path in folder.iterdir()) == ["nn.py", "old.txt"]
        assert (folder / "old.txt").read_text() == "one\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("np.savez('best.npz', a=[1, 2]); got = np.load('best.npz')['a'].tolist()", [1, 2]),
        ("np.savez_compressed('b', a=3); got = int(np.load('b.npz')['a'])", 3),
        ("np.save('a.npy', np.arange(2)); got = np.load('a.npy').tolist()", [0, 1]),
        ("np.savetxt('a.csv', [1.5]); got = float(np.loadtxt('a.csv'))", 1.5),
        ("pickle.dump([4], open('p', 'wb')); got = pickle.load(open('p', 'rb'))", [4]),
        ("json.dump({'k': 1}, open('runs/j', 'w')); got = json.load(open('runs/j'))", {"k": 1}),
        ("gzip.open('z.gz', 'wb').write(b'x'); got = os.path.exists('z.gz')", True),
        ("(HERE / 'a').write_text('é\\n'); got = Path('a').read_text()", "é\n"),
        ("io.open('a', 'w').write('x'); open('a', 'a').write('y'); got = open('a').read()", "xy"),
        ("open('old.txt', 'a').write('two'); got = open('old.txt').readlines()", ["one\n", "two"]),
        ("open('old.txt', 'w').write('two'); got = os.path.getsize('old.txt')", 3),
        (
            "f = open('old.txt', 'r+'); f.write('On'); f.close(); got = open('old.txt').read()",
            "One\n",
        ),
        ("os.makedirs('a/b'); got = os.path.isdir('a'), os.path.isfile('a/b')", (True, False)),
        ("[os.makedirs('a/b', exist_ok=True) for _ in 'ab']; got = Path('a/b').is_dir()", True),
        ("[Path('a/b').mkdir(parents=True, exist_ok=True) for _ in 'ab']; got = 1", 1),
        (
            "open('a', 'w').close(); os.replace('a', 'b'); got = [*map(os.path.exists, 'ab')]",
            [False, True],
        ),
        ("open('a', 'w').close(); os.remove('a'); got = Path('a').exists()", False),
        ("logging.FileHandler('train.log').close(); open('../x', 'w').close(); got = 1", 1),
        ("print('hushed', file=open(os.devnull, 'w')); got = open(os.devnull).read()", ""),
        (
            "f = open('log', 'w', buffering=1); got = f.name, f.mode, f.write('x\\n')",
            ("log", "w", 2),
        ),
    ],
)
def test_what_is_written_can_be_read_again(worker: Worker, lines: str, expected: Any) -> None:
    assert value(worker, "nn.given", lines) == expected


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ("open('never-written.npz', 'rb')", "FileNotFoundError"),
        ("open('never-written', 'r+')", "FileNotFoundError"),
        ("open('old.txt', 'x')", "FileExistsError"),
        ("os.mkdir('a'); os.mkdir('a')", "FileExistsError"),
        ("os.remove('old.txt')", "PermissionError"),
        ("os.rename('old.txt', 'a')", "PermissionError"),
        ("open('/tmp/elsewhere', 'w')", "PermissionError"),
        ("os.mkdir('/tmp/elsewhere')", "PermissionError"),
        ("open('nn.py', 'a')", "PermissionError"),
        ("open('new.py', 'w')", "PermissionError"),
        ("open('/etc/shadow', 'r+')", "PermissionError"),
        ("os.open('a', os.O_CREAT | os.O_WRONLY)", "PermissionError"),
    ],
)
def test_the_rest_is_refused_as_ever(worker: Worker, lines: str, kind: str) -> None:
    error = call(worker, "nn.given", lines).error
    assert error is not None
    assert error.type_name == kind


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("save('a.h5', 'w'); got = load('a.h5')", [1, 2]),
        ("save('a.h5', 'a', 'v'); save('a.h5', 'a'); got = load('a.h5')", [1, 2]),
        ("save('a.h5', 'x'); h5py.File('a.h5', 'r+')['w'][0] = 3; got = load('a.h5')", [3, 2]),
        ("save('a.h5', 'w'); got = 'w' in h5py.File(open('a.h5', 'rb'))", True),
    ],
)
def test_hdf5_files_are_kept(worker: Worker, lines: str, expected: Any) -> None:
    assert value(worker, "nn.given", HDF5 + lines) == expected


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ("h5py.File('/tmp/elsewhere.h5', 'w')", "PermissionError"),
        ("h5py.File('never-written.h5')", "FileNotFoundError"),
        ("save('a.h5', 'w'); save('a.h5', 'x')", "FileExistsError"),
    ],
)
def test_other_hdf5_files_are_refused_as_ever(worker: Worker, lines: str, kind: str) -> None:
    error = call(worker, "nn.given", HDF5 + lines).error
    assert error is not None
    assert error.type_name == kind


def test_another_worker_finds_nothing(zygote: Zygote) -> None:
    with submission(MADE) as folder:
        spec = WorkerSpec(folder, {"nn": "nn.py"})
        for _ in range(2):
            with zygote.spawn(spec) as worker:
                text = "got = os.path.exists('a'); open('a', 'w').write('x')"
                assert value(worker, "nn.given", text) is False


def test_each_check_begins_with_what_the_import_left(zygote: Zygote) -> None:
    files = {"nn.py": TEXT + "    open('first', 'w').write('x')\n"}
    exists = "got = [os.path.exists(name) for name in ('first', 'later')]; open('later', 'w')"
    with (
        submission(files) as folder,
        zygote.spawn(WorkerSpec(folder, {"nn": "nn.py"})) as worker,
    ):
        worker.load("nn")
        found = [
            worker.run([calling("nn.given", exists)], reseed=reseed)[0].value
            for reseed in (1, None, 2)
        ]
    assert found == [[True, False], [True, True], [True, False]]


def test_files_are_within_the_limit_of_memory(worker: Worker) -> None:
    lines = "[open(f'{i}', 'wb').write(bytes(2**26)) for i in range(99)]; got = 1"
    error = call(worker, "nn.given", lines).error
    assert error is not None
    assert error.kind == "out_of_memory"
