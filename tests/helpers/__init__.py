"""What a check is written with; shared by the public checks here and the hidden ones.

    @marks("nn.softmax", weight=2)       whose points, how heavy; gate=True: a basic value check
    @for_all(cases=12)                   a property: the generator runs once per drawn case
    def test_softmax_shift_invariance(student, draw):
        '''Adding a constant to a row of logits leaves the softmax unchanged.'''
        h = draw.array((3, 4), -5, 5)
        p, q = yield ask("nn.softmax", h), ask("nn.softmax", h + 7.0)
        close("softmax(h + 7)", q, p, hint="...")

The docstring is the title. `student.nn.softmax(h)` asks at once and returns the value; `yield
ask(...)` lets all cases of a property travel to the sandbox together. numpy and pytest only;
hypothesis where it is installed.
"""

from .asking import VARY, Answer, Ask, Live, Name, Ref, StudentFailure, ask, ask_back
from .assertions import (
    CheckFailure,
    Finding,
    changed,
    close,
    entry,
    equal,
    finite,
    holds,
    pair,
    shaped,
)
from .drawing import Draw, SeededDraw
from .marking import marks, marks_each
from .properties import for_all
from .several import close_each

__all__ = [
    "VARY",
    "Answer",
    "Ask",
    "CheckFailure",
    "Draw",
    "Finding",
    "Live",
    "Name",
    "Ref",
    "SeededDraw",
    "StudentFailure",
    "ask",
    "ask_back",
    "changed",
    "close",
    "close_each",
    "entry",
    "equal",
    "finite",
    "for_all",
    "holds",
    "marks",
    "marks_each",
    "pair",
    "shaped",
]
