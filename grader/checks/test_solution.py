# grader-secret: nothing of this file may reach students.
"""Hidden checks of solution.py: the initial weights and the functions of a layer."""

from itertools import pairwise

import numpy as np

from grader.suites import Suite
from tests.helpers import Ask, Name, close, entry, finite, for_all, holds, marks, marks_each, shaped
from tests.helpers.against import ACTIVATIONS, gradients_like, leakyrelu_works, net_of, selected
from tests.helpers.conventions import networks
from tests.helpers.drawing import on_a_grid
from tests.helpers.elementwise import (
    KEPT,
    SINGLE,
    TYPES,
    check_kept,
    check_kink,
    check_slopes,
    check_types,
    check_values,
    drawn_input,
)
from tests.helpers.initial import (
    as_another,
    biases_moved,
    check_normal,
    drawn_as,
    initialisation_by,
)
from tests.helpers.mlp import fixed_weights, initialisation, initialised, joined, matrix

SUITE = Suite(
    name="solution",
    owner="NN",
    levels=(
        ("initialize_weights", "relu", "sigmoid", "tanh", "leakyrelu", "softmax"),
        ("activation",),
        ("forward",),
        ("loss",),
        ("backward",),
        ("update",),
        ("compute_loss_and_accuracy",),
        ("train_loop", "evaluate"),
    ),
    optional=frozenset({"leakyrelu"}),
    points={
        "initialize_weights": 2,
        "softmax": 2,
        "forward": 3,
        "loss": 2,
        "backward": 5,
        "train_loop": 3,
    },
)
SMALL = (
    "After the shift nothing overflows and no sum is 0: add nothing, clip nothing, round nothing."
)
OWN_MATRIX = "The bound follows from the sizes of the very matrix that is drawn."
ELEMENTWISE = ("solution.relu", "solution.sigmoid", "solution.tanh", "solution.leakyrelu")


@marks("solution.initialize_weights", weight=2)
@for_all(cases=2)
def test_initialize_weights_bounds(student, settings, draw):
    """W is uniform between -r and r, with the r of its own layer."""
    low, high = (30, 40), (45, 60)
    d, *hidden, c = widths = [draw.integer(*ends) for ends in (high, low, high, low, high)]
    weights = yield initialisation(student, hidden, (d, c), seed=draw.integer(1, 99))
    for i, (n, k) in enumerate(pairwise(widths), start=1):
        key = f"W{i}"
        W = np.abs(matrix(weights, key, (n, k)))
        r = 1.0 / np.sqrt(n) if settings.init_bound == "fan_in" else np.sqrt(6.0 / (n + k))
        inside = bool(W.max() <= r * (1 + 1e-6))
        holds(f'weights["{key}"]', inside, "has entries beyond the bound", hint=OWN_MATRIX)
        wide = bool(W.max() >= 0.97 * r)
        holds(f'weights["{key}"]', wide, "stays far from its bound", hint=OWN_MATRIX)
        even = abs(np.mean(W**2) / r**2 - 1 / 3) < 0.06
        holds(f'weights["{key}"]', even, "is not spread evenly", hint="Draw from U(-r, r).")


@marks("solution.initialize_weights")
@for_all(cases=1)
def test_initialize_weights_is_balanced(student, draw):
    """Positive and negative weights are equally likely, in every layer."""
    weights = yield initialisation(student, (40, 30), (50, 20), seed=draw.integer(1, 99))
    for key, shape in {"W1": (50, 40), "W2": (40, 30), "W3": (30, 20)}.items():
        W = matrix(weights, key, shape)
        middle = abs(W.mean()) < 0.25 * W.std()
        holds(f'weights["{key}"]', middle, "does not have mean zero", hint="From -r to r.")


@marks("solution.initialize_weights")
@for_all(cases=1)
def test_initialize_weights_draws_each_layer_anew(student, draw):
    """Layers of the same shape have different weights."""
    n = draw.integer(3, 6)
    weights = yield initialisation(student, (n, n), (n, n), seed=draw.integer(1, 99))
    W1, W2, W3 = (matrix(weights, key, (n, n)) for key in ("W1", "W2", "W3"))
    alike = any(np.allclose(a, b) for a, b in ((W1, W2), (W1, W3), (W2, W3)))
    hint = "Seed the generator once, before the loop over the layers."
    holds("weights", not alike, "has the same matrix in two layers", hint=hint)


@marks("solution.initialize_weights")
@for_all(cases=1)
def test_initialize_weights_he(student, draw):
    """init_method "he", where it is known, has variance 2 / fan_in."""
    seed, methods = draw.integer(1, 99), ("zero", "normal", "glorot", "he")
    weights = yield initialisation(student, (30,), (80, 10))
    matrix(weights, "W1", (80, 30))
    found = yield tuple(initialisation_by(student, how, seed) for how in methods)
    *others, he = (drawn_as(one, "W1") for one in found)
    if he is not None and not as_another(he, others):
        check_normal('W1 with init_method "he"', he, (80, 30))
        check_normal('W2 with init_method "he"', drawn_as(found[-1], "W2"), (30, 80))


@marks("solution.initialize_weights")
def test_initialize_weights_of_any_depth(student):
    """One to five hidden layers of unequal widths: 2 L entries, each in its shape."""
    for hidden in ((7,), (2, 6, 3), (3, 1, 4, 2, 5)):
        weights, widths = initialised(student, hidden, (6, 4)), [6, *hidden, 4]
        for i, shape in enumerate(pairwise(widths), start=1):
            matrix(weights, f"W{i}", shape)
            shaped(f'weights["b{i}"]', entry("weights", weights, f"b{i}"), (1, shape[1]))
        holds("weights", len(weights) == 2 * len(widths) - 2, "has more entries than 2 L")


@marks("solution.initialize_weights")
def test_initialize_weights_starts_anew(student):
    """A second call replaces all weights by those of the new sizes."""
    one, nets = Ask(), networks(student)
    net = nets.build(one, hidden_dims=(3,))
    one.method(net, "initialize_weights", (5, 2))
    one.method(net, "initialize_weights", (4, 6))
    weights = student.run(one.returns(one.get(net, "weights")))
    matrix(weights, "W1", (4, 3))
    matrix(weights, "W2", (3, 6))


@marks("solution.initialize_weights")
@for_all(cases=1)
def test_initialize_weights_shares_no_array(student, draw):
    """The class's own update moves biases of equal width apart, as it moves given ones."""
    n, nets, one = draw.integer(2, 4), networks(student, "update"), Ask(may_raise=True)
    zeros = {key: np.zeros_like(value) for key, value in fixed_weights([n, n, n]).items()}
    fresh = nets.build(one, hidden_dims=(n,), dims=(n, n))
    one.method(fresh, "initialize_weights", (n, n))
    grads, given = gradients_like(draw, zeros), nets.build(one, zeros)
    for net in (fresh, given):
        one.method(net, "update", grads)
    answer = yield one.returns(one.get(fresh, "weights"), one.get(given, "weights"))
    if answer.failure is None and biases_moved(answer.values[1], n):
        got, want = (joined("weights", weights, ["b1", "b2"]) for weights in answer.values)
        call, hint = (
            "biases after initialize_weights(dims) and update(grads)",
            "At first each bias is 0, and an array of its own.",
        )
        close(call, got, want, hint=hint)


@marks_each(*ELEMENTWISE, gate=True)
@for_all(cases=4)
def test_values(student, draw, reference, name):
    """The function on random arrays."""
    yield from check_values(student, name, getattr(net_of(reference), name), drawn_input(draw))


@marks_each(*ELEMENTWISE)
@for_all(cases=2)
def test_derivative(student, draw, reference, name):
    """The derivative is right, and it is the slope of the function itself."""
    yield from check_slopes(student, name, getattr(net_of(reference), name), draw)


@marks_each(*ELEMENTWISE, "solution.activation")
@for_all(cases=1)
def test_argument_is_kept(student, draw, name):
    """Neither the function nor its derivative changes x."""
    yield from check_kept(student, name, drawn_input(draw))


@marks_each(*ELEMENTWISE)
@for_all(cases=2)
def test_input_of_other_types(student, draw, reference, name):
    """Whole numbers and float32 give what the same numbers give as float64."""
    yield from check_types(student, name, getattr(net_of(reference), name), draw)


@marks_each("solution.relu", "solution.leakyrelu")
def test_kink_and_far_out(student, name):
    """At 0 the value is 0 and the derivative between the two slopes; ±1e4 is exact."""
    check_kink(student, name, {"relu": 0.0, "leakyrelu": 0.01}[name])


@marks("solution.softmax", gate=True)
@for_all(cases=4)
def test_softmax_values(student, draw, reference):
    """softmax of random arrays, row by row."""
    x = draw.array((draw.integer(2, 5), draw.integer(2, 5)), -5, 5)
    close("softmax(x)", (yield networks(student).ask("softmax", x)), net_of(reference).softmax(x))


@marks("solution.softmax")
@for_all(cases=4)
def test_softmax_ignores_a_shift_of_a_row(student, draw):
    """Adding a constant to a row leaves its probabilities as they are."""
    x = on_a_grid(draw.array((3, draw.integer(2, 5)), -3, 3))
    shift = on_a_grid(draw.array((3, 1), -50, 50))
    p, q = yield networks(student).ask_each(("softmax", x), ("softmax", x + shift))
    close("softmax(x + c)", q, shaped("softmax(x)", p, x.shape))


@marks("solution.softmax")
@for_all(cases=2)
def test_softmax_of_small_probabilities(student, draw, reference):
    """A probability of a millionth is right as well: three digits of it, not six decimals."""
    x = on_a_grid(draw.array((3, 4), -1, 1)) - np.array([0.0, 4.0, 8.0, 12.0])
    got = yield networks(student).ask("softmax", x)
    close("softmax(x)", got, net_of(reference).softmax(x), rtol=2e-3, atol=0.0, hint=SMALL)


@marks("solution.softmax")
@for_all(cases=3)
def test_softmax_of_distant_rows(student, draw, reference):
    """Neither rows of very different size nor such entries of a row disturb one another."""
    near = on_a_grid(draw.array((7, 4), -3, 3))
    hot = 900.0 * np.eye(4)[draw.permutation(4)[:2]]  # a mean of them is still harmless
    x = near + np.concatenate([np.array([[0.0], [1e4], [-1e4]]) + np.zeros(4), hot, 900.0 - hot])
    hint = "Subtract each row's own maximum: another number leaves 0/0 or infinities."
    got = yield networks(student).ask("softmax", x)
    finite("softmax(x)", got, hint=hint)
    close("softmax(x)", got, net_of(reference).softmax(x), hint=hint)


@marks("solution.softmax")
@for_all(cases=2)
def test_softmax_of_other_types(student, draw, reference):
    """Whole numbers and float32 give what the same numbers give as float64."""
    x = np.rint(draw.array((3, 4), -5, 5))
    kinds, nets = (np.float64, np.int64, np.float32), networks(student)
    found = yield nets.ask_each(*[("softmax", x.astype(kind)) for kind in kinds])
    for got, kind in zip(found, kinds, strict=True):
        call = f"softmax(x) with x of {np.dtype(kind)}"
        hint = "" if kind is np.float64 else TYPES
        close(call, got, net_of(reference).softmax(x), hint=hint, **SINGLE)


@marks("solution.softmax")
@for_all(cases=3)
def test_softmax_of_one_row(student, draw, reference):
    """A batch of one row keeps its two axes; there are ten classes or more."""
    x = draw.array((1, draw.integer(10, 12)), -3, 3)
    close("softmax(x)", (yield networks(student).ask("softmax", x)), net_of(reference).softmax(x))


@marks("solution.softmax")
@for_all(cases=2)
def test_softmax_keeps_its_argument(student, draw):
    """softmax leaves x as it is."""
    x, one = draw.array((3, 4), -3, 3), Ask()
    given = one.call(Name("numpy.array"), x)
    one.method(networks(student).build(one), "softmax", given)
    close("x after softmax(x)", (yield one.returns(given)), x, hint=KEPT)


@marks("solution.activation", gate=True)
@for_all(cases=3)
def test_activation_values(student, draw, reference):
    """activation for every name, on random arrays."""
    yield from selected(student, drawn_input(draw), reference, ACTIVATIONS)


@marks("solution.activation")
@for_all(cases=3)
def test_activation_derivatives(student, draw, reference):
    """The derivative of activation for every name, on random arrays."""
    yield from selected(student, drawn_input(draw), reference, ACTIVATIONS, True)


@marks("solution.activation")
@for_all(cases=1)
def test_activation_selects_leakyrelu(student, draw, reference):
    """Where leakyrelu is there, activation selects it."""
    if leakyrelu_works(student):
        for grad in ((), (True,)):
            yield from selected(student, drawn_input(draw), reference, ["leakyrelu"], *grad)


@marks("solution.activation")
@for_all(cases=1)
def test_activation_belongs_to_its_network(student, draw, reference):
    """Two networks with different activations do not disturb each other."""
    x, nets, one = drawn_input(draw), networks(student), Ask()
    first, _ = nets.build(one, activation="sigmoid"), nets.build(one, activation="relu")
    got = yield one.returns(one.method(first, "activation", x))
    hint = "Keep the choice in self, not in the class."
    close("activation(x) of the first network", got, net_of(reference).sigmoid(x), hint=hint)
