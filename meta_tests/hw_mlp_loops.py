"""Other conventions of a right train_loop, as edits of the reference."""

from __future__ import annotations

from collections.abc import Mapping

from meta_tests.hw_mlp_wrong import CALL, RIGHT_ONES, SHUFFLE, START, Edits

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

TRAIN_LOOP: Mapping[str, Edits] = {
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
    "slow": (("model.forward(x)", "[model.forward(x) for _ in range(20)][-1]"),),
    "validation": (
        (
            "call_back: Callable[[Any, int], None] | None = None",
            "call_back=None, x_val=None, y_val=None, verbose=False",
        ),
    ),
    "a running sum of the epoch": (
        (SHUFFLE, SHUFFLE + "        total, hits = 0.0, 0.0\n"),
        ("losses.append(loss)", "total += float(loss)"),
        (f"accs.append(float(np.mean({RIGHT_ONES})))", f"hits += np.mean({RIGHT_ONES})"),
        (
            CALL,
            "        losses.append(total / len(data))\n        accs.append(hits / len(data))\n"
            + CALL,
        ),
    ),
    "enumerates": (("for x, y in data:", "for i, (x, y) in enumerate(data, start=1):"),),
    "softmax for the accuracy": (
        (
            RIGHT_ONES,
            "(np.exp(h) / np.exp(h).sum(axis=1, keepdims=True)).argmax(1) == y.argmax(1)",
        ),
    ),
    "by keyword": (
        (
            "update(model.parameters(), back(loss_back(1.0)))",
            "update(params=model.parameters(), grads=back(loss_back(dl=1.0)))",
        ),
    ),
}
