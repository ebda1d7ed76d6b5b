"""Functions of nn.py in the style of lists, einsum, callable objects and partials."""

from __future__ import annotations

from meta_tests.variants import variant

LISTS = {
    "relu": """
def relu(x):
    keep = (np.asarray(x) > 0).tolist()
    def back(dout):
        return [[d if k else 0.0 for d, k in zip(*rows)] for rows in zip(dout, keep)]
    return [[max(float(a), 0.0) for a in row] for row in x], back
""",
    "tanh": """
def tanh(x):
    out = np.tanh(np.asarray(x)).tolist()
    def back(dout):
        return [[d * (1 - t * t) for d, t in zip(*rows)] for rows in zip(dout, out)]
    return out, back
""",
    "softmax": """
def softmax(h):
    h = np.asarray(h)
    e = np.exp(h - h.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).tolist()
""",
    "softmax_jacobian": """
def softmax_jacobian(p):
    return [[a * ((i == j) - b) for j, b in enumerate(p)] for i, a in enumerate(p)]
""",
    "linear_forward": """
def linear_forward(x, W, b):
    x = np.asarray(x)
    return (x @ W.T + b).tolist(), lambda dz: list(linear_backward(np.asarray(dz), x, W, b))
""",
    "linear_backward": """
def linear_backward(dz, x, W, b):
    dz, x = np.asarray(dz), np.asarray(x)
    return [(dz @ W).tolist(), (dz.T @ x).tolist(), dz.sum(axis=0).tolist()]
""",
    "cross_entropy_loss": """
def cross_entropy_loss(h, y):
    h = np.asarray(h)
    log_p = h - np.logaddexp.reduce(h, axis=1, keepdims=True)
    def back(dl):
        return (dl * (np.asarray(softmax(h)) - y) / len(h)).tolist()
    return [-np.sum(y * log_p) / len(h)], back
""",
    "DenseLayer.parameters": "def parameters(self): return [self.W, self.b]",
    "DenseLayer.forward": """
def forward(self, x):
    z, linear = linear_forward(x, self.W, self.b)
    h, through = self.activation(z) if self.activation else (z, lambda dh: dh)
    return [h, lambda dh: linear(through(dh))]
""",
    "dropout": """
def dropout(x, rate, rng, training=True):
    if not 0 <= rate < 1:
        raise ValueError(rate)
    scale = (rng.random(np.shape(x)) >= rate) / (1 - rate) if training else np.ones(np.shape(x))
    return (np.asarray(x) * scale).tolist(), lambda dout: (np.asarray(dout) * scale).tolist()
""",
}

EINSUM = {
    "relu": """
def relu(x):
    mask = np.heaviside(x, 0.0)
    return np.einsum("ij,ij->ij", mask, x), lambda d: np.einsum("ij,ij->ij", mask, d)
""",
    "linear_forward": """
def linear_forward(x, W, b):
    return np.einsum("mi,oi->mo", x, W) + b[None, :], lambda dz: linear_backward(dz, x, W, b)
""",
    "linear_backward": """
def linear_backward(dz, x, W, b):
    return (np.einsum("mo,oi->mi", dz, W), np.einsum("mo,mi->oi", dz, x), np.einsum("mo->o", dz))
""",
    "softmax_jacobian": """
def softmax_jacobian(p):
    return np.einsum("i,ij->ij", p, np.eye(len(p))) - np.einsum("i,j->ij", p, p)
""",
    "cross_entropy_loss": """
def cross_entropy_loss(h, y):
    log_p = h - np.logaddexp.reduce(h, axis=1)[:, np.newaxis]
    p = np.exp(log_p)
    return -np.einsum("ij,ij", y, log_p) / len(h), lambda dl: np.multiply(dl / len(h), p - y)
""",
}

CALLABLES = {
    "relu": """
class Relu:
    def __init__(self, x): self.mask = np.asarray(x) > 0
    def __call__(self, dout): return np.where(self.mask, dout, np.zeros_like(dout))
""",
    "tanh": """
class Tanh:
    def __init__(self, out): self.out = out
    def __call__(self, dout): return dout - dout * np.square(self.out)
""",
    "linear_forward": """
class Linear:
    def __init__(self, x, W, b): self.kept = x, W, b
    def __call__(self, dz): return linear_backward(dz, *self.kept)
""",
    "cross_entropy_loss": """
class Loss:
    def __init__(self, p, y): self.p, self.y = p, y
    def __call__(self, dl=1.0): return dl / len(self.p) * (self.p - self.y)
""",
}
CALLABLE_SOURCE = variant(
    "nn",
    {},
    "\n".join(CALLABLES.values())
    + """
def relu(x): return np.clip(x, 0, None), Relu(x)
def tanh(x): return np.tanh(x), Tanh(np.tanh(x))
def linear_forward(x, W, b): return np.add(np.matmul(x, W.T), b), Linear(x, W, b)
def cross_entropy_loss(h, y):
    log_p = h - np.logaddexp.reduce(h, axis=1, keepdims=True)
    return -(y * log_p).sum() / len(h), Loss(np.exp(log_p), y)
""",
)

PARTIALS = variant(
    "nn",
    {},
    """
from functools import partial
def times(factor, dout): return np.multiply(factor, dout)
def relu(x): return (abs(x) + x) / 2, partial(times, (np.sign(x) + 1) // 2)
def tanh(x): return np.tanh(x), partial(times, 1 / np.cosh(np.clip(x, -300, 300)) ** 2)
def linear_forward(x, W, b): return x.dot(W.T) + b, partial(linear_backward, x=x, W=W, b=b)
""",
)
