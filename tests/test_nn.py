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
    close_each,
    entry,
    finite,
    for_all,
    holds,
    marks,
    marks_each,
    pair,
    shaped,
)
from tests.helpers.functional import (
    COPIES,
    GRADIENTS,
    OWN_PASS,
    dense_forward,
    network,
    roughly,
    roughly_close,
    seeded,
    shape_hint,
    three,
)
from tests.helpers.slopes import close_to_slopes
from tests.helpers.training import is_nothing

LAYER = (
    np.array([[1.0, 2.0]]),
    np.array([[3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]),
    np.array([0.5, 0.25, -1.0]),
)
# Two examples of three classes: with dl = 5 no factor can be taken for another.
TWO = (np.log([[1.0, 3.0, 4.0], [1.0, 2.0, 1.0]]), np.eye(3)[[1, 0]])
W, B = np.array([[1.0, -2.0], [0.5, 1.0]]), np.array([0.5, -4.0])
SHAPES = {"W0": (3, 4), "b0": (3,), "W1": (2, 3), "b1": (2,), "W2": (5, 2), "b2": (5,)}
LIVE = "Hand out the arrays that forward works with."
SUMS = "Sum over the examples, and over nothing else: the 1/m of the loss is in dz already."
DEFAULT = "Without the argument training units are dropped: it is True by default."
EXPECTATION = "What is kept makes up for what is dropped: the expectation of out is x."
TANH_SLOPE = (
    "The slope of tanh at x is 1 - tanh(x)²; back multiplies it with what comes from above."
)
UPSTREAM = "back multiplies the gradient that comes from above with the local derivative."


@marks("nn.relu", gate=True)
def test_relu_worked_example(student):
    """relu keeps what is positive and puts 0 in place of the rest."""
    out, _ = pair("relu(x)", student.nn.relu(np.array([[-2.0, 0.5], [3.0, -0.1]])))
    close("relu([[-2, 0.5], [3, -0.1]])[0]", out, [[0.0, 0.5], [3.0, 0.0]])


@marks("nn.relu", weight=2)
def test_relu_back_worked_example(student):
    """On the way back relu lets through what belongs to positive entries of x."""
    x = np.array([[-2.0, 0.5], [3.0, -0.1]])
    _, dx = student.run(ask_back("nn.relu", (x,), np.array([[10.0, 20.0], [-30.0, -40.0]])))
    close("back([[10, 20], [-30, -40]])", dx, [[0.0, 20.0], [-30.0, 0.0]], hint=UPSTREAM)


@marks("nn.relu")
@for_all()
def test_relu_leaves_positive_and_clears_negative(student, draw):
    """relu(x) + relu(-x) is |x|, and relu(x) is never negative."""
    x = draw.array((draw.size(4), draw.size(4)), -5, 5)
    up, down = yield ask("nn.relu", x), ask("nn.relu", -x)
    up, down = pair("relu(x)", up)[0], pair("relu(-x)", down)[0]
    close("relu(x) + relu(-x)", shaped("relu(x)", up, x.shape) + down, np.abs(x))
    holds("relu(x)", bool(np.all(np.asarray(up) >= 0)), "has negative entries")


@marks("nn.tanh", gate=True)
def test_tanh_worked_example(student):
    """tanh at points where its values are known."""
    out, _ = pair("tanh(x)", student.nn.tanh(np.array([[0.0, np.log(2.0), -np.log(3.0)]])))
    close("tanh([[0, ln 2, -ln 3]])[0]", out, [[0.0, 0.6, -0.8]])


@marks("nn.tanh", weight=2)
def test_tanh_back_worked_example(student):
    """The derivative of tanh at points where it is known, times what comes from above."""
    x = np.array([[0.0, np.log(2.0), -np.log(3.0)]])
    _, dx = student.run(ask_back("nn.tanh", (x,), np.array([[1.0, 2.0, -1.0]])))
    close("back([[1, 2, -1]])", dx, [[1.0, 1.28, -0.36]], hint=TANH_SLOPE)


@marks("nn.tanh")
@for_all()
def test_tanh_is_odd(student, draw):
    """tanh(-x) = -tanh(x), and every value lies between -1 and 1."""
    x = draw.array((2, draw.size(4)), -6, 6)
    plus, minus = yield ask("nn.tanh", x), ask("nn.tanh", -x)
    plus, minus = pair("tanh(x)", plus)[0], pair("tanh(-x)", minus)[0]
    total = shaped("tanh(x)", plus, x.shape) + shaped("tanh(-x)", minus, x.shape)
    close("tanh(x)[0] + tanh(-x)[0]", total, np.zeros(x.shape))
    holds("tanh(x)", bool(np.all(np.abs(plus) <= 1.0)), "leaves the interval from -1 to 1")


@marks("nn.linear_forward", gate=True)
def test_linear_forward_worked_example(student):
    """z = x Wᵀ + b."""
    z, _ = pair("linear_forward(x, W, b)", student.nn.linear_forward(*LAYER))
    close("linear_forward(x, W, b)[0]", z, [[11.5, 17.25, 22.0]], hint="W is (n_out, n_in).")


@marks("nn.linear_forward")
def test_linear_forward_back_worked_example(student):
    """back gives (dx, dW, db)."""
    _, grads = student.run(ask_back("nn.linear_forward", LAYER, np.array([[1.0, 0.0, 2.0]])))
    dx, dW, db = three("back(dz)", grads)
    close("dx", dx, [[17.0, 20.0]])
    want = [[1.0, 2.0], [0.0, 0.0], [2.0, 4.0]]
    close("dW", dW, want, hint=shape_hint("dW", dW, "W", LAYER[1]))
    close("db", db, [1.0, 0.0, 2.0], hint="db has the shape of b: summed over the examples only.")


@marks("nn.linear_forward")
def test_linear_forward_of_a_square_layer(student):
    """z = x Wᵀ + b, also where W has as many rows as columns."""
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    z, _ = pair("linear_forward", student.nn.linear_forward(np.eye(2), square, np.zeros(2)))
    call = "linear_forward(np.eye(2), [[1, 2], [3, 4]], np.zeros(2))[0]"
    close(call, z, square.T, hint="Row i of W belongs to output i, so to column i of z.")


@marks_each("nn.relu", "nn.tanh", "nn.linear_forward")
def test_back_is_that_of_its_own_pass(student, name):
    """back answers for the call that it came with, whatever was called after it."""
    x, others = np.array([[0.5, -1.0]]), (W, B) if name == "linear_forward" else ()
    alone, one = Ask(), Ask()
    fresh = alone.call(alone.item(alone.call(f"nn.{name}", x, *others), 1), np.array([[2.0, 3.0]]))
    back = one.item(one.call(f"nn.{name}", x, *others), 1)
    one.call(f"nn.{name}", -2.0 * x, *(2.0 * other for other in others))
    later = one.call(back, np.array([[2.0, 3.0]]))
    fresh, later = student.run_all([alone.returns(fresh), one.returns(later)])
    dx = shaped("dx from back", fresh if not others else three("back", fresh)[0], (1, 2))
    got = later if not others else three("back", later)[0]
    close(f"dx from back of {name}(x), after {name}(-2 * x)", got, dx, hint=OWN_PASS)


@marks("nn.linear_forward")
@for_all()
def test_linear_forward_is_linear_without_bias(student, draw):
    """With b = 0 the layer is additive and homogeneous in x."""
    n_in, n_out = draw.size(4), draw.size(4)
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
    """dx = dz W and dW = dzᵀ x, for a minibatch of one."""
    x, W = np.array([[1.0, 2.0]]), np.array([[1.0, -1.0], [2.0, 0.5], [0.0, 3.0]])
    grads = student.nn.linear_backward(np.array([[1.0, 0.0, -1.0]]), x, W, np.zeros(3))
    dx, dW, _ = three("linear_backward(dz, x, W, b)", grads)
    close("dx", dx, [[1.0, -4.0]], hint=shape_hint("dx", dx, "x", x))
    want = [[1.0, 2.0], [0.0, 0.0], [-1.0, -2.0]]
    close("dW", dW, want, hint=shape_hint("dW", dW, "W", W))


@marks("nn.linear_backward")
@for_all(cases=6)
def test_linear_backward_is_the_adjoint(student, draw):
    """sum(dz * (x Wᵀ)) = sum(dx * x) = sum(dW * W)."""
    m, n_in, n_out = draw.until(
        lambda sizes: len(set(sizes)) == 3, lambda: (draw.size(4), draw.size(4), draw.size(4))
    )
    x, dz = draw.array((m, n_in), -2, 2), draw.array((m, n_out), -2, 2)
    W = draw.array((n_out, n_in), -1, 1)
    grads = yield ask("nn.linear_backward", dz, x, W, np.zeros(n_out))
    dx, dW, _ = three("linear_backward", grads)
    want = float(np.sum(dz * (x @ W.T)))
    of = "with gradients = linear_backward(dz, x, W, b),"
    call = f"np.sum(gradients[{{}}] * {{}}), {of}"
    close(call.format(0, "x"), np.sum(shaped("dx", dx, x.shape) * x), want)
    got = np.sum(shaped("dW", dW, W.shape) * W)
    close(call.format(1, "W"), got, want, hint=SUMS, examples=m)


@marks("nn.linear_backward")
@for_all(cases=4)
def test_linear_backward_adds_up_weights(student, draw):
    """dW of a minibatch is the sum of those of its examples: no mean is taken here."""
    yield from _adds_up(draw, 1)


@marks("nn.linear_backward", weight=2)
@for_all(cases=4)
def test_linear_backward_adds_up_biases(student, draw):
    """db is the sum of dz over the examples, one entry per output."""
    yield from _adds_up(draw, 2)


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
    shape = draw.until(
        lambda sizes: sizes[0] != sizes[1], lambda: (draw.size(4), draw.integer(2, 5))
    )
    h = draw.array(shape, -6, 6)
    p = shaped("softmax(h)", (yield ask("nn.softmax", h)), h.shape)
    call, hint = "np.sum(softmax(h), axis=1)", "Normalise row by row."
    close(call, p.sum(axis=1), np.ones(len(h)), hint=hint)
    rising = np.take_along_axis(p, np.argsort(h, axis=1), axis=1)
    holds("softmax(h)", bool(np.all(np.diff(rising, axis=1) >= -1e-6)), "changes the order")


@marks("nn.softmax")
def test_softmax_of_as_many_rows_as_classes(student):
    """Each row sums to 1, also where there are as many rows as classes."""
    p = student.nn.softmax(np.log([[1.0, 3.0], [1.0, 1.0]]))
    hint = "A row is divided by its own sum: which shape must the sums have?"
    close("softmax(log([[1, 3], [1, 1]]))", p, [[0.25, 0.75], [0.5, 0.5]], hint=hint)


@marks("nn.softmax")
def test_softmax_of_huge_logits(student):
    """softmax is finite for any finite logits."""
    p = student.nn.softmax(np.array([[1e4, 0.0, -1e4], [1e4, 1e4, 1e4 - 1.0]]))
    e = np.exp([0.0, 0.0, -1.0])
    hint = "exp overflows; subtract the row's maximum first, which changes nothing else."
    call = "softmax([[1e4, 0, -1e4], [1e4, 1e4, 1e4 - 1]])"
    close(call, p, [[1.0, 0.0, 0.0], e / e.sum()], hint=hint)


@marks("nn.softmax")
def test_softmax_of_rows_far_apart(student):
    """A row with huge logits leaves the other rows as they are."""
    p = student.nn.softmax(np.array([[1e4, 0.0, 0.0], [-1e4, -1e4, -2e4]]))
    hint = "Each row has a maximum of its own; exp of a row far below the others is 0."
    call = "softmax([[1e4, 0, 0], [-1e4, -1e4, -2e4]])"
    close(call, p, [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]], hint=hint)


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
    close("np.sum(softmax_jacobian(p), axis=1)", J.sum(axis=1), np.zeros(p.size))
    close("np.transpose(softmax_jacobian(p))", J.T, J)


@marks("nn.cross_entropy_loss", gate=True)
def test_cross_entropy_worked_example(student):
    """The loss is the mean of -ln p of the right class."""
    loss, _ = pair("cross_entropy_loss(h, y)", student.nn.cross_entropy_loss(*TWO))
    want = (np.log(8 / 3) + np.log(4.0)) / 2
    close("loss", loss, want, hint="It is the mean of -ln p over the examples.", examples=2)


@marks("nn.cross_entropy_loss", weight=2)
def test_cross_entropy_back_worked_example(student):
    """back(dl) gives dl (p - y)/m."""
    _, dh = student.run(ask_back("nn.cross_entropy_loss", TWO, 5.0))
    hint = "The mean's 1/m belongs into the gradient as well, and so does dl."
    want = [[0.3125, -1.5625, 1.25], [-1.875, 1.25, 0.625]]
    close("back(5.0)", dh, want, hint=hint, examples=2)


@marks("nn.cross_entropy_loss")
def test_cross_entropy_of_even_labels(student):
    """Labels are any probabilities: for p = y the loss is the entropy and the gradient 0."""
    y = np.array([[0.25, 0.75], [0.5, 0.5]])
    loss, dh = student.run(ask_back("nn.cross_entropy_loss", (np.log(y), y), 1.0))
    want = -np.sum(y * np.log(y)) / 2
    close("loss of h = ln y", loss, want, hint="Every entry of y counts, each as it is.")
    close("back(1.0) for h = ln y", dh, np.zeros((2, 2)))


@marks("nn.cross_entropy_loss")
@for_all()
def test_cross_entropy_gradient_rows_sum_to_zero(student, draw):
    """p and y both sum to 1, so each row of back(1) sums to 0; back is linear in dl."""
    m, c = draw.size(4), draw.integer(2, 5)
    h, y = draw.array((m, c), -4, 4), draw.one_hot(m, c)
    (_, once), (_, other) = yield (
        ask_back("nn.cross_entropy_loss", (h, y), 1.0),
        ask_back("nn.cross_entropy_loss", (h, y), -3.0),
    )
    once = shaped("back(1.0)", once, (m, c))
    close("back(1.0).sum(axis=1)", once.sum(axis=1), np.zeros(m))
    close("back(-3.0)", other, -3.0 * once, hint="back(dl) multiplies by dl.")


@marks("nn.cross_entropy_loss")
def test_cross_entropy_of_huge_logits(student):
    """The loss of a right class far below another one is their distance."""
    h, y = np.array([[1e4, 0.0]]), np.array([[0.0, 1.0]])
    loss, _ = pair("cross_entropy_loss(h, y)", student.nn.cross_entropy_loss(h, y))
    hint = "Take ln p from the logits, not the logarithm of a p that is rounded to 0."
    finite("the loss of logits 1e4 and 0", loss, hint=hint)
    close("the loss of logits 1e4 and 0", loss, 1e4, rtol=0.0, atol=500.0, hint=hint)


@marks("nn.cross_entropy_loss")
def test_cross_entropy_gradient_by_central_differences(student):
    """back agrees with central differences of the loss."""
    h, y = np.array([[0.3, -1.2, 0.5], [2.0, 0.1, -0.4]]), np.eye(3)[[2, 1]]
    _, dh = student.run(ask_back("nn.cross_entropy_loss", (h, y), 1.0))
    loss = Ask()
    loss.item(loss.call("nn.cross_entropy_loss", VARY, y), 0)
    close_to_slopes("back(1.0)", dh, student, loss, h)


@marks("nn.DenseLayer", gate=True)
def test_dense_layer_forward(student):
    """forward is activation(x Wᵀ + b) with the layer's own W and b."""
    one, x = Ask(), np.array([[3.0, 1.0], [-1.0, 2.0]])
    seeded(one)
    layer = one.call("nn.DenseLayer", 2, 30, Name("nn.relu"))
    params, result = one.method(layer, "parameters"), one.method(layer, "forward", x)
    params, h = student.run(one.returns(params, one.item(result, 0)))
    own_W, own_b = pair("parameters()", params)
    own_W, own_b = shaped("W", own_W, (30, 2)), np.ravel(own_b)
    close("forward(x)[0]", h, np.maximum(x @ own_W.T + own_b, 0.0))


@marks("nn.DenseLayer")
def test_dense_layer_worked_example(student):
    """forward with given W and b, which are written into what parameters() hands out."""
    one = Ask()
    result = dense_forward(one, W, B, Name("nn.relu"), np.array([[3.0, 1.0]]))
    close("forward([[3, 1]])[0]", student.run(one.returns(one.item(result, 0))), [[1.5, 0.0]])


@marks("nn.DenseLayer")
def test_dense_layer_back_worked_example(student):
    """back goes through the activation first, then through the linear part."""
    one = Ask()
    result = dense_forward(one, W, B, Name("nn.relu"), np.array([[3.0, 1.0]]))
    grads = student.run(one.returns(one.call(one.item(result, 1), np.array([[2.0, 1.0]]))))
    dx, dW, db = three("back([[2, 1]])", grads)
    close("dx", dx, [[2.0, -4.0]], hint="Back through the activation first, then the linear part.")
    close("dW", dW, [[6.0, 2.0], [0.0, 0.0]])
    close("db", db, [2.0, 0.0])


@marks("nn.DenseLayer")
def test_dense_layer_begins_without_bias(student):
    """b has one entry per output, all of them 0."""
    _, b = pair("parameters()", student.nn.DenseLayer(4, 300).parameters())
    unequal = np.mean(shaped("b", b, (300,)) != 0.0)
    share = "np.round(np.mean(params[1] != 0), 1), with params = DenseLayer(4, 300).parameters(),"
    close(share, round(float(unequal), 1), 0.0)


@marks("nn.DenseLayer")
def test_dense_layer_initialisation(student):
    """W is (n_out, n_in), drawn with mean 0 and standard deviation 1/sqrt(n_in)."""
    one, call = Ask(), "params[0]"
    seeded(one)
    params = one.method(one.call("nn.DenseLayer", 225, 60), "parameters")
    W = shaped(call, student.run(one.returns(one.item(params, 0))), (60, 225))
    hint = "The variance is 1/n_in, so the standard deviation is 1/sqrt(n_in)."
    given = "with params = DenseLayer(225, 60).parameters(),"
    std, mean = W.std() * 15.0, W.mean() * 15.0
    roughly_close(f"np.std({call}) * 15, {given}", std, 1.0, rough=roughly(std), hint=hint)
    roughly_close(f"np.mean({call}) * 15, {given}", mean, 0.0, rough=round(mean, 1))


@marks("nn.NN", gate=True)
def test_network_shapes_and_keys(student):
    """A 4-3-2-5 network: six parameters of the right shapes, and logits."""
    one = Ask()
    seeded(one)
    net = one.call("nn.NN", 4, [3, 2], Name("nn.relu"), 5)
    params = one.method(net, "parameters")
    result = one.method(net, "forward", np.arange(8.0).reshape(2, 4) / 8)
    params, h = student.run(one.returns(params, one.item(result, 0)))
    for key, shape in SHAPES.items():
        shaped(f'parameters()["{key}"]', entry("parameters()", params, key), shape)
    finite("forward(x)[0]", shaped("forward(x)[0]", h, (2, 5)))


@marks("nn.NN")
def test_network_gradients_have_the_keys_of_the_parameters(student):
    """back gives a dict with one gradient for each parameter, in its shape."""
    one = Ask()
    seeded(one)
    net = one.call("nn.NN", 4, [3, 2], Name("nn.relu"), 5)
    result = one.method(net, "forward", np.arange(8.0).reshape(2, 4) / 8)
    grads = student.run(one.returns(one.call(one.item(result, 1), np.ones((2, 5)))))
    for key, shape in SHAPES.items():
        shaped(f'back(dh)["{key}"]', entry("back(dh)", grads, key), shape)


@marks("nn.NN")
def test_network_parameters_are_live(student):
    """A change in place of what parameters() hands out changes the network."""
    one = Ask()
    x = np.ones((1, 3))
    seeded(one)
    net = one.call("nn.NN", 3, [4], Name("nn.tanh"), 2)
    before = one.item(one.method(net, "forward", x), 0)
    bias = one.item(one.method(net, "parameters"), "b1")
    one.setitem(bias, 0, 5.0)
    after = one.item(one.method(net, "forward", x), 0)
    again = one.item(one.method(net, "parameters"), "b1")
    before, after, again = student.run(one.returns(before, after, again))
    holds("parameters()", is_nothing(before) or 5.0 in np.ravel(again), COPIES, hint=LIVE)
    changed("forward(x) after b1[0] = 5", before, after, stub=is_nothing(before), hint=LIVE)


@marks("nn.NN")
def test_network_worked_example(student):
    """Two layers by hand: relu in between, none at the end."""
    one = Ask()
    net = network(one, {"W0": W, "b0": B, "W1": -W, "b1": B}, "relu")
    h = student.run(one.returns(one.item(one.method(net, "forward", np.array([[3.0, 1.0]])), 0)))
    close("forward([[3, 1]])[0]", h, [[-1.0, -4.75]], hint="The output layer is linear.")


@marks("nn.NN", weight=2)
def test_network_back_worked_example(student):
    """The gradients of two layers by hand."""
    one = Ask()
    net = network(one, {"W0": W, "b0": B, "W1": -W, "b1": B}, "relu")
    result = one.method(net, "forward", np.array([[3.0, 1.0]]))
    grads = student.run(one.returns(one.call(one.item(result, 1), np.array([[1.0, 2.0]]))))
    want = {"W1": [[1.5, 0.0], [3.0, 0.0]], "b1": [1.0, 2.0]}
    want |= {"W0": [[-6.0, -2.0], [0.0, 0.0]], "b0": [-2.0, 0.0]}
    hint = "From the last layer to the first: each hands its dx on to the one before."
    close_each("back([[1, 2]])", grads, want, hint=hint)


@marks("nn.dropout", gate=True)
def test_dropout_scales_what_it_keeps(student):
    """Units are dropped, or scaled by 1/(1 - rate) so that the expectation stays x."""
    x, call = np.ones((40, 50)), "dropout(ones, 0.2, rng)[0]"
    out, _ = student.run(_dropout(x))
    out = shaped(call, out, x.shape)
    near = np.isclose(out[..., np.newaxis], [0.0, 1.25]).any(axis=-1)
    hint = EXPECTATION
    if np.array_equal(out, x) and not np.array_equal(student.run(_dropout(x, True))[0], x):
        hint = DEFAULT
    share = round(float(near.mean()), 1)
    either = "np.round(np.mean(np.isclose(out, 0) | np.isclose(out, 1.25)), 1)"
    close(f"{either}, with out = {call},", share, 1.0, hint=hint)
    zeros = np.round(np.mean(out == 0.0), 1)
    close(f"np.round(np.mean(out == 0), 1), with out = {call},", zeros, 0.2)


@marks("nn.dropout", weight=2)
def test_dropout_back_of_ones(student):
    """back drops and scales the units that forward dropped and scaled."""
    x, call = np.ones((40, 50)), "result"
    of = "with out = dropout(ones, 0.2, rng)[0] and result = back(ones),"
    out, dx = student.run(_dropout(x))
    alike = shaped(call, dx, x.shape) == shaped("dropout(ones, 0.2, rng)[0]", out, x.shape)
    hint = "The gradient passes where the unit was kept, scaled alike."
    share = np.round(alike.mean(), 1)
    close(f"np.round(np.mean({call} == out), 1), {of}", share, 1.0, hint=hint)


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


def _adds_up(draw, i):
    """The gradient of a minibatch; with as many examples as outputs too, where axes look alike."""
    m, n_in = draw.integer(2, 4), draw.size(3)
    for n_out in (m + 1, m):
        x, dz = draw.array((m, n_in), -2, 2), draw.array((m, n_out), -2, 2)
        W, b = draw.array((n_out, n_in), -1, 1), np.zeros(n_out)
        whole = yield ask("nn.linear_backward", dz, x, W, b)
        got, name = three("linear_backward", whole)[i], GRADIENTS[i]
        want = sum(np.outer(one, row) for one, row in zip(dz, x, strict=True))
        close(name, got, want if i == 1 else sum(dz), hint=SUMS, examples=m)


def _dropout(x, *training):
    one = Ask()
    rng = one.call(Name("numpy.random.default_rng"), 3)
    result = one.call("nn.dropout", x, 0.2, rng, *training)
    return one.returns(one.item(result, 0), one.call(one.item(result, 1), x))
