"""Mutations that mutmut does not make and that matter in numeric code.

Each operator has mutmut's form: it takes a libcst node and yields what may stand in its place.
OPERATORS pairs them with the type of node that each is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

# Names that the field mixes up: of functions, of attributes of self, and in keys of dicts.
FUNCTIONS = {
    "max": "min",
    "maximum": "minimum",
    "argmax": "argmin",
    "sum": "mean",
    "mean": "sum",
    "zeros": "ones",
    "exp": "exp2",
    "log": "log2",
    "sqrt": "square",
    "standard_normal": "random",
    "uniform": "normal",
}
ATTRIBUTES = {
    "beta1": "beta2",
    "beta2": "beta1",
    "m": "v",
    "v": "m",
    "x": "y",
    "y": "x",
    "W": "b",
    "b": "W",
    "train": "valid",
    "valid": "test",
    "test": "valid",
    "lr": "epsilon",
    "eta": "eps",
}
KEYS = {"A": "Z", "Z": "A", "W": "b", "b": "W", "dA": "dZ", "dZ": "dA", "dW": "db", "db": "dW"}
COMPARISONS: dict[type[cst.BaseCompOp], type[cst.BaseCompOp]] = {
    cst.LessThan: cst.GreaterThan,
    cst.LessThanEqual: cst.GreaterThanEqual,
    cst.GreaterThan: cst.LessThan,
    cst.GreaterThanEqual: cst.LessThanEqual,
}
ORDERED = (cst.Subtract, cst.Divide, cst.MatrixMultiply, cst.Power, cst.FloorDivide)


def drop_statement(node: cst.BaseSmallStatement) -> Iterator[cst.BaseSmallStatement]:
    """The statement is missing; docstrings and imports stay."""
    text = isinstance(node, cst.Expr) and isinstance(node.value, cst.SimpleString)
    if not text and not isinstance(node, cst.Pass | cst.Import | cst.ImportFrom):
        yield cst.Pass()


def drop_operand(node: cst.BinaryOperation) -> Iterator[cst.BaseExpression]:
    """One of the two terms or factors is missing."""
    for part in (node.left, node.right):
        around = {"lpar": [*node.lpar, *part.lpar], "rpar": [*part.rpar, *node.rpar]}
        yield part.with_changes(**around)


def swap_operands(node: cst.BinaryOperation) -> Iterator[cst.BinaryOperation]:
    """a - b becomes b - a, and so on where the order counts."""
    if isinstance(node.operator, ORDERED):
        yield node.with_changes(left=_in_brackets(node.right), right=_in_brackets(node.left))


def drop_sign(node: cst.UnaryOperation) -> Iterator[cst.BaseExpression]:
    """-x becomes x."""
    if isinstance(node.operator, cst.Minus):
        yield node.expression


def turn_comparison(node: cst.ComparisonTarget) -> Iterator[cst.ComparisonTarget]:
    """a < b becomes a > b."""
    new = COMPARISONS.get(type(node.operator))
    if new is not None:
        yield node.with_changes(operator=new())


def force_condition(node: cst.If) -> Iterator[cst.If]:
    """A branch is always taken, or never."""
    for value in ("True", "False"):
        yield node.with_changes(
            test=cst.Name(value), whitespace_before_test=cst.SimpleWhitespace(" ")
        )


def scale_float(node: cst.Float) -> Iterator[cst.Float]:
    """A constant is ten times too large or too small."""
    value = float(node.value)
    for other in (10.0 * value, value / 10.0) if value else ():
        yield node.with_changes(value=f"{other:.12g}" if other % 1 else repr(other))


def lower_integer(node: cst.Integer) -> Iterator[cst.BaseExpression]:
    """n becomes n - 1, 0 becomes -1."""
    value = int(node.value, 0) - 1
    number = cst.Integer(str(abs(value)))
    yield number if value >= 0 else cst.UnaryOperation(cst.Minus(), number)


def drop_transpose(node: cst.Attribute) -> Iterator[cst.BaseExpression]:
    """x.T becomes x."""
    if node.attr.value == "T":
        yield node.value


def swap_function(node: cst.Attribute) -> Iterator[cst.Attribute]:
    """np.max becomes np.min, np.sum np.mean, and so on."""
    if isinstance(node.value, cst.Name) and node.attr.value in FUNCTIONS:
        yield node.with_changes(attr=cst.Name(FUNCTIONS[node.attr.value]))


def swap_attribute(node: cst.Attribute) -> Iterator[cst.Attribute]:
    """self.beta1 becomes self.beta2, and so on."""
    if isinstance(node.value, cst.Name) and node.value.value == "self":
        other = ATTRIBUTES.get(node.attr.value)
        if other is not None:
            yield node.with_changes(attr=cst.Name(other))


def swap_key(node: cst.FormattedStringText) -> Iterator[cst.FormattedStringText]:
    """f"W{i}" becomes f"b{i}", and so on."""
    if node.value in KEYS:
        yield node.with_changes(value=KEYS[node.value])


def swap_arguments(node: cst.Call) -> Iterator[cst.Call]:
    """f(a, b) becomes f(b, a)."""
    first = node.args[:2]
    if len(first) == 2 and all(one.keyword is None and not one.star for one in first):
        a, b = first
        swapped = [a.with_changes(value=b.value), b.with_changes(value=a.value)]
        yield node.with_changes(args=[*swapped, *node.args[2:]])


def drop_call(node: cst.Call) -> Iterator[cst.BaseExpression]:
    """f(a, ...) becomes a."""
    if node.args and node.args[0].keyword is None and not node.args[0].star:
        yield _in_brackets(node.args[0].value)


def swap_elements(node: cst.Tuple) -> Iterator[cst.Tuple]:
    """Two neighbours of a tuple change places."""
    for i in range(len(node.elements) - 1):
        elements = list(node.elements)
        a, b = elements[i], elements[i + 1]
        elements[i], elements[i + 1] = a.with_changes(value=b.value), b.with_changes(value=a.value)
        yield node.with_changes(elements=elements)


def shorten_loop(node: cst.For) -> Iterator[cst.For]:
    """The loop is not entered, or left after its first round."""
    yield node.with_changes(iter=cst.List([]))
    if isinstance(node.body, cst.IndentedBlock):
        leave = cst.SimpleStatementLine([cst.Break()])
        yield node.with_deep_changes(node.body, body=[*node.body.body, leave])


def _in_brackets(node: cst.BaseExpression) -> cst.BaseExpression:
    simple = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.BaseNumber, cst.Tuple)
    if node.lpar or isinstance(node, simple):
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


OPERATORS: tuple[tuple[type, Any], ...] = (
    (cst.BaseSmallStatement, drop_statement),
    (cst.BinaryOperation, drop_operand),
    (cst.BinaryOperation, swap_operands),
    (cst.UnaryOperation, drop_sign),
    (cst.ComparisonTarget, turn_comparison),
    (cst.If, force_condition),
    (cst.Float, scale_float),
    (cst.Integer, lower_integer),
    (cst.Attribute, drop_transpose),
    (cst.Attribute, swap_function),
    (cst.Attribute, swap_attribute),
    (cst.FormattedStringText, swap_key),
    (cst.Call, swap_arguments),
    (cst.Call, drop_call),
    (cst.Tuple, swap_elements),
    (cst.For, shorten_loop),
)
