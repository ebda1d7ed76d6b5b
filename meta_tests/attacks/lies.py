"""Group 19: arrays and numbers that do not have the form which they are said to have."""

from __future__ import annotations

from meta_tests.attacks.frames import frame, wrong

ALL = (
    wrong(
        19,
        "sends an array of objects",
        "reply([['a', 0]], [['object', 1]], bytes(8))",
        "an array of an unknown type",
    ),
    wrong(
        19,
        "sends a larger array than it has",
        "reply([['a', 0]], [['float64', 9]], bytes(8))",
        "an array is larger than its frame",
    ),
    wrong(
        19,
        "sends a smaller array than it has",
        "reply([['a', 0]], [['float64', 1]], bytes(16))",
        "bytes that belong to no array",
    ),
    wrong(
        19,
        "sends an array of negative size",
        "reply([['a', 0]], [['float64', -1]], bytes(8))",
        "an array of an impossible shape",
    ),
    wrong(
        19,
        "sends an array that is empty and endless",
        "reply([['a', 0]], [['int8', 0, 1 << 39, 1 << 39]])",
        "an array of an impossible shape",
    ),
    wrong(
        19,
        "sends an array of a hundred dimensions",
        "reply([['a', 0]], [['int8', *[1] * 100]], bytes(1))",
        "an array of an impossible shape",
    ),
    wrong(
        19,
        "sends one array a thousand times",
        "reply([['l', *[['a', 0]] * 1000]], [['int8', 1 << 20]], bytes(1 << 20))",
        "an array is used twice",
    ),
    wrong(
        19,
        "sends an array that is not there",
        "reply([['a', -1]], [['int8', 1]], bytes(1))",
        "an array that is not there",
    ),
    wrong(
        19,
        "sends a number out of its type",
        "reply([['s', 'int8', 300]])",
        "a scalar out of its type's range",
    ),
    wrong(
        19,
        "sends a text as a number",
        "reply([['s', 'float64', 'nan']])",
        "a scalar of another type than it says",
    ),
    wrong(
        19,
        "sends a key that cannot be one",
        "reply([['d', [['l'], 1]]])",
        "a dictionary's key is not hashable",
    ),
    wrong(19, "sends a value without a kind", "reply([{'a': 1}])", "a value without a tag"),
    wrong(
        19,
        "sends a value a thousand deep",
        "x = 1\nfor _ in range(900): x = ['l', x]\nreply([x])",
        "a value is too deep or too long",
    ),
    wrong(
        19,
        "sends a list without end",
        "reply([['l', *[0] * 10**5]])",
        "a value is too deep or too long",
    ),
    wrong(19, "sends a text without end", "reply(['x' * 10**5])", "a text is too long"),
    frame(
        19,
        "sends truth values that are neither",
        "reply([['a', 0]], [['bool', 3]], b'\\0\\1\\2')",
        "gave bool (3,) [False, True, True]",
    ),
)
