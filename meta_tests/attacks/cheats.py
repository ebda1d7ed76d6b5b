"""Groups 7 and 22 to 24: submissions that want points for wrong functions."""

from __future__ import annotations

from meta_tests.attacks.record import Cheat

_TANH = ("nn/public/tanh", "nn/hidden/tanh")
_RELU = ("nn/public/relu", "nn/hidden/relu")
_WRONG = "def tanh(x): return np.tanh(x) + 1.0, lambda d: d"
_WORKED = "public/tanh_worked_example"
_ANSWERS = "a check compares in the host, where none of this code runs"
_DRAWN = "the cases come from a secret seed, and there is more than one of them"


def _patching(name: str, extra: str, says: str = "failed: ") -> Cheat:
    return Cheat(
        7,
        name,
        _TANH,
        {"tanh": _WRONG},
        extra,
        lost=("nn.tanh",),
        says={_WORKED: f"{_WORKED} {says}"},
        by={"clean": ""},
        note=_ANSWERS,
    )


PATCHING = (
    _patching(
        "makes every comparison of numpy true",
        """
        for name in ("allclose", "isclose", "array_equal", "array_equiv", "equal"):
            setattr(np, name, lambda *a, **k: True)
        np.testing = None
        """,
    ),
    _patching(
        "makes all differences nought",
        "import builtins\nbuiltins.abs = builtins.sum = builtins.max = lambda *a, **k: 0",
        says="crashed: ",
    ),
    _patching(
        "says of every test that it passed",
        """
        import json, json.encoder
        json.dumps = lambda *a, **k: '{"status": "passed", "score": 1}'
        json.encoder.JSONEncoder.encode = json.dumps
        """,
    ),
    _patching(
        "takes pytest's words for its own",
        """
        import sys, types
        sys.modules["pytest"] = sys.modules["_pytest"] = types.ModuleType("pytest")
        sys.modules["pytest"].fail = lambda *a, **k: None
        sys.modules["grader"] = types.ModuleType("grader")
        """,
    ),
    _patching(
        "makes its numbers equal to all others",
        """
        class Equal(np.ndarray):
            def __eq__(self, other): return True
            def __sub__(self, other): return np.zeros(1)
            __rsub__ = __sub__
            def __array_ufunc__(self, ufunc, method, *inputs, **named): return np.zeros(1)
        def tanh(x): return np.zeros(np.shape(x)).view(Equal), lambda d: d
        """,
    ),
    Cheat(
        7,
        "stops the clocks",
        _TANH,
        {"tanh": "def tanh(x):\n    while True: pass"},
        """
        import time
        for name in ("time", "monotonic", "process_time", "perf_counter", "thread_time"):
            setattr(time, name, lambda: 0.0)
        """,
        lost=("nn.tanh",),
        says={_WORKED: f"{_WORKED} timed_out: "},
        by={"soft limit": "", "deadline": ""},
        note="see group 9",
    ),
    Cheat(
        7,
        "changes what checks call by name inside the worker",
        _RELU,
        {
            "relu": """
            def relu(x):
                y = REAL(x)
                SEEN[id(x)] = y, x
                x *= 0
                return np.maximum(y, 0.0), lambda d: d * (y > 0)
            """
        },
        """
        SEEN, REAL = {}, np.array
        np.array = lambda x, *a, **k: SEEN[id(x)][0] if id(x) in SEEN else REAL(x, *a, **k)
        """,
        lost=("nn.relu",),
        by={"intake": ""},
        otherwise="lost nothing",
    ),
    Cheat(
        7,
        "hands in the file that checks use inside the worker",
        ("hw_mlp/public/batches_cover_the_examples", "hw_mlp/hidden/odd_sizes"),
        {"BatchGenerator.__iter__": "def __iter__(self): return iter(())"},
        suite="hw_mlp",
        files={
            "checks_recording.py": """
            import numpy as np
            def epochs(data, shuffles=0):
                x, y, size = data.x, data.y, data.batch_size
                epoch = [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]
                return [epoch] * (shuffles + 1)
            """
        },
        lost=("hw_mlp.BatchGenerator",),
        by={"intake": ""},
        otherwise="lost nothing",
    ),
)


def _state(group: int, name: str, body: str, fails: str, *, note: str = _DRAWN) -> Cheat:
    text = f"def tanh(x):\n    right = np.tanh(x), lambda d: d * (1 - np.tanh(x) ** 2)\n    {body}"
    return Cheat(
        group,
        name,
        _TANH,
        {"tanh": text},
        "STATE = []",
        lost=("nn.tanh",),
        says={fails: f"{fails} failed: "},
        note=note,
    )


_SHUFFLED = "hidden/every_epoch_is_shuffled"
_UNSHUFFLED = (
    "hidden/full_batch_training",
    "hidden/minibatch_training",
    "hidden/training_with_adam",
)
_NOUGHT = "(np.zeros(np.shape(x)), lambda d: d)"
KNOWING = (
    Cheat(
        22,
        "changes its argument",
        _RELU,
        {"relu": "def relu(x):\n    x[x < 0] = 0\n    return x, lambda d: d * (x > 0)"},
        lost=("nn.relu",),
        says={"hidden/relu_keeps_its_argument": "hidden/relu_keeps_its_argument failed: "},
        note=_DRAWN,
    ),
    Cheat(
        22,
        "returns one array again and again",
        _RELU,
        {
            "relu": """
            def relu(x):
                global OUT
                if OUT.shape != x.shape: OUT = np.empty(x.shape)
                np.maximum(x, 0.0, out=OUT)
                return OUT, lambda d: d * (OUT > 0)
            """
        },
        "OUT = np.empty(0)",
        lost=("nn.relu",),
        says={"hidden/relu_keeps_its_passes_apart": "hidden/relu_keeps_its_passes_apart failed: "},
        note=_DRAWN,
    ),
    _state(
        23,
        "works only the first time",
        f"STATE.append(1); return right if len(STATE) == 1 else {_NOUGHT}",
        "hidden/tanh_values",
    ),
    _state(
        23,
        "works every other time",
        f"STATE.append(1); return right if len(STATE) % 2 else {_NOUGHT}",
        "hidden/tanh_values",
    ),
    _state(
        24,
        "knows the visible examples by heart",
        f"return right if np.array_equal(np.round(x, 1), x) and x.size < 5 else {_NOUGHT}",
        "hidden/tanh_values",
    ),
    _state(
        24,
        "is right for short inputs only",
        f"return right if np.size(x) < 3 else {_NOUGHT}",
        "hidden/tanh_values",
    ),
    _state(
        24,
        "is right where it is measured by differences",
        "import sys; names, f = [], sys._getframe()\n"
        "    while f: names.append(f.f_code.co_name); f = f.f_back\n"
        f"    return right if 'scan' in names else {_NOUGHT}",
        _WORKED,
    ),
    _state(
        24,
        "is right for the first milliseconds",
        f"import time; return right if time.process_time() < 0.001 else {_NOUGHT}",
        _WORKED,
        note="time says nothing: a worker is minutes or milliseconds old",
    ),
    Cheat(
        24,
        "returns nothing but noughts of the right shape",
        _TANH,
        {"tanh": f"def tanh(x): return {_NOUGHT}"},
        lost=("nn.tanh",),
        says={"hidden/tanh_values": "hidden/tanh_values "},
        note="a function earns nothing before its basic value check passes",
    ),
    Cheat(
        24,
        "rewrites the note of which minibatches it took",
        # What passes beside it spares the grader the search for a known mistake.
        tuple(f"hw_mlp/{one}" for one in (_SHUFFLED, *_UNSHUFFLED)),
        {
            "train_loop": """
            def train_loop(model, data, optimizer, num_epochs, call_back=None):
                import gc
                for _ in range(num_epochs):
                    for x, y in data:
                        h, back = model.forward(x)
                        loss, loss_back = cross_entropy_loss(h, y)
                        optimizer.update(model.parameters(), back(loss_back(1.0)))
                orders = [np.random.permutation(data.x) for _ in range(num_epochs)]
                for one in gc.get_objects():
                    if type(one).__name__ == "Recorder":
                        one.batches = list(np.concatenate(orders).reshape(-1, 4, 2))
                return [], []
            """
        },
        suite="hw_mlp",
        lost=("hw_mlp.train_loop",),
        says={_SHUFFLED: f"{_SHUFFLED} failed: model.parameters()"},
        note="what it notes is compared with the weights, which are no note",
    ),
    Cheat(
        24,
        "has two functions call each other",
        (*_RELU, *_TANH),
        {
            "tanh": "def tanh(x): return (lambda y, b: (2 * y - 1, b))(*relu(x))",
            "relu": "def relu(x): return (lambda y, b: ((y + 1) / 2, b))(*tanh(x))",
        },
        lost=("nn.relu", "nn.tanh"),
        note="see the runner: what passes with the reference alone has no answer of its own",
    ),
)


ALL = (*PATCHING, *KNOWING)
