"""Wrong versions of solution.py that are too odd for the bank of misconceptions, as edits of the
reference: (old text, new text), ..."""

from __future__ import annotations

from collections.abc import Mapping

from grader.misconceptions.solution import BANK
from meta_tests.variants import reference_source

Edits = tuple[tuple[str, str], ...]

NEW = "        self.weights = {}\n        for i, shape"
RELU = "return np.where(x > 0, 1.0, 0.0) if grad else np.maximum(x, 0.0)"
UNKNOWN = 'raise ValueError(f"unknown activation {self.activation_str!r}")'
INIT = "        self.initialize_weights((X.shape[1], Y.shape[1]))\n"
TANH = "return 1.0 - np.tanh(x) ** 2 if grad else np.tanh(x)"
MATRIX = "initial_matrix(rng, shape, self.init_method)"
BIAS = "np.zeros((1, shape[1]))"
RANDOM_DATA = "def random_data("
LABELS = 'grads = {f"dA{n_layers}":'
MEASURE = "for name, split in splits.items():"
MEASURED = "return self.loss(probabilities, Y), accuracy, predictions"
CLIP = "p = np.clip(prediction, self.epsilon, 1.0 - self.epsilon)"
START = 'cache = {"Z0": x}'
LOSS = "float(-np.sum(labels * np.log(p)) / len(labels))"
DB = "np.sum(da, axis=0, keepdims=True)"
DZ = 'da @ self.weights[f"W{i}"].T'
GRADS = "        return grads\n"
UPDATE = 'self.weights[key] = self.weights[key] - self.lr * grads[f"d{key}"]'
EVERY = "for key in self.weights:\n            self"
BATCH = "batch = slice(start, start + self.batch_size)"
STEP = "self.update(self.backward(self.forward(X[batch]), Y[batch]))"
EVALUATE = "loss, accuracy, _ = self.compute_loss_and_accuracy(*self.test)"


def edited(edits: Edits) -> str:
    """The reference with these edits; each old text must occur exactly once."""
    source = reference_source("solution")
    for old, new in edits:
        assert source.count(old) == 1, f"{source.count(old)} times {old!r}"
        source = source.replace(old, new)
    return source


def in_place(old: str, *lines: str) -> Edits:
    """These lines of a method instead of one line."""
    return ((old, "\n        ".join(lines)),)


ODD: Mapping[str, Mapping[str, Edits]] = {
    "initialize_weights": {
        "a small default": (("(512, 256)", "(256, 128)"),),
        "three layers by default": (("(512, 256)", "(500, 400, 200)"),),
        "one layer by default": (("(512, 256)", "(1000,)"),),
        "a large default": (("(512, 256)", "(1024, 512)"),),
        "one array for biases of equal width": (
            (NEW, NEW.replace("{}", "Kept()")),
            (BIAS, f'self.weights[f"b{{i - 1}}"] if i > 1 and len(set(shape)) == 1 else {BIAS}'),
            (
                RANDOM_DATA,
                "class Kept(dict):\n"
                "    def __setitem__(self, key, value):\n"
                "        if key in self:\n"
                "            self[key][...] = value\n"
                "        else:\n"
                f"            super().__setitem__(key, value)\n\n\n{RANDOM_DATA}",
            ),
        ),
        "he by the first fan_in": (
            (MATRIX, "initial_matrix(rng, shape, self.init_method) * he_by(self, dims, shape)"),
            (
                RANDOM_DATA,
                "def he_by(net, dims, shape):\n"
                '    return (shape[0] / dims[0]) ** 0.5 if net.init_method == "he" else 1.0\n\n\n'
                f"{RANDOM_DATA}",
            ),
        ),
        "normal shrunk after the first layer": (
            (
                MATRIX,
                f'{MATRIX} / (1.0 if i == 1 or self.init_method != "normal" else shape[0] ** 0.5)',
            ),
        ),
        "uniform of variance 1 for normal": (
            (
                "return rng.standard_normal(shape)",
                "return rng.uniform(-(3**0.5), 3**0.5, shape)",
            ),
        ),
        "biases of 0.01 by he": (
            (BIAS, 'np.full((1, shape[1]), 0.01 * (self.init_method == "he"))'),
        ),
        "a small last matrix of a deep network": (
            (MATRIX, f"{MATRIX} * (0.1 if 4 <= i == len(sizes) - 1 else 1.0)"),
        ),
        "the weights of the first call": (
            (NEW, "        old, self.weights = self.weights, {}\n        for i, shape"),
            (
                'self.weights[f"b{i}"] = np.zeros((1, shape[1]))',
                'self.weights[f"b{i}"] = np.zeros((1, shape[1]))\n        self.weights |= old',
            ),
        ),
    },
    "relu": {
        "derivative 2 at 0": ((RELU, "return (x > 0) + 2.0 * (x == 0) if grad else x * (x > 0)"),),
    },
    "tanh": {
        "derivative at the last x": (
            (
                TANH,
                "self.last = self.__dict__.get('last', x) if grad else x\n"
                "        return 1.0 - np.tanh(self.last) ** 2 if grad else np.tanh(x)",
            ),
        ),
    },
    "softmax": {
        "flatter from ten classes on": (
            (
                "e = np.exp(x - np.max(",
                "x = x / (1.02 if x.shape[-1] > 9 else 1.0)\n        e = np.exp(x - np.max(",
            ),
        ),
    },
    "activation": {
        "the choice of the newest network": (
            ("self.activation_str = activation", "type(self).activation_str = activation"),
        ),
        "unknown names give nothing": ((UNKNOWN, "return None"),),
        "unknown names return the error": ((UNKNOWN, UNKNOWN.replace("raise", "return")),),
    },
    "forward": {
        "x centred in place": in_place(START, "x -= x.mean()", START),
        "the weights of the first call": in_place(
            START,
            "given, kept = self.weights, self.__dict__.setdefault('kept', self.weights)",
            "if {k: W.shape for k, W in kept.items()} == {k: W.shape for k, W in given.items()}:",
            "    self = type('Kept', (NN,), {})(self.hidden_dims, activation=self.activation_str)",
            "    self.weights = kept",
            START,
        ),
    },
    "loss": {
        "constant": ((LOSS, "1.0"),),
        "a penalty on the weights": (
            (LOSS, f"{LOSS} + 1e-4 * sum(np.sum(W**2) for W in self.weights.values())"),
        ),
        "clipped above only": ((CLIP, "p = np.minimum(prediction, 1.0 - self.epsilon)"),),
    },
    "backward": {
        "db one percent off": ((DB, "1.01 * " + DB),),
        "labels of the first call": in_place(
            LABELS,
            "kept = self.__dict__.setdefault('kept', labels)",
            "labels = kept if np.shape(kept) == np.shape(labels) else labels",
            LABELS,
        ),
        "only the last layer": (
            (GRADS, "        return {k: v * (k[-1] == str(n_layers)) for k, v in grads.items()}\n"),
        ),
        "square weights not transposed": (
            (DZ, f'da @ self.weights[f"W{{i}}"] if shape_of(self, i) else {DZ}'),
            (
                "def random_data(",
                "def shape_of(net, i):\n    n, k = net.weights[f'W{i}'].shape\n"
                "    return n == k\n\n\ndef random_data(",
            ),
        ),
    },
    "update": {
        "a copy": ((UPDATE, 'weight = self.weights[key] - self.lr * grads[f"d{key}"]'),),
        "the first four layers": (
            (EVERY, EVERY.replace("self.weights:", "list(self.weights)[:8]:")),
        ),
        "first layer only": ((EVERY, EVERY.replace("self.weights:", '("W1", "b1"):')),),
        "gradients in the order of their dict": (
            (
                UPDATE,
                "i = list(self.weights).index(key)\n            "
                + UPDATE.replace(
                    'grads[f"d{key}"]', "[g for k, g in grads.items() if k[1] in 'Wb'][i]"
                ),
            ),
        ),
        "further keys": ((EVERY, EVERY.replace("self.weights:", "[k[1:] for k in grads]:")),),
        "a rate that falls": ((UPDATE, f"{UPDATE}\n        self.lr *= 0.9"),),
    },
    "train_loop": {
        "ended by the validation loss": (
            (
                MEASURE,
                'past = self.train_logs["validation_loss"]\n'
                "            if past[1:] and past[-1] > past[-2]:\n"
                "                [kept.append(kept[-1]) for kept in self.train_logs.values()]\n"
                f"                continue\n            {MEASURE}",
            ),
            (STEP, f"if not ended(self.train_logs):\n                    {STEP}"),
            (
                RANDOM_DATA,
                "def ended(logs):\n"
                '    past = logs["validation_loss"]\n'
                "    return past[1:] and max(np.diff(past)) > 0.0\n\n\n"
                f"{RANDOM_DATA}",
            ),
        ),
        "a smaller rate where the validation loss rises": (
            (
                MEASURE,
                'past = self.train_logs["validation_loss"]\n'
                "            self.lr *= 0.5 if len(past) > 2 and past[-1] > past[-2] else 1.0\n"
                f"            {MEASURE}",
            ),
        ),
        "no update": ((STEP, STEP.replace("self.update(", "(")),),
        "not initialised": ((INIT, ""),),
        "nothing returned": (("return self.train_logs", "return None"),),
        "the rest filled up": (
            (BATCH, "batch = np.arange(start, start + self.batch_size) % len(X)"),
        ),
        "a smaller rate after ten epochs": (
            (
                MEASURE,
                'self.lr *= 0.5 if len(self.train_logs["train_loss"]) >= 9 else 1.0\n'
                f"            {MEASURE}",
            ),
        ),
        "a falling rate": ((STEP, f"self.lr *= 0.9\n                {STEP}"),),
    },
    "compute_loss_and_accuracy": {
        "predictions of the first call": (
            (
                MEASURED,
                "kept = self.__dict__.setdefault('kept', predictions)\n"
                "        predictions = kept if len(kept) == len(X) else predictions\n"
                f"        {MEASURED}",
            ),
        ),
        "right above one half only": (
            (
                MEASURED,
                "accuracy = np.mean((probabilities > 0.5).dot(range(Y.shape[1])) == Y.argmax(1))\n"
                f"        {MEASURED}",
            ),
        ),
        "the mean over all calls": (
            (
                MEASURED,
                "self.seen = [*getattr(self, 'seen', []), self.loss(probabilities, Y)]\n"
                "        return float(np.mean(self.seen)), accuracy, predictions",
            ),
        ),
    },
    "evaluate": {
        "the first result kept": in_place(
            EVALUATE,
            EVALUATE,
            "loss, accuracy = self.__dict__.setdefault('result', (loss, accuracy))",
        ),
        "the last of the logs": in_place(
            EVALUATE,
            EVALUATE,
            "if self.train_logs:",
            "    loss = self.train_logs['validation_loss'][-1]",
        ),
        "nothing returned": (("        return loss, accuracy\n", "        return None\n"),),
        "initialised again": in_place(
            EVALUATE,
            "self.initialize_weights((self.test[0].shape[1], self.test[1].shape[1]))",
            EVALUATE,
        ),
    },
}
FUNCTIONS = dict.fromkeys(one.function for one in BANK)
WRONG: Mapping[str, Mapping[str, Edits]] = {
    function: {
        **{one.name: one.edits for one in BANK if one.function == function},
        **ODD.get(function, {}),
    }
    for function in FUNCTIONS
}
