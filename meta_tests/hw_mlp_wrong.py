"""Wrong versions of hw_mlp.py, as edits of the reference: (old text, new text), ..."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent, indent

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
LENGTH = "return -(-len(self.x) // self.batch_size)"
KEPT = "self.batch_size = batch_size\n"
UPDATE = "optimizer.update(model.parameters(), back(loss_back(1.0)))"
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
        "halved in every epoch after it": (
            (COUNT, "sum(max(0, epoch - milestone + 1) for milestone in milestones)"),
        ),
        "one epoch late": (("milestone <= epoch", "milestone < epoch"),),
        "only in the epoch itself": ((COUNT, "(epoch in milestones)"),),
        "fixed milestones": (("in milestones)", "in (20, 40))"),),
        "first milestone only": ((COUNT, "(epoch >= milestones[0])"),),
        "every twenty epochs": ((COUNT, "(epoch // 20)"),),
        "a quarter each": (("0.5 **", "0.25 **"),),
    },
    "BatchGenerator": {
        "parts x from y": body(SHUFFLED, "np.random.shuffle(self.x)", "np.random.shuffle(self.y)"),
        "shuffles x only": (("self.y = self.y[order]", "pass"),),
        "shuffles the caller's x": (("self.x = self.x[order]", "self.x[:] = self.x[order]"),),
        "shuffles nothing": body(SHUFFLED, "pass"),
        "draws with replacement": ((PERMUTED, "np.random.randint(0, len(self.x), len(self.x))"),),
        "the same order each time": (
            (SHUFFLED, "        self.order = np.random.RandomState(0).permutation(len(self.x))\n"),
            (KEPT, KEPT + "        self.order = np.arange(len(x))\n"),
            ("self.x[start:stop]", "self.x[self.order[start:stop]]"),
            ("self.y[start:stop]", "self.y[self.order[start:stop]]"),
        ),
        "keeps the minibatches": (
            (SHUFFLED, "        np.random.shuffle(self.starts)\n"),
            (KEPT, KEPT + "        self.starts = list(range(0, len(x), batch_size))\n"),
            (STARTS, "self.starts"),
        ),
        "never moves the first": (
            (PERMUTED, "np.append(0, 1 + np.random.permutation(len(self.x) - 1))"),
        ),
        "len counts examples": ((LENGTH, "return len(self.x)"),),
        "len rounds down": ((LENGTH, "return len(self.x) // self.batch_size"),),
        "len is one too many": ((LENGTH, "return len(self.x) // self.batch_size + 1"),),
        "leaves out a full minibatch": (("len(self.x), self.", "len(self.x) - 1, self."),),
        "gives one epoch": (
            (KEPT, KEPT + "        self.left = list(range(0, len(x), batch_size))\n"),
            (f"for start in {STARTS}:", "while self.left:"),
            ("stop = start", "start = self.left.pop(0)\n            stop = start"),
        ),
        "yields x only": (("self.x[start:stop], self.y[start:stop]", "self.x[start:stop]"),),
        "wraps around": (
            ("self.x[start:stop]", "self.x[np.arange(start, stop) % len(self.x)]"),
            ("self.y[start:stop]", "self.y[np.arange(start, stop) % len(self.x)]"),
        ),
        "overlaps": (("start + self.batch_size", "start + self.batch_size + 1"),),
        "squeezes": (("self.x[start:stop]", "np.squeeze(self.x[start:stop])"),),
        "state of the class": (
            ("self.x = x", "type(self).x = x"),
            ("self.y = y", "type(self).y = y"),
        ),
    },
    "SGD": {
        "rebinds": (("params[key] -=", "params[key] = params[key] -"),),
        "ascends": (("params[key] -=", "params[key] +="),),
        "decays biases": (('0.0 if key.startswith("b") else ', ""),),
        "does not decay": (("grad + decay * params[key]", "grad"),),
        "twice the decay": (("grad + decay", "grad + 2 * decay"),),
        "decay grows": (("grad + decay", "grad - decay"),),
        "decay by sign": (("decay * params[key]", "decay * np.sign(params[key])"),),
        "decay past the velocity": (
            ("g = grad + decay * params[key]", "g = grad"),
            (STEP, "params[key] -= self.eta * (self.v[key] + decay * params[key])"),
        ),
        "dampened": ((VELOCITY, VELOCITY.replace("+ g", "+ (1 - self.momentum) * g")),),
        "Nesterov": (("eta * self.v[key]", "eta * (g + self.momentum * self.v[key])"),),
        "no momentum": ((VELOCITY, "g"),),
        "fades the gradient too": ((VELOCITY, "self.momentum * (self.v.get(key, 0.0) + g)"),),
        "velocity by shape": (("self.v[key]", "self.v[g.shape]"), (".get(key", ".get(g.shape")),
        "velocity of the class": (
            ("    def __init__", "    shared: Params = {}\n\n    def __init__"),
            ("self.v: Params = {}", "self.v = self.shared"),
        ),
        "keeps the first rate": (
            ("self.eta = eta", "self.eta = self.rate = eta"),
            ("-= self.eta", "-= self.rate"),
        ),
        "first key only": ((STEP, STEP + "\n            break"),),
    },
    "Adam": {
        "uncorrected": ((M_HAT, ""), (V_HAT, "")),
        "m uncorrected": ((M_HAT, ""),),
        "v uncorrected": ((V_HAT, ""),),
        "eps in the root": (("(np.sqrt(v_hat) + self.eps)", "np.sqrt(v_hat + self.eps)"),),
        "no eps": ((" + self.eps)", ")"),),
        "ten times eps": (("+ self.eps)", "+ 10 * self.eps)"),),
        "counts keys": (
            ("        self.t += 1\n", ""),
            ("            self.m[key] =", "            self.t += 1\n            self.m[key] ="),
        ),
        "counts once": (("self.t += 1", "self.t = 1"),),
        "counts for all objects": (
            ("        self.t = 0\n", ""),
            ("self.t += 1", 'type(self).t = getattr(self, "t", 0) + 1'),
        ),
        "rebinds": (("params[key] -=", "params[key] = params[key] -"),),
        "ascends": (("params[key] -=", "params[key] +="),),
        "betas exchanged": (
            ("self.beta1 = beta1", "self.beta1 = beta2"),
            ("self.beta2 = beta2", "self.beta2 = beta1"),
        ),
        "no square": (("g**2", "np.abs(g)"),),
        "no root": (("np.sqrt(v_hat)", "v_hat"),),
        "one root for all": (("np.sqrt(v_hat)", "np.sqrt(np.mean(v_hat))"),),
        "keeps the first rate": (
            ("self.eta = eta", "self.eta = self.rate = eta"),
            ("-= self.eta", "-= self.rate"),
        ),
        "rate in the moment": (
            ("(1 - self.beta1) * g\n", "(1 - self.beta1) * self.eta * g\n"),
            ("-= self.eta * m_hat", "-= m_hat"),
        ),
        "moments by shape": (
            ("self.m[key]", "self.m[g.shape]"),
            ("self.v[key]", "self.v[g.shape]"),
            (".get(key", ".get(g.shape"),
        ),
        "fixed settings": (("self.beta1 = beta1", "self.beta1 = 0.9"),),
        "no first moment": (("* m_hat", "* g"),),
        "signs": ((ADAM_STEP, "params[key] -= self.eta * np.sign(m_hat)"),),
        "never forgets": (("self.beta2 * self.v.get", "self.v.get"),),
    },
    "train_loop": {
        "never shuffles": ((SHUFFLE, ""),),
        "shuffles once": ((SHUFFLE, ""), (START, START + "    data.shuffle()\n")),
        "never updates": ((UPDATE, "back(loss_back(1.0))"),),
        "updates twice": ((UPDATE, f"{UPDATE}; {UPDATE}"),),
        "updates once an epoch": ((UPDATE, "pass"), (CALL, f"        {UPDATE}\n{CALL}")),
        "divides by m again": (("loss_back(1.0)", "loss_back(1.0 / len(x))"),),
        "divides by batch_size": (("loss_back(1.0)", "loss_back(len(x) / data.batch_size)"),),
        "scales by the loss": (("loss_back(1.0)", "loss_back(loss)"),),
        "call_back in every minibatch": ((CALL, indent(CALL, "    ")),),
        "call_back first": ((CALL, ""), (SHUFFLE, SHUFFLE + CALL)),
        "call_back at the end": ((CALL, indent(dedent(CALL), "    ")),),
        "no call_back": ((CALL, ""),),
        "call_back with the last epoch": (("(model, epoch)", "(model, num_epochs)"),),
        "arguments exchanged": (("(model, epoch)", "(epoch, model)"),),
        "keeps the rate": (
            (START, START + "    eta = optimizer.eta\n"),
            (SHUFFLE, SHUFFLE + "        optimizer.eta = eta\n"),
        ),
        "a schedule of its own": ((CALL, CALL + "        optimizer.eta *= 0.95\n"),),
        "one epoch less": (("num_epochs + 1", "num_epochs"),),
        "one epoch": (("num_epochs + 1", "2"),),
        "last loss only": (("losses.append(loss)", "losses = [loss]"),),
        "returns the losses": (("return losses, accs", "return losses"),),
        "returns exchanged": (("return losses, accs", "return accs, losses"),),
        "sums losses": (("losses.append(loss)", "losses.append(loss * len(x))"),),
        "counts right ones": (("np.mean", "np.sum"),),
        "compares logits": ((RIGHT_ONES, "(h > 0.5) == y"),),
        "first minibatch only": (("in data:", "in list(data)[:1]:"),),
        "a new optimizer each time": (("optimizer.update", "type(optimizer)(0.2).update"),),
        "updates copies": (
            ("model.parameters()", "{k: 1.0 * v for k, v in model.parameters().items()}"),
        ),
    },
}
