"""Right versions of solution.py in other conventions: functions of the reference replaced."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from textwrap import dedent, indent

from meta_tests.solution_styles import STYLES
from meta_tests.variants import reference_source, variant

SETTINGS = """
    self.hidden_dims, self.n_hidden = hidden_dims, len(hidden_dims)
    self.epsilon, self.lr, self.batch_size, self.seed = epsilon, lr, batch_size, seed
    self.activation_str = activation
    splits = ("train", "validation")
    self.train_logs = {f"{s}_{q}": [] for s in splits for q in ("accuracy", "loss")}
"""
KNOWN = 'epsilon=1e-6, lr=7e-4, batch_size=64, seed=None, activation="relu"'
FULL = f'self, hidden_dims=(512, 256), {KNOWN}, data=None, init_method="glorot"'
DATA = """
    self.train, self.valid, self.test = data or random_data(seed)
    self.init_method = init_method
"""
GLOBAL_SEED = """
def initialize_weights(self, dims):
    if self.seed is not None:
        np.random.seed(self.seed)
    self.weights = {}
    sizes = [dims[0]] + list(self.hidden_dims) + [dims[1]]
    for i in range(1, self.n_hidden + 2):
        r = np.sqrt(6 / (sizes[i - 1] + sizes[i]))
        self.weights[f"b{i}"] = np.zeros((1, sizes[i]))
        self.weights[f"W{i}"] = np.random.uniform(-r, r, (sizes[i - 1], sizes[i]))
"""
FORWARD = """
def forward(self, x):
    n, cache = len(self.weights) // 2, {"Z0": x}
    for i in range(1, n + 1):
        A = cache[f"Z{i - 1}"] @ self.weights[f"W{i}"] + self.weights[f"b{i}"]
        cache[f"A{i}"] = A
        cache[f"Z{i}"] = self.activation(A) if i < n else self.softmax(A)
    return cache
"""
BACKWARD = """
def backward(self, cache, labels):
    n, m = len(self.weights) // 2, len(labels)
    grads = {f"dA{n}": cache[f"Z{n}"] - labels}
    for i in range(n, 0, -1):
        dA = grads[f"dA{i}"]
        grads[f"dW{i}"] = cache[f"Z{i - 1}"].T @ dA / m
        grads[f"db{i}"] = np.mean(dA, axis=0, keepdims=True)
        grads[f"dZ{i - 1}"] = dA @ self.weights[f"W{i}"].T
        if i > 1:
            grads[f"dA{i - 1}"] = grads[f"dZ{i - 1}"] * self.activation(cache[f"A{i - 1}"], True)
    return grads
"""
MEASURE = """
def compute_loss_and_accuracy(self, X, Y):
    P = self.forward(X)[f"Z{len(self.weights) // 2}"]
    predictions = np.argmax(P, axis=1)
    return self.loss(P, Y), np.mean(predictions == np.argmax(Y, axis=1)), predictions
"""
TRAIN = """
def train_loop(self, n_epochs):
    X, Y = self.train
    self.initialize_weights((X.shape[1], Y.shape[1]))
    logs = {f"{s}_{q}": [] for s in ("train", "validation") for q in ("accuracy", "loss")}
    for _ in range(n_epochs):
        order = np.random.permutation(len(X))
        for batch in np.array_split(order, range(self.batch_size, len(X), self.batch_size)):
            self.update(self.backward(self.forward(X[batch]), Y[batch]))
        for name, split in {"train": self.train, "validation": self.valid}.items():
            loss, accuracy, _ = self.compute_loss_and_accuracy(*split)
            logs[f"{name}_loss"].append(loss)
            logs[f"{name}_accuracy"].append(accuracy)
    return logs
"""
INPLACE_UPDATE = """
def update(self, grads):
    for i in range(1, len(self.weights) // 2 + 1):
        self.weights[f"W{i}"] -= self.lr * np.asarray(grads[f"dW{i}"])
        self.weights[f"b{i}"] -= self.lr * np.asarray(grads[f"db{i}"])
    return self.weights
"""
SISTER = """
def __init__(self, hidden_dims=(512, 256), datapath="cifar10.pkl", n_classes=10, epsilon=1e-6,
             lr=7e-4, batch_size=1000, seed=None, activation="relu", init_method="glorot"):
    self.n_classes, self.init_method = n_classes, init_method
    self.train, self.valid, self.test = (None,) * 3 if datapath is None else open(datapath)
"""
ONE_HOT = "def one_hot(self, y): return np.eye(self.n_classes)[y]"
FLOAT32 = ".astype(np.float32)"


def edited(code: str, *edits: tuple[str, str]) -> str:
    """The code with these edits; each old text must be there."""
    for old, new in edits:
        assert old in code, old
        code = code.replace(old, new)
    return code


def made(*codes: str, more: Sequence[str] = ()) -> str:
    """The reference with these methods in place of its own, and some more of them."""
    parsed = [dedent(code).strip() for code in codes]
    names = [code.removeprefix("def ").split("(")[0] for code in parsed]
    source = variant("solution", {f"NN.{n}": c for n, c in zip(names, parsed, strict=True)})
    tree = ast.parse(source)
    owner = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    owner.body += [ast.parse(code).body[0] for code in more]
    return ast.unparse(tree)


def constructor(signature: str, *bodies: str) -> str:
    """A constructor with this signature that keeps its settings."""
    return f"def __init__({signature}):" + "".join(bodies)


def without_leakyrelu() -> str:
    """The reference without the optional function."""
    source = made("def activation(self, x, grad=False): return self.choice()(x, grad)")
    tree = ast.parse(source)
    owner = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    owner.body = [node for node in owner.body if getattr(node, "name", "") != "leakyrelu"]
    chosen = '{"relu": self.relu, "sigmoid": self.sigmoid, "tanh": self.tanh}[self.activation_str]'
    owner.body.append(ast.parse(f"def choice(self): return {chosen}").body[0])
    return ast.unparse(tree)


INDICES = (
    edited(
        MEASURE, ("self.loss(P, Y)", "self.loss(P, self.one_hot(Y))"), ("np.argmax(Y, axis=1)", "Y")
    ),
    edited(TRAIN, ("X, Y = self.train", "X, Y = self.train[0], self.one_hot(self.train[1])")),
)
COUNTED = ("len(self.weights) // 2", "self.layers")
RIGHT: Mapping[str, str | Mapping[str, str]] = {
    "the sister course's template": made(
        SISTER + indent(dedent(SETTINGS), "    "), GLOBAL_SEED, *INDICES, more=[ONE_HOT]
    ),
    "no data and no init_method": made(
        constructor(f"self, hidden_dims=(512, 256), {KNOWN}", SETTINGS), GLOBAL_SEED
    ),
    "other names in the constructor": made(
        constructor(
            "self, layers=(512, 256), eps=1e-6, learning_rate=7e-4, bs=64, seed=None, act='relu',"
            " data=None, init='glorot'",
            "\n    hidden_dims, epsilon, lr, batch_size = layers, eps, learning_rate, bs",
            "\n    activation, init_method = act, init",
            SETTINGS,
            DATA,
        )
    ),
    "keyword arguments only by name": made(
        constructor(
            "self, hidden_dims=(512, 256), **options",
            "\n    self.start(hidden_dims, **options)",
        ),
        more=["def start" + constructor(FULL, SETTINGS, DATA).removeprefix("def __init__")],
    ),
    "the activation kept in a dict": made(
        constructor(
            FULL,
            SETTINGS,
            DATA,
            '    kinds = ("relu", "sigmoid", "tanh", "leakyrelu")\n',
            "    self.act = {kind: getattr(self, kind) for kind in kinds}[activation]\n",
        ),
        "def activation(self, x, grad=False): return self.act(x, grad)",
    ),
    "forward after initialize_weights only": made(
        edited(
            GLOBAL_SEED,
            (
                "    self.weights = {}",
                "    self.layers, self.weights = len(self.hidden_dims) + 1, {}",
            ),
        ),
        constructor(f"self, hidden_dims=(512, 256), {KNOWN}", SETTINGS),
        edited(FORWARD, COUNTED),
        edited(BACKWARD, COUNTED),
        edited(INPLACE_UPDATE, COUNTED),
        edited(MEASURE, COUNTED),
    ),
    "forward returns (probabilities, cache)": made(
        edited(FORWARD, ("return cache", 'return cache[f"Z{n}"], cache')),
        edited(MEASURE, ('self.forward(X)[f"Z{len(self.weights) // 2}"]', "self.forward(X)[0]")),
        edited(TRAIN, ("self.forward(X[batch])", "self.forward(X[batch])[1]")),
    ),
    "backward takes all that forward returns": made(
        edited(FORWARD, ("return cache", 'return cache, {"layers": n}')),
        edited(
            BACKWARD,
            ("    grads = {", '    cache, n = cache[0], cache[1]["layers"]\n    grads = {'),
        ),
        edited(MEASURE, ("self.forward(X)", "self.forward(X)[0]")),
    ),
    "per example, in place, shuffled": made(
        FORWARD,
        BACKWARD,
        TRAIN,
        INPLACE_UPDATE,
        """
        def loss(self, prediction, labels):
            prediction[prediction < self.epsilon] = self.epsilon
            prediction[prediction > 1 - self.epsilon] = 1 - self.epsilon
            return -np.sum(np.mean(labels * np.log(prediction), axis=0), keepdims=True)
        """,
    ),
    "arguments used up": made(
        TRAIN,
        INPLACE_UPDATE,
        """
        def backward(self, cache, labels):
            n, grads = len(self.weights) // 2, {}
            labels -= cache[f"Z{n}"]
            labels /= -len(labels)
            for i in range(n, 0, -1):
                grads[f"dA{i}"], grads[f"dW{i}"] = labels, cache[f"Z{i - 1}"].T @ labels
                grads[f"db{i}"] = [labels.sum(axis=0)]
                if i > 1:
                    grads[f"dZ{i - 1}"] = labels @ self.weights[f"W{i}"].T
                    labels = grads[f"dZ{i - 1}"] * self.activation(cache.pop(f"A{i - 1}"), True)
            return grads
        """,
    ),
    "loops and lists": made(
        "def relu(self, x, grad=False):\n"
        " return [[(1 if e > 0 else 0) if grad else max(e, 0) for e in row] for row in x]",
        """
        def softmax(self, x):
            rows = [[np.exp(e - max(row)) for e in row] for row in x]
            return [[e / sum(row) for e in row] for row in rows]
        """,
        """
        def forward(self, x):
            n, cache = len(self.hidden_dims) + 1, {"Z0": x}
            for i in range(1, n + 1):
                Z, W, b = cache[f"Z{i - 1}"], self.weights[f"W{i}"], self.weights[f"b{i}"][0]
                A = np.zeros((len(Z), len(b)))
                for r in range(len(Z)):
                    for j in range(len(b)):
                        A[r, j] = sum(Z[r][k] * W[k, j] for k in range(len(W))) + b[j]
                out = self.activation(A) if i < n else self.softmax(A)
                cache[f"A{i}"], cache[f"Z{i}"] = A, np.array(out)
            return cache
        """,
    ),
    "relu'(0) = 1/2, whole numbers": made(
        "def relu(self, x, grad=False): return np.heaviside(x, 0.5) if grad else x * (x > 0)",
        "def leakyrelu(self, x, grad=False):\n"
        " return np.where(x >= 0, 1, 0.01) if grad else np.maximum(0.01 * x, x)",
    ),
    "relu'(0) = 1, truth values": made(
        "def relu(self, x, grad=False): return x >= 0 if grad else np.maximum(x, 0)"
    ),
    "float32": made(
        edited(
            GLOBAL_SEED, (", (sizes[i - 1], sizes[i]))", f", (sizes[i - 1], sizes[i])){FLOAT32}")
        ),
        constructor(f"self, hidden_dims=(512, 256), {KNOWN}", SETTINGS),
        edited(
            FORWARD,
            ('"Z0": x', f'"Z0": x{FLOAT32}'),
            ('f"W{i}"]', f'f"W{{i}}"]{FLOAT32}'),
            ('f"b{i}"]', f'f"b{{i}}"]{FLOAT32}'),
        ),
        edited(
            BACKWARD,
            ("@ dA / m", f"@ dA{FLOAT32} / np.float32(m)"),
            ("keepdims=True)", f"keepdims=True){FLOAT32}"),
            ("- labels", f"- labels{FLOAT32}"),
        ),
    ),
    "an array of zeros for several biases": edited(
        reference_source("solution"),
        (
            "        self.weights = {}\n        for",
            "        zeros, self.weights = {}, {}\n        for",
        ),
        ("= np.zeros((1, shape[1]))", "= zeros.setdefault(shape[1], np.zeros((1, shape[1])))"),
    ),
    "loss and accuracy as an array": made(
        "def evaluate(self):\n return np.array(self.compute_loss_and_accuracy(*self.test)[:2])"
    ),
    "no leakyrelu": without_leakyrelu(),
    "as it is": reference_source("solution"),
    **STYLES,
}
