"""Public checks of hw_mlp.py: worked examples, closed forms, and properties of training."""

from itertools import pairwise

import numpy as np

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
from tests.helpers.optimisers import made, path, updates
from tests.helpers.training import (
    AGAIN,
    batches,
    counts,
    covers,
    epochs,
    examples,
    flat,
    is_nothing,
    network,
    noted,
    number,
    recorder,
    same_params,
    series,
    train,
)

SCHEDULE = "Count the milestones that are reached; each of them halves the rate once."
DECAY = "The penalty is ½ λ‖W‖², so its gradient is λ W; biases are left out."
MOMENTUM = "v starts at 0; each update adds the gradient to what is left of the last v."
RATE = "The rate of an update is the optimiser's attribute eta at that time: keep no copy of it."
CORRECTION = "Mind the sign, the root, and that m and v start at 0, too small until corrected."
EVERY = "One entry for each minibatch, its own mean; or one for each epoch, the mean over all."
CURRENT = "The optimizer that trains is the one given, at the rate that it has at that time."
FIRST_RATE = 0.3
TWO_LAYERS = {
    "W0": np.array([[1.0, 2.0], [3.0, 4.0]]),
    "b0": np.array([0.5, -0.5]),
    "W1": np.array([[-1.0, 0.5], [2.0, -1.0]]),
    "b1": np.array([0.0, 1.0]),
}
PARAMS = {
    "W0": np.array([[0.5, -0.3], [0.2, 0.8], [-0.6, 0.1]]),
    "b0": np.array([0.1, -0.2, 0.3]),
    "W1": np.array([[0.7, -0.4, 0.2], [-0.1, 0.5, -0.8]]),
    "b1": np.array([0.05, -0.15]),
}
THREE_CLASSES = {
    **PARAMS,
    "W1": np.array([[0.7, -0.4, 0.2], [-0.1, 0.5, -0.8], [0.3, -0.6, 0.4]]),
    "b1": np.array([0.05, -0.15, 0.1]),
}
X = np.array([[1.0, 0.2], [-0.5, 0.9], [0.3, -1.1], [-1.2, -0.4]])
Y = np.eye(2)[[0, 1, 1, 0]]


@marks("hw_mlp.step_decay", gate=True)
def test_step_decay_worked_example(student):
    """0.8 becomes 0.4 at epoch 20 and 0.2 at epoch 40, and stays there."""
    completed = (0, 1, 19, 20, 21, 39, 40, 41, 60)
    rates = student.run_all([ask("hw_mlp.step_decay", 0.8, e) for e in completed])
    want = (0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2)
    for given in (completed, [0.8] * len(completed)):
        changed("step_decay(0.8, epoch)", given, rates)
    for epoch, rate, right in zip(completed, rates, want, strict=True):
        close(f"step_decay(0.8, {epoch})", rate, right, hint=SCHEDULE)


@marks("hw_mlp.step_decay")
@for_all()
def test_step_decay_with_other_milestones(student, draw):
    """Each milestone halves the rate once, wherever the milestones are."""
    eta0, gaps = draw.uniform(0.01, 1.0), [draw.integer(1, 9) for _ in range(draw.integer(1, 4))]
    milestones = tuple(int(m) for m in np.cumsum(gaps))
    for k, milestone in enumerate(milestones):
        before, at = yield (
            ask("hw_mlp.step_decay", eta0, milestone - 1, milestones),
            ask("hw_mlp.step_decay", eta0, milestone, milestones),
        )
        call = f"step_decay({eta0:.3g}, {{}}, milestones={milestones})"
        close(call.format(milestone - 1), before, eta0 / 2**k, hint=SCHEDULE)
        close(call.format(milestone), at, eta0 / 2 ** (k + 1), hint=SCHEDULE)


@marks("hw_mlp.BatchGenerator", gate=True)
def test_batches_worked_example(student):
    """Six examples in minibatches of two: three pairs (x, y), each example once."""
    one = Ask()
    data = one.call("hw_mlp.BatchGenerator", *examples(6), 2)
    got, length = student.run(one.returns(epochs(one, data), one.method(data, "__len__")))
    (found,) = batches("list(data)", got, 6)
    covers("list(data)", found, 6, 2, gate=is_nothing(length))
    counts(length, found)


@marks("hw_mlp.BatchGenerator")
@for_all(cases=6)
def test_batches_cover_the_examples(student, draw):
    """Each example comes once, but for an incomplete last minibatch, before and after shuffle()."""
    n, batch_size = draw.integer(1, 20), draw.integer(1, 6)
    one = Ask()
    data = one.call("hw_mlp.BatchGenerator", *examples(n), batch_size)
    call = f"list(data) for {n} examples and batch_size {batch_size}"
    plain, mixed = batches(call, (yield one.returns(epochs(one, data, 1))), n)
    covers(call, plain, n, batch_size)
    covers(f"{call} after shuffle()", mixed, n, batch_size)


@marks("hw_mlp.BatchGenerator")
def test_shuffle_changes_the_order(student):
    """shuffle() puts the examples in a new random order, and again in another."""
    one = Ask()
    data = one.call("hw_mlp.BatchGenerator", *examples(60), 4)
    got = student.run(one.returns(epochs(one, data, 2)))
    orders = [tuple(flat(found).tolist()) for found in batches("list(data)", got, 60)]
    hint = "Every call of shuffle() draws a new permutation."
    holds("shuffle()", len(set(orders)) == 3, "gives the same order as before", hint=hint)
    moves = {tuple(np.argsort(a)[list(b)].tolist()) for a, b in pairwise(orders)}
    hint = "The permutation comes from a generator that goes on; a seed belongs to the start."
    holds("shuffle()", len(moves) == 2, "moves the examples in the same way again", hint=hint)


@marks("hw_mlp.BatchGenerator")
def test_iterating_twice(student):
    """A second epoch gives the examples again, also after one that was left before its end."""
    one = Ask()
    data = one.call("hw_mlp.BatchGenerator", *examples(6), 3)
    first, second = epochs(one, data), epochs(one, data)
    one.call(Name("builtins.next"), one.call(Name("builtins.iter"), data))
    *whole, after = student.run(one.returns(first, second, epochs(one, data)))
    calls = ("list(data), the second time", "list(data), after next(iter(data)),")
    for call, got in zip((calls[0], *calls), (*whole, after), strict=True):
        (found,) = batches(call, got, 6)
        if call == calls[1]:
            holds(call, len(flat(found)) == 6, "does not have all examples", hint=AGAIN)
        covers(call, found, 6, 3)


@marks("hw_mlp.SGD", gate=True)
def test_sgd_worked_example(student):
    """One step against the gradient, in place: W - eta g."""
    start = {key: value.copy() for key, value in TWO_LAYERS.items()}
    g = {"W1": np.array([[-1.0, 3.0], [2.0, 1.0]]), "b1": np.array([4.0, -2.0])}
    g |= {"W0": np.array([[1.0, 0.0], [-2.0, 0.5]]), "b0": np.array([1.0, 2.0])}
    one = Ask()
    got = student.run(updates(one, one.call("hw_mlp.SGD", 0.1), start, [g]))
    call = "params after SGD(0.1).update(params, grads)"
    (after,) = path(call, start, got, 1, gate=True)
    hint = "The gradient points uphill; every parameter takes its step, by its key."
    want = {"W0": [[0.9, 2.0], [3.2, 3.95]], "b0": [0.4, -0.7]}
    want |= {"W1": [[-0.9, 0.2], [1.8, -1.1]], "b1": [-0.4, 1.2]}
    same_params(call, after, want, hint=hint, start=start)


@marks("hw_mlp.SGD")
def test_sgd_momentum(student):
    """With momentum and a constant gradient the steps grow towards a limit."""
    start, g = {"W0": np.array([[2.0, -1.0]])}, {"W0": np.array([[1.0, -4.0]])}
    sgd = made(student, "hw_mlp.SGD", 0.1, momentum=0.5)
    got = student.run(updates(Ask(), sgd, start, [g] * 4))
    call = "params after update {} of SGD(0.1, momentum=0.5)"
    found = path(call.format(4), start, got, 4)
    for k, (after, total) in enumerate(zip(found, (1.0, 2.5, 4.25, 6.125), strict=True), 1):
        want = {"W0": start["W0"] - 0.1 * total * g["W0"]}
        same_params(call.format(k), after, want, hint=MOMENTUM, start=start)


@marks("hw_mlp.SGD")
def test_sgd_weight_decay(student):
    """Decay adds λ W to the gradient of weights, also to one of 0, and leaves biases alone."""
    start = {"W0": np.array([[2.0, -4.0]]), "b0": np.array([3.0])}
    none = {key: np.zeros(value.shape) for key, value in start.items()}
    sgd = made(student, "hw_mlp.SGD", 0.1, weight_decay=0.5)
    g = {"W0": np.array([[1.0, -2.0]]), "b0": np.array([4.0])}
    call = "params after {} updates of SGD(0.1, weight_decay=0.5)"
    got = student.run(updates(Ask(), sgd, start, [none, none, g]))
    *_, shrunk, after = path(call.format(3), start, got, 3)
    want = {"W0": [[1.805, -3.61]], "b0": [3.0]}
    same_params(call.format(2), shrunk, want, hint=DECAY, start=start)
    want = {"W0": [[1.61475, -3.2295]], "b0": [2.6]}
    same_params(call.format(3), after, want, hint=DECAY, start=shrunk)


@marks("hw_mlp.SGD")
@for_all()
def test_sgd_reads_eta_at_every_update(student, draw):
    """A schedule sets optimizer.eta between updates; each update uses the current one."""
    etas = [draw.uniform(0.01, 1.0) for _ in range(3)]
    start, g = {"W0": draw.array((2, 3), -1, 1)}, {"W0": draw.array((2, 3), 0.1, 2)}
    one = Ask()
    got = yield updates(one, one.call("hw_mlp.SGD", FIRST_RATE), start, [g] * 3, etas)
    _uses(etas, start["W0"], g["W0"], path("params", start, got, 3)[-1])


@marks("hw_mlp.Adam", gate=True)
def test_adam_first_step(student):
    """The first step has length eta against the sign of the gradient, however long that is."""
    start = {key: value.copy() for key, value in TWO_LAYERS.items()}
    g = {"W1": np.array([[-20.0, 30.0], [-10.0, -80.0]]), "b1": np.array([90.0, -10.0])}
    g |= {"W0": np.array([[20.0, -300.0], [40.0, -50.0]]), "b0": np.array([-60.0, 7e3])}
    one = Ask()
    got = student.run(updates(one, one.call("hw_mlp.Adam", 0.1), start, [g]))
    call = "params after Adam(0.1).update(params, grads)"
    (after,) = path(call, start, got, 1, gate=True)
    want = {"W0": [[0.9, 2.1], [2.9, 4.1]], "b0": [0.6, -0.6]}
    want |= {"W1": [[-0.9, 0.4], [2.1, -0.9]], "b1": [-0.1, 1.1]}
    same_params(call, after, want, hint=CORRECTION, start=start)


@marks("hw_mlp.Adam")
def test_adam_of_a_constant_gradient(student):
    """While the gradient stays the same, bias correction makes every step eta long."""
    start = {"W0": np.zeros((1, 2)), "b0": np.zeros(1)}
    g = {"W0": np.array([[30.0, -80.0]]), "b0": np.array([50.0])}
    one = Ask()
    got = student.run(updates(one, one.call("hw_mlp.Adam", 0.1), start, [g] * 5))
    call = "params after update {} with the same gradient"
    for k, after in enumerate(path(call.format(5), start, got, 5), 1):
        want = {key: -0.1 * k * np.sign(value) for key, value in g.items()}
        same_params(call.format(k), after, want, hint=CORRECTION)


@marks("hw_mlp.Adam")
def test_adam_by_hand(student):
    """Two gradients that differ: means of g and of g², both corrected, with the default betas."""
    start, gradients = {"W0": np.zeros(1)}, [{"W0": np.array([g])} for g in (100.0, 20.0)]
    one = Ask()
    got = student.run(updates(one, one.call("hw_mlp.Adam", 0.1), start, gradients))
    call = "params after the gradients 100 and 20"
    *_, after = path(call, start, got, 2)
    m_hat = (0.9 * 10.0 + 0.1 * 20.0) / (1 - 0.9**2)
    v_hat = (0.999 * 10.0 + 0.001 * 20.0**2) / (1 - 0.999**2)
    want = {"W0": [-0.1 - 0.1 * m_hat / np.sqrt(v_hat)]}
    hint = "m is a mean of the gradients, v of their squares; mind the default betas."
    same_params(call, after, want, hint=hint)


@marks("hw_mlp.Adam")
def test_adam_of_a_tiny_gradient(student):
    """A gradient as small as eps makes half a step, as eps is 1e-8 and outside of the root."""
    start, g = {"W0": np.zeros((1, 2))}, {"W0": np.array([[1e-8, -3e-8]])}
    one = Ask()
    got = student.run(updates(one, one.call("hw_mlp.Adam", 0.1), start, [g]))
    call = "params after Adam(0.1).update(params, grads)"
    (after,) = path(call, start, got, 1)
    W = shaped(f'{call}["W0"]', entry(call, after, "W0"), (1, 2))
    before = -0.1 * g["W0"] / (np.abs(g["W0"]) + 1e-8 / np.sqrt(0.001))  # eps on uncorrected v
    late = np.allclose(W, before, rtol=1e-3)
    hint = "eps is 1e-8 by default, and is added to the root of the second moment."
    same_params(call, after, {"W0": before if late else [[-0.05, 0.075]]}, hint=hint)


@marks("hw_mlp.Adam")
@for_all()
def test_adam_reads_eta_at_every_update(student, draw):
    """A schedule sets optimizer.eta between updates; each update uses the current one."""
    etas = [draw.uniform(0.01, 1.0) for _ in range(3)]
    start, g = {"W0": draw.array((2, 3), -1, 1)}, {"W0": draw.array((2, 3), 10, 20)}
    one = Ask()
    got = yield updates(one, one.call("hw_mlp.Adam", FIRST_RATE), start, [g] * 3, etas)
    _uses(etas, start["W0"], np.ones((2, 3)), path("params", start, got, 3)[-1])


@marks("hw_mlp.Adam")
@for_all(cases=8)
def test_adam_ignores_the_scale_of_the_gradient(student, draw):
    """All gradients times a constant: the steps stay the same."""
    start = {"W0": np.zeros((2, 3))}
    gradients = [{"W0": _long(draw, (2, 3))} for _ in range(4)]
    factor = draw.uniform(3.0, 300.0)
    scaled = [{"W0": factor * g["W0"]} for g in gradients]
    plain, other = Ask(), Ask()
    got, longer = yield (
        updates(plain, plain.call("hw_mlp.Adam", 0.1), start, gradients),
        updates(other, other.call("hw_mlp.Adam", 0.1), start, scaled),
    )
    want = shaped('params["W0"]', entry("params", path("params", start, got, 4)[-1], "W0"), (2, 3))
    call = "params after 4 updates with longer gradients"
    same_params(call, path(call, start, longer, 4)[-1], {"W0": want})


@marks("hw_mlp.train_loop", gate=True)
def test_one_epoch_with_the_full_batch(student):
    """One epoch with all examples in one minibatch is one step along your own gradient."""
    one = Ask()
    result = one.method(network(one, PARAMS), "forward", X)
    _, dh = _loss(one, one.item(result, 0))
    grads = one.call(one.item(result, 1), dh)
    net = network(one, PARAMS)
    result = train(one, net, (X, Y, 4), one.call("hw_mlp.SGD", 0.5), 1)
    got = one.returns(grads, one.method(net, "parameters"), result)
    grads, after, result = student.run(got)
    call = "model.parameters() after train_loop"
    if is_nothing(result) or not isinstance(result, (tuple, list)):
        changed(call, PARAMS["W1"], entry(call, after, "W1"))
    want = {
        key: before
        - 0.5 * shaped(f'back(dh)["{key}"]', entry("back(dh)", grads, key), before.shape)
        for key, before in PARAMS.items()
    }
    hint = "forward, loss, back, optimizer.update: once for each minibatch."
    same_params(call, after, want, hint=hint, start=PARAMS, examples=4)


@marks("hw_mlp.train_loop")
def test_two_epochs_are_one_and_another(student):
    """Two epochs give what an epoch gives that begins where another has ended."""

    def trained(start, n_epochs):
        one = Ask()
        net = network(one, start)
        result = train(one, net, (X, Y, 4), one.call("hw_mlp.SGD", 0.5), n_epochs)
        after, _ = student.run(one.returns(one.method(net, "parameters"), result))
        call = f"model.parameters() after {n_epochs} epochs"
        return {key: shaped(call, entry(call, after, key), start[key].shape) for key in start}

    first = trained(PARAMS, 1)
    hint = "Each update uses the gradient at the weights of that moment."
    call = "model.parameters() after 2 epochs"
    same_params(call, trained(PARAMS, 2), trained(first, 1), hint=hint, start=first, examples=4)


@marks("hw_mlp.train_loop")
def test_losses_and_accuracies(student):
    """train_loop returns the losses and accuracies of the training minibatches."""
    one, labels = Ask(), np.eye(3)[[0, 2, 1, 0]]
    net = network(one, THREE_CLASSES)
    h = one.item(one.method(net, "forward", X), 0)
    still = train(one, net, (X, labels, 4), one.call("hw_mlp.SGD", 0.0), 2)
    mixed = train(one, network(one, PARAMS), (X, Y, 2), one.call("hw_mlp.SGD", 0.1), 3)
    h, loss, still, mixed = student.run(one.returns(h, _loss(one, h, labels)[0], still, mixed))
    losses, accs = pair("train_loop(model, data, SGD(0.0), 2)", still)
    want = np.full(2, number("cross_entropy_loss(h, y)[0]", loss))
    losses = series("losses", losses, (2,))
    close("losses at a rate of 0", losses, want, rtol=1e-4, examples=len(X))
    right = np.argmax(shaped("forward(x)[0]", h, (4, 3)), axis=1) == np.argmax(labels, axis=1)
    hint = "The share of examples whose largest logit is at the label: a number from 0 to 1."
    close("accs at a rate of 0", series("accs", accs, (2,)), np.full(2, right.mean()), hint=hint)
    losses, accs = pair("train_loop(model, data, SGD(0.1), 3)", mixed)
    finite("losses", series("losses", losses, (6, 3)))
    quarters = 4.0 * series("accs", accs, (6, 3))
    share = np.allclose(quarters, np.rint(quarters)) and np.all((quarters >= 0) & (quarters <= 4))
    holds("accs of 4 examples", bool(share), "is not a share of the examples", hint=hint)


@marks("hw_mlp.train_loop")
def test_losses_of_two_minibatches(student):
    """At a rate of 0 the losses of both minibatches have the mean that all examples have."""
    one = Ask()
    net = network(one, PARAMS)
    h = one.item(one.method(net, "forward", X), 0)
    result = train(one, net, (X, Y, 2), one.call("hw_mlp.SGD", 0.0), 2)
    loss, result = student.run(one.returns(_loss(one, h)[0], result))
    losses, _ = pair("train_loop(model, data, SGD(0.0), 2)", result)
    means = series("losses", losses, (4, 2)).reshape(2, -1).mean(axis=1)
    want = np.full(2, number("cross_entropy_loss(h, y)[0]", loss))
    close("mean of the losses of each epoch", means, want, rtol=1e-4, hint=EVERY)


@marks("hw_mlp.train_loop")
def test_call_back_after_each_epoch(student):
    """call_back(model, epoch) is called once after each epoch, the model trained that far."""
    one = Ask()
    net = network(one, PARAMS)
    record = recorder(one)
    train(one, net, (X, Y, 2), one.call("hw_mlp.SGD", 0.2), 3, record)
    last = one.method(net, "parameters")
    got = one.get(record, "epochs"), one.get(record, "weights"), last
    numbers, seen, last = student.run(one.returns(*got))
    seen = noted(seen, 3)
    counted = series("epoch", numbers, (3,)).tolist() in ([0, 1, 2], [1, 2, 3])
    hint = "It gets the model and the number of completed epochs."
    holds("call_back(model, epoch)", counted, "gets numbers that are no count of epochs", hint=hint)
    for earlier, later in zip([PARAMS, *seen], seen, strict=False):
        moved = not np.array_equal(earlier["W1"], entry("model.parameters()", later, "W1"))
        hint = "All minibatches of the epoch first, then call_back."
        holds("model at call_back", moved, "is not trained since the call before", hint=hint)
    same_params("model.parameters() after train_loop", last, seen[2], hint="Nothing comes after.")


@marks("hw_mlp.train_loop")
def test_call_back_sets_the_rate(student):
    """What call_back does to optimizer.eta holds from the next epoch on: at rate 0 all rests."""
    one = Ask()
    net = network(one, PARAMS)
    sgd = one.call("hw_mlp.SGD", 0.4)
    record = recorder(one, sgd, (0.2, 0.0, 0.1))
    train(one, net, (X, Y, 2), sgd, 4, record)
    seen, eta = student.run(one.returns(one.get(record, "weights"), one.get(sgd, "eta")))
    W = [entry("model.parameters()", each, "W0") for each in noted(seen, 4)]
    holds("train_loop", not np.array_equal(W[0], W[1]), "learns nothing at a rate of 0.2")
    close("W0 after an epoch at rate 0", W[2], W[1], hint=CURRENT)
    holds("train_loop", not np.array_equal(W[2], W[3]), "does not go on when the rate is 0.1 again")
    close("optimizer.eta after training", eta, 0.1, hint="Leave optimizer.eta to call_back.")


@marks("hw_mlp.train_loop")
def test_training_learns(student):
    """The loss falls and the accuracy rises on two classes that are easy to tell apart."""
    turn = np.arange(24.0)
    x = np.stack([np.cos(turn), np.sin(turn)], axis=1) + np.where(turn % 2, 2.5, -2.5)[:, None]
    y = np.eye(2)[(turn % 2).astype(int)]
    one = Ask()
    result = train(one, network(one, PARAMS), (x, y, 8), one.call("hw_mlp.SGD", 0.5), 20)
    losses, accs = pair("train_loop(model, data, SGD(0.5), 20)", student.run(one.returns(result)))
    losses, accs = series("losses", losses, (60, 20)), series("accs", accs, (60, 20))
    late = float(np.mean(losses[-3:]))
    holds("the loss of the last minibatches", late < 0.5 * losses[0], "is not half of what it was")
    holds("the accuracy of the last minibatches", float(np.mean(accs[-3:])) > 0.9, "is below 90 %")


def _uses(etas, start, step, after):
    """The steps were `step` times each rate; where they were of the first rate, that is said."""
    W = shaped('params["W0"]', entry("params", after, "W0"), start.shape)
    stale = np.allclose(W, start - len(etas) * FIRST_RATE * step, rtol=1e-4)
    same_params("params", after, {"W0": start - sum(etas) * step}, hint=RATE if stale else "")


def _long(draw, shape):
    """Gradients between 10 and 100 in size, far above eps."""
    sign = np.where(draw.array(shape, -1, 1) < 0, -1.0, 1.0)
    return sign * draw.array(shape, 10, 100)


def _loss(one, h, labels=Y):
    """(loss, gradient) of the logits h of X, by the student's own cross_entropy_loss."""
    result = one.call("nn.cross_entropy_loss", h, labels)
    return one.item(result, 0), one.call(one.item(result, 1), 1.0)
