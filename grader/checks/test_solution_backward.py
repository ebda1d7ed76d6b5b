# grader-secret: nothing of this file may reach students.
"""Hidden checks of backward and update in solution.py."""

import numpy as np

from tests.helpers import Ask, changed, close, close_each, entry, for_all, holds, marks, shaped
from tests.helpers.against import (
    ACTIVATIONS,
    CALL,
    MEAN,
    drawn_widths,
    first_step,
    gradients_like,
    leakyrelu_works,
    net_of,
    smooth_case,
    steps_aside,
    steps_down,
    true_gradient,
    true_slopes,
)
from tests.helpers.conventions import networks
from tests.helpers.mlp import drawn_weights, fixed_weights, gradient, gradients, joined, updated
from tests.helpers.networks import cache_of

SHORT = "Divide by the number of examples given: the last minibatch may be shorter than batch_size."
STEP = "Wi - lr dWi and bi - lr dbi, in every layer."


@marks("solution.backward", weight=2)
@for_all(cases=4)
def test_backward_weights_with_relu(student, draw, reference):
    """dW of networks with relu, against the true gradient."""
    yield from true_gradient(student, smooth_case(draw, reference, ["relu"]), "dW")


@marks("solution.backward", weight=2)
@for_all(cases=4)
def test_backward_weights_with_smooth_activations(student, draw, reference):
    """dW of networks with sigmoid and tanh, against the true gradient."""
    yield from true_gradient(student, smooth_case(draw, reference, ["sigmoid", "tanh"]), "dW")


@marks("solution.backward", weight=2)
@for_all(cases=4)
def test_backward_biases(student, draw, reference):
    """db of networks with any activation, against the true gradient."""
    yield from true_gradient(student, smooth_case(draw, reference, ACTIVATIONS), "db")


@marks("solution.backward", weight=2)
@for_all(cases=2)
def test_backward_by_central_differences_in_depth(student, draw, reference):
    """A deep network: all weights together and one alone, by differences of its own loss."""
    case = smooth_case(draw, reference, ["relu", "tanh"], [6, 5, 4, 3], 4)
    yield from true_slopes(student, draw, case)


@marks("solution.backward")
@for_all(cases=3)
def test_backward_starts_at_the_output(student, draw, reference):
    """dA of the last layer is probabilities minus labels, per example or averaged."""
    yield from first_step(student, smooth_case(draw, reference, ["tanh"]))


@marks("solution.backward")
@for_all(cases=3)
def test_backward_goes_down_a_layer(student, draw, reference):
    """Each dZ is right, given the dA above it, and each dA, given the dZ of its layer."""
    case = smooth_case(draw, reference, ACTIVATIONS, [3, 4, 5, 3])
    yield from steps_down(student, case)


@marks("solution.backward")
@for_all(cases=3)
def test_backward_from_dA_to_the_weights(student, draw, reference):
    """Each dW and db is right, given the dA of its layer, up to the factor of the mean."""
    case = smooth_case(draw, reference, ACTIVATIONS, [3, 4, 5, 3])
    yield from steps_aside(student, case)


@marks("solution.backward")
@for_all(cases=2)
def test_backward_of_a_doubled_batch(student, draw):
    """Every example twice, in another order, leaves the gradient of the mean as it is."""
    weights, x, y = drawn_weights(draw, [3, 4, 3]), draw.array((3, 3), -2, 2), draw.one_hot(3, 3)
    order = np.concatenate([np.arange(3), draw.permutation(3)])
    once, twice = yield (
        gradients(student, weights, x, y, activation="tanh"),
        gradients(student, weights, x[order], y[order], activation="tanh"),
    )
    keys = {"dW2": "W2", "dW1": "W1"}
    want = {d: shaped(f'"{d}"', gradient(CALL, once, d), weights[k].shape) for d, k in keys.items()}
    close_each(f"{CALL} with every example twice", twice, want, hint=MEAN, examples=3)


@marks("solution.backward")
@for_all(cases=3)
def test_backward_of_a_short_minibatch(student, draw, reference):
    """The mean is over the examples given, however large batch_size is."""
    case = smooth_case(draw, reference, ["tanh"], [3, 4, 3], draw.integer(2, 5))
    yield from true_gradient(student, case, "dW", "db", hint=SHORT, batch_size=16)


@marks("solution.backward")
@for_all(cases=2)
def test_backward_of_one_example(student, draw, reference):
    """A minibatch of one example."""
    case = smooth_case(draw, reference, ["tanh"], [3, 4, 3], 1)
    yield from true_gradient(student, case, "dW", "db")


@marks("solution.backward")
@for_all(cases=1)
def test_backward_shapes(student, draw):
    """dW and db have the shapes of W and b, whatever the number of examples."""
    weights, m = drawn_weights(draw, drawn_widths(draw)), draw.integer(2, 4)
    x, y = (
        draw.array((m, len(weights["W1"])), -2, 2),
        draw.one_hot(m, weights[list(weights)[-1]].size),
    )
    grads = yield gradients(student, weights, x, y, activation="tanh")
    for key, value in weights.items():
        hint = f"d{key} has the shape of {key}."
        shaped(f'{CALL}["d{key}"]', entry(CALL, grads, f"d{key}"), value.shape, hint=hint)


@marks("solution.backward")
@for_all(cases=2)
def test_backward_of_five_hidden_layers(student, draw, reference):
    """Five hidden layers of unequal widths, one of them a single unit."""
    case = smooth_case(draw, reference, ["tanh", "sigmoid"], [3, 4, 2, 5, 1, 3, 2])
    yield from true_gradient(student, case, "dW", "db")


@marks("solution.backward")
@for_all(cases=2)
def test_backward_of_layers_of_one_width(student, draw, reference):
    """Square weight matrices, where a transpose too many or too few has the right shape."""
    case = smooth_case(draw, reference, ["tanh"], [3, 3, 3, 3])
    yield from true_gradient(student, case, "dW", "db")


@marks("solution.backward")
@for_all(cases=1)
def test_backward_of_other_types(student, draw, reference):
    """X of whole numbers, as pixels are, or of float32 gives the gradients of the same numbers."""
    net = net_of(reference, drawn_weights(draw, [3, 4, 3]), activation="tanh")
    x, y = np.rint(draw.array((3, 3), -2.4, 2.4)), draw.one_hot(3, 3)
    for kind in (np.int64, np.float32):
        yield from true_gradient(student, (net, x.astype(kind), y), "dW", "db")


@marks("solution.backward")
@for_all(cases=2)
def test_backward_of_a_sure_network(student, draw, reference):
    """Probabilities of exactly 0 and 1, right and wrong, give finite gradients."""
    weights = drawn_weights(draw, [3, 4, 3])
    weights["b2"] = weights["b2"] + 1e4 * draw.one_hot(1, 3)
    net = net_of(reference, weights, activation="tanh")
    case = net, draw.array((3, 3), -2, 2), np.eye(3)
    hint = "With respect to the logits the derivative needs no division by a probability."
    yield from true_gradient(student, case, "dW", "db", hint=hint)


@marks("solution.backward")
@for_all(cases=1)
def test_backward_of_zero_weights(student, draw, reference):
    """Where all weights are 0, only the last bias has a gradient."""
    widths = [3, draw.integer(2, 4), 3]
    weights = {key: np.zeros_like(value) for key, value in fixed_weights(widths).items()}
    case = net_of(reference, weights), draw.array((4, 3), -2, 2), np.eye(3)[[0, 1, 1, 1]]
    yield from true_gradient(student, case, "dW", "db")


@marks("solution.backward")
@for_all(cases=1)
def test_backward_twice(student, draw, reference):
    """A second minibatch has its own gradients; the weights are left to update."""
    weights, x = drawn_weights(draw, [3, 4, 3]), draw.array((2, 2, 3), -2, 2)
    nets, one = networks(student, "backward"), Ask()
    net = nets.build(one, weights, batch_size=2, activation="tanh")
    for minibatch, y in zip(x, (np.eye(3)[1:], np.eye(3)[:2]), strict=True):
        _, held = nets.forward(one, net, minibatch)
        grads = one.method(net, "backward", held, y)
    after, grads = yield one.returns(one.get(net, "weights"), grads)
    entry(CALL, grads, "dW1")
    close_each("weights after backward(cache, y)", after, weights)
    right = net_of(reference, weights, activation="tanh")
    call, hint = "backward(cache, y) of a second minibatch", "Start from zero in every call."
    _same_gradients(call, grads, right.backward(right.forward(x[1]), np.eye(3)[:2]), hint)


@marks("solution.backward")
@for_all(cases=2)
def test_backward_of_an_earlier_cache(student, draw, reference):
    """backward goes by the cache that it is given, also after a later forward."""
    weights, x = drawn_weights(draw, [3, 4, 3]), draw.array((2, 2, 3), -2, 2)
    nets, one = networks(student, "backward"), Ask()
    net = nets.build(one, weights, batch_size=2, activation="tanh")
    (_, held), _ = (nets.forward(one, net, minibatch) for minibatch in x)
    grads = yield one.returns(one.method(net, "backward", held, np.eye(3)[1:]))
    right = net_of(reference, weights, activation="tanh")
    call = "backward(cache, y) after forward(other x)"
    hint = "All that backward needs to know of the examples is in its arguments."
    _same_gradients(call, grads, right.backward(right.forward(x[0]), np.eye(3)[1:]), hint)


@marks("solution.backward")
@for_all(cases=1)
def test_backward_with_leakyrelu(student, draw, reference):
    """Where leakyrelu is there, networks with it have their gradients."""
    if leakyrelu_works(student):
        yield from true_gradient(student, smooth_case(draw, reference, ["leakyrelu"]), "dW", "db")


@marks("solution.update", gate=True)
@for_all(cases=4)
def test_update_values(student, draw):
    """Every weight and bias of a network of any depth makes its step, and keeps its shape."""
    weights = drawn_weights(draw, drawn_widths(draw))
    grads, lr = gradients_like(draw, weights, 30.0), draw.uniform(0.05, 0.8)
    after = yield updated(student, grads, weights=weights, lr=lr)
    before = joined("weights", weights, list(weights))
    changed("update(grads)", before, joined("weights", after, list(weights)))
    want = {key: value - lr * grads[f"d{key}"] for key, value in weights.items()}
    close_each("weights after update(grads)", after, want, hint=STEP, start=weights)


@marks("solution.update")
@for_all(cases=2)
def test_update_twice(student, draw):
    """Two updates of a deep network add up; further keys are no obstacle."""
    weights, lr = drawn_weights(draw, [3, 2, 4, 1, 2, 3, 2]), draw.uniform(0.05, 0.5)
    first, second = gradients_like(draw, weights), gradients_like(draw, weights)
    extra = {"dA2": np.ones((5, 2)), "dZ1": np.ones((5, 4)), "dA1": np.ones((5, 4))}
    nets, one = networks(student, "update"), Ask()
    net = nets.build(one, weights, lr=lr)
    for grads in (first, second):
        one.method(net, "update", {**extra, **grads})
    after = yield one.returns(one.get(net, "weights"))
    want = {k: v - lr * (first[f"d{k}"] + second[f"d{k}"]) for k, v in weights.items()}
    close_each("weights after two updates", after, want, hint=STEP, start=weights)
    holds("weights after two updates", set(after) == set(weights), "has other keys than before")


@marks("solution.update")
@for_all(cases=1)
def test_update_reaches_forward(student, draw, reference):
    """forward computes with the weights that update has left."""
    weights, x = drawn_weights(draw, [3, 4, 2]), draw.array((2, 3), -2, 2)
    grads, nets, one = gradients_like(draw, weights), networks(student, "forward"), Ask()
    net = nets.build(one, weights, lr=0.5, activation="tanh")
    one.method(net, "forward", x)
    one.method(net, "update", grads)
    got = cache_of("forward(x)", (yield one.returns(one.method(net, "forward", x))))
    want = {key: value - 0.5 * grads[f"d{key}"] for key, value in weights.items()}
    right = net_of(reference, want, activation="tanh").forward(x)
    close("forward(x) after update(grads): Z2", entry("forward(x)", got, "Z2"), right["Z2"])


def _same_gradients(call, grads, right, hint):
    """The gradients of a network of two layers, by two examples."""
    want = {key: right[key] for key in ("dW2", "db2", "dW1", "db1")}
    got = {key: gradient(CALL, grads, key) for key in want}
    close_each(call, got, want, hint=hint, examples=2)
