"""Hidden checks of hw_mlp.py: values against the reference, state, randomness, whole trainings."""

from itertools import permutations

import numpy as np

from grader.reference import nn
from grader.suites import Suite
from tests.helpers import (
    Ask,
    Name,
    ask,
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
from tests.helpers.training import (
    batches,
    counts,
    covers,
    epochs,
    examples,
    flat,
    made,
    network,
    noted,
    path,
    same_params,
    series,
    train,
    updates,
    weights,
)

SUITE = Suite(
    name="hw_mlp",
    levels=(("step_decay", "BatchGenerator", "SGD", "Adam"), ("train_loop",)),
    needs=("nn",),
    lenient=frozenset({"train_loop"}),
    aliases={"train_loop": ("train",)},
    points={"BatchGenerator": 2, "SGD": 2, "Adam": 3, "train_loop": 4},
)
SHAPES = {"W0": (2, 3), "b0": (2,), "W1": (2, 3), "b1": (2,)}  # nothing can hang on a shape
HALVING = "Each milestone halves the rate once, however long ago it was."
OWN_STATE = "What an optimiser remembers belongs to the object, and to one parameter each."
ORDER = "First the decay joins the gradient, then the gradient joins the velocity."
MOMENTS = "m and v go on from the last call; both are corrected with the number of calls so far."
EPS = "eps keeps the quotient finite where the gradient is 0; it is added after the square root."
ONCE = "For each minibatch: forward, loss, back, and one update with these gradients."
NEW_ORDER = "Shuffle anew for each epoch, or the minibatches are always the same."


@marks("hw_mlp.step_decay", gate=True)
@for_all(cases=16)
def test_step_decay_values(student, draw, reference):
    """The rate at random epochs, for random milestones."""
    eta0, completed = draw.uniform(0.01, 1.0), draw.integer(0, 25)
    gaps = [draw.integer(1, 8) for _ in range(draw.integer(1, 4))]
    milestones = draw.choice((tuple, list))(int(m) for m in np.cumsum(gaps))
    rate = yield ask("hw_mlp.step_decay", eta0, completed, milestones)
    want = reference.step_decay(eta0, completed, milestones)
    changed("step_decay(eta0, epoch, milestones)", milestones, rate)
    close("step_decay(eta0, epoch, milestones)", rate, want, hint=HALVING)


@marks("hw_mlp.step_decay")
@for_all(cases=6)
def test_step_decay_ends(student, draw, reference):
    """Long after the last milestone the rate rests; without milestones it never moves."""
    eta0, late = draw.uniform(0.01, 1.0), draw.integer(41, 2000)
    plain, early, still = yield (
        ask("hw_mlp.step_decay", eta0, late),
        ask("hw_mlp.step_decay", eta0, late, (3, 5, 7)),
        ask("hw_mlp.step_decay", eta0, late, ()),
    )
    close("step_decay(eta0, epoch)", plain, reference.step_decay(eta0, late), hint=HALVING)
    want = reference.step_decay(eta0, late, (3, 5, 7))
    close("step_decay(eta0, epoch, milestones)", early, want, hint=HALVING)
    close("step_decay(eta0, epoch, ())", still, eta0)


@marks("hw_mlp.BatchGenerator", gate=True)
@for_all(cases=8)
def test_batches_keep_pairs(student, draw):
    """Minibatches of random size are pairs that belong together, each example once."""
    batch_size = draw.integer(1, 5)
    n = batch_size * draw.integer(1, 5)
    one = Ask()
    data = one.call("hw_mlp.BatchGenerator", *examples(n), batch_size)
    got, length = yield one.returns(epochs(one, data), one.method(data, "__len__"))
    (found,) = batches("list(data)", got, n)
    covers("list(data)", found, n, batch_size, gate=True)
    counts(length, found)


@marks("hw_mlp.BatchGenerator")
@for_all(cases=6)
def test_short_last_batch(student, draw):
    """A batch size that does not divide n: at most the rest is left out, in every epoch."""
    batch_size = draw.integer(2, 5)
    n = batch_size * draw.integer(1, 4) + draw.integer(1, batch_size - 1)
    one = Ask()
    data = one.call("hw_mlp.BatchGenerator", *examples(n), batch_size)
    length, got = yield one.returns(one.method(data, "__len__"), epochs(one, data, 2))
    for found in batches("list(data)", got, n):
        covers("list(data)", found, n, batch_size)
        counts(length, found)


@marks("hw_mlp.BatchGenerator")
def test_shuffle_mixes_the_minibatches(student):
    """shuffle() changes which examples share a minibatch, each time."""
    one = Ask()
    data = one.call("hw_mlp.BatchGenerator", *examples(48), 4)
    found = batches("list(data)", student.run(one.returns(epochs(one, data, 3))), 48)
    groups = {frozenset(frozenset(part.tolist()) for part in each) for each in found}
    hint = "Permute the examples, not the finished minibatches, and differently each time."
    holds("shuffle()", len(groups) == 4, "makes the same minibatches again", hint=hint)


@marks("hw_mlp.BatchGenerator")
def test_shuffle_reaches_every_place(student):
    """Every example can come first, and every example can come last."""
    one = Ask()
    data = one.call("hw_mlp.BatchGenerator", *examples(3), 3)
    got = student.run(one.returns(epochs(one, data, 60)))
    orders = [flat(found) for found in batches("list(data)", got, 3)]
    holds("list(data)", all(len(order) == 3 for order in orders), "leaves out examples")
    first, last = {order[0] for order in orders}, {order[-1] for order in orders}
    hint = "Every order of the examples should be equally likely."
    holds("shuffle()", len(first) == len(last) == 3, "never moves some examples", hint=hint)


@marks("hw_mlp.BatchGenerator")
def test_shuffle_leaves_the_callers_pairs(student):
    """After shuffle() the arrays that the caller gave still belong together."""
    one = Ask()
    x, y = (one.call(Name("numpy.array"), array) for array in examples(40))
    got = epochs(one, one.call("hw_mlp.BatchGenerator", x, y, 5), 1)
    pairs = one.call(Name("builtins.list"), [[(x, y)]])
    got, pairs = student.run(one.returns(got, pairs))
    before, after = (flat(found) for found in batches("list(data)", got, 40))
    hint = "Every call of shuffle() draws a new permutation."
    holds("shuffle()", not np.array_equal(before, after), "changes nothing", hint=hint)
    ((numbers,),) = batches("the caller's (x, y)", pairs, 40)
    kept = np.array_equal(np.sort(numbers), np.arange(40))
    holds("the caller's x", kept, "has lost examples")


@marks("hw_mlp.BatchGenerator")
def test_two_generators(student):
    """Two generators do not disturb one another."""
    one = Ask()
    first = one.call("hw_mlp.BatchGenerator", *examples(6), 2)
    second = one.call("hw_mlp.BatchGenerator", *examples(4), 4)
    for data in (first, second):
        one.method(data, "shuffle")
    got = student.run(one.returns(epochs(one, first), epochs(one, second)))
    for call, each, n, batch_size in zip(("first", "second"), got, (6, 4), (2, 4), strict=True):
        (found,) = batches(f"the {call} generator", each, n)
        covers(f"the {call} generator", found, n, batch_size)


@marks("hw_mlp.SGD", gate=True)
@for_all(cases=6)
def test_sgd_values(student, draw, reference):
    """Plain gradient descent: every parameter moves by -eta g, in place, in every call."""
    eta, start, gradients = draw.uniform(0.01, 1.0), _params(draw), _gradients(draw, 2)
    one = Ask()
    got = yield updates(one, one.call("hw_mlp.SGD", eta), start, gradients)
    _same_path(got, reference.SGD(eta), start, gradients, "Every key, in every call.", gate=True)


@marks("hw_mlp.SGD", weight=2)
@for_all(cases=3)
def test_sgd_with_momentum_and_decay(student, draw, reference):
    """Momentum and weight decay together, over several updates."""
    eta, momentum, decay = draw.uniform(0.05, 0.5), draw.uniform(0.3, 0.9), draw.uniform(0.1, 0.5)
    start, gradients = _params(draw), _gradients(draw, 4)
    sgd = made(student, "hw_mlp.SGD", eta, momentum=momentum, weight_decay=decay)
    got = yield updates(Ask(), sgd, start, gradients)
    _same_path(got, reference.SGD(eta, momentum, decay), start, gradients, ORDER)


@marks("hw_mlp.SGD")
@for_all(cases=2)
def test_sgd_momentum_outlives_the_gradient(student, draw, reference):
    """When the gradient vanishes, the velocity carries on and fades."""
    eta, momentum, start = draw.uniform(0.05, 0.5), draw.uniform(0.3, 0.9), _params(draw)
    none = {key: np.zeros(value.shape) for key, value in start.items()}
    gradients = [*_gradients(draw, 1), none, none, none]
    sgd = made(student, "hw_mlp.SGD", eta, momentum=momentum)
    got = yield updates(Ask(), sgd, start, gradients)
    hint = "What is left of the velocity is momentum times the last velocity."
    _same_path(got, reference.SGD(eta, momentum), start, gradients, hint)


@marks("hw_mlp.SGD")
@for_all(cases=3)
def test_sgd_decays_weights_only(student, draw, reference):
    """Weight decay shrinks every W, and no b."""
    eta, decay, start = draw.uniform(0.05, 0.5), draw.uniform(0.1, 0.9), _params(draw)
    gradients = _gradients(draw, 3)
    sgd = made(student, "hw_mlp.SGD", eta, weight_decay=decay)
    got = yield updates(Ask(), sgd, start, gradients)
    hint = "The gradient of the penalty ½ λ‖W‖² at the current W; biases are not penalised."
    _same_path(got, reference.SGD(eta, 0.0, decay), start, gradients, hint)


@marks("hw_mlp.SGD")
@for_all(cases=2)
def test_two_sgds(student, draw, reference):
    """Two optimisers do not share their velocities, nor do two parameters."""
    yield from _two_optimisers(student, draw, reference.SGD, "hw_mlp.SGD", {"momentum": 0.8})


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
    got = yield updates(one, one.call("hw_mlp.Adam", eta), start, gradients)
    hint = "Mind the sign, the root, and that m and v start at 0, too small until corrected."
    _same_path(got, reference.Adam(eta), start, gradients, hint, gate=True)


@marks("hw_mlp.Adam", weight=2)
@for_all(cases=3)
def test_adam_over_several_steps(student, draw, reference):
    """Several updates of several parameters with changing gradients."""
    eta, start, gradients = draw.uniform(0.01, 1.0), _params(draw), _gradients(draw, 6, far=True)
    one = Ask()
    got = yield updates(one, one.call("hw_mlp.Adam", eta), start, gradients)
    _same_path(got, reference.Adam(eta), start, gradients, MOMENTS)


@marks("hw_mlp.Adam")
@for_all(cases=3)
def test_adam_follows_a_schedule(student, draw, reference):
    """optimizer.eta set between updates changes the step and not the moments."""
    start, gradients = _params(draw), _gradients(draw, 4, far=True)
    etas = [draw.uniform(0.01, 1.0) for _ in gradients]
    one = Ask()
    got = yield updates(one, one.call("hw_mlp.Adam", 0.5), start, gradients, etas)
    hint = "Each step is the corrected quotient times the rate at that time; m and v go on."
    _same_path(got, reference.Adam(0.5), start, gradients, hint, etas)


@marks("hw_mlp.Adam")
@for_all(cases=6)
def test_adam_eps_is_outside_of_the_root(student, draw):
    """Where the gradient is as small as eps, eps shortens the step."""
    sign = np.where(draw.array((2, 2), -1, 1) < 0, -1.0, 1.0)
    g = sign * draw.array((2, 2), 0.3e-8, 3e-8)
    one = Ask()
    adam = one.call("hw_mlp.Adam", 0.1)
    _first_step((yield updates(one, adam, {"W0": np.zeros((2, 2))}, [{"W0": g}])), 0.1, g, 1e-8)


@marks("hw_mlp.Adam")
@for_all(cases=3)
def test_adam_takes_its_settings(student, draw, reference):
    """beta1, beta2 and eps are those of the constructor."""
    beta1, beta2 = draw.uniform(0.3, 0.7), draw.uniform(0.8, 0.95)
    start, gradients = _params(draw), _gradients(draw, 3, far=True)
    eps, g = draw.uniform(5.0, 50.0), draw.array((2, 2), 10, 100)
    adam = made(student, "hw_mlp.Adam", 0.1, beta1=beta1, beta2=beta2)
    large = made(student, "hw_mlp.Adam", 0.1, eps=eps)
    got, first = yield (
        updates(Ask(), adam, start, gradients),
        updates(Ask(), large, {"W0": np.zeros((2, 2))}, [{"W0": g}]),
    )
    hint = "The first moment fades with beta1, the second with beta2."
    _same_path(got, reference.Adam(0.1, beta1, beta2), start, gradients, hint)
    _first_step(first, 0.1, g, eps)


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
def test_two_adams(student, draw, reference):
    """Two optimisers do not share moments or counts, nor do two parameters."""
    yield from _two_optimisers(student, draw, reference.Adam, "hw_mlp.Adam", {})


@marks("hw_mlp.Adam")
@for_all(cases=2)
def test_adam_in_float32(student, draw, reference):
    """Parameters of type float32 are trained in place as well."""
    yield from _float32(draw, reference.Adam(0.1), "hw_mlp.Adam")


@marks("hw_mlp.train_loop", gate=True)
@for_all(cases=3)
def test_full_batch_training(student, draw):
    """Weights after some epochs of gradient descent with all examples in one minibatch."""
    task = _Task(draw, 5)
    eta, n_epochs = draw.uniform(0.1, 0.8), draw.integer(1, 3)
    one = Ask()
    net = network(one, task.start)
    result = train(one, net, (task.x, task.y, 5), one.call("hw_mlp.SGD", eta), n_epochs)
    got, _ = yield one.returns(one.method(net, "parameters"), result)
    want = task.descend([range(5)] * n_epochs, eta)
    same_params("model.parameters()", got, want[-1], hint=ONCE)


@marks("hw_mlp.train_loop", weight=2)
@for_all(cases=1)
def test_minibatch_training(student, draw):
    """Two epochs of two minibatches: the weights are those of some order of the examples."""
    yield from _some_order(draw, ONCE, n=4, n_epochs=2)


@marks("hw_mlp.train_loop")
@for_all(cases=1)
def test_training_with_a_short_last_batch(student, draw):
    """A short last minibatch is left out, or averaged over the examples that it has."""
    hint = "A gradient is the mean over the examples of its minibatch, however many they are."
    yield from _some_order(draw, hint, n=5, n_epochs=1)


@marks("hw_mlp.train_loop", weight=2)
def test_every_epoch_is_shuffled(student):
    """Every epoch sees each example once, in an order of its own, with one update a minibatch."""
    number = np.arange(24.0)
    x, y = np.stack([number / 24, np.sin(number)], axis=1), np.eye(2)[(number % 3 > 1).astype(int)]
    start = {"W0": np.eye(3, 2), "b0": np.zeros(3), "W1": np.eye(2, 3), "b1": np.zeros(2)}
    one = Ask()
    net, sgd = network(one, start), one.call("hw_mlp.SGD", 0.1)
    record = one.call(Name("recording.Recorder"))
    one.method(record, "watch", net, sgd)
    train(one, net, (x, y, 4), sgd, 4)
    seen = student.run(one.returns(one.get(record, "batches")))
    holds("train_loop", isinstance(seen, list) and len(seen) > 0, "never updates", hint=ONCE)
    holds("train_loop", len(seen) == 24, "does not make one update per minibatch", hint=ONCE)
    seen = [shaped("a minibatch", batch, (4, 2), hint=ONCE)[:, 0] for batch in seen]
    orders = np.rint(24 * np.concatenate(seen)).astype(int).reshape(4, 24)
    once = all(np.array_equal(np.sort(order), np.arange(24)) for order in orders)
    holds("an epoch", once, "leaves out or repeats examples", hint="Shuffle between epochs only.")
    new = len({tuple(order) for order in orders.tolist()}) == 4
    holds("train_loop", new, "takes the examples in the same order in two epochs", hint=NEW_ORDER)


@marks("hw_mlp.train_loop")
@for_all(cases=2)
def test_losses_and_accuracies_of_training(student, draw):
    """The losses and accuracies returned are those of the training."""
    task, eta = _Task(draw, 6), draw.uniform(0.1, 0.8)
    one = Ask()
    net = network(one, task.start)
    result = train(one, net, (task.x, task.y, 6), one.call("hw_mlp.SGD", eta), 4)
    losses, accs = pair("train_loop(...)", (yield one.returns(result)))
    measured = [task.measure(p) for p in [task.start, *task.descend([range(6)] * 4, eta)]]
    for call, got, want in zip(
        ("losses", "accs"), (losses, accs), np.transpose(measured), strict=True
    ):
        numbers = series(call, got, (4,))
        after = bool(np.allclose(numbers, want[1:], rtol=1e-4))
        hint = "Of each minibatch, as they were when it was used."
        close(call, numbers, want[1:] if after else want[:-1], rtol=1e-4, hint=hint)


@marks("hw_mlp.train_loop", weight=2)
@for_all(cases=2)
def test_training_with_a_schedule(student, draw, reference):
    """A schedule enters through call_back and optimizer.eta, and ends at a quarter of the rate."""
    task, eta0, milestones = _Task(draw, 4), draw.uniform(0.2, 0.8), (2, 3)
    rates = [reference.step_decay(eta0, completed, milestones) for completed in range(6)]
    one = Ask()
    net, sgd = network(one, task.start), one.call("hw_mlp.SGD", eta0)
    record = one.call(Name("recording.Recorder"), sgd, rates[1:])
    train(one, net, (task.x, task.y, 4), sgd, 5, record)
    got = one.get(record, "weights"), one.get(record, "epochs"), one.get(sgd, "eta")
    seen, numbers, eta = yield one.returns(*got)
    want = task.descend([range(4)] * 5, *rates[:5])
    hint = "call_back runs after each epoch; the next epoch uses the rate that it has set."
    for params, right in zip(noted(seen, 5), want, strict=True):
        same_params("model.parameters() at call_back", params, right, hint=hint)
    rising = series("epoch", numbers, (5,)).tolist() in ([0, 1, 2, 3, 4], [1, 2, 3, 4, 5])
    fact = "gets numbers that are no count of epochs"
    holds("call_back(model, epoch)", rising, fact, hint=hint)
    close("optimizer.eta after training", eta, rates[5], hint=hint)


@marks("hw_mlp.train_loop")
@for_all(cases=2)
def test_training_with_adam(student, draw, reference):
    """Adam trains through the same loop: its moments live on from minibatch to minibatch."""
    task = draw.until(_Task.steep, lambda: _Task(draw, 4))
    adam = made(student, "hw_mlp.Adam", 0.2, eps=1e-14)  # so that its place does not matter
    one = Ask()
    net = network(one, task.start)
    train(one, net, (task.x, task.y, 4), adam, 3)
    got = yield one.returns(one.method(net, "parameters"))
    hint = "One optimizer for the whole training, one update for each minibatch."
    want = task.run(reference.Adam(0.2, eps=1e-14), 3)
    same_params("model.parameters()", got, want, hint=hint, rtol=1e-4, atol=1e-4)


class _Task:
    """A small classification task, start weights for it, and how the reference trains on it."""

    def __init__(self, draw, n):
        self.x, self.y = draw.array((n, 2), -1.5, 1.5), draw.one_hot(n, 3)
        self.start = weights(draw, 2, 4, 3)

    def measure(self, params):
        """(loss, accuracy) of all examples."""
        h = self._net(params).forward(self.x)[0]
        right = np.argmax(h, axis=1) == np.argmax(self.y, axis=1)
        return nn.cross_entropy_loss(h, self.y)[0], np.mean(right)

    def gradient(self, net, part):
        """The gradient of the mean loss over the examples in `part`."""
        x, y = self.x[list(part)], self.y[list(part)]
        h, back = net.forward(x)
        return back(nn.cross_entropy_loss(h, y)[1](1.0))

    def descend(self, parts, *etas, start=None):
        """The weights after each step of gradient descent; the last rate holds on."""
        net, ends = self._net(self.start if start is None else start), []
        for i, part in enumerate(parts):
            grads = self.gradient(net, part)
            for key, value in net.parameters().items():
                value -= etas[min(i, len(etas) - 1)] * grads[key]
            ends.append({key: value.copy() for key, value in net.parameters().items()})
        return ends

    def steep(self):
        """Whether no entry of the first gradient is so small that rounding decides its sign."""
        grads = self.gradient(self._net(self.start), range(len(self.x)))
        return all(np.all(np.abs(g) > 1e-3) for g in grads.values())

    def run(self, optimizer, steps):
        """The weights after so many full-batch steps of an optimiser."""
        net = self._net(self.start)
        for _ in range(steps):
            optimizer.update(net.parameters(), self.gradient(net, range(len(self.x))))
        return net.parameters()

    def _net(self, params):
        net = nn.NN(2, [4], nn.tanh, 3)
        for key, value in net.parameters().items():
            value[...] = params[key]
        return net


def _some_order(draw, hint, *, n, n_epochs):
    """Train with minibatches of two; the weights must be those of some order of the examples."""
    task, eta = _Task(draw, n), draw.uniform(0.3, 0.8)
    one = Ask()
    net = network(one, task.start)
    train(one, net, (task.x, task.y, 2), one.call("hw_mlp.SGD", eta), n_epochs)
    got = yield one.returns(one.method(net, "parameters"))
    for key, like in task.start.items():
        shaped(f'model.parameters()["{key}"]', entry("model.parameters()", got, key), like.shape)
    ends = [task.start]
    for _ in range(n_epochs):
        paths = [task.descend(parts, eta, start=at) for at in ends for parts in _orders(n)]
        ends = [end for path in paths for end in path[n // 2 - 1 :]]
    nearest = min(ends, key=lambda end: max(np.max(np.abs(end[k] - got[k])) for k in end))
    same_params("model.parameters()", got, nearest, hint=hint)


def _orders(n):
    """All ways to cut n examples into a row of minibatches of two."""
    cut = ([tuple(sorted(p[i : i + 2])) for i in range(0, n, 2)] for p in permutations(range(n)))
    return sorted(map(list, {tuple(parts) for parts in cut}))


def _params(draw):
    return {key: draw.array(shape, -2, 2) for key, shape in SHAPES.items()}


def _gradients(draw, steps, far=False):
    """Gradients for each step; far: from 10 to 100 in size, where eps does not matter."""
    return [
        {key: _gradient(draw, shape, far) for key, shape in SHAPES.items()} for _ in range(steps)
    ]


def _gradient(draw, shape, far):
    sign = np.where(draw.array(shape, -1, 1) < 0, -1.0, 1.0)
    return sign * (draw.array(shape, 10, 100) if far else draw.array(shape, 0.1, 2))


def _same_path(got, optimizer, start, gradients, hint, etas=(), gate=False):
    """The parameters after each update are those of the reference optimiser."""
    found = path("update(params, grads)", start, got, len(gradients), gate=gate)
    params = {key: value.copy() for key, value in start.items()}
    for i, (g, after) in enumerate(zip(gradients, found, strict=True)):
        if i < len(etas):
            optimizer.eta = etas[i]
        optimizer.update(params, g)
        call = f"params after update {i + 1}"
        same_params(call, after, params, hint=hint)


def _first_step(got, eta, g, eps):
    """Adam's first step from 0; eps may be added before the bias correction too."""
    (after,) = path("update(params, grads)", {"W0": np.zeros(g.shape)}, got, 1)
    forms = [-eta * g / (np.abs(g) + e) for e in (eps, eps / np.sqrt(1.0 - 0.999))]
    W = shaped('params["W0"]', entry("params", after, "W0"), g.shape)
    nearest = min(forms, key=lambda form: float(np.max(np.abs(form - W))))
    close('params["W0"]', W, nearest, rtol=1e-4, hint=EPS)


def _two_optimisers(student, draw, kind, name, settings):
    first, second = (made(student, name, 0.1, **settings) for _ in "ab")
    start = _params(draw)
    once, twice = _gradients(draw, 2, far=True), _gradients(draw, 2, far=True)
    got, other = yield updates(Ask(), first, start, once), updates(Ask(), second, start, twice)
    _same_path(got, kind(0.1, **settings), start, once, "")
    _same_path(other, kind(0.1, **settings), start, twice, OWN_STATE)


def _float32(draw, optimizer, name):
    start = {key: value.astype(np.float32) for key, value in _params(draw).items()}
    gradients = [
        {key: value.astype(np.float32) for key, value in g.items()}
        for g in _gradients(draw, 2, far=True)
    ]
    one = Ask()
    got = yield updates(one, one.call(name, 0.1), start, gradients)
    hint = "Keep the arrays' type; change them in place."
    exact = {key: value.astype(np.float64) for key, value in start.items()}
    _same_path(got, optimizer, exact, gradients, hint)
