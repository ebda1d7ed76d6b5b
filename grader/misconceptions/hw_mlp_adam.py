# grader-secret: nothing of this file may reach students.
"""Misconceptions of hw_mlp.py's Adam."""

from __future__ import annotations

from .bank import misconception

M = "self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g"
V = "self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2"
M_HAT = "m_hat = self.m[key] / (1 - self.beta1**self.t)"
V_HAT = "v_hat = self.v[key] / (1 - self.beta2**self.t)"
ADAM_STEP = "params[key] -= self.eta * m_hat / (np.sqrt(v_hat) + self.eps)"
COUNTED = "\n        self.t += 1\n"
LOOP = "        for key, g in grads.items():\n"
ADAM_STATE = "self.m: Params = {}\n        self.v: Params = {}"

ADAM = (
    misconception(
        "Adam",
        "no bias correction",
        "m and v start at zero and are too small in the first updates: "
        "correct both of them before the step.",
        (M_HAT, "m_hat = self.m[key]"),
        (V_HAT, "v_hat = self.v[key]"),
    ),
    misconception(
        "Adam",
        "m is not corrected",
        "Both moments start at zero, so both are corrected. The first moment is used as it is.",
        (M_HAT, "m_hat = self.m[key]"),
    ),
    misconception(
        "Adam",
        "v is not corrected",
        "Both moments start at zero, so both are corrected. The second moment is used as it is.",
        (V_HAT, "v_hat = self.v[key]"),
    ),
    misconception(
        "Adam",
        "each correction with the other's beta",
        "A moment is corrected with the beta with which it fades.",
        (M_HAT, M_HAT.replace("beta1", "beta2")),
        (V_HAT, V_HAT.replace("beta2", "beta1")),
    ),
    misconception(
        "Adam",
        "beta times t instead of beta to the power of t",
        "After t updates a share beta to the power of t of the start is left; "
        "a product with t is something else.",
        (M_HAT, M_HAT.replace("**", " * ")),
        (V_HAT, V_HAT.replace("**", " * ")),
    ),
    misconception(
        "Adam",
        "the correction never changes",
        "The correction fades from update to update: "
        "does the count of updates go on, and is it the exponent?",
        (COUNTED, "\n        self.t = 1\n"),
    ),
    misconception(
        "Adam",
        "the largest second moment",
        "This is AMSGrad, where the second moment never falls. In Adam it fades when the gradients "
        "become smaller.",
        (V, V + "\n            self.top[key] = np.maximum(self.top.get(key, 0.0), self.v[key])"),
        (V_HAT, V_HAT.replace("self.v[key]", "self.top[key]")),
        (ADAM_STATE, ADAM_STATE + "\n        self.top: Params = {}"),
    ),
    misconception(
        "Adam",
        "counts every parameter",
        "One call of update is one step for all parameters. "
        "Your count also grows from key to key within a call.",
        (COUNTED, "\n"),
        (LOOP, LOOP + "            self.t += 1\n"),
    ),
    misconception(
        "Adam",
        "counts from 0",
        "In the first update the count is 1. With 0 the correction divides by nothing.",
        (COUNTED, "\n"),
        (ADAM_STEP + "\n", ADAM_STEP + "\n        self.t += 1\n"),
    ),
    misconception(
        "Adam",
        "counts from 2",
        "In the first update the count is 1. Does it start at 1 and grow before its first use?",
        ("self.t = 0\n", "self.t = 1\n"),
    ),
    misconception(
        "Adam",
        "stores the corrected moments",
        "The corrected moments are for this step only. "
        "The next update goes on from the uncorrected ones.",
        (M_HAT, "m_hat = self.m[key] = self.m[key] / (1 - self.beta1**self.t)"),
        (V_HAT, "v_hat = self.v[key] = self.v[key] / (1 - self.beta2**self.t)"),
    ),
    misconception(
        "Adam",
        "eps inside the root",
        "eps is added to the root, not to what stands under it. "
        "The two differ where the gradient is small.",
        (ADAM_STEP, "params[key] -= self.eta * m_hat / np.sqrt(v_hat + self.eps)"),
    ),
    misconception(
        "Adam",
        "no eps",
        "Where every gradient so far was zero the quotient is zero by zero: what is eps for?",
        (" + self.eps)", ")"),
    ),
    misconception(
        "Adam",
        "new arrays instead of changes in place",
        "`params[key] = params[key] - ...` makes a new array, and the network keeps the old one. "
        "Change the array itself.",
        (ADAM_STEP, ADAM_STEP.replace("-=", "= params[key] -")),
    ),
    misconception(
        "Adam",
        "climbs",
        "The gradient points uphill, and the loss should fall: look at the sign of the step.",
        (ADAM_STEP, ADAM_STEP.replace("-=", "+=")),
    ),
    misconception(
        "Adam",
        "betas exchanged",
        "beta1 belongs to the first moment, the mean of the gradients, "
        "and beta2 to the second, the mean of their squares.",
        ("self.beta1 = beta1\n", "self.beta1 = beta2\n"),
        ("self.beta2 = beta2\n", "self.beta2 = beta1\n"),
    ),
    misconception(
        "Adam",
        "old and new exchanged in the moments",
        "With a beta near 1 a moment changes slowly: "
        "which part is multiplied with beta, and which with 1 - beta?",
        (M, "self.m[key] = (1 - self.beta1) * self.m.get(key, 0.0) + self.beta1 * g"),
        (V, "self.v[key] = (1 - self.beta2) * self.v.get(key, 0.0) + self.beta2 * g**2"),
    ),
    misconception(
        "Adam",
        "m without the factor 1 - beta1",
        "The first moment is a mean of gradients: the weights of old and new must add up to 1.",
        (M, M.replace("(1 - self.beta1) * g", "g")),
    ),
    misconception(
        "Adam",
        "v without the factor 1 - beta2",
        "The second moment is a mean of squares: the weights of old and new must add up to 1.",
        (V, V.replace("(1 - self.beta2) * g**2", "g**2")),
    ),
    misconception(
        "Adam",
        "m from squares",
        "The first moment is a mean of the gradients themselves, with their signs.",
        (M, M + "**2"),
    ),
    misconception(
        "Adam",
        "v without squares",
        "The second moment is a mean of squares of the gradient.",
        (V, V.replace("g**2", "np.abs(g)")),
    ),
    misconception(
        "Adam",
        "no root",
        "The second moment has the unit of a squared gradient: what has to be divided by?",
        ("np.sqrt(v_hat)", "v_hat"),
    ),
    misconception(
        "Adam",
        "no first moment",
        "The step uses the gradient of this call alone. "
        "Adam goes along the corrected mean of the gradients.",
        (ADAM_STEP, ADAM_STEP.replace("m_hat", "g")),
    ),
    misconception(
        "Adam",
        "moments start anew in every call",
        "The moments are remembered from call to call: are they kept in self, and never reset?",
        (M, "self.m[key] = (1 - self.beta1) * g"),
        (V, "self.v[key] = (1 - self.beta2) * g**2"),
    ),
    misconception(
        "Adam",
        "one pair of moments for all parameters",
        "Each parameter needs moments of its own, in its own shape: keep them by key.",
        (ADAM_STATE, "self.m = self.v = 0.0"),
        (M, "self.m = self.beta1 * self.m + (1 - self.beta1) * g"),
        (V, "self.v = self.beta2 * self.v + (1 - self.beta2) * g**2"),
        (M_HAT, "m_hat = self.m / (1 - self.beta1**self.t)"),
        (V_HAT, "v_hat = self.v / (1 - self.beta2**self.t)"),
    ),
    misconception(
        "Adam",
        "moments kept in the class",
        "A dict in the class is shared by all optimisers: make it in __init__.",
        ("class Adam:\n", "class Adam:\n    shared_m: Params = {}\n    shared_v: Params = {}\n\n"),
        (ADAM_STATE, "self.m, self.v = self.shared_m, self.shared_v"),
    ),
    misconception(
        "Adam",
        "keeps the first rate",
        "A schedule sets optimizer.eta between two updates: read the attribute in every update.",
        ("self.eta = eta\n        self.beta1", "self.eta = self.lr = eta\n        self.beta1"),
        (ADAM_STEP, ADAM_STEP.replace("self.eta", "self.lr")),
    ),
    misconception(
        "Adam",
        "ignores beta1 and beta2",
        "The usual betas are only the defaults: use those that the constructor is given.",
        ("self.beta1 = beta1\n", "self.beta1 = 0.9\n"),
        ("self.beta2 = beta2\n", "self.beta2 = 0.999\n"),
    ),
    misconception(
        "Adam",
        "stops after the first parameter",
        "Only the first key is updated. Look at how far a `return` or `break` is indented.",
        (LOOP, LOOP.replace("grads.items()", "list(grads.items())[:1]")),
    ),
    misconception(
        "Adam",
        "pairs gradients and parameters by their place",
        "The two dicts need not have the same order: the way back begins with the last layer. "
        "Look up each gradient under the key of its parameter.",
        (LOOP, LOOP.replace("grads.items()", "zip(params, grads.values())")),
    ),
    misconception(
        "Adam",
        "leaves the biases as they are",
        "Biases take their step like all other parameters.",
        (ADAM_STEP, 'if not key.startswith("b"):\n                ' + ADAM_STEP),
    ),
)
