"""Hidden checks of solution.py: values against the reference, differences, stability, training."""

from itertools import pairwise

import numpy as np

from grader.suites import Suite
from tests.helpers import (
    Ask,
    Name,
    changed,
    close,
    entry,
    epochs,
    finite,
    for_all,
    holds,
    marks,
    marks_each,
    pair,
    shaped,
)
from tests.helpers.against import (
    ACTIVATIONS,
    CALL,
    MEAN,
    drawn_widths,
    first_step,
    gradients_like,
    leakyrelu_works,
    net_of,
    same_cache,
    selected,
    smooth_case,
    steps_aside,
    steps_down,
    true_gradient,
    true_slopes,
)
from tests.helpers.conventions import networks
from tests.helpers.drawing import on_a_grid
from tests.helpers.elementwise import (
    KEPT,
    check_kept,
    check_kink,
    check_slopes,
    check_values,
    drawn_input,
)
from tests.helpers.initial import initial_w1, own_normal
from tests.helpers.mlp import (
    drawn_probabilities,
    drawn_weights,
    fixed_weights,
    gradient,
    gradients,
    initialised,
    joined,
    matrix,
    measured,
    number,
    separable,
    series,
    three,
    updated,
)
from tests.helpers.networks import LOG_KEYS, cache_of

SUITE = Suite(
    name="solution",
    owner="NN",
    levels=(
        ("initialize_weights", "relu", "sigmoid", "tanh", "leakyrelu", "softmax"),
        ("activation",),
        ("forward",),
        ("loss",),
        ("backward",),
        ("update",),
        ("compute_loss_and_accuracy",),
        ("train_loop", "evaluate"),
    ),
    optional=frozenset({"leakyrelu"}),
    points={
        "initialize_weights": 2,
        "softmax": 2,
        "forward": 3,
        "loss": 2,
        "backward": 5,
        "train_loop": 3,
    },
)
OWN_MATRIX = "The bound follows from the sizes of the very matrix that is drawn."
SHORT = "Divide by the number of examples given: the last minibatch may be shorter than batch_size."
ELEMENTWISE = ("solution.relu", "solution.sigmoid", "solution.tanh", "solution.leakyrelu")


@marks("solution.initialize_weights", weight=2)
def test_initialize_weights_bounds(student, settings):
    """W is uniform between -r and r, with the r of its own layer."""
    weights = initialised(student, (30,), (50, 40))
    for key, (n, k) in {"W1": (50, 30), "W2": (30, 40)}.items():
        W = np.abs(matrix(weights, key, (n, k)))
        r = 1.0 / np.sqrt(n) if settings.init_bound == "fan_in" else np.sqrt(6.0 / (n + k))
        inside = bool(W.max() <= r * (1 + 1e-6))
        holds(f'weights["{key}"]', inside, "has entries beyond the bound", hint=OWN_MATRIX)
        wide = bool(W.max() >= 0.97 * r)
        holds(f'weights["{key}"]', wide, "stays far from its bound", hint=OWN_MATRIX)
        even = abs(np.mean(W**2) / r**2 - 1 / 3) < 0.06
        holds(f'weights["{key}"]', even, "is not spread evenly", hint="Draw from U(-r, r).")


@marks("solution.initialize_weights")
def test_initialize_weights_is_balanced(student):
    """Positive and negative weights are equally likely, in every layer."""
    weights = initialised(student, (40, 30), (50, 20))
    for key, shape in {"W1": (50, 40), "W2": (40, 30), "W3": (30, 20)}.items():
        W = matrix(weights, key, shape)
        middle = abs(W.mean()) < 0.25 * W.std()
        holds(f'weights["{key}"]', middle, "does not have mean zero", hint="From -r to r.")


@marks("solution.initialize_weights")
def test_initialize_weights_he(student):
    """init_method "he", where it is known, has variance 2 / fan_in."""
    matrix(initialised(student, (30,), (80, 10)), "W1", (80, 30))
    others = [initial_w1(student, how) for how in ("zero", "normal", "glorot")]
    he = initial_w1(student, "he")
    if own_normal(he, others):
        hint = "2 / fan_in is the variance, not the deviation."
        close("80 times the variance of W1", 80 * np.var(he), 2.0, atol=0.3, hint=hint)


@marks("solution.initialize_weights")
def test_initialize_weights_of_any_depth(student):
    """One to five hidden layers of unequal widths: 2 L entries, each in its shape."""
    for hidden in ((7,), (2, 6, 3), (3, 1, 4, 2, 5)):
        weights, widths = initialised(student, hidden, (6, 4)), [6, *hidden, 4]
        for i, shape in enumerate(pairwise(widths), start=1):
            matrix(weights, f"W{i}", shape)
            shaped(f'weights["b{i}"]', entry("weights", weights, f"b{i}"), (1, shape[1]))
        holds("weights", len(weights) == 2 * len(widths) - 2, "has more entries than 2 L")


@marks("solution.initialize_weights")
def test_initialize_weights_starts_anew(student):
    """A second call replaces all weights by those of the new sizes."""
    one, nets = Ask(), networks(student)
    net = nets.build(one, hidden_dims=(3,))
    one.method(net, "initialize_weights", (5, 2))
    one.method(net, "initialize_weights", (4, 6))
    weights = student.run(one.returns(one.get(net, "weights")))
    matrix(weights, "W1", (4, 3))
    matrix(weights, "W2", (3, 6))


@marks_each(*ELEMENTWISE, gate=True)
@for_all(cases=4)
def test_values(student, draw, reference, name):
    """The function on random arrays."""
    yield from check_values(student, name, getattr(net_of(reference), name), drawn_input(draw))


@marks_each(*ELEMENTWISE)
@for_all(cases=2)
def test_derivative(student, draw, reference, name):
    """The derivative is right, and it is the slope of the function itself."""
    yield from check_slopes(student, name, getattr(net_of(reference), name), draw)


@marks_each(*ELEMENTWISE, "solution.activation")
@for_all(cases=1)
def test_argument_is_kept(student, draw, name):
    """Neither the function nor its derivative changes x."""
    yield from check_kept(student, name, drawn_input(draw))


@marks_each("solution.relu", "solution.leakyrelu")
def test_kink_and_far_out(student, name):
    """At 0 the value is 0 and the derivative between the two slopes; ±1e4 is exact."""
    check_kink(student, name, {"relu": 0.0, "leakyrelu": 0.01}[name])


@marks("solution.softmax", gate=True)
@for_all(cases=4)
def test_softmax_values(student, draw, reference):
    """softmax of random arrays, row by row."""
    x = draw.array((draw.integer(2, 5), draw.integer(2, 5)), -5, 5)
    close("softmax(x)", (yield networks(student).ask("softmax", x)), net_of(reference).softmax(x))


@marks("solution.softmax")
@for_all(cases=4)
def test_softmax_ignores_a_shift_of_a_row(student, draw):
    """Adding a constant to a row leaves its probabilities as they are."""
    x = on_a_grid(draw.array((3, draw.integer(2, 5)), -3, 3))
    shift = on_a_grid(draw.array((3, 1), -50, 50))
    p, q = yield networks(student).ask_each(("softmax", x), ("softmax", x + shift))
    close("softmax(x + c)", q, shaped("softmax(x)", p, x.shape))


@marks("solution.softmax")
@for_all(cases=3)
def test_softmax_of_distant_rows(student, draw, reference):
    """Rows of very different size do not disturb one another."""
    x = on_a_grid(draw.array((3, 4), -3, 3)) + np.array([[0.0], [1e4], [-1e4]])
    hint = "Subtract each row's own maximum: with one maximum for all, distant rows become 0/0."
    got = yield networks(student).ask("softmax", x)
    finite("softmax(x)", got, hint=hint)
    close("softmax(x)", got, net_of(reference).softmax(x), hint=hint)


@marks("solution.softmax")
@for_all(cases=2)
def test_softmax_of_one_row(student, draw, reference):
    """A batch of one row keeps its two axes."""
    x = draw.array((1, draw.integer(2, 5)), -3, 3)
    close("softmax(x)", (yield networks(student).ask("softmax", x)), net_of(reference).softmax(x))


@marks("solution.softmax")
@for_all(cases=1)
def test_softmax_keeps_its_argument(student, draw):
    """softmax leaves x as it is."""
    x, one = draw.array((3, 4), -3, 3), Ask()
    given = one.call(Name("numpy.array"), x)
    one.method(networks(student).build(one), "softmax", given)
    close("x after softmax(x)", (yield one.returns(given)), x, hint=KEPT)


@marks("solution.activation", gate=True)
@for_all(cases=3)
def test_activation_values(student, draw, reference):
    """activation for every name, on random arrays."""
    yield from selected(student, drawn_input(draw), reference, ACTIVATIONS)


@marks("solution.activation")
@for_all(cases=3)
def test_activation_derivatives(student, draw, reference):
    """The derivative of activation for every name, on random arrays."""
    yield from selected(student, drawn_input(draw), reference, ACTIVATIONS, True)


@marks("solution.activation")
@for_all(cases=1)
def test_activation_selects_leakyrelu(student, draw, reference):
    """Where leakyrelu is there, activation selects it."""
    if leakyrelu_works(student):
        for grad in ((), (True,)):
            yield from selected(student, drawn_input(draw), reference, ["leakyrelu"], *grad)


@marks("solution.activation")
@for_all(cases=1)
def test_activation_belongs_to_its_network(student, draw, reference):
    """Two networks with different activations do not disturb each other."""
    x, nets, one = drawn_input(draw), networks(student), Ask()
    first, _ = nets.build(one, activation="sigmoid"), nets.build(one, activation="relu")
    got = yield one.returns(one.method(first, "activation", x))
    hint = "Keep the choice in self, not in the class."
    close("activation(x) of the first network", got, net_of(reference).sigmoid(x), hint=hint)


@marks("solution.forward", gate=True)
@for_all(cases=4)
def test_forward_values(student, draw, reference):
    """The whole cache of networks with one to three hidden layers."""
    weights = drawn_weights(draw, drawn_widths(draw))
    x = draw.array((draw.integer(2, 4), len(weights["W1"])), -2, 2)
    yield from same_cache(student, reference, weights, x, draw.choice(ACTIVATIONS))


@marks("solution.forward")
@for_all(cases=2)
def test_forward_of_a_deep_network(student, draw, reference):
    """Five hidden layers of unequal widths, one of them a single unit."""
    weights, x = drawn_weights(draw, [4, 6, 3, 1, 5, 2, 3]), draw.array((3, 4), -2, 2)
    yield from same_cache(student, reference, weights, x, draw.choice(["relu", "tanh"]))


@marks("solution.forward")
@for_all(cases=3)
def test_forward_of_one_example(student, draw, reference):
    """A batch of one example."""
    weights, x = drawn_weights(draw, [3, 4, 3]), draw.array((1, 3), -2, 2)
    yield from same_cache(student, reference, weights, x, "tanh")


@marks("solution.forward")
@for_all(cases=2)
def test_forward_treats_examples_alone(student, draw):
    """Another order of the examples gives the same rows in that order."""
    weights, x = drawn_weights(draw, [3, 4, 2]), draw.array((4, 3), -2, 2)
    order, nets = draw.permutation(4), networks(student, "forward")
    one, other = yield nets.ask_each(("forward", x), ("forward", x[order]), weights=weights)
    one, other = cache_of("forward(x)", one), cache_of("forward(x)", other)
    for key, n in {"A1": 4, "Z1": 4, "A2": 2, "Z2": 2}.items():
        rows = shaped(f'forward(x)["{key}"]', entry("forward(x)", one, key), (4, n))
        close(f'forward(x[order])["{key}"]', entry("forward(x)", other, key), rows[order])


@marks("solution.forward")
def test_forward_of_zero_weights(student):
    """Weights and biases of zero give every class the same probability."""
    weights = {key: np.zeros_like(value) for key, value in fixed_weights([3, 4, 5]).items()}
    got = student.run(networks(student, "forward").ask("forward", np.ones((2, 3)), weights=weights))
    probabilities = entry("forward(x)", cache_of("forward(x)", got), "Z2")
    close('forward(x)["Z2"]', probabilities, np.full((2, 5), 0.2))


@marks("solution.forward")
@for_all(cases=1)
def test_forward_keeps_its_argument(student, draw):
    """forward leaves x as it is."""
    one, x = Ask(), draw.array((3, 4), -2, 2)
    given = one.call(Name("numpy.array"), x)
    net = networks(student, "forward").build(one, drawn_weights(draw, [4, 3, 3]))
    one.method(net, "forward", given)
    close("x after forward(x)", (yield one.returns(given)), x, hint=KEPT)


@marks("solution.loss", gate=True)
@for_all(cases=4)
def test_loss_values(student, draw, reference):
    """The loss of random probabilities."""
    m, c = draw.integer(2, 5), draw.integer(2, 5)
    p, y = drawn_probabilities(draw, m, c), draw.one_hot(m, c)
    got = yield networks(student).ask("loss", p, y, batch_size=m)
    close("loss(p, y)", got, net_of(reference).loss(p, y))


@marks("solution.loss")
@for_all(cases=3)
def test_loss_at_certainty(student, draw, reference):
    """Probabilities of exactly 0 and 1 give a finite loss, right or wrong."""
    y, epsilon = draw.one_hot(3, 4), draw.choice([1e-4, 1e-3])
    p = np.roll(y, draw.integer(0, 1), axis=1)
    got = yield networks(student).ask("loss", p, y, batch_size=3, epsilon=epsilon)
    hint = "Clip to [epsilon, 1 - epsilon] before the logarithm."
    finite("loss(p, y)", got, hint=hint)
    close("loss(p, y)", got, net_of(reference, epsilon=epsilon).loss(p, y), hint=hint)


@marks("solution.loss")
@for_all(cases=3)
def test_loss_of_a_short_minibatch(student, draw, reference):
    """The mean is over the examples given, however large batch_size is."""
    m = draw.integer(2, 5)
    p, y = drawn_probabilities(draw, m, 3), draw.one_hot(m, 3)
    got = yield networks(student).ask("loss", p, y, batch_size=16)
    close("loss(p, y)", got, net_of(reference).loss(p, y), hint=SHORT)


@marks("solution.backward", weight=2)
@for_all(cases=4)
def test_backward_weights_with_relu(student, draw, reference):
    """dW of networks with relu, against the true gradient."""
    yield from true_gradient(student, smooth_case(draw, reference, ["relu"]), "dW")


@marks("solution.backward", weight=2)
@for_all(cases=4)
def test_backward_weights_with_smooth_activations(student, draw, reference):
    """dW of networks with sigmoid and tanh, against the true gradient."""
    yield from true_gradient(student, smooth_case(draw, reference, ["sigmoid", "tanh"]), "dW")


@marks("solution.backward", weight=2)
@for_all(cases=4)
def test_backward_biases(student, draw, reference):
    """db of networks with any activation, against the true gradient."""
    yield from true_gradient(student, smooth_case(draw, reference, ACTIVATIONS), "db")


@marks("solution.backward", weight=2)
@for_all(cases=2)
def test_backward_by_central_differences_in_depth(student, draw, reference):
    """A deep network: all weights together and one alone, by differences of its own loss."""
    case = smooth_case(draw, reference, ["relu", "tanh"], [6, 5, 4, 3], 4)
    yield from true_slopes(student, draw, case)


@marks("solution.backward")
@for_all(cases=3)
def test_backward_starts_at_the_output(student, draw, reference):
    """dA of the last layer is probabilities minus labels, per example or averaged."""
    yield from first_step(student, smooth_case(draw, reference, ["tanh"]))


@marks("solution.backward")
@for_all(cases=3)
def test_backward_goes_down_a_layer(student, draw, reference):
    """Each dZ is right, given the dA above it, and each dA, given the dZ of its layer."""
    case = smooth_case(draw, reference, ACTIVATIONS, [3, 4, 5, 3])
    yield from steps_down(student, case)


@marks("solution.backward")
@for_all(cases=3)
def test_backward_from_dA_to_the_weights(student, draw, reference):
    """Each dW and db is right, given the dA of its layer, up to the factor of the mean."""
    case = smooth_case(draw, reference, ACTIVATIONS, [3, 4, 5, 3])
    yield from steps_aside(student, case)


@marks("solution.backward")
@for_all(cases=2)
def test_backward_of_a_doubled_batch(student, draw):
    """Every example twice, in another order, leaves the gradient of the mean as it is."""
    weights, x, y = drawn_weights(draw, [3, 4, 3]), draw.array((3, 3), -2, 2), draw.one_hot(3, 3)
    order = np.concatenate([np.arange(3), draw.permutation(3)])
    once, twice = yield (
        gradients(student, weights, x, y, activation="tanh"),
        gradients(student, weights, x[order], y[order], activation="tanh"),
    )
    for key in ("W2", "W1"):
        want = shaped(f'"d{key}"', gradient(CALL, once, f"d{key}"), weights[key].shape)
        got = gradient(CALL, twice, f"d{key}")
        close(f'"d{key}" with every example twice', got, want, hint=MEAN)


@marks("solution.backward")
@for_all(cases=3)
def test_backward_of_a_short_minibatch(student, draw, reference):
    """The mean is over the examples given, however large batch_size is."""
    case = smooth_case(draw, reference, ["tanh"], [3, 4, 3], draw.integer(2, 5))
    yield from true_gradient(student, case, "dW", "db", hint=SHORT, batch_size=16)


@marks("solution.backward")
@for_all(cases=2)
def test_backward_of_one_example(student, draw, reference):
    """A minibatch of one example."""
    case = smooth_case(draw, reference, ["tanh"], [3, 4, 3], 1)
    yield from true_gradient(student, case, "dW", "db")


@marks("solution.update", gate=True)
@for_all(cases=4)
def test_update_values(student, draw):
    """Every weight and bias of a network of any depth makes its step, and keeps its shape."""
    weights = drawn_weights(draw, drawn_widths(draw))
    grads, lr = gradients_like(draw, weights), draw.uniform(0.05, 0.8)
    after = yield updated(student, grads, weights, lr=lr)
    before = joined("weights", weights, list(weights))
    changed("update(grads)", before, joined("weights", after, list(weights)))
    for key, value in weights.items():
        got = entry("weights", after, key)
        close(f'weights["{key}"] after update(grads)', got, value - lr * grads[f"d{key}"])


@marks("solution.update")
@for_all(cases=2)
def test_update_twice(student, draw):
    """Two updates add up; gradients of the activations and further keys are no obstacle."""
    weights, lr = drawn_weights(draw, [3, 4, 2]), draw.uniform(0.05, 0.5)
    first, second = gradients_like(draw, weights), gradients_like(draw, weights)
    extra = {"dA2": np.ones((5, 2)), "dZ1": np.ones((5, 4)), "dA1": np.ones((5, 4))}
    nets, one = networks(student, "update"), Ask()
    net = nets.build(one, weights, lr=lr)
    for grads in (first, second):
        one.method(net, "update", {**extra, **grads})
    after = yield one.returns(one.get(net, "weights"))
    for key, value in weights.items():
        want = value - lr * (first[f"d{key}"] + second[f"d{key}"])
        close(f'weights["{key}"] after two updates', entry("weights", after, key), want)
    holds("weights after two updates", set(after) == set(weights), "has other keys than before")


@marks("solution.compute_loss_and_accuracy", gate=True)
@for_all(cases=4)
def test_loss_and_accuracy_values(student, draw, reference):
    """Loss, accuracy and predictions of random networks."""
    net, x, y = smooth_case(draw, reference, ["relu"], [4, 5, 3], 6)
    y[:3] = np.eye(3)
    nets = networks(student, "compute_loss_and_accuracy")
    got = yield measured(nets, x, y, net.weights)
    want_loss, want_accuracy, want = net.compute_loss_and_accuracy(x, y)
    loss, accuracy, predictions = three("compute_loss_and_accuracy(X, Y)", got)
    close("predictions", predictions, want)
    close("accuracy", accuracy, want_accuracy, rtol=1e-6)
    close("loss", loss, want_loss, rtol=1e-5)


@marks("solution.compute_loss_and_accuracy")
@for_all(cases=2)
def test_loss_and_accuracy_of_other_labels(student, draw):
    """The predictions follow from X alone, and measuring leaves the weights as they are."""
    weights, x = drawn_weights(draw, [4, 5, 3]), draw.array((6, 4), -2, 2)
    nets, one = networks(student, "compute_loss_and_accuracy"), Ask()
    net, found = nets.build(one, weights), []
    for labels in ([0, 1, 2, 0, 1, 2], [2, 2, 1, 1, 0, 0]):
        y = nets.labels(np.eye(3)[labels])
        found.append(one.method(net, "compute_loss_and_accuracy", x, y))
    first, second, after = yield one.returns(*found, one.get(net, "weights"))
    first = shaped("predictions", three("compute_loss_and_accuracy(X, Y)", first)[2], (6,))
    second = three("compute_loss_and_accuracy(X, other Y)", second)[2]
    close("predictions with other labels", second, first)
    for key, value in weights.items():
        close(f'weights["{key}"] after measuring', entry("weights", after, key), value)


@marks("solution.train_loop", gate=True)
def test_train_loop_makes_one_step_on_the_full_batch(student, reference):
    """One epoch with one minibatch is one step of gradient descent from the initial weights."""
    x, y = separable()
    start = epochs.start_of(student, x, y)
    want = epochs.stepper(reference, x, y)(start, list(range(8)))
    epochs.same_weights("train_loop(1)", epochs.trained(student, x, y, batch_size=8)[1], want)


@marks("solution.train_loop", weight=2)
def test_train_loop_makes_a_step_per_minibatch(student, reference):
    """Four examples in minibatches of two: two updates, whatever the order of the examples."""
    epochs.reaches(student, reference, 4)


@marks("solution.train_loop", weight=2)
def test_train_loop_uses_a_short_last_minibatch(student, reference):
    """Five examples in minibatches of two: the last minibatch has one example."""
    epochs.reaches(student, reference, 5)


@marks("solution.train_loop")
def test_train_loop_goes_on_from_epoch_to_epoch(student, reference):
    """A second epoch starts where the first ended."""
    x, y = separable()
    step, start = epochs.stepper(reference, x, y), epochs.start_of(student, x, y)
    logs, got = epochs.trained(student, x, y, epochs=3, batch_size=8)
    first = step(start, list(range(8)))
    third = step(step(first, list(range(8))), list(range(8)))
    epochs.same_weights("train_loop(3)", got, third)
    for key in LOG_KEYS:
        series(f'train_loop(3)["{key}"]', entry("train_loop(3)", logs, key), 3)


@marks("solution.train_loop")
def test_train_loop_logs_what_the_network_does(student, reference):
    """The logs are the losses and accuracies on the training and the validation set."""
    x, y = separable()
    valid = 0.5 - x[:5], y[:5]
    logs, weights = epochs.trained(student, x, y, valid=valid, lr=0.0, batch_size=4)
    net = net_of(reference, epochs.as_weights(weights), activation="tanh")
    for name, split in {"train": (x, y), "validation": valid}.items():
        loss, accuracy, _ = net.compute_loss_and_accuracy(*split)
        for key, want in {f"{name}_loss": loss, f"{name}_accuracy": accuracy}.items():
            call = f'train_loop(1)["{key}"]'
            got = series(call, entry("train_loop(1)", logs, key), 1)
            close(call, got, [want], rtol=1e-4, atol=1e-6)


@marks("solution.train_loop")
def test_train_loop_learns_from_the_training_set_alone(student):
    """Other labels of the validation and test sets leave the weights as they were."""
    x, y = separable()
    splits = [(x, labels) for labels in (y, y, 1.0 - y)]
    runs = [epochs.trained(student, x, y, split, 2, batch_size=4)[1] for split in splits]
    plain, again, other = (joined("weights", run, list(epochs.LAYERS)) for run in runs)
    if np.array_equal(plain, again):
        hint = "Only the training set may change the weights."
        close("weights with other validation and test labels", other, plain, hint=hint)


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
    close("evaluate(): accuracy", accuracy, want_accuracy, rtol=1e-6)
    close("evaluate(): loss", loss, want_loss, rtol=1e-5)


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
