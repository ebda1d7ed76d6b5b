"""Find out, by small trials, what a submission's class expects; see networks.py.

Constructors with fewer or other arguments, `initialize_weights` needed before `forward`, class
indices instead of one-hot labels, a cache that is part of what `forward` returns. A trial that
fails costs nothing: the check then fails in its own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .asking import Answer, Ask
from .networks import CLASS, DOCUMENTED, Constructor, Networks, place_of

if TYPE_CHECKING:
    from .proxy import Student

# Class 0 where x1 is large, class 1 where x2 is, class 2 where both are small.
THREE_WAYS = {
    "W1": np.eye(2),
    "b1": np.zeros((1, 2)),
    "W2": np.array([[4.0, 0.0, 0.0], [0.0, 4.0, 0.0]]),
    "b2": np.array([[0.0, 0.0, 1.0]]),
}
TRIAL_X = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 2.0]])
TRIAL_Y = np.eye(3)[[0, 1, 2, 0]]
TRIAL_ACCURACY = 0.75
UNEXPECTED = re.compile(r"unexpected keyword argument '(\w+)'")


def networks(student: Student, function: str = "") -> Networks:
    """Networks for the checks of `function`; trials run once per attempt and function.

    Once the plain conventions are found to be right they are taken for granted.
    """
    if CLASS not in student.known:
        student.known[CLASS] = _constructor(student)
    plain = Networks(student.known[CLASS])
    if function not in TRIALS or function in student.known:
        return plain
    if function not in student.memo:
        student.memo[function], right = _suited(student, function, plain)
        if right and student.memo[function] == plain:
            student.known[function] = plain
    found: Networks = student.memo[function]
    return found


def _constructor(student: Student) -> Constructor:
    """The first way of constructing the class that works, else the first for its error."""
    for foreign in (True, False):
        answer = _constructed(student, Constructor(foreign=foreign))
        if answer.failure is None:
            return Constructor(frozenset(answer.dropped), foreign)
        if answer.failure.status == "missing":
            return Constructor()
    return _refusing(student, answer)


def _refusing(student: Student, answer: Answer) -> Constructor:
    """A constructor whose signature says nothing, as of one that is wrapped: it is not offered
    again what its errors call unexpected."""
    made, foreign = Constructor(foreign=False), True
    while answer.failure is not None:
        unexpected = UNEXPECTED.search(answer.failure.text)
        if unexpected is None or unexpected[1] not in DOCUMENTED - made.refused:
            return Constructor(bare=True, foreign=foreign)
        made, foreign = replace(made, refused=made.refused | {unexpected[1]}), False
        answer = _constructed(student, made)
    return replace(made, dropped=made.refused | set(answer.dropped))


def swallows(student: Student) -> bool:
    """Whether the constructor takes arguments of any name without an error."""
    one = Ask(may_raise=True)
    nets = networks(student)
    made = nets.build(one, no_such_argument=0)
    answer = student.answer(one.returns(made, live=True))
    known = nets.constructor.dropped
    return answer.failure is None and not set(answer.dropped) - known


def _constructed(student: Student, constructor: Constructor) -> Answer:
    one = Ask(may_raise=True)
    return student.answer(one.returns(Networks(constructor).build(one), live=True))


def _suited(student: Student, function: str, plain: Networks) -> tuple[Networks, bool]:
    """The first candidate whose trial is right, else the first whose trial runs, else `plain`.

    With it, whether its trial was right.
    """
    if function == "backward":
        plain = replace(plain, place=_find_cache(student, plain))
    running = []
    for nets in _candidates(function, plain):
        answer = student.answer(TRIALS[function](nets))
        if answer.failure is None and _right(function, answer):
            return nets, True
        if answer.failure is None:
            running.append(nets)
    return (running or [plain])[0], False


def _candidates(function: str, plain: Networks) -> Iterator[Networks]:
    labelled = function in ("compute_loss_and_accuracy", "train_loop", "evaluate")
    other = labelled or plain.place is not None
    for initialise in (False, True) if function != "train_loop" else (False,):
        for second in (False, True) if other else (False,):
            yield replace(
                plain,
                initialise=initialise,
                indices=second and labelled,
                whole=second and not labelled,
            )


def _find_cache(student: Student, plain: Networks) -> int | None:
    """Where the cache is in what forward returns, with or without initialize_weights."""
    for nets in (plain, replace(plain, initialise=True)):
        answer = student.answer(_forward_trial(nets))
        if answer.failure is None:
            return place_of(answer.value)
    return None


def _right(function: str, answer: Answer) -> bool:
    """Whether labels were understood: the trial's accuracy is known."""
    place = {"compute_loss_and_accuracy": 1, "evaluate": 1}.get(function)
    if place is None:
        return True
    value = answer.value
    if isinstance(value, np.ndarray) and value.shape == (2,):
        value = tuple(value)
    known = isinstance(value, (tuple, list)) and len(value) > place
    accuracy = value[place] if known else None
    return isinstance(accuracy, (int, float, np.generic)) and accuracy == TRIAL_ACCURACY


def _forward_trial(nets: Networks) -> Ask:
    one = Ask(may_raise=True)
    one.method(nets.build(one, THREE_WAYS), "forward", TRIAL_X)
    return one


def _backward_trial(nets: Networks) -> Ask:
    one = Ask(may_raise=True)
    net = nets.build(one, THREE_WAYS, batch_size=len(TRIAL_X))
    _, held = nets.forward(one, net, TRIAL_X)
    one.method(net, "backward", held, TRIAL_Y)
    return one


def _update_trial(nets: Networks) -> Ask:
    one = Ask(may_raise=True)
    grads = {f"d{key}": np.zeros_like(value) for key, value in THREE_WAYS.items()}
    one.method(nets.build(one, THREE_WAYS), "update", grads)
    return one


def _compute_trial(nets: Networks) -> Ask:
    one = Ask(may_raise=True)
    net = nets.build(one, THREE_WAYS)
    one.method(net, "compute_loss_and_accuracy", TRIAL_X, nets.labels(TRIAL_Y))
    return one


def _train_trial(nets: Networks) -> Ask:
    one = Ask(may_raise=True)
    split = TRIAL_X, TRIAL_Y
    net = nets.build(one, data=(split, split, split), lr=0.0, batch_size=4, seed=1)
    one.method(net, "train_loop", 1)
    return one


def _evaluate_trial(nets: Networks) -> Ask:
    one = Ask(may_raise=True)
    split = TRIAL_X, TRIAL_Y
    one.method(nets.build(one, THREE_WAYS, data=(split, split, split)), "evaluate")
    return one


TRIALS = {
    "forward": _forward_trial,
    "backward": _backward_trial,
    "update": _update_trial,
    "compute_loss_and_accuracy": _compute_trial,
    "train_loop": _train_trial,
    "evaluate": _evaluate_trial,
}
