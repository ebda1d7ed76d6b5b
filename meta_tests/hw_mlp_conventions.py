"""Other conventions of a right hw_mlp.py, as edits of the reference."""

from __future__ import annotations

from collections.abc import Mapping

from meta_tests.hw_mlp_loops import TRAIN_LOOP
from meta_tests.hw_mlp_wrong import (
    ADAM_STEP,
    COUNT,
    KEPT,
    LENGTH,
    M_HAT,
    PERMUTED,
    SHUFFLED,
    SLICES,
    STARTS,
    STEP,
    V_HAT,
    VELOCITY,
    X_PART,
    Edits,
    body,
)

LOOP = "for m in milestones:\n        eta0 *= 0.5 if epoch >= m else 1.0\n    return eta0"
HELD = "        self.v: Params = {}\n\n    def update(self, "
KEPT_STEP = "        self.v: Params = {}\n        self.update = "
COUNTED = "            self.t[key] = self.t.get(key, 0) + 1\n"
NEXT = (
    "    def __next__(self):\n"
    "        return next(self.rest)\n\n"
    "    def __iter__(self):\n"
    "        self.rest = self._slices()\n"
    "        return self\n\n"
)
CONVENTIONS: Mapping[str, Mapping[str, Edits]] = {
    "step_decay": {
        "other names": (("milestone", "step"), ("eta0", "lr"), ("epoch", "t")),
        "a loop": ((f"return eta0 * 0.5 ** {COUNT}", LOOP),),
        "a numpy number": ((f"0.5 ** {COUNT}", f"np.float64(0.5) ** np.array({COUNT})"),),
        "settings of its own": (
            (
                "milestones: Sequence[int] = (20, 40)",
                "milestones=(20, 40), factor=0.5, verbose=False",
            ),
            ("0.5 **", "factor **"),
        ),
        "a comprehension of factors": (
            (f"0.5 ** {COUNT}", "np.prod([0.5 for m in milestones if m <= epoch])"),
        ),
        "bisect": ((COUNT, "np.searchsorted(milestones, epoch, side='right')"),),
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
        "shuffles in the constructor": ((KEPT, KEPT + "        self.shuffle()\n"),),
        "a list made by shuffle": (
            (SLICES, "        return iter(self.parts)\n"),
            (
                SHUFFLED,
                SHUFFLED
                + "        self._cut()\n\n    def _cut(self):\n        self.parts = []\n"
                + SLICES.replace("yield", "self.parts.append((").replace(
                    "self.y[start:stop]", "self.y[start:stop]))"
                ),
            ),
            (KEPT, KEPT + "        self._cut()\n"),
        ),
        "np.take": ((X_PART, "np.take(self.x, range(start, min(stop, len(self.x))), axis=0)"),),
        "len by np.ceil": ((LENGTH, "return int(np.ceil(self.x.shape[0] / self.batch_size))"),),
        "settings of its own": (
            ("batch_size: int)", "batch_size: int = 32, shuffle: bool = True, seed=None)"),
        ),
        "a seed in the constructor": (
            (KEPT, KEPT + "        self.random = np.random.default_rng(0)\n"),
            (PERMUTED, "self.random.permutation(len(self.x))"),
        ),
        "one row at a time": (
            (X_PART, "np.array([[float(e) for e in row] for row in self.x[start:stop]])"),
        ),
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
        "update a bound method": ((HELD, KEPT_STEP + "self.step\n\n    def step(self, "),),
        "update a closure": (
            (HELD, KEPT_STEP + "lambda *both: SGD.step(self, *both)\n\n    def step(self, "),
        ),
        "slots": (
            ("class SGD:", "class SGD:\n    __slots__ = ('eta', 'momentum', 'weight_decay', 'v')"),
        ),
        "lists": (
            ("self.v.get(key, 0.0)", "np.array(self.v.get(key, 0.0))"),
            (STEP, STEP + "\n            self.v[key] = self.v[key].tolist()"),
        ),
        "zeros at the first call": (
            (
                "        for key, grad",
                "        self.v = self.v or {k: 0.0 * p for k, p in params.items()}\n"
                "        for key, grad",
            ),
            ("self.v.get(key, 0.0)", "self.v[key]"),
        ),
        "settings of its own": (
            ("weight_decay: float = 0.0", "weight_decay: float = 0.0, nesterov=False, **rest"),
        ),
        "decays by the number of axes": (('key.startswith("b")', "params[key].ndim < 2"),),
        "decays by the letter W": (
            (
                '0.0 if key.startswith("b") else self.weight_decay',
                '(key[0] == "W") * self.weight_decay',
            ),
        ),
        "plain decay where there is no momentum": (
            ("grad + decay * params[key]", "np.add(grad, np.multiply(decay, params[key]))"),
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
        "arrays in attributes": (
            (
                "self.m[key] = self.beta1 * self.m.get(key, 0.0)",
                "m = self.beta1 * getattr(self, 'm_' + key, 0.0)",
            ),
            (
                "self.v[key] = self.beta2 * self.v.get(key, 0.0)",
                "v = self.beta2 * getattr(self, 'v_' + key, 0.0)",
            ),
            (
                "            m_hat = self.m[key]",
                "            setattr(self, 'm_' + key, m)\n"
                "            setattr(self, 'v_' + key, v)\n"
                "            m_hat = m",
            ),
            ("v_hat = self.v[key]", "v_hat = v"),
        ),
        "eps within the folded rate": (
            (M_HAT, ""),
            (V_HAT, ""),
            (
                ADAM_STEP,
                "rate = self.eta * np.sqrt(1 - self.beta2**self.t)"
                + M_HAT
                + "\n            params[key] -= rate * m_hat / (np.sqrt(v_hat) + self.eps)",
            ),
        ),
        "running powers of the betas": (
            ("self.t = 0", "self.p1 = self.p2 = 1.0"),
            ("self.t += 1", "self.p1 *= self.beta1; self.p2 *= self.beta2"),
            (M_HAT, " / (1 - self.p1)"),
            (V_HAT, " / (1 - self.p2)"),
        ),
        "updates in place of the moments": (
            (
                "self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g",
                "m = self.m.setdefault(key, np.zeros(g.shape)); m *= self.beta1; "
                "m += (1 - self.beta1) * g",
            ),
        ),
        "slow": (("np.sqrt(v_hat)", "[np.sqrt(v_hat) for _ in range(200)][-1]"),),
        "settings of its own": (
            ("eps: float = 1e-8", "eps: float = 1e-8, weight_decay=0.0, amsgrad=False"),
        ),
    },
    "train_loop": TRAIN_LOOP,
}
