"""A right solution.py in plain Python: lists, loops and the math module."""

from __future__ import annotations

LOOPS = """
import math
import random
import numpy as np


def product(a, b):
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def turned(a):
    return [list(column) for column in zip(*a)]


def each(function, a):
    return [[function(float(x)) for x in row] for row in a]


class NN:
    def __init__(self, hidden_dims=(512, 256), epsilon=1e-6, lr=7e-4, batch_size=64, seed=None,
                 activation="relu", data=None, init_method="glorot"):
        self.hidden_dims, self.epsilon = hidden_dims, epsilon
        self.lr, self.batch_size = lr, batch_size
        self.seed, self.activation_str, self.init_method = seed, activation, init_method
        self.weights, self.train_logs = {}, {}
        if data is None:
            x, y = np.random.rand(20, 784), np.eye(10)[np.random.randint(0, 10, 20)]
            data = (x, y), (x, y), (x, y)
        self.train, self.valid, self.test = data

    def initialize_weights(self, dims):
        rng = random.Random(self.seed)
        sizes = [dims[0], *self.hidden_dims, dims[1]]
        for i in range(1, len(sizes)):
            n, k = sizes[i - 1], sizes[i]
            r = math.sqrt(6 / (n + k))
            draw = {"zero": lambda: 0.0, "normal": lambda: rng.gauss(0, 1),
                    "glorot": lambda: rng.uniform(-r, r),
                    "he": lambda: rng.gauss(0, math.sqrt(2 / n))}[self.init_method]
            self.weights[f"W{i}"] = np.array([[draw() for _ in range(k)] for _ in range(n)])
            self.weights[f"b{i}"] = np.array([[0.0] * k])

    def relu(self, x, grad=False):
        return each((lambda t: int(t > 0)) if grad else (lambda t: t if t > 0 else 0.0), x)

    def sigmoid(self, x, grad=False):
        def s(t):
            return 1 / (1 + math.exp(-t)) if t > 0 else math.exp(t) / (1 + math.exp(t))
        return each((lambda t: s(t) * (1 - s(t))) if grad else s, x)

    def tanh(self, x, grad=False):
        return each((lambda t: 1 - math.tanh(t) ** 2) if grad else math.tanh, x)

    def leakyrelu(self, x, grad=False):
        return each((lambda t: 1 if t > 0 else 0.01) if grad else (lambda t: max(t, 0.01 * t)), x)

    def activation(self, x, grad=False):
        if self.activation_str not in ("relu", "sigmoid", "tanh", "leakyrelu"):
            raise Exception("invalid")
        return getattr(self, self.activation_str)(x, grad)

    def softmax(self, x):
        out = []
        for row in x:
            top = max(row)
            powers = [math.exp(float(t) - float(top)) for t in row]
            out.append([p / sum(powers) for p in powers])
        return out

    def forward(self, x):
        n = len(self.weights) // 2
        cache = {"Z0": [list(row) for row in x]}
        for i in range(1, n + 1):
            raw = product(cache[f"Z{i - 1}"], self.weights[f"W{i}"].tolist())
            bias = self.weights[f"b{i}"][0]
            cache[f"A{i}"] = [[t + b for t, b in zip(row, bias)] for row in raw]
            cache[f"Z{i}"] = (self.activation if i < n else self.softmax)(cache[f"A{i}"])
        return cache

    def backward(self, cache, labels):
        n, m, grads = len(self.weights) // 2, len(labels), {}
        da = [[p - y for p, y in zip(a, b)] for a, b in zip(cache[f"Z{n}"], labels)]
        for i in range(n, 0, -1):
            grads[f"dA{i}"] = da
            grads[f"dW{i}"] = each(lambda t: t / m, product(turned(cache[f"Z{i - 1}"]), da))
            grads[f"db{i}"] = [[sum(column) / m for column in zip(*da)]]
            if i > 1:
                dz = product(da, self.weights[f"W{i}"].T.tolist())
                slope = self.activation(cache[f"A{i - 1}"], True)
                grads[f"dZ{i - 1}"] = dz
                da = [[a * b for a, b in zip(*rows)] for rows in zip(dz, slope)]
        return grads

    def loss(self, prediction, labels):
        total = 0.0
        for row, marks in zip(prediction, labels):
            for p, y in zip(row, marks):
                total -= y * math.log(min(max(float(p), self.epsilon), 1 - self.epsilon))
        return total / len(labels)

    def update(self, grads):
        for name, weight in self.weights.items():
            for r in range(weight.shape[0]):
                for c in range(weight.shape[1]):
                    weight[r][c] -= self.lr * grads["d" + name][r][c]

    def compute_loss_and_accuracy(self, X, Y):
        p = self.forward(X)[f"Z{len(self.weights) // 2}"]
        found = [row.index(max(row)) for row in p]
        right = [list(row)[k] == 1 for row, k in zip(Y, found)]
        return self.loss(p, Y), sum(right) / len(right), found

    def train_loop(self, n_epochs):
        (X, Y), size = self.train, self.batch_size
        self.initialize_weights((len(X[0]), len(Y[0])))
        self.train_logs = {k: [] for k in ("train_accuracy", "validation_accuracy", "train_loss",
                                           "validation_loss")}
        for _ in range(n_epochs):
            start = 0
            while start < len(X):
                cache = self.forward(X[start : start + size])
                self.update(self.backward(cache, Y[start : start + size]))
                start += size
            for name, (x, y) in (("train", self.train), ("validation", self.valid)):
                loss, accuracy, _ = self.compute_loss_and_accuracy(x, y)
                self.train_logs[name + "_loss"].append(loss)
                self.train_logs[name + "_accuracy"].append(accuracy)
        return self.train_logs

    def evaluate(self):
        return self.compute_loss_and_accuracy(*self.test)[:2]
"""
