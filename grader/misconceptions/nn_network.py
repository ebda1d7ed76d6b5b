# grader-secret: nothing of this file may reach students.
"""Wrong versions of NN and dropout of nn.py."""

from __future__ import annotations

from grader.misconceptions.bank import misconception

SIZES = "sizes = [num_inputs, *hidden_sizes]"
HIDDEN = "DenseLayer(n_in, n_out, hidden_activation) for n_in, n_out in pairwise(sizes)"
OUTPUT = "self.layers.append(DenseLayer(sizes[-1], num_outputs))"
KEYS = 'params[f"W{i}"], params[f"b{i}"] = layer.parameters()'
BACKWARDS = "for i in reversed(range(len(backs))):"
STEP = 'dh, grads[f"W{i}"], grads[f"b{i}"] = backs[i](dh)'
EMPTY = "            grads = {}\n"
GRADS = "            return grads\n"
LOGITS = "        return h, back\n"
SCALE = "scale = (rng.random(x.shape) >= rate) / (1.0 - rate)"
DROPPED, DROP_BACK = "return x * scale, ", "lambda dout: dout * scale"
LIVE = "An optimiser changes these arrays in place. If they are copies, the network never learns."

NETWORK = (
    misconception(
        "NN",
        "activation on the output layer",
        "The last layer gives logits, which may be any numbers. An activation cuts them off.",
        (OUTPUT, "self.layers.append(DenseLayer(sizes[-1], num_outputs, hidden_activation))"),
    ),
    misconception(
        "NN",
        "softmax on the output",
        "The network gives logits; the loss applies softmax itself.",
        (LOGITS, "        return softmax(h), back\n"),
    ),
    misconception(
        "NN",
        "no activation on the hidden layers",
        "Linear layers in a row are one linear layer. What do the hidden ones need?",
        (HIDDEN, "DenseLayer(n_in, n_out) for n_in, n_out in pairwise(sizes)"),
    ),
    misconception(
        "NN",
        "back in the order of forward",
        "The gradient arrives at the last layer. In which order does it pass the layers?",
        (BACKWARDS, "for i in range(len(backs)):"),
    ),
    misconception(
        "NN",
        "every layer gets the gradient of the output",
        "Each layer hands its dx on to the layer before it. Here every layer gets the same dh.",
        (STEP, '_, grads[f"W{i}"], grads[f"b{i}"] = backs[i](dh)'),
    ),
    misconception(
        "NN",
        "gradients of the last layer only",
        "The loop ends after its first round: look at where the return stands.",
        (GRADS, "                return grads\n"),
    ),
    misconception(
        "NN",
        "the first layer has no gradients",
        "range leaves out its end. The loop must reach layer 0.",
        (BACKWARDS, "for i in range(len(backs) - 1, 0, -1):"),
    ),
    misconception(
        "NN",
        "gradients under the names of other layers",
        "On the way back the last layer comes first. Its gradients belong under its own number, "
        "not under 0.",
        (
            STEP,
            "dh, *two = backs[i](dh)\n"
            '                grads[f"W{len(backs) - 1 - i}"], grads[f"b{len(backs) - 1 - i}"]'
            " = two",
        ),
    ),
    misconception(
        "NN",
        "keys count from 1",
        "Look at the number in the first key: layers are counted as Python counts.",
        (KEYS, 'params[f"W{i + 1}"], params[f"b{i + 1}"] = layer.parameters()'),
        (STEP, 'dh, grads[f"W{i + 1}"], grads[f"b{i + 1}"] = backs[i](dh)'),
    ),
    misconception(
        "NN",
        "gradients named dW and db",
        "An optimiser looks up the gradient of each parameter under the parameter's own key.",
        (STEP, 'dh, grads[f"dW{i}"], grads[f"db{i}"] = backs[i](dh)'),
    ),
    misconception(
        "NN",
        "W and b swapped in the gradients",
        "Look at the order in which back of a layer gives its three results.",
        (STEP, 'dh, grads[f"b{i}"], grads[f"W{i}"] = backs[i](dh)'),
    ),
    misconception(
        "NN",
        "gradients divided by the batch again",
        "The mean over the examples is taken once, in the loss, and is in dh already.",
        (GRADS, "            return {key: value / len(x) for key, value in grads.items()}\n"),
    ),
    misconception(
        "NN",
        "gradients pile up",
        "Each call of back begins with no gradients. Here those of the last call are still there.",
        (EMPTY, '            grads = self.__dict__.setdefault("grads", {})\n'),
        (
            STEP,
            "dh, dW, db = backs[i](dh)\n"
            '                grads[f"W{i}"] = grads.get(f"W{i}", 0.0) + dW\n'
            '                grads[f"b{i}"] = grads.get(f"b{i}", 0.0) + db',
        ),
    ),
    misconception(
        "NN",
        "parameters() gives copies",
        LIVE,
        (KEYS, 'params[f"W{i}"], params[f"b{i}"] = map(np.copy, layer.parameters())'),
    ),
    misconception(
        "NN",
        "one hidden layer for all",
        "Each hidden layer has weights of its own. A list times a number repeats the same object.",
        (
            HIDDEN,
            "layer for layer in [DenseLayer(sizes[0], sizes[-1], hidden_activation)]"
            " for _ in hidden_sizes",
        ),
    ),
    misconception(
        "NN",
        "one hidden layer only",
        "hidden_sizes may be longer than one, and each of its entries is a layer.",
        (SIZES, "sizes = [num_inputs, hidden_sizes[0]]"),
    ),
    misconception(
        "NN",
        "all hidden layers as wide as the first",
        "Each entry of hidden_sizes is the width of its own layer.",
        (SIZES, "sizes = [num_inputs] + [hidden_sizes[0]] * len(hidden_sizes)"),
    ),
    misconception(
        "NN",
        "no output layer",
        "After the last hidden layer there is one more, which leads to num_outputs.",
        (OUTPUT, ""),
    ),
    misconception(
        "NN",
        "back gives the gradient of the input too",
        "back gives a dict of the parameters' gradients and nothing beside it.",
        (GRADS, "            return dh, grads\n"),
    ),
)

DROPOUT = (
    misconception(
        "dropout",
        "not scaled",
        "With units missing, the sum that the next layer sees becomes smaller. What is kept must "
        "make up for it.",
        (SCALE, "scale = (rng.random(x.shape) >= rate) * 1.0"),
    ),
    misconception(
        "dropout",
        "scaled by the rate",
        "rate is the probability of dropping. The expectation of the output must be x: which "
        "probability belongs below the fraction?",
        (SCALE, "scale = (rng.random(x.shape) >= rate) / max(rate, 1e-9)"),
    ),
    misconception(
        "dropout",
        "multiplied instead of divided",
        "The expectation of the output must be x. Units that are kept rarely must count more, not "
        "less.",
        (SCALE, "scale = (rng.random(x.shape) >= rate) * (1.0 - rate)"),
    ),
    misconception(
        "dropout",
        "rate kept instead of dropped",
        "rate is the probability that a unit is dropped, not that it is kept.",
        (SCALE, "scale = (rng.random(x.shape) < rate) / max(rate, 1e-9)"),
    ),
    misconception(
        "dropout",
        "kept and scaled by different rates",
        "The comparison keeps the units that should be dropped: which side of rate is the "
        "probability of keeping?",
        (SCALE, "scale = (rng.random(x.shape) < rate) / (1.0 - rate)"),
    ),
    misconception(
        "dropout",
        "a new mask on the way back",
        "The gradient passes through the units that were kept on the way there. A new draw keeps "
        "others.",
        (DROP_BACK, "lambda dout: dout * (rng.random(x.shape) >= rate) / (1.0 - rate)"),
    ),
    misconception(
        "dropout",
        "no mask on the way back",
        "A dropped unit has no influence on the loss. What is its gradient?",
        (DROP_BACK, "lambda dout: 1.0 * dout"),
    ),
    misconception(
        "dropout",
        "back does not scale",
        "On the way there the kept units are multiplied by a number, so their gradient is "
        "multiplied by it too.",
        (DROP_BACK, "lambda dout: dout * (scale > 0)"),
    ),
    misconception(
        "dropout",
        "a unit that is 0 counts as dropped",
        "A unit may be 0 and kept all the same, as many are after relu. Its gradient depends on "
        "the mask, not on its value.",
        (DROP_BACK, "lambda dout: dout * (x * scale != 0) / (1.0 - rate)"),
    ),
    misconception(
        "dropout",
        "drops when not training",
        "A trained network is used whole: look at what training says.",
        ("if not training:", "if False:"),
    ),
    misconception(
        "dropout",
        "scales when not training",
        "The scale is applied while training, so that nothing is left to do afterwards.",
        (
            "return x, lambda dout: dout\n",
            "return x * (1.0 - rate), lambda dout: dout * (1.0 - rate)\n",
        ),
    ),
    misconception(
        "dropout",
        "the same units in every example",
        "Each unit of each example is dropped by itself. One mask for all examples switches off "
        "whole columns.",
        (SCALE, "scale = (rng.random(x.shape[1:]) >= rate) / (1.0 - rate) * np.ones(x.shape)"),
    ),
    misconception(
        "dropout",
        "whole examples",
        "Each unit of each example is dropped by itself. One number per example drops all of it.",
        (SCALE, "scale = (rng.random((len(x), 1)) >= rate) / (1.0 - rate) * np.ones(x.shape)"),
    ),
    misconception(
        "dropout",
        "another generator",
        "Random numbers come from the generator that is handed over: so a run can be repeated.",
        (SCALE, SCALE.replace("rng.random", "np.random.random")),
    ),
    misconception(
        "dropout",
        "the same mask every time",
        "Every call drops the same units, whatever generator it is given. Each call must draw "
        "anew, and from that generator.",
        (SCALE, SCALE.replace("rng.random", "np.random.default_rng(0).random")),
    ),
    misconception(
        "dropout",
        "x changed in place",
        "An array is handed over by reference: x *= ... changes the caller's array as well.",
        (DROPPED, "x *= scale\n    return x, "),
    ),
)
