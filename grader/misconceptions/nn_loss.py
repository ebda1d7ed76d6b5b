# grader-secret: nothing of this file may reach students.
"""Wrong versions of the loss of nn.py."""

from __future__ import annotations

from grader.misconceptions.bank import misconception
from grader.misconceptions.nn_softmax import ROWS

SHIFTED = "    shifted = h - np.max(h, axis=-1, keepdims=True)\n"
SURPRISAL = "surprisal = np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True)) - shifted\n"
P = "    p = np.exp(-surprisal)\n"
MEAN, BACK = "float(np.sum(y * surprisal) / len(h))", "lambda dl: dl * (p - y) / len(h)"

LOSS = (
    misconception(
        "cross_entropy_loss",
        "loss summed",
        "The loss is a mean over the examples, so that it does not grow with the minibatch.",
        (MEAN, "float(np.sum(y * surprisal))"),
    ),
    misconception(
        "cross_entropy_loss",
        "loss averaged over the classes too",
        "np.mean divides by the number of all entries. The mean runs over examples only; over "
        "classes the formula has a sum.",
        (MEAN, "float(np.mean(y * surprisal))"),
    ),
    misconception(
        "cross_entropy_loss",
        "common logarithm",
        "np.log10 is another logarithm. The formula, and the gradient made from it, mean the "
        "natural one.",
        (MEAN, "float(np.sum(y * surprisal) / len(h) / np.log(10.0))"),
    ),
    misconception(
        "cross_entropy_loss",
        "one loss per example",
        "The loss is one number for the minibatch; yours is one for each example.",
        (MEAN, "np.sum(y * surprisal, axis=1)"),
    ),
    misconception(
        "cross_entropy_loss",
        "the sign of the loss",
        "ln p is negative, as p is below 1. A loss is positive.",
        (MEAN, "float(-np.sum(y * surprisal) / len(h))"),
    ),
    misconception(
        "cross_entropy_loss",
        "binary cross-entropy",
        "The term with (1 - y) belongs to independent yes-or-no outputs. With softmax only the "
        "terms y ln p are summed.",
        (MEAN, "float(np.sum(y * surprisal - (1 - y) * np.log1p(1e-15 - p)) / len(h))"),
    ),
    misconception(
        "cross_entropy_loss",
        "only the largest label counts in the loss",
        "A label may be any distribution over the classes, not only one-hot. argmax throws away "
        "the rest of it.",
        (MEAN, "float(np.mean(surprisal[np.arange(len(h)), np.argmax(y, axis=1)]))"),
    ),
    misconception(
        "cross_entropy_loss",
        "logarithm of a rounded p",
        "For a distant logit p is rounded to 0, and ln 0 is -infinity. ln p can be had from the "
        "logits without ever making p.",
        (SURPRISAL, "surprisal = -np.log(softmax(h))\n"),
    ),
    misconception(
        "cross_entropy_loss",
        "p kept away from 0",
        "A small number added to p, or a clip, avoids ln 0, but makes the loss of a distant "
        "logit wrong. ln p can be had from the logits without ever making p.",
        (SURPRISAL, "surprisal = -np.log(softmax(h) + 1e-12)\n"),
    ),
    misconception(
        "cross_entropy_loss",
        "no shift",
        "exp of a large logit is infinity, in the logarithm of the sum as well. Take the row's "
        "maximum out of it first.",
        (SHIFTED, "    shifted = h\n"),
    ),
    misconception(
        "cross_entropy_loss",
        "one maximum for all rows",
        f"{ROWS} maximum. With one maximum for all, a row far below it has a sum of 0.",
        (SHIFTED, "    shifted = h - np.max(h)\n"),
    ),
    misconception(
        "cross_entropy_loss",
        "changes the logits in place",
        "An array is handed over by reference: h -= ... changes the caller's logits as well.",
        (SHIFTED, "    h -= np.max(h, axis=-1, keepdims=True)\n    shifted = h\n"),
    ),
    misconception(
        "cross_entropy_loss",
        "no softmax",
        "h are logits, any numbers; only softmax makes probabilities of them.",
        (SURPRISAL, "surprisal = -np.log(h)\n"),
        (P, "    p = h\n"),
    ),
    misconception(
        "cross_entropy_loss",
        "softmax twice",
        "Softmax is applied to something that is a softmax already.",
        (SHIFTED, SHIFTED.replace("h - np.max(h,", "softmax(h) - np.max(softmax(h),")),
    ),
    misconception(
        "cross_entropy_loss",
        "gradient not averaged",
        "The loss is a mean over the examples, and its 1/m is in the gradient too.",
        (BACK, "lambda dl: dl * (p - y)"),
    ),
    misconception(
        "cross_entropy_loss",
        "gradient averaged over the classes too",
        "The gradient is divided by the number of all entries; the mean runs over examples only.",
        (BACK, "lambda dl: dl * (p - y) / h.size"),
    ),
    misconception(
        "cross_entropy_loss",
        "back ignores dl",
        "dl is the gradient that comes from above. It is often 1, but not always.",
        (BACK, "lambda dl: (p - y) / len(h)"),
    ),
    misconception(
        "cross_entropy_loss",
        "back changes what it remembers",
        "Your back works in place on the gradient that it keeps, so that dl is still in it when "
        "back is asked again. Make a new array in each call.",
        (BACK, "lambda dl, kept=(p - y) / len(h): np.multiply(kept, dl, out=kept)"),
    ),
    misconception(
        "cross_entropy_loss",
        "the sign of the gradient",
        "Raising the logit of the right class lowers the loss. Which sign has the gradient there?",
        (BACK, "lambda dl: dl * (y - p) / len(h)"),
    ),
    misconception(
        "cross_entropy_loss",
        "gradient of exponentials",
        "The gradient needs probabilities; these are exponentials that nobody divided by their "
        "sum.",
        (BACK, "lambda dl: dl * (np.exp(shifted) - y) / len(h)"),
    ),
    misconception(
        "cross_entropy_loss",
        "only the largest label counts in the gradient",
        "A label may be any distribution over the classes, not only one-hot. argmax, or y == 1, "
        "throws away the rest of it.",
        (BACK, "lambda dl: dl * (p - np.eye(h.shape[1])[np.argmax(y, axis=1)]) / len(h)"),
    ),
    misconception(
        "cross_entropy_loss",
        "gradient with respect to p",
        "-y/p is the gradient with respect to the probabilities. back owes the gradient with "
        "respect to the logits: one more step of the chain rule.",
        (BACK, "lambda dl: dl * (-y / p) / len(h)"),
    ),
    misconception(
        "cross_entropy_loss",
        "gradient of the logits",
        "The gradient compares probabilities with the labels, not the logits themselves.",
        (BACK, "lambda dl: dl * (h - y) / len(h)"),
    ),
)
