# grader-secret: nothing of this file may reach students.
"""Hidden checks of forward and loss in solution.py."""

import numpy as np

from tests.helpers import Ask, Name, close, close_each, entry, finite, for_all, marks, shaped
from tests.helpers.against import ACTIVATIONS, drawn_widths, leakyrelu_works, net_of, same_cache
from tests.helpers.conventions import networks
from tests.helpers.elementwise import KEPT, SINGLE
from tests.helpers.mlp import drawn_probabilities, drawn_weights, fixed_weights
from tests.helpers.networks import cache_of

ALONE = "The loss follows from predictions and labels alone: divide by the number of examples."


@marks("solution.forward", gate=True)
@for_all(cases=4)
def test_forward_values(student, draw, reference):
    """The whole cache of networks with one to three hidden layers."""
    weights = drawn_weights(draw, drawn_widths(draw))
    x = draw.array((draw.integer(2, 4), len(weights["W1"])), -2, 2)
    yield from same_cache(student, reference, weights, x, draw.choice(ACTIVATIONS))


@marks("solution.forward")
@for_all(cases=2)
def test_forward_of_a_deep_network(student, draw, reference):
    """Five hidden layers of unequal widths, one of them a single unit."""
    weights, x = drawn_weights(draw, [4, 6, 3, 1, 5, 2, 3]), draw.array((3, 4), -2, 2)
    yield from same_cache(student, reference, weights, x, draw.choice(["relu", "tanh"]))


@marks("solution.forward")
@for_all(cases=3)
def test_forward_of_one_example(student, draw, reference):
    """A batch of one example."""
    weights, x = drawn_weights(draw, [3, 4, 3]), draw.array((1, 3), -2, 2)
    yield from same_cache(student, reference, weights, x, "tanh")


@marks("solution.forward")
@for_all(cases=2)
def test_forward_treats_examples_alone(student, draw):
    """Another order of the examples gives the same rows in that order."""
    weights, x = drawn_weights(draw, [3, 4, 2]), draw.array((4, 3), -2, 2)
    order, nets = draw.permutation(4), networks(student, "forward")
    one, other = yield tuple(nets.ask("forward", each, weights=weights) for each in (x, x[order]))
    one, other = cache_of("forward(x)", one), cache_of("forward(x)", other)
    for key, n in {"A1": 4, "Z1": 4, "A2": 2, "Z2": 2}.items():
        rows = shaped(f'forward(x)["{key}"]', entry("forward(x)", one, key), (4, n))
        close(f'forward(x[order])["{key}"]', entry("forward(x)", other, key), rows[order])


@marks("solution.forward")
def test_forward_of_zero_weights(student):
    """Weights and biases of zero give every class the same probability."""
    weights = {key: np.zeros_like(value) for key, value in fixed_weights([3, 4, 5]).items()}
    got = student.run(networks(student, "forward").ask("forward", np.ones((2, 3)), weights=weights))
    probabilities = entry("forward(x)", cache_of("forward(x)", got), "Z2")
    close('forward(x)["Z2"]', probabilities, np.full((2, 5), 0.2))


@marks("solution.forward")
@for_all(cases=1)
def test_forward_keeps_its_argument(student, draw):
    """forward leaves x as it is."""
    one, x = Ask(), draw.array((3, 4), -2, 2)
    given = one.call(Name("numpy.array"), x)
    net = networks(student, "forward").build(one, drawn_weights(draw, [4, 3, 3]))
    one.method(net, "forward", given)
    close("x after forward(x)", (yield one.returns(given)), x, hint=KEPT)


@marks("solution.forward")
@for_all(cases=1)
def test_forward_of_other_types(student, draw, reference):
    """X of whole numbers, as pixels are, or of float32 gives what it gives as float64."""
    weights, x = drawn_weights(draw, [3, 4, 3]), np.rint(draw.array((2, 3), -4, 4))
    for kind in (np.int64, np.float32):
        yield from same_cache(student, reference, weights, x.astype(kind), "tanh")


@marks("solution.forward")
@for_all(cases=1)
def test_forward_of_huge_input(student, draw, reference):
    """Input of ±1e4 gives finite numbers in the whole cache."""
    weights, x = drawn_weights(draw, [3, 4, 3]), 1e4 * np.sign(draw.array((2, 3), -1, 1))
    yield from same_cache(student, reference, weights, x, "tanh")


@marks("solution.forward")
@for_all(cases=1)
def test_forward_twice(student, draw, reference):
    """A second call with the same x gives the same, other weights give their own."""
    weights, x = drawn_weights(draw, [3, 4, 2]), draw.array((3, 3), -2, 2)
    nets, one, other = networks(student, "forward"), Ask(), drawn_weights(draw, [3, 4, 2])
    net = nets.build(one, weights)
    asked = [one.method(net, "forward", each) for each in (x, -x[:2], x)]
    one.set(net, "weights", other)
    found = yield one.returns(asked[0], asked[2], one.method(net, "forward", x))
    first, again, later = (cache_of("forward(x)", each) for each in found)
    want = {"A1": (3, 4), "Z1": (3, 4), "A2": (3, 2), "Z2": (3, 2)}
    right = {
        k: shaped(f'forward(x)["{k}"]', entry("forward(x)", first, k), s) for k, s in want.items()
    }
    hint = "Take the weights from self.weights, and start a new cache in every call."
    close_each("forward(x), asked again,", again, right, hint=hint)
    want = net_of(reference, other).forward(x)
    close_each("forward(x) with other weights", later, want, hint=hint)


@marks("solution.forward")
@for_all(cases=2)
def test_forward_leaves_earlier_caches(student, draw, reference):
    """A cache stays as it is when forward is called again."""
    weights, x = drawn_weights(draw, [3, 4, 2]), draw.array((2, 3, 3), -2, 2)
    nets, one = networks(student, "forward"), Ask()
    net = nets.build(one, weights)
    asked = [one.method(net, "forward", each) for each in x]
    cache = cache_of("forward(x)", (yield one.returns(asked[0])))
    want = net_of(reference, weights).forward(x[0])
    hint = "Each call makes a cache, and arrays, of its own."
    close_each("the cache of forward(x) after forward(other x)", cache, want, hint=hint)


@marks("solution.forward")
@for_all(cases=1)
def test_forward_with_leakyrelu(student, draw, reference):
    """Where leakyrelu is there, networks with it have it in their hidden layers."""
    if leakyrelu_works(student):
        weights, x = drawn_weights(draw, [3, 4, 5, 3]), draw.array((3, 3), -2, 2)
        yield from same_cache(student, reference, weights, x, "leakyrelu")


@marks("solution.loss", gate=True)
@for_all(cases=4)
def test_loss_values(student, draw, reference):
    """The loss of random probabilities."""
    m, c = draw.integer(2, 5), draw.integer(2, 5)
    p, y = drawn_probabilities(draw, m, c), draw.one_hot(m, c)
    got = yield networks(student).ask("loss", p, y, batch_size=m)
    close("loss(p, y)", got, net_of(reference).loss(p, y), examples=m)


@marks("solution.loss")
@for_all(cases=3)
def test_loss_at_certainty(student, draw, reference):
    """Probabilities of 0 and 1, or almost so, give a finite loss, right or wrong."""
    y, nets = draw.one_hot(3, 4), networks(student)
    hint = "Clip to [epsilon, 1 - epsilon] before the logarithm."
    for epsilon in (draw.choice([1e-4, 1e-3]), 1e-7):
        given, right = _sure(y, epsilon), net_of(reference, epsilon=epsilon)
        asked = [nets.ask("loss", p, y, batch_size=3, epsilon=epsilon) for p in given]
        for p, got in zip(given, (yield tuple(asked)), strict=True):
            finite("loss(p, y)", got, hint=hint)
            close("loss(p, y)", got, right.loss(p, y), hint=hint)


@marks("solution.loss")
@for_all(cases=3)
def test_loss_of_other_types(student, draw, reference):
    """Labels as whole numbers and probabilities as float32 change nothing; one example will do."""
    m = draw.size(3)
    p, y = drawn_probabilities(draw, m, 4), draw.one_hot(m, 4)
    nets, want = networks(student), net_of(reference).loss(p, y)
    given = {"whole labels": (p, y.astype(np.int64)), "p of float32": (p.astype(np.float32), y)}
    found = yield tuple(nets.ask("loss", *pair, batch_size=m) for pair in given.values())
    for name, got in zip(given, found, strict=True):
        close(f"loss(p, y) with {name}", got, want, examples=m, **SINGLE)


@marks("solution.loss")
@for_all(cases=3)
def test_loss_of_a_short_minibatch(student, draw, reference):
    """The mean is over the examples given, whatever the weights and batch_size are."""
    m, weights = draw.integer(2, 5), drawn_weights(draw, [2, 2, 3])
    p, y = drawn_probabilities(draw, m, 3), draw.one_hot(m, 3)
    got = yield networks(student).ask("loss", p, y, weights=weights, batch_size=16)
    close("loss(p, y)", got, net_of(reference).loss(p, y), hint=ALONE)


def _sure(y, epsilon):
    """Predictions without any doubt, right ones and wrong ones, and wrong ones with hardly any."""
    wrong = np.roll(y, 1, axis=1)
    return y, wrong, np.where(wrong > 0, 1.0 - 0.3 * epsilon, 0.1 * epsilon)
