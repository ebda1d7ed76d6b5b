"""Wrong versions of solution.py, as edits of the reference: (old text, new text), ..."""

from __future__ import annotations

from collections.abc import Mapping

from meta_tests.variants import reference_source

Edits = tuple[tuple[str, str], ...]

MATRIX = "initial_matrix(rng, shape, self.init_method)"
BIAS = "np.zeros((1, shape[1]))"
BOUND = "r = np.sqrt(6.0 / (fan_in + fan_out))"
UNIFORM = "return rng.uniform(-r, r, shape)"
RELU = "return np.where(x > 0, 1.0, 0.0) if grad else np.maximum(x, 0.0)"
SIGMOID = "return e / (1.0 + e) ** 2 if grad else np.where(x >= 0, 1.0, e) / (1.0 + e)"
TANH = "return 1.0 - np.tanh(x) ** 2 if grad else np.tanh(x)"
LEAKY = "return np.where(x > 0, 1.0, 0.01) if grad else np.where(x > 0, x, 0.01 * x)"
BY_SIGMOID, UNKNOWN = "return self.sigmoid(x, grad)", 'raise ValueError(f"unknown activation'
SHIFT, SUM = "np.max(x, axis=-1, keepdims=True)", "np.sum(e, axis=-1, keepdims=True)"
EXP = f"e = np.exp(x - {SHIFT})"
PREACTIVATION = 'cache[f"Z{i - 1}"] @ self.weights[f"W{i}"] + self.weights[f"b{i}"]'
LAYER = "self.activation(a) if i < n_layers else self.softmax(a)"
CLIP = "p = np.clip(prediction, self.epsilon, 1.0 - self.epsilon)"
LOSS = "float(-np.sum(labels * np.log(p)) / len(labels))"
FIRST = '(cache[f"Z{n_layers}"] - labels) / len(labels)'
DW, DB = 'cache[f"Z{i - 1}"].T @ da', "np.sum(da, axis=0, keepdims=True)"
DZ, SLOPE = 'da @ self.weights[f"W{i}"].T', 'self.activation(cache[f"A{i - 1}"], grad=True)'
GRADS = "        return grads\n"
UPDATE = 'self.weights[key] = self.weights[key] - self.lr * grads[f"d{key}"]'
EVERY = "for key in self.weights:\n            self"
ACCURACY = "accuracy = float(np.mean(predictions == np.argmax(Y, axis=1)))"
MEASURED = "return self.loss(probabilities, Y), accuracy, predictions"
INIT = "        self.initialize_weights((X.shape[1], Y.shape[1]))\n"
EPOCH = "        for _ in range(n_epochs):\n"
BATCHES, BATCH = (
    "range(0, len(X), self.batch_size)",
    "batch = slice(start, start + self.batch_size)",
)
STEP = "self.update(self.backward(self.forward(X[batch]), Y[batch]))"
SPLITS = '"train": self.train, "validation": self.valid'
LOGS = "return self.train_logs"
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


WRONG: Mapping[str, Mapping[str, Edits]] = {
    "initialize_weights": {
        "bound from fan_in": ((BOUND, "r = 1.0 / np.sqrt(fan_in)"),),
        "bound from fan_out": ((BOUND, "r = 1.0 / np.sqrt(fan_out)"),),
        "no root": ((BOUND, "r = 6.0 / (fan_in + fan_out)"),),
        "normal instead of uniform": ((UNIFORM, "return r / 3**0.5 * rng.standard_normal(shape)"),),
        "from 0 to r": ((UNIFORM, "return rng.uniform(0.0, r, shape)"),),
        "one number for a matrix": ((MATRIX, "0.1"),),
        "a constant matrix": ((MATRIX, "np.full(shape, 0.1)"),),
        "transposed": ((MATRIX, MATRIX + ".T"),),
        "bias 1-D": ((BIAS, "np.zeros(shape[1])"),),
        "bias drawn": ((BIAS, "rng.standard_normal((1, shape[1]))"),),
        "no seed": (("rng = np.random.default_rng(self.seed)\n", "rng = np.random\n"),),
        "init_method ignored": ((MATRIX, 'initial_matrix(rng, shape, "glorot")'),),
        "he with a deviation of 2/n": (("np.sqrt(2.0 / fan_in)", "2.0 / fan_in"),),
        "a small default": (("(512, 256)", "(256, 128)"),),
        "a large default": (("(512, 256)", "(1024, 512)"),),
    },
    "relu": {
        "its own derivative": ((RELU, "return np.maximum(x, 0.0)"),),
        "derivative where negative": ((RELU, RELU.replace("1.0, 0.0", "0.0, 1.0")),),
        "in place": in_place(RELU, "x[x < 0] *= bool(grad)", RELU),
        "leaky": ((RELU, LEAKY),),
        "derivative 2 at 0": ((RELU, "return (x > 0) + 2.0 * (x == 0) if grad else x * (x > 0)"),),
    },
    "sigmoid": {
        "no brackets": in_place(SIGMOID, "s = 1.0 / 1.0 + np.exp(-x)", "return s - s * s * grad"),
        "grad ignored": ((SIGMOID, SIGMOID.replace(" if grad", " if False")),),
        "derivative of x": ((SIGMOID, SIGMOID.replace("e / (1.0 + e) ** 2", "x * (1.0 - x)")),),
        "overflow": in_place(SIGMOID, "s = np.exp(x) / (1 + np.exp(x))", "return s - s * s * grad"),
    },
    "tanh": {
        "1 - x²": ((TANH, TANH.replace("np.tanh(x) ** 2", "x**2")),),
        "a quotient of exponentials": in_place(
            TANH,
            "t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))",
            "return 1.0 - t**2 if grad else t",
        ),
        "in place": ((TANH, "return 1.0 - np.tanh(x) ** 2 if grad else np.tanh(x, out=x)"),),
    },
    "leakyrelu": {
        "slope 0.1": ((LEAKY, LEAKY.replace("0.01", "0.1")),),
        "derivative of relu": ((LEAKY, LEAKY.replace("1.0, 0.01", "1.0, 0.0")),),
    },
    "activation": {
        "sigmoid calls relu": ((BY_SIGMOID, "return self.relu(x, grad)"),),
        "grad ignored": ((BY_SIGMOID, "return self.sigmoid(x)"),),
        "else relu": ((UNKNOWN, "return self.relu(x, grad)\n" + " " * 8 + UNKNOWN),),
    },
    "softmax": {
        "over the whole matrix": ((SUM, "np.sum(e)"),),
        "over the examples": ((SHIFT, "0.0"), (SUM, "np.sum(e, axis=0, keepdims=True)")),
        "no shift": ((EXP, "e = np.exp(x)"),),
        "one maximum for all": ((SHIFT, "np.max(x)"),),
        "in place": in_place(EXP, f"x -= {SHIFT}", "e = np.exp(x)"),
        "one row flat": ((f"return e / {SUM}", f"return np.squeeze(e / {SUM})"),),
    },
    "forward": {
        "no bias": ((PREACTIVATION, PREACTIVATION.split(" + ")[0]),),
        "activation on the output": (
            (LAYER, LAYER.replace("softmax(a)", "softmax(self.relu(a))")),
        ),
        "no softmax": ((LAYER, LAYER.replace("self.softmax(a)", "a")),),
        "relu always": ((LAYER, LAYER.replace("activation(a)", "relu(a)")),),
        "x centred in place": in_place('cache = {"Z0": x}', "x -= x.mean()", 'cache = {"Z0": x}'),
    },
    "loss": {
        "summed": ((LOSS, LOSS.replace(" / len(labels)", "")),),
        "mean over all entries": ((LOSS, LOSS.replace("len(labels)", "labels.size")),),
        "not clipped": ((CLIP, "p = prediction"),),
        "clipped below only": ((CLIP, "p = np.maximum(prediction, self.epsilon)"),),
        "an epsilon of its own": ((CLIP, "p = np.clip(prediction, 1e-6, 1.0 - 1e-6)"),),
        "over batch_size": ((LOSS, LOSS.replace("len(labels)", "self.batch_size")),),
        "binary": ((LOSS, LOSS.replace("np.log(p)", "np.log(p) + (1 - labels) * np.log(1 - p)")),),
        "constant": ((LOSS, "1.0"),),
    },
    "backward": {
        "derivative at Z": ((SLOPE, SLOPE.replace('"A{', '"Z{')),),
        "activation as its derivative": ((SLOPE, SLOPE.replace(", grad=True", "")),),
        "no derivative": ((SLOPE, "1.0"),),
        "summed": ((FIRST, FIRST.replace(" / len(labels)", "")),),
        "db summed": ((DB, f"len(labels) * {DB}"),),
        "divided twice": ((DB, DB.replace("sum", "mean")), (DW, f"{DW} / len(labels)")),
        "over batch_size": ((FIRST, FIRST.replace("len(labels)", "self.batch_size")),),
        "sign": ((FIRST, "-" + FIRST),),
        "dW transposed": ((DW, f"({DW}).T"),),
        "db one number": ((DB, "np.sum(da)"),),
        "db 1-D": ((DB, "np.sum(da, axis=0)"),),
        "db one percent off": ((DB, "1.01 * " + DB),),
        "averaged before the chain rule": (
            (FIRST, f"np.mean({FIRST}, axis=0, keepdims=True)"),
            (DW, 'np.mean(cache[f"Z{i - 1}"], axis=0, keepdims=True).T @ da'),
            (SLOPE, f"np.mean({SLOPE}, axis=0, keepdims=True)"),
        ),
        "pre-activation in dW": (
            (DW, DW.replace('f"Z{i - 1}"', 'f"A{i - 1}" if i > 1 else "Z0"')),
        ),
        "keys of dZ shifted": (
            ('grads[f"dZ{i - 1}"] = ', 'grads[f"dZ{i}"] = '),
            ('grads[f"dZ{i - 1}"] * slope', 'grads[f"dZ{i}"] * slope'),
        ),
        "the slope of softmax again": ((FIRST, FIRST + ' * cache[f"Z{n_layers}"]'),),
        "only the last layer": (
            (GRADS, "        return {k: v * (k[-1] == str(n_layers)) for k, v in grads.items()}\n"),
        ),
        "only dW and db": (
            (GRADS, '        return {k: v for k, v in grads.items() if k[1] in "Wb"}\n'),
        ),
    },
    "update": {
        "uphill": ((UPDATE, UPDATE.replace(" - ", " + ")),),
        "no rate": ((UPDATE, UPDATE.replace("self.lr * ", "")),),
        "no bias": ((EVERY, EVERY.replace(":\n", ':\n            if key[0] == "W":\n    ')),),
        "first layer only": ((EVERY, EVERY.replace("self.weights:", '("W1", "b1"):')),),
        "a copy": ((UPDATE, 'copy = self.weights[key] - self.lr * grads[f"d{key}"]'),),
        "further keys": ((EVERY, EVERY.replace("self.weights:", "[k[1:] for k in grads]:")),),
    },
    "compute_loss_and_accuracy": {
        "accuracy on one-hot labels": (
            (ACCURACY, "accuracy = np.mean(probabilities.round() == Y)"),
        ),
        "percent": ((ACCURACY, ACCURACY.replace("float(", "100.0 * float(")),),
        "a count": ((ACCURACY, ACCURACY.replace("np.mean", "np.sum")),),
        "two values": ((MEASURED, MEASURED.replace(", predictions", "")),),
        "probabilities": ((MEASURED, MEASURED.replace("predictions", "probabilities")),),
        "loss summed": ((MEASURED, MEASURED.replace("Y),", "Y) * len(Y),")),),
    },
    "train_loop": {
        "no update": ((STEP, STEP.replace("self.update(", "(")),),
        "init in every epoch": ((INIT, ""), (EPOCH, EPOCH + "    " + INIT)),
        "the first minibatch only": ((BATCHES, "[0]"),),
        "the rest dropped": ((BATCHES, BATCHES.replace("len(X)", "len(X) - self.batch_size + 1")),),
        "the rest filled up": (
            (BATCH, "batch = np.arange(start, start + self.batch_size) % len(X)"),
        ),
        "the whole set as a minibatch": ((BATCHES, "[0]"), (BATCH, "batch = slice(None)")),
        "one example at a time": ((BATCHES, "range(len(X))"), (BATCH, "batch = [start]")),
        "x and y parted": ((STEP, STEP.replace("Y[batch]", "np.random.permutation(Y)[batch]")),),
        "validation set as well": (
            (
                "for name, split in splits",
                f"{STEP.replace('[batch]', '[:4]')}\n" + " " * 12 + "for name, split in splits",
            ),
        ),
        "logs swapped": (
            (
                SPLITS,
                SPLITS.replace("self.train", "self.valid", 1).replace(
                    'on": self.valid', 'on": self.train'
                ),
            ),
        ),
        "the last epoch's logs": ((LOGS, "return {k: v[-1] for k, v in self.train_logs.items()}"),),
        "a falling rate": ((STEP, f"self.lr *= 0.9\n                {STEP}"),),
        "nothing returned": ((LOGS, "return None"),),
    },
    "evaluate": {
        "on the training set": ((EVALUATE, EVALUATE.replace("test", "train")),),
        "on the validation set": ((EVALUATE, EVALUATE.replace("test", "valid")),),
        "everything returned": in_place(
            EVALUATE, "return self.compute_loss_and_accuracy(*self.test)", "loss = accuracy = 0.0"
        ),
        "error rate": ((EVALUATE, EVALUATE + "\n        accuracy = 1.0 - accuracy"),),
    },
}
