# grader-secret: nothing of this file may reach students.
"""Hidden checks of hw_mlp.py's optimisers: values against the reference, state, magnitudes."""

import numpy as np

from tests.helpers import Ask, close, entry, finite, for_all, holds, marks, shaped
from tests.helpers.optimisers import making, moves, path, same_steps, steps, updates

SHAPES = {"W0": (2, 3), "b0": (2,), "W1": (2, 3), "b1": (2,)}  # nothing can hang on a shape
ALIKE = {"W0": (2, 3), "W1": (2, 3)}
UNEQUAL = {"W0": (3, 1), "b0": (3,), "W1": (2, 3), "b1": (2,), "W2": (1, 2), "b2": (1,)}
OWN_STATE = "What an optimiser remembers belongs to the object, and to one parameter each."
ORDER = "First the decay joins the gradient, then the gradient joins the velocity."
DECAY = "The gradient of the penalty ½ λ‖W‖² at the current W; biases are not penalised."
MOMENTS = "m and v go on from the last call; both are corrected with the number of calls so far."
FIRST = "Mind the sign, the root, and that m and v start at 0, too small until corrected."
EPS = "eps keeps the quotient finite where the gradient is 0; it is added after the square root."
SMALL = "Where the gradient is small eps counts: is it that of the template, outside of the root?"
GIVEN = "eps is the one that the constructor is given, outside of the root."
UNCLIPPED = "A gradient is used as it is, however long it is."
AT_THE_RATE = "The decay is a part of the gradient, at the weights before the step and at its rate."
RATE = "Each update uses optimizer.eta as it is at that time; what is remembered goes on."


@marks("hw_mlp.SGD", gate=True)
@for_all(cases=6)
def test_sgd_values(student, draw, reference):
    """Plain gradient descent: every parameter moves by -eta g, in place, in every call."""
    eta, start, gradients = draw.uniform(0.01, 1.0), _params(draw), _gradients(draw, 2)
    one = Ask()
    got = yield steps(one, one.call("hw_mlp.SGD", eta), start, gradients)
    _same_path(got, reference.SGD(eta), start, gradients, "Every key, in every call.", gate=True)


@marks("hw_mlp.SGD", weight=2)
@for_all(cases=3)
def test_sgd_with_momentum_and_decay(student, draw, reference):
    """Momentum and weight decay together, over several updates."""
    eta, momentum, decay = draw.uniform(0.05, 0.5), draw.uniform(0.3, 0.9), draw.uniform(0.1, 0.5)
    start, gradients = _params(draw), _gradients(draw, 4)
    sgd = yield from making("hw_mlp.SGD", eta, momentum=momentum, weight_decay=decay)
    got = yield steps(Ask(), sgd, start, gradients)
    _same_path(got, reference.SGD(eta, momentum, decay), start, gradients, ORDER)


@marks("hw_mlp.SGD")
@for_all(cases=1)
def test_sgd_momentum_outlives_the_gradient(student, draw, reference):
    """When the gradient vanishes, the velocity carries on and fades; so it does in the long run."""
    eta, momentum = draw.uniform(0.05, 0.5), draw.uniform(0.3, 0.9)
    start = _params(draw, {"W0": (1, 2), "b0": (1,)})
    none = {key: np.zeros(value.shape) for key, value in start.items()}
    later = [{key: draw.array(v.shape, 0.5, 2) for key, v in start.items()} for _ in range(20)]
    gradients = [later[0], none, none, none, *later[1:]]
    sgd = yield from making("hw_mlp.SGD", eta, momentum=momentum)
    got = yield steps(Ask(), sgd, start, gradients)
    hint = "What is left of the velocity is momentum times the last velocity."
    _same_path(got, reference.SGD(eta, momentum), start, gradients, hint)


@marks("hw_mlp.SGD")
@for_all(cases=3)
def test_sgd_decays_weights_only(student, draw, reference):
    """Weight decay shrinks every W, and no b."""
    eta, decay = draw.uniform(0.05, 0.5), draw.uniform(0.1, 0.9)
    start, gradients = _params(draw), _gradients(draw, 3)
    sgd = yield from making("hw_mlp.SGD", eta, weight_decay=decay)
    got = yield steps(Ask(), sgd, start, gradients)
    _same_path(got, reference.SGD(eta, 0.0, decay), start, gradients, DECAY)


@marks("hw_mlp.SGD")
@for_all(cases=2)
def test_sgd_decay_follows_a_schedule(student, draw, reference):
    """optimizer.eta set between updates changes the decay as it changes the step."""
    decay, start, gradients = draw.uniform(0.1, 0.9), _params(draw), _gradients(draw, 3)
    etas = [draw.uniform(0.05, 0.5) for _ in gradients]
    sgd = yield from making("hw_mlp.SGD", 0.7, weight_decay=decay)
    got = yield steps(Ask(), sgd, start, gradients, etas)
    _same_path(got, reference.SGD(0.7, 0.0, decay), start, gradients, AT_THE_RATE, etas)


@marks("hw_mlp.SGD")
@for_all(cases=2)
def test_sgd_momentum_follows_a_schedule(student, draw):
    """Where the rate changes the velocity goes on, whether the rate is inside of it or not."""
    momentum, start, gradients = draw.uniform(0.3, 0.9), _params(draw), _gradients(draw, 3)
    etas = [draw.uniform(0.05, 0.5) for _ in gradients]
    sgd = yield from making("hw_mlp.SGD", 0.7, momentum=momentum)
    got = yield steps(Ask(), sgd, start, gradients, etas)
    found = moves("update(params, grads)", start, got, len(gradients))
    forms = [_descent(start, gradients, etas, momentum, inside) for inside in (False, True)]
    nearest = min(forms, key=lambda form: _distance(start, found, form[-1]))
    same_steps("(params after - before) of update {}", found, nearest, start, hint=RATE)


@marks("hw_mlp.SGD")
@for_all(cases=2)
def test_sgd_of_long_gradients(student, draw, reference):
    """Gradients of 10000 and of exactly 0, for parameters of unequal shapes."""
    momentum, start = draw.uniform(0.3, 0.9), _params(draw, UNEQUAL)
    gradients = _uneven(draw, 3)
    sgd = yield from making("hw_mlp.SGD", 0.01, momentum=momentum)
    got = yield steps(Ask(), sgd, start, gradients)
    _same_path(got, reference.SGD(0.01, momentum), start, gradients, UNCLIPPED)


@marks("hw_mlp.SGD")
@for_all(cases=2)
def test_two_sgds(student, draw, reference):
    """Two optimisers do not share their velocities, nor do two parameters."""
    yield from _two_optimisers(draw, reference.SGD, "hw_mlp.SGD", {"momentum": 0.8})


@marks("hw_mlp.SGD")
@for_all(cases=2)
def test_sgd_in_float32(student, draw, reference):
    """Parameters of type float32 are trained in place as well."""
    yield from _float32(draw, reference.SGD(0.1), "hw_mlp.SGD")


@marks("hw_mlp.Adam", gate=True)
@for_all(cases=6)
def test_adam_values(student, draw, reference):
    """One step for every parameter, in place."""
    eta, start, gradients = draw.uniform(0.01, 1.0), _params(draw), _gradients(draw, 1, far=True)
    one = Ask()
    got = yield steps(one, one.call("hw_mlp.Adam", eta), start, gradients)
    _same_path(got, reference.Adam(eta), start, gradients, FIRST, gate=True)


@marks("hw_mlp.Adam", weight=2)
@for_all(cases=3)
def test_adam_over_several_steps(student, draw, reference):
    """Several updates of several parameters with changing gradients."""
    eta, start, gradients = draw.uniform(0.01, 1.0), _params(draw), _gradients(draw, 6, far=True)
    one = Ask()
    got = yield steps(one, one.call("hw_mlp.Adam", eta), start, gradients)
    _same_path(got, reference.Adam(eta), start, gradients, MOMENTS)


@marks("hw_mlp.Adam")
@for_all(cases=3)
def test_adam_follows_a_schedule(student, draw, reference):
    """optimizer.eta set between updates changes the step and not the moments."""
    start, gradients = _params(draw), _gradients(draw, 4, far=True)
    etas = [draw.uniform(0.01, 1.0) for _ in gradients]
    one = Ask()
    got = yield steps(one, one.call("hw_mlp.Adam", 0.5), start, gradients, etas)
    _same_path(got, reference.Adam(0.5), start, gradients, RATE, etas)


@marks("hw_mlp.Adam")
@for_all(cases=6)
def test_adam_eps_is_outside_of_the_root(student, draw):
    """Where the gradient is as small as eps, eps shortens the step."""
    sign = np.where(draw.array((2, 2), -1, 1) < 0, -1.0, 1.0)
    g = sign * draw.array((2, 2), 0.3e-8, 3e-8)
    one = Ask()
    adam = one.call("hw_mlp.Adam", 0.1)
    got = yield updates(one, adam, {"W0": np.zeros((2, 2))}, [{"W0": g}])
    _first_step(got, 0.1, g, 1e-8, SMALL)


@marks("hw_mlp.Adam")
@for_all(cases=3)
def test_adam_takes_its_settings(student, draw, reference):
    """beta1, beta2 and eps are those of the constructor."""
    beta1, beta2 = draw.uniform(0.3, 0.7), draw.uniform(0.8, 0.95)
    start, gradients = _params(draw), _gradients(draw, 3, far=True)
    eps, g = draw.uniform(5.0, 50.0), draw.array((2, 2), 10, 100)
    adam = yield from making("hw_mlp.Adam", 0.1, beta1=beta1, beta2=beta2)
    large = yield from making("hw_mlp.Adam", 0.1, eps=eps)
    got, first = yield (
        steps(Ask(), adam, start, gradients),
        updates(Ask(), large, {"W0": np.zeros((2, 2))}, [{"W0": g}]),
    )
    hint = "The first moment fades with beta1, the second with beta2."
    _same_path(got, reference.Adam(0.1, beta1, beta2), start, gradients, hint)
    _first_step(first, 0.1, g, eps, GIVEN)


@marks("hw_mlp.Adam")
def test_adam_without_a_gradient(student):
    """A parameter whose gradient is 0 stays where it is, without NaN."""
    start = {"W0": np.array([[1.0, -2.0]]), "b0": np.array([3.0])}
    none = {key: np.zeros(value.shape) for key, value in start.items()}
    one = Ask()
    adam = one.call("hw_mlp.Adam", 0.1)
    got = student.run(updates(one, adam, start, [none, {**none, "b0": np.ones(1)}]))
    *_, after = path("params", start, got, 2)
    for key in start:
        finite(f'params["{key}"]', entry("params", after, key), hint=EPS)
    close('params["W0"]', entry("params", after, "W0"), start["W0"])
    moved = not np.array_equal(entry("params", after, "b0"), start["b0"])
    holds('params["b0"]', moved, "stays though its gradient is not 0 in the second call")


@marks("hw_mlp.Adam")
@for_all(cases=2)
def test_adam_goes_on_when_the_gradient_is_zero(student, draw, reference):
    """After the gradient has become 0 the moments fade, and the steps with them."""
    start = _params(draw)
    none = {key: np.zeros(value.shape) for key, value in start.items()}
    gradients = [*_gradients(draw, 2, far=True), none, none, *_gradients(draw, 1, far=True)]
    one = Ask()
    got = yield steps(one, one.call("hw_mlp.Adam", 0.1), start, gradients)
    hint = "A gradient of 0 is one like any other: both moments and the count go on."
    _same_path(got, reference.Adam(0.1), start, gradients, hint)


@marks("hw_mlp.Adam")
@for_all(cases=1)
def test_adam_in_the_long_run(student, draw, reference):
    """Many updates: the corrections fade away and the moments forget."""
    start, eta = {"W0": draw.array((1, 2), -2, 2)}, draw.uniform(0.05, 0.5)
    sizes = (1e4, 10.0, 100.0)
    gradients = [{"W0": sizes[i // 12] * (2.0 + draw.array((1, 2), -1, 1))} for i in range(36)]
    one = Ask()
    got = yield steps(one, one.call("hw_mlp.Adam", eta), start, gradients)
    _same_path(got, reference.Adam(eta), start, gradients, MOMENTS)


@marks("hw_mlp.Adam")
@for_all(cases=2)
def test_adam_of_long_gradients(student, draw, reference):
    """Gradients of 10000 and of exactly 0, for parameters of unequal shapes."""
    start, gradients = _params(draw, UNEQUAL), _uneven(draw, 3)
    one = Ask()
    got = yield steps(one, one.call("hw_mlp.Adam", 0.1), start, gradients)
    _same_path(got, reference.Adam(0.1), start, gradients, UNCLIPPED)


@marks("hw_mlp.Adam")
@for_all(cases=2)
def test_two_adams(student, draw, reference):
    """Two optimisers do not share moments or counts, nor do two parameters."""
    yield from _two_optimisers(draw, reference.Adam, "hw_mlp.Adam", {})


@marks("hw_mlp.Adam")
@for_all(cases=2)
def test_adam_in_float32(student, draw, reference):
    """Parameters of type float32 are trained in place as well."""
    yield from _float32(draw, reference.Adam(0.1), "hw_mlp.Adam")


def _params(draw, shapes=SHAPES):
    return {key: draw.array(shape, -2, 2) for key, shape in shapes.items()}


def _uneven(draw, steps):
    """Gradients of UNEQUAL: of size 10000, of 0, and between."""
    sizes = dict(zip(UNEQUAL, (1e4, 0.0, 1e4, 1.0, 0.0, 1e4), strict=True))
    return [
        {key: sizes[key] * _gradient(draw, shape, True) / 100 for key, shape in UNEQUAL.items()}
        for _ in range(steps)
    ]


def _gradients(draw, steps, far=False, shapes=SHAPES):
    """Gradients for each step; far: from 10 to 100 in size, where eps does not matter.

    The last layer comes first, as on the way back: in another order than the parameters.
    """
    order = [key for layer in "10" for key in shapes if key.endswith(layer)]
    drawn = ({key: _gradient(draw, shapes[key], far) for key in shapes} for _ in range(steps))
    return [{key: each[key] for key in order} for each in drawn]


def _gradient(draw, shape, far):
    sign = np.where(draw.array(shape, -1, 1) < 0, -1.0, 1.0)
    return sign * (draw.array(shape, 10, 100) if far else draw.array(shape, 0.1, 2))


def _same_path(got, optimizer, start, gradients, hint, etas=(), gate=False):
    """Each update makes the step of the reference optimiser."""
    found = moves("update(params, grads)", start, got, len(gradients), gate=gate)
    params, want = {key: value.copy() for key, value in start.items()}, []
    for i, g in enumerate(gradients):
        if i < len(etas):
            optimizer.eta = etas[i]
        optimizer.update(params, g)
        want.append({key: value.copy() for key, value in params.items()})
    same_steps("(params after - before) of update {}", found, want, start, hint=hint)


def _descent(start, gradients, etas, momentum, inside):
    """The parameters after each update; inside: the velocity is of steps, not of gradients."""
    params, found = start, []
    velocity = {key: np.zeros(value.shape) for key, value in start.items()}
    for g, eta in zip(gradients, etas, strict=True):
        first, then = (eta, 1.0) if inside else (1.0, eta)
        velocity = {key: momentum * v + first * g[key] for key, v in velocity.items()}
        params = {key: params[key] - then * v for key, v in velocity.items()}
        found.append(params)
    return found


def _distance(start, found, end):
    """The largest difference between where these steps end and `end`."""
    ends = {key: value + sum(step[key] for step in found) for key, value in start.items()}
    return max(float(np.max(np.abs(ends[key] - value))) for key, value in end.items())


def _first_step(got, eta, g, eps, hint):
    """Adam's first step from 0; eps may be added before the bias correction too."""
    (after,) = path("update(params, grads)", {"W0": np.zeros(g.shape)}, got, 1)
    forms = [-eta * g / (np.abs(g) + e) for e in (eps, eps / np.sqrt(1.0 - 0.999))]
    W = shaped('params["W0"]', entry("params", after, "W0"), g.shape)
    nearest = min(forms, key=lambda form: float(np.max(np.abs(form - W))))
    close('params["W0"]', W, nearest, rtol=1e-4, hint=hint)


def _two_optimisers(draw, kind, name, settings):
    first = yield from making(name, 0.1, **settings)
    second = yield from making(name, 0.1, **settings)
    start = _params(draw, ALIKE)
    once, twice = (_gradients(draw, 2, far=True, shapes=ALIKE) for _ in "ab")
    got, other = yield steps(Ask(), first, start, once), steps(Ask(), second, start, twice)
    _same_path(got, kind(0.1, **settings), start, once, "")
    _same_path(other, kind(0.1, **settings), start, twice, OWN_STATE)


def _float32(draw, optimizer, name):
    start = {key: value.astype(np.float32) for key, value in _params(draw).items()}
    gradients = [
        {key: value.astype(np.float32) for key, value in g.items()}
        for g in _gradients(draw, 2, far=True)
    ]
    one = Ask()
    got = yield steps(one, one.call(name, 0.1), start, gradients)
    hint = "Keep the arrays' type; change them in place."
    exact = {key: value.astype(np.float64) for key, value in start.items()}
    _same_path(got, optimizer, exact, gradients, hint)
