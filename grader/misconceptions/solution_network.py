# grader-secret: nothing of this file may reach students.
"""Misconceptions of forward and loss in solution.py."""

from __future__ import annotations

from grader.misconceptions.bank import Misconception, misconception

START = 'cache = {"Z0": x}'
PREACTIVATION = 'a = cache[f"Z{i - 1}"] @ self.weights[f"W{i}"] + self.weights[f"b{i}"]'
ADDED = ' + self.weights[f"b{i}"]\n            cache'
LAYER = "self.activation(a) if i < n_layers else self.softmax(a)"
PLACED = f'            cache[f"A{{i}}"] = a\n            cache[f"Z{{i}}"] = {LAYER}\n'
CLIP = "p = np.clip(prediction, self.epsilon, 1.0 - self.epsilon)"
LOSS = "float(-np.sum(labels * np.log(p)) / len(labels))"


def _f(name: str, hint: str, *edits: tuple[str, str]) -> Misconception:
    return misconception("forward", name, hint, *edits)


def _l(name: str, hint: str, *edits: tuple[str, str]) -> Misconception:
    return misconception("loss", name, hint, *edits)


FORWARD = (
    _f(
        "the bias left out",
        "A layer is an affine map: what is added after the matrix product?",
        (ADDED, "\n            cache"),
    ),
    _f(
        "bias after the activation",
        "The activation is applied to the sum of matrix product and bias. In which order "
        "do you do the two?",
        (ADDED, "\n            cache"),
        (LAYER, f'({LAYER}) + self.weights[f"b{{i}}"]'),
    ),
    _f(
        "activation before softmax",
        "The last layer has an activation of its own. Do its logits pass through another "
        "one first?",
        (LAYER, LAYER.replace("softmax(a)", "softmax(self.activation(a))")),
    ),
    _f(
        "softmax left out",
        "What turns the numbers of the last layer into probabilities?",
        (LAYER, LAYER.replace("self.softmax(a)", "a")),
    ),
    _f(
        "the hidden activation on the output",
        "The last layer is not like the others: which function makes its numbers probabilities?",
        (LAYER, "self.activation(a)"),
    ),
    _f(
        "softmax on every layer",
        "softmax is for the output. What comes after the other layers?",
        (LAYER, "self.softmax(a)"),
    ),
    _f(
        "relu whatever the setting",
        "The network has a setting for its activation. Which function do you call after a "
        "hidden layer?",
        (LAYER, LAYER.replace("activation(a)", "relu(a)")),
    ),
    _f(
        "the activation left out",
        "Without a function between them, two linear layers are one. What comes after "
        "each hidden layer?",
        (LAYER, LAYER.replace("self.activation(a)", "a")),
    ),
    _f(
        "last hidden layer left linear",
        "Count the hidden layers that your loop gives an activation: is the last of them "
        "among these?",
        (LAYER, f"a if i == n_layers - 1 else ({LAYER})"),
    ),
    _f(
        "the next layer reads the pre-activation",
        "What does a layer hand to the next one: its numbers before or after the activation?",
        (PREACTIVATION, PREACTIVATION.replace('f"Z{i - 1}"', 'f"A{i - 1}" if i > 1 else "Z0"')),
    ),
    _f(
        "A and Z swapped",
        "In this cache, A is what goes into the activation and Z is what comes out.",
        (PREACTIVATION, PREACTIVATION.replace('f"Z{i - 1}"', 'f"A{i - 1}" if i > 1 else "Z0"')),
        (
            PLACED,
            PLACED.replace('f"A{i}"] = a', 'f"Z{i}"] = a').replace(
                'cache[f"Z{i}"] = self', 'cache[f"A{i}"] = self'
            ),
        ),
    ),
    _f(
        "derivative instead of the activation",
        "forward needs the function itself. With which grad do you call activation?",
        (LAYER, LAYER.replace("activation(a)", "activation(a, True)")),
    ),
    _f(
        "x rescaled",
        "forward computes with x as it is given. Preparing the data is another function's work.",
        (START, 'cache = {"Z0": x / 255.0}'),
    ),
    _f(
        "Z0 activated",
        "The input layer has no activation: what is Z0?",
        (START, 'cache = {"Z0": self.activation(x)}'),
    ),
    _f(
        "relu in place of leakyrelu",
        "There is one more activation than your branches know. Who else can choose it by name?",
        (
            LAYER,
            LAYER.replace(
                "self.activation(a)",
                '(self.relu if self.activation_str == "leakyrelu" else self.activation)(a)',
            ),
        ),
    ),
    _f(
        "one cache for all calls",
        "Whoever keeps the cache of a minibatch finds that of the next one in it. When is your "
        "dict made?",
        (START, 'cache = self.kept = getattr(self, "kept", {})\n        cache["Z0"] = x'),
    ),
    _f(
        "x written into",
        "x belongs to the caller. Which of your lines writes into the array that came in?",
        (PREACTIVATION, PREACTIVATION + "\n            x[...] = 0.0 if i == n_layers else x"),
    ),
)
LOSS_BANK = (
    _l(
        "summed instead of averaged",
        "The loss is a mean over the examples: what happens to yours if every example is "
        "there twice?",
        (LOSS, LOSS.replace(" / len(labels)", "")),
    ),
    _l(
        "mean over all entries",
        "The mean is over examples. Over how many numbers do you take it?",
        (LOSS, LOSS.replace("len(labels)", "labels.size")),
    ),
    _l(
        "divided by batch_size",
        "The last minibatch may be shorter than the others. How many examples are there really?",
        (LOSS, LOSS.replace("len(labels)", "self.batch_size")),
    ),
    _l(
        "the minus sign forgotten",
        "The logarithm of a probability is negative, a loss is not.",
        (LOSS, LOSS.replace("-np", "np")),
    ),
    _l(
        "not clipped",
        "A probability can be exactly 0. What is its logarithm, and what does epsilon "
        "have to do with it?",
        (CLIP, "p = prediction"),
    ),
    _l(
        "clipped below only",
        "Probabilities are kept away from both ends of their range. Which end did you forget?",
        (CLIP, "p = np.maximum(prediction, self.epsilon)"),
    ),
    _l(
        "only 0 and 1 replaced",
        "A probability may be smaller than epsilon without being 0. What does clipping do to it?",
        (
            CLIP,
            "p = np.where(prediction == 0, self.epsilon, prediction)\n"
            "        p = np.where(p == 1, 1.0 - self.epsilon, p)",
        ),
    ),
    _l(
        "epsilon added",
        "Adding a small number to a probability is not the same as clipping it: compare "
        "the two at probability 1.",
        (CLIP, "p = prediction + self.epsilon"),
    ),
    _l(
        "an epsilon of its own",
        "The network has a setting for the clipping. Where does your code look at it?",
        (CLIP, "p = np.clip(prediction, 1e-6, 1.0 - 1e-6)"),
    ),
    _l(
        "binary cross-entropy",
        "With softmax, only the probability of the true class counts. Your loss also has "
        "a term for the other classes.",
        (LOSS, LOSS.replace("np.log(p)", "np.log(p) + (1 - labels) * np.log(1 - p)")),
    ),
    _l(
        "labels and predictions swapped",
        "Of which of the two do you take the logarithm, the labels or the probabilities?",
        (
            LOSS,
            "float(-np.sum(p * np.log(np.clip(labels, self.epsilon, 1.0 - self.epsilon))) / "
            "len(labels))",
        ),
    ),
    _l(
        "the common logarithm",
        "np.log10 is another logarithm. The loss is measured with the natural one, whose "
        "derivative is 1/p.",
        (LOSS, LOSS.replace("np.log(", "np.log10(")),
    ),
    _l(
        "a logarithm to another base",
        "The loss is measured with the natural logarithm, whose derivative is 1/p.",
        (LOSS, LOSS.replace("np.log(", "np.log2(")),
    ),
    _l(
        "squared error",
        "Cross-entropy is not a distance between probabilities and labels: where is the logarithm?",
        (LOSS, "float(np.sum((p - labels) ** 2) / len(labels))"),
    ),
    _l(
        "the probability of the predicted class",
        "Which probability enters the loss of an example: the largest one, or that of its "
        "true class?",
        (LOSS, "float(-np.mean(np.log(np.max(p, axis=1))))"),
    ),
    _l(
        "the probability itself",
        "The loss takes a logarithm: an almost impossible answer costs far more than an "
        "unlikely one.",
        (LOSS, "float(1.0 - np.sum(labels * p) / len(labels))"),
    ),
)
