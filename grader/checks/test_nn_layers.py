# grader-secret: nothing of this file may reach students.
"""Hidden checks of nn.py, the layers: DenseLayer, NN and dropout."""

import numpy as np

from tests.helpers import (
    VARY,
    Ask,
    Name,
    close,
    close_each,
    entry,
    for_all,
    holds,
    marks,
    pair,
    shaped,
)
from tests.helpers.functional import (
    GRADIENTS,
    dense_forward,
    network,
    put,
    roughly,
    roughly_close,
    three,
    written,
)
from tests.helpers.slopes import close_to_slopes

DEVIATION = "The variance is 1/n_in, so the standard deviation is 1/sqrt(n_in)."
CHAIN = "Back through the activation first, then through the linear part."
LIVE = "Hand out the arrays themselves, no copies."
LINEAR_OUTPUT = "The last layer is linear: softmax and the loss follow outside of the network."
IN_REVERSE = "From the last layer to the first: each hands its dx on to the one before."
PILED_UP = "Each call of back begins with no gradients."
AGAIN = "back may be called again: it uses up nothing of what forward has kept."
DEFAULT = "Without the argument training units are dropped: it is True by default."
NO_ACTIVATION = "A layer without an activation is linear."
OWN_LAYERS = "Layers belong to one network: keep them on self, made anew for each."
SAME_MASK = "The gradient passes where the unit was kept, scaled alike."
OWN_UNITS = "Each unit of each example is dropped by itself: draw an array of the shape of x."


@marks("nn.DenseLayer", gate=True)
@for_all(cases=3)
def test_dense_layer_forward_of_its_own(student, draw, reference):
    """forward at the parameters that the layer was made with."""
    activation, n_in, n_out = draw.choice(("relu", "tanh")), draw.size(4), 24
    x, one = draw.array((draw.size(3), n_in), -2, 2), Ask()
    layer = one.call("nn.DenseLayer", n_in, n_out, Name(f"nn.{activation}"))
    params, result = one.method(layer, "parameters"), one.method(layer, "forward", x)
    params, h = yield one.returns(params, one.item(result, 0))
    W, b = pair("parameters()", params)
    z = x @ shaped("W", W, (n_out, n_in)).T + np.ravel(b)
    close("DenseLayer.forward(x)[0]", h, getattr(reference, activation)(z)[0])


@marks("nn.DenseLayer", weight=2)
@for_all(cases=4)
def test_dense_layer_values(student, draw, reference):
    """forward at given parameters, written into what parameters() hands out."""
    twin, x, _, activation = _layer(draw, reference, draw.choice(("relu", "tanh")))
    h = yield _dense(twin, activation, x)
    close("DenseLayer.forward(x)[0]", h, twin.forward(x)[0])


@marks("nn.DenseLayer", weight=3)
@for_all(cases=5)
def test_dense_layer_back(student, draw, reference):
    """back of a layer with an activation."""
    twin, x, dh, activation = _layer(draw, reference, draw.choice(("relu", "tanh")))
    grads = yield _dense(twin, activation, x, dh)
    _close_three(grads, twin.forward(x)[1](dh))


@marks("nn.DenseLayer", weight=2)
@for_all(cases=3)
def test_dense_layer_without_activation(student, draw, reference):
    """activation=None makes the layer linear, on both ways."""
    twin, x, dh, _ = _layer(draw, reference, "")
    h, grads = yield _dense(twin, None, x), _dense(twin, None, x, dh)
    want, back = twin.forward(x)
    close("DenseLayer.forward(x)[0]", h, want)
    _close_three(grads, back(dh))


@marks("nn.DenseLayer")
@for_all(cases=1)
def test_dense_layer_by_differences(student, draw, reference):
    """The gradients agree with central differences of the layer's own output."""
    twin, x, dh, activation = _layer(draw, reference, "tanh")
    grads = three("back(dh)", (yield _dense(twin, activation, x, dh)))
    for i, (name, at) in enumerate(zip(GRADIENTS, (x, twin.W, twin.b), strict=True)):
        one = Ask()
        layer = one.call("nn.DenseLayer", *twin.W.shape[::-1], activation)
        live = put(one, one.method(layer, "parameters"), (twin.W, twin.b))
        if i:
            one.call(Name("numpy.copyto"), live[i - 1], VARY)
        one.item(one.method(layer, "forward", x if i else VARY), 0)
        close_to_slopes(name, grads[i], student, one, at, project=dh)


@marks("nn.DenseLayer")
@for_all(cases=3)
def test_dense_layer_parameters_are_live(student, draw):
    """A change in place of W and b changes what forward gives."""
    W, b, x = draw.array((2, 3), -1, 1), draw.array(2, -1, 1), draw.array((2, 3), -1, 1)
    one = Ask()
    layer = one.call("nn.DenseLayer", 3, 2)
    before = one.item(one.method(layer, "forward", x), 0)
    put(one, one.method(layer, "parameters"), (W, b))
    after = one.item(one.method(layer, "forward", x), 0)
    before, after, params = yield one.returns(before, after, one.method(layer, "parameters"))
    written("parameters()", pair("parameters()", params), (W, b))
    hint = LIVE if np.array_equal(before, after) else NO_ACTIVATION
    close("forward(x)[0] after a change of W and b", after, x @ W.T + b, hint=hint)


@marks("nn.DenseLayer")
@for_all(cases=3)
def test_dense_layer_begins_without_bias(student, draw):
    """b has one entry per output, all of them 0; W is (n_out, n_in)."""
    n_in, n_out = draw.integer(2, 5), draw.integer(6, 9)
    one = Ask()
    params = one.method(one.call("nn.DenseLayer", n_in, n_out, Name("nn.tanh")), "parameters")
    W, b = pair("parameters()", (yield one.returns(params)))
    shaped("W", W, (n_out, n_in), hint="W is (n_out, n_in).")
    unequal = np.mean(shaped("b", b, (n_out,)) != 0.0)
    close("the share of b that is not 0", float(unequal), 0.0)


@marks("nn.DenseLayer", weight=2)
@for_all(cases=3)
def test_dense_layer_deviation(student, draw):
    """Standard deviation 1/sqrt(n_in), whatever the number of outputs; mean 0."""
    n_in, n_out = draw.choice(((4, 2000), (16, 784), (200, 50)))
    W = yield from _drawn(n_in, n_out)
    spread, call = W.std() * np.sqrt(n_in), "sqrt(n_in) times the standard deviation of W"
    roughly_close(call, spread, 1.0, rough=roughly(spread), hint=DEVIATION)
    close("the mean of W over its standard deviation", W.mean() / W.std(), 0.0, atol=0.06)


@marks("nn.DenseLayer")
@for_all(cases=3)
def test_dense_layer_is_normal(student, draw):
    """The weights follow a normal distribution, not a uniform one."""
    W = yield from _drawn(100, draw.integer(100, 120))
    beyond = np.mean(np.abs(W) > 2.0 * W.std()) * 100.0
    call = "the percentage of weights beyond two standard deviations, to one digit,"
    close(call, float(f"{beyond:.0e}"), 5.0, atol=1.5, hint="W is N(0, 1/n_in).")


@marks("nn.DenseLayer")
@for_all(cases=3)
def test_dense_layer_weights_differ(student, draw):
    """Every weight is drawn on its own, and two layers have nothing in common."""
    one, shape = Ask(), (draw.integer(10, 15), 10)
    layers = [one.call("nn.DenseLayer", shape[1], shape[0]) for _ in range(2)]
    first, second = (one.method(layer, "parameters") for layer in layers)
    one.setitem(one.item(first, 1), 0, 4.0)
    *found, b = yield one.returns(one.item(first, 0), one.item(second, 0), one.item(second, 1))
    W, other = (shaped("W", part, shape) for part in found)
    repeats = 1.0 - np.unique(W).size / W.size
    close("the share of weights of W that repeat others", repeats, 0.0, atol=0.02)
    alike = np.mean(other == W)
    close("the share of weights that two layers have in common", alike, 0.0, atol=0.02)
    changed = float(np.mean(np.equal(b, 4.0)))
    call = "the share of b that changes with the b of another layer"
    close(call, changed, 0.0, hint="Each layer makes an array of its own.")


@marks("nn.NN", gate=True)
@for_all(cases=3)
def test_network_forward_of_its_own(student, draw, reference):
    """Logits at the parameters that the network was made with."""
    activation, hidden, one = draw.choice(("relu", "tanh")), draw.choice(([9], [8, 9])), Ask()
    x = draw.array((2, 3), -2, 2)
    net = one.call("nn.NN", 3, hidden, Name(f"nn.{activation}"), 8)
    result, params = one.method(net, "forward", x), one.method(net, "parameters")
    params, h = yield one.returns(params, one.item(result, 0))
    twin = reference.NN(3, hidden, getattr(reference, activation), 8)
    for key, value in twin.parameters().items():
        value[...] = shaped(
            f'parameters()["{key}"]', entry("parameters()", params, key), value.shape
        )
    close("forward(x)[0]", h, twin.forward(x)[0], hint=LINEAR_OUTPUT)


@marks("nn.NN", weight=2)
@for_all(cases=4)
def test_network_values(student, draw, reference):
    """Logits of a network of unequal widths, at given parameters."""
    twin, x, _, activation = _network(draw, reference, draw.choice(([4], [3, 5], [5, 4, 3])))
    one = Ask()
    result = one.method(network(one, twin.parameters(), activation), "forward", x)
    close("forward(x)[0]", (yield one.returns(one.item(result, 0))), twin.forward(x)[0])


@marks("nn.NN", weight=3)
@for_all(cases=5)
def test_network_gradients(student, draw, reference):
    """All gradients of a network of unequal widths."""
    hidden = draw.choice(([4], [3, 5], [5, 4, 3]))
    yield from _gradients(*_network(draw, reference, hidden))


@marks("nn.NN")
@for_all(cases=2)
def test_network_of_equal_widths(student, draw, reference):
    """Layers of the same size have weights of their own, and their gradients their own names."""
    yield from _gradients(*_network(draw, reference, [3, 3], n_in=3, n_out=3))


@marks("nn.NN")
@for_all(cases=2)
def test_network_of_many_layers(student, draw, reference):
    """Depth changes nothing in the rule, nor do layers whose number has two digits."""
    yield from _gradients(*_network(draw, reference, [4, 3, 5, 3, 4]))
    yield from _gradients(*_network(draw, reference, [3, 2] * 5, activation="tanh"))


@marks("nn.NN")
@for_all(cases=1)
def test_network_gradients_by_differences(student, draw, reference):
    """Every gradient agrees with central differences of the network's own logits."""
    twin, x, dh, activation = _network(draw, reference, [3, 2], activation="tanh", n_in=2)
    params = twin.parameters()
    grads = yield _backwards(params, activation, x, dh)
    for key, at in params.items():
        moved = Ask()
        result = moved.method(network(moved, params, activation, vary=key), "forward", x)
        moved.item(result, 0)
        got = entry("back(dh)", grads, key)
        close_to_slopes(f'back(dh)["{key}"]', got, student, moved, at, project=dh)


@marks("nn.NN")
@for_all(cases=3)
def test_network_output_layer_is_linear(student, draw, reference):
    """No activation on the output layer: logits can be negative and larger than 1."""
    twin, x, _, activation = _network(draw, reference, [4], activation="relu", n_out=3)
    twin.parameters()["b1"][...] = [-50.0, 50.0, 0.0]
    one = Ask()
    result = one.method(network(one, twin.parameters(), activation), "forward", x)
    logits = yield one.returns(one.item(result, 0))
    close("forward(x)[0]", logits, twin.forward(x)[0], hint=LINEAR_OUTPUT)


@marks("nn.NN")
@for_all(cases=3)
def test_network_backward_twice(student, draw, reference):
    """Asking for the gradients twice gives the same gradients: they do not pile up."""
    twin, x, dh, activation = _network(draw, reference, [4], activation="tanh")
    one = Ask()
    net = network(one, twin.parameters(), activation)
    back = one.item(one.method(net, "forward", x), 1)
    first, second = yield one.returns(one.call(back, 2.0 * dh), one.call(back, dh))
    holds("the second back(dh)", bool(second) or not first, "gives nothing", hint=AGAIN)
    close_each("the second back(dh)", second, twin.forward(x)[1](dh), hint=PILED_UP)


@marks("nn.NN")
@for_all(cases=3)
def test_network_leaves_training_to_others(student, draw, reference):
    """forward and back change no parameter."""
    twin, x, dh, activation = _network(draw, reference, [3], activation="tanh")
    one = Ask()
    net = network(one, twin.parameters(), activation)
    one.call(one.item(one.method(net, "forward", x), 1), dh)
    after = yield one.returns(one.method(net, "parameters"))
    close_each("parameters() after forward and back,", after, twin.parameters())


@marks("nn.NN")
@for_all(cases=2)
def test_network_treats_examples_alike(student, draw):
    """Permuted examples give permuted logits, and an example alone gives the same ones."""
    x, order = draw.array((3, 2), -2, 2), draw.permutation(3)
    one = Ask()
    net = one.call("nn.NN", 2, [3], Name("nn.tanh"), 2)
    asked = [one.item(one.method(net, "forward", part), 0) for part in (x, x[order], x[2:])]
    plain, mixed, alone = yield one.returns(*asked)
    h = shaped("forward(x)[0]", plain, (3, 2))
    close("forward of permuted examples", mixed, h[order])
    close("forward of the last example alone", alone, h[2:])


@marks("nn.NN")
@for_all(cases=3)
def test_network_trains_in_place(student, draw, reference):
    """Steps in place against the gradients change the logits as they should."""
    twin, x, dh, activation = _network(draw, reference, [3], activation="tanh")
    params = {key: value.copy() for key, value in twin.parameters().items()}
    one = Ask()
    net = network(one, params, activation)
    one.method(net, "forward", x)
    for key, step in twin.forward(x)[1](dh).items():
        twin.parameters()[key][...] -= 0.1 * step
        live = one.item(one.method(net, "parameters"), key)
        one.call(Name("numpy.subtract"), live, 0.1 * step, live)
    after = yield one.returns(one.item(one.method(net, "forward", x), 0))
    close("forward(x)[0] after a step in place", after, twin.forward(x)[0], hint=LIVE)


@marks("nn.NN")
@for_all(cases=2)
def test_network_beside_another(student, draw, reference):
    """Another network leaves the first as it is, and both leave hidden_sizes as they are."""
    hidden = [draw.integer(2, 4)]
    twin, x, _, activation = _network(draw, reference, hidden, activation="tanh")
    params, one = twin.parameters(), Ask()
    sizes = one.call(Name("builtins.list"), hidden)
    net = network(one, params, activation, hidden=sizes)
    network(one, {key: 0.5 - value for key, value in params.items()}, activation)
    h = one.item(one.method(net, "forward", x), 0)
    after, h = yield one.returns(sizes, h)
    close("hidden_sizes after NN(...)", after, hidden, hint="The list belongs to the caller.")
    close("forward(x)[0] of the first of two networks", h, twin.forward(x)[0], hint=OWN_LAYERS)


@marks("nn.NN")
@for_all(cases=3)
def test_network_begins_as_its_layers_do(student, draw):
    """Weights are drawn for every layer by itself, biases are 0.

    A standard deviation is a step of `roughly` off at 8 %, seven of its own deviations here.
    """
    width = draw.integer(60, 64)
    one = Ask()
    net = one.call("nn.NN", width, [width, width], Name("nn.relu"), width)
    params = yield one.returns(one.method(net, "parameters"))
    Ws = [shaped(f"W{i}", entry("parameters()", params, f"W{i}"), (width,) * 2) for i in range(3)]
    for i, W in enumerate(Ws):
        close(f"b{i}", entry("parameters()", params, f"b{i}"), np.zeros(width))
        spread, call = W.std() * np.sqrt(width), f"sqrt(n_in) times the standard deviation of W{i}"
        roughly_close(call, spread, 1.0, rough=roughly(spread), hint=DEVIATION)
    alike = max(np.mean(Ws[i] == Ws[i - 1]) for i in range(3))
    close("the share of weights that two layers have in common", alike, 0.0, atol=0.02)


@marks("nn.dropout", gate=True, weight=2)
@for_all(cases=4)
def test_dropout_values(student, draw):
    """Each unit is dropped with probability rate, the others scaled."""
    rate, x = draw.choice((0.2, 0.4, 0.7)), draw.array((50, 60), 0.5, 2)
    scale = yield from _scale(x, rate, draw)
    kept = scale[scale != 0.0]
    spread = [kept.min(initial=np.inf), kept.max(initial=-np.inf)]
    want = np.full(2, 1.0 / (1.0 - rate))
    hint = DEFAULT if np.all(scale == 1.0) else ""
    close("the smallest and the largest scale of what is kept", spread, want, hint=hint)
    dropped = round(float(np.mean(scale == 0.0)), 1)
    close("the share that is dropped, rounded,", dropped, rate, atol=0.15)


@marks("nn.dropout", weight=2)
@for_all(cases=4)
def test_dropout_back(student, draw):
    """back drops and scales the same units, whatever x is there."""
    rate, x = draw.choice((0.2, 0.4, 0.7)), draw.array((50, 70), 0.5, 2)
    x[:, 50:] = 0.0
    dout = draw.array(x.shape, 0.5, 2)
    out, dx = yield _dropout(x, rate, draw.integer(1, 1000), dout)
    out, dx = shaped("dropout(x, rate, rng)[0]", out, x.shape), shaped("back", dx, x.shape)
    at_zero = round(float(np.mean(dx[:, 50:] != 0.0)), 1)
    out, dx, x, dout = (part[:, :50] for part in (out, dx, x, dout))
    differs = np.mean((out == 0.0) != (dx == 0.0))
    call = "the share of units that one way drops and the other keeps"
    close(call, round(float(differs), 1), 0.0, hint=SAME_MASK)
    ratio = (dx / dout)[out != 0.0] / (out / x)[out != 0.0]
    spread = [ratio.min(initial=1.0), ratio.max(initial=1.0)]
    close("the scale of back over that of forward", spread, [1.0, 1.0], hint=SAME_MASK)
    call = "the share of units at x = 0 that get a gradient, rounded,"
    close(call, at_zero, 1.0 - rate, atol=0.15, hint=SAME_MASK)


@marks("nn.dropout", weight=2)
@for_all(cases=3)
def test_dropout_of_every_unit_by_itself(student, draw):
    """No two examples, and no two units, are dropped together."""
    x, rate = draw.array((40, 50), 0.5, 2), draw.choice((0.3, 0.5))
    dropped = (yield from _scale(x, rate, draw)) == 0.0
    for what, mask in (("examples", dropped), ("units", dropped.T)):
        alike = np.all(mask == mask[0], axis=1)
        close(
            f"whether all {what} are dropped alike (1: yes, 0: no)",
            float(alike.all()),
            0.0,
            hint=OWN_UNITS,
        )
    for what, mask in (("examples", dropped), ("units", dropped.T)):
        pairs = np.mean(np.all(mask[1:] == mask[:-1], axis=1))
        close(f"the share of {what} dropped like their neighbours", pairs, 0.0, hint=OWN_UNITS)
    share = round(float(dropped.mean()) / 0.05) * 0.05
    close("the share that is dropped, rounded,", share, rate, atol=0.051)


@marks("nn.dropout", weight=2)
@for_all(cases=3)
def test_dropout_follows_its_generator(student, draw):
    """The same generator drops the same units, another one and the next call drop others."""
    x, seed = draw.array((20, 20), 0.5, 2), draw.integer(1, 1000)
    one = Ask()
    rng = one.call(Name("numpy.random.default_rng"), seed)
    asked = [one.item(one.call("nn.dropout", x, 0.5, rng), 0) for _ in range(2)]
    for other in (seed, seed + 1):
        rng = one.call(Name("numpy.random.default_rng"), other)
        asked.append(one.item(one.call("nn.dropout", x, 0.5, rng), 0))
    found = yield one.returns(*asked)
    first, *others = (shaped("dropout(x, 0.5, rng)[0]", out, x.shape) == 0.0 for out in found)
    again, same, other = (float(np.round(np.mean(first == mask), 1)) for mask in others)
    call = "the share of units treated alike"
    close(f"{call} by equal generators", same, 1.0, hint="Draw from rng, nothing else.")
    close(f"{call} by different generators", other, 0.5, atol=0.2)
    close(f"{call} by the next call", again, 0.5, atol=0.2)


@marks("nn.dropout")
@for_all(cases=3)
def test_dropout_of_nothing(student, draw):
    """Rate 0 drops nothing, on both ways."""
    yield from _identity(draw, "dropout(x, 0, rng)[0]", 0.0)


@marks("nn.dropout", weight=2)
@for_all(cases=3)
def test_dropout_when_not_training(student, draw):
    """Not training: out = x and the gradient passes as it is."""
    rate = draw.choice((0.3, 0.5, 0.8))
    yield from _identity(draw, "dropout(x, rate, rng, training=False)[0]", rate, False)


@marks("nn.dropout")
@for_all(cases=3)
def test_dropout_keeps_its_argument(student, draw):
    """dropout leaves x as it is, training or not."""
    x, rate = draw.array((6, 8), 0.5, 2), draw.choice((0.3, 0.5, 0.8))
    for training in (True, False):
        one = Ask()
        mine = one.call(Name("numpy.array"), x)
        rng = one.call(Name("numpy.random.default_rng"), 3)
        one.call("nn.dropout", mine, rate, rng, training)
        after = yield one.returns(one.call(Name("numpy.array"), mine))
        changed = after.shape != x.shape or not np.array_equal(after, x)
        close("changes of x by the call", float(changed), 0.0)


def _drawn(n_in, n_out):
    one = Ask()
    params = one.method(one.call("nn.DenseLayer", n_in, n_out), "parameters")
    W, _ = pair("parameters()", (yield one.returns(params)))
    W = shaped("W", W, (n_out, n_in))
    holds("W", bool(W.std() > 0.0), "has the same number everywhere")
    return W


def _layer(draw, reference, activation):
    """A reference layer with drawn parameters, inputs away from the kink of relu, upstream."""
    right = getattr(reference, activation) if activation else None
    m, n_in, n_out = draw.size(4), draw.size(4), draw.size(4)
    twin = reference.DenseLayer(n_in, n_out, right)

    def make():
        return draw.array((m, n_in), -2, 2), draw.array((n_out, n_in), -2, 2)

    def good(made):
        return bool(np.all(np.abs(made[0] @ made[1].T + twin.b) > 0.05))

    twin.b = draw.array(n_out, 0.5, 1.5)
    x, twin.W = draw.until(good, make)
    return twin, x, draw.array((m, n_out), -2, 2), activation and Name(f"nn.{activation}")


def _dense(twin, activation, x, dh=None):
    """forward(x)[0] of the student's layer, or back(dh)."""
    one = Ask()
    result = dense_forward(one, twin.W, twin.b, activation, x)
    if dh is None:
        return one.returns(one.item(result, 0))
    return one.returns(one.call(one.item(result, 1), dh))


def _close_three(got, want):
    for name, one, right in zip(GRADIENTS, three("back(dh)", got), want, strict=True):
        close(name, one, right, hint=CHAIN)


def _network(draw, reference, hidden, *, activation="", n_in=0, n_out=0):
    """(twin, x, dh, activation): a reference network with drawn parameters, biases included.

    The inputs keep all pre-activations away from relu's kink.
    """
    activation = activation or draw.choice(("relu", "tanh"))
    n_in, n_out, m = n_in or draw.size(4), n_out or draw.integer(2, 4), draw.size(4)
    twin = reference.NN(n_in, hidden, getattr(reference, activation), n_out)

    def make():
        for value in twin.parameters().values():
            value[...] = draw.array(value.shape, -1, 1)
        return draw.array((m, n_in), -2, 2)

    def good(h):
        for layer in twin.layers[:-1]:
            z = h @ layer.W.T + layer.b
            if np.any(np.abs(z) < 1e-4):
                return False
            h = layer.forward(h)[0]
        return True

    x = draw.until(good, make)
    return twin, x, draw.array((m, n_out), -1, 1), activation


def _backwards(params, activation, x, dh):
    one = Ask()
    result = one.method(network(one, params, activation), "forward", x)
    return one.returns(one.call(one.item(result, 1), dh))


def _gradients(twin, x, dh, activation):
    grads = yield _backwards(twin.parameters(), activation, x, dh)
    close_each("back(dh)", grads, twin.forward(x)[1](dh), examples=len(x), hint=IN_REVERSE)


def _dropout(x, rate, seed, dout, *training):
    one = Ask()
    rng = one.call(Name("numpy.random.default_rng"), seed)
    result = one.call("nn.dropout", x, rate, rng, *training)
    return one.returns(one.item(result, 0), one.call(one.item(result, 1), dout))


def _scale(x, rate, draw):
    """What dropout multiplied each unit by."""
    one = Ask()
    rng = one.call(Name("numpy.random.default_rng"), draw.integer(1, 1000))
    out, _ = pair(
        "dropout(x, rate, rng)", (yield one.returns(one.call("nn.dropout", x, rate, rng)))
    )
    return shaped("dropout(x, rate, rng)[0]", out, x.shape) / x


def _identity(draw, call, rate, *training):
    x, dout = draw.array((4, 7), -2, 2), draw.array((4, 7), -2, 2)
    out, dx = yield _dropout(x, rate, draw.integer(1, 1000), dout, *training)
    kept = np.mean(shaped(call, out, x.shape) != 0.0)
    close(f"the share of {call} that is kept, rounded,", round(float(kept), 1), 1.0)
    close(call, out, x)
    close("back(dout)", dx, dout)
