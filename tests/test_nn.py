"""Public checks of nn.py: worked examples, closed forms, and properties that need no reference."""

import numpy as np

from tests.helpers import (
    VARY,
    Ask,
    Name,
    ask,
    ask_back,
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
from tests.helpers.slopes import close_to_slopes

UPSTREAM = "back multiplies the gradient that comes from above with the local derivative."


@marks("nn.relu", gate=True)
def test_relu_worked_example(student):
    """relu keeps what is positive, on the way there and on the way back."""
    x = np.array([[-2.0, 0.5], [3.0, -0.1]])
    out, dx = student.run(ask_back("nn.relu", (x,), np.array([[10.0, 20.0], [30.0, 40.0]])))
    close("relu([[-2, 0.5], [3, -0.1]])[0]", out, [[0.0, 0.5], [3.0, 0.0]])
    close("back([[10, 20], [30, 40]])", dx, [[0.0, 20.0], [30.0, 0.0]], hint=UPSTREAM)


@marks("nn.relu")
@for_all()
def test_relu_leaves_positive_and_clears_negative(student, draw):
    """relu(x) + relu(-x) is |x|, and relu(x) is never negative."""
    x = draw.array((draw.integer(1, 4), draw.integer(1, 4)), -5, 5)
    up, down = yield ask("nn.relu", x), ask("nn.relu", -x)
    up, down = pair("relu(x)", up)[0], pair("relu(-x)", down)[0]
    close("relu(x) + relu(-x)", shaped("relu(x)", up, x.shape) + down, np.abs(x))
    holds("relu(x)", bool(np.all(np.asarray(up) >= 0)), "has negative entries")


@marks("nn.tanh", gate=True)
def test_tanh_worked_example(student):
    """tanh and its derivative 1 - tanh² at points whose values are known."""
    x = np.array([[0.0, np.log(2.0), -np.log(3.0)]])
    out, dx = student.run(ask_back("nn.tanh", (x,), np.array([[1.0, 2.0, 1.0]])))
    close("tanh([[0, ln 2, -ln 3]])[0]", out, [[0.0, 0.6, -0.8]])
    close("back([[1, 2, 1]])", dx, [[1.0, 1.28, 0.36]], hint="The derivative is 1 - tanh(x)².")


@marks("nn.tanh")
@for_all()
def test_tanh_is_odd(student, draw):
    """tanh(-x) = -tanh(x), and every value lies between -1 and 1."""
    x = draw.array((2, draw.integer(1, 4)), -6, 6)
    plus, minus = yield ask("nn.tanh", x), ask("nn.tanh", -x)
    plus, minus = pair("tanh(x)", plus)[0], pair("tanh(-x)", minus)[0]
    close("tanh(-x)", minus, -shaped("tanh(x)", plus, x.shape))
    holds("tanh(x)", bool(np.all(np.abs(plus) <= 1.0)), "leaves the interval from -1 to 1")


@marks("nn.linear_forward", gate=True)
def test_linear_forward_worked_example(student):
    """z = x Wᵀ + b, and back gives (dx, dW, db)."""
    x, W = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    b, dz = np.array([0.5, 0.25, -1.0]), np.array([[1.0, 0.0, 2.0]])
    z, grads = student.run(ask_back("nn.linear_forward", (x, W, b), dz))
    close("linear_forward(x, W, b)[0]", z, [[11.5, 17.25, 22.0]], hint="W is (n_out, n_in).")
    dx, dW, db = _three("back(dz)", grads)
    close("dx", dx, [[17.0, 20.0]])
    close("dW", dW, [[1.0, 2.0], [0.0, 0.0], [2.0, 4.0]], hint="dW has the shape of W.")
    close("db", db, [1.0, 0.0, 2.0], hint="db has the shape of b: summed over the examples only.")


@marks("nn.linear_forward")
@for_all()
def test_linear_forward_is_linear_without_bias(student, draw):
    """With b = 0 the layer is additive and homogeneous in x."""
    n_in, n_out = draw.integer(1, 4), draw.integer(1, 4)
    x, y = draw.array((3, n_in), -3, 3), draw.array((3, n_in), -3, 3)
    W, b = draw.array((n_out, n_in), -2, 2), np.zeros(n_out)
    both, one, two = yield (
        ask("nn.linear_forward", 2.0 * x + y, W, b),
        ask("nn.linear_forward", x, W, b),
        ask("nn.linear_forward", y, W, b),
    )
    fx = shaped("z of x", pair("linear_forward", one)[0], (3, n_out))
    fy = shaped("z of y", pair("linear_forward", two)[0], (3, n_out))
    close("z of 2x + y", pair("linear_forward", both)[0], 2.0 * fx + fy)


@marks("nn.linear_backward", gate=True)
def test_linear_backward_worked_example(student):
    """dx = dz W, dW = dzᵀ x, db = the sum of dz over the examples."""
    x, W = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, -1.0], [2.0, 0.5], [0.0, 3.0]])
    dz = np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.5]])
    grads = student.nn.linear_backward(dz, x, W, np.zeros(3))
    dx, dW, db = _three("linear_backward(dz, x, W, b)", grads)
    close("dx", dx, [[1.0, -4.0], [4.0, 0.0]])
    close("dW", dW, [[7.0, 10.0], [3.0, 4.0], [0.5, 0.0]], hint="Sum, do not average.")
    close("db", db, [3.0, 1.0, -0.5], hint="One entry per output: sum over the examples only.")


@marks("nn.linear_backward")
@for_all()
def test_linear_backward_adds_up_over_examples(student, draw):
    """dW and db of a minibatch are the sums of those of its examples: no mean is taken here."""
    m, n_in, n_out = draw.integer(2, 4), draw.integer(1, 3), draw.integer(1, 3)
    x, dz = draw.array((m, n_in), -2, 2), draw.array((m, n_out), -2, 2)
    W, b = draw.array((n_out, n_in), -1, 1), np.zeros(n_out)
    rows = [ask("nn.linear_backward", dz[i : i + 1], x[i : i + 1], W, b) for i in range(m)]
    whole, *parts = yield (ask("nn.linear_backward", dz, x, W, b), *rows)
    split = [_three("linear_backward of one example", part) for part in parts]
    _, dW, db = _three("linear_backward", whole)
    close("dW", dW, sum(shaped("dW of one example", p[1], W.shape) for p in split))
    close("db", db, sum(shaped("db of one example", p[2], b.shape) for p in split))


@marks("nn.softmax", gate=True)
def test_softmax_worked_example(student):
    """softmax turns each row of logits into probabilities."""
    h = np.log([[1.0, 2.0, 1.0], [3.0, 1.0, 6.0]])
    p = student.nn.softmax(h)
    close("softmax(log([[1, 2, 1], [3, 1, 6]]))", p, [[0.25, 0.5, 0.25], [0.3, 0.1, 0.6]])


@marks("nn.softmax")
@for_all()
def test_softmax_rows_sum_to_one_and_keep_the_order(student, draw):
    """Each row sums to 1, and a larger logit has the larger probability."""
    h = draw.array((draw.integer(1, 4), draw.integer(2, 5)), -6, 6)
    p = shaped("softmax(h)", (yield ask("nn.softmax", h)), h.shape)
    close("softmax(h).sum(axis=1)", p.sum(axis=1), np.ones(len(h)), hint="Normalise row by row.")
    rising = np.take_along_axis(p, np.argsort(h, axis=1), axis=1)
    holds("softmax(h)", bool(np.all(np.diff(rising, axis=1) >= -1e-6)), "changes the order")


@marks("nn.softmax")
def test_softmax_of_huge_logits(student):
    """softmax is finite for any finite logits."""
    p = student.nn.softmax(np.array([[1e4, 0.0], [-1e4, -1e4]]))
    hint = "exp overflows; subtract the row's maximum first, which changes nothing else."
    close("softmax([[1e4, 0], [-1e4, -1e4]])", p, [[1.0, 0.0], [0.5, 0.5]], hint=hint)


@marks("nn.softmax_jacobian", gate=True)
def test_softmax_jacobian_worked_example(student):
    """The Jacobian of softmax at p = (1/2, 1/4, 1/4)."""
    got = student.nn.softmax_jacobian(np.array([0.5, 0.25, 0.25]))
    want = [[0.25, -0.125, -0.125], [-0.125, 0.1875, -0.0625], [-0.125, -0.0625, 0.1875]]
    close("softmax_jacobian([1/2, 1/4, 1/4])", got, want)


@marks("nn.softmax_jacobian")
@for_all()
def test_softmax_jacobian_rows_sum_to_zero(student, draw):
    """Probabilities always sum to 1, so every row and every column of the Jacobian sums to 0."""
    p = draw.array(draw.integer(2, 5), 0.1, 1.0)
    p = p / p.sum()
    J = shaped("softmax_jacobian(p)", (yield ask("nn.softmax_jacobian", p)), (p.size, p.size))
    close("row sums", J.sum(axis=1), np.zeros(p.size))
    close("the transpose", J.T, J)


@marks("nn.cross_entropy_loss", gate=True)
def test_cross_entropy_worked_example(student):
    """The loss is the mean of -ln p of the right class, and back gives (p - y)/m."""
    h, y = np.log([[1.0, 3.0], [1.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    loss, dh = student.run(ask_back("nn.cross_entropy_loss", (h, y), 1.0))
    close("loss", loss, (np.log(4 / 3) + np.log(2.0)) / 2, hint="It is a mean over the examples.")
    want = [[0.125, -0.125], [-0.25, 0.25]]
    close("back(1.0)", dh, want, hint="The mean's 1/m belongs into the gradient as well.")


@marks("nn.cross_entropy_loss")
@for_all()
def test_cross_entropy_gradient_rows_sum_to_zero(student, draw):
    """p and y both sum to 1, so each row of back(1) sums to 0; back is linear in dl."""
    m, c = draw.integer(1, 4), draw.integer(2, 5)
    h, y = draw.array((m, c), -4, 4), draw.one_hot(m, c)
    (_, once), (_, thrice) = yield (
        ask_back("nn.cross_entropy_loss", (h, y), 1.0),
        ask_back("nn.cross_entropy_loss", (h, y), 3.0),
    )
    once = shaped("back(1.0)", once, (m, c))
    close("back(1.0).sum(axis=1)", once.sum(axis=1), np.zeros(m))
    close("back(3.0)", thrice, 3.0 * once, hint="back(dl) multiplies by dl.")


@marks("nn.cross_entropy_loss")
def test_cross_entropy_gradient_by_central_differences(student):
    """back agrees with central differences of the loss."""
    h, y = np.array([[0.3, -1.2, 0.5], [2.0, 0.1, -0.4]]), np.eye(3)[[2, 1]]
    _, dh = student.run(ask_back("nn.cross_entropy_loss", (h, y), 1.0))
    loss = Ask()
    loss.item(loss.call("nn.cross_entropy_loss", VARY, y), 0)
    close_to_slopes("back(1.0)", dh, student, loss, h)


@marks("nn.DenseLayer", gate=True)
def test_dense_layer_worked_example(student):
    """forward is activation(x Wᵀ + b) with the layer's own W and b."""
    one = Ask()
    layer = one.call("nn.DenseLayer", 2, 2, Name("nn.relu"))
    W, b = _put(one, one.method(layer, "parameters"), ([[1.0, -2.0], [0.5, 1.0]], [0.5, -4.0]))
    result = one.method(layer, "forward", np.array([[3.0, 1.0]]))
    grads = one.call(one.item(result, 1), np.array([[1.0, 1.0]]))
    h, grads, W, b = student.run(one.returns(one.item(result, 0), grads, W, b))
    close("forward([[3, 1]])[0]", h, [[1.5, 0.0]])
    dx, dW, db = _three("back([[1, 1]])", grads)
    close("dx", dx, [[1.0, -2.0]], hint="Back through the activation first, then the linear part.")
    close("dW", dW, [[3.0, 1.0], [0.0, 0.0]])
    close("db", db, [1.0, 0.0])


@marks("nn.DenseLayer")
def test_dense_layer_initialisation(student):
    """W is (n_out, n_in) with standard deviation 1/sqrt(n_in); b is zero."""
    W, b = pair("parameters()", student.nn.DenseLayer(400, 300).parameters())
    W = shaped("W", W, (300, 400))
    shaped("b", b, (300,))
    close("b", b, np.zeros(300))
    close("the mean of W", W.mean(), 0.0, atol=1.5e-3)
    hint = "The variance is 1/n_in, so the standard deviation is 1/sqrt(n_in)."
    close("the standard deviation of W", W.std(), 0.05, rtol=0.02, hint=hint)


@marks("nn.NN", gate=True)
def test_network_shapes_and_keys(student):
    """A 4-3-2-5 network: six parameters, the right shapes, gradients with the same keys."""
    one = Ask()
    net = one.call("nn.NN", 4, [3, 2], Name("nn.relu"), 5)
    params = one.method(net, "parameters")
    result = one.method(net, "forward", np.arange(8.0).reshape(2, 4) / 8)
    grads = one.call(one.item(result, 1), np.ones((2, 5)))
    params, h, grads = student.run(one.returns(params, one.item(result, 0), grads))
    shapes = {"W0": (3, 4), "b0": (3,), "W1": (2, 3), "b1": (2,), "W2": (5, 2), "b2": (5,)}
    for key, shape in shapes.items():
        shaped(f'parameters()["{key}"]', entry("parameters()", params, key), shape)
        shaped(f'back(dh)["{key}"]', entry("back(dh)", grads, key), shape)
    finite("forward(x)[0]", shaped("forward(x)[0]", h, (2, 5)))


@marks("nn.NN")
def test_network_parameters_are_live(student):
    """A change in place of what parameters() hands out changes the network."""
    one = Ask()
    x = np.ones((1, 3))
    net = one.call("nn.NN", 3, [4], Name("nn.tanh"), 2)
    before = one.item(one.method(net, "forward", x), 0)
    bias = one.item(one.method(net, "parameters"), "b1")
    one.setitem(bias, 0, 5.0)
    after = one.item(one.method(net, "forward", x), 0)
    before, after = student.run(one.returns(before, after))
    changed("forward(x) after b1[0] = 5", before, after, hint="Hand out the arrays, not copies.")


@marks("nn.dropout", gate=True)
def test_dropout_scales_what_it_keeps(student):
    """Units are dropped or scaled by 1/(1 - rate), and back treats them the same."""
    x = np.ones((40, 50))
    one = Ask()
    rng = one.call(Name("numpy.random.default_rng"), 3)
    result = one.call("nn.dropout", x, 0.2, rng)
    grads = one.call(one.item(result, 1), x)
    out, dx = student.run(one.returns(one.item(result, 0), grads))
    out = shaped("dropout(x, 0.2, rng)[0]", out, x.shape)
    two = np.isclose(out, 0.0) | np.isclose(out, 1.25)
    holds(
        "dropout(ones, 0.2, rng)[0]", bool(two.all()), "has entries other than 0 and 1/(1 - rate)"
    )
    close("the share of dropped units", np.mean(out == 0.0), 0.2, atol=0.05)
    close("back(ones)", dx, out, hint="The gradient passes where the unit was kept, scaled alike.")


@marks("nn.dropout")
def test_dropout_is_the_identity_when_not_training(student):
    """Not training: dropout hands x through, on both ways."""
    x = np.arange(6.0).reshape(2, 3)
    one = Ask()
    rng = one.call(Name("numpy.random.default_rng"), 3)
    result = one.call("nn.dropout", x, 0.5, rng, False)
    grads = one.call(one.item(result, 1), 2.0 * x)
    out, dx = student.run(one.returns(one.item(result, 0), grads))
    close("dropout(x, 0.5, rng, training=False)[0]", out, x)
    close("back(dout)", dx, 2.0 * x)


def _three(call, grads):
    holds(call, isinstance(grads, (tuple, list)) and len(grads) == 3, "is not (dx, dW, db)")
    return grads


def _put(one, params, values):
    """Write these values into the layer's live arrays, in place."""
    for i, value in enumerate(values):
        one.call(Name("numpy.copyto"), one.item(params, i), np.array(value))
    return one.item(params, 0), one.item(params, 1)
