# grader-secret: nothing of this file may reach students.
"""Hidden checks of hw_mlp.py: the schedule and the minibatches."""

from itertools import pairwise

import numpy as np

from grader.suites import Suite
from tests.helpers import Ask, Name, ask, changed, close, for_all, holds, marks
from tests.helpers.training import batches, counts, covers, epochs, examples, flat, is_nothing

SUITE = Suite(
    name="hw_mlp",
    levels=(("step_decay", "BatchGenerator", "SGD", "Adam"), ("train_loop",)),
    needs=("nn",),
    lenient=frozenset({"train_loop"}),
    aliases={"train_loop": ("train",)},
    points={"BatchGenerator": 2, "SGD": 2, "Adam": 3, "train_loop": 4},
)
WHOLE = "One call of shuffle() draws an order of all examples."
HALVING = "Each milestone halves the rate once, however long ago it was."


@marks("hw_mlp.step_decay", gate=True)
@for_all(cases=16)
def test_step_decay_values(student, draw, reference):
    """The rate at random epochs, for random milestones."""
    eta0, completed = draw.uniform(0.01, 1.0), draw.integer(0, 25)
    gaps = [draw.integer(1, 8) for _ in range(draw.integer(1, 4))]
    milestones = draw.choice((tuple, list))(int(m) for m in np.cumsum(gaps))
    rate = yield ask("hw_mlp.step_decay", eta0, completed, milestones)
    want = reference.step_decay(eta0, completed, milestones)
    changed("step_decay(eta0, epoch, milestones)", milestones, rate)
    close("step_decay(eta0, epoch, milestones)", rate, want, hint=HALVING)


@marks("hw_mlp.step_decay")
@for_all(cases=6)
def test_step_decay_ends(student, draw, reference):
    """Long after the last milestone the rate rests; without milestones it never moves."""
    eta0, late = draw.uniform(0.001, 0.01), draw.integer(41, 2000)
    plain, early, still = yield (
        ask("hw_mlp.step_decay", eta0, late),
        ask("hw_mlp.step_decay", eta0, late, (3, 5, 7)),
        ask("hw_mlp.step_decay", eta0, late, ()),
    )
    close("step_decay(eta0, epoch)", plain, reference.step_decay(eta0, late), hint=HALVING)
    want = reference.step_decay(eta0, late, (3, 5, 7))
    close("step_decay(eta0, epoch, milestones)", early, want, hint=HALVING)
    close("step_decay(eta0, epoch, ())", still, eta0)


@marks("hw_mlp.BatchGenerator", gate=True)
@for_all(cases=8)
def test_batches_keep_pairs(student, draw):
    """Minibatches of random size are pairs that belong together, each example once."""
    batch_size = draw.integer(1, 5)
    n = batch_size * draw.integer(2, 5)
    one = Ask()
    data = one.call("hw_mlp.BatchGenerator", *examples(n), batch_size)
    got, length = yield one.returns(epochs(one, data), one.method(data, "__len__"))
    (found,) = batches("list(data)", got, n)
    covers("list(data)", found, n, batch_size, gate=is_nothing(length))
    counts(length, found)


@marks("hw_mlp.BatchGenerator")
@for_all(cases=6)
def test_short_last_batch(student, draw):
    """A batch size that does not divide n: at most the rest is left out, in every epoch."""
    batch_size = draw.integer(2, 5)
    n = batch_size * draw.integer(1, 4) + draw.integer(1, batch_size - 1)
    one = Ask()
    data = one.call("hw_mlp.BatchGenerator", *examples(n), batch_size)
    length, got = yield one.returns(one.method(data, "__len__"), epochs(one, data, 2))
    for found in batches("list(data)", got, n):
        covers("list(data)", found, n, batch_size)
        counts(length, found)


@marks("hw_mlp.BatchGenerator")
@for_all(cases=1)
def test_shuffle_mixes_the_minibatches(student, draw):
    """shuffle() changes which examples share a minibatch, and in another way each time."""
    one, batch_size = Ask(), draw.choice((4, 6, 8))
    data = one.call("hw_mlp.BatchGenerator", *examples(48), batch_size)
    found = batches("list(data)", (yield one.returns(epochs(one, data, 3))), 48)
    groups = {frozenset(frozenset(part.tolist()) for part in each) for each in found}
    hint = "Permute the examples, not the finished minibatches, and differently each time."
    holds("shuffle()", len(groups) == 4, "makes the same minibatches again", hint=hint)
    orders = [flat(each) for each in found]
    moves = {tuple(np.argsort(a)[b].tolist()) for a, b in pairwise(orders)}
    still = max(int(np.sum(a == b)) for a, b in pairwise(orders))
    holds("shuffle()", still < 24, "leaves most examples where they are", hint=WHOLE)
    hint = "The permutation comes from a generator that goes on; a seed belongs to the start."
    holds("shuffle()", len(moves) == 3, "moves the examples in the same way again", hint=hint)


@marks("hw_mlp.BatchGenerator")
@for_all(cases=1)
def test_shuffle_reaches_every_place(student, draw):
    """Every example can come first, every example can come last, next to any other."""
    one = Ask()
    data = one.call("hw_mlp.BatchGenerator", *examples(3), 3)
    got = yield one.returns(epochs(one, data, 60))
    orders = [flat(found) for found in batches("list(data)", got, 3)]
    holds("list(data)", all(len(order) == 3 for order in orders), "leaves out examples")
    first, last = {order[0] for order in orders}, {order[-1] for order in orders}
    hint = "Every order of the examples should be equally likely."
    holds("shuffle()", len(first) == len(last) == 3, "never moves some examples", hint=hint)
    few = len({tuple(order.tolist()) for order in orders}) < 4
    holds("shuffle()", not few, "makes only few of all possible orders", hint=hint)


@marks("hw_mlp.BatchGenerator")
@for_all(cases=1)
def test_shuffle_leaves_the_callers_pairs(student, draw):
    """After shuffle() the arrays that the caller gave still belong together."""
    one, batch_size = Ask(), draw.choice((4, 5, 8))
    x, y = (one.call(Name("numpy.array"), array) for array in examples(40))
    got = epochs(one, one.call("hw_mlp.BatchGenerator", x, y, batch_size), 1)
    pairs = one.call(Name("builtins.list"), [[(x, y)]])
    got, pairs = yield one.returns(got, pairs)
    before, after = (flat(found) for found in batches("list(data)", got, 40))
    hint = "Every call of shuffle() draws a new permutation."
    holds("shuffle()", not np.array_equal(before, after), "changes nothing", hint=hint)
    ((numbers,),) = batches("the caller's (x, y)", pairs, 40)
    kept = np.array_equal(np.sort(numbers), np.arange(40))
    holds("the caller's x", kept, "has lost examples")


@marks("hw_mlp.BatchGenerator")
@for_all(cases=2)
def test_two_generators(student, draw):
    """Two generators do not disturb one another."""
    one, sizes, parts = Ask(), (draw.integer(5, 8), draw.integer(2, 4)), (2, 4)
    both = [
        one.call("hw_mlp.BatchGenerator", *examples(n), batch_size)
        for n, batch_size in zip(sizes, parts, strict=True)
    ]
    for data in both:
        one.method(data, "shuffle")
    got = yield one.returns(*(epochs(one, data) for data in both))
    for call, each, n, batch_size in zip(("first", "second"), got, sizes, parts, strict=True):
        (found,) = batches(f"the {call} generator", each, n)
        covers(f"the {call} generator", found, n, batch_size)


@marks("hw_mlp.BatchGenerator")
@for_all(cases=2)
def test_odd_sizes(student, draw):
    """Minibatches of one example, and one minibatch of all of them."""
    n = draw.integer(2, 6)
    for batch_size in (1, n):
        one = Ask()
        data = one.call("hw_mlp.BatchGenerator", *examples(n), batch_size)
        got, length = yield one.returns(epochs(one, data, 1), one.method(data, "__len__"))
        for found in batches("list(data)", got, n):
            covers("list(data)", found, n, batch_size)
            counts(length, found)
