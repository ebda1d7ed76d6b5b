"""Right versions of hw_mlp.py: other conventions, as edits of the reference, and other styles.

RIGHT: name -> source of hw_mlp.py, or {file name: source} where there are more files.
"""

from __future__ import annotations

from collections.abc import Mapping

from meta_tests.hw_mlp_conventions import CONVENTIONS
from meta_tests.hw_mlp_modern import DATACLASSES, FLOAT32, TOOLS
from meta_tests.hw_mlp_styles import ITERATOR, LOOPS
from meta_tests.hw_mlp_wrong import edited
from meta_tests.variants import reference_source

# How cross_entropy_loss can be held: lines of the module, and the function in train_loop.
ROUTES: Mapping[str, tuple[str, str]] = {
    "alias": ("loss_of = cross_entropy_loss", "loss_of"),
    "module": ("import nn", "nn.cross_entropy_loss"),
    "dict": ("LOSSES = {'ce': cross_entropy_loss}", "LOSSES['ce']"),
    "list": ("LOSSES = [cross_entropy_loss]", "LOSSES[0]"),
    "partial": (
        "from functools import partial\nloss_of = partial(cross_entropy_loss)",
        "loss_of",
    ),
    "default": ("def loss_of(h, y, f=cross_entropy_loss):\n    return f(h, y)", "loss_of"),
    "closure": (
        "def held(f):\n    return lambda h, y: f(h, y)\nloss_of = held(cross_entropy_loss)",
        "loss_of",
    ),
    "class attribute": (
        "class Losses:\n    ce = staticmethod(cross_entropy_loss)",
        "Losses.ce",
    ),
    "instance attribute": (
        "class Losses:\n    def __init__(self, f):\n        self.f = f\n"
        "losses_of = Losses(cross_entropy_loss)",
        "losses_of.f",
    ),
    "bound method": (
        "class Losses:\n    def ce(self, h, y):\n        return cross_entropy_loss(h, y)\n"
        "loss_of = Losses().ce",
        "loss_of",
    ),
}
# Lines after everything else: what students leave in their files.
TAILS: Mapping[str, str] = {
    "training at module level": (
        "from nn import NN, tanh\n"
        "x, y = np.random.randn(20, 3), np.eye(2)[np.random.randint(0, 2, 20)]\n"
        "model, adam = NN(3, [4], tanh, 2), Adam(0.01)\n"
        "print(train_loop(model, BatchGenerator(x, y, 5), adam, 3))\n"
    ),
    "a file that is not there": "x_train = np.load('data/x_train.npy')\n",
    "plots": (
        "import matplotlib.pyplot as plt\nfrom tqdm import tqdm\n"
        "plt.plot([1, 2, 3])\nplt.savefig('loss.png')\nplt.show()\n"
    ),
}


def captured(route: str) -> str:
    """The reference with cross_entropy_loss called by way of a route."""
    lines, name = ROUTES[route]
    source = edited("train_loop", (("cross_entropy_loss(h, y)", f"{name}(h, y)"),))
    return source.replace("class BatchGenerator", f"{lines}\n\n\nclass BatchGenerator", 1)


RIGHT: Mapping[str, str | Mapping[str, str]] = {
    **{
        f"{function}: {name}": edited(function, edits)
        for function, versions in CONVENTIONS.items()
        for name, edits in versions.items()
    },
    **{f"loss by {route}": captured(route) for route in ROUTES},
    **{name: f"{reference_source('hw_mlp')}\n\n{lines}" for name, lines in TAILS.items()},
    "loops over entries": LOOPS,
    "an iterator and a base class": ITERATOR,
    "dataclasses and a helper module": {"hw_mlp.py": DATACLASSES, "tools.py": TOOLS},
    "float32 everywhere": FLOAT32,
}
