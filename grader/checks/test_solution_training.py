# grader-secret: nothing of this file may reach students.
"""Hidden checks of what measures and trains the networks of solution.py."""

import numpy as np

from tests.helpers import (
    Ask,
    close,
    close_each,
    entry,
    epochs,
    for_all,
    holds,
    marks,
    pair,
    shaped,
)
from tests.helpers.against import net_of, smooth_case
from tests.helpers.conventions import networks
from tests.helpers.initial import one_initialisation
from tests.helpers.mlp import drawn_weights, joined, measured, number, separable, series, three
from tests.helpers.networks import LOG_KEYS
from tests.helpers.several import close_all

EPOCHS = 12


@marks("solution.compute_loss_and_accuracy", gate=True)
@for_all(cases=4)
def test_loss_and_accuracy_values(student, draw, reference):
    """Loss, accuracy and predictions of random networks."""
    net, x, _ = smooth_case(draw, reference, ["relu"], [4, 5, 3], 3)
    y, nets = np.eye(3)[draw.permutation(3)], networks(student, "compute_loss_and_accuracy")
    got = yield measured(nets, x, y, net.weights)
    loss, accuracy, predictions = three("compute_loss_and_accuracy(X, Y)", got)
    found = {"predictions": predictions, "accuracy": accuracy, "loss": loss}
    loss, accuracy, predictions = net.compute_loss_and_accuracy(x, y)
    want = {"predictions": predictions, "accuracy": accuracy, "loss": loss}
    close_all(found, want, rtol=1e-5)


@marks("solution.compute_loss_and_accuracy")
@for_all(cases=2)
def test_loss_and_accuracy_of_other_labels(student, draw, reference):
    """A second call measures its own labels, a third its own X; the weights stay as they are."""
    y = np.eye(3)[[2, 0, 0]]

    def measured_by(weights, x, other):
        right = net_of(reference, weights)
        return [right.compute_loss_and_accuracy(each, y) for each in (x, other)]

    weights, x, other = draw.until(
        lambda made: not np.array_equal(*(found[2] for found in measured_by(*made))),
        lambda: (drawn_weights(draw, [4, 5, 3]), *draw.array((2, 3, 4), -2, 2)),
    )
    want, want_of_other = measured_by(weights, x, other)
    nets, one = networks(student, "compute_loss_and_accuracy"), Ask()
    net, found = nets.build(one, weights), []
    for each, labels in ((x, np.eye(3)), (x, y), (other, y)):
        found.append(one.method(net, "compute_loss_and_accuracy", each, nets.labels(labels)))
    first, second, third, after = yield one.returns(*found, one.get(net, "weights"))
    first = shaped("predictions", three("compute_loss_and_accuracy(X, Y)", first)[2], (3,))
    loss, _, second = three("compute_loss_and_accuracy(X, other Y)", second)
    close("predictions with other labels", second, first)
    close("loss of a second call", loss, want[0], rtol=1e-5)
    loss, _, third = three("compute_loss_and_accuracy(other X, other Y)", third)
    close("predictions of another X", third, want_of_other[2])
    close("loss of another X", loss, want_of_other[0], rtol=1e-5)
    for key, value in weights.items():
        close(f'weights["{key}"] after measuring', entry("weights", after, key), value)


@marks("solution.compute_loss_and_accuracy")
@for_all(cases=1)
def test_loss_and_accuracy_of_any_number_of_examples(student, draw, reference):
    """All examples count equally, whatever batch_size is."""
    net, X, Y = smooth_case(draw, reference, ["tanh"], [4, 5, 4, 3], 5)
    Y[:3] = np.eye(3)[draw.permutation(3)]
    nets, settings = networks(student, "compute_loss_and_accuracy"), {"activation": "tanh"}
    for m in (4, 5):
        x, y = X[:m], Y[:m]
        got = yield measured(nets, x, y, net.weights, batch_size=2, **settings)
        want = net.compute_loss_and_accuracy(x, y)
        found = three("compute_loss_and_accuracy(X, Y)", got)
        for name, one, right in zip(("loss", "accuracy", "predictions"), found, want, strict=True):
            close(f"{name} with batch_size=2", one, right, rtol=1e-5, examples=m)


@marks("solution.train_loop", gate=True)
@for_all(cases=1)
def test_train_loop_makes_one_step_on_the_full_batch(student, draw, reference):
    """One epoch with one minibatch is one step of gradient descent from the initial weights."""
    x, y = epochs.drawn_set(draw, 8)
    start = epochs.start_of(student, x, y)
    want = epochs.stepper(reference, x, y)(start, list(range(8)))
    epochs.same_weights("train_loop(1)", epochs.trained(student, x, y, batch_size=8)[1], want)
    yield from ()


@marks("solution.train_loop", weight=2)
@for_all(cases=1)
def test_train_loop_makes_a_step_per_minibatch(student, draw, reference):
    """Four examples in minibatches of two: two updates, whatever the order of the examples."""
    epochs.reaches(student, reference, *epochs.drawn_set(draw, 4))
    yield from ()


@marks("solution.train_loop", weight=2)
@for_all(cases=2)
def test_train_loop_uses_a_short_last_minibatch(student, draw, reference):
    """Minibatches of two and an odd number of examples: the last minibatch has one example."""
    epochs.reaches(student, reference, *epochs.drawn_set(draw, draw.choice([3, 5])))
    yield from ()


@marks("solution.train_loop")
@for_all(cases=1)
def test_train_loop_goes_on_from_epoch_to_epoch(student, draw, reference):
    """A second epoch starts where the first ended, and each is measured when it is over."""
    x, y = epochs.drawn_set(draw, 8)
    start = epochs.start_of(student, x, y)
    if net_of(reference, start, activation="tanh").compute_loss_and_accuracy(x, y)[1] > 0.5:
        y = 1.0 - y  # so that there is something to learn
    step = epochs.stepper(reference, x, y)
    logs, got = epochs.trained(student, x, y, epochs=EPOCHS, batch_size=8)
    after = [step(start, list(range(8)))]
    for _ in range(EPOCHS - 1):
        after.append(step(after[-1], list(range(8))))
    call = f"train_loop({EPOCHS})"
    epochs.same_weights(call, got, after[-1])
    found = {key: series(f'{call}["{key}"]', entry(call, logs, key), EPOCHS) for key in LOG_KEYS}
    nets = [net_of(reference, weights, activation="tanh") for weights in (start, *after)]
    want: dict[str, np.ndarray] = {}
    for name, n in {"train": 8, "validation": 4}.items():
        numbers = [net.compute_loss_and_accuracy(x[:n], y[:n])[:2] for net in nets]
        for what, values in zip(("loss", "accuracy"), np.transpose(numbers), strict=True):
            key, running = f"{name}_{what}", values[:-1]
            # the mean over the minibatches as they came: here one, so what was before the epoch
            earlier = name == "train" and np.allclose(found[key], running, 1e-4, 1e-6)
            want[key] = running if earlier else values[1:]
    want = {key: want[key] for key in LOG_KEYS}
    hint = "Measure the whole set at the end of each epoch, with the weights of then."
    close_each(call, found, want, rtol=1e-4, atol=1e-6, hint=hint)
    yield from ()


@marks("solution.train_loop")
@for_all(cases=1)
def test_train_loop_makes_long_steps(student, draw, reference):
    """Large inputs and wrong answers make long steps: nothing clips the gradients."""
    x, y = epochs.drawn_set(draw, 8)
    x, relu = 5.0 * x, {"activation": "relu"}
    start = epochs.start_of(student, x, y, **relu)
    net = net_of(reference, start, **relu)
    y = np.eye(2)[1 - net.compute_loss_and_accuracy(x, y)[2]]
    y[-2:] = np.eye(2)
    want = epochs.stepper(reference, x, y, **relu)(start, list(range(8)))
    got = epochs.trained(student, x, y, batch_size=8, **relu)[1]
    epochs.same_weights("train_loop(1)", got, want)
    yield from ()


@marks("solution.train_loop")
@for_all(cases=1)
def test_train_loop_logs_what_the_network_does(student, draw, reference):
    """The logs are the losses and accuracies on the training and the validation set."""
    x, y = epochs.drawn_set(draw, 8)
    valid = 0.5 - x[:5], y[:5]
    logs, weights = epochs.trained(student, x, y, valid=valid, lr=0.0, batch_size=4)
    net = net_of(reference, epochs.as_weights(weights), activation="tanh")
    want: dict[str, list[float]] = {}
    for name, split in {"train": (x, y), "validation": valid}.items():
        loss, accuracy, _ = net.compute_loss_and_accuracy(*split)
        want |= {f"{name}_loss": [loss], f"{name}_accuracy": [accuracy]}
    got = {
        key: series(f'train_loop(1)["{key}"]', entry("train_loop(1)", logs, key), 1) for key in want
    }
    close_each("train_loop(1)", got, want, rtol=1e-4, atol=1e-6)
    yield from ()


@marks("solution.train_loop")
def test_train_loop_learns_from_the_training_set_alone(student):
    """Other labels of the validation and test sets leave the weights as they were."""
    x, y = separable()

    def weights(labels):
        _, found = epochs.trained(student, x, y, (x, labels), 6, batch_size=8)
        return joined("weights", found, list(epochs.LAYERS))

    plain, other = weights(y), weights(1.0 - y)
    if not np.array_equal(plain, other) and np.array_equal(plain, weights(y)):
        hint = "Only the training set may change the weights, and how long training lasts."
        close("weights with other validation and test labels", other, plain, hint=hint)


@marks("solution.train_loop")
@for_all(cases=1)
def test_train_loop_starts_anew(student, draw):
    """A second call of train_loop initialises the weights again."""
    if one_initialisation(student):
        return
    x, y = epochs.drawn_set(draw, draw.choice([3, 5, 7]))
    nets, one = networks(student, "train_loop"), Ask()
    net = nets.build(one, data=((x, y),) * 3, lr=epochs.LR, init_method="zero", activation="tanh")
    one.method(net, "train_loop", 1)
    first = epochs.snapshot(one, net)
    one.method(net, "train_loop", 1)
    first, second = yield one.returns(first, one.get(net, "weights"))
    want = {"W1": np.zeros((3, 3)), "b1": np.zeros((1, 3)), "W2": np.zeros((3, 2))}
    want["b2"] = epochs.LR * (y.mean(axis=0, keepdims=True) - 0.5)
    hint = "From weights of zero, one step moves the last biases alone; a second call begins there."
    close_each("weights after train_loop(1) from weights of zero", first, want, hint=epochs.ORDER)
    close_each("weights after train_loop(1) for the second time", second, want, hint=hint)


@marks("solution.train_loop")
def test_train_loop_follows_the_labels(student):
    """Other labels of the training set lead to other weights."""
    x, y = separable()
    split = x[:4], y[:4]
    runs = [epochs.trained(student, x, labels, split, batch_size=8)[1] for labels in (y, 1.0 - y)]
    first, second = (joined("weights", run, list(epochs.LAYERS)) for run in runs)
    same = bool(np.allclose(first, second))
    holds("weights after train_loop(1)", not same, "do not depend on the labels")


@marks("solution.train_loop")
def test_train_loop_separates_two_classes(student):
    """60 epochs of four updates each classify most of a training set that a line divides."""
    x, y = separable()
    settings = {"hidden_dims": (6,), "batch_size": 2, "lr": 0.3}
    logs, _ = epochs.trained(student, x, y, epochs=60, **settings)
    call = "train_loop(60)"
    accuracy = series(call, entry(call, logs, "train_accuracy"), 60)
    hint = "Forward, backward and update for each minibatch, in every epoch."
    right = bool(accuracy[-1] >= 0.75)
    holds(f'{call}["train_accuracy"]', right, "ends below three quarters", hint=hint)


@marks("solution.evaluate", gate=True)
@for_all(cases=3)
def test_evaluate_values(student, draw, reference):
    """Loss and accuracy on the test set, with other training and validation sets."""
    net, x, y = smooth_case(draw, reference, ["relu"], [4, 5, 3], 5)
    y[:3] = np.eye(3)
    other = draw.array((7, 4), -2, 2), np.eye(3)[[0, 1, 2, 2, 1, 0, 0]]
    nets = networks(student, "evaluate")
    got = yield nets.ask("evaluate", weights=net.weights, data=(other, other, (x, y)))
    want_loss, want_accuracy, _ = net.compute_loss_and_accuracy(x, y)
    loss, accuracy = pair("evaluate()", got)
    want = {"evaluate(): accuracy": want_accuracy, "evaluate(): loss": want_loss}
    close_all(dict(zip(want, (accuracy, loss), strict=True)), want, rtol=1e-5)


@marks("solution.evaluate")
@for_all(cases=2)
def test_evaluate_ignores_the_other_sets(student, draw):
    """Other training and validation sets leave the measure of the test set as it is."""
    weights, nets = drawn_weights(draw, [4, 5, 3]), networks(student, "evaluate")
    test, one, two = ((draw.array((4, 4), -2, 2), np.eye(3)[[0, 1, 2, k]]) for k in (0, 1, 2))
    first, second = yield (
        nets.ask("evaluate", weights=weights, data=(one, two, test)),
        nets.ask("evaluate", weights=weights, data=(two, one, test)),
    )
    first, second = pair("evaluate()", first), pair("evaluate()", second)
    for what, want, got in zip(("loss", "accuracy"), first, second, strict=True):
        close(f"evaluate(): {what}", got, number(f"evaluate(): {what}", want))


@marks("solution.evaluate")
@for_all(cases=1)
def test_evaluate_again(student, draw, reference):
    """A second call measures the weights that the network has by then, also after a training."""
    net, x, y = smooth_case(draw, reference, ["tanh"], [4, 5, 3], 4)
    other, data = drawn_weights(draw, [4, 5, 3]), ((x, y),) * 3
    asks = {"other weights": Ask(), "a training": Ask(may_raise=True)}
    for what, one in asks.items():
        mine = networks(student, "evaluate").build(one, other, data=data, activation="tanh")
        if what == "a training":
            one.set(mine, "train_logs", {key: [9.0] for key in LOG_KEYS})
        one.method(mine, "evaluate")
        one.set(mine, "weights", net.weights)
        one.method(mine, "evaluate")
    plain, logged = yield tuple(asks.values())
    want = net.compute_loss_and_accuracy(x, y)[0]
    got = [plain] if logged.failure is not None else [plain, logged.value]
    for what, one in zip(asks, got, strict=False):
        loss, _ = pair("evaluate()", one)
        close(f"evaluate() after {what}: loss", loss, want, rtol=1e-5)


@marks("solution.evaluate")
@for_all(cases=1)
def test_evaluate_whatever_the_batch_size(student, draw, reference):
    """All examples of the test set count equally, also where batch_size is smaller than the set."""
    m = draw.choice([5, 7])
    net, x, y = smooth_case(draw, reference, ["tanh"], [4, 5, 3], m)
    y[:3] = np.eye(3)
    nets, data = networks(student, "evaluate"), ((x, y),) * 3
    settings = {"weights": net.weights, "data": data, "batch_size": 2, "activation": "tanh"}
    got = pair("evaluate()", (yield nets.ask("evaluate", **settings)))
    want = net.compute_loss_and_accuracy(x, y)
    for name, one, right in zip(("loss", "accuracy"), got, want, strict=False):
        close(f"evaluate(): {name} with batch_size=2", one, right, rtol=1e-5, examples=m)
