# grader-secret: nothing of this file may reach students.
"""Misconceptions of hw_mlp.py: the schedule and the minibatches here, the others next door."""

from __future__ import annotations

from .bank import Misconception, misconception
from .hw_mlp_adam import ADAM
from .hw_mlp_sgd import SGD
from .hw_mlp_training import TRAIN_LOOP

COUNT = "sum(milestone <= epoch for milestone in milestones)"

STEP_DECAY = (
    misconception(
        "step_decay",
        "halves in every epoch after a milestone",
        "A milestone halves the rate once, when it is reached. "
        "Your rate goes on falling between the milestones.",
        (COUNT, "sum(max(0, epoch - milestone + 1) for milestone in milestones)"),
    ),
    misconception(
        "step_decay",
        "late by one epoch",
        "epoch counts completed epochs, and a milestone is reached when epoch equals it. "
        "Look at your comparison where both are the same.",
        ("(milestone <= epoch", "(milestone < epoch"),
    ),
    misconception(
        "step_decay",
        "early by one epoch",
        "epoch is already the number of completed epochs: nothing needs to be added to it.",
        ("(milestone <= epoch", "(milestone <= epoch + 1"),
    ),
    misconception(
        "step_decay",
        "lower only in the epoch of a milestone",
        "Think of the epochs between two milestones: "
        "the rate that a milestone has set stays until the next one.",
        (COUNT, "(epoch in milestones)"),
    ),
    misconception(
        "step_decay",
        "ignores the argument milestones",
        "20 and 40 are only the default: use the milestones that the caller gives.",
        ("in milestones)", "in (20, 40))"),
    ),
    misconception(
        "step_decay",
        "halves once only",
        "What happens when a second milestone is passed? "
        "An `elif` that comes too late, or a `return` in the loop, never gets there.",
        (COUNT, "any(milestone <= epoch for milestone in milestones)"),
    ),
    misconception(
        "step_decay",
        "every twenty epochs",
        "The rate changes at the milestones and nowhere else, also after the last one.",
        (COUNT, "(epoch // 20)"),
    ),
    misconception(
        "step_decay",
        "falls smoothly",
        "This is a decay in steps: between two milestones the rate does not move.",
        (COUNT, "(epoch / 20)"),
    ),
    misconception(
        "step_decay",
        "quarters the rate",
        "Each milestone halves the rate. A quarter is reached at the second one.",
        ("0.5 **", "0.25 **"),
    ),
    misconception(
        "step_decay",
        "a tenth at each milestone",
        "Some libraries divide by ten at a milestone; here the rate is halved.",
        ("0.5 **", "0.1 **"),
    ),
    misconception(
        "step_decay",
        "divides by twice the count",
        "Halving twice makes a quarter, and halving three times? "
        "Does your formula halve again, or divide by a number that only grows by two?",
        (f"return eta0 * 0.5 ** {COUNT}", f"return eta0 / max(1, 2 * {COUNT})"),
    ),
    misconception(
        "step_decay",
        "returns the factor without eta0",
        "The function returns the rate itself, not what the first rate is multiplied with.",
        ("eta0 * 0.5 **", "0.5 **"),
    ),
)

ORDER = "        order = np.random.permutation(len(self.x))\n"
TAKEN = "        self.x = self.x[order]\n        self.y = self.y[order]\n"
KEPT = "        self.batch_size = batch_size\n"
STARTS = "range(0, len(self.x), self.batch_size)"
LENGTH = "return -(-len(self.x) // self.batch_size)"
BATCH = "self.x[start:stop], self.y[start:stop]"
STOP = "            stop = start + self.batch_size\n"

BATCH_GENERATOR = (
    misconception(
        "BatchGenerator",
        "parts x from y",
        "x and y are shuffled by two different permutations, so an example loses its label. "
        "Draw one permutation and use it for both.",
        (
            ORDER + TAKEN,
            "        self.x = np.random.permutation(self.x)\n"
            "        self.y = np.random.permutation(self.y)\n",
        ),
    ),
    misconception(
        "BatchGenerator",
        "shuffles x only",
        "After shuffle() row i of y must still be the label of row i of x.",
        ("        self.y = self.y[order]\n", ""),
    ),
    misconception(
        "BatchGenerator",
        "shuffles nothing",
        "shuffle() leaves the order as it is. "
        "Is the permuted array stored where __iter__ reads, or in a local variable?",
        (TAKEN, "        x, y = self.x[order], self.y[order]\n"),
    ),
    misconception(
        "BatchGenerator",
        "draws with replacement",
        "Drawing random indices takes some examples twice and leaves out others. "
        "A permutation has each index once.",
        ("np.random.permutation(len(self.x))", "np.random.choice(len(self.x), len(self.x))"),
    ),
    misconception(
        "BatchGenerator",
        "draws each minibatch at random",
        "An epoch goes through all examples once; "
        "minibatches drawn independently of each other repeat some and miss others.",
        (
            BATCH,
            "self.x[chosen], self.y[chosen]",
        ),
        (STOP, "            chosen = np.random.choice(len(self.x), self.batch_size)\n"),
    ),
    misconception(
        "BatchGenerator",
        "the same permutation each time",
        "A seed that is set inside shuffle() makes every call draw the same permutation. "
        "Set a seed once, where the program starts.",
        (ORDER, "        np.random.seed(0)\n" + ORDER),
    ),
    misconception(
        "BatchGenerator",
        "one order for all epochs",
        "The permutation is drawn once and used again. "
        "Each call of shuffle() has to draw a new one.",
        (
            KEPT,
            KEPT + "        order = np.random.permutation(len(x))\n"
            "        self.mixed = x[order], y[order]\n",
        ),
        (ORDER + TAKEN, "        self.x, self.y = self.mixed\n"),
    ),
    misconception(
        "BatchGenerator",
        "keeps the minibatches together",
        "You permute finished minibatches, so the same examples always share one. "
        "Permute the examples, and cut afterwards.",
        (KEPT, KEPT + "        self.starts = list(range(0, len(x), batch_size))\n"),
        (STARTS, "self.starts"),
        (ORDER + TAKEN, "        np.random.shuffle(self.starts)\n"),
    ),
    misconception(
        "BatchGenerator",
        "len counts examples",
        "len(data) is the number of minibatches of an epoch, not of examples.",
        (LENGTH, "return len(self.x)"),
    ),
    misconception(
        "BatchGenerator",
        "len forgets the short minibatch",
        "len() and the loop must agree: if the last, shorter minibatch is given out, it counts.",
        (LENGTH, "return len(self.x) // self.batch_size"),
    ),
    misconception(
        "BatchGenerator",
        "len one too many where nothing is left",
        "Rounding up is not the same as rounding down and adding one. "
        "Think of a batch size that divides the number of examples.",
        (LENGTH, "return len(self.x) // self.batch_size + 1"),
    ),
    misconception(
        "BatchGenerator",
        "leaves out the last minibatch though it is full",
        "Only what is left when batch_size does not divide the number of examples may be missing. "
        "Where does your range end?",
        (STARTS, "range(0, len(self.x) - self.batch_size, self.batch_size)"),
    ),
    misconception(
        "BatchGenerator",
        "gives one epoch and no more",
        "A second `for x, y in data` finds nothing. "
        "Every call of __iter__ has to start from the first minibatch again.",
        (KEPT, KEPT + "        self.starts = iter(range(0, len(x), batch_size))\n"),
        (STARTS, "self.starts"),
    ),
    misconception(
        "BatchGenerator",
        "fills up the last minibatch",
        "The last minibatch is filled with examples that were already used. "
        "It may be shorter than the others.",
        (BATCH, "self.x[chosen], self.y[chosen]"),
        (STOP, STOP + "            chosen = np.arange(start, stop) % len(self.x)\n"),
    ),
    misconception(
        "BatchGenerator",
        "neighbouring minibatches overlap",
        "A slice a:b ends before b. Yours takes the first example of the next minibatch as well.",
        ("stop = start + self.batch_size", "stop = start + self.batch_size + 1"),
    ),
    misconception(
        "BatchGenerator",
        "moves on by one example",
        "From one minibatch to the next the start moves by batch_size, not by one.",
        (STARTS, "range(len(self.x))"),
    ),
    misconception(
        "BatchGenerator",
        "takes batch_size for the number of minibatches",
        "batch_size is the number of examples in a minibatch. "
        "Check which of the two numbers your loop and your slices use.",
        (
            "        self.batch_size = batch_size\n",
            "        self.batch_size = -(-len(x) // batch_size)\n",
        ),
    ),
    misconception(
        "BatchGenerator",
        "yields y before x",
        "A minibatch is the pair (x, y), in this order.",
        (BATCH, "self.y[start:stop], self.x[start:stop]"),
    ),
    misconception(
        "BatchGenerator",
        "examples kept in the class",
        "The examples are stored in the class, so a second generator overwrites those of the first."
        " Store them in self.",
        ("self.x = x\n", "type(self).x = x\n"),
        ("self.y = y\n", "type(self).y = y\n"),
    ),
)

BANK: tuple[Misconception, ...] = STEP_DECAY + BATCH_GENERATOR + SGD + ADAM + TRAIN_LOOP
