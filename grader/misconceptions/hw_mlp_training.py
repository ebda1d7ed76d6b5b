# grader-secret: nothing of this file may reach students.
"""Misconceptions of hw_mlp.py's training loop."""

from __future__ import annotations

from .bank import misconception

START = "    losses, accs = [], []\n"
SHUFFLE = "\n        data.shuffle()\n"
EACH = "        for x, y in data:\n"
FORWARD = "h, back = model.forward(x)"
UPDATE = "            optimizer.update(model.parameters(), back(loss_back(1.0)))\n"
LOSS = "            losses.append(loss)\n"
ACCURACY = "float(np.mean(np.argmax(h, axis=1) == np.argmax(y, axis=1)))"
CALL = "\n        if call_back is not None:\n            call_back(model, epoch)\n"
CALLED = CALL.replace(" is not None", "")  # not mistaken for CALL in a pair
EPOCHS = "range(1, num_epochs + 1)"
RETURN = "    return losses, accs"

TRAIN_LOOP = (
    misconception(
        "train_loop",
        "never shuffles",
        "The examples come in the same order in every epoch: shuffle the data before each.",
        (SHUFFLE, "\n"),
    ),
    misconception(
        "train_loop",
        "one order for all epochs",
        "Every epoch takes the examples in the same shuffled order. "
        "Each epoch needs an order of its own.",
        (SHUFFLE, "\n"),
        (START, START + "    data.shuffle()\n"),
    ),
    misconception(
        "train_loop",
        "shuffles within an epoch",
        "Shuffling between two minibatches lets some examples come twice in an epoch "
        "and others not at all.",
        (SHUFFLE, "\n"),
        (EACH, EACH + "            data.shuffle()\n"),
    ),
    misconception(
        "train_loop",
        "never updates",
        "The gradients are computed, but the weights stay: who applies them?",
        (UPDATE, "            back(loss_back(1.0))\n"),
    ),
    misconception(
        "train_loop",
        "one update in an epoch",
        "The optimizer is called after the minibatches instead of for each. "
        "Look at how far the call is indented.",
        (UPDATE, ""),
        (CALL, "\n" + UPDATE.replace("    ", "", 1) + CALLED[1:]),
    ),
    misconception(
        "train_loop",
        "gradients pile up",
        "Each update uses the gradient of its own minibatch. "
        "Yours also holds those of the minibatches before.",
        (START, START + "    grads: Params = {}\n"),
        (
            UPDATE,
            "            new = back(loss_back(1.0))\n"
            "            grads = {key: grads.get(key, 0.0) + g for key, g in new.items()}\n"
            "            optimizer.update(model.parameters(), grads)\n",
        ),
    ),
    misconception(
        "train_loop",
        "averages the gradient again",
        "The loss is already a mean over the examples, so its gradient is too: "
        "do not divide by their number again.",
        ("loss_back(1.0)", "loss_back(1.0 / len(x))"),
    ),
    misconception(
        "train_loop",
        "divides by batch_size",
        "The last minibatch may be shorter: "
        "a mean is over the examples that are there, not over batch_size.",
        ("loss_back(1.0)", "loss_back(len(x) / data.batch_size)"),
    ),
    misconception(
        "train_loop",
        "starts the way back with the loss",
        "The way back starts with the derivative of the loss with respect to itself, "
        "not with the loss.",
        ("loss_back(1.0)", "loss_back(loss)"),
    ),
    misconception(
        "train_loop",
        "all examples in every step",
        "Each step should see one minibatch, the x and y of the loop, and not all of the data.",
        (FORWARD, "x, y = data.x, data.y\n            " + FORWARD),
    ),
    misconception(
        "train_loop",
        "first minibatch only",
        "An epoch ends after its first minibatch. "
        "Look for a `break`, a `return`, or a `next` where a loop should be.",
        (EACH, EACH.replace("data", "list(data)[:1]")),
    ),
    misconception(
        "train_loop",
        "call_back in every minibatch",
        "call_back runs once, when an epoch is finished. Look at how far it is indented.",
        (CALL, CALL.replace("        if", "            if").replace("    call_", "        call_")),
    ),
    misconception(
        "train_loop",
        "call_back before the epoch",
        "call_back runs after the minibatches of an epoch, with the model that they have trained.",
        (CALL, "\n"),
        (SHUFFLE, SHUFFLE + CALLED[1:]),
    ),
    misconception(
        "train_loop",
        "call_back once at the end",
        "call_back runs after each epoch, not once after the whole training.",
        (CALL, "\n    if call_back is not None:\n        call_back(model, epoch)\n"),
    ),
    misconception(
        "train_loop",
        "never calls call_back",
        "A schedule or a log can only work if the loop calls call_back after each epoch.",
        (CALL, "\n"),
    ),
    misconception(
        "train_loop",
        "arguments of call_back exchanged",
        "call_back gets the model first and the number of the epoch second.",
        ("call_back(model, epoch)\n", "call_back(epoch, model)\n"),
    ),
    misconception(
        "train_loop",
        "goes on at the first rate",
        "What call_back does to optimizer.eta is lost: the loop goes on at the rate of its start. "
        "Is that rate put back, or is it another optimizer that trains, a copy?",
        (START, START + "    eta = optimizer.eta\n"),
        (SHUFFLE, SHUFFLE + "        optimizer.eta = eta\n"),
    ),
    misconception(
        "train_loop",
        "lowers the rate itself",
        "The loop lowers optimizer.eta on its own. That is the schedule's part, in call_back.",
        (CALL, CALL + "        optimizer.eta *= 0.95\n"),
    ),
    misconception(
        "train_loop",
        "one epoch too few",
        "Count the epochs: where does a range end that starts at 1?",
        (EPOCHS, "range(1, num_epochs)"),
    ),
    misconception(
        "train_loop",
        "ends after the first epoch",
        "The training ends after one epoch. Look at how far the `return` is indented.",
        (RETURN, "        " + RETURN.lstrip()),
    ),
    misconception(
        "train_loop",
        "trains a copy",
        "The caller's model is as it was: its own arrays have to change, not those of a copy.",
        (START, START + '    model = __import__("copy").deepcopy(model)\n'),
    ),
    misconception(
        "train_loop",
        "updates copies of the parameters",
        "parameters() hands out the arrays that the network uses. "
        "An update of copies of them trains nothing.",
        (
            UPDATE,
            "            params = {key: 1.0 * p for key, p in model.parameters().items()}\n"
            "            optimizer.update(params, back(loss_back(1.0)))\n",
        ),
    ),
    misconception(
        "train_loop",
        "loss of the last minibatch only",
        "The loss of one minibatch stands for the whole epoch. "
        "Note each minibatch, or take the mean over them.",
        (LOSS, ""),
        (f"            accs.append({ACCURACY})\n", ""),
        (CALL, f"\n        losses.append(loss)\n        accs.append({ACCURACY})" + CALLED),
    ),
    misconception(
        "train_loop",
        "sums the losses of an epoch",
        "The losses of an epoch are added up and never divided by the number of minibatches, "
        "so they grow with the amount of data.",
        (SHUFFLE, SHUFFLE + "        losses.append(0.0)\n"),
        (LOSS, "            losses[-1] += loss\n"),
    ),
    misconception(
        "train_loop",
        "sums the loss over the examples",
        "cross_entropy_loss is already a mean over the examples. "
        "Multiplied with their number it is a sum.",
        (LOSS, "            losses.append(loss * len(x))\n"),
    ),
    misconception(
        "train_loop",
        "counts right answers instead of their share",
        "An accuracy is the share of the examples that are right, a number from 0 to 1.",
        (ACCURACY, ACCURACY.replace("mean", "sum")),
    ),
    misconception(
        "train_loop",
        "accuracy in percent",
        "An accuracy is a share, a number from 0 to 1. Percent are for printing.",
        (ACCURACY, "100.0 * " + ACCURACY),
    ),
    misconception(
        "train_loop",
        "accuracy over the entries",
        "An example is right or wrong as a whole. "
        "Compared entry by entry it is partly right wherever it is wrong.",
        (ACCURACY, "float(np.mean((h == np.max(h, axis=1, keepdims=True)) == (y > 0.5)))"),
    ),
    misconception(
        "train_loop",
        "largest logit of the wrong axis",
        "The prediction is the largest logit of each example, so of each row. "
        "Which axis do you search?",
        (ACCURACY, ACCURACY.replace("axis=1", "axis=0")),
    ),
    misconception(
        "train_loop",
        "returns only the losses",
        "train_loop returns two things, the losses and the accuracies.",
        (RETURN, "    return losses"),
    ),
    misconception(
        "train_loop",
        "returns accuracies before losses",
        "train_loop returns the losses first and the accuracies second.",
        (RETURN, "    return accs, losses"),
    ),
)
