"""Public checks of solution.py: worked examples, closed forms, properties without a reference."""

from typing import Any

import numpy as np

from tests.helpers import (
    Ask,
    Name,
    changed,
    close,
    entry,
    finite,
    for_all,
    holds,
    marks,
    pair,
    shaped,
)
from tests.helpers.conventions import THREE_WAYS, networks
from tests.helpers.mlp import (
    EXAMPLE,
    LN3,
    LOSS,
    SEED,
    WEIGHTS,
    X,
    Y,
    drawn_probabilities,
    drawn_weights,
    fixed_weights,
    gradient,
    gradients,
    initialised,
    joined,
    matrix,
    measured,
    number,
    own_loss,
    separable,
    series,
    three,
    up_to_mean,
    updated,
)
from tests.helpers.networks import LOG_KEYS, cache_of
from tests.helpers.slopes import close_to_slopes

AT_X = "The derivative is taken at x, the pre-activation."
MEAN = "The loss is a mean over the examples, so its gradient has a factor 1/m: once, no more."


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
def test_initialize_weights_biases(student):
    """b1, b2, ... are (1, fan_out) and zero."""
    weights = initialised(student, (4, 3), (5, 2))
    for key, shape in {"b1": (1, 4), "b2": (1, 3), "b3": (1, 2)}.items():
        close(f'weights["{key}"]', entry("weights", weights, key), np.zeros(shape))


@marks("solution.initialize_weights")
def test_initialize_weights_follows_the_seed(student):
    """The same seed gives the same weights, another seed gives others."""
    found = [initialised(student, (6,), (5, 2), seed=seed) for seed in (7, 7, 8)]
    one, again, other = (matrix(weights, "W1", (5, 6)) for weights in found)
    close("W1 of a second network with the same seed", again, one)
    holds("W1 of another seed", not np.allclose(one, other), "is the same as before")


@marks("solution.initialize_weights")
def test_initialize_weights_zero_and_normal(student):
    """init_method "zero" gives zeros and "normal" draws from N(0, 1)."""
    if _one_initialisation(student):
        return
    zero = initialised(student, (6,), (5, 2), init_method="zero")
    close('W1 with init_method "zero"', entry("weights", zero, "W1"), np.zeros((5, 6)))
    normal = initialised(student, (60,), (50, 2), init_method="normal")
    W = matrix(normal, "W1", (50, 60))
    close('the mean of W1 with init_method "normal"', W.mean(), 0.0, atol=0.12)
    close('the standard deviation of W1 with init_method "normal"', W.std(), 1.0, atol=0.1)


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
    x = draw.array((draw.integer(1, 4), draw.integer(1, 4)), -5, 5)
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
    x = draw.array((2, draw.integer(1, 4)), -8, 8)
    asked = [("sigmoid", x), ("sigmoid", -x), ("sigmoid", x, True), ("sigmoid", -x, True)]
    plus, minus, left, right = yield networks(student).ask_each(*asked)
    plus = shaped("sigmoid(x)", plus, x.shape)
    close("sigmoid(-x)", minus, 1.0 - plus)
    holds("sigmoid(x)", bool(np.all((plus > 0) & (plus < 1))), "leaves the interval from 0 to 1")
    close("sigmoid(-x, grad=True)", right, shaped("sigmoid(x, grad=True)", left, x.shape))


@marks("solution.sigmoid")
def test_sigmoid_far_from_zero(student):
    """sigmoid and its derivative are finite far from zero."""
    x = np.array([[1e4, -1e4]])
    out, slope = student.run(networks(student).ask_each(("sigmoid", x), ("sigmoid", x, True)))
    hint = "exp of a large positive number overflows; use exp(-|x|), or s(x)(1 - s(x))."
    close("sigmoid([[1e4, -1e4]])", out, [[1.0, 0.0]], hint=hint)
    close("sigmoid([[1e4, -1e4]], grad=True)", slope, [[0.0, 0.0]], hint=hint)


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
    x = draw.array((2, draw.integer(1, 4)), -6, 6)
    asked = [("tanh", x), ("tanh", -x), ("tanh", x, True), ("tanh", -x, True)]
    plus, minus, left, right = yield networks(student).ask_each(*asked)
    plus = shaped("tanh(x)", plus, x.shape)
    close("tanh(-x)", minus, -plus)
    holds("tanh(x)", bool(np.all(np.abs(plus) <= 1.0)), "leaves the interval from -1 to 1")
    close("tanh(-x, grad=True)", right, shaped("tanh(x, grad=True)", left, x.shape))


@marks("solution.tanh")
def test_tanh_far_from_zero(student):
    """tanh and its derivative are finite far from zero."""
    x = np.array([[1e4, -1e4]])
    out, slope = student.run(networks(student).ask_each(("tanh", x), ("tanh", x, True)))
    hint = "A quotient of exponentials overflows to NaN; np.tanh does not."
    close("tanh([[1e4, -1e4]])", out, [[1.0, -1.0]], hint=hint)
    close("tanh([[1e4, -1e4]], grad=True)", slope, [[0.0, 0.0]], hint=hint)


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
    x = draw.array((draw.integer(1, 4), draw.integer(1, 4)), -5, 5)
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
    p = shaped("softmax(x)", (yield networks(student).ask("softmax", x)), x.shape)
    close("softmax(x).sum(axis=1)", p.sum(axis=1), np.ones(len(x)), hint="Normalise row by row.")
    rising = np.take_along_axis(p, np.argsort(x, axis=1), axis=1)
    holds("softmax(x)", bool(np.all(np.diff(rising, axis=1) >= -1e-6)), "changes the order")


@marks("solution.softmax")
def test_softmax_of_huge_entries(student):
    """softmax is right for any finite input, also where rows lie far apart."""
    p = student.run(networks(student).ask("softmax", np.array([[1e4, 0.0], [-1e4, -1e4]])))
    hint = "exp overflows or underflows; shift each row by its own maximum first."
    close("softmax([[1e4, 0], [-1e4, -1e4]])", p, [[1.0, 0.0], [0.5, 0.5]], hint=hint)


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
def test_activation_refuses_unknown_names(student):
    """An unknown activation raises, instead of computing something else; a known one does not."""
    x, nets, one = np.array([[1.0, -1.0]]), networks(student), Ask(may_raise=True)
    finite("activation(x)", student.run(nets.ask("activation", x, activation="relu")))
    one.method(nets.build(one, activation="no such activation"), "activation", x)
    refused = student.answer(one).failure is not None
    holds('activation(x) with activation="no such activation"', refused, "does not raise")


@marks("solution.forward", gate=True)
def test_forward_worked_example(student):
    """The cache of a 2-2-2 network with relu: Z0, A1, Z1, A2, Z2."""
    call = f"forward([[1, 2], [2, -1]]) with {EXAMPLE}"
    cache = cache_of(
        call, student.run(networks(student, "forward").ask("forward", X, weights=WEIGHTS))
    )
    steps = {
        "A1": [[3.0, 2.0], [1.0, -2.0]],
        "Z1": [[3.0, 2.0], [1.0, 0.0]],
        "A2": [[0.0, LN3], [0.0, LN3]],
        "Z2": [[0.25, 0.75], [0.25, 0.75]],
        "Z0": X,
    }
    hints = {"A1": "A1 = Z0 W1 + b1.", "Z2": "The last layer's activation is softmax."}
    for key, want in steps.items():
        close(f'{call}: "{key}"', entry(call, cache, key), want, hint=hints.get(key, ""))


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
    p, y = np.array([[0.25, 0.75], [0.5, 0.5]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    got = student.run(networks(student).ask("loss", p, y, batch_size=2))
    want = (np.log(4.0 / 3.0) + np.log(2.0)) / 2.0
    close("loss([[1/4, 3/4], [1/2, 1/2]], [[0, 1], [1, 0]])", got, want, hint="It is a mean.")


@marks("solution.loss")
def test_loss_clips_probabilities(student):
    """Probabilities are clipped to [epsilon, 1 - epsilon] before the logarithm."""
    p, nets = np.array([[1.0, 0.0]]), networks(student)
    asks = [nets.ask("loss", p, y, epsilon=0.01, batch_size=1) for y in (Y[:1], Y[1:])]
    right, wrong = student.run_all(asks)
    hint = "np.clip, with self.epsilon."
    close("loss([[1, 0]], [[1, 0]]) with epsilon=0.01", right, -np.log(0.99), hint=hint)
    close("loss([[1, 0]], [[0, 1]]) with epsilon=0.01", wrong, -np.log(0.01), hint=hint)


@marks("solution.loss")
@for_all(cases=4)
def test_loss_of_a_doubled_batch(student, draw):
    """Every example twice, or in another order, leaves the mean as it is."""
    m, c = draw.integer(1, 4), draw.integer(2, 4)
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
    call = f"backward(forward([[1, 2], [2, -1]]), [[1, 0], [0, 1]]) with {EXAMPLE}"
    got = entry(call, student.run(gradients(student)), "dW2")
    want = np.array([[-1.0, 1.0], [-0.75, 0.75]])
    hint = "dA2 follows from Z2 and Y, and dW2 from dA2 and Z1."
    close(f'{call}: "dW2"', up_to_mean(got, want, 2), want, hint=hint)


@marks("solution.backward", weight=2)
def test_backward_worked_example(student):
    """All gradients of a 2-2-2 network with relu; the loss is a mean over two examples."""
    call = f"backward(forward([[1, 2], [2, -1]]), [[1, 0], [0, 1]]) with {EXAMPLE}"
    grads = student.run(gradients(student))
    want = {
        "dW2": [[-1.0, 1.0], [-0.75, 0.75]],
        "db2": [[-0.25, 0.25]],
        "dW1": [[LN3 / 8, -3 * LN3 / 8], [7 * LN3 / 8, -3 * LN3 / 4]],
        "db1": [[LN3 / 4, -3 * LN3 / 8]],
    }
    for key, value in want.items():
        close(f'{call}: "{key}"', gradient(call, grads, key), value, hint=MEAN)


@marks("solution.backward")
def test_backward_keys_and_shapes(student):
    """A gradient for every weight, in its shape; dA and dZ of every layer."""
    weights = fixed_weights([4, 3, 5, 2])
    y, x = np.eye(2)[[0, 1, 1]], np.linspace(-1.0, 1.0, 12).reshape(3, 4)
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


@marks("solution.update", gate=True)
def test_update_worked_example(student):
    """W becomes W - lr dW and b becomes b - lr db, in every layer."""
    grads = {f"d{key}": np.ones_like(value) for key, value in WEIGHTS.items()}
    after = student.run(updated(student, grads, lr=0.5))
    call = "weights after update(grads)"
    changed("update(grads)", joined("", WEIGHTS, list(WEIGHTS)), joined(call, after, list(WEIGHTS)))
    for key, value in WEIGHTS.items():
        call = f'weights["{key}"] after update(grads of ones) with lr=0.5'
        close(call, entry("weights", after, key), value - 0.5)


@marks("solution.update")
@for_all(cases=3)
def test_update_steps_by_the_learning_rate(student, draw):
    """The step is lr times the gradient, for any learning rate; 0 does not move."""
    weights = drawn_weights(draw, [2, 3, 2])
    grads = {f"d{key}": draw.array(value.shape, -1, 1) for key, value in weights.items()}
    rates = (0.0, draw.uniform(0.05, 0.5), draw.uniform(1.0, 2.0))
    found = yield tuple(updated(student, grads, weights, lr=rate) for rate in rates)
    for rate, after in zip(rates, found, strict=True):
        for key, value in weights.items():
            got = entry("weights", after, key)
            close(f'weights["{key}"] after update(grads)', got, value - rate * grads[f"d{key}"])


@marks("solution.compute_loss_and_accuracy", gate=True)
def test_loss_and_accuracy_worked_example(student):
    """(loss, accuracy, predictions) of a 2-2-2 network on two examples, one of them right."""
    nets = networks(student, "compute_loss_and_accuracy")
    call = f"compute_loss_and_accuracy([[1, 2], [2, -1]], [[1, 0], [0, 1]]) with {EXAMPLE}"
    got = student.run(measured(nets, X, Y))
    loss, accuracy, predictions = three(call, got)
    close(f"{call}: predictions", predictions, [1, 1], hint="The class of the largest probability.")
    close(f"{call}: accuracy", accuracy, 0.5, hint="The fraction of right predictions.")
    close(f"{call}: loss", loss, LOSS)


@marks("solution.compute_loss_and_accuracy")
def test_accuracy_is_one_for_its_own_predictions(student):
    """Labels that equal the predictions give accuracy 1, all others give 0."""
    nets = networks(student, "compute_loss_and_accuracy")
    x = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 2.0], [2.0, 0.5]])
    call, mine = "compute_loss_and_accuracy(X, Y)", np.array([0, 1, 2, 1, 0])
    asked = [measured(nets, x, np.eye(3)[labels], THREE_WAYS) for labels in (mine, (mine + 1) % 3)]
    right, wrong = student.run_all(asked)
    close(f"{call}: predictions", three(call, right)[2], mine)
    close("accuracy where Y equals the predictions", right[1], 1.0)
    close("accuracy where Y is another class everywhere", three(call, wrong)[1], 0.0)


@marks("solution.train_loop", gate=True)
def test_train_loop_learns(student):
    """The logs have one number per epoch, the loss falls and the weights change."""
    x, y = separable()
    nets = networks(student, "train_loop")
    one, epochs = Ask(), 20
    splits = ((x, y), (x[:4], y[:4]), (x[4:8], y[4:8]))
    net = nets.build(
        one, hidden_dims=(5,), data=splits, batch_size=4, lr=0.2, seed=5, activation="tanh"
    )
    logs = student.run(one.returns(one.method(net, "train_loop", epochs)))
    call = f"train_loop({epochs})"
    for key in LOG_KEYS:
        entry(call, logs, key)
        series(f'{call}["{key}"]', logs[key], epochs)
    losses = np.ravel(logs["train_loss"])
    hint = "Each minibatch: forward, backward, update."
    changed(f"the training loss in the course of {call}", losses[0], losses[-1], hint=hint)
    holds(f'{call}["train_loss"]', bool(losses[-1] < losses[0]), "does not fall", hint=hint)


@marks("solution.train_loop")
def test_train_loop_is_a_step_per_minibatch(student):
    """One epoch with a single minibatch is initialize_weights, forward, backward, update."""
    x, y = separable()
    settings: Any = dict(data=((x, y),) * 3, hidden_dims=(4,), batch_size=8, lr=0.3, seed=5)
    nets, one = networks(student, "train_loop"), Ask()
    net = nets.build(one, **settings)
    one.method(net, "train_loop", 1)
    student.reseed(SEED)
    trained = student.run(one.returns(one.get(net, "weights")))
    nets, one = networks(student, "backward"), Ask()
    net = nets.build(one, **settings)
    one.method(net, "initialize_weights", (2, 2))
    before = one.call(Name("copy.deepcopy"), one.get(net, "weights"))
    _, held = nets.forward(one, net, x)
    one.method(net, "update", one.method(net, "backward", held, y))
    student.reseed(SEED)
    before, after = student.run(one.returns(before, one.get(net, "weights")))
    keys = ["W1", "b1", "W2", "b2"]
    want = joined("weights after one update", after, keys)
    changed("update(grads)", joined("weights", before, keys), want)
    got = joined("weights after train_loop(1)", trained, keys)
    hint = "Initialise, then forward, backward and update for each minibatch."
    close("weights after train_loop(1)", got, want, rtol=1e-5, atol=1e-5, hint=hint)


@marks("solution.evaluate", gate=True)
def test_evaluate_worked_example(student):
    """(loss, accuracy) on the test set, not on another one."""
    nets = networks(student, "evaluate")
    other = (X[:1], Y[1:])
    got = student.run(nets.ask("evaluate", weights=WEIGHTS, data=(other, other, (X, Y))))
    call = f"evaluate() with the test set X = [[1, 2], [2, -1]], Y = [[1, 0], [0, 1]] and {EXAMPLE}"
    loss, accuracy = pair(call, got)
    close(f"{call}: accuracy", accuracy, 0.5)
    close(f"{call}: loss", loss, LOSS)


@marks("solution.evaluate")
def test_evaluate_is_the_measure_of_the_test_set(student):
    """evaluate gives what compute_loss_and_accuracy gives for self.test, and changes no weights."""
    weights, x = fixed_weights([4, 5, 3]), np.linspace(-2.0, 2.0, 20).reshape(5, 4)
    test, other = (x, np.eye(3)[[0, 1, 2, 0, 1]]), (-x, np.eye(3)[[2, 2, 1, 0, 1]])
    nets, one = networks(student, "evaluate"), Ask()
    net = nets.build(one, weights, data=(other, other, test))
    got = one.method(net, "evaluate")
    got, after = student.run(one.returns(got, one.get(net, "weights")))
    loss, accuracy = pair("evaluate()", got)
    want = student.run(measured(networks(student, "compute_loss_and_accuracy"), *test, weights))
    want_loss, want_accuracy, _ = three("compute_loss_and_accuracy(*self.test)", want)
    close("evaluate(): loss", loss, number("the loss of the test set", want_loss))
    close("evaluate(): accuracy", accuracy, number("its accuracy", want_accuracy))
    for key, value in weights.items():
        close(f'weights["{key}"] after evaluate()', entry("weights", after, key), value)


def _one_initialisation(student):
    """Whether the class has no choice of initialisation: it is graded on the one that it has."""
    dropped = networks(student).constructor.dropped
    if "init_method" in dropped or "data" not in dropped:
        return "init_method" in dropped
    found = [initialised(student, (6,), (5, 2), init_method=how) for how in ("zero", "glorot")]
    first, second = (matrix(weights, "W1", (5, 6)) for weights in found)
    return np.array_equal(first, second)


def _selects(student, call, wanted, *grad):
    """activation gives the wanted values, by name of the activation."""
    x, nets = np.array([[LN3, -LN3]]), networks(student)
    found = student.run_all([nets.ask("activation", x, *grad, activation=name) for name in wanted])
    for got, (name, want) in zip(found, wanted.items(), strict=True):
        close(f'{call} with activation="{name}"', got, want)
