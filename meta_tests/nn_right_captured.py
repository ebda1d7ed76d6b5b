"""linear_forward of nn.py, with linear_backward held in every way in which Python can hold it."""

from __future__ import annotations

from collections.abc import Mapping

PLAIN = "import functools, operator\n"
USING = """
def linear_forward(x, W, b):
    return x @ W.T + b, lambda dz: {}(dz, x, W, b)
"""

CAPTURED: Mapping[str, str] = {
    "held in a dict": 'TABLE = {"linear": linear_backward}\n' + USING.format('TABLE["linear"]'),
    "held in a list": "STEPS = [linear_backward]\n" + USING.format("STEPS[0]"),
    "held in a closure": """
def make(f):
    def linear_forward(x, W, b):
        def back(dz):
            return f(dz, x, W, b)
        return x @ W.T + b, back
    return linear_forward
linear_forward = make(linear_backward)
""",
    "held in a default": """
def linear_forward(x, W, b, f=linear_backward):
    return x @ W.T + b, lambda dz: f(dz, x, W, b)
""",
    "held in a partial": "part = functools.partial(linear_backward)\n" + USING.format("part"),
    "partial of its arguments": """
def linear_forward(x, W, b):
    return x @ W.T + b, functools.partial(linear_backward, x=x, W=W, b=b)
""",
    "under an alias": "grads_of_linear = linear_backward\n" + USING.format("grads_of_linear"),
    "imported from itself": """
def linear_forward(x, W, b):
    from nn import linear_backward as way_back
    return x @ W.T + b, lambda dz: way_back(dz, x, W, b)
""",
    "held in an instance": """
class Linear:
    def __init__(self):
        self.way_back = linear_backward
    def __call__(self, x, W, b):
        return x @ W.T + b, lambda dz: self.way_back(dz, x, W, b)
LINEAR = Linear()
def linear_forward(x, W, b):
    return LINEAR(x, W, b)
""",
    "held in a class": """
class Linear:
    way_back = staticmethod(linear_backward)
"""
    + USING.format("Linear.way_back"),
    "held in a decorator": """
def logged(f):
    @functools.wraps(f)
    def inner(*args):
        return f(*args)
    return inner
way_back = logged(linear_backward)
"""
    + USING.format("way_back"),
}
