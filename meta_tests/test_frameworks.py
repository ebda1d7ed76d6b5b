"""Frameworks in a submission: found by every route, in every place; nothing found where none is."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from grader.config import Settings
from grader.errors import UsageError
from grader.framework_names import COPIES, FAMILY, FRAMEWORKS, HARMLESS
from grader.frameworks import Frameworks, Use
from grader.results import Report, Status
from grader.sandbox import Limits, WorkerDied, WorkerSpec, Zygote
from grader.sandbox.sightings import MAX_SIGHTINGS, sightings, surveyed
from grader.sandbox.wire import ProtocolError
from grader.session import How, grade
from grader.submission import intake
from grader.suites import Suite
from grader.workers import Workers
from meta_tests.sample_course import write_course
from meta_tests.sandboxes import calling, submission
from meta_tests.variants import reference_source

ROOT = Path(__file__).resolve().parent.parent
ONE = "nn/public/relu"
SUITES = {name: Suite(name, levels=(("f",),)) for name in ("nn", "hw_mlp")}
TORCH = "loaded = True\ndef relu(x): return x\n"
ENGINE = """
    class Value:
        def __init__(self, data): self.data, self.grad = data, 0.0
        def __add__(self, other): return Value(self.data + other.data)
        def __mul__(self, other): return Value(self.data * other.data)
        def backward(self): self.grad = 1.0
"""
COPY = "\n".join(f"def {name}(): pass" for name in sorted(COPIES["autograd"]))


def used(
    zygote: Zygote,
    files: Mapping[str, str] | str,
    *,
    installed: Mapping[str, str] | None = None,
    suites: Mapping[str, Suite] = SUITES,
    setting: str = "flag",
    limits: Limits | None = None,
) -> list[Use]:
    """What is found in these files (or in this nn.py) once they are imported and nn.f() called."""
    files = {"nn.py": files} if isinstance(files, str) else files
    files = {name: textwrap.dedent(text) for name, text in files.items()}
    with submission({}) as folder, submission({}) as given:
        write(folder, files)
        write(given, installed or {})
        modules = {name: f"{name}.py" for name in SUITES if f"{name}.py" in files}
        lines = {name: text.splitlines() for name, text in files.items()}
        judge = Frameworks(setting, suites, modules, lines)
        spec = WorkerSpec(folder, modules, (given,), limits=limits or Limits())
        spec = replace(spec, watched=judge.watched)
        workers = Workers(zygote, spec, list(modules), judge.words)
        try:
            workers.begin("nn")
            workers.own(True).run([calling("nn.f")])
        except WorkerDied:
            pass
        finally:
            workers.close()
        return judge.uses(workers)


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(mode=0o755, exist_ok=True)
        path.write_text(text, "utf-8")


def told(uses: list[Use]) -> list[tuple[str, str, str, int, bool]]:
    return [(one.suite, one.framework, one.file, one.line, one.counts) for one in uses]


def only(framework: str = "torch", file: str = "nn.py", line: int = 1, counts: bool = True):
    return [("nn", framework, file, line, counts)]


# found


@pytest.mark.parametrize(("name", "family"), sorted(FAMILY.items()))
def test_every_framework_is_found_by_its_names(zygote: Zygote, name: str, family: str) -> None:
    assert told(used(zygote, f"import {name}.sub as x\n")) == only(family)


def test_the_table_has_those_that_the_course_names() -> None:
    assert {"torch", "tensorflow", "jax", "autograd", "sklearn", "keras"} <= set(FRAMEWORKS)
    assert all(name.partition(".")[0] in FAMILY for name in HARMLESS)


IN_THE_FILE = {
    "statement": "import torch",
    "alias": "import torch as t",
    "second of several": "import os, torch.nn as t",
    "from": "from torch import nn",
    "from a part": "from torch.nn import functional as F",
    "several lines": "from torch.nn import (\n    Linear,\n    ReLU,\n)",
    "star": "from torch import *",
    "import_module": "import importlib; m = importlib.import_module('torch.nn')",
    "import_module by keyword": "from importlib import import_module; import_module(name='torch')",
    "import_module by an alias": "from importlib import import_module as im; im('torch')",
    "import_module assigned": "import importlib; im = importlib.import_module; im('torch')",
    "__import__": "__import__('torch')",
    "builtins": "import builtins; builtins.__import__('torch')",
    "full-width letters": "def g(): import ｔｏｒｃｈ",
    "in try": "try: import torch\nexcept ImportError: torch = None",
    "in a condition": "if len('ab') == 2: import torch",
    "in a condition that never holds": "if 0: import torch",
    "in a function that is never called": "def g(): import torch",
    "in a method": "class A:\n def m(self): pass\nclass B(A):\n def m(self): import torch",
    "in a lambda": "g = lambda: __import__('torch')",
    "async": "async def g(): import torch",
    "main guard's else": "if __name__ == '__main__': pass\nelse: import torch",
}


@pytest.mark.parametrize("text", IN_THE_FILE.values(), ids=IN_THE_FILE)
def test_found_in_the_syntax_tree(zygote: Zygote, text: str) -> None:
    (found,) = used(zygote, f"\n{text}\n")
    lines = [
        n for n, line in enumerate(["", *text.split("\n")], 1) if "orch" in line or "ｏ" in line
    ]
    assert told([found]) == only(line=lines[0])


AT_RUN_TIME = {
    "put together": "__import__('to' + 'rch')",
    "decoded": "import base64; __import__(base64.b64decode('dG9yY2g=').decode())",
    "reversed": "import importlib; importlib.import_module('hcrot'[::-1])",
    "getattr of builtins": "getattr(__builtins__, '__imp' + 'ort__')('tor' + 'ch')"
    " if not isinstance(__builtins__, dict) else __builtins__['__imp' 'ort__']('tor' + 'ch')",
    "exec": "exec('import to' + 'rch')",
    "eval": "eval('__imp' + 'ort__(\"to\" + \"rch\")')",
    "compiled": "exec(compile('import to' + 'rch', 'numpy.py', 'exec'))",
    "compiled as of nowhere": "exec(compile('import to' + 'rch', '<string>', 'exec'))",
    "under another name": "import sys; sys.modules['np2'] = __import__('to' + 'rch')",
    "without our finder": "import sys; del sys.meta_path[0]; exec('import to' + 'rch')",
    "without any finder": "import sys; sys.meta_path.clear(); exec('import to' + 'rch')",
    "a str of its own": "class S(str):\n  partition = split = None\n__import__(S('to' + 'rch'))",
    "under a library's file": "import numpy\n"
    "exec(compile('import tor' + 'ch', numpy.__file__, 'exec'))",
    "given a library's file": "import numpy\nc = compile('import tor' + 'ch', 'a', 'exec')\n"
    "exec(c.replace(co_filename=numpy.__file__))",
    "pydoc": "import pydoc; pydoc.locate('to' + 'rch')",
    "pkgutil": "import pkgutil; pkgutil.resolve_name('to' + 'rch')",
}


@pytest.mark.parametrize("text", AT_RUN_TIME.values(), ids=AT_RUN_TIME)
@pytest.mark.parametrize("place", ["module", "call", "helper"])
@pytest.mark.parametrize("installed", [{}, {"torch/__init__.py": TORCH}], ids=["", "installed"])
def test_found_at_run_time(
    zygote: Zygote, text: str, place: str, installed: Mapping[str, str]
) -> None:
    body = textwrap.indent(text, "    ")
    function = f"\ndef f():\n    global sys\n{body}\n"
    files = {
        "module": {"nn.py": f"try:\n{body}\nexcept ImportError: pass\n"},
        "call": {"nn.py": function},
        "helper": {"nn.py": "from helper import f\n", "helper.py": function},
    }[place]
    (found,) = used(zygote, files, installed=installed)
    file = "helper.py" if place == "helper" else "nn.py"
    assert (found.suite, found.framework, found.file) == ("nn", "torch", file)
    assert found.counts and found.line > 1


def test_a_file_of_a_framework_is_known_however_it_was_loaded(zygote: Zygote) -> None:
    text = """
        import importlib.util, sys
        place = [p + '/to' 'rch/__init__.py' for p in sys.path if '/submission-' in p]
        def f():
            for one in place:
                try:
                    spec = importlib.util.spec_from_file_location('innocent', one)
                    spec.loader.exec_module(importlib.util.module_from_spec(spec))
                except OSError:
                    pass
    """
    found = used(zygote, text, installed={"torch/__init__.py": TORCH})
    assert told(found) == only(line=8)
    assert used(zygote, text) == []


def test_code_made_at_run_time_is_found_although_it_has_no_file(zygote: Zygote) -> None:
    (found,) = used(zygote, 'exec(\'def f(): __import__("to" + "rch")\')')
    assert (found.place, found.suite) == ("in code made at run time", "nn")


def test_found_in_a_helper_and_in_packages_beside_the_file(zygote: Zygote) -> None:
    files = {
        "nn.py": "from lib.layers import f\n",
        "lib/__init__.py": "",
        "lib/layers.py": "from . import deep\ndef f(): pass\n",
        "lib/deep.py": "\n\nimport jax\n",
    }
    assert told(used(zygote, files)) == only("jax", "lib/deep.py", 3)


def test_each_suite_answers_for_its_own_files(zygote: Zygote) -> None:
    files = {"nn.py": "import torch\n", "hw_mlp.py": "import nn, shared\n", "shared.py": ""}
    assert [one.suite for one in used(zygote, files)] == ["nn"]
    files = {**files, "shared.py": "__import__('to' + 'rch')\n"}
    assert [(one.suite, one.file) for one in used(zygote, files)] == [
        ("nn", "nn.py"),
        ("hw_mlp", "shared.py"),
    ]


def test_a_helper_that_no_import_names_belongs_to_the_suite_that_was_imported(
    zygote: Zygote,
) -> None:
    text = "__import__('hel' + 'per')\n"
    files = {"nn.py": "", "hw_mlp.py": text, "helper.py": "__import__('to' + 'rch')\n"}
    assert [(one.suite, one.file) for one in used(zygote, files)] == [("hw_mlp", "helper.py")]


@pytest.mark.parametrize(
    "place", ["__file__ + ' LEAK 0.25'", "__file__[:-5] + 'LEAK 0.25'", "'LEAK 0.25'"]
)
@pytest.mark.parametrize("line", [0, 900])
def test_a_place_that_was_not_handed_in_is_not_shown(zygote: Zygote, place: str, line: int) -> None:
    """It is the submission's to choose, and could hold what a hidden check gave it."""
    code = "try: import torch.leak025\nexcept ImportError: pass"
    text = f"def f(): exec(compile({chr(10) * line + code!r}, {place}, 'exec'))"
    uses = used(zygote, text)
    (use,) = uses
    assert (use.framework, use.place) in [
        ("torch", "in code made at run time"),
        ("torch", "nn.py, line 1"),
    ]
    assert "leak" not in str(uses).lower()


def test_a_line_that_is_not_there_is_not_shown(zygote: Zygote) -> None:
    code = "try: import torch\nexcept ImportError: pass"
    text = f"def f(): exec(compile({chr(10) * 9000 + code!r}, __file__, 'exec'))"
    (use,) = used(zygote, text)
    assert use.place == "in code made at run time"


def test_what_a_suite_allows_is_no_matter(zygote: Zygote) -> None:
    suites = {"nn": replace(SUITES["nn"], allowed=("torch",))}
    text = "import torch, torchvision\n__import__('to' + 'rch')\nimport jax\n"
    assert told(used(zygote, text, suites=suites)) == only("jax", line=3)
    with pytest.raises(UsageError, match=r"SUITE of nn, allowed.*'trch'; did you mean torch\?"):
        Frameworks("flag", {"nn": replace(SUITES["nn"], allowed=("trch",))}, {}, {})


def test_nothing_is_watched_where_everything_is_allowed(zygote: Zygote) -> None:
    assert used(zygote, "import torch\n__import__('ja' + 'x')\n", setting="allow") == []


# not found

INNOCENT = {
    "docstring": '"""import torch"""\n',
    "comment": "# import torch\nx = 1  # from torch import nn\n",
    "string": "text = 'import torch'\nother = '''\nimport torch\n'''\n",
    "names like it": "torch_like = torch = 1\nclass keras: pass\ndef jax(x): return torch\n",
    "attribute": "import numpy as np\nclass A: torch = 1\nA.torch\n",
    "asked for only": "import importlib.util\nHAS = importlib.util.find_spec('torch')\n"
    "import sys\n'torch' in sys.modules\n",
    "type hints": "from typing import TYPE_CHECKING\nif TYPE_CHECKING: import torch\n",
    "another function": "def load(name): pass\nload('torch')\n",
    "bad escape": "'''torch \\d'''\n",
    "not Python": "import torch is what one should not do\n",
}


@pytest.mark.parametrize("text", INNOCENT.values(), ids=INNOCENT)
def test_nothing_is_found_in(zygote: Zygote, text: str) -> None:
    assert used(zygote, text + "\ndef f(): return 1\n") == []


OWN = {
    "notes": {"nn.py": "import keras_notes\n", "keras_notes.py": "torch = 1\n"},
    "a file of that name": {
        "nn.py": "import autograd\nfrom autograd import grad\nimport torch\n",
        "autograd.py": "def grad(f): return f\nclass Tensor:\n def backward(self): pass\n",
        "torch.py": "",
    },
    "a package of that name": {
        "nn.py": "import jax.numpy\n__import__('ja' + 'x')\n",
        "jax/__init__.py": "",
        "jax/numpy.py": "x = 1\n",
    },
    "a package of that name, asked for at run time": {
        "nn.py": "__import__('ja' + 'x')\n",
        "jax/__init__.py": "",
    },
    "a file of that name, asked for at run time": {
        "nn.py": "__import__('ja' + 'x')\n",
        "jax.py": "",
    },
    "a file that nothing imports": {"nn.py": "", "cnn.py": "import torch\n"},
    "a file for another purpose": {
        "nn.py": "if __name__ == '__main__': import compare\n",
        "compare.py": "import torch\n",
    },
    "layers": {"nn.py": "class Tensor:\n grad = 0\n def backward(self): pass\n"},
}


@pytest.mark.parametrize("files", OWN.values(), ids=OWN)
def test_files_and_names_of_ones_own_are_ones_own(zygote: Zygote, files: Mapping[str, str]) -> None:
    assert used(zygote, files) == []


def test_what_a_library_imports_of_its_own_accord_is_nobodys_use(zygote: Zygote) -> None:
    library = {"mathlib/__init__.py": "try: import torch\nexcept ImportError: pass\n"}
    assert used(zygote, "import mathlib\n", installed=library) == []
    handed = {"mathlib/__init__.py": "def get(name): return __import__(name)\n"}
    text = "import mathlib\nmathlib.get('to' + 'rch')\n"
    assert told(used(zygote, text, installed=handed)) == only(line=2)


# no more than a remark


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("if __name__ == '__main__':\n    import torch\n", 2),
        ("if '__main__' == __name__:\n    if 1: __import__('torch')\n", 2),
        ("from torch.utils.data import DataLoader\n", 1),
        ("from torchvision import datasets, transforms\n", 1),
    ],
)
@pytest.mark.parametrize("setting", ["flag", "zero"])
def test_a_remark_for_the_instructor_alone(
    zygote: Zygote, text: str, line: int, setting: str
) -> None:
    uses = used(zygote, text, setting=setting)
    assert told(uses) == only(line=line, counts=False)
    judge = Frameworks(setting, SUITES, {"nn": "nn.py"}, {})
    student, (instructor, *_) = judge.notes(uses)
    assert (student, judge.outcomes(uses)) == ([], {})
    assert f"nn.py, line {line}" in instructor


def test_a_harmless_part_excuses_nothing_else(zygote: Zygote) -> None:
    text = "from sklearn.datasets import load_digits\nfrom sklearn import neural_network\n"
    assert [(one.line, one.counts) for one in used(zygote, text)] == [(2, True), (1, False)]
    assert told(used(zygote, "from sklearn import datasets, svm\n")) == only("sklearn")
    (found,) = used(zygote, "import torch.utils.data\n")
    assert not found.counts


def test_an_engine_of_ones_own_is_a_remark(zygote: Zygote) -> None:
    (found,) = used(zygote, {"nn.py": "from engine import Value\n", "engine.py": ENGINE})
    assert (found.file, found.line, found.counts) == ("engine.py", 2, False)
    assert "hand-written" in found.remark


@pytest.mark.parametrize("name", ["autograd", "mytools"])
def test_a_copy_is_known_by_what_is_in_it(zygote: Zygote, name: str) -> None:
    half = len(COPY) // 2
    files = {
        "nn.py": f"from {name} import core, tracer\n",
        f"{name}/__init__.py": "",
        f"{name}/core.py": COPY[: COPY.index("def", half)],
        f"{name}/tracer.py": COPY[COPY.index("def", half) :],
    }
    (found,) = used(zygote, files)
    assert (found.framework, found.what, found.counts) == ("autograd", "a copy of autograd", True)
    assert found.file.startswith(f"{name}/")


def test_a_few_of_its_names_are_no_copy(zygote: Zygote) -> None:
    text = "def toposort(x): pass\ndef backward_pass(x): pass\nclass primitive: pass\n"
    assert used(zygote, text) == []


# hostile


@pytest.mark.parametrize(
    "bomb",
    ["import " + "a." * 30_000 + "a", "x = " + "-" * 100_000 + "1", "x = " + "(" * 5_000, "\0"],
    ids=["dotted", "deep", "open", "null"],
)
def test_files_that_cannot_be_parsed_cost_nothing(zygote: Zygote, bomb: str) -> None:
    files = {"nn.py": "__import__('to' + 'rch')\nimport helper # torch\n", "helper.py": bomb}
    limits = Limits(cpu_seconds=2, import_cpu_seconds=5, statement_cpu_seconds=2, memory_mb=256)
    assert ("nn", "torch", "nn.py", 1, True) in told(used(zygote, files, limits=limits))


def test_files_that_cannot_be_read_in_time_are_a_remark(zygote: Zygote) -> None:
    files = {"nn.py": "__import__('to' + 'rch')\n", "long.py": "torch = [1]\n" * 100_000}
    found, remark = used(zygote, files, limits=Limits(cpu_seconds=0.1, wall_factor=20))
    assert told([found]) == only()
    assert (remark.file, remark.counts) == ("nn.py", False)
    assert "could not be read" in remark.remark


def test_no_more_places_than_a_report_can_show(zygote: Zygote) -> None:
    text = "\n".join(["try: __import__('to' + 'rch')\nexcept ImportError: pass"] * 70)
    uses = used(zygote, text)
    assert len(uses) == MAX_SIGHTINGS
    (line,), _ = Frameworks("flag", SUITES, {"nn": "nn.py"}, {}).notes(uses)
    assert len(line) < 300 and "and more places" in line


@pytest.mark.parametrize(
    "reply",
    [
        1,
        None,
        [1],
        [["torch", "nn.py", "1", True]],
        [["torch", "nn.py", 1, 1]],
        [["a", "b", 1, True]] * 51,
    ],
)
def test_a_malformed_account_of_sightings_is_refused(reply: object) -> None:
    with pytest.raises(ProtocolError):
        sightings(reply)


@pytest.mark.parametrize(
    "change",
    [{"file": 1}, {"imports": [["torch", 1, 2]]}, {"defines": [1]}, {"engines": 3}, {"imports": 0}],
)
def test_a_malformed_account_of_files_is_refused(change: Mapping[str, object]) -> None:
    fine = {"file": "nn.py", "imports": [["a", 1, 1, False]], "defines": ["x"], "engines": []}
    assert surveyed([fine])
    for wrong in ([{**fine, **change}], 1, [2]):
        with pytest.raises(ProtocolError):
            surveyed(wrong)


# graded


def graded(folder: Path, files: Mapping[str, str], setting: str, *checks: str) -> Report:
    folder.mkdir(exist_ok=True)
    write(folder, files)
    settings = Settings(suites=("nn",), frameworks=setting)
    with intake(folder, settings.suites) as handed_in:
        return grade(handed_in, settings, How(only=checks or (ONE,), allow_unsandboxed=True))


LATE = "\ndef late():\n    __import__('to' + 'rch')\n"
USES = {
    "static": (lambda text: text + "\nimport torch\n", "nn.py, line "),
    "at import": (lambda text: text + "\n__import__('to' + 'rch')\n", "nn.py, line "),
    "at a call": (
        lambda text: text.replace("np.maximum(", "late() or np.maximum(") + TRIED,
        "nn.py, line ",
    ),
}
TRIED = "\ndef late():\n    try: __import__('to' + 'rch')\n    except ImportError: pass\n"


@pytest.mark.parametrize("setting", ["flag", "zero", "allow"])
@pytest.mark.parametrize("how", USES)
def test_what_follows(tmp_path: Path, how: str, setting: str) -> None:
    change, place = USES[how]
    source = change(reference_source("nn"))
    assert source != reference_source("nn")
    report = graded(tmp_path / "hand in", {"nn.py": source}, setting)
    said = [line for line in report.meta.notes if "uses torch" in line]
    noted = [line for line in report.meta.instructor_notes if "uses torch" in line]
    assert report.max_score == 100
    assert float(report.written_score) == (0 if setting == "zero" else 100)
    if setting == "allow":
        assert (said, noted) == ([], [])
        return
    assert len(said) == len(noted) == 1
    assert place in said[0] and place in noted[0]
    if setting == "zero":
        for outcome in report.outcomes.values():
            assert outcome.status is Status.failed
            assert "uses torch (nn.py, line" in outcome.message
            assert "no points for this file" in outcome.message


def test_zero_is_said_once_for_the_whole_file(tmp_path: Path) -> None:
    from grader.writers.digest import digest

    source = reference_source("nn") + "\nimport torch\n"
    report = graded(tmp_path / "hand in", {"nn.py": source}, "zero", "nn/")
    found = digest(report)
    assert [notice.about for notice in found.notices] == ["nn"]
    assert (found.troubles, found.unwritten) == ({}, {})
    assert found.notices[0].message.startswith("uses torch (nn.py, line ")


def test_checking_gradients_when_run_as_a_program_costs_nothing(tmp_path: Path) -> None:
    source = reference_source("nn") + "\nif __name__ == '__main__':\n    import torch\n"
    report = graded(tmp_path / "hand in", {"nn.py": source}, "zero")
    assert report.written_score == 100
    assert not any("torch" in line for line in report.meta.notes)
    assert any("run as a program" in line for line in report.meta.instructor_notes)


def test_data_loading_with_torch_at_module_level_is_a_flag_and_no_crash(tmp_path: Path) -> None:
    source = (
        "import torchvision\nfrom torch.utils.data import DataLoader\n"
        "train = torchvision.datasets.MNIST('.', download=True)\n" + reference_source("nn")
    )
    report = graded(tmp_path / "hand in", {"nn.py": source}, "flag")
    assert report.written_score == 100
    assert any("uses torchvision (nn.py, line 1)" in line for line in report.meta.notes)


@pytest.mark.parametrize(("setting", "score"), [("flag", 20), ("zero", 0)])
def test_from_the_command_line(tmp_path: Path, setting: str, score: int) -> None:
    course = write_course(tmp_path / "course")
    config = course / "setup.cfg"
    config.write_text(config.read_text("utf-8") + f"frameworks = {setting}\n", "utf-8")
    folder = tmp_path / "hand in"
    folder.mkdir()
    source = (course / "grader/reference/conv.py").read_text("utf-8")
    (folder / "conv.py").write_text(source + "\nimport tensorflow as tf\n", "utf-8")
    command = [sys.executable, "-m", "grader", "grade", str(folder), "--course", str(course)]
    options = ["--json", str(tmp_path / "results.json"), "--allow-unsandboxed"]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    line = len(source.splitlines()) + 2
    page = " ".join(done.stdout.decode().split())
    assert f"conv.py uses tensorflow (conv.py, line {line})" in page
    results = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert results["score"] == score
    assert sum(one["max_score"] for one in results["tests"]) == 20
    assert f"conv.py, line {line}" in results["output"]
    (note,) = [n for n in results["extra_data"]["instructor_notes"] if "tensorflow" in n]
    assert note.startswith(f"frameworks ({setting}): conv.py uses tensorflow")


def test_a_course_may_allow_a_framework_in_its_suite(tmp_path: Path) -> None:
    checks = "grader/checks/test_conv.py"
    course = write_course(tmp_path / "course")
    text = (course / checks).read_text("utf-8")
    (course / checks).write_text(text.replace('"pool"),))', '"pool"),), allowed=("torch",))'))
    folder = tmp_path / "hand in"
    folder.mkdir()
    source = (course / "grader/reference/conv.py").read_text("utf-8")
    (folder / "conv.py").write_text(source + "\nimport torch\n", "utf-8")
    command = [sys.executable, "-m", "grader", "grade", str(folder), "--course", str(course)]
    done = subprocess.run(
        [*command, "--allow-unsandboxed"], cwd=ROOT, capture_output=True, check=False
    )
    assert (done.returncode, b"uses torch" in done.stdout) == (0, False)
    assert b"20.00 / 20.00" in done.stdout
