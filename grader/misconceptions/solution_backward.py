# grader-secret: nothing of this file may reach students.
"""Misconceptions of backward in solution.py."""

from __future__ import annotations

from grader.misconceptions.bank import Misconception, misconception

FIRST = '(cache[f"Z{n_layers}"] - labels) / len(labels)'
FIRST_OF_LATEST = FIRST.replace("cache", "self.latest")
START = 'cache = {"Z0": x}'
DW, DB = 'cache[f"Z{i - 1}"].T @ da', "np.sum(da, axis=0, keepdims=True)"
DZ, SLOPE = 'da @ self.weights[f"W{i}"].T', 'self.activation(cache[f"A{i - 1}"], grad=True)'
RELU_SLOPE = SLOPE.replace("activation(", "relu(")
RETURNED = "        return grads\n"
P = 'cache[f"Z{n_layers}"]'

ONCE = (
    "The mean over the examples is in the gradient once. Follow the factor 1/m from "
    "dA of the last layer to dW and db: where does it enter?"
)
CHAIN = "Chain rule: on the way back through an activation, what is the gradient multiplied with?"
SIMPLE = (
    "Softmax and cross-entropy together have one simple derivative with respect to "
    "the logits; nothing else is multiplied with it."
)


def _b(name: str, hint: str, *edits: tuple[str, str]) -> Misconception:
    return misconception("backward", name, hint, *edits)


BACKWARD = (
    _b(
        "derivative at the activation",
        "The derivative is taken at what went into the activation, not at what came out of it.",
        (SLOPE, SLOPE.replace('"A{', '"Z{')),
    ),
    _b(
        "activation taken for its derivative",
        "You multiply with the activation itself. How does one ask activation for its derivative?",
        (SLOPE, SLOPE.replace(", grad=True", "")),
    ),
    _b("the derivative of the activation forgotten", CHAIN, (SLOPE, "1.0")),
    _b(
        "no derivative in the first layer",
        "All hidden layers are alike. Does your loop treat the first of them like the others?",
        (SLOPE, f"({SLOPE} if i > 2 else 1.0)"),
    ),
    _b(
        "derivative in the first layer only",
        "All hidden layers are alike. Does your loop treat the later ones like the first?",
        (SLOPE, f"({SLOPE} if i == 2 else 1.0)"),
    ),
    _b(
        "derivative of relu always",
        "The network has a setting for its activation. Whose derivative do you take?",
        (SLOPE, RELU_SLOPE),
    ),
    _b(
        "derivative of relu for leakyrelu",
        "There is one more activation than your branches know. Who else can choose its derivative?",
        (SLOPE, f'({SLOPE} if self.activation_str != "leakyrelu" else {RELU_SLOPE})'),
    ),
    _b("not averaged", ONCE, (FIRST, FIRST.replace(" / len(labels)", ""))),
    _b("only dW averaged", ONCE, (DB, f"len(labels) * {DB}")),
    _b("only db averaged", ONCE, (DW, f"len(labels) * {DW}")),
    _b("averaged twice", ONCE, (DB, DB.replace("sum", "mean")), (DW, f"{DW} / len(labels)")),
    _b("db averaged twice", ONCE, (DB, DB.replace("sum", "mean"))),
    _b("dW averaged twice", ONCE, (DW, f"{DW} / len(labels)")),
    _b(
        "averaged over all entries of the matrix",
        "The mean is over examples. By what do you divide?",
        (FIRST, FIRST.replace("len(labels)", "labels.size")),
    ),
    _b(
        "averaged in every layer",
        "The factor 1/m comes down with dA from the layer above. What happens if each "
        "layer divides again?",
        (DZ, f"{DZ} / len(labels)"),
    ),
    _b(
        "divided by batch_size",
        "The last minibatch may be shorter than the others. How many examples are there really?",
        (FIRST, FIRST.replace("len(labels)", "self.batch_size")),
    ),
    _b(
        "the sign reversed",
        "Gradient descent subtracts the gradient. In which direction does dA of the last "
        "layer point: towards the labels or away from them?",
        (FIRST, "-" + FIRST),
    ),
    _b(
        "twice the gradient",
        "A factor 2 belongs to squared errors. Which loss do you differentiate here?",
        (FIRST, "2.0 * " + FIRST),
    ),
    _b(
        "derivative of the loss without softmax",
        "The loss depends on the logits through softmax. You differentiate with respect "
        "to the probabilities and stop there.",
        (FIRST, f"-labels / np.maximum({P}, 1e-12) / len(labels)"),
    ),
    _b("multiplied with the probabilities once more", SIMPLE, (FIRST, f"{FIRST} * {P}")),
    _b("multiplied with p (1 - p) once more", SIMPLE, (FIRST, f"{FIRST} * {P} * (1.0 - {P})")),
    _b(
        "derivative of the activation at the output",
        "The last layer has softmax in place of the activation. What of the activation's "
        "derivative is left there?",
        (FIRST, f'{FIRST} * self.activation(cache[f"A{{n_layers}}"], grad=True)'),
    ),
    _b(
        "labels without probabilities",
        "At the output the gradient compares the probabilities with the labels. Do both enter?",
        (FIRST, f"{P} / len(labels)"),
    ),
    _b(
        "the wrong way through the weights",
        "Forwards, an example's row is multiplied with W. Which matrix leads from the "
        "next layer back to this one?",
        (DZ, DZ.replace(".T", "")),
    ),
    _b(
        "weights of the layer below",
        "The gradient goes back through the weights through which the activations came: "
        "those between the two layers.",
        (DZ, DZ.replace('f"W{i}"', 'f"W{i - 1}"')),
    ),
    _b(
        "dW transposed",
        "dW has the shape of W, (fan_in, fan_out). In which order do you multiply, and "
        "what is transposed?",
        (DW, f"({DW}).T"),
    ),
    _b(
        "dW from the pre-activation",
        "What was multiplied with W on the way forwards: the numbers before the "
        "activation or after it?",
        (DW, DW.replace('f"Z{i - 1}"', 'f"A{i - 1}" if i > 1 else "Z0"')),
    ),
    _b(
        "db one number",
        "Every unit has a bias of its own. Over which axis do you add up?",
        (DB, "np.sum(da)"),
    ),
    _b(
        "db without its first axis",
        "db has the shape of b: a row with two axes.",
        (DB, "np.sum(da, axis=0)"),
    ),
    _b(
        "db forgotten",
        "Biases are trained as well. What does the loss gain if a bias moves a little?",
        (DB, 'np.zeros_like(self.weights[f"b{i}"])'),
    ),
    _b(
        "db of the first example",
        "Every example pulls at a bias. How many of them enter your db?",
        (DB, "da[:1]"),
    ),
    _b(
        "averaged before the chain rule",
        "A mean of products is not the product of the means: when may you average over "
        "the examples?",
        (FIRST, f"np.mean({FIRST}, axis=0, keepdims=True)"),
        (DW, 'np.mean(cache[f"Z{i - 1}"], axis=0, keepdims=True).T @ da'),
        (SLOPE, f"np.mean({SLOPE}, axis=0, keepdims=True)"),
    ),
    _b(
        "the cache of the latest forward",
        "backward is given a cache. Is it the one that your code reads?",
        (START, 'cache = self.latest = {"Z0": x}'),
        (FIRST, FIRST_OF_LATEST),
        (DW, DW.replace("cache", "self.latest")),
        (SLOPE, SLOPE.replace("cache", "self.latest")),
    ),
    _b(
        "gradients clipped",
        "A gradient is what it is, however long. Which of your lines makes it shorter?",
        (
            RETURNED,
            RETURNED.replace("grads", "{k: np.clip(g, -1.0, 1.0) for k, g in grads.items()}"),
        ),
    ),
    _b(
        "added to the gradients of the calls before",
        "Every minibatch has gradients of its own. What is left in yours of the call before?",
        (
            RETURNED,
            '        self.total = getattr(self, "total", {})\n'
            "        for key in (k for k in grads if k[1] in 'Wb'):\n"
            "            self.total[key] = grads[key] = self.total.get(key, 0.0) + grads[key]\n"
            f"{RETURNED}",
        ),
    ),
    _b(
        "dZ under the number of the layer above",
        "dZi is the gradient of Zi: compare the numbers of your keys with those in the cache.",
        ('grads[f"dZ{i - 1}"] = ', 'grads[f"dZ{i}"] = '),
        ('grads[f"dZ{i - 1}"] * slope', 'grads[f"dZ{i}"] * slope'),
    ),
    _b(
        "dA and dZ left out",
        "The intermediate gradients belong to the result as well: look at the list of "
        "keys in the description.",
        (RETURNED, '        return {k: v for k, v in grads.items() if k[1] in "Wb"}\n'),
    ),
)
