# grader-secret: nothing of this file may reach students.
"""Wrong versions of softmax of nn.py and its Jacobian."""

from __future__ import annotations

from grader.misconceptions.bank import misconception

EXP = "    e = np.exp(h - np.max(h, axis=-1, keepdims=True))\n"
NORMALISED = "return e / np.sum(e, axis=-1, keepdims=True)"
SOFTMAX_BODY = f"{EXP}    {NORMALISED}"
JACOBIAN = "return np.diag(p) - np.outer(p, p)"
ROWS = "Each example is a row of its own, and has its own"

SOFTMAX_BANK = (
    misconception(
        "softmax",
        "over the whole matrix",
        f"{ROWS} probabilities, which sum to 1. Yours sum to 1 over all examples together.",
        (NORMALISED, "return e / np.sum(e)"),
    ),
    misconception(
        "softmax",
        "over the examples",
        f"{ROWS} probabilities. Which axis counts the classes?",
        (SOFTMAX_BODY, "    e = np.exp(h - np.max(h, axis=0))\n    return e / np.sum(e, axis=0)"),
    ),
    misconception(
        "softmax",
        "no shift",
        "exp of a large logit is infinity. Adding one number to all logits of a row leaves its "
        "probabilities as they are: which number makes exp safe?",
        (EXP, "    e = np.exp(h)\n"),
    ),
    misconception(
        "softmax",
        "clips the logits",
        "Logits beyond the bounds all become the same number. Adding one number to a whole row "
        "makes exp safe and keeps their distances.",
        (EXP, "    e = np.exp(np.clip(h, -500.0, 500.0))\n"),
    ),
    misconception(
        "softmax",
        "one maximum for all rows",
        f"{ROWS} maximum. With one maximum for all, a row far below it becomes 0/0.",
        (EXP, "    e = np.exp(h - np.max(h))\n"),
    ),
    misconception(
        "softmax",
        "in place",
        "An array is handed over by reference: h -= ... changes the caller's logits as well.",
        (EXP, "    h -= np.max(h, axis=-1, keepdims=True)\n    e = np.exp(h)\n"),
    ),
    misconception(
        "softmax",
        "the sign of the exponent",
        "The largest logit must have the largest probability. Look at the sign inside of exp.",
        (EXP, "    e = np.exp(np.min(h, axis=-1, keepdims=True) - h)\n"),
    ),
    misconception(
        "softmax",
        "no exponential",
        "Dividing the logits by their sum makes no probabilities: logits can be negative. What "
        "makes them positive first?",
        (EXP, "    e = h\n"),
    ),
    misconception(
        "softmax",
        "a sigmoid",
        "The sigmoid looks at one logit at a time. In softmax the classes of a row compete: their "
        "probabilities sum to 1.",
        (NORMALISED, "return 1.0 / (1.0 + np.exp(-h))"),
    ),
    misconception(
        "softmax",
        "its logarithm",
        "These are logarithms of probabilities. softmax gives the probabilities themselves.",
        (NORMALISED, "return np.log(e / np.sum(e, axis=-1, keepdims=True))"),
    ),
    misconception(
        "softmax",
        "a number added to each exponential",
        "After the shift the sum of a row is at least 1, so nothing can be divided by 0. What you "
        "add makes small probabilities too large.",
        (EXP, EXP + "    e = e + 1e-6\n"),
    ),
    misconception(
        "softmax",
        "divided by the largest",
        "Dividing by the largest entry makes that one 1. By what must a row be divided to sum to "
        "1?",
        (NORMALISED, "return e"),
    ),
)

JACOBIAN_BANK = (
    misconception(
        "softmax_jacobian",
        "only the diagonal",
        "Every probability depends on every logit, through the sum below the fraction. What "
        "stands beside the diagonal?",
        (JACOBIAN, "return np.diag(p * (1.0 - p))"),
    ),
    misconception(
        "softmax_jacobian",
        "diag(p) alone",
        "The derivative of a quotient has two terms. The one from the sum below the fraction is "
        "missing.",
        (JACOBIAN, "return np.diag(p)"),
    ),
    misconception(
        "softmax_jacobian",
        "the outer product alone",
        "The derivative of a quotient has two terms. The one of the numerator, where i = j, is "
        "missing.",
        (JACOBIAN, "return -np.outer(p, p)"),
    ),
    misconception(
        "softmax_jacobian",
        "signs reversed",
        "When a logit grows, its own probability grows too. Which sign does the diagonal have?",
        (JACOBIAN, "return np.outer(p, p) - np.diag(p)"),
    ),
    misconception(
        "softmax_jacobian",
        "a sum of both terms",
        "When one logit grows, all other probabilities must shrink, as they sum to 1. Which sign "
        "is beside the diagonal?",
        (JACOBIAN, "return np.diag(p) + np.outer(p, p)"),
    ),
    misconception(
        "softmax_jacobian",
        "a vector",
        "c outputs and c inputs have c times c derivatives. Yours holds those with i = j.",
        (JACOBIAN, "return p * (1.0 - p)"),
    ),
    misconception(
        "softmax_jacobian",
        "softmax once more",
        "The argument is a softmax output already, no logits.",
        (JACOBIAN, "p = np.exp(p) / np.sum(np.exp(p))\n    return np.diag(p) - np.outer(p, p)"),
    ),
    misconception(
        "softmax_jacobian",
        "the unit matrix instead of diag(p)",
        "δ_ij stands in a bracket that is multiplied by a probability. Expand the bracket.",
        (JACOBIAN, "return np.eye(len(p)) - np.outer(p, p)"),
    ),
    misconception(
        "softmax_jacobian",
        "an inner product",
        "p times p must give a matrix, one entry for each pair of classes. For 1-D arrays, dot, @ "
        "and p * p.T do something else.",
        (JACOBIAN, "return np.diag(p) - np.dot(p, p)"),
    ),
    misconception(
        "softmax_jacobian",
        "an elementwise product",
        "For a 1-D array p.T is p: p * p.T squares its entries. A product of each entry with each "
        "other one is needed.",
        (JACOBIAN, "return np.diag(p) - p * p.T"),
    ),
)

SOFTMAX = (*SOFTMAX_BANK, *JACOBIAN_BANK)
