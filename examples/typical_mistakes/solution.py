"""Homework 1: MLP from scratch."""

import numpy as np


class NN:
    def __init__(
        self,
        hidden_dims=(600, 300),
        epsilon=1e-6,
        lr=7e-4,
        batch_size=64,
        seed=None,
        activation="relu",
        data=None,
        init_method="glorot",
    ):
        self.hidden_dims = hidden_dims
        self.n_hidden = len(hidden_dims)
        self.activation_str = activation
        self.epsilon = epsilon
        self.lr = lr
        self.batch_size = batch_size
        self.seed = seed
        self.init_method = init_method
        self.train_logs = {
            "train_accuracy": [],
            "validation_accuracy": [],
            "train_loss": [],
            "validation_loss": [],
        }
        if data is None:
            random = np.random.default_rng(seed)
            parts = []
            for _ in range(3):
                X = random.random((50, 784))
                Y = np.eye(10)[random.integers(0, 10, 50)]
                parts.append((X, Y))
            data = parts
        self.train, self.valid, self.test = data

    def initialize_weights(self, dims):
        np.random.seed(self.seed)
        self.weights = {}
        sizes = [dims[0]]
        for h in self.hidden_dims:
            sizes.append(h)
        sizes.append(dims[1])
        for k in range(1, self.n_hidden + 2):
            n_in = sizes[k - 1]
            n_out = sizes[k]
            if self.init_method == "zero":
                W = np.zeros((n_in, n_out))
            elif self.init_method == "normal":
                W = np.random.normal(0, 1, size=(n_in, n_out))
            elif self.init_method == "he":
                W = np.random.normal(0, np.sqrt(2 / n_in), size=(n_in, n_out))
            else:
                bound = np.sqrt(6 / n_out)
                W = np.random.uniform(-bound, bound, size=(n_in, n_out))
            self.weights["W" + str(k)] = W
            self.weights["b" + str(k)] = np.zeros((1, n_out))

    def relu(self, x, grad=False):
        if grad:
            return (x > 0).astype(int)
        return x * (x > 0)

    def sigmoid(self, x, grad=False):
        # two formulas so that exp never overflows
        pos = 1 / (1 + np.exp(-np.maximum(x, 0)))
        neg = np.exp(np.minimum(x, 0)) / (1 + np.exp(np.minimum(x, 0)))
        s = np.where(x >= 0, pos, neg)
        if grad:
            return s * (1 - s)
        return s

    def tanh(self, x, grad=False):
        if grad:
            return 1 - np.tanh(x) ** 2
        return np.tanh(x)

    def leakyrelu(self, x, grad=False, alpha=0.01):
        out = np.ones_like(x, dtype=float)
        out[x <= 0] = alpha
        if grad:
            return out
        return out * x

    def activation(self, x, grad=False):
        functions = {
            "relu": self.relu,
            "sigmoid": self.sigmoid,
            "tanh": self.tanh,
            "leakyrelu": self.leakyrelu,
        }
        if self.activation_str not in functions:
            raise Exception("invalid activation " + str(self.activation_str))
        return functions[self.activation_str](x, grad)

    def softmax(self, x):
        # subtract the max for stability
        e = np.exp(x - np.max(x))
        return e / e.sum(axis=-1, keepdims=True)

    def forward(self, x):
        cache = {"Z0": x}
        for k in range(1, self.n_hidden + 1):
            W, b = self.weights[f"W{k}"], self.weights[f"b{k}"]
            cache[f"A{k}"] = np.dot(cache[f"Z{k - 1}"], W) + b
            cache[f"Z{k}"] = self.activation(cache[f"A{k}"])
        last = self.n_hidden + 1
        out = np.dot(cache[f"Z{last - 1}"], self.weights[f"W{last}"]) + self.weights[f"b{last}"]
        cache[f"A{last}"] = out
        cache[f"Z{last}"] = self.softmax(out)
        return cache

    def backward(self, cache, labels):
        grads = {}
        m = labels.shape[0]
        last = self.n_hidden + 1
        delta = cache[f"Z{last}"] - labels
        for k in range(last, 0, -1):
            grads[f"dA{k}"] = delta
            grads[f"dW{k}"] = np.dot(cache[f"Z{k - 1}"].T, delta) / m
            grads[f"db{k}"] = np.sum(delta, axis=0) / m
            if k > 1:
                grads[f"dZ{k - 1}"] = np.dot(delta, self.weights[f"W{k}"].T)
                delta = grads[f"dZ{k - 1}"] * self.activation(cache[f"Z{k - 1}"], grad=True)
        return grads

    def loss(self, prediction, labels):
        prediction = np.clip(prediction, self.epsilon, 1 - self.epsilon)
        return -np.mean(np.sum(labels * np.log(prediction), axis=1))

    def update(self, grads):
        for k in range(1, self.n_hidden + 2):
            self.weights[f"W{k}"] -= self.lr * grads[f"dW{k}"]
            self.weights[f"b{k}"] -= self.lr * grads[f"db{k}"]

    def compute_loss_and_accuracy(self, X, Y):
        out = self.forward(X)[f"Z{self.n_hidden + 1}"]
        predictions = np.argmax(out, axis=1)
        accuracy = (predictions == np.argmax(Y, axis=1)).mean()
        return self.loss(out, Y), accuracy, predictions

    def train_loop(self, n_epochs):
        X, Y = self.train
        self.initialize_weights([X.shape[1], Y.shape[1]])
        n_batches = int(np.ceil(X.shape[0] / self.batch_size))
        for _ in range(n_epochs):
            for k in range(n_batches):
                X_batch = X[k * self.batch_size : (k + 1) * self.batch_size]
                Y_batch = Y[k * self.batch_size : (k + 1) * self.batch_size]
                cache = self.forward(X_batch)
                self.update(self.backward(cache, Y_batch))
            loss, accuracy, _ = self.compute_loss_and_accuracy(X, Y)
            self.train_logs["train_loss"].append(loss)
            self.train_logs["train_accuracy"].append(accuracy)
            loss, accuracy, _ = self.compute_loss_and_accuracy(*self.valid)
            self.train_logs["validation_loss"].append(loss)
            self.train_logs["validation_accuracy"].append(accuracy)
        return self.train_logs

    def evaluate(self):
        loss, accuracy, _ = self.compute_loss_and_accuracy(*self.test)
        return loss, accuracy
