# grader-secret: nothing of this file may reach students.
"""Misconceptions of update and train_loop in solution.py."""

from __future__ import annotations

from grader.misconceptions.bank import Misconception, misconception

UPDATE = 'self.weights[key] = self.weights[key] - self.lr * grads[f"d{key}"]'
EVERY = "for key in self.weights:\n            self"
INIT = "        self.initialize_weights((X.shape[1], Y.shape[1]))\n"
TRAINING_SET = "        X, Y = self.train\n"
EPOCH = "        for _ in range(n_epochs):\n"
BATCHES = "range(0, len(X), self.batch_size)"
BATCH = "batch = slice(start, start + self.batch_size)"
STEP = "self.update(self.backward(self.forward(X[batch]), Y[batch]))"
MINIBATCHES = (
    f"            for start in {BATCHES}:\n                {BATCH}\n                {STEP}\n"
)
MEASURE = "            for name, split in splits.items():\n"
SPLITS = '"train": self.train, "validation": self.valid'
LAST_LOG = '                self.train_logs[f"{name}_loss"].append(loss)\n'
LOGS = "return self.train_logs"
ACCURACIES = (
    "            accuracies = {}\n"
    "            for name, split in splits.items():  # before the epoch\n"
    "                accuracies[name] = self.compute_loss_and_accuracy(*split)[1]\n"
)


def _u(name: str, hint: str, *edits: tuple[str, str]) -> Misconception:
    return misconception("update", name, hint, *edits)


def _t(name: str, hint: str, *edits: tuple[str, str]) -> Misconception:
    return misconception("train_loop", name, hint, *edits)


UPDATE_BANK = (
    _u(
        "a step uphill",
        "The gradient points to where the loss grows. In which direction do you go?",
        (UPDATE, UPDATE.replace(" - ", " + ")),
    ),
    _u(
        "no learning rate",
        "How long is a step? The network has a setting for it.",
        (UPDATE, UPDATE.replace("self.lr * ", "")),
    ),
    _u(
        "biases left out",
        "Biases are parameters too. Which keys does your loop run over?",
        (EVERY, EVERY.replace(":\n", ':\n            if key[0] == "W":\n    ')),
    ),
    _u(
        "weights left out",
        "Both weights and biases are parameters. Which keys does your loop run over?",
        (EVERY, EVERY.replace(":\n", ':\n            if key[0] == "b":\n    ')),
    ),
    _u(
        "last layer left out",
        "L is the number of hidden layers plus one. Where does your loop over the layers end?",
        (EVERY, EVERY.replace("self.weights:", "list(self.weights)[:-2]:")),
    ),
    _u(
        "first layer left out",
        "Layers are numbered from 1. Where does your loop over the layers begin?",
        (EVERY, EVERY.replace("self.weights:", "list(self.weights)[2:]:")),
    ),
    _u(
        "the step without the weight",
        "A step starts from where the weight is. What is left of the old weight in yours?",
        (UPDATE, 'self.weights[key] = -self.lr * grads[f"d{key}"]'),
    ),
    _u(
        "divided by batch_size",
        "The gradient is a mean already. Is there anything left to divide by?",
        (UPDATE, UPDATE + " / self.batch_size"),
    ),
    _u(
        "the weights shrunk",
        "Read the formula as it stands: from what is the product with the learning rate "
        "subtracted?",
        (
            UPDATE,
            "self.weights[key] = self.weights[key] - self.lr * self.weights[key] * "
            'grads[f"d{key}"]',
        ),
    ),
    _u(
        "gradients clipped",
        "A step is lr times the gradient, however long that is. What does yours cut off?",
        (UPDATE, UPDATE.replace('grads[f"d{key}"]', 'np.clip(grads[f"d{key}"], -1.0, 1.0)')),
    ),
    _u(
        "momentum",
        "Plain gradient descent goes by the gradient that it is given. What is left in yours of "
        "the steps before?",
        (
            UPDATE,
            'self.v = getattr(self, "v", {})\n'
            '            self.v[key] = 0.9 * self.v.get(key, 0.0) + grads[f"d{key}"]\n'
            "            self.weights[key] = self.weights[key] - self.lr * self.v[key]",
        ),
    ),
    _u(
        "by the sign",
        "A step is proportional to the gradient. Does yours know how large the gradient is?",
        (UPDATE, UPDATE.replace('grads[f"d{key}"]', 'np.sign(grads[f"d{key}"])')),
    ),
)

TRAIN_LOOP = (
    _t(
        "initialised in every epoch",
        "What has been learned in an epoch must be there in the next. What happens at the "
        "beginning of each of yours?",
        (INIT, ""),
        (EPOCH, EPOCH + "    " + INIT),
    ),
    _t(
        "initialised once for all calls",
        "A second call of train_loop is a new training. From which weights does yours start?",
        (INIT, f"        if not self.weights:\n    {INIT}"),
    ),
    _t(
        "measured before the epoch",
        "The numbers of an epoch say where it has led. When do you measure?",
        (MINIBATCHES, ""),
        (LAST_LOG, LAST_LOG + MINIBATCHES),
    ),
    _t(
        "accuracy measured before the epoch",
        "Loss and accuracy of an epoch belong together. When do you measure each?",
        (MINIBATCHES, f"{ACCURACIES}{MINIBATCHES}"),
        ('_accuracy"].append(accuracy)', '_accuracy"].append(accuracies[name])'),
    ),
    _t(
        "gradients clipped",
        "backward says how long a step is, times the learning rate. What happens to its "
        "gradients on the way to update?",
        (
            STEP,
            "grads = self.backward(self.forward(X[batch]), Y[batch])\n"
            "                self.update({k: np.clip(g, -1.0, 1.0) for k, g in grads.items()})",
        ),
    ),
    _t(
        "one epoch too few",
        "Count the passes that your loop makes for n_epochs = 1.",
        (EPOCH, EPOCH.replace("n_epochs", "1, n_epochs")),
    ),
    _t(
        "one epoch too many",
        "Count the passes that your loop makes for n_epochs = 1.",
        (EPOCH, EPOCH.replace("n_epochs", "n_epochs + 1")),
    ),
    _t(
        "the first minibatch only",
        "An epoch uses all examples. Do your minibatches move on through the training set?",
        (BATCHES, "[0]"),
    ),
    _t(
        "always the first minibatch",
        "The number of updates is right. Which examples does each of them see?",
        (BATCH, BATCH.replace("start", "0", 1).replace("start +", "0 +")),
    ),
    _t(
        "last minibatch dropped",
        "The number of examples need not be a multiple of batch_size. What happens to the rest?",
        (BATCHES, BATCHES.replace("len(X)", "len(X) - self.batch_size + 1")),
    ),
    _t(
        "last example of each minibatch dropped",
        "Does a slice include its end? Count the examples in one of your minibatches.",
        (BATCH, BATCH.replace("self.batch_size)", "self.batch_size - 1)")),
    ),
    _t(
        "the whole set in one minibatch",
        "After how many examples should the weights make a step? The network has a setting for it.",
        (BATCHES, "[0]"),
        (BATCH, "batch = slice(None)"),
    ),
    _t(
        "one example at a time",
        "After how many examples should the weights make a step? The network has a setting for it.",
        (BATCHES, "range(len(X))"),
        (BATCH, "batch = slice(start, start + 1)"),
    ),
    _t(
        "one step per epoch",
        "The weights make a step after each minibatch, not only at the end of the epoch: "
        "look at what is inside the inner loop.",
        (MEASURE, f"            {STEP}\n{MEASURE}"),
        (f"{BATCH}\n                {STEP}", BATCH),
    ),
    _t(
        "x and y parted",
        "An example and its label belong together. Are both shuffled in the same way?",
        (STEP, STEP.replace("Y[batch]", "np.random.permutation(Y)[batch]")),
    ),
    _t(
        "trained on the validation set",
        "Which set is there to learn from?",
        (TRAINING_SET, TRAINING_SET.replace("train", "valid")),
    ),
    _t(
        "trained on the test set",
        "The test set is for the very end. Which set is there to learn from?",
        (TRAINING_SET, TRAINING_SET.replace("train", "test")),
    ),
    _t(
        "validation set used for training as well",
        "The validation set says how well the network does on examples it has not learned "
        "from. Does it stay unseen?",
        (
            MEASURE,
            "            cache = self.forward(self.valid[0])\n"
            "            self.update(self.backward(cache, self.valid[1]))\n"
            f"{MEASURE}",
        ),
    ),
    _t(
        "logs swapped",
        "Which set do the numbers under each key come from?",
        (SPLITS, '"train": self.valid, "validation": self.train'),
    ),
    _t(
        "training set logged twice",
        "Which set do the numbers under each key come from?",
        (SPLITS, SPLITS.replace("self.valid", "self.train")),
    ),
    _t(
        "the last epoch's logs",
        "The logs keep one number for every epoch. What happens to those of the epochs before?",
        (LOGS, "return {key: value[-1:] for key, value in self.train_logs.items()}"),
    ),
    _t(
        "loss and accuracy logged under each other's key",
        "Compare the keys of your logs with what you append to them.",
        ('_accuracy"].append(accuracy)', '_accuracy"].append(loss)'),
        ('_loss"].append(loss)', '_loss"].append(accuracy)'),
    ),
)
