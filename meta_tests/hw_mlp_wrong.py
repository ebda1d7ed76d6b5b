"""Wrong versions of hw_mlp.py, as edits of the reference: (old text, new text), ..."""

from __future__ import annotations

from collections.abc import Mapping

from meta_tests.variants import reference_source

Edits = tuple[tuple[str, str], ...]

COUNT = "sum(milestone <= epoch for milestone in milestones)"
PERMUTED = "np.random.permutation(len(self.x))"
SHUFFLED = (
    "        order = np.random.permutation(len(self.x))\n"
    "        self.x = self.x[order]\n"
    "        self.y = self.y[order]\n"
)
SLICES = (
    "        for start in range(0, len(self.x), self.batch_size):\n"
    "            stop = start + self.batch_size\n"
    "            yield self.x[start:stop], self.y[start:stop]\n"
)
STARTS = "range(0, len(self.x), self.batch_size)"
X_PART, Y_PART = "self.x[start:stop]", "self.y[start:stop]"
LENGTH = "return -(-len(self.x) // self.batch_size)"
KEPT = "self.batch_size = batch_size\n"
UPDATE = "optimizer.update(model.parameters(), back(loss_back(1.0)))"
STALE = "optimizer.update(model.parameters(), old or new)"
RIGHT_ONES = "np.argmax(h, axis=1) == np.argmax(y, axis=1)"
CALL = "        if call_back is not None:\n            call_back(model, epoch)\n"
START = "    losses, accs = [], []\n"
SHUFFLE = "        data.shuffle()\n"
M_HAT, V_HAT = " / (1 - self.beta1**self.t)", " / (1 - self.beta2**self.t)"
VELOCITY = "self.momentum * self.v.get(key, 0.0) + g"
STEP = "params[key] -= self.eta * self.v[key]"
ADAM_STEP = "params[key] -= self.eta * m_hat / (np.sqrt(v_hat) + self.eps)"


def body(old: str, *lines: str) -> Edits:
    """Another body of a method, instead of SHUFFLED or SLICES."""
    return ((old, "".join(f"        {line}\n" for line in lines)),)


def edited(function: str, edits: Edits) -> str:
    """The reference with each edit made wherever its text occurs in the function or class."""
    source = reference_source("hw_mlp")
    start = source.index(f"{'class' if function[0].isupper() else 'def'} {function}")
    end = source.find("\n\n\n", start) + 1 or len(source)
    part, rest = source[start:end], source[end:]
    for old, new in edits:
        assert old in part, f"{function} has no {old!r}"
        part = part.replace(old, new)
    return source[:start] + part + rest


WRONG: Mapping[str, Mapping[str, Edits]] = {
    "step_decay": {
        "rounds down": (("eta0 * 0.5 **", "eta0 // 2 **"),),
        "milestones in use up": (
            (f"return eta0 * 0.5 ** {COUNT}", "return eta0 * 0.5 ** len(milestones[:epoch])"),
        ),
        "at most twice": ((COUNT, f"min(2, {COUNT})"),),
        "never below a hundredth": (
            (f"eta0 * 0.5 ** {COUNT}", f"max(0.01, eta0 * 0.5 ** {COUNT})"),
        ),
    },
    "BatchGenerator": {
        "shuffles y only": (("self.x = self.x[order]", "pass"),),
        "shuffles the caller's x": (("self.x = self.x[order]", "self.x[:] = self.x[order]"),),
        "never moves the first": (
            (PERMUTED, "np.append(0, 1 + np.random.permutation(len(self.x) - 1))"),
        ),
        "turns the order round": ((PERMUTED, "np.arange(len(self.x))[::-1]"),),
        "sorts": ((PERMUTED, "np.argsort(self.x[:, 0])"),),
        "yields x only": ((f"{X_PART}, {Y_PART}", X_PART),),
        "squeezes": ((X_PART, f"np.squeeze({X_PART})"),),
        "y one minibatch behind": ((Y_PART, "np.roll(self.y, 1, axis=0)[start:stop]"),),
        "short minibatch given twice": (
            (SLICES, SLICES + "        yield self.x[start:], self.y[start:]\n"),
        ),
        "the last example is forgotten": ((STARTS, "range(0, len(self.x) - 1, self.batch_size)"),),
        "turns by a random number": (
            (PERMUTED, "np.roll(np.arange(len(self.x)), np.random.randint(1, len(self.x) + 1))"),
        ),
        "goes on where the last loop was left": (
            (
                SLICES,
                '        if not getattr(self, "left", None):\n'
                f"            self.left = list({STARTS})\n"
                "        while self.left:\n"
                "            part = slice(i := self.left.pop(0), i + self.batch_size)\n"
                "            yield self.x[part], self.y[part]\n",
            ),
        ),
        "one permutation of each number of examples": (
            (SHUFFLED, "        np.random.seed(len(self.x))\n" + SHUFFLED),
        ),
        "exchanges two examples": (
            (
                SHUFFLED,
                "        i, j = np.random.choice(len(self.x), 2)\n"
                "        order = np.arange(len(self.x))\n"
                "        order[[i, j]] = order[[j, i]]\n"
                "        self.x, self.y = self.x[order], self.y[order]\n",
            ),
        ),
    },
    "SGD": {
        "fades the gradient too": ((VELOCITY, "self.momentum * (self.v.get(key, 0.0) + g)"),),
        "velocity by shape": (("self.v[key]", "self.v[g.shape]"), (".get(key", ".get(g.shape")),
        "momentum in the weights": (
            (
                STEP,
                "params[key] *= 1 - self.momentum * (self.t > 0); self.t += 1\n            " + STEP,
            ),
            ("self.v: Params = {}", "self.v: Params = {}\n        self.t = 0"),
        ),
        "clips the gradient": (("g = grad +", "g = np.clip(grad, -1, 1) +"),),
        "averages over the rows": (("g = grad +", "g = grad / len(grad) +"),),
        "decays weights of the first layer only": (('key.startswith("b")', 'key != "W0"'),),
        "decays towards the mean": (
            ("decay * params[key]", "decay * (params[key] - np.mean(params[key]))"),
        ),
        "a velocity lost with the rate": (
            (VELOCITY, f"(self.last == self.eta) * {VELOCITY}"),
            (STEP, STEP + "\n        self.last = self.eta"),
            ("self.eta = eta", "self.eta = self.last = eta"),
        ),
        "decay at the first rate": (
            ("grad + decay * params[key]", "grad"),
            (STEP, "params[key] *= 1 - self.first * decay\n            " + STEP),
            ("self.eta = eta", "self.eta = self.first = eta"),
        ),
        "starts with the gradient instead of 0": (("self.v.get(key, 0.0)", "self.v.get(key, g)"),),
        "forgets after 7 updates": (
            (VELOCITY, f"(self.count[key] % 7 != 0) * {VELOCITY}"),
            (
                "self.v[key] =",
                "self.count[key] = self.count.get(key, 0) + 1\n            self.v[key] =",
            ),
            ("self.v: Params = {}", "self.v: Params = {}\n        self.count: dict[str, int] = {}"),
        ),
        "norm clipped": (
            ("g = grad +", "g = grad * min(1.0, 1e3 / np.linalg.norm(grad + 1e-9)) +"),
        ),
    },
    "Adam": {
        "ten times eps": (("+ self.eps)", "+ 10 * self.eps)"),),
        "fixed eps": (("self.eps = eps", "self.eps = 1e-8"),),
        "counts for all objects": (
            ("        self.t = 0\n", ""),
            ("self.t += 1", 'type(self).t = getattr(self, "t", 0) + 1'),
        ),
        "one root for all": (("np.sqrt(v_hat)", "np.sqrt(np.mean(v_hat))"),),
        "rate in the moment": (
            ("(1 - self.beta1) * g\n", "(1 - self.beta1) * self.eta * g\n"),
            ("-= self.eta * m_hat", "-= m_hat"),
        ),
        "moments by shape": (
            ("self.m[key]", "self.m[g.shape]"),
            ("self.v[key]", "self.v[g.shape]"),
            (".get(key", ".get(g.shape"),
        ),
        "fixed beta1": (("self.beta1 = beta1", "self.beta1 = 0.9"),),
        "fixed beta2": (("self.beta2 = beta2", "self.beta2 = 0.999"),),
        "signs": ((ADAM_STEP, "params[key] -= self.eta * np.sign(m_hat)"),),
        "never forgets": (("self.beta2 * self.v.get", "self.v.get"),),
        "the largest v so far": (
            (
                "            v_hat",
                "            self.v[key] = np.maximum(self.v[key], g**2)\n            v_hat",
            ),
        ),
        "v from squares of m": (("* g**2", "* self.m[key] ** 2"),),
        "Nesterov's look ahead": (
            (
                "eta * m_hat",
                "eta * (self.beta1 * m_hat + (1 - self.beta1) * g / (1 - self.beta1**self.t))",
            ),
        ),
        "the largest corrected v": (
            (
                V_HAT,
                V_HAT + "\n            self.top = getattr(self, 'top', {})\n"
                "            v_hat = self.top[key] = np.maximum(self.top.get(key, 0.0), v_hat)",
            ),
        ),
        "corrected ten times": (
            ("self.beta1**self.t)", "(self.beta1**self.t if self.t < 11 else 0))"),
        ),
        "waits for a gradient": (
            ("grads.items()", "((key, g) for key, g in grads.items() if np.any(g))"),
        ),
        "decays too": (
            (
                "            self.m[key] =",
                "            g = g + 0.01 * params[key]\n            self.m[key] =",
            ),
        ),
        "starts anew with the rate": (
            (
                "self.t += 1",
                "self.t = self.t + 1 if self.last == self.eta else 1\n        self.last = self.eta",
            ),
            ("self.eta = eta", "self.eta = self.last = eta"),
        ),
    },
    "train_loop": {
        "updates twice": ((UPDATE, f"{UPDATE}; {UPDATE}"),),
        "call_back with the last epoch": (("(model, epoch)", "(model, num_epochs)"),),
        "call_back with the batch": (("(model, epoch)", "(model, len(losses))"),),
        "call_back but for the last epoch": (("call_back is not None", "epoch < num_epochs"),),
        "last loss only": (("losses.append(loss)", "losses = [loss]"),),
        "compares logits": ((RIGHT_ONES, "(h > 0.5) == y"),),
        "a new optimizer each time": (("optimizer.update", "type(optimizer)(0.2).update"),),
        "stops when the loss rises": (
            (CALL, CALL + "        if losses[-1] > losses[0]:\n            break\n"),
        ),
        "halves the rate at epoch 20": (
            (CALL, CALL + "        optimizer.eta *= 0.5 if epoch == 20 else 1.0\n"),
        ),
        "trains towards its own answers": (
            ("cross_entropy_loss(h, y)", "cross_entropy_loss(h, np.eye(h.shape[1])[h.argmax(1)])"),
        ),
        "remembers the last gradient": (
            (START, START + "    old = None\n"),
            (UPDATE, f"new = back(loss_back(1.0)); {STALE}; old = new"),
        ),
        "call_back before everything too": (
            (START, START + "    if call_back is not None:\n        call_back(model, 0)\n"),
        ),
        "ends when all are right": (
            (CALL, CALL + "        if accs[-1] == 1.0:\n            break\n"),
        ),
        "forgets the velocity": ((CALL, CALL + "        optimizer.m, optimizer.v = {}, {}\n"),),
        "leaves out the last minibatch": (("in data:", "in list(data)[: max(1, len(data) - 1)]:"),),
        "losses the other way round": (("return losses, accs", "return losses[::-1], accs[::-1]"),),
        "accuracy of the first example": (
            (RIGHT_ONES, "np.argmax(h[:1], axis=1) == np.argmax(y[:1], axis=1)"),
        ),
        "accuracy by batch_size": (
            (
                "float(np.mean(np.argmax(h, axis=1) == np.argmax(y, axis=1)))",
                "float(np.sum(np.argmax(h, axis=1) == np.argmax(y, axis=1))) / data.batch_size",
            ),
        ),
        "loss by batch_size": (
            ("losses.append(loss)", "losses.append(loss * len(x) / data.batch_size)"),
        ),
        "clips the gradients": (
            (
                UPDATE,
                "grads = {key: np.clip(g, -1, 1) for key, g in back(loss_back(1.0)).items()}\n"
                "            optimizer.update(model.parameters(), grads)",
            ),
        ),
        "stops when the loss of an epoch rises": (
            (START, START + "    best = np.inf\n"),
            (SHUFFLE, SHUFFLE + "        first = len(losses)\n"),
            (
                CALL,
                CALL + "        if sum(losses[first:]) > 1.02 * best:\n            break\n"
                "        best = min(best, sum(losses[first:]))\n",
            ),
        ),
        "keeps the minibatches of the first epoch": (
            (SHUFFLE, SHUFFLE + "        kept = list(data) if epoch == 1 else kept\n"),
            ("in data:", "in kept:"),
        ),
        "shows one order and trains on another": (
            (SHUFFLE, "        shown = list(np.random.permutation(data.x))\n"),
            (
                UPDATE,
                "grads = back(loss_back(1.0))\n"
                "            model.forward(np.array([shown.pop() for _ in x]))\n"
                "            optimizer.update(model.parameters(), grads)",
            ),
        ),
        "shuffles within minibatches alone": (
            (SHUFFLE, ""),
            (START, START + "    rng = np.random.default_rng(0)\n"),
            (
                "in data:\n",
                "in data:\n            order = rng.permutation(len(x))\n"
                "            x, y = x[order], y[order]\n",
            ),
        ),
        "smooth labels": (("cross_entropy_loss(h, y)", "cross_entropy_loss(h, 0.9 * y + 0.05)"),),
    },
}
