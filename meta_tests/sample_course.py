"""A course folder with a suite of its own: one function, two checks, three known mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

TEMPLATE = '''"""One function to write."""


def conv1d(x, k):
    """The valid part of the convolution of x (n,) with k (m,): (n - m + 1,)."""
    raise NotImplementedError
'''
REFERENCE = '''"""The reference."""

import numpy as np


def conv1d(x, k):
    """The valid part of the convolution of x (n,) with k (m,): (n - m + 1,)."""
    return np.convolve(x, k, mode="valid")
'''
PUBLIC = '''"""Public checks of conv.py."""

import numpy as np

from tests.helpers import close, marks


@marks("conv.conv1d", gate=True)
def test_conv1d_worked_example(student):
    """conv1d of four numbers with a difference."""
    out = student.conv.conv1d(np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.0, -1.0]))
    close("conv1d([1, 2, 4, 8], [1, -1])", out, [1.0, 2.0, 4.0])
'''
HIDDEN = '''"""Hidden checks of conv.py."""

from grader.suites import Suite
from tests.helpers import ask, close, for_all, marks

SUITE = Suite(name="conv", levels=(("conv1d", "pool"),))


@marks("conv.conv1d", weight=3)
@for_all(cases=4)
def test_conv1d_values(student, draw, reference):
    """conv1d of drawn arrays."""
    x, k = draw.array((draw.integer(4, 7),), -2, 2), draw.array((3,), -2, 2)
    out = yield ask("conv.conv1d", x, k)
    close("conv1d(x, k)", out, reference.conv1d(x, k))


@marks("conv.pool")
def test_pool_is_dropped_by_the_settings(student):
    """pool is there."""
    student.conv.pool([1.0])
'''
SETTINGS = """[grader]
suites = conv
total = 20
points =
    conv.conv1d = 3
    conv.pool = 0
"""
BANK = '''"""Known mistakes in conv.py."""

from grader.misconceptions.bank import misconception

CONVOLVED = 'np.convolve(x, k, mode="valid")'
BANK = (
    misconception("conv1d", "the kernel not turned around", "Which end of k meets x first?",
                  (CONVOLVED, 'np.correlate(x, k, mode="valid")')),
    misconception("conv1d", "the mean instead of the sum", "A convolution adds up.",
                  (CONVOLVED, CONVOLVED + " / len(k)")),
)
'''
FILES: Mapping[str, str] = {
    "conv.py": TEMPLATE,
    "tests/test_conv.py": PUBLIC,
    "grader/checks/test_conv.py": HIDDEN,
    "grader/reference/conv.py": REFERENCE,
    "grader/misconceptions/conv.py": BANK,
    "setup.cfg": SETTINGS,
}


def write_course(folder: Path, changes: Mapping[str, str] | None = None) -> Path:
    """The course folder, with these files instead of its own or besides them."""
    for name, text in {**FILES, **(changes or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
