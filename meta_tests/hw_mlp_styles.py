"""Right versions of hw_mlp.py as whole files: loops over entries, an iterator."""

from __future__ import annotations

START = "import numpy as np\nfrom nn import cross_entropy_loss\n"

LOOPS = (
    "import random\n"
    + START
    + '''
class BatchGenerator:
    """Pairs in a list; shuffled with the standard library."""

    def __init__(self, x, y, batch_size):
        self.pairs = [(row, label) for row, label in zip(x, y)]
        self.batch_size = batch_size

    def __len__(self):
        n = len(self.pairs) // self.batch_size
        return n if len(self.pairs) % self.batch_size == 0 else n + 1

    def shuffle(self):
        random.shuffle(self.pairs)

    def __iter__(self):
        i = 0
        while i < len(self.pairs):
            part = self.pairs[i : i + self.batch_size]
            yield np.array([p[0] for p in part]), np.array([p[1] for p in part])
            i += self.batch_size

class Adam:
    def __init__(self, eta, beta1=0.9, beta2=0.999, eps=1e-8):
        self.eta, self.beta1, self.beta2, self.eps = eta, beta1, beta2, eps
        self.names, self.m, self.v, self.steps = [], [], [], []

    def update(self, params, grads):
        for name in params:
            if name not in self.names:
                self.names.append(name)
                self.m.append([0.0] * params[name].size)
                self.v.append([0.0] * params[name].size)
                self.steps.append(0)
            k = self.names.index(name)
            self.steps[k] += 1
            for i, index in enumerate(np.ndindex(params[name].shape)):
                g = float(grads[name][index])
                self.m[k][i] += (1 - self.beta1) * (g - self.m[k][i])
                self.v[k][i] += (1 - self.beta2) * (g * g - self.v[k][i])
                m = self.m[k][i] / (1 - self.beta1 ** self.steps[k])
                v = self.v[k][i] / (1 - self.beta2 ** self.steps[k])
                params[name][index] -= self.eta * m / (v**0.5 + self.eps)

class SGD:
    def __init__(self, eta, momentum=0.0, weight_decay=0.0):
        self.eta, self.momentum, self.weight_decay = eta, momentum, weight_decay
        self.speed = {}

    def update(self, params, grads):
        for name in params:
            speed = self.speed.setdefault(name, np.zeros(params[name].shape))
            for index in np.ndindex(params[name].shape):
                g = grads[name][index]
                if name[0] != "b":
                    g = g + self.weight_decay * params[name][index]
                speed[index] = self.momentum * speed[index] + self.eta * g
                params[name][index] = params[name][index] - speed[index]

def step_decay(eta0, epoch, milestones=(20, 40)):
    i = 0
    while i < len(milestones) and milestones[i] <= epoch:
        eta0 = eta0 / 2
        i += 1
    return eta0

def train_loop(model, data, optimizer, num_epochs, call_back=None):
    losses, accs, epoch = [], [], 0
    while epoch < num_epochs:
        data.shuffle()
        total, right, n = 0.0, 0, 0
        for x, y in data:
            h, back = model.forward(x)
            loss, back_loss = cross_entropy_loss(h, y)
            optimizer.update(model.parameters(), back(back_loss(1)))
            total += loss * len(x)
            for i in range(len(x)):
                right += 1 if list(h[i]).index(max(h[i])) == list(y[i]).index(1) else 0
            n += len(x)
        losses.append(total / n)
        accs.append(right / n)
        if call_back:
            call_back(model, epoch)
        epoch += 1
    return losses, accs
'''
)

ITERATOR = (
    START
    + '''
import matplotlib.pyplot as plt
from tqdm import tqdm

class BatchGenerator:
    """An iterator of its own; all minibatches are made by shuffle()."""

    def __init__(self, x, y, batch_size=32, shuffle=True):
        self.x, self.y, self.batch_size = np.asarray(x), np.asarray(y), batch_size
        self.num_batches = len(x) // batch_size
        self._cut(np.arange(len(x)))

    def _cut(self, order):
        b = self.batch_size
        self.batches = [
            (self.x[order[i * b : (i + 1) * b]], self.y[order[i * b : (i + 1) * b]])
            for i in range(self.num_batches)
        ]
        self.i = 0

    def shuffle(self):
        self._cut(np.random.permutation(len(self.x)))

    def __len__(self):
        return self.num_batches

    def __iter__(self):
        self.i = 0
        return self

    def __next__(self):
        if self.i == self.num_batches:
            raise StopIteration
        self.i += 1
        return self.batches[self.i - 1]

class Optimizer:
    """What both have in common: the walk over the parameters."""

    def __init__(self, eta):
        self.eta = eta
        self.state = {}
        self.t = 0

    def update(self, params, grads):
        self.t += 1
        for key in sorted(params):
            if key not in self.state:
                self.state[key] = self.fresh(params[key])
            params[key][...] = params[key] - self.step(key, params[key], grads[key])
        return params

    def fresh(self, p):
        return np.zeros_like(p), np.zeros_like(p)

class Adam(Optimizer):
    def __init__(self, eta=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, verbose=False):
        super().__init__(eta)
        self.beta1, self.beta2, self.eps, self.verbose = beta1, beta2, eps, verbose

    def step(self, key, p, g):
        m, v = self.state[key]
        m *= self.beta1
        m += (1.0 - self.beta1) * g
        v *= self.beta2
        v += (1.0 - self.beta2) * np.square(g)
        rate = self.eta * (1 - self.beta2**self.t) ** 0.5 / (1 - self.beta1**self.t)
        return rate * m / (np.sqrt(v) + self.eps)

class SGD(Optimizer):
    def __init__(self, eta=0.1, momentum=0.0, weight_decay=0.0, nesterov=False):
        super().__init__(eta)
        self.momentum, self.weight_decay, self.nesterov = momentum, weight_decay, nesterov

    def step(self, key, p, g):
        v = self.state[key][0]
        v *= self.momentum
        v += g
        if key.startswith("W"):
            v += self.weight_decay * p
        return self.eta * v

def step_decay(eta0, epoch, milestones=(20, 40)):
    return eta0 / 2 ** int(np.count_nonzero(np.asarray(milestones) <= epoch))

def accuracy(h, y):
    return (h.argmax(-1) == y.argmax(-1)).mean()

def train_loop(model, data, optimizer, num_epochs, call_back=None, x_val=None, y_val=None,
               verbose=True):
    losses, accs, val = [], [], []
    for epoch in tqdm(range(num_epochs)):
        data.shuffle()
        for x, y in tqdm(data, total=len(data), leave=False):
            h, back = model.forward(x)
            loss, dloss = cross_entropy_loss(h, y)
            grads = back(dloss(1.0))
            optimizer.update(model.parameters(), grads)
            losses += [float(loss)]
            accs += [accuracy(h, y)]
        if x_val is not None:
            val.append(accuracy(model.forward(x_val)[0], y_val))
        if verbose:
            print(f"epoch {epoch + 1}: loss {np.mean(losses[-len(data):]):.4f}")
        if call_back is not None:
            call_back(model, epoch + 1)
    return np.array(losses), np.array(accs)

def plot(losses):
    plt.plot(losses)
    plt.show()

if __name__ == "__main__":
    plot(train_loop(None, None, None, 50)[0])
'''
)
