"""Hidden checks of nn.py: values against the reference, differences, stability, conventions."""

import numpy as np

from grader.suites import Suite
from tests.helpers import (
    VARY,
    Ask,
    Name,
    ask,
    ask_back,
    close,
    entry,
    equal,
    finite,
    for_all,
    holds,
    marks,
    pair,
    shaped,
)
from tests.helpers.drawing import on_a_grid
from tests.helpers.slopes import close_to_slopes

SUITE = Suite(
    name="nn",
    levels=(
        ("relu", "tanh", "softmax", "softmax_jacobian", "linear_backward", "dropout"),
        ("linear_forward", "cross_entropy_loss"),
        ("DenseLayer",),
        ("NN",),
    ),
    optional=frozenset({"softmax_jacobian", "dropout"}),
    lenient=frozenset({"linear_backward"}),
    points={"linear_backward": 2, "cross_entropy_loss": 2, "DenseLayer": 2, "NN": 3},
)
GRADIENTS = ("dx", "dW", "db")
NO_CHANGE = "Make a new array; what you were given belongs to the caller."
OVERFLOW = "exp overflows for large arguments; rewrite the formula so that it never sees one."


def _away_from_zero(draw, shape, scale=3.0):
    """Entries at least 0.05 from 0, where relu has its kink."""
    return draw.until(lambda x: np.all(np.abs(x) > 0.05), lambda: draw.array(shape, -scale, scale))


def _shape(draw):
    return draw.integer(1, 5), draw.integer(1, 5)


@marks("nn.relu", gate=True)
@for_all(cases=8)
def test_relu_values(student, draw, reference):
    """relu and its backward pass on random arrays."""
    x = _away_from_zero(draw, _shape(draw))
    dout = draw.array(x.shape, -2, 2)
    out, dx = yield ask_back("nn.relu", (x,), dout)
    want, back = reference.relu(x)
    close("relu(x)[0]", out, want)
    close("back(dout)", dx, back(dout), hint="Where x is negative, nothing flows back.")


@marks("nn.relu")
@for_all(cases=4)
def test_relu_keeps_its_argument(student, draw):
    """relu leaves x as it is."""
    x = _away_from_zero(draw, _shape(draw))
    yield from _unchanged("nn.relu", x)


@marks("nn.relu")
@for_all(cases=4)
def test_relu_at_zero_and_far_out(student, draw):
    """At 0 relu passes between nothing and all of the gradient; at ±1e4 it is exact."""
    x, dout = np.array([[0.0, 1e4, -1e4]]), draw.array((1, 3), 0.5, 2)
    out, dx = yield ask_back("nn.relu", (x,), dout)
    equal("relu(x)[0]", out, [[0.0, 1e4, 0.0]])
    dx = shaped("back(dout)", dx, (1, 3))
    close("back(dout) away from 0", dx[0, 1:], [dout[0, 1], 0.0])
    passes = -1e-6 <= dx[0, 0] <= dout[0, 0] * (1 + 1e-6)
    holds("back(dout) at x = 0", passes, "is not between 0 and dout")


@marks("nn.tanh", gate=True)
@for_all(cases=8)
def test_tanh_values(student, draw, reference):
    """tanh and its backward pass on random arrays."""
    x = draw.array(_shape(draw), -4, 4)
    dout = draw.array(x.shape, -2, 2)
    out, dx = yield ask_back("nn.tanh", (x,), dout)
    want, back = reference.tanh(x)
    close("tanh(x)[0]", out, want)
    close("back(dout)", dx, back(dout), hint="The derivative is taken at x: 1 - tanh(x)².")


@marks("nn.tanh")
@for_all(cases=4)
def test_tanh_keeps_its_argument(student, draw):
    """tanh leaves x as it is."""
    yield from _unchanged("nn.tanh", draw.array(_shape(draw), -4, 4))


@marks("nn.tanh")
def test_tanh_far_out(student):
    """tanh saturates at ±1 and its gradient at 0, without NaN."""
    x = np.array([[1e4, -1e4, 800.0]])
    out, dx = student.run(ask_back("nn.tanh", (x,), np.array([[1.0, 2.0, 3.0]])))
    finite("tanh(x)[0] far out", out, hint=OVERFLOW)
    close("tanh(x)[0] far out", out, [[1.0, -1.0, 1.0]])
    finite("back(dout) far out", dx, hint=OVERFLOW)
    close("back(dout) far out", dx, [[0.0, 0.0, 0.0]], hint="Where tanh is flat, nothing flows.")


@marks("nn.softmax", gate=True)
@for_all(cases=8)
def test_softmax_values(student, draw, reference):
    """softmax of random logits, row by row."""
    h = draw.array(_shape(draw), -5, 5)
    close("softmax(h)", (yield ask("nn.softmax", h)), reference.softmax(h))


@marks("nn.softmax")
@for_all(cases=8)
def test_softmax_ignores_a_shift_of_a_row(student, draw):
    """Adding a constant to a row of logits leaves its probabilities as they are."""
    h = on_a_grid(draw.array((3, draw.integer(2, 5)), -3, 3))
    shift = on_a_grid(draw.array((3, 1), -100, 100))
    p, q = yield ask("nn.softmax", h), ask("nn.softmax", h + shift)
    close("softmax(h + c)", q, shaped("softmax(h)", p, h.shape))


@marks("nn.softmax")
@for_all(cases=4)
def test_softmax_of_distant_rows(student, draw, reference):
    """Rows of very different size do not disturb one another."""
    h = on_a_grid(draw.array((3, 4), -3, 3)) + np.array([[0.0], [1e4], [-1e4]])
    hint = "Subtract each row's own maximum: with one maximum for all, distant rows become 0/0."
    got = yield ask("nn.softmax", h)
    finite("softmax(h)", got, hint=hint)
    close("softmax(h)", got, reference.softmax(h), hint=hint)


@marks("nn.softmax")
@for_all(cases=4)
def test_softmax_keeps_its_argument(student, draw):
    """softmax leaves the logits as they are."""
    yield from _unchanged("nn.softmax", draw.array(_shape(draw), -4, 4))


@marks("nn.softmax_jacobian", gate=True)
@for_all(cases=8)
def test_softmax_jacobian_values(student, draw, reference):
    """The Jacobian at random probabilities."""
    p = _probabilities(draw, draw.integer(2, 6))
    close(
        "softmax_jacobian(p)", (yield ask("nn.softmax_jacobian", p)), reference.softmax_jacobian(p)
    )


@marks("nn.softmax_jacobian")
@for_all(cases=8)
def test_softmax_jacobian_and_cross_entropy_give_p_minus_y(student, draw):
    """Chained with the gradient -y/p of the cross-entropy, the Jacobian gives p - y."""
    c = draw.integer(2, 5)
    p, y = _probabilities(draw, c), _probabilities(draw, c)
    J = shaped("softmax_jacobian(p)", (yield ask("nn.softmax_jacobian", p)), (c, c))
    close("softmax_jacobian(p) @ (-y / p)", J @ (-y / p), p - y, hint="This needs sum(y) = 1.")


@marks("nn.softmax_jacobian")
@for_all(cases=4)
def test_softmax_jacobian_by_differences(student, draw, reference):
    """The Jacobian agrees with central differences of softmax."""
    s = draw.array(draw.integer(2, 5), -2, 2)
    got = yield ask("nn.softmax_jacobian", reference.softmax(s))
    steps = 1e-5 * np.eye(s.size)
    want = [(reference.softmax(s + d) - reference.softmax(s - d)) / 2e-5 for d in steps]
    close("softmax_jacobian(softmax(s))", got, np.array(want))


@marks("nn.linear_backward", gate=True)
@for_all(cases=8)
def test_linear_backward_values(student, draw, reference):
    """dx, dW and db on random arrays with unequal sizes."""
    x, W, b, dz = _layer(draw)
    grads = yield ask("nn.linear_backward", dz, x, W, b)
    _same_three(grads, reference.linear_backward(dz, x, W, b))


@marks("nn.linear_backward")
@for_all(cases=8)
def test_linear_backward_is_linear_in_dz(student, draw):
    """Three times the upstream gradient gives three times the gradients."""
    x, W, b, dz = _layer(draw)
    once, thrice = yield (
        ask("nn.linear_backward", dz, x, W, b),
        ask("nn.linear_backward", 3.0 * dz, x, W, b),
    )
    parts = [
        3.0 * shaped(name, one, like.shape)
        for name, one, like in zip(GRADIENTS, _three(once), (x, W, b), strict=True)
    ]
    _same_three(thrice, parts)


@marks("nn.linear_forward", gate=True)
@for_all(cases=8)
def test_linear_forward_values(student, draw, reference):
    """z and the three gradients on random arrays with unequal sizes."""
    x, W, b, dz = _layer(draw)
    z, grads = yield ask_back("nn.linear_forward", (x, W, b), dz)
    want, back = reference.linear_forward(x, W, b)
    close("linear_forward(x, W, b)[0]", z, want, hint="The bias is added to every example.")
    _same_three(grads, back(dz))


@marks("nn.linear_forward")
@for_all(cases=3)
def test_linear_forward_gradients_by_differences(student, draw):
    """The gradients agree with central differences of the layer's own output."""
    x, W, b, dz = _layer(draw)
    grads = _three((yield ask_back("nn.linear_forward", (x, W, b), dz))[1])
    for i, (name, at) in enumerate(zip(GRADIENTS, (x, W, b), strict=True)):
        forward = Ask()
        arguments = [VARY if j == i else value for j, value in enumerate((x, W, b))]
        forward.item(forward.call("nn.linear_forward", *arguments), 0)
        close_to_slopes(name, grads[i], student, forward, at, project=dz)


@marks("nn.linear_forward")
@for_all(cases=4)
def test_linear_forward_treats_examples_alike(student, draw):
    """Permuted examples give permuted rows."""
    x, W, b, _ = _layer(draw)
    order = draw.permutation(len(x))
    plain, mixed = yield (
        ask("nn.linear_forward", x, W, b),
        ask("nn.linear_forward", x[order], W, b),
    )
    z = shaped("linear_forward(x, W, b)[0]", pair("linear_forward", plain)[0], (len(x), len(W)))
    close("z of permuted examples", pair("linear_forward", mixed)[0], z[order])


@marks("nn.cross_entropy_loss", gate=True)
@for_all(cases=8)
def test_cross_entropy_values(student, draw, reference):
    """Loss and gradient for random logits and one-hot labels."""
    m, c = draw.integer(1, 5), draw.integer(2, 5)
    yield from _cross_entropy(draw.array((m, c), -4, 4), draw.one_hot(m, c), reference, draw)


@marks("nn.cross_entropy_loss")
@for_all(cases=6)
def test_cross_entropy_of_soft_labels(student, draw, reference):
    """Loss and gradient where the labels are probabilities."""
    m, c = draw.integer(1, 4), draw.integer(2, 5)
    y = draw.array((m, c), 0.1, 1.0)
    yield from _cross_entropy(
        draw.array((m, c), -3, 3), y / y.sum(1, keepdims=True), reference, draw
    )


@marks("nn.cross_entropy_loss")
def test_cross_entropy_of_huge_logits(student):
    """The loss is exact for logits of ±1e4, and 0 where the network is certain and right."""
    h, y = np.array([[1e4, -1e4], [1e4, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    loss, dh = student.run(ask_back("nn.cross_entropy_loss", (h, y), 1.0))
    hint = "Take ln p from the logits (log-sum-exp), not the logarithm of a p rounded to 0."
    close("the loss of huge logits", loss, 5e3, hint=hint)
    close("back(1.0) of huge logits", dh, [[0.0, 0.0], [0.5, -0.5]])


@marks("nn.cross_entropy_loss")
@for_all(cases=4)
def test_cross_entropy_by_differences(student, draw):
    """The gradient agrees with central differences of the loss itself."""
    m, c = draw.integer(1, 3), draw.integer(2, 4)
    h, y = draw.array((m, c), -3, 3), draw.one_hot(m, c)
    _, dh = yield ask_back("nn.cross_entropy_loss", (h, y), 1.0)
    loss = Ask()
    loss.item(loss.call("nn.cross_entropy_loss", VARY, y), 0)
    close_to_slopes("back(1.0)", dh, student, loss, h)


@marks("nn.cross_entropy_loss")
@for_all(cases=4)
def test_cross_entropy_of_a_doubled_batch(student, draw):
    """A minibatch repeated twice has the same loss and half the gradient per row."""
    m, c = draw.integer(1, 3), draw.integer(2, 4)
    h, y = draw.array((m, c), -3, 3), draw.one_hot(m, c)
    (loss, dh), (twice, doubled) = yield (
        ask_back("nn.cross_entropy_loss", (h, y), 1.0),
        ask_back("nn.cross_entropy_loss", (np.vstack([h, h]), np.vstack([y, y])), 1.0),
    )
    close("loss of the doubled batch", twice, shaped("loss", np.asarray(loss).reshape(()), ()))
    half = shaped("back(1.0)", dh, (m, c)) / 2.0
    close("back(1.0) of the doubled batch", doubled, np.vstack([half, half]))


@marks("nn.DenseLayer", gate=True)
@for_all(cases=6)
def test_dense_layer_values(student, draw, reference):
    """forward and back of a layer with an activation, at the layer's own parameters."""
    activation = draw.choice(("relu", "tanh"))
    yield from _dense(draw, reference, Name(f"nn.{activation}"), getattr(reference, activation))


@marks("nn.DenseLayer")
@for_all(cases=4)
def test_dense_layer_without_activation(student, draw, reference):
    """activation=None makes the layer linear."""
    yield from _dense(draw, reference, None, None)


@marks("nn.DenseLayer")
def test_dense_layer_weights_differ(student):
    """Every weight is drawn on its own, and two layers differ."""
    one, two = (pair("parameters()", student.nn.DenseLayer(30, 20).parameters())[0] for _ in "ab")
    one, two = shaped("W", one, (20, 30)), shaped("W", two, (20, 30))
    holds("W", np.unique(one).size > 0.98 * one.size, "repeats weights")
    holds("W of a second layer", not np.array_equal(one, two), "equals that of the first")


@marks("nn.DenseLayer")
def test_dense_layer_is_normal(student):
    """The weights follow a normal distribution, not a uniform one."""
    W = shaped(
        "W", pair("parameters()", student.nn.DenseLayer(200, 300).parameters())[0], (300, 200)
    )
    scaled = W / max(float(W.std()), 1e-300)
    close("the kurtosis of W", np.mean(scaled**4), 3.0, atol=0.15, hint="W is N(0, 1/n_in).")


@marks("nn.NN", gate=True)
@for_all(cases=6)
def test_network_values(student, draw, reference):
    """Logits and all gradients of a network of unequal widths."""
    yield from _network(draw, reference, hidden=draw.choice(([4], [3, 5], [5, 4, 3])))


@marks("nn.NN")
@for_all(cases=2)
def test_network_with_five_hidden_layers(student, draw, reference):
    """Depth changes nothing in the rule."""
    yield from _network(draw, reference, hidden=[4, 3, 5, 3, 4])


@marks("nn.NN")
@for_all(cases=2)
def test_network_gradients_by_differences(student, draw, reference):
    """Every gradient agrees with central differences of the network's own logits."""
    hidden, n_in, n_out = [4, 3], 3, 2
    twin = _twin(draw, reference, n_in, hidden, n_out, "tanh")
    x, dh = draw.array((3, n_in), -2, 2), draw.array((3, n_out), -1, 1)
    one, _, result = _forward(twin, n_in, hidden, n_out, "tanh", x)
    grads = yield one.returns(one.call(one.item(result, 1), dh))
    for key, at in twin.parameters().items():
        moved, _, result = _forward(twin, n_in, hidden, n_out, "tanh", x, vary=key)
        moved.item(result, 0)
        got = entry("back(dh)", grads, key)
        close_to_slopes(f'back(dh)["{key}"]', got, student, moved, at, project=dh)


@marks("nn.NN")
@for_all(cases=3)
def test_network_output_layer_is_linear(student, draw, reference):
    """No activation on the output layer: logits can be negative and larger than 1."""
    twin = _twin(draw, reference, 3, [4], 3, "relu")
    for key, value in twin.parameters().items():
        if key == "b1":
            value[...] = [-50.0, 50.0, 0.0]
    x = draw.array((2, 3), -1, 1)
    one, _, result = _forward(twin, 3, [4], 3, "relu", x)
    logits = yield one.returns(one.item(result, 0))
    hint = "The last layer is linear: softmax and the loss follow outside of the network."
    close("forward(x)[0]", logits, twin.forward(x)[0], hint=hint)


@marks("nn.NN")
@for_all(cases=3)
def test_network_backward_twice(student, draw, reference):
    """Asking for the gradients twice gives the same gradients: they do not pile up."""
    twin = _twin(draw, reference, 3, [4], 2, "tanh")
    x, dh = draw.array((2, 3), -2, 2), draw.array((2, 2), -1, 1)
    one, _, result = _forward(twin, 3, [4], 2, "tanh", x)
    back = one.item(result, 1)
    first, second = yield one.returns(one.call(back, dh), one.call(back, dh))
    for key, like in twin.parameters().items():
        want = shaped(f'back(dh)["{key}"]', entry("back(dh)", first, key), like.shape)
        close(f'the second back(dh)["{key}"]', entry("back(dh)", second, key), want)


@marks("nn.dropout", gate=True)
@for_all(cases=4)
def test_dropout_values(student, draw):
    """Each unit is dropped with probability rate, the others scaled; back does the same."""
    rate, x = draw.choice((0.25, 0.5, 0.75)), draw.array((50, 60), 0.5, 2)
    dout = draw.array(x.shape, 0.5, 2)
    out, dx = yield _dropout(x, rate, draw.integer(1, 1000), dout)
    scale = shaped("dropout(x, rate, rng)[0]", out, x.shape) / x
    kept = scale > 0.0
    close("the scale of what is kept", scale[kept], np.full(kept.sum(), 1.0 / (1.0 - rate)))
    close("the share that is dropped", 1.0 - kept.mean(), rate, atol=0.06)
    close("back(dout)", dx, dout * scale)


@marks("nn.dropout")
@for_all(cases=4)
def test_dropout_follows_its_generator(student, draw):
    """The same generator drops the same units, another one drops others; rate 0 drops none."""
    x, seed = draw.array((20, 20), 0.5, 2), draw.integer(1, 1000)
    (one, _), (same, _), (other, _), (none, _) = yield (
        _dropout(x, 0.5, seed, x),
        _dropout(x, 0.5, seed, x),
        _dropout(x, 0.5, seed + 1, x),
        _dropout(x, 0.0, seed, x),
    )
    one = shaped("dropout(x, 0.5, rng)[0]", one, x.shape)
    close("dropout with the same generator", same, one, hint="Draw from rng, nothing else.")
    differs = not np.array_equal(one, shaped("dropout(x, 0.5, rng)[0]", other, x.shape))
    holds("dropout with another generator", differs, "drops the same units")
    close("dropout(x, 0, rng)[0]", none, x)


@marks("nn.dropout")
@for_all(cases=3)
def test_dropout_when_not_training(student, draw):
    """Not training: out = x and the gradient passes as it is."""
    x, dout = draw.array((4, 5), -2, 2), draw.array((4, 5), -2, 2)
    out, dx = yield _dropout(x, 0.5, draw.integer(1, 1000), dout, False)
    close("dropout(x, 0.5, rng, training=False)[0]", out, x)
    close("back(dout)", dx, dout)


def _unchanged(name, x):
    one = Ask()
    mine = one.call(Name("numpy.array"), x)
    one.call(name, mine)
    after = yield one.returns(one.call(Name("numpy.array"), mine))
    equal("x after the call", after, x, hint=NO_CHANGE)


def _probabilities(draw, c):
    p = draw.array(c, 0.1, 1.0)
    return p / p.sum()


def _layer(draw):
    m, n_in, n_out = draw.integer(1, 4), draw.integer(1, 4), draw.integer(1, 4)
    x, W = draw.array((m, n_in), -2, 2), draw.array((n_out, n_in), -2, 2)
    return x, W, draw.array(n_out, -1, 1), draw.array((m, n_out), -2, 2)


def _three(grads):
    right = isinstance(grads, (tuple, list)) and len(grads) == 3
    holds("the gradients", right, "are not (dx, dW, db)")
    return grads


def _same_three(got, want, hint=""):
    for name, one, right in zip(GRADIENTS, _three(got), want, strict=True):
        close(name, one, right, hint=hint)


def _cross_entropy(h, y, reference, draw):
    dl = draw.uniform(0.5, 2.0)
    loss, dh = yield ask_back("nn.cross_entropy_loss", (h, y), dl)
    want, back = reference.cross_entropy_loss(h, y)
    close("cross_entropy_loss(h, y)[0]", loss, want, hint="The mean over the m examples.")
    close("back(dl)", dh, back(dl), hint="The mean over the m examples is in the gradient too.")


def _dense(draw, reference, activation, right):
    x, W, b, dh = _layer(draw)
    twin = reference.DenseLayer(W.shape[1], W.shape[0], right)
    twin.W, twin.b = W, b + 0.3
    one = Ask()
    layer = one.call("nn.DenseLayer", W.shape[1], W.shape[0], activation)
    params = one.method(layer, "parameters")
    one.call(Name("numpy.copyto"), one.item(params, 0), twin.W)
    one.call(Name("numpy.copyto"), one.item(params, 1), twin.b)
    result = one.method(layer, "forward", x)
    grads = one.call(one.item(result, 1), dh)
    h, grads = yield one.returns(one.item(result, 0), grads)
    want, back = twin.forward(x)
    close("DenseLayer.forward(x)[0]", h, want)
    _same_three(grads, back(dh), hint="Back through the activation, then the linear part.")


def _twin(draw, reference, n_in, hidden, n_out, activation):
    """A reference network with drawn parameters, biases included."""
    net = reference.NN(n_in, hidden, getattr(reference, activation), n_out)
    for value in net.parameters().values():
        value[...] = draw.array(value.shape, -1, 1)
    return net


def _forward(twin, n_in, hidden, n_out, activation, x, vary=""):
    """An Ask that builds the student's network with the twin's parameters and runs forward."""
    one = Ask()
    net = one.call("nn.NN", n_in, hidden, Name(f"nn.{activation}"), n_out)
    params = one.method(net, "parameters")
    for key, value in twin.parameters().items():
        target = one.item(params, key)
        one.call(Name("numpy.copyto"), target, VARY if key == vary else value)
    return one, net, one.method(net, "forward", x)


def _network(draw, reference, hidden):
    activation, n_in, n_out = draw.choice(("relu", "tanh")), draw.integer(1, 4), draw.integer(2, 4)
    m = draw.integer(1, 4)
    twin, x = _clear(draw, reference, (n_in, hidden, n_out, activation), m)
    dh = draw.array((m, n_out), -1, 1)
    one, _, result = _forward(twin, n_in, hidden, n_out, activation, x)
    back = one.call(one.item(result, 1), dh)
    logits, grads = yield one.returns(one.item(result, 0), back)
    want, right = twin.forward(x)
    close("forward(x)[0]", logits, want)
    for key, value in right(dh).items():
        close(f'back(dh)["{key}"]', entry("back(dh)", grads, key), value)


def _clear(draw, reference, sizes, m):
    """A twin and inputs whose pre-activations stay away from relu's kink."""

    def make():
        return _twin(draw, reference, *sizes), draw.array((m, sizes[0]), -2, 2)

    def good(made):
        twin, h = made
        for layer in twin.layers[:-1]:
            z = h @ layer.W.T + layer.b
            if np.any(np.abs(z) < 1e-4):
                return False
            h = layer.forward(h)[0]
        return True

    return draw.until(good, make)


def _dropout(x, rate, seed, dout, *training):
    one = Ask()
    rng = one.call(Name("numpy.random.default_rng"), seed)
    result = one.call("nn.dropout", x, rate, rng, *training)
    return one.returns(one.item(result, 0), one.call(one.item(result, 1), dout))
