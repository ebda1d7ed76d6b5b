"""Public checks of what changes, measures and trains the networks of solution.py."""

from typing import Any

import numpy as np

from tests.helpers import Ask, Name, changed, close, close_each, entry, for_all, holds, marks, pair
from tests.helpers.against import gradients_like
from tests.helpers.conventions import THREE_WAYS, networks
from tests.helpers.epochs import LAYERS, snapshot, trained
from tests.helpers.mlp import (
    EXAMPLE,
    LOSS,
    SEED,
    WEIGHTS,
    X_TEXT,
    Y_TEXT,
    X,
    Y,
    drawn_weights,
    fixed_weights,
    joined,
    measured,
    number,
    separable,
    series,
    three,
    updated,
)
from tests.helpers.networks import LOG_KEYS

STEP = "Wi - lr dWi and bi - lr dbi, in every layer."


@marks("solution.update", gate=True)
def test_update_worked_example(student):
    """W becomes W - lr dW and b becomes b - lr db, in every layer."""
    grads = {f"d{key}": np.ones_like(WEIGHTS[key]) for key in reversed(WEIGHTS)}
    nets, one = networks(student, "update"), Ask()
    net = nets.build(one, WEIGHTS, lr=0.5)
    result = one.method(net, "update", grads)
    filled = one.call(Name("builtins.isinstance"), result, Name("builtins.dict"))
    empty = one.call(Name("operator.eq"), result, {})
    after, filled, empty = student.run(one.returns(one.get(net, "weights"), filled, empty))
    moved = joined("weights after update(grads)", after, list(WEIGHTS))
    hint = "Keep them in self.weights: nobody uses what update returns."
    before = joined("", WEIGHTS, list(WEIGHTS))
    changed("update(grads)", before, moved, hint=hint, stub=not filled or empty is True)
    call = "weights after update(grads of ones) with lr=0.5"
    want = {key: value - 0.5 for key, value in WEIGHTS.items()}
    close_each(call, after, want, hint=STEP, start=WEIGHTS)


@marks("solution.update")
@for_all(cases=3)
def test_update_steps_by_the_learning_rate(student, draw):
    """Each step is lr times its own gradient, however long; a rate of 0 does not move."""
    weights = drawn_weights(draw, [2, 3, 2])
    grads, other = gradients_like(draw, weights, 30.0), gradients_like(draw, weights)
    rates = (0.0, draw.uniform(0.05, 0.5), draw.uniform(1.0, 2.0))
    asks = [updated(student, grads, weights=weights, lr=rate) for rate in rates]
    *found, twice = yield (*asks, updated(student, grads, other, weights=weights, lr=rates[1]))
    for rate, after in zip(rates, found, strict=True):
        want = {key: value - rate * grads[f"d{key}"] for key, value in weights.items()}
        close_each("weights after update(grads)", after, want, hint=STEP, start=weights)
    want = {
        key: value - rates[1] * (grads[f"d{key}"] + other[f"d{key}"])
        for key, value in weights.items()
    }
    call = "weights after update(grads) and update(other)"
    close_each(call, twice, want, hint=STEP, start=weights)


@marks("solution.compute_loss_and_accuracy", gate=True)
def test_loss_and_accuracy_worked_example(student):
    """(loss, accuracy, predictions) of a 2-2-2 network on three examples, two of them right."""
    nets = networks(student, "compute_loss_and_accuracy")
    call = f"compute_loss_and_accuracy({X_TEXT}, {Y_TEXT}) with {EXAMPLE}"
    got = student.run(measured(nets, X, Y))
    loss, accuracy, predictions = three(call, got)
    close(
        f"{call}: predictions", predictions, [1, 1, 0], hint="The class of the largest probability."
    )
    close(f"{call}: accuracy", accuracy, 2 / 3, hint="The fraction of right predictions.")
    close(f"{call}: loss", loss, LOSS)


@marks("solution.compute_loss_and_accuracy")
def test_accuracy_is_one_for_its_own_predictions(student):
    """Labels that equal the predictions give accuracy 1, all others give 0."""
    nets = networks(student, "compute_loss_and_accuracy")
    x = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 2.0], [2.0, 0.5], [0.3, 0.4]])
    call, mine = "compute_loss_and_accuracy(X, Y)", np.array([0, 1, 2, 1, 0, 1])
    asked = [measured(nets, x, np.eye(3)[labels], THREE_WAYS) for labels in (mine, (mine + 1) % 3)]
    right, wrong = student.run_all(asked)
    close(f"{call}: predictions", three(call, right)[2], mine)
    close("accuracy where Y equals the predictions", right[1], 1.0)
    close("accuracy where Y is another class everywhere", three(call, wrong)[1], 0.0)


@marks("solution.train_loop", gate=True)
def test_train_loop_learns(student):
    """The logs have one number per epoch, the weights change and the training loss falls."""
    (x, y), n = separable(), 20
    call, settings = f"train_loop({n})", {"batch_size": 4, "lr": 0.2}
    logs, after = trained(student, x, y, epochs=n, **settings)
    for key in LOG_KEYS:
        entry(call, logs, key)
        series(f'{call}["{key}"]', logs[key], n)
    _, before = trained(student, x, y, **{**settings, "lr": 0.0})
    before, after = (joined("weights", weights, list(LAYERS)) for weights in (before, after))
    hint = "Each minibatch: forward, backward, update."
    fact = "are those from which it started"
    holds(f"weights after {call}", not np.array_equal(before, after), fact, hint=hint)
    losses = np.ravel(logs["train_loss"])
    holds(f'{call}["train_loss"]', bool(losses[-1] < losses[0]), "does not fall", hint=hint)


@marks("solution.train_loop")
def test_train_loop_is_a_step_per_minibatch(student):
    """One epoch with a single minibatch is initialize_weights, forward, backward, update."""
    x, y = separable()
    settings: Any = dict(data=((x, y),) * 3, hidden_dims=(4,), batch_size=8, lr=0.3, seed=5)
    nets, one = networks(student, "train_loop"), Ask()
    net = nets.build(one, **settings)
    one.method(net, "train_loop", 1)
    student.reseed(SEED)
    trained = student.run(one.returns(one.get(net, "weights")))
    nets, one = networks(student, "backward"), Ask()
    net = nets.build(one, **settings)
    one.method(net, "initialize_weights", (3, 2))
    before = snapshot(one, net)
    _, held = nets.forward(one, net, x)
    one.method(net, "update", one.method(net, "backward", held, y))
    student.reseed(SEED)
    before, after = student.run(one.returns(before, one.get(net, "weights")))
    keys = ["W1", "b1", "W2", "b2"]
    want = joined("weights after one update", after, keys)
    changed("update(grads)", joined("weights", before, keys), want)
    got = joined("weights after train_loop(1)", trained, keys)
    hint = "Initialise, then forward, backward and update for each minibatch."
    close("weights after train_loop(1)", got, want, rtol=1e-5, atol=1e-5, hint=hint)


@marks("solution.evaluate", gate=True)
def test_evaluate_worked_example(student):
    """(loss, accuracy) on the test set, not on another one."""
    nets = networks(student, "evaluate")
    other = (X[:1], Y[1:2])
    got = student.run(nets.ask("evaluate", weights=WEIGHTS, data=(other, other, (X, Y))))
    call = f"evaluate() with the test set X = {X_TEXT}, Y = {Y_TEXT} and {EXAMPLE}"
    loss, accuracy = pair(call, got)
    close(f"{call}: accuracy", accuracy, 2 / 3)
    close(f"{call}: loss", loss, LOSS)


@marks("solution.evaluate")
def test_evaluate_is_the_measure_of_the_test_set(student):
    """evaluate gives what compute_loss_and_accuracy gives for self.test, and changes no weights."""
    weights, x = fixed_weights([4, 5, 3]), np.round(np.linspace(-2.0, 2.0, 20).reshape(5, 4), 2)
    test, other = (x, np.eye(3)[[0, 1, 2, 0, 1]]), (-x, np.eye(3)[[2, 2, 1, 0, 1]])
    nets, one = networks(student, "evaluate"), Ask()
    net = nets.build(one, weights, data=(other, other, test))
    got = one.method(net, "evaluate")
    got, after = student.run(one.returns(got, one.get(net, "weights")))
    loss, accuracy = pair("evaluate()", got)
    want = student.run(measured(networks(student, "compute_loss_and_accuracy"), *test, weights))
    want_loss, want_accuracy, _ = three("compute_loss_and_accuracy(*self.test)", want)
    close("evaluate(): loss", loss, number("the loss of the test set", want_loss))
    close("evaluate(): accuracy", accuracy, number("its accuracy", want_accuracy))
    for key, value in weights.items():
        close(f'weights["{key}"] after evaluate()', entry("weights", after, key), value)
