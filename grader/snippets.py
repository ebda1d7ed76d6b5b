"""What a check asked, as Python source that runs beside the submission.

    import numpy as np
    from nn import softmax

    h = np.array([[1.0, 2.0]])
    p = softmax(h)
    print(p)
    # softmax(h) = 0.5, expected 0.268941 (tolerance 3e-06) at [0, 0].

Values that a submission gave stand in it as literals only, its words in comments of one line.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.asked import Log, holds, inside, lives, relevant, telling
from grader.literals import Group, Node, flat, joined, literal
from grader.source import Signatures, Source
from tests.helpers.asking import Answer, Ask, Live, Name, Ref, Step, StudentFailure
from tests.helpers.assertions import CheckFailure
from tests.helpers.wrong import NOTHING

LONGEST = 6_000
# What results are called, by the name of the function that gives them; else "result".
RESULTS = {
    "NN": "net",
    "DenseLayer": "layer",
    "BatchGenerator": "data",
    "Adam": "optimizer",
    "SGD": "optimizer",
    "Recorder": "record",
    "default_rng": "rng",
    "array": "given",
    "deepcopy": "before",
    "relu": "out",
    "sigmoid": "out",
    "tanh": "out",
    "leakyrelu": "out",
    "activation": "out",
    "linear_forward": "out",
    "linear_backward": "gradients",
    "dropout": "out",
    "softmax": "p",
    "softmax_jacobian": "jacobian",
    "cross_entropy_loss": "loss",
    "loss": "loss",
    "forward": "cache",
    "backward": "grads",
    "parameters": "params",
    "train_loop": "logs",
    "epochs": "minibatches",
    "updates": "path",
    "steps": "changes",
}
# The same by the path of the function, where its name alone says another thing.
OF_PATH = {"nn.NN.forward": "result", "nn.DenseLayer.forward": "result"}
# The first of the two that these functions of nn.py return, with `back`.
FIRST_OF_TWO = {"forward": "h"}
# What only fills the place of data in a constructor.
PLACEHOLDERS = {"np.zeros": "blank_x", "np.eye": "blank_y", "np.arange": "blank_y"}
KEY = re.compile(r'"(d?[A-Za-z]+\d+)"')


def snippet(
    log: Log,
    failure: CheckFailure | StudentFailure,
    *,
    signatures: Signatures,
    aliases: Mapping[str, str] | None = None,
    longest: int = LONGEST,
) -> str:
    """The calls of a case and what came of them; empty where that would be too long to read.

    aliases: the names that the submission uses in place of others.
    """
    finding = failure.finding if isinstance(failure, CheckFailure) else None
    bare = replace(finding, said=lambda: NOTHING, hint="") if finding else None
    told = bare.sentence() if bare else _raised(failure)
    pairs = relevant(log, finding)
    source = Source(signatures, aliases or {}, pairs, KEY.findall(told))
    sought = telling(pairs, finding)
    for one, answer in pairs:
        Statements(source, one, answer, sought).write()
    if finding and finding.answer is not None and not sought:
        source.print_known(re.split(", to |, with ", finding.call)[0])
    text = source.text(told, finding.wanted, finding.call) if finding else source.text(told)
    return text if len(text) <= longest else ""


def _raised(failure: Exception) -> str:
    """What ended it; where is in the traceback."""
    error = getattr(failure, "error", None)
    return f"It raises {error.type_name}." if error and error.kind == "raised" else str(failure)


class Statements:
    """One Ask as statements. sought: what is worth a print; nothing where all is."""

    def __init__(
        self, source: Source, one: Ask, answer: Answer, sought: Sequence[np.ndarray]
    ) -> None:
        self._source, self._one, self._answer, self._sought = source, one, answer, sought
        self._found: list[str] = []  # of each step: the expression for its result

    def write(self) -> None:
        """Add them to the source, with a print of what comes back."""
        failed = self._answer.failure is not None
        for i, step in enumerate(self._one.steps):
            self._found.append(getattr(self, f"_step_{step.kind}")(i, step))
            if failed and Ref(i) in self._wanted() and self._found[i]:
                self._print(None, self._found[i])  # before the step that raises
        if failed:
            return
        for (ref, _), value in zip(self._one.results(), self._answer.values, strict=False):
            self._remember(value, self._found[ref.step])
            matters = not self._sought or any(holds(value, array) for array in self._sought)
            if self._found[ref.step] and matters:
                self._print(value, self._found[ref.step])

    def _remember(self, value: Any, text: str) -> None:
        """What stayed with the student is known by this expression from now on."""
        if isinstance(value, Live):
            self._source.lives[value.key] = text
        elif isinstance(value, (tuple, list)):
            for i, part in enumerate(value):
                self._remember(part, f"{text}[{i}]")
        elif isinstance(value, dict):
            for key, part in value.items():
                self._remember(part, f"{text}[{key!r}]")

    def _print(self, value: Any, text: str) -> None:
        if isinstance(value, Live) or (value is None and len(self._answer.values) > 1):
            return
        if isinstance(value, tuple) and any(lives(value)):
            for i, part in enumerate(value):
                self._print(part, f"{text}[{i}]")
            return
        self._source.lines += _prints(value, text, self._source.keys)

    # one method for each kind of step: it gives the expression for the step's result

    def _step_call(self, i: int, step: Step) -> str:
        target, path = self._target(step)
        if target == "getattr":
            return f"{self._value(step.args[0])}.{step.args[1]}"
        args = self._arguments(step, path)
        if target in PLACEHOLDERS:
            text = flat(Group(f"{target}(", args, ")"))
            return self._source.placeholder(PLACEHOLDERS[target], text)
        last = target.rpartition(".")[2]
        pair = self._is_pair(i)
        name = ""
        if self._is_used(i):
            wish = OF_PATH.get(path) or RESULTS.get(last, "result")
            back = FIRST_OF_TWO.get(last, wish) if pair else wish
            name = self._source.name(back)
        if pair:
            name += ", " + self._source.name("back")
        self._source.assign(name, Group(f"{target}(", args, ")", filled=_short(args)))
        if self._source.signatures.is_class(path):
            self._source.kinds[name] = path
        return name

    def _step_get(self, i: int, step: Step) -> str:
        return f"{self._value(step.target)}.{step.args[0]}"

    def _step_item(self, i: int, step: Step) -> str:
        if isinstance(step.target, Ref) and self._is_pair(step.target.step):
            return self._found[step.target.step].split(", ")[step.args[0]]
        return f"{self._value(step.target)}[{flat(self._node(step.args[0]))}]"

    def _step_set(self, i: int, step: Step) -> str:
        name, value = step.args
        self._source.assign(f"{self._value(step.target)}.{name}", self._node(value))
        return ""

    def _step_setitem(self, i: int, step: Step) -> str:
        key, value = step.args
        place = f"{self._value(step.target)}[{flat(self._node(key))}]"
        self._source.assign(place, self._node(value))
        return ""

    def _step_value(self, i: int, step: Step) -> str:
        return self._value(step.target)

    # parts of a call

    def _target(self, step: Step) -> tuple[str, str]:
        """(the expression that is called, the path of the function in the interface if known)."""
        if isinstance(step.target, (str, Name)):
            path = step.target if isinstance(step.target, str) else step.target.path
            return self._source.of_path(path), path
        text = self._value(step.target)
        owner, _, method = text.rpartition(".")
        kind = self._source.kinds.get(owner, "")
        return text, f"{kind}.{method}" if kind else text

    def _arguments(self, step: Step, path: str) -> list[Node]:
        """The arguments as they reached the student's function."""
        names = self._source.signatures.of(path) or ("upstream",)
        args = [
            self._argument(name, value)
            for name, value in itertools.zip_longest(names[: len(step.args)], step.args)
            if name not in self._answer.dropped
        ]
        named = {k: v for k, v in step.kwargs.items() if k not in self._answer.dropped}
        return [*args, *(joined(f"{k}=", self._node(v)) for k, v in named.items())]

    def _argument(self, name: str | None, value: Any) -> Node:
        if isinstance(value, np.ndarray):
            return self._source.array(value, name or "array")
        return self._node(value)

    def _node(self, value: Any) -> Node:
        return literal(value, self._special)

    def _special(self, value: Any) -> Node | None:
        if isinstance(value, np.ndarray) and self._source.repeated(value):
            return self._source.array(value)
        return self._value(value) if isinstance(value, (Ref, Live, Name)) else None

    def _value(self, value: Any) -> str:
        if isinstance(value, Ref):
            return self._found[value.step]
        if isinstance(value, Live):
            return self._source.lives[value.key]  # one made out of sight: no example
        if isinstance(value, Name):
            return self._source.of_path(value.path)
        return flat(self._node(value))

    # how results are used

    def _is_used(self, i: int) -> bool:
        return any(True for _ in self._uses(i)) or Ref(i) in self._wanted()

    def _is_pair(self, i: int) -> bool:
        """Only its two parts are used, and the second is called: (out, back)."""
        parts = [j for j, use in enumerate(self._one.steps) if _part_of(use, i) is not None]
        if not parts or len(parts) < len(list(self._uses(i))) or Ref(i) in self._wanted():
            return False
        called = {s.target for s in self._one.steps if s.kind == "call" and _is_ref(s.target)}
        return any(_part_of(self._one.steps[j], i) == 1 and Ref(j) in called for j in parts)

    def _uses(self, i: int) -> Iterator[Step]:
        for step in self._one.steps[i + 1 :]:
            if Ref(i) in inside((step.target, *step.args, *step.kwargs.values()), Ref):
                yield step

    def _wanted(self) -> list[Ref]:
        return [ref for ref, _ in self._one.results()]


def _prints(value: Any, text: str, keys: Sequence[str]) -> list[str]:
    """Print a result, of a dict or a list of dicts only the keys that matter."""
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        found = [key for key in keys if all(key in part for part in value)]
        lines = [f'print([each["{key}"] for each in {text}])' for key in found]
    else:
        found = [key for key in keys if isinstance(value, dict) and key in value]
        lines = [f'print({text}["{key}"])' for key in found]
    return lines or [f"print({text})"]


def _short(args: Sequence[Node]) -> bool:
    """Whether the arguments may share lines."""
    return all(len(flat(arg)) < 40 for arg in args)


def _is_ref(value: Any) -> bool:
    return isinstance(value, Ref)


def _part_of(use: Step, i: int) -> int | None:
    """Which of two parts a step takes of the result of step i; None if it does another thing."""
    if use.kind != "item" or use.target != Ref(i) or type(use.args[0]) is not int:
        return None
    return use.args[0] if use.args[0] in (0, 1) else None
