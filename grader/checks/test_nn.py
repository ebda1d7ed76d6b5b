# grader-secret: nothing of this file may reach students.
"""Hidden checks of nn.py: values against the reference, differences, stability, conventions.

Here: activations and softmax. test_nn_linear.py has the linear layer and the loss,
test_nn_layers.py DenseLayer, NN and dropout.
"""

import numpy as np

from grader.suites import Suite
from tests.helpers import (
    VARY,
    Ask,
    ask,
    ask_back,
    close,
    equal,
    finite,
    for_all,
    holds,
    marks,
    pair,
    shaped,
)
from tests.helpers.drawing import on_a_grid
from tests.helpers.functional import (
    away_from_zero,
    check_kept,
    check_kinds,
    check_own_pass,
)
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
OVERFLOW = "exp overflows for large arguments; rewrite the formula so that it never sees one."
OWN_MAXIMUM = "Subtract each row's own maximum: with one maximum for all, distant rows become 0/0."
SMALL = (
    "After the shift nothing overflows and no sum is 0: add nothing, clip nothing, round nothing."
)
FAR = 1e4
BEYOND = 1e5  # where exp overflows in every type of float


def _shape(draw):
    return draw.size(4), draw.size(4)


@marks("nn.relu", gate=True, weight=2)
@for_all(cases=4)
def test_relu_values(student, draw, reference):
    """relu of random arrays."""
    x = away_from_zero(draw, _shape(draw))
    out, _ = pair("relu(x)", (yield ask("nn.relu", x)))
    close("relu(x)[0]", out, reference.relu(x)[0])


@marks("nn.relu", weight=3)
@for_all(cases=5)
def test_relu_back(student, draw, reference):
    """The gradient passes where x is positive, and nowhere else."""
    x = away_from_zero(draw, (3, draw.integer(2, 4)))
    dout = draw.array(x.shape, -2, 2)
    _, dx = yield ask_back("nn.relu", (x,), dout)
    close("back(dout)", dx, reference.relu(x)[1](dout), hint="Is a small change of x seen in out?")


@marks("nn.relu")
@for_all(cases=1)
def test_relu_by_differences(student, draw):
    """back agrees with central differences of relu itself."""
    yield from _elementwise_slopes(student, "relu", away_from_zero(draw, (2, 3)), draw)


@marks("nn.relu")
@for_all(cases=3)
def test_relu_keeps_its_argument(student, draw):
    """relu leaves x as it is."""
    x = away_from_zero(draw, _shape(draw))
    yield from check_kept("nn.relu", x=np.concatenate([x, -x]))


@marks("nn.relu")
@for_all(cases=3)
def test_relu_at_zero_and_far_out(student, draw):
    """At 0 relu passes between nothing and all of the gradient; at ±1e4 it is exact."""
    x, dout = np.array([[0.0, FAR, -FAR]]), draw.array((1, 3), 0.5, 2)
    out, dx = yield ask_back("nn.relu", (x,), dout)
    equal("relu(x)[0]", out, [[0.0, FAR, 0.0]])
    dx = shaped("back(dout)", dx, (1, 3))
    close("back(dout) away from 0", dx[0, 1:], [dout[0, 1], 0.0])
    passes = -1e-6 <= dx[0, 0] <= dout[0, 0] * (1 + 1e-6)
    holds("back(dout) at x = 0", passes, "is not between 0 and dout")


@marks("nn.relu")
@for_all(cases=3)
def test_relu_keeps_its_passes_apart(student, draw, reference):
    """Each back answers for its own forward pass, however often it is asked."""
    passes = [(away_from_zero(draw, (2, 3)),) for _ in range(2)]
    yield from check_own_pass("nn.relu", passes, draw.array((2, 3), 0.5, 2), reference.relu)


@marks("nn.relu")
@for_all(cases=1)
def test_relu_of_integers_and_float32(student, draw, reference):
    """relu takes integers and float32."""
    whole, up = np.array([[-2, 3, 1, -7]]), np.array([[1.0, -2.0, 4.0, 3.0]])
    fractions = away_from_zero(draw, up.shape)
    yield from check_kinds("nn.relu", [whole], [fractions], up, reference.relu)


@marks("nn.tanh", gate=True, weight=2)
@for_all(cases=4)
def test_tanh_values(student, draw, reference):
    """tanh of random arrays."""
    x = draw.array(_shape(draw), -4, 4)
    out, _ = pair("tanh(x)", (yield ask("nn.tanh", x)))
    close("tanh(x)[0]", out, reference.tanh(x)[0])


@marks("nn.tanh", weight=3)
@for_all(cases=5)
def test_tanh_back(student, draw, reference):
    """back multiplies by the derivative of tanh at x."""
    x = draw.array(_shape(draw), -3, 3)
    dout = draw.array(x.shape, -2, 2)
    _, dx = yield ask_back("nn.tanh", (x,), dout)
    close("back(dout)", dx, reference.tanh(x)[1](dout), hint="The derivative is 1 - tanh(x)².")


@marks("nn.tanh")
@for_all(cases=1)
def test_tanh_by_differences(student, draw):
    """back agrees with central differences of tanh itself."""
    yield from _elementwise_slopes(student, "tanh", draw.array((2, 3), -2, 2), draw)


@marks("nn.tanh")
@for_all(cases=3)
def test_tanh_keeps_its_argument(student, draw):
    """tanh leaves x as it is."""
    yield from check_kept("nn.tanh", x=draw.array(_shape(draw), -4, 4))


@marks("nn.tanh")
@for_all(cases=3)
def test_tanh_far_out(student, draw):
    """tanh saturates at ±1 and its gradient at 0, without NaN."""
    x = np.array([[-1.0, 1.0]]) * draw.array((2, 2), 800.0, FAR)
    out, dx = yield ask_back("nn.tanh", (x,), draw.array((2, 2), 0.5, 2))
    finite("tanh(x)[0] far out", out, hint=OVERFLOW)
    close("tanh(x)[0] far out", out, [[-1.0, 1.0]] * 2)
    finite("back(dout) far out", dx, hint=OVERFLOW)
    close("back(dout) far out", dx, np.zeros((2, 2)), hint="Where tanh is flat, nothing flows.")


@marks("nn.tanh")
@for_all(cases=3)
def test_tanh_keeps_its_passes_apart(student, draw, reference):
    """Each back answers for its own forward pass, however often it is asked."""
    passes = [(draw.array((2, 3), -2, 2),) for _ in range(2)]
    yield from check_own_pass("nn.tanh", passes, draw.array((2, 3), 0.5, 2), reference.tanh)


@marks("nn.tanh")
@for_all(cases=1)
def test_tanh_of_integers_and_float32(student, draw, reference):
    """tanh takes integers and float32; what it gives are fractions."""
    whole, up = np.array([[-30, 0, 25, -1, 2]]), np.array([[1.0, -2.0, 4.0, 0.0, 0.0]])
    yield from check_kinds("nn.tanh", [whole], [draw.array(up.shape, -3, 3)], up, reference.tanh)


@marks("nn.softmax", gate=True, weight=2)
@for_all(cases=4)
def test_softmax_values(student, draw, reference):
    """softmax of random logits, row by row."""
    shape = draw.until(
        lambda sizes: sizes[0] != sizes[1], lambda: (draw.integer(2, 4), draw.integer(2, 5))
    )
    h = draw.array(shape, -5, 5)
    close("softmax(h)", (yield ask("nn.softmax", h)), reference.softmax(h))


@marks("nn.softmax")
@for_all(cases=3)
def test_softmax_ignores_a_shift_of_a_row(student, draw):
    """Adding a constant to a row of logits leaves its probabilities as they are."""
    h = on_a_grid(draw.array((3, draw.choice((2, 4, 5))), -3, 3))
    shift = on_a_grid(draw.array((3, 1), -100, 100))
    p, q = yield ask("nn.softmax", h), ask("nn.softmax", h + shift)
    close("softmax(h + c)", q, shaped("softmax(h)", p, h.shape))


@marks("nn.softmax")
@for_all(cases=3)
def test_softmax_treats_rows_and_classes_alike(student, draw):
    """Permuted examples or classes permute the probabilities; a row alone has the same ones."""
    h = draw.array((3, 4), -3, 3)
    rows, classes = draw.permutation(3), draw.permutation(4)
    p, mixed, alone = yield (
        ask("nn.softmax", h),
        ask("nn.softmax", h[rows][:, classes]),
        ask("nn.softmax", h[:1]),
    )
    p = shaped("softmax(h)", p, (3, 4))
    close("softmax of permuted logits", mixed, p[rows][:, classes])
    close("softmax of the first row alone", alone, p[:1])


@marks("nn.softmax")
@for_all(cases=3)
def test_softmax_far_out(student, draw, reference):
    """Finite and exact for logits of ±1e5, where probabilities are exactly 0 and 1."""
    h = BEYOND * np.where(draw.one_hot(3, 4) > 0, 1.0, -1.0)
    h[2] = BEYOND
    got, low = yield ask("nn.softmax", h), ask("nn.softmax", np.full((1, 4), -BEYOND))
    finite("softmax(h)", got, hint=OVERFLOW)
    close("softmax(h)", got, reference.softmax(h))
    finite("softmax of logits of -1e5", low, hint=OVERFLOW)
    close("softmax of logits of -1e5", low, np.full((1, 4), 0.25))


@marks("nn.softmax")
@for_all(cases=2)
def test_softmax_of_small_probabilities(student, draw, reference):
    """A probability of a millionth is right as well: three digits of it, not six decimals."""
    h = on_a_grid(draw.array((3, 4), -1, 1)) - np.array([0.0, 4.0, 8.0, 12.0])
    got = yield ask("nn.softmax", h)
    close("softmax(h)", got, reference.softmax(h), rtol=2e-3, atol=0.0, hint=SMALL)


@marks("nn.softmax")
@for_all(cases=3)
def test_softmax_of_distant_rows(student, draw, reference):
    """Rows of very different size do not disturb one another."""
    h = on_a_grid(draw.array((3, 4), -3, 3)) + np.array([[0.0], [FAR], [-FAR]])
    got = yield ask("nn.softmax", h)
    finite("softmax(h)", got, hint=OWN_MAXIMUM)
    close("softmax(h)", got, reference.softmax(h), hint=OWN_MAXIMUM)


@marks("nn.softmax")
@for_all(cases=3)
def test_softmax_keeps_its_argument(student, draw):
    """softmax leaves the logits as they are."""
    yield from check_kept("nn.softmax", h=draw.array((2, draw.integer(2, 4)), -4, 4))


@marks("nn.softmax")
@for_all(cases=1)
def test_softmax_of_integers_and_float32(student, draw, reference):
    """softmax takes integers and float32; what it gives are fractions."""
    whole = np.array([[1, 0, 3], [-100, -200, 0]])
    fractions = draw.array((2, 3), -3, 3)
    yield from check_kinds("nn.softmax", [whole], [fractions], None, reference.softmax)


@marks("nn.softmax_jacobian", gate=True, weight=2)
@for_all(cases=4)
def test_softmax_jacobian_values(student, draw, reference):
    """The Jacobian at random probabilities."""
    p = _probabilities(draw, draw.integer(2, 6))
    got = yield ask("nn.softmax_jacobian", p)
    close("softmax_jacobian(p)", got, reference.softmax_jacobian(p))


@marks("nn.softmax_jacobian")
@for_all(cases=3)
def test_softmax_jacobian_and_cross_entropy_give_p_minus_y(student, draw):
    """Chained with the gradient -y/p of the cross-entropy, the Jacobian gives p - y."""
    c = draw.integer(2, 5)
    p, y = _probabilities(draw, c), _probabilities(draw, c)
    J = shaped("softmax_jacobian(p)", (yield ask("nn.softmax_jacobian", p)), (c, c))
    close("softmax_jacobian(p) @ (-y / p)", J @ (-y / p), p - y, hint="This needs sum(y) = 1.")


@marks("nn.softmax_jacobian")
@for_all(cases=3)
def test_softmax_jacobian_by_differences(student, draw, reference):
    """The Jacobian agrees with central differences of softmax."""
    s = draw.array(draw.integer(2, 5), -2, 2)
    got = yield ask("nn.softmax_jacobian", reference.softmax(s))
    steps = 1e-5 * np.eye(s.size)
    want = [(reference.softmax(s + d) - reference.softmax(s - d)) / 2e-5 for d in steps]
    close("softmax_jacobian(softmax(s))", got, np.array(want))


@marks("nn.softmax_jacobian")
@for_all(cases=3)
def test_softmax_jacobian_at_certainty(student, draw):
    """Where softmax is certain, at probabilities of exactly 0 and 1, it is flat."""
    c = draw.integer(2, 5)
    p = draw.one_hot(1, c)[0]
    sure, whole = yield (
        ask("nn.softmax_jacobian", p),
        ask("nn.softmax_jacobian", p.astype(np.int64)),
    )
    close("softmax_jacobian of probabilities 0 and 1", sure, np.zeros((c, c)))
    close("softmax_jacobian of integers 0 and 1", whole, np.zeros((c, c)))


@marks("nn.softmax_jacobian")
@for_all(cases=3)
def test_softmax_jacobian_keeps_its_argument(student, draw):
    """softmax_jacobian leaves p as it is."""
    yield from check_kept("nn.softmax_jacobian", p=_probabilities(draw, draw.integer(2, 5)))


def _elementwise_slopes(student, name, x, draw):
    dout = draw.array(x.shape, 0.5, 2)
    _, dx = yield ask_back(f"nn.{name}", (x,), dout)
    forward = Ask()
    forward.item(forward.call(f"nn.{name}", VARY), 0)
    close_to_slopes("back(dout)", dx, student, forward, x, project=dout)


def _probabilities(draw, c):
    p = draw.array(c, 0.1, 1.0)
    return p / p.sum()
