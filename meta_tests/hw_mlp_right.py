"""Right versions of hw_mlp.py in other conventions, as edits of the reference."""

from __future__ import annotations

from collections.abc import Mapping

from meta_tests.hw_mlp_wrong import (
    ADAM_STEP,
    CALL,
    COUNT,
    KEPT,
    LENGTH,
    M_HAT,
    PERMUTED,
    RIGHT_ONES,
    SHUFFLE,
    SHUFFLED,
    SLICES,
    START,
    STARTS,
    STEP,
    V_HAT,
    VELOCITY,
    Edits,
    body,
)

LOOP = "for m in milestones:\n        eta0 *= 0.5 if epoch >= m else 1.0\n    return eta0"
COUNTED = "            self.t[key] = self.t.get(key, 0) + 1\n"
NEXT = (
    "    def __next__(self):\n"
    "        return next(self.rest)\n\n"
    "    def __iter__(self):\n"
    "        self.rest = self._slices()\n"
    "        return self\n\n"
)
AFTER = (
    "        rest = [(cross_entropy_loss(model.forward(x)[0], y)[0], len(x)) for x, y in data]\n"
    "        losses.append(sum(loss * n for loss, n in rest) / sum(n for _, n in rest))\n"
)
PER_EPOCH = (
    (START, "    losses, accs = np.zeros(num_epochs), np.zeros(num_epochs)\n"),
    ("losses.append(loss)", "losses[epoch - 1] += loss * len(x) / data.x.shape[0]"),
    (f"accs.append(float(np.mean({RIGHT_ONES})))", f"accs[epoch - 1] += np.sum({RIGHT_ONES})"),
    (CALL, f"        accs[epoch - 1] /= data.x.shape[0]\n{CALL}"),
)
OUTER = "        losses.append([])\n        accs.append([])\n"
NESTED = (
    ("losses.append(", "losses[-1].append("),
    ("accs.append(", "accs[-1].append("),
    (SHUFFLE, SHUFFLE + OUTER),
)

RIGHT: Mapping[str, Mapping[str, Edits]] = {
    "step_decay": {
        "other names": (("milestone", "step"), ("eta0", "lr"), ("epoch", "t")),
        "a loop": ((f"return eta0 * 0.5 ** {COUNT}", LOOP),),
        "a numpy number": ((f"0.5 ** {COUNT}", f"np.float64(0.5) ** np.array({COUNT})"),),
    },
    "BatchGenerator": {
        "leaves out the rest": (
            (LENGTH, "return len(self.x) // self.batch_size"),
            (STARTS, "range(0, len(self) * self.batch_size, self.batch_size)"),
        ),
        "lists": (
            ("yield self.x", "yield [self.x"),
            ("self.y[start:stop]", "self.y[start:stop]]"),
        ),
        "indices": (
            (SHUFFLED, "        np.random.shuffle(self.order)\n"),
            (KEPT, KEPT + "        self.order = list(range(len(x)))\n"),
            ("self.x[start:stop]", "self.x[self.order[start:stop]]"),
            ("self.y[start:stop]", "self.y[self.order[start:stop]]"),
        ),
        "a shuffle in place": (
            ("self.x = self.x[order]", "self.x[:] = self.x[order]"),
            ("self.y = self.y[order]", "self.y[:] = self.y[order]"),
        ),
        "the same state twice": body(
            SHUFFLED,
            "state = np.random.get_state()",
            "np.random.shuffle(self.x)",
            "np.random.set_state(state)",
            "np.random.shuffle(self.y)",
        ),
        "a generator of its own": (
            (KEPT, KEPT + "        self.random = np.random.default_rng()\n"),
            (PERMUTED, "self.random.permutation(len(self.x))"),
        ),
        "its own iterator": (
            ("def __iter__", "def _slices"),
            ("    def shuffle", NEXT + "    def shuffle"),
        ),
        "by index": (
            ("def __iter__(self) ->", "def __getitem__(self, i) ->"),
            (
                f"for start in {STARTS}:\n",
                "if i >= len(self):\n                raise IndexError(i)\n",
            ),
            ("            stop =", "        start = i * self.batch_size\n        stop ="),
            ("            yield", "        return"),
        ),
        "shuffles when iterated": ((SLICES, "        self.shuffle()\n" + SLICES),),
        "equal parts": body(
            SLICES,
            "n = len(self)",
            "yield from zip(np.array_split(self.x, n), np.array_split(self.y, n), strict=True)",
        ),
        "float32": (("self.x = x", "self.x = x.astype(np.float32)"),),
    },
    "SGD": {
        "rate in the velocity": (
            (VELOCITY, VELOCITY.replace("+ g", "+ self.eta * g")),
            (STEP, "params[key] -= self.v[key]"),
        ),
        "velocity downhill": (
            (VELOCITY, VELOCITY.replace("+ g", "- self.eta * g")),
            (STEP, "params[key] += self.v[key]"),
        ),
        "returns the parameters": ((STEP, STEP + "\n        return params"),),
        "changes the gradients": (("g = grad + ", "g = grad\n            g += "),),
        "np.copyto": ((STEP, "np.copyto(params[key], params[key] - self.eta * self.v[key])"),),
        "other names": (
            ("self, eta: float, momentum: float = 0.0, weight_decay", "self, lr, mu=0.0, lam"),
            ("= eta\n", "= lr\n"),
            ("= momentum\n", "= mu\n"),
            ("= weight_decay\n", "= lam\n"),
        ),
        "the rate only": (
            (", momentum: float = 0.0, weight_decay: float = 0.0", ""),
            ("= momentum\n", "= 0.0\n"),
            ("= weight_decay\n", "= 0.0\n"),
        ),
        "keywords only": (("eta: float, ", "eta: float, *, "),),
        "slots": (
            ("class SGD:", "class SGD:\n    __slots__ = ('eta', 'momentum', 'weight_decay', 'v')"),
        ),
        "lists": (
            ("self.v.get(key, 0.0)", "np.array(self.v.get(key, 0.0))"),
            (STEP, STEP + "\n            self.v[key] = self.v[key].tolist()"),
        ),
    },
    "Adam": {
        "the correction in the rate": (
            (M_HAT, ""),
            (V_HAT, ""),
            ("-= self.eta *", f"-= self.eta * np.sqrt(1 - self.beta2**self.t){M_HAT} *"),
        ),
        "a count for each key": (
            ("self.t = 0", "self.t = {}"),
            ("        self.t += 1\n", ""),
            ("            self.m[key] =", COUNTED + "            self.m[key] ="),
            ("**self.t)", "**self.t[key])"),
        ),
        "other names": (("beta1: float", "b1: float"), ("= beta1", "= b1")),
        "np.subtract": (
            ("params[key] -= self.eta", "np.subtract(params[key], self.eta"),
            ("+ self.eps)", "+ self.eps), out=params[key], casting='same_kind')"),
        ),
        "returns the parameters": ((ADAM_STEP, ADAM_STEP + "\n        return params"),),
        "moments from the parameters": (
            (".get(key, 0.0)", ".get(key, np.zeros_like(params[key]))"),
            ("in grads.items()", "in [(key, grads[key]) for key in params]"),
        ),
    },
    "train_loop": {
        "one number per epoch": PER_EPOCH,
        "a list for each epoch": NESTED,
        "shuffles afterwards": ((SHUFFLE, ""), (CALL, CALL + SHUFFLE)),
        "other names": (("call_back", "callback"), ("num_epochs", "n"), ("optimizer", "opt")),
        "call_back by keyword": (("(model, epoch)", "(model=model, epoch=epoch)"),),
        "epochs from 0": (("(model, epoch)", "(model, epoch - 1)"),),
        "losses as arrays": (("losses.append(loss)", "losses.append(np.array([loss]))"),),
        "cross-entropy of its own": (
            (
                "loss, loss_back = cross_entropy_loss(h, y)",
                "p = np.exp(h - h.max(1, keepdims=True))",
            ),
            (
                "            optimizer",
                "            p /= p.sum(1, keepdims=True)\n            optimizer",
            ),
            ("loss_back(1.0)", "(p - y) / len(x)"),
            ("append(loss)", "append(-np.sum(y * np.log(p)) / len(x))"),
        ),
        "losses after the epoch": (
            ("losses.append(loss)", "pass"),
            (CALL, AFTER + CALL),
        ),
        "parameters once": (
            (START, START + "    params = model.parameters()\n"),
            ("update(model.parameters()", "update(params"),
        ),
    },
}
