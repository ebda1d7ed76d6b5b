"""Odd wrong versions of nn.py, as edits of the reference: (old text, new text), ...

The common ones are in grader/misconceptions/nn.py, those of the layers in nn_wrong_layers.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from grader.misconceptions.bank import Edit
from grader.misconceptions.nn import RELU, RELU_BACK, RELU_BODY, TANH, TANH_BACK
from grader.misconceptions.nn_linear import DB, DW, DX, GRADS, LINEAR_BACK, Z
from grader.misconceptions.nn_loss import BACK, MEAN, SHIFTED, SURPRISAL
from grader.misconceptions.nn_softmax import EXP, JACOBIAN, NORMALISED
from meta_tests.variants import reference_source

Edits = tuple[Edit, ...]


def edited(edits: Edits) -> str:
    """The reference with these edits; each old text must occur exactly once."""
    source = reference_source("nn")
    for old, new in edits:
        assert source.count(old) == 1, f"{source.count(old)} times {old!r}"
        source = source.replace(old, new)
    return source


WRONG: Mapping[str, Mapping[str, Edits]] = {
    "relu": {
        "derivative 2 at 0": ((RELU_BACK, "lambda dout: dout * (positive + 2.0 * (x == 0))"),),
        "derivative -1 at 0": ((RELU_BACK, "lambda dout: dout * (positive - 1.0 * (x == 0))"),),
        "back is no function": ((RELU_BACK, "1.0 * positive"),),
        "one number instead of an array": ((RELU, "max(x, 0.0)"),),
        "never above 6": ((RELU, "np.clip(x, 0.0, 6.0)"),),
        "absolute value": ((RELU, "np.abs(x)"),),
        "0.1 % off on the way back": ((RELU_BACK, "lambda dout: 1.001 * dout * positive"),),
        "one memory for all calls": (
            (RELU_BODY, f"    relu.x = x\n    return {RELU}, lambda dout: dout * (relu.x > 0)"),
        ),
        "one that cannot be asked twice": (
            (RELU_BODY, f"    m = [x > 0]\n    return {RELU}, lambda dout: dout * m.pop()"),
        ),
        "back gives a tuple": ((RELU_BACK, "lambda dout: (dout * positive,)"),),
        "no second result": ((f"{RELU}, {RELU_BACK}", RELU),),
        "crashes on integers": (
            (
                RELU_BODY,
                RELU_BODY.replace(RELU, "np.multiply(x, 0.5 + 0.5 * np.sign(x), out=x.copy())"),
            ),
        ),
    },
    "tanh": {
        "derivative 1 + tanh²": ((TANH_BACK, "lambda dout: dout * (1.0 + out**2)"),),
        "a straight line far out": ((TANH, "out = np.clip(x, -1.0, 1.0)"),),
        "of the type of x": ((TANH, "out = np.tanh(x).astype(x.dtype)"),),
        "a rational approximation": ((TANH, "out = x * (27 + x**2) / (27 + 9 * x**2)"),),
        "sinh over cosh": ((TANH, "out = np.sinh(x) / np.cosh(x)"),),
        "one memory for all calls": (
            (TANH, "out = tanh.out = np.tanh(x)"),
            (TANH_BACK, "lambda dout: dout * (1.0 - tanh.out**2)"),
        ),
        "back changes what it remembers": (
            (TANH_BACK, "lambda dout: dout * (1.0 - np.multiply(out, out, out=out))"),
        ),
        "0.1 % off on the way back": ((TANH_BACK, "lambda dout: dout * (1.001 - out**2)"),),
    },
    "linear_forward": {
        "bias twice": ((Z, "return x @ W.T + 2.0 * b,"),),
        "bias for the first output only": ((Z, "return x @ W.T + b * (np.arange(len(b)) == 0),"),),
        "of the type of x": ((Z, "return (x @ W.T + b).astype(x.dtype),"),),
        "a square W not transposed": ((Z, "return x @ (W if len(W) == W.shape[1] else W.T) + b,"),),
        "divided by the inputs": ((Z, "return x @ W.T / x.shape[1] + b,"),),
        "first example for all": ((Z, "return x[:1] @ W.T + b + 0.0 * x[:, :1],"),),
        "sum over the examples": ((Z, "return np.sum(x, axis=0) @ W.T + b,"),),
        "one memory for all calls": (
            (Z, "linear_forward.x = x\n    return x @ W.T + b,"),
            (LINEAR_BACK, "lambda dz: linear_backward(dz, linear_forward.x, W, b)"),
        ),
        "changes b in place": ((Z, "b += 0.0 * b + 1e-3\n    return x @ W.T + b - 1e-3,"),),
        "changes x in place": ((Z, "x *= 2.0\n    return x @ W.T / 2.0 + b,"),),
        "gradients pile up": (
            (Z, "total = [0.0, 0.0, 0.0]\n    return x @ W.T + b,"),
            (
                LINEAR_BACK,
                "lambda dz: total.__setitem__(slice(None), "
                "[t + g for t, g in zip(total, linear_backward(dz, x, W, b))]) or tuple(total)",
            ),
        ),
    },
    "linear_backward": {
        "db over the outputs where they are as many as examples": (
            (DB, "np.sum(dz, axis=int(len(dz) == dz.shape[1]))"),
        ),
        "dx of a square W not transposed": (
            (DX, "return dz @ (W.T if len(W) == W.shape[1] else W),"),
        ),
        "dW divided by the inputs": ((DW, "dz.T @ x / x.shape[1]"),),
        "db times b": ((DB, "np.sum(dz, axis=0) * b"),),
        "db of the first example": ((DB, "1.0 * dz[0]"),),
        "db of the last example": ((DB, "1.0 * dz[-1]"),),
        "db counts the examples": ((DB, "np.full(dz.shape[1], float(len(dz)))"),),
        "db the largest": ((DB, "np.max(dz, axis=0)"),),
        "dW of the sums": ((DW, "np.outer(dz.sum(axis=0), x.sum(axis=0))"),),
        "dW of the first example": ((DW, "np.outer(dz[0], x[0])"),),
        "dW 0.1 % off": ((DW, "1.001 * dz.T @ x"),),
        "dx averaged": ((DX, "return dz @ W / len(x),"),),
        "dx summed": ((DX, "return np.sum(dz @ W, axis=0),"),),
        "dx of the absolute weights": ((DX, "return dz @ np.abs(W),"),),
        "signs reversed": ((GRADS, "return -dz @ W, -dz.T @ x, -np.sum(dz, axis=0)"),),
        "dz averaged first": ((GRADS, f"dz = dz / len(dz)\n    {GRADS}"),),
        "db of one example with an axis too many": (
            (DB, "np.sum(dz, axis=0, keepdims=len(dz) == 1)"),
        ),
        "changes dz in place": ((GRADS, f"dz *= 1.0 / len(dz)\n    {GRADS}"),),
        "clipped": ((DX, "return np.clip(dz @ W, -1.0, 1.0),"),),
        "a dict": (
            (GRADS, f"{GRADS.replace('return ', 'found = ')}\n    return dict(zip('xWb', found))"),
        ),
    },
    "softmax": {
        "the smallest subtracted": ((EXP, EXP.replace("np.max", "np.min")),),
        "the mean subtracted": ((EXP, EXP.replace("np.max", "np.mean")),),
        "one for the largest": ((NORMALISED, "return 1.0 * (e == 1.0)"),),
        "six digits": ((NORMALISED, NORMALISED.replace("return ", "return np.round(") + ", 6)"),),
        "a number added to the sum's parts": (
            (NORMALISED, "return (e + 1e-7) / np.sum(e, axis=-1, keepdims=True)"),
        ),
        "one row flat": ((NORMALISED, f"{NORMALISED.replace('return', 'return np.squeeze(')})"),),
        "powers of two": ((EXP, EXP.replace("np.exp", "np.exp2")),),
        "NaN turned into 0": (
            (EXP, "    e = np.exp(h)\n"),
            (NORMALISED, NORMALISED.replace("return ", "return np.nan_to_num(") + ")"),
        ),
        "clipped logits": ((EXP, "    e = np.exp(np.clip(h, -50, 50))\n"),),
        "a large number below": (
            (
                NORMALISED,
                NORMALISED.replace("keepdims=True)", "keepdims=True)").replace(
                    "/ np", "/ (1e-3 + np"
                )
                + ")",
            ),
        ),
        "over the examples where they are as many as classes": (
            (
                NORMALISED,
                "s = np.sum(e, axis=-1)\n    return e / (s if e[0].size == len(e) else s[:, None])",
            ),
        ),
        "no shift, in longer numbers": ((EXP, "    e = np.exp(h.astype(np.longdouble))\n"),),
        "the last row only": ((NORMALISED, "return e / np.sum(e[-1])"),),
        "of the type of the logits": ((NORMALISED, f"{NORMALISED}.astype(h.dtype)"),),
        "crashes on integers": ((EXP, "    h = h.copy()\n    h -= 0.5\n" + EXP),),
    },
    "softmax_jacobian": {
        "squares beside the diagonal": (
            (
                JACOBIAN,
                "return np.diag(p) - np.outer(p, p**2) / np.sum(p**2)",
            ),
        ),
        "upper half only": ((JACOBIAN, "return np.triu(np.diag(p) - np.outer(p, p))"),),
        "divides by p": ((JACOBIAN, "return (np.diag(p) - np.outer(p, p)) * (p / p)"),),
        "p in place": (
            (JACOBIAN, "q = p.copy()\n    p *= 0.5\n    return np.diag(q) - np.outer(q, q)"),
        ),
        "square brackets": ((JACOBIAN, "return np.eye(len(p)) * p * (1 - p) - np.outer(p, p)"),),
        "batch of one": ((JACOBIAN, "return (np.diag(p) - np.outer(p, p))[None]"),),
    },
    "cross_entropy_loss": {
        "squared error": ((MEAN, "float(np.sum((p - y) ** 2) / len(h))"),),
        "powers of two": ((MEAN, "float(np.sum(y * surprisal) / len(h) / np.log(2.0))"),),
        "divided by the classes": ((MEAN, "float(np.sum(y * surprisal) / h.shape[1])"),),
        "labels and probabilities swapped": (
            (MEAN, "float(-np.sum(p * np.log(y + 1e-9)) / len(h))"),
        ),
        "clipped at certainty": ((MEAN, "float(max(np.sum(y * surprisal) / len(h), 1e-3))"),),
        "logarithms of the type of the logits": (
            (MEAN, "float(np.sum(y * surprisal.astype(h.dtype)) / len(h))"),
        ),
        "entropy of the labels taken off": (
            (MEAN, "float(np.sum(y * (surprisal + np.log(np.maximum(y, 1e-300)))) / len(h))"),
        ),
        "right class only": ((MEAN, "float(np.sum((y == 1) * surprisal) / len(h))"),),
        "gradient of the right class only": (
            (BACK, "lambda dl: dl * (y == 1) * (p - y) / len(h)"),
        ),
        "gradient times the size of dl": ((BACK, "lambda dl: abs(dl) * (p - y) / len(h)"),),
        "gradient times p": ((BACK, "lambda dl: dl * p * (p - y) / len(h)"),),
        "gradient of a squared error": (
            (BACK, "lambda dl: dl * 2.0 * (p - y) * p * (1 - p) / len(h)"),
        ),
        "gradient transposed": ((BACK, "lambda dl: (dl * (p - y) / len(h)).T"),),
        "gradient summed": ((BACK, "lambda dl: np.sum(dl * (p - y) / len(h), axis=0)"),),
        "gradient 0.1 % off": ((BACK, "lambda dl: 1.001 * dl * (p - y) / len(h)"),),
        "gradient divided by the classes": ((BACK, "lambda dl: dl * (p - y) / h.shape[1]"),),
        "gradient times the loss": (
            (BACK, "lambda dl: np.sum(y * surprisal) * dl * (p - y) / len(h)"),
        ),
        "one memory for all calls": (
            (SHIFTED, f"    cross_entropy_loss.y = y\n{SHIFTED}"),
            (BACK, "lambda dl: dl * (p - cross_entropy_loss.y) / len(h)"),
        ),
        "labels changed in place": (
            (BACK, "(lambda g: lambda dl: dl * g / len(h))(np.subtract(p, y, out=y))"),
        ),
        "NaN turned into 0": ((SURPRISAL, "surprisal = np.nan_to_num(-np.log(softmax(h)))\n"),),
        "clipped logits": (
            (
                SHIFTED,
                SHIFTED.replace(
                    "h - np.max(h", "np.clip(h, -500, 500) - np.max(np.clip(h, -500, 500)"
                ),
            ),
        ),
    },
}
