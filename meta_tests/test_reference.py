"""The references against central differences, closed forms and worked examples."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from grader.reference import hw_mlp, nn, solution

ROOT = Path(__file__).resolve().parent.parent
ACTIVATIONS = ("relu", "sigmoid", "tanh", "leakyrelu")


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


def same(got, want, *, atol=1e-8):
    np.testing.assert_allclose(got, want, rtol=1e-7, atol=atol)
    assert np.shape(got) == np.shape(want)


@pytest.fixture(autouse=True)
def seeded():
    np.random.seed(0)  # DenseLayer and BatchGenerator draw from numpy's global stream


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture
def batch(rng):
    return rng.normal(size=(7, 6)), np.eye(3)[rng.integers(0, 3, 7)]


def random_net(rng, activation, batch, hidden=(5, 4), **settings):
    net = solution.NN(hidden, activation=activation, data=(batch,) * 3, seed=1, **settings)
    net.initialize_weights((6, 3))
    for key, value in net.weights.items():
        net.weights[key] = value + 0.2 * rng.normal(size=value.shape)
    return net


class TestSolution:
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    @pytest.mark.parametrize("hidden", [(), (5,), (5, 4)])
    def test_backward_is_the_gradient_of_the_loss(self, rng, batch, activation, hidden):
        net = random_net(rng, activation, batch, hidden)
        grads = net.backward(net.forward(batch[0]), batch[1])
        output = f"Z{len(hidden) + 1}"
        for key, weight in net.weights.items():
            numeric = differences(lambda: net.loss(net.forward(batch[0])[output], batch[1]), weight)
            same(grads[f"d{key}"], numeric)

    def test_keys_of_cache_and_gradients(self, rng, batch):
        net = random_net(rng, "tanh", batch)
        cache = net.forward(batch[0])
        assert list(cache) == ["Z0", "A1", "Z1", "A2", "Z2", "A3", "Z3"]
        keys = ["dA3", "dW3", "db3", "dZ2", "dA2", "dW2", "db2", "dZ1", "dA1", "dW1", "db1"]
        assert list(net.backward(cache, batch[1])) == keys

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_derivatives(self, rng, activation):
        net = solution.NN((2,), activation=activation)
        x = rng.normal(scale=3, size=(4, 5))
        numeric = (net.activation(x + 1e-6) - net.activation(x - 1e-6)) / 2e-6
        same(net.activation(x, grad=True), numeric)

    def test_derivative_of_relu_at_zero_is_zero(self):
        assert solution.NN((2,)).relu(np.zeros(1), grad=True) == 0

    def test_sigmoid_far_out(self):
        x = np.array([-1e4, -40.0, 0.0, 40.0, 1e4])
        e = np.exp(-40.0)
        net = solution.NN((2,))
        same(net.sigmoid(x), [0.0, e / (1 + e), 0.5, 1 / (1 + e), 1.0], atol=0)
        same(net.sigmoid(x, True), [0.0, e / (1 + e) ** 2, 0.25, e / (1 + e) ** 2, 0.0], atol=0)

    def test_softmax(self):
        net = solution.NN((2,))
        x = np.log([[1.0, 2.0, 5.0], [4.0, 3.0, 1.0]])
        same(net.softmax(x), [[0.125, 0.25, 0.625], [0.5, 0.375, 0.125]])
        same(net.softmax(x + np.array([[0.0], [-1e4]])), net.softmax(x))
        same(net.softmax(np.array([[1e4, -1e4]])), [[1.0, 0.0]])

    def test_loss(self):
        net = solution.NN((2,), epsilon=1e-3)
        labels = np.eye(2)
        same(net.loss(np.array([[0.5, 0.5], [0.75, 0.25]]), labels), 1.5 * np.log(2))
        same(net.loss(labels, labels), -np.log(1 - 1e-3))
        same(net.loss(1 - labels, labels), -np.log(1e-3))

    def test_inputs_stay_as_they_are(self, rng, batch):
        net = random_net(rng, "leakyrelu", batch)
        x = batch[0].copy()
        for f in (net.forward, net.softmax, *(getattr(net, name) for name in ACTIVATIONS)):
            f(x)
            assert np.array_equal(x, batch[0])

    @pytest.mark.parametrize(
        ("method", "deviation", "bound"),
        [
            ("zero", 0, 0),
            ("normal", 1, np.inf),
            ("glorot", np.sqrt(2 / 500), np.sqrt(6 / 500)),
            ("he", np.sqrt(2 / 200), np.inf),
        ],
    )
    def test_initial_weights(self, method, deviation, bound):
        net = solution.NN((300,), seed=3, init_method=method)
        net.initialize_weights((200, 10))
        w = net.weights["W1"]
        assert w.shape == (200, 300)
        assert net.weights["b1"].shape == (1, 300)
        assert not net.weights["b1"].any()
        assert abs(w.std() - deviation) <= 0.02 * deviation
        assert np.abs(w).max() <= bound
        first = w.copy()
        net.initialize_weights((200, 10))
        assert np.array_equal(first, net.weights["W1"])

    def test_unknown_names_are_refused(self):
        net = solution.NN((2,), activation="swish", init_method="magic")
        with pytest.raises(ValueError, match="magic"):
            net.initialize_weights((3, 2))
        with pytest.raises(ValueError, match="swish"):
            net.activation(np.zeros(1))

    def test_default_has_half_a_million_to_a_million_parameters(self):
        net = solution.NN()
        net.initialize_weights((784, 10))
        assert 0.5e6 <= sum(w.size for w in net.weights.values()) <= 1e6

    def test_training_by_hand(self, rng, batch):
        """Two epochs, minibatches of 3, 3 and 1: the same steps taken one by one."""
        valid, test = ((rng.normal(size=(n, 6)), np.eye(3)[:n]) for n in (3, 2))
        net = solution.NN((4,), lr=0.1, batch_size=3, seed=2, data=(batch, valid, test))
        logs = net.train_loop(2)
        other = solution.NN((4,), lr=0.1, seed=2)
        other.initialize_weights((6, 3))
        for _ in range(2):
            for rows in (slice(0, 3), slice(3, 6), slice(6, 7)):
                x, y = batch[0][rows], batch[1][rows]
                grads = other.backward(other.forward(x), y)
                for key in other.weights:
                    other.weights[key] -= 0.1 * grads[f"d{key}"]
        for key, weight in net.weights.items():
            same(weight, other.weights[key])
        names = {"train_loss", "train_accuracy", "validation_loss", "validation_accuracy"}
        assert {key: len(values) for key, values in logs.items()} == dict.fromkeys(names, 2)
        loss, accuracy, predictions = net.compute_loss_and_accuracy(*batch)
        assert (loss, accuracy) == (logs["train_loss"][1], logs["train_accuracy"][1])
        assert accuracy == np.mean(predictions == batch[1].argmax(axis=1))
        assert predictions.shape == (7,)
        loss, accuracy, _ = net.compute_loss_and_accuracy(*valid)
        assert (loss, accuracy) == (logs["validation_loss"][1], logs["validation_accuracy"][1])
        assert net.evaluate() == net.compute_loss_and_accuracy(*test)[:2]

    def test_methods_need_documented_attributes_only(self, rng, batch):
        """A stand-in sets plain attributes on a bare object and calls one method."""
        full = random_net(rng, "tanh", batch, lr=0.5)
        bare = object.__new__(solution.NN)
        names = "hidden_dims epsilon lr batch_size seed activation_str init_method train valid test"
        for name in names.split():
            setattr(bare, name, getattr(full, name))
        bare.weights = dict(full.weights)
        cache = bare.forward(batch[0])
        bare.update(bare.backward(cache, batch[1]))
        full.update(full.backward(full.forward(batch[0]), batch[1]))
        for key, weight in full.weights.items():
            same(bare.weights[key], weight)
        assert bare.evaluate() == full.evaluate()
        assert bare.train_loop(1) == full.train_loop(1)


class TestFunctional:
    @pytest.mark.parametrize("activation", [nn.relu, nn.tanh, None])
    def test_network_gradient(self, rng, batch, activation):
        x, y = batch[0], rng.dirichlet(np.ones(3), 7)
        net = nn.NN(6, [5, 4], activation, 3)
        for layer in net.layers:  # zero biases put dead units exactly on relu's kink
            layer.b += rng.normal(size=layer.b.shape)
        h, back = net.forward(x)
        grads = back(nn.cross_entropy_loss(h, y)[1](2.0))
        params = net.parameters()
        assert list(params) == ["W0", "b0", "W1", "b1", "W2", "b2"]
        assert set(grads) == set(params)
        for key, param in params.items():
            numeric = differences(lambda: 2 * nn.cross_entropy_loss(net.forward(x)[0], y)[0], param)
            same(grads[key], numeric)

    def test_dense_layer_gradient(self, rng):
        layer, x, r = nn.DenseLayer(5, 3, nn.tanh), rng.normal(size=(4, 5)), rng.normal(size=(4, 3))
        gradients = layer.forward(x)[1](r)
        for array, gradient in zip((x, *layer.parameters()), gradients, strict=True):
            same(gradient, differences(lambda: np.sum(r * layer.forward(x)[0]), array))

    def test_relu_and_tanh(self):
        x, r = np.array([-1.0, 0.0, 2.0]), np.array([3.0, 4.0, 5.0])
        for f, out, dx in (
            (nn.relu, [0, 0, 2], [0, 0, 5]),
            (nn.tanh, np.tanh(x), r / np.cosh(x) ** 2),
        ):
            same(f(x)[0], out)
            same(f(x)[1](r), dx)

    def test_softmax_jacobian(self, rng):
        s = rng.normal(size=4)
        jacobian = nn.softmax_jacobian(nn.softmax(s[None])[0])
        for j in range(4):
            same(jacobian[:, j], differences(lambda j=j: nn.softmax(s[None])[0, j], s))
        y = rng.dirichlet(np.ones(4))
        p = nn.softmax(s[None])[0]
        same(jacobian @ (-y / p), p - y)

    def test_cross_entropy_at_certainty(self):
        h = np.array([[1e4, 0.0], [0.0, 1e4]])
        assert nn.cross_entropy_loss(h, np.eye(2))[0] == 0
        loss, back = nn.cross_entropy_loss(h, 1 - np.eye(2))
        assert loss == 1e4
        same(back(1.0), np.array([[0.5, -0.5], [-0.5, 0.5]]))
        small, _ = nn.cross_entropy_loss(np.array([[40.0, 0.0]]), np.array([[1.0, 0.0]]))
        same(small, np.log1p(np.exp(-40.0)), atol=1e-16)

    def test_initial_weights(self):
        layer = nn.DenseLayer(400, 300)
        assert abs(layer.W.std() * 20 - 1) < 0.02
        assert layer.W.shape == (300, 400)
        assert not layer.b.any()

    def test_parameters_are_live(self, batch):
        net = nn.NN(6, [4], nn.relu, 3)
        for param in net.parameters().values():
            param[...] = 0
        assert not net.forward(batch[0])[0].any()

    def test_dropout(self, rng):
        x, r = rng.uniform(1, 2, (100, 100)), rng.normal(size=(100, 100))
        out, back = nn.dropout(x, 0.3, rng)
        kept = out != 0
        assert abs(kept.mean() - 0.7) < 0.02
        same(out[kept], x[kept] / 0.7)
        same(back(r), r * kept / 0.7)
        out, back = nn.dropout(x, 0.3, rng, training=False)
        assert np.array_equal(out, x)
        assert np.array_equal(back(r), r)
        for rate in (-0.1, 1.0, np.nan):
            with pytest.raises(ValueError, match="rate"):
                nn.dropout(x, rate, rng)


class TestTraining:
    @pytest.mark.parametrize(
        ("n", "size", "batches"), [(7, 3, [3, 3, 1]), (6, 3, [3, 3]), (2, 5, [2])]
    )
    def test_batches(self, n, size, batches):
        x = np.arange(n)[:, None]
        data = hw_mlp.BatchGenerator(x, 10 * x, size)
        assert len(data) == len(batches)
        for _ in range(2):
            data.shuffle()
            pairs = list(data)
            assert [len(a) for a, _ in pairs] == batches
            seen = np.concatenate([a for a, _ in pairs])
            assert sorted(seen.ravel()) == list(range(n))
            assert np.array_equal(10 * seen, np.concatenate([b for _, b in pairs]))
        assert np.array_equal(x.ravel(), np.arange(n))

    def test_adam_under_a_constant_gradient(self):
        """Corrected moments are g and g^2 at every step, so each step is -eta g / (|g| + eps)."""
        g = {"W": np.array([2.0, -1e-8]), "b": np.array([0.5])}
        params = {"W": np.ones(2), "b": np.ones(1)}
        arrays = dict(params)
        adam = hw_mlp.Adam(0.1, eps=1e-8)
        steps = 0.0
        for eta in (0.1, 0.1, 0.05):
            adam.eta = eta
            steps += eta
            adam.update(params, g)
            for key, value in g.items():
                assert params[key] is arrays[key]
                same(params[key], 1 - steps * value / (np.abs(value) + 1e-8))

    def test_adam_second_step(self):
        params = {"W0": np.zeros(1)}
        adam = hw_mlp.Adam(1.0, beta1=0.5, beta2=0.75, eps=0.0)
        adam.update(params, {"W0": np.array([1.0])})
        adam.update(params, {"W0": np.array([3.0])})
        m, v = (0.5 * 0.5 + 0.5 * 3) / 0.75, (0.75 * 0.25 + 0.25 * 9) / (1 - 0.75**2)
        same(params["W0"], [-1 - m / np.sqrt(v)])

    def test_sgd(self):
        params = {"W0": np.array([2.0]), "b0": np.array([2.0])}
        arrays = dict(params)
        sgd = hw_mlp.SGD(0.1, momentum=0.5, weight_decay=0.25)
        sgd.update(params, {"W0": np.array([1.0]), "b0": np.array([1.0])})
        same(params["W0"], [2 - 0.1 * 1.5])
        same(params["b0"], [1.9])
        sgd.update(params, {"W0": np.array([0.0]), "b0": np.array([0.0])})
        same(params["W0"], [1.85 - 0.1 * (0.75 + 0.25 * 1.85)])
        same(params["b0"], [1.85])
        assert all(params[key] is arrays[key] for key in params)

    def test_step_decay(self):
        rates = [hw_mlp.step_decay(0.8, epoch) for epoch in (0, 19, 20, 39, 40, 50)]
        assert rates == [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]
        assert hw_mlp.step_decay(1.0, 3, milestones=(1, 2, 3)) == 0.125

    def test_train_loop(self, batch):
        model = nn.NN(6, [8], nn.tanh, 3)
        optimizer = hw_mlp.SGD(0.5)
        epochs = []

        def call_back(trained, epoch):
            assert trained is model
            epochs.append(epoch)
            if epoch == 30:
                optimizer.eta = 0.0

        x, y = batch
        data = hw_mlp.BatchGenerator(x, y, 4)
        losses, accs = hw_mlp.train_loop(model, data, optimizer, 32, call_back)
        assert epochs == list(range(1, 33))
        assert len(losses) == len(accs) == 64
        assert np.mean(losses[-4:]) < 0.5 * np.mean(losses[:4])
        assert np.mean(accs[-4:]) == 1.0
        frozen = 4 * losses[-4] + 3 * losses[-3], 4 * losses[-2] + 3 * losses[-1]
        same(*frozen)


def test_references_work_as_plain_files():
    """Graded like a submission, they are no package."""
    code = "import hw_mlp, nn, solution; assert hw_mlp.cross_entropy_loss is nn.cross_entropy_loss"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT / "grader" / "reference", check=True)
