"""More right versions of hw_mlp.py as whole files: dataclasses, float32."""

from __future__ import annotations

from meta_tests.hw_mlp_styles import START

TOOLS = """
import functools
from dataclasses import dataclass, field
import numpy as np

def halvings(epoch, milestones):
    return functools.reduce(lambda n, m: n + (1 if epoch >= m else 0), milestones, 0)

def decayed(key):
    return not key.startswith("b")

@dataclass
class Moments:
    m: np.ndarray
    v: np.ndarray
    t: int = 0

    def push(self, g, beta1, beta2):
        self.t += 1
        self.m = beta1 * self.m + (1 - beta1) * g
        self.v = beta2 * self.v + (1 - beta2) * g * g
        return self.m / (1 - beta1**self.t), self.v / (1 - beta2**self.t)
"""
DATACLASSES = (
    "import functools\nfrom dataclasses import dataclass, field\n"
    + START
    + """
from tools import Moments, decayed, halvings
import nn

LOSSES = {"cross entropy": cross_entropy_loss}
measure = functools.partial(nn.cross_entropy_loss)

@dataclass
class BatchGenerator:
    x: np.ndarray
    y: np.ndarray
    batch_size: int = 32
    rng: np.random.Generator = field(default_factory=np.random.default_rng)

    def __post_init__(self):
        self.order = np.arange(len(self.x))

    def shuffle(self):
        self.rng.shuffle(self.order)

    def __len__(self):
        return int(np.ceil(len(self.order) / self.batch_size))

    def __iter__(self):
        return iter([(self.x[i], self.y[i]) for i in np.array_split(self.order, len(self))])

@dataclass
class Adam:
    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    moments: dict = field(default_factory=dict)

    def update(self, params, grads):
        for key, g in grads.items():
            zero = np.zeros_like(params[key])
            state = self.moments.setdefault(key, Moments(zero, zero.copy()))
            m, v = state.push(g, self.beta1, self.beta2)
            np.subtract(params[key], self.eta * m / (np.sqrt(v) + self.eps), out=params[key])

@dataclass
class SGD:
    eta: float
    momentum: float = 0.0
    weight_decay: float = 0.0

    def update(self, params, grads):
        for key in grads:
            g = np.array(grads[key])
            if decayed(key):
                g += self.weight_decay * params[key]
            v = self.momentum * getattr(self, "v_" + key, 0.0) + g
            setattr(self, "v_" + key, v)
            params[key] += -self.eta * v

def step_decay(eta0, epoch, milestones=(20, 40), factor=0.5):
    return eta0 * factor ** halvings(epoch, milestones)

class Trainer:
    def __init__(self, model, optimizer, loss=LOSSES["cross entropy"]):
        self.model, self.optimizer, self.loss, self.history = model, optimizer, loss, []

    def minibatch(self, x, y):
        out = self.model.forward(x)
        value, grad = self.loss(out[0], y)
        self.optimizer.update(self.model.parameters(), out[1](grad(1.0)))
        hits = np.argmax(out[0], 1) == np.argmax(y, 1)
        self.history.append((value, hits.sum() / len(hits)))

    def epoch(self, data):
        data.shuffle()
        for x, y in data:
            self.minibatch(x, y)

def train_loop(model, data, optimizer, num_epochs, call_back=lambda model, epoch: None):
    trainer = Trainer(model, optimizer)
    for done in range(1, num_epochs + 1):
        trainer.epoch(data)
        if call_back is not None:
            call_back(model, done)
    losses, accs = zip(*trainer.history)
    return list(losses), list(accs)
"""
)

FLOAT32 = (
    START
    + """
class BatchGenerator:
    def __init__(self, x, y, batch_size):
        self.x = np.array(x, dtype=np.float32)
        self.y = np.array(y, dtype=np.float32)
        self.bs = batch_size

    def __len__(self):
        return max(1, self.x.shape[0] // self.bs)

    def shuffle(self):
        both = np.concatenate([self.x, self.y], axis=1)
        np.random.shuffle(both)
        self.x, self.y = np.split(both, [self.x.shape[1]], axis=1)

    def __iter__(self):
        return zip(np.array_split(self.x, len(self)), np.array_split(self.y, len(self)))

class Adam:
    def __init__(self, eta, beta1=0.9, beta2=0.999, eps=1e-8):
        self.eta = eta
        self.b1, self.b2, self.eps = np.float32(beta1), np.float32(beta2), np.float32(eps)
        self.m = self.v = None

    def update(self, params, grads):
        if self.m is None:
            self.t = 0
            self.m = {k: np.zeros(p.shape, np.float32) for k, p in params.items()}
            self.v = {k: np.zeros(p.shape, np.float32) for k, p in params.items()}
        self.t += 1
        for k in params:
            g = grads[k].astype(np.float32)
            self.m[k] = self.b1 * self.m[k] + (1 - self.b1) * g
            self.v[k] = self.b2 * self.v[k] + (1 - self.b2) * g**2
            m = self.m[k] / (1 - self.b1**self.t)
            v = self.v[k] / (1 - self.b2**self.t)
            params[k] -= (self.eta * m / (np.sqrt(v) + self.eps)).astype(np.float32)

class SGD:
    def __init__(self, eta, momentum=0.0, weight_decay=0.0):
        self.eta, self.mu, self.lam = eta, np.float32(momentum), np.float32(weight_decay)
        self.v = {}

    def update(self, params, grads):
        for k in params:
            g = grads[k].astype(np.float32) + self.lam * params[k] * (k[0] == "W")
            self.v[k] = self.mu * self.v[k] - self.eta * g if k in self.v else -self.eta * g
            params[k] += self.v[k].astype(np.float32)

def step_decay(eta0, epoch, milestones=(20, 40)):
    for milestone in milestones:
        if epoch >= milestone:
            eta0 *= 0.5
    return np.float32(eta0)

def train(model, data, optimizer, num_epochs, call_back=None):
    step = optimizer.update
    all_losses, all_accs = [], []
    for epoch in range(num_epochs):
        losses, accs = [], []
        for x, y in data:
            h, back = model.forward(x)
            loss, back_loss = cross_entropy_loss(h, y)
            step(model.parameters(), back(back_loss(np.float32(1))))
            losses.append(np.float32(loss))
            accs.append(np.mean(np.argmax(h, axis=1) == np.argmax(y, axis=1)))
        data.shuffle()
        all_losses.append(losses)
        all_accs.append(accs)
        if call_back is not None:
            call_back(model, epoch + 1)
    return all_losses, all_accs
"""
)
