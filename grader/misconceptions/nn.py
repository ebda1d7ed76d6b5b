# grader-secret: nothing of this file may reach students.
"""Wrong versions of nn.py that students write, as edits of grader/reference/nn.py."""

from __future__ import annotations

from grader.misconceptions.bank import Misconception, misconception
from grader.misconceptions.nn_dense import DENSE_LAYER
from grader.misconceptions.nn_linear import LINEAR
from grader.misconceptions.nn_loss import LOSS
from grader.misconceptions.nn_network import DROPOUT, NETWORK
from grader.misconceptions.nn_softmax import SOFTMAX

RELU, RELU_BACK = "np.maximum(x, 0.0)", "lambda dout: dout * positive"
RELU_BODY = f"    positive = x > 0\n    return {RELU}, {RELU_BACK}"
POSITIVE = "positive = x > 0"
TANH, TANH_BACK = "out = np.tanh(x)", "lambda dout: dout * (1.0 - out**2)"
ABOVE = "The chain rule multiplies two things: the local derivative, and what comes from above."

RELU_BANK = (
    misconception(
        "relu",
        "back ignores dout",
        f"back gives the derivative of relu alone. {ABOVE}",
        (RELU_BACK, "lambda dout: 1.0 * positive"),
    ),
    misconception(
        "relu",
        "back passes everything",
        "Where relu is flat, a small change of x changes nothing. What does that say of the "
        "gradient there?",
        (RELU_BACK, "lambda dout: 1.0 * dout"),
    ),
    misconception(
        "relu",
        "back looks at the sign of dout",
        "Which units let a gradient through is decided on the way there, by x. The sign of the "
        "gradient itself has no say.",
        (RELU_BACK, "lambda dout: dout * (dout > 0)"),
    ),
    misconception(
        "relu",
        "back multiplies by the output",
        "The slope of relu is the same wherever x is positive, however large x is. back uses the "
        "value of relu as if it were its derivative.",
        (RELU_BACK, "lambda dout: dout * np.maximum(x, 0)"),
    ),
    misconception(
        "relu",
        "back lets the negative through",
        "The mask is the wrong way round: think of which entries of x reach the output at all.",
        (RELU_BACK, "lambda dout: dout * (x < 0)"),
    ),
    misconception(
        "relu",
        "changes x in place",
        "An array is handed over by reference: what you write into x, you write into the caller's "
        "array. Make a new one.",
        (RELU_BODY, f"    {POSITIVE}\n    x[x < 0] = 0.0\n    return x, {RELU_BACK}"),
    ),
    misconception(
        "relu",
        "leaky",
        "A small slope for negative x is leaky ReLU. What does plain relu give there?",
        (RELU, "np.where(x > 0, x, 0.01 * x)"),
        (RELU_BACK, "lambda dout: dout * np.where(x > 0, 1.0, 0.01)"),
    ),
)

TANH_BANK = (
    misconception(
        "tanh",
        "derivative 1 - x²",
        "The square in the derivative is that of tanh(x), not that of x. Which of the two does "
        "your back hold on to?",
        (TANH_BACK, "lambda dout: dout * (1.0 - x**2)"),
    ),
    misconception(
        "tanh",
        "derivative without the square",
        "Look at x = 0 and at large x: the slope of tanh is 1 at the first and 0 far out on both "
        "sides. Does your formula give that for negative x too?",
        (TANH_BACK, "lambda dout: dout * (1.0 - out)"),
    ),
    misconception(
        "tanh",
        "back multiplies by the output",
        "back uses the value of tanh as if it were its derivative. How steep is tanh at 0, where "
        "its value is 0?",
        (TANH_BACK, "lambda dout: dout * out"),
    ),
    misconception(
        "tanh",
        "derivative of the sigmoid",
        "s (1 - s) is the derivative of the sigmoid. That of tanh looks different; derive it, or "
        "test it at x = 0.",
        (TANH_BACK, "lambda dout: dout * out * (1.0 - out)"),
    ),
    misconception(
        "tanh",
        "a sigmoid",
        "This is the sigmoid, with values from 0 to 1. tanh is odd: what is its value at 0?",
        (TANH, "out = 1.0 / (1.0 + np.exp(-np.clip(x, -700, 700)))"),
        (TANH_BACK, "lambda dout: dout * out * (1.0 - out)"),
    ),
    misconception(
        "tanh",
        "back ignores dout",
        f"back gives the derivative of tanh alone. {ABOVE}",
        (TANH_BACK, "lambda dout: 1.0 - out**2"),
    ),
    misconception(
        "tanh",
        "derivative at dout",
        "The derivative is taken at the point where the function was evaluated. back takes it at "
        "the gradient that comes from above.",
        (TANH_BACK, "lambda dout: 1.0 - np.tanh(dout) ** 2"),
    ),
    misconception(
        "tanh",
        "tanh applied twice in back",
        "In back, tanh is taken of something that is a tanh already.",
        (TANH_BACK, "lambda dout: dout * (1.0 - np.tanh(out) ** 2)"),
    ),
    misconception(
        "tanh",
        "exponentials that overflow",
        "exp of a large number is infinity, and infinity / infinity is NaN. numpy has a tanh that "
        "knows about this.",
        (TANH, "out = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))"),
    ),
    misconception(
        "tanh",
        "an exponential that overflows on one side",
        "The formula is right, but for large x of one sign its exponential is infinity. numpy has "
        "a tanh that knows about this.",
        (TANH, "out = (1.0 - np.exp(-2.0 * x)) / (1.0 + np.exp(-2.0 * x))"),
    ),
    misconception(
        "tanh",
        "changes x in place",
        "An array is handed over by reference: what you write into x, you write into the caller's "
        "array. Make a new one.",
        (TANH, "out = np.tanh(x, out=x)"),
    ),
)

BANK: tuple[Misconception, ...] = (
    *RELU_BANK,
    *TANH_BANK,
    *LINEAR,
    *SOFTMAX,
    *LOSS,
    *DENSE_LAYER,
    *NETWORK,
    *DROPOUT,
)
