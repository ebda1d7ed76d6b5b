"""Right versions of nn.py as whole files, each in one style from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping

from meta_tests.nn_right_styles import CALLABLE_SOURCE, EINSUM, LISTS, PARTIALS
from meta_tests.variants import variant

LOOPS = """
import math
import random
import numpy as np

def elementwise(f, *arrays):
    out = np.zeros(np.shape(arrays[0]))
    for i in range(len(out)):
        for j in range(len(out[i])):
            out[i, j] = f(*(a[i, j] for a in arrays))
    return out

def relu(x):
    return (elementwise(lambda a: a if a > 0 else 0, x),
            lambda dout: elementwise(lambda d, a: d if a > 0 else 0, dout, x))

def tanh(x):
    out = elementwise(math.tanh, x)
    return out, lambda dout: elementwise(lambda d, t: d * (1 - t * t), dout, out)

def linear_forward(x, W, b):
    z = np.empty((len(x), len(W)))
    for i in range(len(x)):
        for j in range(len(W)):
            total = b[j]
            for k in range(len(W[j])):
                total += x[i, k] * W[j, k]
            z[i, j] = total
    return z, lambda dz: linear_backward(dz, x, W, b)

def linear_backward(dz, x, W, b):
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(b)
    for i in range(len(dz)):
        for j in range(len(dz[i])):
            db[j] += dz[i, j]
            for k in range(len(W[j])):
                dx[i, k] += dz[i, j] * W[j, k]
                dW[j, k] += dz[i, j] * x[i, k]
    return dx, dW, db

def softmax(h):
    p = np.empty(h.shape)
    for i, row in enumerate(h):
        top = max(row)
        e = [math.exp(a - top) for a in row]
        for j, one in enumerate(e):
            p[i, j] = one / sum(e)
    return p

def softmax_jacobian(p):
    J = np.zeros((len(p), len(p)))
    for i in range(len(p)):
        for j in range(len(p)):
            J[i, j] = p[i] * (1 - p[i]) if i == j else -p[i] * p[j]
    return J

def cross_entropy_loss(h, y):
    m, loss = len(h), 0.0
    for row, label in zip(h, y):
        top = max(row)
        rest = top + math.log(sum(math.exp(a - top) for a in row))
        for a, share in zip(row, label):
            loss += share * (rest - a) / m
    def back(dl):
        p = softmax(h)
        dh = np.zeros_like(p)
        for i in range(m):
            for j in range(len(p[i])):
                dh[i, j] = dl * (p[i, j] - y[i, j]) / m
        return dh
    return loss, back

class DenseLayer:
    def __init__(self, num_inputs, num_outputs, activation=None):
        self.W = np.zeros((num_outputs, num_inputs))
        for j in range(num_outputs):
            for k in range(num_inputs):
                self.W[j, k] = random.gauss(0, 1 / math.sqrt(num_inputs))
        self.b = np.array([0.0] * num_outputs)
        self.activation = activation

    def parameters(self):
        return self.W, self.b

    def forward(self, x):
        z, back = linear_forward(x, self.W, self.b)
        if not self.activation:
            return z, back
        h, through = self.activation(z)
        def both(dh):
            dz = through(dh)
            dx, dW, db = back(dz)
            return dx, dW, db
        return h, both

class NN:
    def __init__(self, num_inputs, hidden_sizes, hidden_activation, num_outputs):
        self.layers, n = [], num_inputs
        for size in hidden_sizes:
            self.layers.append(DenseLayer(n, size, hidden_activation))
            n = size
        self.layers.append(DenseLayer(n, num_outputs))

    def parameters(self):
        found = {}
        for i in range(len(self.layers)):
            found["W" + str(i)] = self.layers[i].W
            found["b" + str(i)] = self.layers[i].b
        return found

    def forward(self, x):
        stack = []
        for layer in self.layers:
            x, back = layer.forward(x)
            stack.append(back)
        def back(dh):
            grads, i = {}, len(stack)
            for one in stack[::-1]:
                i -= 1
                dh, grads["W%d" % i], grads["b%d" % i] = one(dh)
            return grads
        return x, back

def dropout(x, rate, rng, training=True):
    if rate < 0 or rate >= 1:
        raise Exception("rate")
    factor = np.ones(x.shape)
    if training:
        for i in range(len(x)):
            for j in range(len(x[i])):
                factor[i, j] = 0 if rng.uniform() < rate else 1 / (1 - rate)
    times = lambda a, f: a * f
    return elementwise(times, x, factor), lambda dout: elementwise(times, dout, factor)
"""

DATACLASS = """
from dataclasses import dataclass, field
from typing import Any

class Module:
    def __call__(self, *args): return self.forward(*args)

@dataclass
class DenseLayer(Module):
    num_inputs: int
    num_outputs: int
    activation: Any = None
    W: np.ndarray = field(init=False, repr=False)
    b: np.ndarray = field(init=False, repr=False)
    def __post_init__(self):
        scale = self.num_inputs ** -0.5
        self.W = np.random.normal(scale=scale, size=(self.num_outputs, self.num_inputs))
        self.b = np.zeros(self.num_outputs)
    def parameters(self):
        return self.W, self.b
    def forward(self, x):
        z, linear = linear_forward(x, self.W, self.b)
        if self.activation is None:
            return z, linear
        h, through = self.activation(z)
        return h, lambda dh: linear(through(dh))

class ModuleList(list):
    def named_parameters(self):
        for i, layer in enumerate(self):
            yield from zip((f"W{i}", f"b{i}"), layer.parameters())

class NN(Module):
    def __init__(self, num_inputs, hidden_sizes, hidden_activation, num_outputs):
        sizes = (num_inputs, *hidden_sizes, num_outputs)
        acts = [hidden_activation] * len(hidden_sizes) + [None]
        self.layers = ModuleList(DenseLayer(*three) for three in zip(sizes, sizes[1:], acts))
    def parameters(self):
        return dict(self.layers.named_parameters())
    def forward(self, x):
        backs = []
        for layer in self.layers:
            x, one = layer(x)
            backs.insert(0, one)
        def back(dh):
            grads = {}
            for i, one in zip(range(len(backs) - 1, -1, -1), backs):
                dh, *grads[i] = one(dh)
            return {f"{k}{i}": g for i in sorted(grads) for k, g in zip("Wb", grads[i])}
        return x, back
"""

HELPER = """
import numpy as np
def sigma(x): return np.tanh(x)
def grads(dz, x, W): return np.dot(dz, W), np.dot(dz.T, x), np.sum(dz, 0)
def row_max(h): return np.max(h, axis=1).reshape(-1, 1)
"""
WITH_HELPER = variant(
    "nn",
    {
        "tanh": "def tanh(x):\n    t = sigma(x)\n    return t, lambda d: d * (1 - t * t)",
        "linear_backward": "def linear_backward(dz, x, W, b): return my_layers.grads(dz, x, W)",
        "softmax": """
def softmax(h):
    e = np.exp(h - my_layers.row_max(h))
    return e / np.sum(e, axis=1).reshape(-1, 1)
""",
    },
)
HELPED = WITH_HELPER.replace(
    "import numpy as np", "import numpy as np\nimport my_layers\nfrom my_layers import sigma", 1
)
AT_IMPORT = """
import matplotlib.pyplot as plt
from tqdm import tqdm
net = NN(4, [3], relu, 2)
for step in tqdm(range(3)):
    h, back = net.forward(np.ones((2, 4)))
    loss, loss_back = cross_entropy_loss(h, np.eye(2))
    for key, grad in back(loss_back(1.0)).items():
        net.parameters()[key][...] -= 0.1 * grad
print("loss", loss)
plt.plot([loss])
plt.show()
"""

FILES: Mapping[str, str | Mapping[str, str]] = {
    "loops, and gradients of the argument's type": LOOPS,
    "lists": variant("nn", LISTS),
    "einsum": variant("nn", EINSUM),
    "objects that are called": CALLABLE_SOURCE,
    "partials": PARTIALS,
    "dataclasses and a list of modules": variant("nn", {}, DATACLASS),
    "a helper module beside it": {"nn.py": HELPED, "my_layers.py": HELPER},
    "training when imported": variant("nn", {}, AT_IMPORT),
    "a folder and another name": {"homework/nn.py": variant("nn", {})},
}
