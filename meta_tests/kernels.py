"""Print which kernel of OpenBLAS numpy computes with, here and in the sandbox's workers.

    OPENBLAS_CORETYPE=Prescott python -m meta_tests.kernels

One line of JSON: the kernel's name, and digests of the same matrix products in both places. No
name where numpy's BLAS is not the OpenBLAS of its wheels.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
from pathlib import Path

import numpy as np

from grader.sandbox import Zygote
from meta_tests.sandboxes import value, worker_with

# Sizes that no kernel's blocks divide: how sums are split differs between them, and so do bits.
PRODUCTS = """
import numpy as np

def products(a, b):
    return [(a[:, :n] @ b[:n]).astype(np.float64) for n in (5, 17, 29, 37)]
"""


def name() -> str:
    """The kernel's name."""
    folder = Path(np.__file__).parent.parent / "numpy.libs"
    for library in folder.glob("libscipy_openblas*"):
        asked = getattr(ctypes.CDLL(str(library)), "scipy_openblas_get_corename64_", None)
        if asked is not None:
            asked.restype = ctypes.c_char_p
            return str(asked().decode())
    return ""


def digest(arrays: list[np.ndarray]) -> str:
    """Eight hex digits of their bits."""
    return hashlib.sha256(b"".join(one.tobytes() for one in arrays)).hexdigest()[:8]


def main() -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(size=(40, 37)), random.normal(size=(37, 29))
    here: dict[str, object] = {}
    exec(PRODUCTS, here)
    with Zygote() as zygote, worker_with(zygote, PRODUCTS) as worker:
        there = value(worker, "nn.products", a, b)
    ours = here["products"](a, b)  # type: ignore[operator]
    print(json.dumps({"name": name(), "host": digest(ours), "worker": digest(there)}))


if __name__ == "__main__":
    main()
