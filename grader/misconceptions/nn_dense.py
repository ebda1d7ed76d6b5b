# grader-secret: nothing of this file may reach students.
"""Wrong versions of DenseLayer of nn.py."""

from __future__ import annotations

from grader.misconceptions.bank import misconception

NORMAL = "np.random.standard_normal((num_outputs, num_inputs))"
DRAWN = f"self.W = {NORMAL} / np.sqrt(num_inputs)"
ZEROS = "self.b = np.zeros(num_outputs)"
HANDED_OUT = "return self.W, self.b"
LINEAR = "linear_forward(x, self.W, self.b)"
NO_ACTIVATION = "if self.activation is None:"
CHAIN = "lambda dh: linear_back(activation_back(dh))"
DEVIATION = "The standard deviation is the root of the variance."
LIVE = "An optimiser changes these arrays in place. If they are copies, the network never learns."

DENSE_LAYER = (
    misconception(
        "DenseLayer",
        "deviation 1/n",
        f"{DEVIATION} 1/num_inputs is the variance of the weights.",
        (DRAWN, f"self.W = {NORMAL} / num_inputs"),
    ),
    misconception(
        "DenseLayer",
        "deviation sqrt(2/n)",
        "The factor 2 belongs to He's initialisation, which is another one than asked for here.",
        (DRAWN, f"self.W = {NORMAL} * np.sqrt(2.0 / num_inputs)"),
    ),
    misconception(
        "DenseLayer",
        "deviation 2/sqrt(n)",
        "There is a factor too many in the standard deviation.",
        (DRAWN, f"self.W = 2.0 * {NORMAL} / np.sqrt(num_inputs)"),
    ),
    misconception(
        "DenseLayer",
        "deviation of Glorot",
        "Glorot's rule looks at both sides of the layer. The one asked for here looks at the "
        "inputs alone.",
        (DRAWN, f"self.W = {NORMAL} * np.sqrt(2.0 / (num_inputs + num_outputs))"),
    ),
    misconception(
        "DenseLayer",
        "deviation from the outputs",
        "A pre-activation is a sum over the inputs. So which of the two sizes must be divided out?",
        (DRAWN, f"self.W = {NORMAL} / np.sqrt(num_outputs)"),
    ),
    misconception(
        "DenseLayer",
        "deviation 1",
        "With standard deviation 1, a sum over many inputs becomes large. Scale the draws by the "
        "number of inputs.",
        (DRAWN, f"self.W = {NORMAL}"),
    ),
    misconception(
        "DenseLayer",
        "uniform weights",
        "The weights are to be normally distributed. Between bounds is a uniform distribution.",
        (
            DRAWN,
            "bound = 1.0 / np.sqrt(num_inputs)\n"
            "        self.W = np.random.uniform(-bound, bound, (num_outputs, num_inputs))",
        ),
    ),
    misconception(
        "DenseLayer",
        "weights from 0 to 1",
        "rand draws from 0 to 1, never below. The weights are to have mean 0 and be normal.",
        (DRAWN, "self.W = np.random.rand(num_outputs, num_inputs) / np.sqrt(num_inputs)"),
    ),
    misconception(
        "DenseLayer",
        "weights all alike",
        "Units with the same weights compute the same, get the same gradient and stay the same. "
        "Draw each weight by itself.",
        (DRAWN, "self.W = np.full((num_outputs, num_inputs), 1.0 / np.sqrt(num_inputs))"),
    ),
    misconception(
        "DenseLayer",
        "weights of zeros",
        "A network of zeros computes zero, whatever its input. The weights must be drawn.",
        (DRAWN, "self.W = np.zeros((num_outputs, num_inputs))"),
    ),
    misconception(
        "DenseLayer",
        "W transposed",
        "In these formulas W has one row per output, and x is multiplied by its transpose.",
        (
            DRAWN,
            "self.W = np.random.standard_normal((num_inputs, num_outputs))\n"
            "        self.W = self.W / np.sqrt(num_inputs)",
        ),
    ),
    misconception(
        "DenseLayer",
        "the same seed in every layer",
        "A seed set inside of the layer gives every layer the same weights. Seed once, outside.",
        (DRAWN, f"np.random.seed(0)\n        {DRAWN}"),
    ),
    misconception(
        "DenseLayer",
        "biases drawn",
        "Only the weights are drawn. Where do the biases begin?",
        (ZEROS, "self.b = np.random.standard_normal(num_outputs)"),
    ),
    misconception(
        "DenseLayer",
        "bias with an axis too many",
        "b has one axis, with one entry per output. Yours has two.",
        (ZEROS, "self.b = np.zeros((1, num_outputs))"),
    ),
    misconception(
        "DenseLayer",
        "activation never applied",
        "The layer has an activation, but its result goes past it.",
        (NO_ACTIVATION, "if True:"),
    ),
    misconception(
        "DenseLayer",
        "back past the activation",
        "On the way there the activation comes last, so on the way back it comes first. Here it is "
        "left out.",
        (CHAIN, "lambda dh: linear_back(dh)"),
    ),
    misconception(
        "DenseLayer",
        "activation applied to the gradient",
        "A gradient does not go through the activation, but through its derivative: that is what "
        "the second result of the activation is for.",
        (CHAIN, "lambda dh: linear_back(self.activation(dh)[0])"),
    ),
    misconception(
        "DenseLayer",
        "bias left out",
        "The layer has a bias, but forward computes without it.",
        (LINEAR, "linear_forward(x, self.W, 0.0 * self.b)"),
    ),
    misconception(
        "DenseLayer",
        "parameters() gives copies",
        LIVE,
        (HANDED_OUT, "return self.W.copy(), self.b.copy()"),
    ),
    misconception(
        "DenseLayer",
        "parameters() gives a copy of b",
        LIVE,
        (HANDED_OUT, "return self.W, self.b.copy()"),
    ),
    misconception(
        "DenseLayer",
        "parameters() in another order",
        "Whoever calls parameters() unpacks W first.",
        (HANDED_OUT, "return self.b, self.W"),
    ),
)
