# grader-secret: nothing of this file may reach students.
"""Misconceptions of the activation functions in solution.py."""

from __future__ import annotations

from grader.misconceptions.bank import Misconception, misconception

RELU = "return np.where(x > 0, 1.0, 0.0) if grad else np.maximum(x, 0.0)"
SIGMOID = "return e / (1.0 + e) ** 2 if grad else np.where(x >= 0, 1.0, e) / (1.0 + e)"
E = "        e = np.exp(-np.abs(x))\n"
TANH = "return 1.0 - np.tanh(x) ** 2 if grad else np.tanh(x)"
LEAKY = "return np.where(x > 0, 1.0, 0.01) if grad else np.where(x > 0, x, 0.01 * x)"
S = "s = np.where(x >= 0, 1.0, e) / (1.0 + e)"

FLAG = (
    "The argument grad decides between the function and its derivative. Where does "
    "your code look at it?"
)
INVERTED = (
    "Function and derivative are there, but each comes when the other is asked for: "
    "look at the condition on grad."
)
OUTPUT = (
    "The derivative is asked for at x, the pre-activation. You treat x as if it were "
    "the activation already."
)
TWICE = (
    "The derivative is taken at x itself. Count how often you apply the function "
    "before you differentiate."
)
CALLERS = (
    "x belongs to the caller, who needs it again for the derivative. Which of your "
    "lines writes into it?"
)
WHOLE = (
    "An array that is made like x has the type of x. What happens to fractions if x "
    "holds whole numbers?"
)


def _lines(*lines: str) -> str:
    return "\n        ".join(lines)


def _made(function: str, old: str, *entries: tuple[str, str, str]) -> tuple[Misconception, ...]:
    return tuple(misconception(function, name, hint, (old, new)) for name, hint, new in entries)


RELU_BANK = _made(
    "relu",
    RELU,
    ("grad ignored", FLAG, "return np.maximum(x, 0.0)"),
    ("grad inverted", INVERTED, RELU.replace("if grad", "if not grad")),
    (
        "derivative of the other side",
        "Draw relu: on which side of 0 does it rise, and how steeply?",
        RELU.replace("1.0, 0.0", "0.0, 1.0"),
    ),
    (
        "derivative by the sign",
        "Draw relu: how steep is it on the left of 0? The sign of x is not the answer there.",
        RELU.replace("np.where(x > 0, 1.0, 0.0)", "np.sign(x)"),
    ),
    ("x changed in place", CALLERS, _lines("if not grad:", "    x[x < 0] = 0.0", RELU)),
    (
        "leaky",
        "This is another function of the family: what does relu itself give for a negative number?",
        "return np.where(x > 0, 1.0, 0.01) if grad else np.where(x > 0, x, x * 0.01)",
    ),
    (
        "the largest entry instead of a comparison with 0",
        "One numpy function compares two arrays entry by entry, another looks for the "
        "largest entry of one array. Which one do you call?",
        RELU.replace("np.maximum(x, 0.0)", "np.max(x, 0)"),
    ),
    (
        "absolute value",
        "What should become of negative numbers: their size, or nothing?",
        RELU.replace("np.maximum(x, 0.0)", "np.abs(x)"),
    ),
    (
        "1 for every positive number",
        "relu clears what is negative and keeps what is positive as it is, whatever its size.",
        RELU.replace("np.maximum(x, 0.0)", "np.where(x > 0, 1.0, 0.0)"),
    ),
)
SIGMOID_BANK = _made(
    "sigmoid",
    SIGMOID,
    (
        "brackets missing in the quotient",
        "Division comes before addition: what exactly does your expression divide by?",
        _lines("s = 1.0 / 1.0 + np.exp(-x)", "return s * (1.0 - s) if grad else s"),
    ),
    (
        "exponent of the other sign",
        "Where should the sigmoid tend to as x grows, to 0 or to 1? Look at the sign in "
        "the exponent.",
        _lines("s = np.where(x >= 0, e, 1.0) / (1.0 + e)", "return s * (1.0 - s) if grad else s"),
    ),
    ("grad ignored", FLAG, SIGMOID.replace("if grad", "if False")),
    ("grad inverted", INVERTED, SIGMOID.replace("if grad", "if not grad")),
    ("x taken for the activation", OUTPUT, SIGMOID.replace("e / (1.0 + e) ** 2", "x * (1.0 - x)")),
    (
        "half of x taken for the activation",
        "The derivative has the sigmoid of x in both factors, not in one only.",
        _lines(S, "return s * (1.0 - x) if grad else s"),
    ),
    (
        "derivative of tanh",
        "Which function has the derivative that you wrote? Differentiate the sigmoid once by hand.",
        _lines(S, "return 1.0 - s**2 if grad else s"),
    ),
    (
        "derivative with one factor",
        "The sigmoid flattens out on both sides: your derivative does so on one side only.",
        _lines(S, "return 1.0 - s if grad else s"),
    ),
    (
        "derivative of the sigmoid of the sigmoid",
        TWICE,
        _lines(S, "t = 1.0 / (1.0 + np.exp(-s))", "return t * (1.0 - t) if grad else s"),
    ),
    (
        "sign of the derivative",
        "The sigmoid rises everywhere. What does this say of the sign of its derivative?",
        SIGMOID.replace("e / (1.0", "-e / (1.0"),
    ),
    (
        "a quotient of huge exponentials",
        "For large x a quotient of two huge exponentials is no number. Rewrite it so that "
        "no exponent is large and positive.",
        _lines("s = np.exp(x) / (1.0 + np.exp(x))", "return s * (1.0 - s) if grad else s"),
    ),
    (
        "whole numbers stay whole",
        WHOLE,
        _lines(
            "out = np.empty_like(x)",
            "out[...] = e / (1.0 + e) ** 2 if grad else np.where(x >= 0, 1.0, e) / (1.0 + e)",
            "return out",
        ),
    ),
    ("x changed in place", CALLERS, _lines(S, "x[...] = s", "return s * (1.0 - s) if grad else x")),
)
TANH_BANK = _made(
    "tanh",
    TANH,
    ("x taken for the activation", OUTPUT, TANH.replace("np.tanh(x) ** 2", "x**2")),
    (
        "a quotient of huge exponentials",
        "exp of a large number overflows, and a quotient of two infinities is no number. "
        "Is there a function of numpy for this?",
        _lines(
            "t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))",
            "return 1.0 - t**2 if grad else t",
        ),
    ),
    (
        "brackets missing in the quotient",
        "Division comes before addition and subtraction: what exactly does your expression divide?",
        _lines(
            "t = np.exp(x) - np.exp(-x) / np.exp(x) + np.exp(-x)",
            "return 1.0 - t**2 if grad else t",
        ),
    ),
    ("x changed in place", CALLERS, TANH.replace("else np.tanh(x)", "else np.tanh(x, out=x)")),
    ("grad ignored", FLAG, "return np.tanh(x)"),
    ("grad inverted", INVERTED, TANH.replace("if grad", "if not grad")),
    (
        "derivative of the tanh of the tanh",
        TWICE,
        TANH.replace("np.tanh(x) ** 2", "np.tanh(np.tanh(x)) ** 2"),
    ),
    (
        "the square forgotten in the derivative",
        "The derivative is even: tanh'(-x) = tanh'(x). Check yours at one negative x.",
        TANH.replace(" ** 2", ""),
    ),
    (
        "derivative of the sigmoid",
        "Which function has the derivative that you wrote? How steep is tanh at 0?",
        _lines("t = np.tanh(x)", "return t * (1.0 - t) if grad else t"),
    ),
    (
        "sign of the derivative",
        "tanh rises everywhere. What does this say of the sign of its derivative?",
        TANH.replace("1.0 - np.tanh(x) ** 2", "np.tanh(x) ** 2 - 1.0"),
    ),
    (
        "a sigmoid that is only shifted",
        "The sigmoid can be made into tanh, but it must be stretched in two directions, "
        "not in one.",
        _lines("t = 2.0 / (1.0 + np.exp(-x)) - 1.0", "return 1.0 - t**2 if grad else t"),
    ),
)
LEAKY_BANK = _made(
    "leakyrelu",
    LEAKY,
    (
        "a steeper slope",
        "The slope on the left is a fixed small number: compare yours with the "
        "description, digit by digit.",
        LEAKY.replace("0.01", "0.1"),
    ),
    (
        "derivative of relu",
        "On the left the function is not flat. How steep is it there?",
        LEAKY.replace("1.0, 0.01", "1.0, 0.0"),
    ),
    (
        "derivative times x",
        "The derivative of a straight line is its slope, the same number everywhere on the line.",
        LEAKY.replace("1.0, 0.01)", "1.0, 0.01 * x)"),
    ),
    (
        "sides swapped",
        "Draw the function: on which side of 0 is it steep?",
        LEAKY.replace("x > 0", "x <= 0"),
    ),
    (
        "smaller of the two",
        "On each side of 0, which of x and the leaky line is larger? You return the other one.",
        LEAKY.replace("np.where(x > 0, x, 0.01 * x)", "np.minimum(x, 0.01 * x)"),
    ),
    (
        "no leak",
        "What should become of negative numbers: nothing, or a small part of them?",
        LEAKY.replace("np.where(x > 0, x, 0.01 * x)", "np.maximum(x, 0.0)"),
    ),
    ("grad ignored", FLAG, "return np.where(x > 0, x, 0.01 * x)"),
    (
        "x changed in place",
        CALLERS,
        _lines("if not grad:", "    x[x < 0] *= 0.01", "    return x", LEAKY),
    ),
    (
        "whole numbers stay whole",
        WHOLE,
        _lines(
            "out = np.ones_like(x) if grad else x.copy()",
            "out[x < 0] = (0.01 if grad else 0.01 * x[x < 0])",
            "return out",
        ),
    ),
)
