"""What a value is, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

# Those of numpy are for what stayed with the student's code.
KINDS = {
    "NoneType": "None", "complex": "a complex number", "complex128": "a complex number",
    "dict": "a dict", "dict_values": "the values of a dict", "function": "a function",
    "generator": "a generator", "map": "a map object", "method": "a method",
    "ndarray": "an array, but not of real numbers", "set": "a set", "str": "a text",
    "tuple": "a tuple", "type": "a class", "zip": "a zip object",
}  # fmt: skip


def kind_of(value: Any) -> str:
    """What a value is, in words and without its content: "a number", "a dict".

    Of what stayed with the student's code too, but in no words that the code could choose.
    """
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    if isinstance(value, (bool, int, float, np.generic)):
        return "a number"
    if isinstance(value, list):
        return "a ragged list"
    return KINDS.get(getattr(value, "type_name", type(value).__name__), "an object")
