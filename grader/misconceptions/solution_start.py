# grader-secret: nothing of this file may reach students.
"""Misconceptions of initialize_weights and activation in solution.py."""

from __future__ import annotations

from grader.misconceptions.bank import Misconception, misconception

MATRIX = "initial_matrix(rng, shape, self.init_method)"
BIAS = "np.zeros((1, shape[1]))"
GENERATOR = "        rng = np.random.default_rng(self.seed)\n"
LAYERS = "        for i, shape in enumerate(pairwise(sizes), start=1):\n"
BOUND = "r = np.sqrt(6.0 / (fan_in + fan_out))"
UNIFORM = "return rng.uniform(-r, r, shape)"
NORMAL = "return rng.standard_normal(shape)"
HE = "np.sqrt(2.0 / fan_in) * rng"
BY_RELU, BY_SIGMOID = "return self.relu(x, grad)", "return self.sigmoid(x, grad)"
BY_TANH, BY_LEAKY = "return self.tanh(x, grad)", "return self.leakyrelu(x, grad)"
FIRST_NAME = 'if self.activation_str == "relu":'
UNKNOWN = 'raise ValueError(f"unknown activation {self.activation_str!r}")'

TWO_SIZES = (
    "A weight matrix has two sizes, what goes in and what comes out. Which of them "
    "does the rule of initialisation use?"
)
ONE_GENERATOR = (
    "Think of the random generator as a pack of cards: what happens if you shuffle it "
    "back to the start before every layer?"
)


def _w(name: str, hint: str, *edits: tuple[str, str]) -> Misconception:
    return misconception("initialize_weights", name, hint, *edits)


INITIALIZE_WEIGHTS = (
    _w("bound from fan_in alone", TWO_SIZES, (BOUND, "r = 1.0 / np.sqrt(fan_in)")),
    _w("bound from fan_out alone", TWO_SIZES, (BOUND, "r = 1.0 / np.sqrt(fan_out)")),
    _w(
        "no root in the bound",
        "Compare the bound with the formula once more, symbol by symbol: yours shrinks "
        "too fast as layers grow.",
        (BOUND, "r = 6.0 / (fan_in + fan_out)"),
    ),
    _w(
        "deviation taken for the bound",
        "A uniform distribution from -r to r has a standard deviation that is smaller "
        "than r. Which of the two is the formula about?",
        (BOUND, "r = np.sqrt(2.0 / (fan_in + fan_out))"),
    ),
    _w(
        "bound taken for the deviation",
        "The method draws from a uniform distribution; r is where it ends, not how a "
        "normal distribution is spread.",
        (UNIFORM, "return r * rng.standard_normal(shape)"),
    ),
    _w(
        "normal of the right variance",
        "The spread is right, but which distribution does the method draw from? Numbers "
        "far beyond r should never occur.",
        (UNIFORM, "return r / 3**0.5 * rng.standard_normal(shape)"),
    ),
    _w(
        "from 0 to r",
        "Weights should be negative as often as positive. Look at the lower end of the "
        "interval that you draw from.",
        (UNIFORM, "return rng.uniform(0.0, r, shape)"),
    ),
    _w(
        "an interval of half the width",
        "A generator's plain random numbers lie between 0 and 1. Where do they lie after "
        "your scaling?",
        (UNIFORM, "return r * (rng.random(shape) - 0.5)"),
    ),
    _w(
        "one number for a matrix",
        "Each weight needs a random number of its own: units that start alike stay alike, "
        "because their gradients are equal.",
        (MATRIX, "np.full(shape, rng.uniform(-0.1, 0.1))"),
    ),
    _w(
        "one bound for all layers",
        "Layers differ in size, so the bound belongs into the loop over the layers.",
        (UNIFORM, "return rng.uniform(-0.1, 0.1, shape)"),
    ),
    _w(
        "weights transposed",
        "With examples in rows, Z(i-1) W must give one column for each unit of the next "
        "layer. Which size comes first in the shape of W?",
        (MATRIX, MATRIX + ".T"),
    ),
    _w(
        "bias without its first axis",
        "A bias is a row that is added to every example, so it has two axes like "
        "everything else here.",
        (BIAS, "np.zeros(shape[1])"),
    ),
    _w(
        "random biases",
        "Random weights are enough to make the units different. What does the description "
        "say of the biases at the start?",
        (BIAS, "rng.standard_normal((1, shape[1]))"),
    ),
    _w(
        "seed ignored",
        "Two networks with the same seed should start with the same weights. Where does "
        "your generator learn of the seed?",
        (GENERATOR, "        rng = np.random\n"),
    ),
    _w(
        "seed 0 taken for no seed",
        "0 is a seed like any other. How does your code find out that no seed was given?",
        (GENERATOR, GENERATOR.replace("\n", " if self.seed else np.random\n")),
    ),
    _w(
        "a fixed seed",
        "Whoever asks for another seed wants other weights. Which seed does your generator get?",
        (GENERATOR, "        rng = np.random.default_rng(0)\n"),
    ),
    _w("generator seeded for every layer", ONE_GENERATOR, (LAYERS, LAYERS + "    " + GENERATOR)),
    _w(
        "init_method ignored",
        "There is more than one method of initialisation, and self.init_method says which "
        "one is wanted.",
        (MATRIX, 'initial_matrix(rng, shape, "glorot")'),
    ),
    _w(
        "small normal weights",
        'What are mean and variance of N(0, 1)? The method "normal" wants exactly this '
        "distribution, unscaled.",
        (NORMAL, "return 0.01 * rng.standard_normal(shape)"),
    ),
    _w(
        "he with the variance as deviation",
        "A generator wants the standard deviation, the formula gives the variance. How "
        "does one get from one to the other?",
        (HE, "2.0 / fan_in * rng"),
    ),
    _w(
        "he by fan_out",
        "The variance keeps the sum over what comes into a unit at one size. Which size of "
        "the matrix counts these?",
        (HE, HE.replace("fan_in", "fan_out")),
    ),
    _w(
        "random biases where the weights are normal",
        "The method says how the weights are drawn. What does the description say of the biases?",
        (BIAS, 'rng.standard_normal((1, shape[1])) * (self.init_method == "normal")'),
    ),
    _w(
        "normal weights without the seed",
        "Two networks with the same seed should start with the same weights, by whatever "
        "method. Which generator does this one draw from?",
        (NORMAL, "return np.random.standard_normal(shape)"),
    ),
)


def _a(name: str, hint: str, *edits: tuple[str, str]) -> Misconception:
    return misconception("activation", name, hint, *edits)


def _all_by(old: str, new: str) -> tuple[tuple[str, str], ...]:
    return tuple((by, by.replace(old, new)) for by in (BY_RELU, BY_SIGMOID, BY_TANH, BY_LEAKY))


NO_SUCH = (
    "A name with a typing error should be noticed at once. What does your code do "
    "when no branch fits?"
)
ACTIVATION = (
    _a(
        "sigmoid calls relu",
        "Follow a network with sigmoid through your branches: which function does it end in?",
        (BY_SIGMOID, BY_RELU),
    ),
    _a(
        "tanh calls sigmoid",
        "Follow a network with tanh through your branches: which function does it end in?",
        (BY_TANH, BY_SIGMOID),
    ),
    _a(
        "relu whatever the setting",
        "The network has a setting for its activation. Where does your code look at it?",
        (FIRST_NAME, "if self.activation_str:"),
    ),
    _a(
        "grad not handed on",
        "activation has a second argument. Do the functions that it calls get to know of it?",
        *_all_by("(x, grad)", "(x)"),
    ),
    _a(
        "always the derivative",
        "Once the function is wanted and once its derivative: look at what you hand on as grad.",
        *_all_by("(x, grad)", "(x, True)"),
    ),
    _a(
        "derivative at the activation",
        "The derivative is taken at x itself. Do you apply the activation before you ask "
        "for the derivative?",
        *_all_by("(x, grad)", "((type(self).activation(self, x) if grad else x), grad)"),
    ),
    _a("unknown names are relu", NO_SUCH, (UNKNOWN, BY_RELU)),
)
