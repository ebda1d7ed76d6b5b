"""The engine that trains the experiments' networks, against the readable reference."""

import copy
import math
import re

import numpy as np
import pytest

from grader.experiments.engine import (
    SGD,
    Adam,
    Diverged,
    EpochStats,
    Network,
    gradients,
    load_state,
    save_state,
    train,
)
from grader.experiments.engine.passes import Passes
from grader.reference import hw_mlp, nn

SIZES = (6, 9, 7, 4)
N = 103  # no batch size below divides it
ACTIVATIONS = {"relu": nn.relu, "tanh": nn.tanh}


@pytest.fixture
def data():
    rng = np.random.default_rng(5)
    return rng.normal(size=(N, SIZES[0])), rng.integers(0, SIZES[-1], N)


def network(sizes=SIZES, dtype=np.float64, **settings):
    made = Network(sizes, dtype=dtype, seed=1, **settings)
    for bias in made.biases:
        bias[...] = 0.1 * np.random.default_rng(2).normal(size=bias.shape)
    return made


def fit(made, data, optimiser, *, epochs=2, **settings):
    settings = {"batch_size": 25, "seed": 3} | settings
    train(made, *data, epochs=epochs, optimiser=optimiser, **settings)
    return made


def reference_like(made):
    """A network of the reference with the same parameters."""
    np.random.seed(0)
    activation = ACTIVATIONS[made.activation]
    model = nn.NN(made.sizes[0], made.sizes[1:-1], activation, made.sizes[-1])
    for layer, weight, bias in zip(model.layers, made.weights, made.biases, strict=True):
        layer.W[...], layer.b[...] = weight.T, bias
    return model


def train_reference(model, data, optimiser, *, epochs, batch_size, seed, l2, schedule=None):
    """The reference on the batches that the engine draws: permutation of stream (seed, epoch)."""
    x, y = data[0], np.eye(SIZES[-1])[data[1]]
    for epoch in range(1, epochs + 1):
        if schedule:
            optimiser.eta = schedule(epoch - 1)
        order = np.random.default_rng((seed, epoch)).permutation(len(x))
        for x_batch, y_batch in hw_mlp.BatchGenerator(x[order], y[order], batch_size):
            h, back = model.forward(x_batch)
            grads = back(nn.cross_entropy_loss(h, y_batch)[1](1.0))
            for i, layer in enumerate(model.layers):
                grads[f"W{i}"] = grads[f"W{i}"] + 2 * l2 * layer.W
            optimiser.update(model.parameters(), grads)


def differences(f, array, h=1e-6):
    """Central differences of f() with respect to an array that f reads, changed in place."""
    gradient = np.zeros(array.shape)
    for i in np.ndindex(array.shape):
        old = array[i]
        array[i] = old + h
        up = f()
        array[i] = old - h
        gradient[i] = (up - f()) / (2 * h)
        array[i] = old
    return gradient


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("l2", [0.0, 1e-2])
@pytest.mark.parametrize(
    ("engines", "references"),
    [
        (SGD(0.2), hw_mlp.SGD(0.2)),
        (SGD(0.1, momentum=0.9), hw_mlp.SGD(0.1, momentum=0.9)),
        (Adam(0.01), hw_mlp.Adam(0.01)),
        (Adam(0.01, 0.8, 0.9, 1e-3), hw_mlp.Adam(0.01, 0.8, 0.9, 1e-3)),
    ],
    ids=["sgd", "momentum", "adam", "adam-2"],
)
def test_the_reference_gets_the_same_weights(data, activation, l2, engines, references):
    engines, references = copy.copy(engines), copy.copy(references)
    references.m, references.v = {}, {}
    made = network(activation=activation)
    model = reference_like(made)
    settings = {"epochs": 3, "batch_size": 25, "seed": 11, "l2": l2}
    eta = engines.eta

    def schedule(completed):
        return hw_mlp.step_decay(eta, completed, (2,))

    fit(made, data, engines, schedule=schedule, **settings)
    train_reference(model, data, references, schedule=schedule, **settings)
    for layer, weight, bias in zip(model.layers, made.weights, made.biases, strict=True):
        np.testing.assert_allclose(weight, layer.W.T, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(bias, layer.b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)])
def test_gradient_is_that_of_the_loss(activation, output, hidden):
    rng = np.random.default_rng(4)
    outputs = 3 if output == "softmax" else 1
    made = network((6, *hidden, outputs), activation=activation, output=output)
    x, labels, l2 = rng.normal(size=(8, 6)), rng.integers(0, max(2, outputs), 8), 0.03

    def loss():
        penalty = sum(np.sum(weight**2) for weight in made.weights)
        return made.loss_and_accuracy(x, labels)[0] + l2 * penalty

    for got, arrays in zip(
        gradients(made, x, labels, l2=l2), (made.weights, made.biases), strict=True
    ):
        for gradient, array in zip(got, arrays, strict=True):
            np.testing.assert_allclose(gradient, differences(loss, array), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_under_dropout_is_that_of_the_units_kept(data, activation):
    made = network(activation=activation)
    x, labels = data[0][:12], data[1][:12]
    targets = np.eye(SIZES[-1])[labels]
    passes = Passes(made, len(x), 0.4)
    logits = np.empty(targets.shape)

    def loss():
        passes.forward(x, logits, np.random.default_rng(9))
        return nn.cross_entropy_loss(logits, targets)[0]

    loss()
    passes.backward(x, logits, targets)
    gradient = passes.gradient.copy()
    np.testing.assert_allclose(gradient, differences(loss, made.parameters), rtol=1e-6, atol=1e-8)


def test_dropout_keeps_the_expectation():
    # One hidden unit with output 1 for all: the logit is its weight times 0 or 1 / (1 - rate).
    made = Network((1, 1, 1), output="sigmoid", seed=1, init="zero")
    made.biases[0][...] = 1.0
    made.weights[1][...] = 1.0
    logits = np.empty((20000, 1), np.float32)
    Passes(made, len(logits), 0.3).forward(np.zeros_like(logits), logits, np.random.default_rng(1))
    values, counts = np.unique(logits, return_counts=True)
    np.testing.assert_allclose(values, [0.0, 1 / 0.7], rtol=1e-6)
    assert abs(counts[0] / len(logits) - 0.3) < 0.02  # six standard deviations


def test_dropout_changes_training_and_not_measuring(data):
    plain, dropped = (fit(network(), data, SGD(0.1), dropout=p) for p in (0.0, 0.5))
    assert not np.array_equal(plain.parameters, dropped.parameters)
    assert dropped.loss_and_accuracy(*data) == dropped.loss_and_accuracy(*data)


@pytest.mark.parametrize("optimiser", [SGD(0.1, momentum=0.9), Adam(0.01)], ids=["sgd", "adam"])
def test_float32_follows_float64(data, optimiser):
    narrow, wide = (
        fit(network(dtype=dtype), data, copy.deepcopy(optimiser), l2=1e-3)
        for dtype in (np.float32, np.float64)
    )
    assert narrow.parameters.dtype == narrow.forward(data[0]).dtype == np.float32
    np.testing.assert_allclose(narrow.parameters, wide.parameters, rtol=2e-4, atol=2e-5)


def test_same_seed_same_bits(data):
    one, same, other = (
        fit(network(dtype=np.float32), data, Adam(0.01), dropout=0.2, seed=seed)
        for seed in (1, 1, 2)
    )
    assert one.parameters.tobytes() == same.parameters.tobytes()
    assert one.parameters.tobytes() != other.parameters.tobytes()


def test_sigmoid_learns_and_stands_far_logits():
    rng = np.random.default_rng(3)
    x = rng.choice([-1.0, 1.0], size=(400, 20))
    labels = (x.sum(axis=1) > 0).astype(int)
    made = network((20, 20, 1), output="sigmoid")
    fit(made, (x, labels), Adam(0.01), epochs=20, batch_size=16)
    loss, accuracy = made.loss_and_accuracy(x, labels)
    assert accuracy > 0.97
    p = made.forward(x)[:, 0]
    np.testing.assert_array_equal(made.predict(x), p > 0.5)
    wanted = -np.mean(np.where(labels == 1, np.log(p), np.log1p(-p)))
    np.testing.assert_allclose(loss, wanted, rtol=1e-9)
    made.parameters *= 1e4
    loss, accuracy = made.loss_and_accuracy(x, 1 - made.predict(x))
    assert accuracy == 0
    assert 1e4 < loss < math.inf


def test_measuring_agrees_with_the_reference_at_any_number_of_examples():
    rng = np.random.default_rng(6)
    made = network()
    for n in (1, 999, 1000, 2503):
        x, labels = rng.normal(size=(n, SIZES[0])), rng.integers(0, SIZES[-1], n)
        h, _ = reference_like(made).forward(x)
        loss, accuracy = made.loss_and_accuracy(x, labels)
        wanted, _ = nn.cross_entropy_loss(h, np.eye(SIZES[-1])[labels])
        np.testing.assert_allclose(loss, wanted, rtol=1e-12)
        assert accuracy == np.mean(np.argmax(h, axis=1) == labels)
        np.testing.assert_allclose(made.forward(x), nn.softmax(h), rtol=1e-12)


def test_stats_are_those_before_each_update(data):
    seen: list[EpochStats] = []
    made = network()
    loss, accuracy = made.loss_and_accuracy(*data)
    fit(made, data, SGD(1e-13), on_epoch=seen.append, schedule=lambda k: 1e-13 / (k + 1))
    assert [(one.epoch, one.eta) for one in seen] == [(1, 1e-13), (2, 0.5e-13)]
    for one in seen:
        np.testing.assert_allclose(one.loss, loss, rtol=1e-9)
        np.testing.assert_allclose(one.accuracy, accuracy, rtol=1e-12)


def test_zero_weights_are_no_perfect_classifier(data):
    seen: list[EpochStats] = []
    made = Network(SIZES, seed=1, init="zero")
    fit(made, data, SGD(1e-13), epochs=1, batch_size=N, on_epoch=seen.append)
    np.testing.assert_allclose(seen[0].loss, np.log(SIZES[-1]), rtol=1e-6)
    assert seen[0].accuracy == np.mean(data[1] == 0)  # a tie is the first class


@pytest.mark.parametrize("optimiser", [SGD(0.1), SGD(0.1, momentum=0.9), Adam(0.01)])
def test_a_resumed_training_has_the_same_bits(tmp_path, data, optimiser):
    def save(stats):
        save_state(tmp_path / "state.npz", first, optimisers[0], stats.epoch)

    optimisers = [copy.deepcopy(optimiser) for _ in range(3)]
    first = network(dtype=np.float32)
    fit(first, data, optimisers[0], epochs=2, dropout=0.3, on_epoch=save)
    resumed = Network(SIZES, seed=99)
    completed = load_state(tmp_path / "state.npz", resumed, optimisers[1])
    assert completed == 2
    fit(resumed, data, optimisers[1], epochs=4, dropout=0.3, completed=completed)
    whole = fit(network(dtype=np.float32), data, optimisers[2], epochs=4, dropout=0.3)
    assert resumed.parameters.tobytes() == whole.parameters.tobytes()


def test_a_state_that_does_not_fit_is_refused(tmp_path, data):
    path = tmp_path / "state.npz"
    made = fit(network(), data, SGD(0.1, momentum=0.9))
    save_state(path, made, SGD(0.1), 2)
    assert [one.name for one in tmp_path.iterdir()] == ["state.npz"]
    with pytest.raises(ValueError, match="another network"):
        load_state(path, network((6, 5, 4)), SGD(0.1))
    with pytest.raises(ValueError, match="state of SGD, not Adam"):
        load_state(path, made, Adam(0.1))
    whole = path.read_bytes()
    for damaged in (b"", b"no archive", whole[:-40], whole[:100]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=re.escape(str(path))):
            load_state(path, made, SGD(0.1))
    np.savez(path, x=1)
    with pytest.raises(ValueError, match="epoch, kind, parameters missing"):
        load_state(path, made, SGD(0.1))


class Interrupted(Adam):
    """Ctrl-C in the middle of the second epoch's third step."""

    def step(self, parameters, gradient):
        super().step(parameters, gradient)
        if self.t == 8:
            raise KeyboardInterrupt


def test_an_interrupt_takes_the_epoch_back(data):
    optimiser, plain = Interrupted(0.01), Adam(0.01)
    stopped = network()
    with pytest.raises(KeyboardInterrupt):
        fit(stopped, data, optimiser, epochs=3)
    fit(one_epoch := network(), data, plain, epochs=1)
    assert stopped.parameters.tobytes() == one_epoch.parameters.tobytes()
    state = plain.state()
    for key, value in optimiser.state().items():
        assert value.tobytes() == state[key].tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divergence_is_told(data, dtype):
    seen: list[EpochStats] = []
    with pytest.raises(Diverged, match=r"diverged in epoch \d+ .* a smaller rate") as caught:
        fit(network(dtype=dtype), data, SGD(1e30), epochs=20, on_epoch=seen.append)
    assert caught.value.stats is seen[-1]
    assert len(seen) < 20


def test_data_stays_as_it_is(data):
    x, labels = data[0].copy(), data[1].copy()
    fit(network(), data, Adam(0.01))
    assert np.array_equal(data[0], x)
    assert np.array_equal(data[1], labels)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sizes": (6,)}, "two or more"),
        ({"sizes": (6, 0, 4)}, "whole numbers from 1"),
        ({"activation": "gelu"}, "unknown activation 'gelu' .known: relu, tanh."),
        ({"output": "linear"}, "unknown output 'linear'"),
        ({"output": "sigmoid"}, "one unit"),
        ({"init": "ones"}, "unknown init 'ones' .known: zero, glorot, normal, fan_in, he."),
    ],
)
def test_a_network_of_nothing_known(settings, message):
    with pytest.raises(ValueError, match=message):
        Network(**{"sizes": SIZES, "seed": 1} | settings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": np.zeros((N, 5))}, r"x of shape \(103, 5\), wanted \(n, 6\)"),
        ({"x": np.zeros((0, 6))}, "wanted"),
        ({"labels": np.zeros(7, int)}, "103 examples, but 7 labels"),
        ({"labels": np.full(N, 4)}, r"label 4 outside 0\.\.3"),
        ({"labels": np.eye(N)}, r"labels of shape \(103, 103\)"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"dropout": 1.0}, "dropout is 1"),
        ({"l2": -1.0}, "l2 is -1"),
    ],
)
def test_data_that_does_not_fit(data, changes, message):
    settings = {"x": data[0], "labels": data[1], "batch_size": 10} | changes
    with pytest.raises(ValueError, match=message):
        train(network(), epochs=1, optimiser=SGD(0.1), seed=1, **settings)


def test_measuring_wants_a_label_for_each_example(data):
    with pytest.raises(ValueError, match=r"labels of shape \(103, 1\), wanted \(103,\)"):
        network().loss_and_accuracy(data[0], data[1][:, None])


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_labels_of_any_type_of_number(data, dtype):
    plain = fit(network(), data, SGD(0.1))
    other = fit(network(), (data[0], data[1].astype(dtype)), SGD(0.1))
    assert plain.parameters.tobytes() == other.parameters.tobytes()


@pytest.mark.parametrize(
    ("init", "spread"),
    [("glorot", (2 / 900) ** 0.5), ("normal", 1.0), ("fan_in", 400**-0.5), ("he", 200**-0.5)],
)
def test_initial_weights_have_their_variance(init, spread):
    made = Network((400, 500), seed=3, init=init)
    assert abs(np.std(made.weights[0]) / spread - 1) < 0.01
    assert not np.any(made.biases[0])
