"""Public checks of solution.py: worked examples, closed forms, properties without a reference."""

import numpy as np

from tests.helpers import (
    Ask,
    Name,
    changed,
    close,
    close_each,
    entry,
    finite,
    for_all,
    holds,
    marks,
    shaped,
)
from tests.helpers.against import MEAN, hints_of
from tests.helpers.conventions import networks
from tests.helpers.elementwise import check_far
from tests.helpers.initial import (
    BELL,
    OTHERS,
    by_other_methods,
    drawn_as,
    is_bell,
    matrices,
    one_initialisation,
)
from tests.helpers.mlp import (
    EXAMPLE,
    LN3,
    WEIGHTS,
    X_TEXT,
    Y_TEXT,
    X,
    Y,
    drawn_probabilities,
    drawn_weights,
    fixed_weights,
    gradient,
    gradients,
    initialisation,
    initialised,
    matrix,
    number,
    own_loss,
    up_to_mean,
)
from tests.helpers.networks import cache_of
from tests.helpers.several import close_all
from tests.helpers.slopes import close_to_slopes

AT_X = "The derivative is taken at x, the pre-activation."


@marks("solution.initialize_weights", gate=True)
def test_initialize_weights_shapes(student):
    """W1, W2, ... are (fan_in, fan_out), and every entry is drawn by itself."""
    weights = initialised(student, (4, 3), (5, 2))
    for key, shape in {"W1": (5, 4), "W2": (4, 3), "W3": (3, 2)}.items():
        W = matrix(weights, key, shape)
        finite(f'weights["{key}"]', W)
        spread = np.unique(W).size == W.size
        holds(f'weights["{key}"]', spread, "repeats entries", hint="Draw a whole matrix.")


@marks("solution.initialize_weights")
@for_all(cases=1)
def test_initialize_weights_biases(student, draw):
    """b1, b2, ... are (1, fan_out) and zero."""
    d, *hidden, c = (draw.integer(2, 5) for _ in range(4))
    weights, *others = yield (
        initialisation(student, hidden, (d, c)),
        *by_other_methods(student, hidden, (d, c)),
    )
    matrix(weights, "W1", (d, hidden[0]))
    zeros = {f"b{i}": np.zeros((1, n)) for i, n in enumerate([*hidden, c], start=1)}
    close_each("weights", weights, zeros)
    for method, found in zip(OTHERS, others, strict=True):
        if all(drawn_as(found, key) is not None for key in zeros):
            close_each(f'weights with init_method "{method}"', found.value, zeros)


@marks("solution.initialize_weights")
@for_all(cases=1)
def test_initialize_weights_follows_the_seed(student, draw):
    """The same seed gives the same weights, also if it is 0; another seed gives others."""
    seed = draw.integer(1, 50)
    seeds = (seed, 0, seed, 0)
    found = yield tuple(initialisation(student, (6,), (5, 2), seed=one) for one in seeds)
    _follows([matrix(weights, "W1", (5, 6)) for weights in found], seed, "")
    found = yield tuple(
        one for s in seeds for one in by_other_methods(student, (6,), (5, 2), seed=s)
    )
    for i, method in enumerate(OTHERS):
        drawn = matrices(found[i :: len(OTHERS)], "W1", (5, 6))
        if len(drawn) == len(seeds):
            _follows(drawn, seed, f' with init_method "{method}"')


@marks("solution.initialize_weights")
@for_all(cases=1)
def test_initialize_weights_zero(student, draw):
    """init_method "zero" gives zeros in every layer."""
    if one_initialisation(student):
        return
    d, h, c = (draw.integer(2, 5) for _ in range(3))
    weights = yield initialisation(student, (h,), (d, c), init_method="zero")
    zeros = {"W1": np.zeros((d, h)), "W2": np.zeros((h, c))}
    close_each('weights with init_method "zero"', weights, zeros)


@marks("solution.initialize_weights")
@for_all(cases=1)
def test_initialize_weights_normal(student, draw):
    """init_method "normal" draws from N(0, 1)."""
    if one_initialisation(student):
        return
    settings = {"init_method": "normal", "seed": draw.integer(1, 50)}
    weights = yield initialisation(student, (60,), (50, 40), **settings)
    drawn = [matrix(weights, *one) for one in (("W1", (50, 60)), ("W2", (60, 40)))]
    call = 'of W1 and W2 with init_method "normal"'
    close(f"the standard deviations {call}", [W.std() for W in drawn], [1.0, 1.0], atol=0.1)
    close(f"the means {call}", [W.mean() for W in drawn], [0.0, 0.0], atol=0.12)
    for W in drawn:
        holds(f"each {call}", is_bell(W), "is not drawn from a normal distribution", hint=BELL)


@marks("solution.initialize_weights", weight=2)
def test_default_network_has_half_a_million_to_a_million_parameters(student):
    """The default 784-h1-h2-10 network has 0.5 to 1.0 million parameters, biases included."""
    one = Ask()
    net = one.call("solution.NN", **networks(student).constructor.offered(10))
    one.method(net, "initialize_weights", (784, 10))
    weights = one.call(Name("builtins.getattr"), net, "weights", {})
    n_entries = one.call(Name("builtins.len"), weights)
    kept, n_entries = student.answer(one.returns(weights, live=True).returns(n_entries)).value
    changed("initialize_weights((784, 10))", 0, n_entries)
    holds("weights", 2 <= n_entries <= 40, "does not have the 2 L entries of a small network")
    pair = "The default of hidden_dims is a pair: 784-h1-h2-10 has three layers of weights."
    holds("NN()", n_entries // 2 == 3, "does not have two hidden layers", hint=pair)
    one, names = Ask(), [f"{kind}{i}" for i in range(1, n_entries // 2 + 1) for kind in "Wb"]
    one.returns(*(one.call(Name("numpy.size"), one.item(kept, name)) for name in names))
    total = int(np.sum(student.answer(one).value))
    hint = "Choose the default of hidden_dims."
    holds("NN()", 500_000 <= total <= 1_000_000, f"has {total} parameters", hint=hint)


@marks("solution.relu", gate=True)
def test_relu_worked_example(student):
    """relu keeps what is positive and clears the rest."""
    x = np.array([[-2.0, 0.5], [3.0, -0.1]])
    out = student.run(networks(student).ask("relu", x))
    close("relu([[-2, 0.5], [3, -0.1]])", out, [[0.0, 0.5], [3.0, 0.0]])


@marks("solution.relu")
def test_relu_derivative_worked_example(student):
    """The derivative of relu is 1 on the right of 0 and 0 on the left."""
    x = np.array([[-2.0, 0.5], [3.0, -0.1]])
    slope = student.run(networks(student).ask("relu", x, True))
    close("relu([[-2, 0.5], [3, -0.1]], grad=True)", slope, [[0.0, 1.0], [1.0, 0.0]], hint=AT_X)


@marks("solution.relu")
@for_all(cases=4)
def test_relu_leaves_positive_and_clears_negative(student, draw):
    """relu(x) + relu(-x) is |x|, and relu(x) is never negative."""
    x = draw.array((draw.size(4), draw.size(4)), -5, 5)
    up, down = yield networks(student).ask_each(("relu", x), ("relu", -x))
    up = shaped("relu(x)", up, x.shape)
    close("relu(x) + relu(-x)", up + shaped("relu(-x)", down, x.shape), np.abs(x))
    holds("relu(x)", bool(np.all(up >= 0)), "has negative entries")


@marks("solution.sigmoid", gate=True)
def test_sigmoid_worked_example(student):
    """s(x) = 1/(1 + exp(-x)) at points where it is known."""
    x = np.array([[0.0, LN3], [-np.log(4.0), -LN3]])
    out = student.run(networks(student).ask("sigmoid", x))
    hint = "Mind the brackets: 1 / (1 + exp(-x))."
    close("sigmoid([[0, ln 3], [-ln 4, -ln 3]])", out, [[0.5, 0.75], [0.2, 0.25]], hint=hint)


@marks("solution.sigmoid")
def test_sigmoid_derivative_worked_example(student):
    """s'(x) = s(x)(1 - s(x)) at points where it is known."""
    x = np.array([[0.0, LN3], [-np.log(4.0), -LN3]])
    slope = student.run(networks(student).ask("sigmoid", x, True))
    want = [[0.25, 0.1875], [0.16, 0.1875]]
    close("sigmoid([[0, ln 3], [-ln 4, -ln 3]], grad=True)", slope, want, hint=AT_X)


@marks("solution.sigmoid")
@for_all(cases=4)
def test_sigmoid_is_symmetric(student, draw):
    """s(-x) = 1 - s(x), s'(-x) = s'(x), and s stays between 0 and 1."""
    x = draw.array((2, draw.size(4)), -8, 8)
    asked = [("sigmoid", x), ("sigmoid", -x), ("sigmoid", x, True), ("sigmoid", -x, True)]
    plus, minus, left, right = yield networks(student).ask_each(*asked)
    plus = shaped("sigmoid(x)", plus, x.shape)
    minus = shaped("sigmoid(-x)", minus, x.shape)
    close("sigmoid(x) + sigmoid(-x)", plus + minus, np.ones(x.shape))
    holds("sigmoid(x)", bool(np.all((plus > 0) & (plus < 1))), "leaves the interval from 0 to 1")
    _even("sigmoid", left, right, x)


@marks("solution.sigmoid")
@for_all(cases=2)
def test_sigmoid_far_from_zero(student, draw):
    """Far from zero sigmoid is at its limits and its derivative is 0."""
    yield from check_far(student, "sigmoid", 0.0, draw)


@marks("solution.tanh", gate=True)
def test_tanh_worked_example(student):
    """tanh at points where it is known."""
    x = np.array([[0.0, np.log(2.0)], [-LN3, LN3]])
    out = student.run(networks(student).ask("tanh", x))
    close("tanh([[0, ln 2], [-ln 3, ln 3]])", out, [[0.0, 0.6], [-0.8, 0.8]])


@marks("solution.tanh")
def test_tanh_derivative_worked_example(student):
    """tanh'(x) = 1 - tanh(x)² at points where it is known."""
    x = np.array([[0.0, np.log(2.0)], [-LN3, LN3]])
    slope = student.run(networks(student).ask("tanh", x, True))
    close(
        "tanh([[0, ln 2], [-ln 3, ln 3]], grad=True)", slope, [[1.0, 0.64], [0.36] * 2], hint=AT_X
    )


@marks("solution.tanh")
@for_all(cases=4)
def test_tanh_is_odd(student, draw):
    """tanh(-x) = -tanh(x), its derivative is even, and |tanh| is at most 1."""
    x = draw.array((2, draw.size(4)), -6, 6)
    asked = [("tanh", x), ("tanh", -x), ("tanh", x, True), ("tanh", -x, True)]
    plus, minus, left, right = yield networks(student).ask_each(*asked)
    plus = shaped("tanh(x)", plus, x.shape)
    close("tanh(x) + tanh(-x)", plus + shaped("tanh(-x)", minus, x.shape), np.zeros(x.shape))
    holds("tanh(x)", bool(np.all(np.abs(plus) <= 1.0)), "leaves the interval from -1 to 1")
    _even("tanh", left, right, x)


@marks("solution.tanh")
@for_all(cases=2)
def test_tanh_far_from_zero(student, draw):
    """Far from zero tanh is at its limits and its derivative is 0."""
    yield from check_far(student, "tanh", -1.0, draw)


@marks("solution.leakyrelu", gate=True)
def test_leakyrelu_worked_example(student):
    """leakyrelu is x on the right of 0 and 0.01 x on the left."""
    x = np.array([[-2.0, 0.5], [3.0, -0.1]])
    out = student.run(networks(student).ask("leakyrelu", x))
    close("leakyrelu([[-2, 0.5], [3, -0.1]])", out, [[-0.02, 0.5], [3.0, -0.001]])


@marks("solution.leakyrelu")
def test_leakyrelu_derivative_worked_example(student):
    """The derivative of leakyrelu is 1 on the right of 0 and 0.01 on the left."""
    x = np.array([[-2.0, 0.5], [3.0, -0.1]])
    slope = student.run(networks(student).ask("leakyrelu", x, True))
    want = [[0.01, 1.0], [1.0, 0.01]]
    close("leakyrelu([[-2, 0.5], [3, -0.1]], grad=True)", slope, want, hint=AT_X)


@marks("solution.leakyrelu")
@for_all(cases=4)
def test_leakyrelu_sums_to_the_difference_of_slopes(student, draw):
    """leakyrelu(x) + leakyrelu(-x) = 0.99 |x|, and leakyrelu(x) - leakyrelu(-x) = 1.01 x."""
    x = draw.array((draw.size(4), draw.size(4)), -5, 5)
    up, down = yield networks(student).ask_each(("leakyrelu", x), ("leakyrelu", -x))
    up, down = shaped("leakyrelu(x)", up, x.shape), shaped("leakyrelu(-x)", down, x.shape)
    close("leakyrelu(x) + leakyrelu(-x)", up + down, 0.99 * np.abs(x))
    close("leakyrelu(x) - leakyrelu(-x)", up - down, 1.01 * x)


@marks("solution.softmax", gate=True)
def test_softmax_worked_example(student):
    """softmax turns each row into probabilities."""
    x = np.log([[1.0, 2.0, 1.0], [3.0, 1.0, 6.0]])
    p = student.run(networks(student).ask("softmax", x))
    close("softmax(log([[1, 2, 1], [3, 1, 6]]))", p, [[0.25, 0.5, 0.25], [0.3, 0.1, 0.6]])


@marks("solution.softmax")
@for_all(cases=4)
def test_softmax_rows_sum_to_one_and_keep_the_order(student, draw):
    """Each row sums to 1, and a larger entry has the larger probability."""
    x = draw.array((draw.integer(2, 4), draw.integer(2, 5)), -6, 6)
    p, alone = yield networks(student).ask_each(("softmax", x), ("softmax", x[:1]))
    p = shaped("softmax(x)", p, x.shape)
    close("softmax(x).sum(axis=1)", p.sum(axis=1), np.ones(len(x)), hint="Normalise row by row.")
    rising = np.take_along_axis(p, np.argsort(x, axis=1), axis=1)
    holds("softmax(x)", bool(np.all(np.diff(rising, axis=1) >= -1e-6)), "changes the order")
    close("softmax(x[:1])", alone, p[:1], hint="One row has two axes as well.")


@marks("solution.softmax")
@for_all(cases=2)
def test_softmax_of_huge_entries(student, draw):
    """softmax is right for any finite input, also where rows lie far apart."""
    u = draw.integer(20_000, 100_000)
    x = [[u, u - 1, 0], [0, u, u], [-u, -u, -u], [900, 0, 0]]
    p = yield networks(student).ask("softmax", np.array(x, dtype=np.float64))
    hint = "exp overflows or underflows; shift each row by its own maximum first."
    e = np.exp(-1.0)
    want = [[1.0 / (1.0 + e), e / (1.0 + e), 0.0], [0.0, 0.5, 0.5], [1 / 3] * 3, [1.0, 0.0, 0.0]]
    close(f"softmax({x})", p, want, hint=hint)


@marks("solution.activation", gate=True)
def test_activation_selects_by_name(student):
    """activation is relu, sigmoid or tanh, by name."""
    values = {"relu": [[LN3, 0.0]], "sigmoid": [[0.75, 0.25]], "tanh": [[0.8, -0.8]]}
    _selects(student, "activation([[ln 3, -ln 3]])", values)


@marks("solution.activation")
def test_activation_selects_derivatives_by_name(student):
    """activation hands grad on."""
    slopes = {"relu": [[1.0, 0.0]], "sigmoid": [[0.1875] * 2], "tanh": [[0.36] * 2]}
    _selects(student, "activation([[ln 3, -ln 3]], grad=True)", slopes, True)


@marks("solution.activation")
@for_all(cases=1)
def test_activation_refuses_unknown_names(student, draw):
    """An unknown activation raises, instead of computing something else; a known one does not."""
    x, nets = draw.array((1, 2), -2, 2), networks(student)
    finite("activation(x)", (yield nets.ask("activation", x, activation="relu")))
    name = draw.choice(["no such activation", "a misprint", "none of them"])
    asks = {"activation(x)": Ask(may_raise=True), "activation(x, grad=True)": Ask(may_raise=True)}
    for one, grad in zip(asks.values(), ((), (True,)), strict=True):
        one.method(nets.build(one, activation=name), "activation", x, *grad)
    hint = "Raise an error at the end, where no name has fitted."
    for call, answer in zip(asks, (yield tuple(asks.values())), strict=True):
        refused = answer.failure is not None
        holds(f'{call} with activation="{name}"', refused, "does not raise", hint=hint)


@marks("solution.forward", gate=True)
def test_forward_worked_example(student):
    """The cache of a 2-2-2 network with relu: Z0, A1, Z1, A2, Z2."""
    call = f"forward({X_TEXT})"
    got = student.run(networks(student, "forward").ask("forward", X, weights=WEIGHTS))
    steps = {
        "A1": [[3.0, 2.0], [1.0, -2.0], [-2.0, 1.0]],
        "Z1": [[3.0, 2.0], [1.0, 0.0], [0.0, 1.0]],
        "A2": [[0.0, LN3], [0.0, LN3], [0.0, -LN3]],
        "Z2": [[0.25, 0.75], [0.25, 0.75], [0.75, 0.25]],
        "Z0": X,
    }
    last = {"Z2": f"The last layer's activation is softmax. Here {EXAMPLE}."}
    hints = {key: f"{hint} Here {EXAMPLE}." for key, hint in hints_of(steps).items()} | last
    close_each(call, cache_of(call, got), steps, hints=hints)


@marks("solution.forward")
def test_forward_with_two_hidden_layers(student):
    """Each hidden layer has the activation, the last one alone has softmax."""
    x, call = np.array([[1.0, -2.0]]), "forward([[1, -2]])"
    weights = {
        **{"W1": np.eye(2), "b1": np.zeros((1, 2))},
        **{"W2": np.array([[2.0, 1.0], [5.0, 5.0]]), "b2": np.array([[-1.0, -3.0]])},
        **{"W3": np.array([[LN3, 0.0], [1.0, 0.0]]), "b3": np.zeros((1, 2))},
    }
    got = student.run(networks(student, "forward").ask("forward", x, weights=weights))
    steps = {
        **{"A1": [[1.0, -2.0]], "Z1": [[1.0, 0.0]]},
        **{"A2": [[1.0, -2.0]], "Z2": [[1.0, 0.0]]},
        **{"A3": [[LN3, 0.0]], "Z3": [[0.75, 0.25]]},
    }
    here = "Here a 2-2-2-2 network with relu."
    last = {"Z3": f"The last layer's activation is softmax. {here}"}
    hints = {key: f"{hint} {here}" for key, hint in hints_of(steps).items()} | last
    close_each(call, cache_of(call, got), steps, hints=hints)


@marks("solution.forward")
@for_all(cases=4)
def test_forward_shapes_and_probabilities(student, draw):
    """Every Ai and Zi is (m, width of layer i), and the rows of ZL sum to 1."""
    widths = [draw.integer(1, 5) for _ in range(draw.integer(2, 5))] + [draw.integer(2, 4)]
    m = draw.integer(2, 4)
    weights = drawn_weights(draw, widths)
    x = draw.array((m, widths[0]), -2, 2)
    ask = networks(student, "forward").ask("forward", x, weights=weights, activation="tanh")
    cache = cache_of("forward(x)", (yield ask))
    for i, width in enumerate(widths[1:], start=1):
        for key in (f"A{i}", f"Z{i}"):
            shaped(f'forward(x)["{key}"]', entry("forward(x)", cache, key), (m, width))
    last = f"Z{len(widths) - 1}"
    close(f'the row sums of "{last}"', np.sum(cache[last], axis=1), np.ones(m))


@marks("solution.loss", gate=True)
def test_loss_worked_example(student):
    """The loss is the mean over the examples of -ln p of the right class."""
    p, y = np.array([[0.125, 0.375, 0.5], [0.25, 0.5, 0.25]]), np.eye(3)[[1, 0]]
    got = student.run(networks(student).ask("loss", p, y, batch_size=2))
    want = (np.log(8.0 / 3.0) + np.log(4.0)) / 2.0
    call = "loss([[1/8, 3/8, 1/2], [1/4, 1/2, 1/4]], [[0, 1, 0], [1, 0, 0]])"
    close(call, got, want, hint="It is the mean of -ln p over the examples.", examples=2)


@marks("solution.loss")
def test_loss_clips_probabilities(student):
    """Probabilities are clipped to [epsilon, 1 - epsilon] before the logarithm."""
    given = {"[[1, 0]]": [[1.0, 0.0]], "[[0.999, 0.001]]": [[0.999, 0.001]]}
    nets, hint = networks(student), "np.clip, with self.epsilon."
    for text, rows in given.items():
        p = np.array(rows)
        asks = [nets.ask("loss", p, y, epsilon=0.01, batch_size=1) for y in (Y[:1], Y[1:2])]
        right, wrong = student.run_all(asks)
        close(f"loss({text}, [[1, 0]]) with epsilon=0.01", right, -np.log(0.99), hint=hint)
        close(f"loss({text}, [[0, 1]]) with epsilon=0.01", wrong, -np.log(0.01), hint=hint)


@marks("solution.loss")
@for_all(cases=4)
def test_loss_of_a_doubled_batch(student, draw):
    """Every example twice, or in another order, leaves the mean as it is."""
    m, c = draw.size(4), draw.integer(2, 4)
    p, y = drawn_probabilities(draw, m, c), draw.one_hot(m, c)
    order, nets = draw.permutation(m), networks(student)
    asked = [("loss", p, y), ("loss", p[order], y[order])]
    doubled = np.concatenate([p, p]), np.concatenate([y, y])
    (one, other), twice = yield (
        nets.ask_each(*asked, batch_size=m),
        nets.ask("loss", *doubled, batch_size=2 * m),
    )
    one = number("loss(p, y)", one)
    close("loss of the examples in another order", other, one)
    close("loss of every example twice", twice, one, hint="It is a mean over the examples.")


@marks("solution.backward", gate=True)
def test_backward_of_the_output_layer(student):
    """dW2 of a 2-2-2 network, up to the factor of the mean."""
    call = f"backward(forward({X_TEXT}), {Y_TEXT}) with {EXAMPLE}"
    got = entry(call, student.run(gradients(student)), "dW2")
    want = np.array([[-2.0, 2.0], [-1.75, 1.75]]) / 3.0
    hint = "dA2 follows from Z2 and Y, and dW2 from dA2 and Z1."
    close(f'{call}: "dW2"', up_to_mean(got, want, 3), want, hint=hint)


@marks("solution.backward", weight=2)
def test_backward_worked_example(student):
    """All gradients of a 2-2-2 network with relu; the loss is a mean over three examples."""
    call = f"backward(forward({X_TEXT}), {Y_TEXT})"
    grads = student.run(gradients(student))
    want = {
        "dW2": [[-2 / 3, 2 / 3], [-7 / 12, 7 / 12]],
        "db2": [[-0.25, 0.25]],
        "dW1": [[LN3 / 12, -LN3 / 6], [7 * LN3 / 12, -5 * LN3 / 12]],
        "db1": [[LN3 / 6, -LN3 / 3]],
    }
    hints = {key: f"{hint} {MEAN} Here {EXAMPLE}." for key, hint in hints_of(want).items()}
    got = {key: gradient(call, grads, key) for key in want}
    close_each(call, got, want, hints=hints, examples=3)


@marks("solution.backward")
def test_backward_of_a_long_gradient(student):
    """A large input has large gradients: nothing clips or scales them."""
    x, y, p = np.array([[10.0, 0.0]]), np.eye(2)[:1], 3.0**10 / (1.0 + 3.0**10)
    grads = student.run(gradients(student, x=x, y=y))
    want = {
        "dW2": [[-10.0 * p, 10.0 * p], [0.0, 0.0]],
        "db2": [[-p, p]],
        "dW1": [[10.0 * p * LN3, 0.0], [0.0, 0.0]],
        "db1": [[p * LN3, 0.0]],
    }
    call = "backward(forward([[10, 0]]), [[1, 0]])"
    got = {key: gradient(call, grads, key) for key in want}
    close_each(call, got, want, hint=f"As long as they are. Here {EXAMPLE}.")


@marks("solution.backward")
def test_backward_keys_and_shapes(student):
    """A gradient for every weight, in its shape; dA and dZ of every layer."""
    weights = fixed_weights([4, 3, 5, 2])
    y, x = np.eye(2)[[0, 1, 1]], np.round(np.linspace(-1.0, 1.0, 12).reshape(3, 4), 2)
    grads = student.run(gradients(student, weights, x, y))
    for key, value in weights.items():
        got = entry("backward(cache, y)", grads, f"d{key}")
        hint = f"d{key} has the shape of {key}."
        shaped(f'backward(cache, y)["d{key}"]', got, value.shape, hint=hint)
    for key in ("dA3", "dZ2", "dA2", "dZ1", "dA1"):
        entry("backward(cache, y)", grads, key)


@marks("solution.backward", weight=2)
def test_backward_by_central_differences(student):
    """The gradients agree with central differences of the network's own loss."""
    weights, settings = fixed_weights([3, 4, 3]), {"activation": "tanh"}
    x, y = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]]), np.eye(3)[[2, 0]]
    grads = student.run(gradients(student, weights, x, y, **settings))
    for key, value in weights.items():
        loss = own_loss(student, weights, key, x, y, **settings)
        got = gradient("backward(cache, y)", grads, f"d{key}")
        close_to_slopes(f'backward(cache, y)["d{key}"]', got, student, loss, value)


def _follows(drawn, seed, by):
    """Matrices by a seed, by 0, and by both again: equal where the seeds are."""
    first, other, *again = drawn
    hint = "Give self.seed to the random generator; only None stands for no seed."
    call = f"W1 of second networks with the seeds {seed} and 0{by}"
    close(call, np.stack(again), np.stack([first, other]), hint=hint)
    same = bool(np.allclose(first, other))
    holds(f"W1 of another seed{by}", not same, "is the same as before", hint=hint)


def _even(name, left, right, x):
    """The slopes at x and -x are equal; neither is known to be the right one."""
    calls = [f"{name}({sign}x, grad=True)" for sign in ("-", "")]
    right, left = (shaped(*one, x.shape) for one in zip(calls, (right, left), strict=True))
    close(" - ".join(calls), right - left, np.zeros(x.shape))


def _selects(student, call, wanted, *grad):
    """activation gives the wanted values, by name of the activation."""
    x, nets = np.array([[LN3, -LN3]]), networks(student)
    found = student.run_all([nets.ask("activation", x, *grad, activation=name) for name in wanted])
    want = {f'{call} with activation="{name}"': value for name, value in wanted.items()}
    close_all(dict(zip(want, found, strict=True)), want)
