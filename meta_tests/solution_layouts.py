"""Right versions of solution.py that are laid out otherwise: who holds what, who calls whom."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from meta_tests.variants import reference_source, variant

AT_CLASS = """
class Captured(NN):
    pass

Captured.soft, Captured.act = NN.softmax, NN.activation
BY_NAME = {"relu": NN.relu, "sigmoid": NN.sigmoid, "tanh": NN.tanh, "leakyrelu": NN.leakyrelu}

def forward(self, x, soft=NN.softmax, act=NN.activation):
    n, cache = len(self.weights) // 2, {"Z0": x}
    for i in range(1, n + 1):
        a = cache[f"Z{i - 1}"] @ self.weights[f"W{i}"] + self.weights[f"b{i}"]
        cache[f"A{i}"], cache[f"Z{i}"] = a, soft(self, a) if i == n else act(self, a)
    return cache

def activation(self, x, grad=False):
    return BY_NAME[self.activation_str](self, x, grad)

def evaluate(self, measure=NN.compute_loss_and_accuracy):
    return measure(self, *self.test)[:2]

NN.activation, NN.evaluate = activation, evaluate
NN.forward = forward
"""
AT_OBJECT = """
import functools
import operator

def captured(start):
    def __init__(self, *args, **kwargs):
        start(self, *args, **kwargs)
        soft = self.softmax
        self.last = lambda a: soft(a)
        self.hidden = functools.partial(self.activation)
        self.slope = functools.partial(self.activation, grad=True)
        self.measure = self.compute_loss_and_accuracy
        self.steps = [self.forward, self.backward, self.update]
        self.costs = operator.methodcaller
    return __init__

NN.__init__ = captured(NN.__init__)
"""
BY_OBJECT = {
    "NN.forward": """
        def forward(self, x):
            n, cache = len(self.weights) // 2, {"Z0": x}
            for i in range(1, n + 1):
                cache[f"A{i}"] = cache[f"Z{i - 1}"] @ self.weights[f"W{i}"] + self.weights[f"b{i}"]
                cache[f"Z{i}"] = (self.hidden if i < n else self.last)(cache[f"A{i}"])
            return cache""",
    "NN.compute_loss_and_accuracy": """
        def compute_loss_and_accuracy(self, X, Y):
            p = self.steps[0](X)[f"Z{len(self.weights) // 2}"]
            found = p.argmax(axis=1)
            return self.costs("loss", p, Y)(self), (found == Y.argmax(axis=1)).mean(), found""",
    "NN.evaluate": "def evaluate(self):\n return self.measure(*self.test)[:2]",
}
LAYERS = """
    @property
    def weights(self):
        found = {}
        for i, layer in enumerate(self.layers, start=1):
            found[f"W{i}"], found[f"b{i}"] = layer.W, layer.b
        return found

    @weights.setter
    def weights(self, values):
        n = len(values) // 2
        self.layers = [Layer(values[f"W{i}"], values[f"b{i}"]) for i in range(1, n + 1)]
"""
DATACLASS = {
    "NN.initialize_weights": """
        def initialize_weights(self, dims):
            rng, sizes = np.random.default_rng(self.seed), [dims[0], *self.hidden_dims, dims[1]]
            self.layers = []
            for shape in zip(sizes, sizes[1:]):
                W = initial_matrix(rng, shape, self.init_method)
                self.layers.append(Layer(W, np.zeros((1, shape[1]))))""",
    "NN.forward": """
        def forward(self, x):
            cache = {"Z0": x}
            for i, layer in enumerate(self.layers, start=1):
                cache[f"A{i}"] = x @ layer.W + layer.b
                last = layer is self.layers[-1]
                x = cache[f"Z{i}"] = (self.softmax if last else self.activation)(cache[f"A{i}"])
            return cache""",
    "NN.update": """
        def update(self, grads):
            for i, layer in enumerate(self.layers, start=1):
                layer.step(self.lr, grads[f"dW{i}"], grads[f"db{i}"])""",
}
LAYER = """
@dataclasses.dataclass
class Layer:
    W: np.ndarray
    b: np.ndarray

    def step(self, lr, dW, db):
        self.W, self.b = self.W - lr * dW, self.b - lr * db


class NN:
"""
HELPERS = """
import numpy as np

def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def affine(x, W, b):
    return x @ W + b

def batches(x, y, size):
    order = np.random.permutation(len(x))
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]

class Measuring:
    def evaluate(self):
        return tuple(self.compute_loss_and_accuracy(*self.test)[:2])
"""
WITH_HELPERS = {
    "NN.softmax": "def softmax(self, x):\n return softmax(x)",
    "NN.forward": """
        def forward(self, x):
            n, cache = len(self.weights) // 2, {"Z0": x}
            for i in range(1, n + 1):
                a = affine(cache[f"Z{i - 1}"], self.weights[f"W{i}"], self.weights[f"b{i}"])
                cache[f"A{i}"], cache[f"Z{i}"] = a, self.activation(a) if i < n else softmax(a)
            return cache""",
    "NN.train_loop": """
        def train_loop(self, n_epochs):
            self.initialize_weights((self.train[0].shape[1], self.train[1].shape[1]))
            names = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
            rows = []
            for _ in range(n_epochs):
                for x, y in helpers.batches(*self.train, self.batch_size):
                    self.update(self.backward(self.forward(x), y))
                splits = self.train, self.valid
                measured = [self.compute_loss_and_accuracy(*split)[:2] for split in splits]
                rows.append([*measured[0], *measured[1]])
            self.train_logs = dict(zip(names, np.array(rows).T))
            return self.train_logs""",
}
INHERITED = """
class Parent(NN):
    pass

class NN(Parent):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)

    def loss(self, prediction, labels):
        return super().loss(prediction, labels)
"""
NOISY = {
    "NN.train_loop": """
        def train_loop(self, n_epochs):
            X, Y = self.train
            self.initialize_weights((X.shape[1], Y.shape[1]))
            logs = {f"{s}_{q}": [] for s in ("train", "validation") for q in ("accuracy", "loss")}
            for epoch in tqdm(range(n_epochs)):
                batches = (len(X) + self.batch_size - 1) // self.batch_size
                for k in range(batches):
                    low, high = k * self.batch_size, min((k + 1) * self.batch_size, len(X))
                    cache = self.forward(X[low:high, :])
                    self.update(self.backward(cache, Y[low:high, :]))
                for name, (x, y) in dict(train=self.train, validation=self.valid).items():
                    loss, accuracy, _ = self.compute_loss_and_accuracy(x, y)
                    logs[name + "_loss"].append(loss)
                    logs[name + "_accuracy"].append(accuracy)
                    print(f"epoch {epoch} {name} loss {loss:.3f}")
            plt.plot(logs["train_loss"])
            return logs""",
}

UNCHOSEN = {
    "NN.__init__": """
        def __init__(self, hidden_dims=(512, 256), epsilon=1e-6, lr=7e-4, batch_size=64, seed=None,
                     activation="relu", data=None):
            self.hidden_dims, self.epsilon, self.lr = hidden_dims, epsilon, lr
            self.batch_size, self.seed, self.activation_str = batch_size, seed, activation
            self.train, self.valid, self.test = data or random_data(seed)""",
    "NN.initialize_weights": """
        def initialize_weights(self, dims):
            rng, sizes = np.random.default_rng(self.seed), [dims[0], *self.hidden_dims, dims[1]]
            self.weights = {}
            for i, shape in enumerate(zip(sizes, sizes[1:]), start=1):
                self.weights[f"W{i}"] = initial_matrix(rng, shape, "glorot")
                self.weights[f"b{i}"] = np.zeros((1, shape[1]))""",
}
ANY_SIGNATURE = """
def timed(function):
    def call(*args, **kwargs):
        return function(*args, **kwargs)
    return call

NN.__init__ = timed(NN.__init__)
"""
SWALLOWED = {
    **UNCHOSEN,
    "NN.__init__": UNCHOSEN["NN.__init__"].replace("data=None):", "data=None, **others):"),
}


def layered() -> str:
    """The reference with its weights in a dataclass for each layer."""
    source = variant("solution", DATACLASS)
    head, body = source.split("class NN:", 1)
    methods = body.index("    def initialize_weights")
    return f"import dataclasses\n{head}{LAYER.lstrip()}{body[1:methods]}{LAYERS}\n{body[methods:]}"


def headed(imports: str, source: str) -> str:
    """The source with these imports at its beginning."""
    return f"{dedent(imports)}\n{source}"


LAYOUTS: Mapping[str, str | Mapping[str, str]] = {
    "captured by alias, default and dict of functions": variant("solution", {}, AT_CLASS),
    "captured by closure, partial, attribute and list": variant("solution", BY_OBJECT, AT_OBJECT),
    "layers as dataclasses": layered(),
    "a helper module beside the file": {
        "solution.py": headed(
            "import helpers\nfrom helpers import Measuring, affine, softmax",
            variant("solution", WITH_HELPERS).replace("class NN:", "class NN(Measuring):"),
        ),
        "helpers.py": HELPERS,
    },
    "everything in a helper module": {
        "solution.py": "from network.model import *\nfrom network.model import NN\n",
        "network/__init__.py": "",
        "network/model.py": reference_source("solution"),
    },
    "one initialisation, other arguments swallowed": variant("solution", SWALLOWED),
    "one initialisation, a constructor without its signature": variant(
        "solution", UNCHOSEN, ANY_SIGNATURE
    ),
    "inherited methods": variant("solution", {}, INHERITED),
    "prints, progress and plots": headed(
        "import matplotlib.pyplot as plt\nfrom tqdm import tqdm", variant("solution", NOISY)
    ),
}
