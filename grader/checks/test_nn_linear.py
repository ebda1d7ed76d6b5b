# grader-secret: nothing of this file may reach students.
"""Hidden checks of nn.py, the linear layer and the loss."""

import numpy as np

from tests.helpers import VARY, Ask, ask, ask_back, close, finite, for_all, marks, pair, shaped
from tests.helpers.drawing import on_a_grid
from tests.helpers.functional import (
    AS_FLOAT32,
    GRADIENTS,
    check_kept,
    check_kinds,
    check_own_pass,
    shape_hint,
    three,
)
from tests.helpers.slopes import close_to_slopes

MEAN = "The loss is a mean over the m examples."
MEAN_TOO = "The mean over the m examples is in the gradient too."
LOG_SUM_EXP = "Take ln p from the logits (log-sum-exp), not the logarithm of a p rounded to 0."
OWN_MAXIMUM = "Take each row's own maximum out: with one for all, distant rows become ln 0."
ORIENTED = "Write down what the rows and the columns of each matrix stand for."
WHOLE_ROW = "All labels of a row count, each as it is: they may be any probabilities."
FAR = 1e4


@marks("nn.linear_backward", gate=True)
@for_all(cases=3)
def test_linear_backward_of_one_example(student, draw, reference):
    """dx and dW of a minibatch of one."""
    x, W, b, dz = _layer(draw, m=1)
    dx, dW, _ = three("linear_backward", (yield ask("nn.linear_backward", dz, x, W, b)))
    right = reference.linear_backward(dz, x, W, b)
    close("dx", dx, right[0], hint=shape_hint("dx", dx, "x", x))
    close("dW", dW, right[1], hint=shape_hint("dW", dW, "W", W))


@marks("nn.linear_backward", weight=2)
@for_all(cases=4)
def test_linear_backward_dx(student, draw, reference):
    """dx on random arrays with unequal sizes."""
    yield from _one_gradient(draw, reference, 0)


@marks("nn.linear_backward", weight=2)
@for_all(cases=4)
def test_linear_backward_dw(student, draw, reference):
    """dW on random arrays with unequal sizes."""
    yield from _one_gradient(draw, reference, 1)


@marks("nn.linear_backward", weight=2)
@for_all(cases=3)
def test_linear_backward_db(student, draw):
    """db on random arrays with unequal sizes, and of one example."""
    x, W, b, dz = _layer(draw, least=2)
    square, other = draw.array((3, 3), -2, 2), draw.array((3, W.shape[1]), -2, 2)
    grads, alone, equal = yield (
        ask("nn.linear_backward", dz, x, W, b),
        ask("nn.linear_backward", dz[:1], x[:1], W, b),
        ask("nn.linear_backward", square, other, draw.array(other.shape, -2, 2), np.zeros(3)),
    )
    close("db", three("linear_backward", grads)[2], dz.sum(axis=0), examples=len(x))
    close("db of the first example alone", three("linear_backward", alone)[2], dz[0])
    call = "db of as many examples as outputs"
    close(call, three("linear_backward", equal)[2], square.sum(axis=0), examples=3)


@marks("nn.linear_backward")
@for_all(cases=2)
def test_linear_backward_of_equal_sizes(student, draw, reference):
    """dx and dW where all sizes are the same, so that every transpose has the right shape."""
    x, W, b, dz = _layer(draw, square=True)
    dx, dW, _ = three("linear_backward", (yield ask("nn.linear_backward", dz, x, W, b)))
    right = reference.linear_backward(dz, x, W, b)
    close("dx", dx, right[0], hint=ORIENTED)
    close("dW", dW, right[1], hint=ORIENTED)


@marks("nn.linear_backward")
@for_all(cases=3)
def test_linear_backward_is_linear_in_dz(student, draw):
    """A combination of upstream gradients gives the same combination of dx and dW."""
    x, W, b, dz = _layer(draw)
    other = draw.array(dz.shape, -2, 2)
    one, two, both = yield (
        ask("nn.linear_backward", dz, x, W, b),
        ask("nn.linear_backward", other, x, W, b),
        ask("nn.linear_backward", 3.0 * dz - other, x, W, b),
    )
    parts = [three("linear_backward", part) for part in (one, two, both)]
    for name, like, first, second, got in zip(GRADIENTS, (x, W), *parts, strict=False):
        want = 3.0 * shaped(name, first, like.shape) - shaped(name, second, like.shape)
        close(f"{name} of 3 dz - dz'", got, want)


@marks("nn.linear_backward")
@for_all(cases=3)
def test_linear_backward_keeps_its_arguments(student, draw):
    """linear_backward leaves dz, x and W as they are."""
    x, W, b, dz = _layer(draw)
    yield from check_kept("nn.linear_backward", dz=dz, x=x, W=W, b=b)


@marks("nn.linear_backward")
@for_all(cases=1)
def test_linear_backward_of_integers_and_float32(student, draw, reference):
    """dx and dW of integers and of float32."""

    def parts(x, W, b, dz):
        return tuple(reference.linear_backward(dz, x, W, b)[:2])

    for kind in (np.int64, np.float32):
        x, W, b, dz = (np.round(4.0 * value).astype(kind) for value in _layer(draw, m=2))
        dx, dW, _ = three("linear_backward", (yield ask("nn.linear_backward", dz, x, W, b)))
        want = parts(*(value.astype(np.float64) for value in (x, W, b, dz)))
        close(f"dx of {np.dtype(kind).name}", dx, want[0], **AS_FLOAT32)
        close(f"dW of {np.dtype(kind).name}", dW, want[1], **AS_FLOAT32)


@marks("nn.linear_forward", gate=True, weight=2)
@for_all(cases=4)
def test_linear_forward_values(student, draw, reference):
    """z on random arrays with unequal sizes."""
    x, W, b, _ = _layer(draw)
    z, _ = pair("linear_forward(x, W, b)", (yield ask("nn.linear_forward", x, W, b)))
    want = reference.linear_forward(x, W, b)[0]
    close("linear_forward(x, W, b)[0]", z, want, hint="The bias is added to every example.")


@marks("nn.linear_forward", weight=2)
@for_all(cases=4)
def test_linear_forward_back(student, draw, reference):
    """The three gradients on random arrays with unequal sizes."""
    x, W, b, dz = _layer(draw)
    grads = three("back(dz)", (yield ask_back("nn.linear_forward", (x, W, b), dz))[1])
    right = reference.linear_forward(x, W, b)[1](dz)
    _close_three(grads, right, examples=len(x))


@marks("nn.linear_forward")
@for_all(cases=2)
def test_linear_forward_of_equal_sizes(student, draw, reference):
    """Both ways where all sizes are the same, so that every transpose has the right shape."""
    x, W, b, dz = _layer(draw, square=True)
    z, grads = yield ask_back("nn.linear_forward", (x, W, b), dz)
    want, back = reference.linear_forward(x, W, b)
    close("linear_forward(x, W, b)[0]", z, want, hint=ORIENTED)
    _close_three(three("back(dz)", grads), back(dz))


@marks("nn.linear_forward")
@for_all(cases=1)
def test_linear_forward_gradients_by_differences(student, draw):
    """The gradients agree with central differences of the layer's own output."""
    x, W, b, dz = _layer(draw, m=2)
    grads = three("back(dz)", (yield ask_back("nn.linear_forward", (x, W, b), dz))[1])
    for i, (name, at) in enumerate(zip(GRADIENTS, (x, W, b), strict=True)):
        forward = Ask()
        arguments = [VARY if j == i else value for j, value in enumerate((x, W, b))]
        forward.item(forward.call("nn.linear_forward", *arguments), 0)
        close_to_slopes(name, grads[i], student, forward, at, project=dz)


@marks("nn.linear_forward")
@for_all(cases=3)
def test_linear_forward_treats_examples_alike(student, draw):
    """Permuted examples give permuted rows, and an example alone gives the same row."""
    x, W, b, _ = _layer(draw, m=3)
    order = draw.permutation(len(x))
    plain, mixed, alone = yield (
        ask("nn.linear_forward", x, W, b),
        ask("nn.linear_forward", x[order], W, b),
        ask("nn.linear_forward", x[-1:], W, b),
    )
    z = shaped("linear_forward(x, W, b)[0]", pair("linear_forward", plain)[0], (len(x), len(W)))
    close("z of permuted examples", pair("linear_forward", mixed)[0], z[order])
    close("z of the last example alone", pair("linear_forward", alone)[0], z[-1:])


@marks("nn.linear_forward")
@for_all(cases=3)
def test_linear_forward_keeps_its_arguments(student, draw):
    """linear_forward leaves x, W and b as they are."""
    x, W, b, _ = _layer(draw)
    yield from check_kept("nn.linear_forward", x=x, W=W, b=b)


@marks("nn.linear_forward")
@for_all(cases=3)
def test_linear_forward_keeps_its_passes_apart(student, draw, reference):
    """Each back answers for its own forward pass, however often it is asked."""
    x, W, b, dz = _layer(draw, m=2)
    passes = [(x, W, b), (x[::-1] + 1.0, 2.0 * W, b)]
    yield from check_own_pass("nn.linear_forward", passes, dz, reference.linear_forward)


@marks("nn.linear_forward")
@for_all(cases=1)
def test_linear_forward_of_integers_and_float32(student, draw, reference):
    """linear_forward takes integers and float32, and whole x beside fractions in W and b."""
    x, W, b, dz = _layer(draw, m=2)
    whole = [np.round(3.0 * value) for value in (x, W, b)]
    yield from check_kinds(
        "nn.linear_forward", whole, (x, W, b), np.round(4.0 * dz), reference.linear_forward
    )
    x = whole[0].astype(np.int64)
    z, _ = pair("linear_forward(x, W, b)", (yield ask("nn.linear_forward", x, W, b)))
    close("linear_forward(x, W, b)[0] of integers x", z, x @ W.T + b)


@marks("nn.cross_entropy_loss", gate=True, weight=2)
@for_all(cases=4)
def test_cross_entropy_values(student, draw, reference):
    """The loss of random logits and one-hot labels."""
    h, y = _logits(draw)
    yield from _loss(h, y, reference)


@marks("nn.cross_entropy_loss", weight=3)
@for_all(cases=4)
def test_cross_entropy_back(student, draw, reference):
    """The gradient for random logits and one-hot labels."""
    h, y = _logits(draw)
    yield from _loss_back(h, y, reference, draw)


@marks("nn.cross_entropy_loss")
@for_all(cases=3)
def test_cross_entropy_of_soft_labels(student, draw, reference):
    """The loss where the labels are probabilities."""
    h, y = _soft(draw)
    yield from _loss(h, y, reference, hint=WHOLE_ROW)


@marks("nn.cross_entropy_loss")
@for_all(cases=3)
def test_cross_entropy_back_of_soft_labels(student, draw, reference):
    """The gradient where the labels are probabilities."""
    h, y = _soft(draw)
    yield from _loss_back(h, y, reference, draw, hint=WHOLE_ROW)


@marks("nn.cross_entropy_loss")
@for_all(cases=3)
def test_cross_entropy_far_out(student, draw):
    """The loss of distant logits grows with their distance: p = 0 loses nothing of it."""
    h, y = np.zeros((2, 3)), np.eye(3)[[0, 1]]
    h[0] = [-FAR, FAR, 0.0]
    h[1] = [draw.choice((FAR, 2.0 * FAR)), 0.0, -FAR]
    loss, _ = pair("cross_entropy_loss", (yield ask("nn.cross_entropy_loss", h, y)))
    finite("the loss of distant logits", loss, hint=LOG_SUM_EXP)
    want = FAR + h[1, 0] / 2.0
    close("the loss of distant logits", loss, want, rtol=0.0, atol=500.0, hint=LOG_SUM_EXP)


@marks("nn.cross_entropy_loss")
@for_all(cases=3)
def test_cross_entropy_at_certainty(student, draw):
    """At p = 0 and 1 exactly: no loss and no gradient where right, all of it where wrong."""
    h, y = FAR * np.array([[1.0, -1.0], [1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    dl = draw.uniform(0.5, 2.0)
    right, both = yield (
        ask_back("nn.cross_entropy_loss", (h[:1], y[:1]), dl),
        ask_back("nn.cross_entropy_loss", (h, y), dl),
    )
    close("the loss where p is 1 and right", right[0], 0.0, hint=LOG_SUM_EXP)
    close("back(dl) where p is 1 and right", right[1], [[0.0, 0.0]])
    close("back(dl) of huge logits", both[1], [[0.0, 0.0], [dl / 2, -dl / 2]], hint=MEAN_TOO)


@marks("nn.cross_entropy_loss")
@for_all(cases=3)
def test_cross_entropy_of_distant_rows(student, draw, reference):
    """Examples with logits of very different size do not disturb one another."""
    h = on_a_grid(draw.array((3, 4), -3, 3)) + np.array([[0.0], [FAR], [-FAR]])
    y = draw.one_hot(3, 4)
    loss, dh = yield ask_back("nn.cross_entropy_loss", (h, y), 1.0)
    finite("the loss", loss, hint=OWN_MAXIMUM)
    want, back = reference.cross_entropy_loss(h, y)
    close("the loss", loss, want, rtol=1e-5, hint=OWN_MAXIMUM)
    close("back(1.0)", dh, back(1.0), hint=OWN_MAXIMUM)


@marks("nn.cross_entropy_loss")
@for_all(cases=2)
def test_cross_entropy_by_differences(student, draw):
    """The gradient agrees with central differences of the loss itself."""
    h, y = _soft(draw)
    _, dh = yield ask_back("nn.cross_entropy_loss", (h, y), 1.0)
    loss = Ask()
    loss.item(loss.call("nn.cross_entropy_loss", VARY, y), 0)
    close_to_slopes("back(1.0)", dh, student, loss, h)


@marks("nn.cross_entropy_loss")
@for_all(cases=3)
def test_cross_entropy_of_a_doubled_batch(student, draw):
    """A minibatch repeated twice, in any order, has the same loss and half the gradient per row."""
    h, y = _logits(draw)
    order = draw.permutation(2 * len(h))
    (loss, dh), (twice, doubled) = yield (
        ask_back("nn.cross_entropy_loss", (h, y), 1.0),
        ask_back(
            "nn.cross_entropy_loss", (np.vstack([h, h])[order], np.vstack([y, y])[order]), 1.0
        ),
    )
    loss = shaped("loss", np.reshape(loss, -1), (1,))[0]
    close("loss of the doubled batch", twice, loss, hint=MEAN)
    half = shaped("back(1.0)", dh, h.shape) / 2.0
    close("back(1.0) of the doubled batch", doubled, np.vstack([half, half])[order], hint=MEAN_TOO)


@marks("nn.cross_entropy_loss")
@for_all(cases=3)
def test_cross_entropy_keeps_its_arguments(student, draw):
    """cross_entropy_loss leaves logits and labels as they are."""
    h, y = _logits(draw)
    yield from check_kept("nn.cross_entropy_loss", h=h, y=y)


@marks("nn.cross_entropy_loss")
@for_all(cases=3)
def test_cross_entropy_keeps_its_passes_apart(student, draw, reference):
    """Each back answers for its own forward pass, however often it is asked."""
    passes = [(draw.array((2, 3), -2, 2), draw.one_hot(2, 3)) for _ in range(2)]
    dl, right = draw.uniform(1.5, 3.0), reference.cross_entropy_loss
    yield from check_own_pass("nn.cross_entropy_loss", passes, dl, right)


@marks("nn.cross_entropy_loss")
@for_all(cases=1)
def test_cross_entropy_of_integers_and_float32(student, draw, reference):
    """cross_entropy_loss takes integers and float32."""
    whole, y = np.array([[0, 60, -60]]), np.array([[0, 1, 0]])
    yield from _loss(np.array([[1, 0, 3]]), y, reference)
    fractions = (draw.array((2, 3), -3, 3), draw.one_hot(2, 3))
    right = reference.cross_entropy_loss
    yield from check_kinds("nn.cross_entropy_loss", [whole, y], fractions, 1.0, right)


def _layer(draw, m=0, least=1, square=False):
    """x, W, b and dz of unequal sizes, or all square: there a wrong transpose raises nothing."""

    def sizes():
        return m or draw.size(4, least), draw.size(4, least), draw.size(4, least)

    if square:
        m = n_in = n_out = draw.integer(2, 3)
    else:
        m, n_in, n_out = draw.until(lambda found: len(set(found)) == 3, sizes)
    x, W = draw.array((m, n_in), -2, 2), draw.array((n_out, n_in), -2, 2)
    return x, W, draw.array(n_out, 0.5, 1.5), draw.array((m, n_out), -2, 2)


def _close_three(got, want, *, examples=0):
    """(dx, dW, db), each against the right one."""
    for name, one, right in zip(GRADIENTS, got, want, strict=True):
        close(name, one, right, examples=examples)


def _one_gradient(draw, reference, i):
    x, W, b, dz = _layer(draw, least=2)
    grads = three("linear_backward", (yield ask("nn.linear_backward", dz, x, W, b)))
    want = reference.linear_backward(dz, x, W, b)
    close(GRADIENTS[i], grads[i], want[i], examples=len(x))


def _sizes(draw, m, c):
    """A number of examples and another of classes, up to these."""
    return draw.until(lambda two: two[0] != two[1], lambda: (draw.size(m), draw.integer(2, c)))


def _logits(draw):
    m, c = _sizes(draw, 4, 5)
    return draw.array((m, c), -4, 4), draw.one_hot(m, c)


def _soft(draw):
    m, c = _sizes(draw, 3, 4)
    y = draw.array((m, c), 0.1, 1.0)
    return draw.array((m, c), -3, 3), y / y.sum(axis=1, keepdims=True)


def _loss(h, y, reference, hint=MEAN):
    loss, _ = pair("cross_entropy_loss(h, y)", (yield ask("nn.cross_entropy_loss", h, y)))
    want = reference.cross_entropy_loss(h, y)[0]
    close("cross_entropy_loss(h, y)[0]", loss, want, hint=hint, examples=len(h))


def _loss_back(h, y, reference, draw, hint=MEAN_TOO):
    dl = draw.uniform(0.5, 2.0)
    _, dh = yield ask_back("nn.cross_entropy_loss", (h, y), dl)
    want = reference.cross_entropy_loss(h, y)[1](dl)
    close("back(dl)", dh, want, hint=hint, examples=len(h))
