# grader-secret: nothing of this file may reach students.
"""Hidden checks of hw_mlp.py's train_loop: whole trainings against the reference's."""

from itertools import permutations

import numpy as np

from grader.reference import nn
from tests.helpers import Ask, close, entry, for_all, holds, marks, pair, shaped
from tests.helpers.optimisers import making
from tests.helpers.training import network, noted, recorder, same_params, series, train, weights

ONCE = "For each minibatch: forward, loss, back, and one update with these gradients."
AFTER = "call_back(model, epoch) runs after each epoch, with the number of completed epochs."
EVERY = "One entry for each minibatch, its own mean; or one for each epoch, the mean over all."
SHARE = "An accuracy is the share of the examples whose largest logit is at their label."
MEANS = "A mean is over the examples of a minibatch, however many they are."
NEW_ORDER = "Shuffle anew for each epoch, or the minibatches are always the same."
SHOWN = "An update uses the minibatch that the forward pass before it has seen."


@marks("hw_mlp.train_loop", gate=True)
@for_all(cases=3)
def test_full_batch_training(student, draw):
    """Weights after some epochs of gradient descent with all examples in one minibatch."""
    task = _drawn(draw, 5)
    eta, n_epochs = draw.uniform(0.1, 0.8), draw.integer(1, 3)
    one = Ask()
    net = network(one, task.start)
    result = train(one, net, (task.x, task.y, 5), one.call("hw_mlp.SGD", eta), n_epochs)
    got, _ = yield one.returns(one.method(net, "parameters"), result)
    want = task.descend([range(5)] * n_epochs, eta)
    same_params("model.parameters()", got, want[-1], hint=ONCE, start=task.start, examples=5)


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


@marks("hw_mlp.train_loop")
@for_all(cases=1)
def test_training_on_single_examples(student, draw):
    """Minibatches of one example, whose gradients are long."""
    hint = f"{ONCE} A gradient is used as it is, however long it is."
    yield from _some_order(draw, hint, n=3, n_epochs=1, batch_size=1, far=20.0)


@marks("hw_mlp.train_loop", weight=2)
@for_all(cases=1)
def test_every_epoch_is_shuffled(student, draw):
    """Every epoch sees each example once, in an order of its own, with one update a minibatch.

    Which minibatches these are is noted beside the student's code; the weights tell whether they
    are those that were trained on.
    """
    number, turn = np.arange(24.0), draw.uniform(0.0, 1.0)
    x = np.stack([number / 24, np.sin(number + turn)], axis=1)
    y = np.eye(2)[(number % 3 > 1).astype(int)]
    start = {"W0": np.eye(3, 2), "b0": np.zeros(3), "W1": np.eye(2, 3), "b1": np.zeros(2)}
    one, eta = Ask(), 0.5
    net, sgd, record = network(one, start), one.call("hw_mlp.SGD", eta), recorder(one)
    one.method(record, "watch", net, sgd)
    train(one, net, (x, y, 4), sgd, 4)
    seen, got = yield one.returns(one.get(record, "batches"), one.method(net, "parameters"))
    called = isinstance(seen, list) and len(seen) > 0
    holds("train_loop", called, "never calls optimizer.update", hint=ONCE)
    holds("train_loop", len(seen) == 24, "does not make one update per minibatch", hint=ONCE)
    seen = [shaped("a minibatch", batch, (4, 2), hint=ONCE)[:, 0] for batch in seen]
    orders = np.rint(24 * np.concatenate(seen)).astype(int).reshape(4, 24)
    once = all(np.array_equal(np.sort(order), np.arange(24)) for order in orders)
    holds("an epoch", once, "leaves out or repeats examples", hint="Shuffle between epochs only.")
    parts = orders.reshape(24, 4)
    epochs = np.sort(parts, axis=1).reshape(4, 24).tolist()
    new = len({tuple(epoch) for epoch in epochs}) == 4
    holds("train_loop", new, "takes the examples in the same order in two epochs", hint=NEW_ORDER)
    want = _Task(x, y, start).descend(parts, eta)[-1]
    same_params("model.parameters()", got, want, hint=SHOWN, start=start, examples=4)


@marks("hw_mlp.train_loop")
@for_all(cases=2)
def test_call_back_once_an_epoch(student, draw):
    """However many minibatches an epoch has, call_back runs once, with the model so far."""
    task, n_epochs, n = _drawn(draw, 6), draw.integer(2, 4), draw.choice((4, 6))
    one = Ask()
    net, record = network(one, task.start), recorder(one)
    train(one, net, (task.x[:n], task.y[:n], 2), one.call("hw_mlp.SGD", 0.3), n_epochs, record)
    got = one.get(record, "weights"), one.get(record, "epochs"), one.method(net, "parameters")
    seen, numbers, last = yield one.returns(*got)
    seen = noted(seen, n_epochs)
    _counted(numbers, n_epochs)
    same_params("model.parameters() at the last call_back", seen[-1], last, hint=AFTER)


@marks("hw_mlp.train_loop")
@for_all(cases=2)
def test_losses_of_all_minibatches(student, draw):
    """At a rate of 0 the losses of an epoch have the mean loss of all examples, accs likewise.

    A short last minibatch gives means over the examples that it has: where all examples are the
    same, so are all entries.
    """
    task, n_epochs = _drawn(draw, 6), draw.integer(1, 3)
    one, x = Ask(), np.repeat(task.x[:1], 5, axis=0)
    y, sgd = task.labels(x), one.call("hw_mlp.SGD", 0.0)
    result = train(one, network(one, task.start), (task.x, task.y, 2), sgd, n_epochs)
    short = train(one, network(one, task.start), (x, y, 2), sgd, 1)
    got, short = yield one.returns(result, short)
    got = pair("train_loop(...)", got)
    wanted, hints = task.measure(task.start), (EVERY, f"{SHARE} {EVERY}")
    for call, values, want, hint in zip(("losses", "accs"), got, wanted, hints, strict=True):
        means = series(call, values, (3 * n_epochs, n_epochs)).reshape(n_epochs, -1).mean(axis=1)
        want = np.full(n_epochs, want)
        close(f"mean of the {call} of each epoch", means, want, rtol=1e-4, hint=hint)
    got, want = pair("train_loop(...)", short), task.measure(task.start, x, y)
    for call, values, right in zip(("losses", "accs"), got, want, strict=True):
        values = series(call, values, (3, 2, 1))
        name = f"{call} of 5 times the same example in minibatches of 2"
        close(name, values, np.full(len(values), right), rtol=1e-4, hint=MEANS)


@marks("hw_mlp.train_loop")
@for_all(cases=1)
def test_the_rate_is_left_alone(student, draw):
    """A training of many epochs goes on to its end at the same rate, though the loss rises.

    It does: two examples are the same but for their labels, and the rate is too large.
    """
    task, eta = _drawn(draw, 1), draw.uniform(4.0, 8.0)
    x, y = np.repeat(task.x, 2, axis=0), np.eye(3)[:2]
    one = Ask()
    sgd = one.call("hw_mlp.SGD", eta)
    result = train(one, network(one, task.start), (x, y, 2), sgd, 41)
    got, result = yield one.returns(one.get(sgd, "eta"), result)
    series("losses of 41 epochs", pair("train_loop(...)", result)[0], (41,))
    close("optimizer.eta after training", got, eta, hint="The schedule is the part of call_back.")


@marks("hw_mlp.train_loop")
@for_all(cases=2)
def test_losses_and_accuracies_of_training(student, draw):
    """The losses and accuracies returned are those of the training."""
    task, eta = _drawn(draw, 6), draw.uniform(0.1, 0.8)
    one = Ask()
    net = network(one, task.start)
    result = train(one, net, (task.x, task.y, 6), one.call("hw_mlp.SGD", eta), 4)
    losses, accs = pair("train_loop(...)", (yield one.returns(result)))
    measured = [task.measure(p) for p in [task.start, *task.descend([range(6)] * 4, eta)]]
    hints = ("Of each minibatch, as they were when it was used.", SHARE)
    for call, got, want, hint in zip(
        ("losses", "accs"), (losses, accs), np.transpose(measured), hints, strict=True
    ):
        numbers = series(call, got, (4,))
        after = bool(np.allclose(numbers, want[1:], rtol=1e-4))
        close(call, numbers, want[1:] if after else want[:-1], rtol=1e-4, hint=hint)


@marks("hw_mlp.train_loop", weight=2)
@for_all(cases=2)
def test_training_with_a_schedule(student, draw, reference):
    """A schedule enters through call_back and optimizer.eta, and ends at a quarter of the rate."""
    task, eta0, milestones = _drawn(draw, 4), draw.uniform(0.2, 0.8), (2, 3)
    rates = [reference.step_decay(eta0, completed, milestones) for completed in range(6)]
    one = Ask()
    net, sgd = network(one, task.start), one.call("hw_mlp.SGD", eta0)
    record = recorder(one, sgd, rates[1:])
    train(one, net, (task.x, task.y, 4), sgd, 5, record)
    got = one.get(record, "weights"), one.get(record, "epochs"), one.get(sgd, "eta")
    seen, numbers, eta = yield one.returns(*got)
    want = task.descend([range(4)] * 5, *rates[:5])
    hint = "call_back runs after each epoch; the next epoch uses the rate that it has set."
    for params, right in zip(noted(seen, 5), want, strict=True):
        same_params("model.parameters() at call_back", params, right, hint=hint)
    _counted(numbers, 5)
    close("optimizer.eta after training", eta, rates[5], hint=hint)


@marks("hw_mlp.train_loop")
@for_all(cases=2)
def test_training_with_adam(student, draw, reference):
    """Adam trains through the same loop: its moments live on from minibatch to minibatch."""
    task = draw.until(_Task.steep, lambda: _drawn(draw, 4))
    adam = yield from making("hw_mlp.Adam", 0.2, eps=1e-14)  # so that its place does not matter
    one = Ask()
    net = network(one, task.start)
    train(one, net, (task.x, task.y, 4), adam, 3)
    got = yield one.returns(one.method(net, "parameters"))
    hint = "One optimizer for the whole training, one update for each minibatch."
    want = task.run(reference.Adam(0.2, eps=1e-14), 3)
    same_params("model.parameters()", got, want, hint=hint, rtol=1e-4, atol=1e-4)


class _Task:
    """A small classification task, start weights for it, and how the reference trains on it."""

    def __init__(self, x, y, start):
        self.x, self.y, self.start = x, y, start

    def measure(self, params, x=None, y=None):
        """(loss, accuracy) of all examples, or of these."""
        x, y = (self.x, self.y) if x is None else (x, y)
        h = self._net(params).forward(x)[0]
        right = np.argmax(h, axis=1) == np.argmax(y, axis=1)
        return nn.cross_entropy_loss(h, y)[0], np.mean(right)

    def labels(self, x):
        """What the network says of x before it is trained, one-hot."""
        return np.eye(3)[np.argmax(self._net(self.start).forward(x)[0], axis=1)]

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
        net = nn.NN(2, [len(params["b0"])], nn.tanh, len(params["b1"]))
        for key, value in net.parameters().items():
            value[...] = params[key]
        return net


def _drawn(draw, n, far=1.0):
    """A task of n examples, which are `far` times as long as they would be."""
    x, y, start = far * draw.array((n, 2), -1.5, 1.5), draw.one_hot(n, 3), weights(draw, 2, 4, 3)
    return _Task(x, y, {**start, "W0": start["W0"] / far})


def _counted(numbers, n_epochs):
    """call_back was given 1, 2, ..., or from 0 on."""
    got = series("epoch", numbers, (n_epochs,))
    first = 0.0 if got[0] == 0 else 1.0
    close("the numbers given to call_back", got, first + np.arange(n_epochs), hint=AFTER)


def _some_order(draw, hint, *, n, n_epochs, batch_size=2, far=1.0):
    """Train with minibatches; the weights must be those of some order of the examples.

    far: so many times as long are the examples, and the gradients of the first layer with them.
    """
    task, eta = _drawn(draw, n, far), draw.uniform(0.3, 0.8) / (2 * far if far > 1.0 else 1.0)
    one = Ask()
    net = network(one, task.start)
    train(one, net, (task.x, task.y, batch_size), one.call("hw_mlp.SGD", eta), n_epochs)
    got = yield one.returns(one.method(net, "parameters"))
    for key, like in task.start.items():
        shaped(f'model.parameters()["{key}"]', entry("model.parameters()", got, key), like.shape)
    ends = [task.start]
    for _ in range(n_epochs):
        paths = [
            task.descend(parts, eta, start=at) for at in ends for parts in _orders(n, batch_size)
        ]
        ends = [end for path in paths for end in path[n // batch_size - 1 :]]
    nearest = min(ends, key=lambda end: max(np.max(np.abs(end[k] - got[k])) for k in end))
    same_params("model.parameters()", got, nearest, hint=hint)


def _orders(n, batch_size):
    """All ways to cut n examples into a row of minibatches: a short last one, or equal parts."""
    sizes = [np.arange(batch_size, n, batch_size)]
    for count in (max(1, n // batch_size), -(-n // batch_size)):
        sizes.append(np.cumsum([len(part) for part in np.array_split(range(n), count)])[:-1])
    cut = (
        tuple(tuple(sorted(part)) for part in np.split(np.array(order), at))
        for order in permutations(range(n))
        for at in sizes
    )
    return sorted(map(list, set(cut)))
