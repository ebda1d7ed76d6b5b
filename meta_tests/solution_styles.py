"""Right versions of solution.py by other hands: other ways of computing the same."""

from __future__ import annotations

from collections.abc import Mapping

from meta_tests.solution_layouts import LAYOUTS
from meta_tests.solution_loops import LOOPS
from meta_tests.variants import variant

EINSUM = {
    "NN.forward": """
        def forward(self, x):
            n, z, cache = len(self.weights) // 2, x, {"Z0": x}
            for i in range(1, n + 1):
                a = np.einsum("md,dk->mk", z, self.weights[f"W{i}"]) + self.weights[f"b{i}"]
                z = self.softmax(a) if i == n else self.activation(a)
                cache.update({f"A{i}": a, f"Z{i}": z})
            return cache""",
    "NN.backward": """
        def backward(self, cache, labels):
            n, grads = len(self.weights) // 2, {}
            da = np.einsum("mk,->mk", cache[f"Z{n}"] - labels, 1 / len(labels))
            for i in range(n, 0, -1):
                grads[f"dA{i}"] = da
                grads[f"dW{i}"] = np.einsum("md,mk->dk", cache[f"Z{i - 1}"], da)
                grads[f"db{i}"] = np.einsum("mk->k", da)[None, :]
                if i > 1:
                    dz = np.einsum("mk,dk->md", da, self.weights[f"W{i}"])
                    grads[f"dZ{i - 1}"] = dz
                    da = np.einsum("md,md->md", dz, self.activation(cache[f"A{i - 1}"], grad=True))
            return grads""",
    "NN.loss": """
        def loss(self, prediction, labels):
            p = np.minimum(np.maximum(prediction, self.epsilon), 1 - self.epsilon)
            return -np.einsum("mk,mk->", labels, np.log(p)) / labels.shape[0]""",
}
OUTER = {
    "NN.backward": """
        def backward(self, cache, labels):
            n, m = len(self.weights) // 2, labels.shape[0]
            grads = {f"d{key}": np.zeros_like(value) for key, value in self.weights.items()}
            steps = {}
            for r in range(m):
                delta = cache[f"Z{n}"][r] - labels[r]
                for i in range(n, 0, -1):
                    steps.setdefault(f"dA{i}", []).append(delta)
                    grads[f"dW{i}"] += np.outer(cache[f"Z{i - 1}"][r], delta) / m
                    grads[f"db{i}"] += delta / m
                    if i > 1:
                        back = self.weights[f"W{i}"] @ delta
                        steps.setdefault(f"dZ{i - 1}", []).append(back)
                        row = cache[f"A{i - 1}"][r : r + 1]
                        delta = back * self.activation(row, True)[0]
            return {**grads, **{key: np.array(value) for key, value in steps.items()}}""",
}
RECURSIVE = {
    "NN.forward": """
        def forward(self, x):
            n = len(self.weights) // 2
            def layer(i, cache):
                if i > n:
                    return cache
                a = np.dot(cache[f"Z{i - 1}"], self.weights[f"W{i}"]) + self.weights[f"b{i}"]
                z = [self.softmax, self.activation][i < n](a)
                return layer(i + 1, {**cache, f"A{i}": a, f"Z{i}": z})
            return layer(1, {"Z0": x})""",
    "NN.backward": """
        def backward(self, cache, labels):
            def layer(i, da):
                found = {
                    f"dA{i}": da,
                    f"dW{i}": np.tensordot(cache[f"Z{i - 1}"], da, axes=(0, 0)),
                    f"db{i}": np.add.reduce(da, axis=0).reshape(1, -1),
                }
                if i == 1:
                    return found
                dz = np.inner(da, self.weights[f"W{i}"])
                slope = self.activation(cache[f"A{i - 1}"], True)
                return {**found, f"dZ{i - 1}": dz, **layer(i - 1, np.multiply(dz, slope))}
            n = len(self.weights) // 2
            return layer(n, np.subtract(cache[f"Z{n}"], labels) / np.shape(labels)[0])""",
}
STABLE = {
    "NN.softmax": """
        def softmax(self, x):
            top = x.max(axis=-1, keepdims=True)
            return np.exp(x - top - np.log(np.exp(x - top).sum(axis=-1, keepdims=True)))""",
    "NN.sigmoid": """
        def sigmoid(self, x, grad=False):
            t = np.tanh(x / 2)
            return (1 - t**2) / 4 if grad else (1 + t) / 2""",
    "NN.tanh": """
        def tanh(self, x, grad=False):
            s = 1 / (1 + np.exp(-2 * np.clip(x, -300, 300)))
            return 4 * s * (1 - s) if grad else 2 * s - 1""",
    "NN.loss": """
        def loss(self, prediction, labels):
            true = np.take_along_axis(prediction, labels.argmax(axis=1)[:, None].astype(int), 1)
            return np.mean(-np.log(np.clip(true, self.epsilon, 1 - self.epsilon)))""",
}
RENAMED = {
    "NN.relu": "def relu(self, z, derivative=False):\n"
    " return np.sign(np.maximum(z, 0)) if derivative else np.clip(z, 0, None)",
    "NN.activation": """
        def activation(self, z, derivative=False):
            match self.activation_str:
                case "relu" | "sigmoid" | "tanh" | "leakyrelu" as name:
                    return getattr(self, name)(z, derivative)
                case _:
                    raise KeyError(self.activation_str)""",
    "NN.softmax": "def softmax(self, logits):\n e = np.exp((logits.T - logits.max(1)).T)\n"
    " return (e.T / e.sum(1)).T",
    "NN.loss": "def loss(self, p, t):\n p = np.where(p < self.epsilon, self.epsilon, p)\n"
    " p = np.where(p > 1 - self.epsilon, 1 - self.epsilon, p)\n"
    " return (-t * np.log(p)).sum(1).mean()",
    "NN.compute_loss_and_accuracy": """
        def compute_loss_and_accuracy(self, inputs, targets):
            *_, out = self.forward(inputs).values()
            classes, truth = out.argmax(-1), targets.argmax(-1)
            right = np.count_nonzero(classes == truth)
            return self.loss(out, targets), right / len(truth), classes""",
    "NN.update": "def update(self, g):\n"
    " for k, w in self.weights.items(): w -= self.lr * g['d' + k]",
}
STATIC = {
    "NN.relu": "@staticmethod\ndef relu(x, grad=False):\n"
    " return 1.0 * (x > 0) if grad else x.clip(0)",
    "NN.softmax": "@classmethod\ndef softmax(cls, x):\n e = np.exp(x - np.amax(x, -1)[..., None])\n"
    " return e / np.linalg.norm(e, 1, axis=-1, keepdims=True)",
}
VECTORIZED = {
    "NN.relu": "def relu(self, x, grad=False):\n"
    " return np.vectorize(lambda t: float(t > 0) if grad else max(float(t), 0.0))(x)",
    "NN.leakyrelu": "def leakyrelu(self, x, grad=False):\n"
    " return np.select([x > 0], [1.0 if grad else x], 0.01 if grad else 0.01 * x)",
    "NN.sigmoid": """
        def sigmoid(self, x, grad=False):
            s = np.zeros(x.shape)
            s[x >= 0] = 1 / (1 + np.exp(-x[x >= 0]))
            s[x < 0] = np.exp(x[x < 0]) / (1 + np.exp(x[x < 0]))
            return s - s * s if grad else s""",
}
IN_CHUNKS = {
    "NN.compute_loss_and_accuracy": """
        def compute_loss_and_accuracy(self, X, Y):
            losses, found = 0.0, []
            for start in range(0, len(X), self.batch_size):
                x, y = X[start : start + self.batch_size], Y[start : start + self.batch_size]
                p = self.forward(x)[f"Z{len(self.weights) // 2}"]
                losses += self.loss(p, y) * len(x)
                found.extend(np.argmax(p, axis=1))
            right = [k == np.argmax(y) for k, y in zip(found, Y)]
            return losses / len(X), sum(right) / len(X), np.array(found)""",
    "NN.train_loop": """
        def train_loop(self, n_epochs):
            X, Y = (np.array(part) for part in self.train)
            self.initialize_weights([X.shape[1], Y.shape[1]])
            self.train_logs = {}
            for _ in range(n_epochs):
                both = np.hstack([X, Y])
                np.random.shuffle(both)
                X, Y = both[:, : X.shape[1]], both[:, X.shape[1] :]
                parts = int(np.ceil(len(X) / self.batch_size))
                for x, y in zip(np.array_split(X, parts), np.array_split(Y, parts)):
                    self.update(self.backward(self.forward(x), y))
                for name, split in (("train", self.train), ("validation", self.valid)):
                    loss, accuracy, _ = self.compute_loss_and_accuracy(*split)
                    self.train_logs.setdefault(name + "_loss", []).append(np.array([loss]))
                    self.train_logs.setdefault(name + "_accuracy", []).append(accuracy)
            return self.train_logs""",
}
VIEWS = {
    "NN.initialize_weights": """
        def initialize_weights(self, dims):
            rng, sizes = np.random.RandomState(self.seed), [dims[0], *self.hidden_dims, dims[1]]
            for i, (n, k) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
                W = {"zero": lambda: np.zeros((k, n)), "normal": lambda: rng.randn(k, n),
                     "glorot": lambda: np.sqrt(6 / (n + k)) * (2 * rng.rand(k, n) - 1),
                     "he": lambda: rng.normal(0, np.sqrt(2 / n), (k, n))}[self.init_method]()
                self.weights[f"W{i}"], self.weights[f"b{i}"] = W.T, np.zeros(k)[np.newaxis]""",
    "NN.update": "def update(self, grads):\n self.weights = {k: np.asfortranarray(w - self.lr *"
    " np.array(grads['d' + k])) for k, w in self.weights.items()}\n return True",
    "NN.forward": """
        def forward(self, x):
            from collections import OrderedDict
            n, cache = len(self.weights) // 2, OrderedDict(Z0=x)
            for i in range(1, n + 1):
                W, b = self.weights[f"W{i}"], self.weights[f"b{i}"]
                cache[f"A{i}"] = (W.T @ cache[f"Z{i - 1}"].T).T + b
                cache[f"Z{i}"] = self.activation(cache[f"A{i}"]) if i != n else None
            cache[f"Z{n}"] = self.softmax(cache[f"A{n}"])
            return cache""",
}
SLOW = """
def slowly(method, times=20):
    def repeated(self, *args, **kwargs):
        for _ in range(times - 1):
            method(self, *args, **kwargs)
        return method(self, *args, **kwargs)
    return repeated

for name in ("relu", "sigmoid", "tanh", "softmax", "forward", "backward", "loss"):
    setattr(NN, name, slowly(getattr(NN, name), 20 if name in ("forward", "backward") else 2))
"""
SINGLE = """
def single(value):
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    if isinstance(value, dict):
        return {key: single(part) for key, part in value.items()}
    return value

def singly(method):
    def rounded(self, *args, **kwargs):
        return single(method(self, *map(single, args), **kwargs))
    return rounded

for name in ("relu", "sigmoid", "tanh", "leakyrelu", "activation", "softmax", "backward", "loss"):
    setattr(NN, name, singly(getattr(NN, name)))

def forward(self, x):
    self.weights = single(self.weights)
    return NN.double(self, single(x))

NN.double, NN.forward = NN.forward, forward
"""
RUNNING = """
def train_loop(self, n_epochs):
    X, Y = self.train
    self.initialize_weights((X.shape[1], Y.shape[1]))
    logs = {f"{s}_{q}": [] for q in ("accuracy", "loss") for s in ("train", "validation")}
    for _ in range(n_epochs):
        losses, hits = [], []
        for i in range(0, len(X), self.batch_size):
            x, y = X[i : i + self.batch_size], Y[i : i + self.batch_size]
            cache = self.forward(x)
            p = cache[f"Z{len(self.weights) // 2}"]
            losses.append(self.loss(p.copy(), y.copy()))
            hits.append(np.mean(p.argmax(axis=1) == y.argmax(axis=1)))
            self.update(self.backward(cache, y.copy()))
        logs["train_loss"].append(np.mean(losses))
        logs["train_accuracy"].append(np.mean(hits))
        loss, accuracy, _ = self.compute_loss_and_accuracy(*self.valid)
        logs["validation_loss"].append(loss)
        logs["validation_accuracy"].append(accuracy)
    self.train_logs = logs
    return logs
"""
# the usual recipe, which copy.deepcopy takes for an object that knows how to copy itself
ATTRIBUTES = """
class AttrDict(dict):
    def __getattr__(self, key):
        return self[key]
    def __setattr__(self, key, value):
        self[key] = value

def initialize_weights(self, dims):
    NN.plain(self, dims)
    self.weights = AttrDict(self.weights)

NN.plain, NN.initialize_weights = NN.initialize_weights, initialize_weights
"""
STYLES: Mapping[str, str | Mapping[str, str]] = {
    "plain Python, lists and loops": LOOPS,
    "einsum": variant("solution", EINSUM),
    "outer products example by example": variant("solution", OUTER),
    "recursion": variant("solution", RECURSIVE),
    "log-sum-exp, sigmoid by tanh": variant("solution", STABLE),
    "other names of arguments": variant("solution", {**RENAMED, **OUTER}),
    "static and class methods": variant("solution", STATIC),
    "np.vectorize and masks": variant("solution", VECTORIZED),
    "measured in chunks, trained on shuffled copies": variant("solution", IN_CHUNKS),
    "views, Fortran order and an ordered dict": variant("solution", VIEWS),
    "twenty times as slow": variant("solution", {}, SLOW),
    "weights as attributes of a dict": variant("solution", {}, ATTRIBUTES),
    "float32 everywhere": variant("solution", {}, SINGLE),
    "running means as training logs": variant("solution", {"NN.train_loop": RUNNING}),
    **LAYOUTS,
}
