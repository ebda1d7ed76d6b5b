"""Importing submissions: what fails is named, and the rest is there."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from grader.sandbox import Limits, Loaded, WorkerDied, WorkerSpec, Zygote
from grader.sandbox.grammar import newer_grammar
from meta_tests.sandboxes import call, submission, value, worker_with

QUICK = Limits(statement_cpu_seconds=0.2, import_cpu_seconds=1.0, wall_factor=3)
HELPER = "q = 5\nlost = open('nowhere')\nr = 6\n"


def loaded(zygote: Zygote, text: str | bytes) -> Loaded:
    with submission({"nn.py": text, "helper.py": HELPER, "colorsys.py": "1 / 0"}) as folder:
        spec = WorkerSpec(folder, {"nn": "nn.py"}, limits=QUICK)
        with zygote.spawn(spec) as worker:
            return worker.load("nn")


def test_names_are_listed_with_their_kinds(zygote: Zygote) -> None:
    text = """
        import numpy as np
        def f(): pass
        class Base:
            def shared(self): pass
        class A(Base):
            n = 1
            def m(self): pass
            @staticmethod
            def s(): pass
        g = lambda x: x
        k = 3
    """
    found = loaded(zygote, text)
    assert (found.error, found.notes, found.skipped) == (None, (), ())
    assert found.names == {
        "np": "other",
        "f": "function",
        "Base": "class",
        "Base.shared": "function",
        "A": "class",
        "A.m": "function",
        "A.s": "function",
        "A.shared": "function",
        "g": "function",
        "k": "other",
    }


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("open('nowhere.csv')", "FileNotFoundError"),
        ("import torch_of_nobody", "ModuleNotFoundError"),
        ("import sys; sys.exit(2)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("assert 1 == 2, 'no'", "AssertionError: no"),
        ("while True: pass", "takes more than 0.2 s"),
        ("import time; time.sleep(60)", "takes more than 0.2 s"),
        ("input()", "EOFError"),
        ("print(nn_undefined)", "NameError"),
    ],
)
def test_a_statement_that_fails_is_left_out(zygote: Zygote, statement: str, told: str) -> None:
    found = loaded(zygote, f"a = 1\nif True:\n    {statement}\nb = 2\n")
    assert found.error is None
    assert set(found.names) >= {"a", "b"}
    assert found.skipped == (2,)
    (note,) = found.notes
    assert note.startswith("nn.py, line 2: ")
    assert told in note


def test_advice_fits_the_statement(zygote: Zygote) -> None:
    first, second = loaded(zygote, "import nowhere_at_all\nopen('x')\n").notes
    assert "__main__" not in first
    assert "__main__" in second


@pytest.mark.parametrize(
    "text",
    [
        "from nowhere_at_all import y",
        "from helper import nothing",
        "if True:\n    from nowhere_at_all import y",
        "try:\n    import nowhere_at_all\nexcept KeyError:\n    pass",
    ],
)
def test_an_import_that_fails_is_not_advised_away(zygote: Zygote, text: str) -> None:
    note = loaded(zygote, text).notes[0]
    assert note.startswith("nn.py, line 1: ")
    assert "Error" in note
    assert "__main__" not in note


def test_what_follows_from_a_line_left_out_is_told_briefly(zygote: Zygote) -> None:
    text = """
        from nowhere_at_all import optim, nets as n
        class A(n.Module): pass
        def f(): return optim.x
        a = A()
        b = f()
        c = other
    """
    *short, last = loaded(zygote, text).notes[1:]
    assert short == [
        "nn.py, line 3: skipped too, for want of n (line 2).",
        "nn.py, line 5: skipped too, for want of A (line 3).",
        "nn.py, line 6: skipped too, for want of optim (line 2).",
    ]
    assert "name 'other' is not defined" in last


@pytest.mark.parametrize("line", [b"# coding: latin-1, said Ren\xe9", b"# Ren\xe9, coding=cp1252"])
def test_an_encoding_is_read_from_a_line_in_that_encoding(zygote: Zygote, line: bytes) -> None:
    """As Python's parser does, and the modules that come with it do not."""
    text = line + b"\ntext = '\xe9'\ndef f(): return text\n"
    with worker_with(zygote, text) as worker:
        assert value(worker, "nn.f") == "é"
        assert (survey := worker.survey(["f"])) and survey[0].defines == ("f",)


def test_many_lines_left_out_are_counted(zygote: Zygote) -> None:
    found = loaded(zygote, "import helper\n" + "open('nowhere')\n" * 9)
    assert len(found.skipped) == 9
    assert len(found.notes) == 7
    first = [note.split(":")[0] for note in found.notes[:5]]
    assert first == [f"nn.py, line {number}" for number in range(2, 7)]
    assert found.notes[5] == "nn.py: and 4 more lines were skipped."
    assert found.notes[6].startswith("helper.py, line 2: ")


def test_a_timeout_that_is_swallowed_comes_again(zygote: Zygote) -> None:
    text = """
        a = 1
        def spin():
            while True: pass
        for _ in range(3):
            try: spin()
            except BaseException: pass
        b = 2
    """
    assert set(loaded(zygote, text).names) >= {"a", "b"}


def test_what_kills_the_import_is_not_run_again(zygote: Zygote) -> None:
    with submission({"nn.py": "import os\na = 1\nos._exit(4)\nb = 2\n"}) as folder:
        spec = WorkerSpec(folder, {"nn": "nn.py"})
        worker = zygote.spawn(spec)
        with pytest.raises(WorkerDied) as caught:
            worker.load("nn")
        (line,) = caught.value.error.lines
        assert (line.file, line.lineno) == ("nn.py", 3)
        with zygote.spawn(replace(spec, skip={"nn": (line.lineno,)})) as worker:
            found = worker.load("nn")
    assert set(found.names) == {"os", "a", "b"}
    assert found.skipped == (3,)


def test_an_import_without_end_is_ended(zygote: Zygote) -> None:
    text = "import signal\nboth = {signal.SIGVTALRM, signal.SIGALRM}\n"
    text += "signal.pthread_sigmask(signal.SIG_BLOCK, both)\n"
    with (
        submission({"nn.py": text + "while True: pass\n"}) as folder,
        zygote.spawn(WorkerSpec(folder, {"nn": "nn.py"}, limits=QUICK)) as worker,
        pytest.raises(WorkerDied) as caught,
    ):
        worker.load("nn")
    assert caught.value.error.kind == "timed_out"
    assert caught.value.error.lines[0].lineno == 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\ndef f(:\n    pass\n", "line 2: invalid syntax\ndef f(:\n      ^"),
        ("def f():\nreturn 1\n", "line 2: expected an indented block"),
        ("import os\n%matplotlib inline\n", "notebook command"),
        (b"x = 1\x00\n", "null byte"),
        (b"x = 1\ny = '\xe9'\n", "byte 0xe9 in line 2 is not utf-8"),
        ("x = 1".encode("utf-16"), "byte 0xff in line 1 is not utf-8"),
        (b"# coding: zlib\nx = 1\n", "unknown encoding: zlib"),
        ("try:\n    pass\nexcept ValueError, TypeError:\n    pass\n", "newer Python"),
    ],
    ids=["syntax", "indent", "magic", "null", "latin", "utf-16", "zlib", "newer"],
)
def test_a_file_that_is_not_python(zygote: Zygote, text: str | bytes, told: str) -> None:
    if "newer" in told and sys.version_info >= (3, 14):
        pytest.skip("this Python takes it")
    found = loaded(zygote, text)
    assert found.error is not None
    assert told in found.error.message
    assert "submission-" not in found.error.message
    assert found.names == {}


@pytest.mark.parametrize(
    ("line", "version", "newer"),
    [
        ("def f[T](x: T) -> T:", (3, 11), True),
        ("def f[T](x: T) -> T:", (3, 12), False),
        ("class A[T]:", (3, 10), True),
        ("type X = int", (3, 11), True),
        ("type = 3", (3, 11), False),
        ('x = f"{d["k"]}"', (3, 11), True),
        ("x = f\"{d['k']}\"", (3, 11), False),
        ("    except* ValueError:", (3, 10), True),
        ("    except* ValueError:", (3, 11), False),
        ("def f(:", (3, 10), False),
    ],
)
def test_newer_grammar_is_recognised(line: str, version: tuple[int, int], newer: bool) -> None:
    assert bool(newer_grammar(line, version)) == newer


@pytest.mark.parametrize(
    "text",
    ["", "'''only a docstring'''", b"\xef\xbb\xbfx = 1\r\n", b"# coding: latin-1\nx='\xe9'\n"],
)
def test_odd_files_that_are_python(zygote: Zygote, text: str | bytes) -> None:
    assert loaded(zygote, text).error is None


def test_future_statements_hold_for_the_whole_file(zygote: Zygote) -> None:
    text = "'''doc'''\nfrom __future__ import annotations\n"
    found = loaded(zygote, text + "class A:\n    def f(self, x: Undefined): pass\n")
    assert found.notes == ()
    assert "A.f" in found.names


def test_helpers_are_found_but_do_not_hide_the_standard_library(zygote: Zygote) -> None:
    found = loaded(
        zygote, "import helper, colorsys\nx = helper.q + helper.r + colorsys.ONE_THIRD\n"
    )
    assert "x" in found.names
    (note,) = found.notes
    assert note.startswith("helper.py, line 2: FileNotFoundError")


def test_a_package_hides_a_helper_of_its_name(zygote: Zygote) -> None:
    with submission({"nn.py": "from tools import f\n", "tools.py": "g = 1\n"}) as folder:
        (folder / "tools").mkdir()
        (folder / "tools" / "__init__.py").write_text("def f(): return 1\n")
        with zygote.spawn(WorkerSpec(folder, {"nn": "nn.py"})) as worker:
            assert worker.load("nn").notes == ()
            assert value(worker, "nn.f") == 1


def test_a_folder_of_helpers_needs_no_init_file_and_hides_nothing(zygote: Zygote) -> None:
    text = "from tools.ops import f\nfrom iniconfig import IniConfig\nimport runs\n"
    with submission({"nn.py": text}) as folder:
        for name in ("tools/ops.py", "iniconfig/ops.py", "runs/run.json"):
            (folder / name).parent.mkdir()
            (folder / name).write_text("def f(): return 1\n")
        with zygote.spawn(WorkerSpec(folder, {"nn": "nn.py"})) as worker:
            (note,) = worker.load("nn").notes
            assert note.startswith("nn.py, line 3: ModuleNotFoundError: No module named 'runs'")
            assert value(worker, "nn.f") == 1


def test_modules_of_the_submission_import_each_other(zygote: Zygote) -> None:
    files = {"nn.py": "def f(): return 1\n", "My hw.py": "from nn import f\ndef g(): return f()\n"}
    with submission(files) as folder:
        spec = WorkerSpec(folder, {"nn": "nn.py", "hw_mlp": "My hw.py"})
        with zygote.spawn(spec) as worker:
            assert worker.load("hw_mlp").notes == ()
            assert value(worker, "hw_mlp.g") == 1


def test_a_module_without_a_file_is_missing(zygote: Zygote) -> None:
    with worker_with(zygote, "def f(): pass\n") as worker:
        error = call(worker, "solution.NN").error
    assert error is not None
    assert error.kind == "missing"


def test_display_libraries_do_nothing(zygote: Zygote) -> None:
    text = """
        import matplotlib
        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
        import seaborn as sns
        from IPython.display import clear_output
        from PIL import Image
        from tqdm import tqdm, trange
        from tqdm.auto import tqdm as auto
        plt.rcParams["figure.figsize"] = (3, 3)
        fig, axes = plt.subplots(2, 3, figsize=(3, 3))
        axes[1, 2].plot([1, 2], label="x")
        (left, right) = plt.subplots(1, 2)[1]
        fig, ax = plt.subplots()
        line, = ax.plot([1], [2])
        with plt.style.context("dark"):
            plt.savefig("x.png")
        class Mine(plt.Figure): pass
        def loops():
            bar = tqdm(range(3), desc="a")
            for i in bar: bar.set_postfix(loss=i)
            with auto(total=2) as other: other.update(2)
            return [*trange(4)], len(bar), other.n, [k for k, _ in tqdm(enumerate("ab"), total=2)]
    """
    with worker_with(zygote, text) as worker:
        assert worker.load("nn").notes == ()
        assert value(worker, "nn.loops") == ([0, 1, 2, 3], 3, 2, [0, 1])


def test_numpy_and_h5py_work_when_confined(zygote: Zygote) -> None:
    text = """
        import h5py, numpy as np
        import numpy.fft, numpy.ma, numpy.polynomial, numpy.testing
        def version(): return h5py.__version__
        def solve():
            a = np.random.default_rng(0).standard_normal((200, 200))
            return float(np.abs(np.linalg.inv(a) @ a - np.eye(200)).max())
    """
    with worker_with(zygote, text) as worker:
        assert worker.load("nn").notes == ()
        assert isinstance(value(worker, "nn.version"), str)
        assert value(worker, "nn.solve") < 1e-8


def test_given_folders_can_be_imported_from(zygote: Zygote) -> None:
    text = "import pixels\ndef f(): return pixels.n\n"
    with (
        submission({"pixels.py": "n = 784\n"}) as given,
        worker_with(zygote, text, given=(given,)) as worker,
    ):
        assert value(worker, "nn.f") == 784
