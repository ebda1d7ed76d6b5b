"""Groups 40 to 42 and 44: frameworks, hidden inputs, and files beside a submission."""

from __future__ import annotations

from collections.abc import Mapping

from meta_tests.attacks.record import Cheat

_TANH = ("nn/public/tanh", "nn/hidden/tanh")
_RELU = ("nn/public/relu", "nn/hidden/relu")
_WORKED = "public/tanh_worked_example"


def _framework(name: str, body: str, seen: str) -> Cheat:
    return Cheat(
        40,
        name,
        _TANH,
        {"tanh": f"def tanh(x):\n    {body}"},
        lost=("nn.tanh",),
        says={_WORKED: f"{_WORKED} {seen}"},
        by={"intake": ""},
        note="frameworks are not installed; a copy handed in is for the rule on frameworks",
    )


FRAMEWORKS = tuple(
    _framework(
        f"imports {module}",
        f"import {module}; return {module}.tanh(x), lambda d: d",
        f"crashed: ModuleNotFoundError: No module named '{module}'",
    )
    for module in ("torch", "tensorflow", "jax", "autograd")
) + (
    _framework(
        "imports torch by a name put together",
        "import importlib; return importlib.import_module('to' + 'rch').tanh(x), lambda d: d",
        "crashed: ModuleNotFoundError: No module named 'torch'",
    ),
    _framework(
        "imports jax by __import__",
        "return __import__('jax').numpy.tanh(x), lambda d: d",
        "crashed: ModuleNotFoundError: No module named 'jax'",
    ),
)


def _telling(name: str, body: str, note: str = "") -> Cheat:
    """Its word is put together, as a line of the submission may be shown as it stands there."""
    return Cheat(
        41,
        name,
        _TANH,
        {"tanh": f"def tanh(x):\n    {body}"},
        "word = 'MA'\nword += 'RK'",
        lost=("nn.tanh",),
        otherwise="" if note else "lost nn.tanh | hidden checks show its words",
        note=note,
    )


_NOWHERE = "what it returns is described, not shown"
TELLING = (
    _telling("raises its inputs", "raise ValueError(word + repr(x))"),
    _telling(
        "raises a class named after its inputs", "raise type(word + str(x), (Exception,), {})"
    ),
    _telling(
        "returns a class named after its inputs",
        "return type(word + str(x.flat[0]), (), {})(), None",
        _NOWHERE,
    ),
    Cheat(
        41,
        "prints its inputs",
        _TANH,
        {"tanh": "def tanh(x): print(word, x); raise ValueError"},
        "word = 'MA'\nword += 'RK'",
        lost=("nn.tanh",),
        note="what is printed is in no report",
    ),
    _telling("returns its inputs as text", "return word + str(x), None", _NOWHERE),
    _telling("asks for a missing name made of its inputs", "raise AttributeError(word + str(x))"),
    Cheat(
        41,
        "remembers what hidden checks ask, and tells it in a visible one",
        (*_RELU, "nn/public/softmax"),
        {
            "relu": """
            def relu(x):
                SEEN.append(np.asarray(x).dtype.name)
                return np.maximum(x, 0.0), lambda d: d * (x > 0)
            """,
            "softmax": """
            def softmax(h):
                raise ValueError(WORDS if "float32" in SEEN else "none")
            """,
        },
        "SEEN, WORDS = [], 'inputs of '\nWORDS += 'hidden checks'",
        lost=("nn.softmax",),
        otherwise="lost nn.softmax | visible checks tell of hidden ones",
    ),
)

_MISCHIEF = "open(RESULTS, 'w').write('{}')\n"


def _folder(name: str, files: Mapping[str, str]) -> Cheat:
    return Cheat(44, name, _TANH, files=files, by={"intake": ""}, note="nothing of it is ever run")


FOLDERS = (
    _folder("brings a conftest.py", {"conftest.py": _MISCHIEF + "raise SystemExit"}),
    _folder("brings a pytest.ini", {"pytest.ini": "[pytest]\naddopts = -k nothing\n"}),
    _folder(
        "brings a setup.cfg",
        {"setup.cfg": "[tool:pytest]\naddopts = --co\n[grader]\ntotal = 1000\n"},
    ),
    _folder(
        "brings a tox.ini and a pyproject.toml",
        {
            "tox.ini": "[pytest]\naddopts = -x\n",
            "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-x'\n",
        },
    ),
    _folder(
        "brings a sitecustomize.py", {"sitecustomize.py": _MISCHIEF, "usercustomize.py": _MISCHIEF}
    ),
    _folder("brings a .pth file", {"x.pth": f"import os; {_MISCHIEF}"}),
    _folder("brings a package named numpy", {"numpy/__init__.py": _MISCHIEF}),
    _folder(
        "brings a package named pytest", {"pytest.py": _MISCHIEF, "_pytest/__init__.py": _MISCHIEF}
    ),
    _folder(
        "brings a package named grader",
        {"grader/__init__.py": _MISCHIEF, "grader/session.py": _MISCHIEF},
    ),
    _folder(
        "brings checks of its own",
        {"tests/test_nn.py": _MISCHIEF, "tests/helpers/__init__.py": _MISCHIEF},
    ),
    _folder(
        "brings modules of the standard library",
        {"random.py": _MISCHIEF, "json.py": _MISCHIEF, "socket.py": _MISCHIEF},
    ),
    _folder(
        "brings a compiled module",
        {"nn.cpython-311.pyc": "junk", "__pycache__/nn.cpython-311.pyc": "junk"},
    ),
    Cheat(
        42,
        "is right, and comes after all these",
        (*_TANH, *_RELU),
        note="the submission that pays if anything was left behind",
    ),
)

ALL = (*FRAMEWORKS, *TELLING, *FOLDERS)
