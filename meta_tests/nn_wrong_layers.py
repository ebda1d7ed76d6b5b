"""Odd wrong versions of DenseLayer, NN and dropout of nn.py, as edits of the reference."""

from __future__ import annotations

from collections.abc import Mapping

from grader.misconceptions.nn_dense import CHAIN, DRAWN, HANDED_OUT, NO_ACTIVATION, ZEROS
from grader.misconceptions.nn_network import (
    DROP_BACK,
    HIDDEN,
    KEYS,
    LOGITS,
    OUTPUT,
    SCALE,
    SIZES,
    STEP,
)
from meta_tests.nn_wrong import Edits

LINEAR_CALL = "z, linear_back = linear_forward(x, self.W, self.b)"
EDGE = "1 / np.sqrt(num_inputs)"
NOT_TRAINING = "return x, lambda dout: dout\n"
DRAW, STARTS, RETURNED = "rng.random(x.shape)", "        h = x\n", "            return grads\n"

LAYERS: Mapping[str, Mapping[str, Edits]] = {
    "DenseLayer": {
        "deviation from one input more": (
            (
                DRAWN,
                DRAWN.replace("num_inputs)", "num_inputs + 1)").replace(
                    "num_outputs, num_inputs + 1)", "num_outputs, num_inputs)"
                ),
            ),
        ),
        "the same deviation for all sizes": (
            (DRAWN, "self.W = 0.05 * np.random.standard_normal((num_outputs, num_inputs))"),
        ),
        "relu unless told otherwise": (
            ("activation: Activation | None = None", "activation: Activation | None = relu"),
            (OUTPUT, OUTPUT.replace("num_outputs", "num_outputs, None")),
        ),
        "weights with a mean": ((DRAWN, DRAWN + " + 0.1"),),
        "absolute weights": ((DRAWN, f"{DRAWN}\n        self.W = np.abs(self.W)"),),
        "columns alike": ((DRAWN, f"{DRAWN}\n        self.W[:] = self.W[:, :1]"),),
        "rows alike": ((DRAWN, f"{DRAWN}\n        self.W[:] = self.W[:1]"),),
        "clipped weights": ((DRAWN, f"{DRAWN}\n        self.W.clip(-{EDGE}, {EDGE}, out=self.W)"),),
        "biases of ones": ((ZEROS, "self.b = np.ones(num_outputs)"),),
        "one bias for all": ((ZEROS, "self.b = np.zeros(1)"),),
        "one bias for all layers of a width": (
            (
                ZEROS,
                "kept = type(self).__init__.__dict__\n"
                '        self.b = kept.setdefault(f"b{num_outputs}", np.zeros(num_outputs))',
            ),
        ),
        "no bias": ((HANDED_OUT, "return self.W, None"),),
        "a copy of b": ((HANDED_OUT, "return self.W, self.b.copy()"),),
        "a copy of W": ((HANDED_OUT, "return self.W.copy(), self.b"),),
        "weights only": ((HANDED_OUT, "return self.W"),),
        "transposed for the caller": ((HANDED_OUT, "return self.W.T, self.b"),),
        "always an activation": (
            (NO_ACTIVATION, "self.activation = self.activation or relu\n        if False:"),
        ),
        "activation twice": (
            (
                "h, activation_back = self.activation(z)",
                "h, activation_back = self.activation(self.activation(z)[0])",
            ),
        ),
        "activation of the gradient as well": (
            (CHAIN, "lambda dh: linear_back(activation_back(activation_back(dh)))"),
        ),
        "back gives dx only": ((CHAIN, "lambda dh: linear_back(activation_back(dh))[0]"),),
        "linear part alone when square": (
            (NO_ACTIVATION, "if self.activation is None or len(self.W) == 2:"),
        ),
        "decays its weights": (
            (
                LINEAR_CALL,
                f"self.W *= 0.999\n        {LINEAR_CALL}",
            ),
        ),
    },
    "NN": {
        "squared output": ((LOGITS, "        return h * np.abs(h), back\n"),),
        "no bias in the keys": ((KEYS, 'params[f"W{i}"] = layer.parameters()[0]'),),
        "new layers in every forward": (
            (
                STARTS,
                f"{STARTS}        for one in self.layers:\n            one.W = 0.9 * one.W[::-1]\n",
            ),
        ),
        "parameters of the first forward": (
            (
                STARTS,
                f"{STARTS}        now = list(self.parameters().values())\n"
                '        kept = self.__dict__.setdefault("kept", [p.copy() for p in now])\n'
                "        for p, q in zip(now, kept):\n            p[...] = q\n",
            ),
        ),
        "hidden weights of zeros": ((OUTPUT, f"{OUTPUT}\n        self.layers[0].W[:] = 0.0"),),
        "small weights": (
            (OUTPUT, f"{OUTPUT}\n        for layer in self.layers:\n            layer.W *= 0.5"),
        ),
        "tied layers": (
            (
                OUTPUT,
                f"{OUTPUT}\n        first = self.layers[0].W\n"
                "        for layer in self.layers[1:]:\n"
                "            if layer.W.shape == first.shape:\n"
                "                layer.W[:] = first",
            ),
        ),
        "gradients transposed": (
            (STEP, f'{STEP}\n                grads[f"W{{i}}"] = grads[f"W{{i}}"].T'),
        ),
        "gradients of ten layers at most": (
            (RETURNED, "            return {k: grads[k] for k in grads if len(k) == 2}\n"),
        ),
        "a back that cannot be asked twice": ((STEP, STEP.replace("backs[i]", "backs.pop()")),),
        "first gradient only": (
            (STEP, f'{STEP}\n                grads[f"W{{i}}"] = grads[f"W{{i}}"] * (i == 0)'),
        ),
        "gradients 0.1 % off in the first layer": (
            (
                STEP,
                f'{STEP}\n                grads[f"W{{i}}"] *= 1 + (i < 1) / 1e3',
            ),
        ),
        "bias gradients of the deep layers lost": (
            (STEP, f'{STEP}\n                grads[f"b{{i}}"] = grads[f"b{{i}}"] * (i < 3)'),
        ),
        "gradients normed": (
            (
                RETURNED,
                "            return {k: g / (1 + np.linalg.norm(g)) for k, g in grads.items()}\n",
            ),
        ),
        "trains by itself": (
            (
                RETURNED,
                "            for key, p in self.parameters().items():\n"
                f"                p -= 0.01 * grads[key]\n{RETURNED}",
            ),
        ),
        "mean over the examples taken off": (
            (LOGITS, "        return h - np.mean(h, axis=0), back\n"),
        ),
        "one list of layers for all networks": (
            (
                OUTPUT,
                f"{OUTPUT}\n        type(self).layers = self.__dict__.pop('layers')",
            ),
        ),
        "hidden_sizes grows": (
            (SIZES, f"{SIZES}\n        hidden_sizes += type(hidden_sizes)((num_outputs,))"),
        ),
        "two hidden layers at most": ((SIZES, "sizes = [num_inputs, *hidden_sizes[:2]]"),),
        "no activation in the first layer": (
            (
                HIDDEN,
                HIDDEN.replace(
                    "hidden_activation", "None if n_in == num_inputs else hidden_activation"
                ),
            ),
        ),
    },
    "dropout": {
        "off unless told otherwise": (("training: bool = True", "training: bool = False"),),
        "noise instead of a mask": ((SCALE, "scale = 1.0 + rate * (rng.random(x.shape) - 0.5)"),),
        "drops the small ones": (
            (SCALE, "scale = (np.abs(x) >= np.quantile(np.abs(x), rate)) / (1.0 - rate)"),
        ),
        "one mask for pairs of rows": (
            (
                SCALE,
                SCALE.replace(DRAW, "np.repeat(rng.random((len(x), x.shape[1])), 2, 0)[: len(x)]"),
            ),
        ),
        "one mask for pairs of columns": (
            (SCALE, SCALE.replace(DRAW, "np.repeat(rng.random(x.shape), 2, 1)[:, : x.shape[1]]")),
        ),
        "scaled by the root": ((SCALE, SCALE.replace("(1.0 - rate)", "np.sqrt(1.0 - rate)")),),
        "scale squared on the way back": ((DROP_BACK, "lambda dout: dout * scale * scale"),),
        "the others on the way back": (
            (DROP_BACK, "lambda dout: dout * (1.0 / (1.0 - rate) - scale)"),
        ),
        "scaled by what was kept": (
            (
                SCALE,
                "scale = 1.0 * (rng.random(x.shape) >= rate)\n    scale /= max(scale.mean(), 1e-9)",
            ),
        ),
        "back drops when not training": (
            (NOT_TRAINING, "return x, lambda dout: dout * (rng.random(x.shape) >= rate)\n"),
        ),
        "zeros when not training": ((NOT_TRAINING, "return 0.0 * x, lambda dout: dout\n"),),
        "a rate of 0 drops half": ((SCALE, "rate = rate or 0.5\n    " + SCALE),),
        "one mask for all calls of a shape": (
            (
                SCALE,
                "kept = dropout.__dict__\n"
                f"    {SCALE}\n    scale = kept.setdefault(str((x.shape, rate)), scale)",
            ),
        ),
        "the share varies": ((SCALE, "rate = rate * rng.random()\n    " + SCALE),),
        "rate halved": ((SCALE, "rate = rate / 2\n    " + SCALE),),
    },
}
