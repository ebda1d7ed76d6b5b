# grader-secret: nothing of this file may reach students.
"""Misconceptions of compute_loss_and_accuracy and evaluate in solution.py."""

from __future__ import annotations

from grader.misconceptions.bank import Misconception, misconception

PREDICTIONS = "predictions = np.argmax(probabilities, axis=1)"
ACCURACY = "accuracy = float(np.mean(predictions == np.argmax(Y, axis=1)))"
MEASURED = "return self.loss(probabilities, Y), accuracy, predictions"
EVALUATE = "loss, accuracy, _ = self.compute_loss_and_accuracy(*self.test)"
RESULT = "        return loss, accuracy\n"


def _c(name: str, hint: str, *edits: tuple[str, str]) -> Misconception:
    return misconception("compute_loss_and_accuracy", name, hint, *edits)


def _e(name: str, hint: str, *edits: tuple[str, str]) -> Misconception:
    return misconception("evaluate", name, hint, *edits)


COMPUTE = (
    _c(
        "argmax over the examples",
        "There is one prediction for each example. Along which axis are the classes?",
        (PREDICTIONS, PREDICTIONS.replace("1", "0")),
    ),
    _c(
        "largest probability",
        "A prediction is a class, not how sure the network is of it. Which function says "
        "where the largest entry is?",
        (PREDICTIONS, PREDICTIONS.replace("argmax", "max")),
    ),
    _c(
        "least probable class",
        "Of the classes, which one does the network predict?",
        (PREDICTIONS, PREDICTIONS.replace("argmax", "argmin")),
    ),
    _c(
        "predictions from the labels",
        "Predictions come from the network alone: from which array do you take them?",
        (PREDICTIONS, "predictions = np.argmax(Y, axis=1)"),
    ),
    _c(
        "argmax of the labels forgotten",
        "Predictions are class indices, labels are one-hot rows. Bring both to the same "
        "form before you compare them.",
        (ACCURACY, "accuracy = float(np.mean(predictions == Y))"),
    ),
    _c(
        "entries of one-hot rows compared",
        "Accuracy counts examples. You compare entry by entry, and most entries of a "
        "one-hot row are 0 anyway.",
        (ACCURACY, "accuracy = float(np.mean(probabilities.round() == Y))"),
    ),
    _c(
        "accuracy in percent",
        "Accuracy is a fraction from 0 to 1.",
        (ACCURACY, ACCURACY.replace("float(", "100.0 * float(")),
    ),
    _c(
        "a count instead of a fraction",
        "Accuracy is a fraction from 0 to 1: the number of right predictions is only its "
        "numerator.",
        (ACCURACY, ACCURACY.replace("np.mean", "np.sum")),
    ),
    _c(
        "divided by batch_size",
        "How many examples are measured here? It need not be a minibatch.",
        (
            ACCURACY,
            ACCURACY.replace("np.mean(", "np.sum(").replace(
                "axis=1)))", "axis=1)) / self.batch_size)"
            ),
        ),
    ),
    _c(
        "the error rate instead of the accuracy",
        "Accuracy is the fraction of right predictions. What do you count?",
        (ACCURACY, ACCURACY.replace("==", "!=")),
    ),
    _c(
        "the predictions not returned",
        "There is a third result besides loss and accuracy.",
        (MEASURED, MEASURED.replace(", predictions", "")),
    ),
    _c(
        "probabilities instead of classes",
        "The third result has one number for each example: the index of its class.",
        (MEASURED, MEASURED.replace("predictions", "probabilities")),
    ),
    _c(
        "loss and accuracy swapped",
        "Look at the order of the three results in the description.",
        (MEASURED, "return accuracy, self.loss(probabilities, Y), predictions"),
    ),
    _c(
        "loss averaged twice",
        "The loss is a mean already. What do you divide it by?",
        (MEASURED, MEASURED.replace("Y),", "Y) / len(Y),")),
    ),
    _c(
        "loss summed",
        "The loss is a mean over the examples, however many they are.",
        (MEASURED, MEASURED.replace("Y),", "Y) * len(Y),")),
    ),
    _c(
        "the first minibatch",
        "All examples that are handed over count, not only as many as fit into one minibatch.",
        (
            PREDICTIONS,
            "n = self.batch_size\n"
            "        X, Y, probabilities = X[:n], Y[:n], probabilities[:n]\n"
            f"        {PREDICTIONS}",
        ),
    ),
)

EVALUATE_BANK = (
    _e(
        "on the training set",
        "How well does the network do on examples that it has never seen? Which set holds them?",
        (EVALUATE, EVALUATE.replace("test", "train")),
    ),
    _e(
        "on the validation set",
        "Three sets, three uses: which one is kept for the very end?",
        (EVALUATE, EVALUATE.replace("test", "valid")),
    ),
    _e(
        "everything returned",
        "Two results are asked for. How many do you hand out?",
        (RESULT, "        return self.compute_loss_and_accuracy(*self.test)\n"),
    ),
    _e(
        "accuracy first",
        "Look at the order of the two results in the description.",
        (RESULT, "        return accuracy, loss\n"),
    ),
    _e(
        "the error rate instead of the accuracy",
        "Accuracy is the fraction of right predictions.",
        (RESULT, "        return loss, 1.0 - accuracy\n"),
    ),
    _e(
        "only the accuracy",
        "Two results are asked for. How many do you hand out?",
        (RESULT, "        return accuracy\n"),
    ),
    _e(
        "accuracy in percent",
        "Accuracy is a fraction from 0 to 1.",
        (RESULT, "        return loss, 100.0 * accuracy\n"),
    ),
    _e(
        "loss averaged twice",
        "The loss is a mean already. What do you divide it by?",
        (RESULT, "        return loss / len(self.test[0]), accuracy\n"),
    ),
    _e(
        "the first minibatch",
        "The whole test set counts, not only as many examples as fit into one minibatch.",
        (
            EVALUATE,
            EVALUATE.replace("*self.test", "*(part[: self.batch_size] for part in self.test)"),
        ),
    ),
    _e(
        "mean over minibatches",
        "The last minibatch may be shorter than the others: does each example count "
        "equally in your mean?",
        (
            EVALUATE,
            "found = []\n"
            "        for i in range(0, len(self.test[0]), self.batch_size):\n"
            "            part = [split[i : i + self.batch_size] for split in self.test]\n"
            "            found.append(self.compute_loss_and_accuracy(*part)[:2])\n"
            "        loss, accuracy = np.mean(found, axis=0)",
        ),
    ),
)
