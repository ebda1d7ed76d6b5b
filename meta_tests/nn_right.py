"""Right versions of nn.py in other styles: whole files, and functions of the reference replaced."""

from __future__ import annotations

from collections.abc import Mapping

from meta_tests.nn_right_captured import CAPTURED, PLAIN
from meta_tests.nn_right_files import FILES
from meta_tests.test_float32 import in_float32
from meta_tests.variants import variant

LOSS = "def cross_entropy_loss(h, y):\n    {}\n"
RELU_AT_ZERO = """
def relu(x):
    return np.maximum(x, 0.0), lambda dout: dout * np.where(x == 0, {}, 1.0 * (x > 0))
"""
PROBABILITIES = """
    p = softmax(h)
    def back(dl=1.0):
        return dl * (p - y) / h.shape[0]
"""
THROUGH_MAX = f"""
def cross_entropy_loss(h, y):
    top = np.amax(h, axis=1)[:, None]
    log_p = h - top - np.log(np.exp(h - top).sum(axis=1))[:, None]
    {PROBABILITIES}
    return -np.mean(np.einsum("ij,ij->i", y, log_p)), back
"""
THROUGH_LOGADDEXP = f"""
def cross_entropy_loss(h, y):
    rest = np.logaddexp.reduce(h, axis=1, keepdims=True) - h
    {PROBABILITIES}
    return np.sum(y * rest, axis=1).mean(), back
"""
LOSS_SHAPE = THROUGH_LOGADDEXP.replace(".mean(), back", ".mean().reshape({}), back")
BY_GRADIENT = """
def cross_entropy_loss(h, y):
    m, c = h.shape
    surprisal = np.log(np.exp(h - h.max(1, keepdims=True)).sum(1, keepdims=True))
    surprisal = surprisal + h.max(1, keepdims=True) - h
    P = softmax(h)
    def back(dl):
        return dl * np.stack([softmax_jacobian(P[i]) @ np.where(y[i] > 0, -y[i] /
            np.maximum(P[i], 1e-300), 0.0) if P[i].min() > 1e-9 else P[i] - y[i]
            for i in range(m)]) / m
    return (y * surprisal).sum() / m, back
"""
INLINE_LAYER = """
def forward(self, x):
    z = np.dot(x, np.transpose(self.W)) + self.b
    h, back_h = (z, lambda d: d) if self.activation is None else self.activation(z)
    def back(dh):
        dz = back_h(dh)
        return np.dot(dz, self.W), np.dot(dz.T, x), np.add.reduce(dz, axis=0)
    return h, back
"""
STATE_IN_SELF = """
def forward(self, x):
    self.x = x
    z, _ = linear_forward(x, self.W, self.b)
    h, self.through = (z, lambda dh: dh) if self.activation is None else self.activation(z)
    return h, lambda dh: linear_backward(self.through(dh), self.x, self.W, self.b)
"""
DROPOUT = """
def dropout(x, rate, rng, training=True):
    if rate < 0 or rate >= 1:
        raise ValueError("rate")
    if not training:
        return x.copy(), lambda dout: dout.copy()
    keep = 1 - rate
    mask = {}
    out = np.where(mask, x, 0.0) / keep
    return out, lambda dout: np.where(mask, dout, 0.0) / keep
"""
MASKS = {
    "random": "rng.random(x.shape) < keep",
    "uniform": "rng.uniform(0.0, 1.0, size=x.shape) > rate",
    "binomial": "rng.binomial(1, keep, size=x.shape).astype(bool)",
    "choice": "rng.choice([True, False], size=x.shape, p=[keep, rate])",
    "one by one": "np.array([rng.random() >= rate for _ in range(x.size)]).reshape(x.shape)",
}
DRAWS = {
    "normal": "np.random.normal(0, num_inputs ** -0.5, size=(num_outputs, num_inputs))",
    "randn": "np.random.randn(num_outputs, num_inputs) * np.sqrt(1 / num_inputs)",
    "default_rng": "np.random.default_rng().normal(0.0, np.sqrt(1.0 / num_inputs),"
    " (num_outputs, num_inputs))",
    "gauss": "np.array([[__import__('random').gauss(0, num_inputs ** -0.5)"
    " for _ in range(num_inputs)] for _ in range(num_outputs)])",
    "transposed in memory": "(np.random.randn(num_inputs, num_outputs) / num_inputs ** 0.5).T",
}
INIT = """
def __init__(self, num_inputs, num_outputs, activation=None):
    self.W = {}
    self.b = np.zeros((num_outputs,))
    self.activation = activation
"""
OTHER_NAMES = {
    "DenseLayer.__init__": INIT.format(DRAWS["randn"])
    .replace("num_inputs", "fan_in")
    .replace("num_outputs", "fan_out")
    .replace("activation=None", "act=None")
    .replace("= activation", "= act"),
    "NN.__init__": """
def __init__(self, d, widths, f, c):
    sizes = [d] + list(widths)
    self.layers = [DenseLayer(a, b, f) for a, b in zip(sizes, sizes[1:])]
    self.layers.append(DenseLayer(sizes[-1], c))
""",
}
SAME_DICT = {
    "NN.__init__": """
def __init__(self, num_inputs, hidden_sizes, hidden_activation, num_outputs):
    sizes = [num_inputs, *hidden_sizes, num_outputs]
    self.params, self.f = {}, hidden_activation
    for i in range(len(sizes) - 1):
        self.params[f"W{i}"] = np.random.randn(sizes[i + 1], sizes[i]) / sizes[i] ** 0.5
    for i in range(len(sizes) - 1):
        self.params[f"b{i}"] = np.zeros(sizes[i + 1])
""",
    "NN.parameters": "def parameters(self): return self.params",
    "NN.forward": """
def forward(self, x):
    backs, n = [], len(self.params) // 2
    for i in range(n):
        x, linear = linear_forward(x, self.params[f"W{i}"], self.params[f"b{i}"])
        f = None
        if i < n - 1:
            x, f = self.f(x)
        backs.append((i, linear, f))
    def back(dh):
        grads = {}
        for i, linear, f in backs[::-1]:
            if f is not None:
                dh = f(dh)
            dh, grads[f"W{i}"], grads[f"b{i}"] = linear(dh)
        return grads
    return x, back
""",
}
IN_PLACE_DOUT = """
def relu(x):
    out = x.copy()
    out[out < 0] = 0
    def back(dout):
        dout[x <= 0] = 0
        return dout
    return out, back
"""
SLOW = """
def softmax(h):
    for _ in range(400):
        e = np.exp(h - np.max(h, axis=-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)
"""
NO_B = {
    "linear_backward": "def linear_backward(dz, x, W):\n    return [dz @ W, dz.T @ x, dz.sum(0)]",
    "linear_forward": "def linear_forward(x, W, b):\n"
    "    return x @ W.T + b, lambda dz: linear_backward(dz, x, W)",
}
TRANSPOSED = """
def linear_backward(dz, x, W, b):
    return (W.T @ dz.T).T, (x.T @ dz).T, np.ones(dz.shape[0]) @ dz
"""
RANK_ONE = """
def linear_backward(dz, x, W, b):
    dW = sum(np.outer(dz[i], x[i]) for i in range(len(x)))
    return np.array([W.T @ row for row in dz]), dW, sum(dz)
"""
JACOBIANS = {
    "by entries": """
def softmax_jacobian(p):
    c = len(p)
    return [[p[j] * ((i == j) - p[i]) for j in range(c)] for i in range(c)]
""",
    "by broadcasting": """
def softmax_jacobian(p):
    p = p.reshape(-1, 1)
    return np.diagflat(p) - p @ p.T
""",
}
RAISES = DROPOUT.replace('raise ValueError("rate")', "assert False, rate")

RIGHT: Mapping[str, str | Mapping[str, str]] = {
    "float32 everywhere": in_float32("nn"),
    **{f"relu'(0) is {v}": variant("nn", {"relu": RELU_AT_ZERO.format(v)}) for v in (0.5, 1.0)},
    "log-softmax by maximum": variant("nn", {"cross_entropy_loss": THROUGH_MAX}),
    "log-softmax by logaddexp": variant("nn", {"cross_entropy_loss": THROUGH_LOGADDEXP}),
    "loss of shape ()": variant("nn", {"cross_entropy_loss": LOSS_SHAPE.format("()")}),
    "loss of shape (1,)": variant("nn", {"cross_entropy_loss": LOSS_SHAPE.format("(1,)")}),
    "gradient by the Jacobian": variant("nn", {"cross_entropy_loss": BY_GRADIENT}),
    "layer inlined": variant("nn", {"DenseLayer.forward": INLINE_LAYER}),
    "layer remembers in self": variant("nn", {"DenseLayer.forward": STATE_IN_SELF}),
    "no b in linear_backward": variant("nn", NO_B),
    "transposed products": variant("nn", {"linear_backward": TRANSPOSED}),
    "sums of outer products": variant("nn", {"linear_backward": RANK_ONE}),
    "other argument names": variant("nn", OTHER_NAMES),
    "one dict of parameters": variant("nn", SAME_DICT),
    "dout changed in place": variant("nn", {"relu": IN_PLACE_DOUT}),
    "slow softmax": variant("nn", {"softmax": SLOW}),
    "dropout by assert": variant("nn", {"dropout": RAISES.format(MASKS["random"])}),
    **{
        f"Jacobian {name}": variant("nn", {"softmax_jacobian": code})
        for name, code in JACOBIANS.items()
    },
    **{
        f"dropout by {name}": variant("nn", {"dropout": DROPOUT.format(mask)})
        for name, mask in MASKS.items()
    },
    **{
        f"weights by {name}": variant("nn", {"DenseLayer.__init__": INIT.format(draw)})
        for name, draw in DRAWS.items()
    },
    **{name: variant("nn", {}, PLAIN + code) for name, code in CAPTURED.items()},
    **FILES,
}
