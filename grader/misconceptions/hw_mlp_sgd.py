# grader-secret: nothing of this file may reach students.
"""Misconceptions of hw_mlp.py's SGD."""

from __future__ import annotations

from .bank import misconception

VELOCITY = "self.v[key] = self.momentum * self.v.get(key, 0.0) + g"
STEP = "params[key] -= self.eta * self.v[key]"
MOMENTUM = "        self.momentum"
DECAYED = "g = grad + decay * params[key]"
SGD_STATE = "self.weight_decay = weight_decay\n        self.v: Params = {}"

SGD = (
    misconception(
        "SGD",
        "new arrays instead of changes in place",
        "`params[key] = params[key] - ...` makes a new array, and the network keeps the old one. "
        "Change the array itself.",
        (STEP, "params[key] = params[key] - self.eta * self.v[key]"),
    ),
    misconception(
        "SGD",
        "climbs",
        "The gradient points uphill, and the loss should fall: look at the sign of the step.",
        (STEP, "params[key] += self.eta * self.v[key]"),
    ),
    misconception(
        "SGD",
        "decays biases too",
        "The penalty is on the weights; parameters whose key starts with b are left out of it.",
        ('0.0 if key.startswith("b") else self.weight_decay', "self.weight_decay"),
    ),
    misconception(
        "SGD",
        "ignores weight_decay",
        "weight_decay has no effect: where does the gradient of the penalty enter?",
        (DECAYED, "g = grad"),
    ),
    misconception(
        "SGD",
        "decays twice as much",
        "The penalty has a factor one half in front of the square. What is its derivative?",
        (DECAYED, "g = grad + 2 * decay * params[key]"),
    ),
    misconception(
        "SGD",
        "decays half as much",
        "The half in the penalty and the 2 from the square cancel in its derivative.",
        (DECAYED, "g = grad + 0.5 * decay * params[key]"),
    ),
    misconception(
        "SGD",
        "lets the weights grow",
        "Weight decay should shrink the weights: "
        "the gradient of the penalty is added to that of the loss.",
        (DECAYED, "g = grad - decay * params[key]"),
    ),
    misconception(
        "SGD",
        "decays by the sign",
        "The derivative of a square is proportional to the weight itself; "
        "the sign belongs to a penalty on the absolute value.",
        (DECAYED, "g = grad + decay * np.sign(params[key])"),
    ),
    misconception(
        "SGD",
        "adds the penalty instead of its gradient",
        "The penalty is one number that belongs to the loss. "
        "What belongs to the gradient is its derivative, one entry for each weight.",
        (DECAYED, "g = grad + 0.5 * decay * np.sum(params[key] ** 2)"),
    ),
    misconception(
        "SGD",
        "decay besides the velocity",
        "The decay is part of the gradient, so it goes through the velocity as well.",
        (DECAYED, "g = grad"),
        (STEP, "params[key] -= self.eta * (self.v[key] + decay * params[key])"),
    ),
    misconception(
        "SGD",
        "decay without the rate",
        "The decay is part of the gradient: like the rest of it, it is multiplied with the rate.",
        (DECAYED, "g = grad"),
        (STEP, "params[key] -= decay * params[key] + self.eta * self.v[key]"),
    ),
    misconception(
        "SGD",
        "averages old velocity and gradient",
        "Momentum adds the whole gradient to what is left of the velocity. "
        "A weighted average is another rule.",
        (VELOCITY, VELOCITY.replace("+ g", "+ (1 - self.momentum) * g")),
    ),
    misconception(
        "SGD",
        "Nesterov's step",
        "The step is along the new velocity alone; the look ahead belongs to Nesterov's method.",
        (STEP, "params[key] -= self.eta * (g + self.momentum * self.v[key])"),
    ),
    misconception(
        "SGD",
        "no momentum",
        "Every step looks like the first one. Is the velocity stored, and used in the next call?",
        (VELOCITY, "self.v[key] = g"),
    ),
    misconception(
        "SGD",
        "momentum brakes",
        "The old velocity and the new gradient act in the same direction. Check the signs of both.",
        (VELOCITY, "self.v[key] = g - self.momentum * self.v.get(key, 0.0)"),
    ),
    misconception(
        "SGD",
        "the velocity never fades",
        "Before a gradient is added the old velocity is multiplied with momentum; "
        "without this it only grows.",
        (VELOCITY, "self.v[key] = self.v.get(key, 0.0) + g"),
    ),
    misconception(
        "SGD",
        "the rate twice",
        "The rate is used in the velocity and again in the step. It belongs to one of them.",
        (VELOCITY, VELOCITY.replace("+ g", "+ self.eta * g")),
    ),
    misconception(
        "SGD",
        "one velocity for all parameters",
        "Each parameter needs a velocity of its own, in its own shape: keep them by key.",
        (SGD_STATE, SGD_STATE.replace(": Params = {}", " = 0.0")),
        (VELOCITY, "self.v = self.momentum * self.v + g"),
        (STEP, "params[key] -= self.eta * self.v"),
    ),
    misconception(
        "SGD",
        "velocities kept in the class",
        "A dict in the class is shared by all optimisers: make it in __init__.",
        ("class SGD:\n", "class SGD:\n    shared: Params = {}\n\n"),
        (SGD_STATE, SGD_STATE.replace("{}", "self.shared")),
    ),
    misconception(
        "SGD",
        "keeps the first rate",
        "A schedule sets optimizer.eta between two updates: read the attribute in every update.",
        (f"self.eta = eta\n{MOMENTUM}", f"self.eta = self.lr = eta\n{MOMENTUM}"),
        (STEP, "params[key] -= self.lr * self.v[key]"),
    ),
    misconception(
        "SGD",
        "stops after the first parameter",
        "Only the first key is updated. Look at how far a `return` or `break` is indented.",
        (STEP, STEP + "\n            break"),
    ),
    misconception(
        "SGD",
        "pairs gradients and parameters by their place",
        "The two dicts need not have the same order: the way back begins with the last layer. "
        "Look up each gradient under the key of its parameter.",
        ("for key, grad in grads.items():", "for key, grad in zip(params, grads.values()):"),
    ),
    misconception(
        "SGD",
        "decays after the step",
        "The decay is part of the gradient, at the weights before the step. "
        "Yours shrinks the weights that the step has changed already.",
        (DECAYED, "g = grad"),
        (STEP, STEP + "\n            params[key] *= 1 - self.eta * decay"),
    ),
    misconception(
        "SGD",
        "leaves the biases as they are",
        "Biases take their step like all other parameters; only weight decay leaves them out.",
        (STEP, 'if not key.startswith("b"):\n                ' + STEP),
    ),
)
