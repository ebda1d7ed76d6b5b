"""A submission that keeps or computes something in float32 is as right as one in float64."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

import pytest

from meta_tests.variants import graded, lost, reference_source, variant

KEPT = """
def __init__(self, num_inputs, num_outputs, activation=None):
    W = np.random.standard_normal((num_outputs, num_inputs)) / np.sqrt(num_inputs)
    self.W = W.astype(np.float32)
    self.b = np.zeros(num_outputs{dtype})
    self.activation = activation
"""
INITIALISED = """
def initialize_weights(self, dims):
    rng, sizes = np.random.default_rng(self.seed), [dims[0], *self.hidden_dims, dims[1]]
    self.weights = {}
    for i, shape in enumerate(pairwise(sizes), start=1):
        W = initial_matrix(rng, shape, self.init_method)
        self.weights[f"W{i}"] = W.astype(np.float32)
        self.weights[f"b{i}"] = np.zeros((1, shape[1]), np.float32)
"""
NN_CASTS = {
    "relu": ("x",),
    "tanh": ("x",),
    "softmax": ("h",),
    "softmax_jacobian": ("p",),
    "linear_forward": ("x", "W", "b"),
    "linear_backward": ("dz", "x", "W", "b"),
    "cross_entropy_loss": ("h", "y"),
    "dropout": ("x",),
    "DenseLayer.forward": ("x",),
    "NN.forward": ("x",),
}
SOLUTION_CASTS = {
    "NN.relu": ("x",),
    "NN.sigmoid": ("x",),
    "NN.tanh": ("x",),
    "NN.leakyrelu": ("x",),
    "NN.activation": ("x",),
    "NN.softmax": ("x",),
    "NN.forward": ("x",),
    "NN.loss": ("prediction", "labels"),
    "NN.backward": ("labels",),
    "NN.compute_loss_and_accuracy": ("X", "Y"),
}


def casting(source: str, functions: dict[str, tuple[str, ...]]) -> str:
    """The source with these arguments cast to float32 at the beginning of these functions."""
    tree = ast.parse(source)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    owners: list[ast.Module | ast.ClassDef] = [tree, *classes]
    for owner in owners:
        prefix = f"{owner.name}." if isinstance(owner, ast.ClassDef) else ""
        for node in owner.body:
            if isinstance(node, ast.FunctionDef):
                names = functions.get(prefix + node.name, ())
                casts = "\n".join(f"{one} = np.asarray({one}, np.float32)" for one in names)
                node.body[:0] = ast.parse(casts).body
    return ast.unparse(tree)


def in_float32(suite: str) -> str:
    """The reference with all of its work in float32."""
    if suite == "nn":
        kept = KEPT.format(dtype=", np.float32")
        return casting(variant("nn", {"DenseLayer.__init__": kept}), NN_CASTS)
    source = variant("solution", {"NN.initialize_weights": INITIALISED})
    return casting(source, SOLUTION_CASTS)


WHOLE = {f"{suite}: all": (suite, in_float32(suite)) for suite in ("nn", "solution")}
CASTS = {
    f"{suite}: {name}": (suite, casting(reference_source(suite), {name: arguments}))
    for suite, casts in {"nn": NN_CASTS, "solution": SOLUTION_CASTS}.items()
    for name, arguments in casts.items()
}
WEIGHTS = {
    f"nn: W{also}": ("nn", variant("nn", {"DenseLayer.__init__": KEPT.format(dtype=dtype)}))
    for also, dtype in {"": "", " and b": ", np.float32"}.items()
}
WEIGHTS["solution: weights"] = (
    "solution",
    variant("solution", {"NN.initialize_weights": INITIALISED}),
)
RIGHT = {**WHOLE, **CASTS, **WEIGHTS}


@pytest.mark.parametrize("name", RIGHT)
def test_float32_loses_nothing(tmp_path: Path, name: str) -> None:
    suite, source = RIGHT[name]
    assert lost(graded(tmp_path, {suite: source})) == {}


# under these of the numbered seeds, rounding in a few steps looked like slopes of a smooth function
@pytest.mark.parametrize(("name", "number"), [("nn: tanh", 192), ("solution: NN.loss", 177)])
def test_float32_loses_nothing_by_chance(tmp_path: Path, name: str, number: int) -> None:
    suite, source = CASTS[name]
    seed_file = tmp_path / "seed"
    seed_file.write_text(hashlib.sha256(f"seeds/{number}".encode()).hexdigest())
    assert lost(graded(tmp_path / "files", {suite: source}, seed_file=seed_file)) == {}


@pytest.mark.parametrize("name", WHOLE)
def test_float32_hides_no_wrong_gradient(tmp_path: Path, name: str) -> None:
    suite, source = WHOLE[name]
    right, wrong, function = {
        "nn": ("dz.T @ x", "1.001 * dz.T @ x", "nn.linear_backward"),
        "solution": (".T @ da", ".T @ da * 1.001", "solution.backward"),
    }[suite]
    assert source.count(right) == 1
    missed = lost(graded(tmp_path, {suite: source.replace(right, wrong)}))
    assert set(missed) == {function}


HE = "np.sqrt(2.0 / fan_in) * rng.standard_normal(shape)"


def with_he(drawn: str) -> str:
    """The reference of solution.py with this as its matrix by "he"."""
    source = reference_source("solution")
    assert source.count(HE) == 1
    return source.replace(HE, drawn)


XAVIER = "np.sqrt(6.0 / (fan_in + fan_out))"
NO_HE = {
    "raises": "1 / 0",
    "no W": "None",
    "zero": "np.zeros(shape)",
    "normal": "rng.standard_normal(shape)",
    "glorot": f"{XAVIER} * rng.uniform(-1, 1, shape)",
}
ANOTHER_HE = {
    "another shape": "np.zeros(3)",
    "a deviation of 2 / fan_in": "2.0 / fan_in * rng.standard_normal(shape)",
    "half the variance": "np.sqrt(1.0 / fan_in) * rng.standard_normal(shape)",
    "uniform over fan_in": "rng.uniform(-1, 1, shape) / np.sqrt(fan_in)",
    "uniform": "np.sqrt(6.0 / fan_in) * rng.uniform(-1, 1, shape)",
}


@pytest.mark.parametrize("name", NO_HE)
def test_he_may_be_missing(tmp_path: Path, name: str) -> None:
    assert lost(graded(tmp_path, {"solution": with_he(NO_HE[name])})) == {}


def test_he_without_any_weights(tmp_path: Path) -> None:
    code = INITIALISED.replace("    rng,", "    if self.init_method == 'he': return\n    rng,")
    source = variant("solution", {"NN.initialize_weights": code})
    assert lost(graded(tmp_path, {"solution": source})) == {}


@pytest.mark.parametrize("name", ANOTHER_HE)
def test_another_he_loses(tmp_path: Path, name: str) -> None:
    source = with_he(ANOTHER_HE[name])
    missed = lost(graded(tmp_path, {"solution": source}))
    assert set(missed) == {"solution.initialize_weights"}
