"""Homework 2: training."""

import numpy as np

from nn import cross_entropy_loss


class BatchGenerator:
    def __init__(self, x, y, batch_size):
        self.x = x
        self.y = y
        self.batch_size = batch_size

    def __len__(self):
        return len(self.x) // self.batch_size

    def __iter__(self):
        for i in range(len(self)):
            rows = slice(i * self.batch_size, (i + 1) * self.batch_size)
            yield self.x[rows], self.y[rows]

    def shuffle(self):
        self.x = np.random.permutation(self.x)
        self.y = np.random.permutation(self.y)


class Adam:
    def __init__(self, eta, beta1=0.9, beta2=0.999, eps=1e-8):
        self.eta = eta
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.m = {}
        self.v = {}

    def update(self, params, grads):
        for key in params:
            g = grads[key]
            if key not in self.m:
                self.m[key] = np.zeros_like(g)
                self.v[key] = np.zeros_like(g)
            self.m[key] = self.beta1 * self.m[key] + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v[key] + (1 - self.beta2) * g * g
            params[key] -= self.eta * self.m[key] / (np.sqrt(self.v[key]) + self.eps)


class SGD:
    def __init__(self, eta, momentum=0.0, weight_decay=0.0):
        self.eta = eta
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.velocity = {}

    def update(self, params, grads):
        for key in params:
            g = grads[key]
            if key[0] == "W":
                g = g + self.weight_decay * params[key]
            v = self.velocity.get(key)
            v = g if v is None else self.momentum * v + g
            self.velocity[key] = v
            params[key] -= self.eta * v


def step_decay(eta0, epoch, milestones=(20, 40)):
    eta = eta0
    for e in range(1, epoch + 1):
        if e >= milestones[0]:
            eta = eta / 2
    return eta


def train_loop(model, data, optimizer, num_epochs, call_back=None):
    losses, accs = [], []
    for epoch in range(num_epochs):
        data.shuffle()
        for x, y in data:
            h, back = model.forward(x)
            loss, loss_back = cross_entropy_loss(h, y)
            grads = back(loss_back(1.0))
            optimizer.update(model.parameters(), grads)
            losses.append(loss)
            accs.append(np.mean(np.argmax(h, axis=1) == np.argmax(y, axis=1)))
        if call_back is not None:
            call_back(model, epoch + 1)
    return losses, accs
