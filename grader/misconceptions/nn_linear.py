# grader-secret: nothing of this file may reach students.
"""Wrong versions of linear_forward and linear_backward of nn.py."""

from __future__ import annotations

from grader.misconceptions.bank import misconception

Z, LINEAR_BACK = "return x @ W.T + b,", "lambda dz: linear_backward(dz, x, W, b)"
GRADS = "return dz @ W, dz.T @ x, np.sum(dz, axis=0)"
DX, DW, DB = "return dz @ W,", "dz.T @ x", "np.sum(dz, axis=0)"

LINEAR_FORWARD = (
    misconception(
        "linear_forward",
        "W not transposed",
        "W has one row per output. Write down the shapes of x, W and z: which order and which "
        "transpose fit?",
        (Z, "return x @ W + b,"),
    ),
    misconception(
        "linear_forward",
        "bias left out",
        "A layer with x = 0 still gives something: the bias.",
        (Z, "return x @ W.T,"),
    ),
    misconception(
        "linear_forward",
        "bias subtracted",
        "Look at the sign of the bias.",
        (Z, "return x @ W.T - b,"),
    ),
    misconception(
        "linear_forward",
        "bias for the first example only",
        "Every example of the minibatch gets the same bias, not the first one alone.",
        (Z, "return x @ W.T + np.outer(np.arange(len(x)) == 0, b),"),
    ),
    misconception(
        "linear_forward",
        "one bias per example",
        "b has one entry per output. Adding it as a column gives every example its own bias "
        "instead.",
        (Z, "return x @ W.T + b[:, None],"),
    ),
    misconception(
        "linear_forward",
        "one bias for all outputs",
        "Each output has a bias of its own; they are not to be summed or averaged.",
        (Z, "return x @ W.T + np.sum(b),"),
    ),
    misconception(
        "linear_forward",
        "back without db",
        "back owes the caller a gradient for each of the three things that went in.",
        (LINEAR_BACK, "lambda dz: linear_backward(dz, x, W, b)[:2]"),
    ),
    misconception(
        "linear_forward",
        "back in another order",
        "Whoever calls back unpacks its results in the order of the docstring.",
        (LINEAR_BACK, "lambda dz: [linear_backward(dz, x, W, b)[i] for i in (1, 2, 0)]"),
    ),
    misconception(
        "linear_forward",
        "x and dz swapped in back",
        "linear_backward is called with its arguments in another order than it declares them.",
        (LINEAR_BACK, "lambda dz: linear_backward(x, dz, W, b)"),
    ),
    misconception(
        "linear_forward",
        "back divides by the batch",
        "The mean over the examples is taken once, in the loss. back of a layer gets gradients in "
        "which it is already contained.",
        (LINEAR_BACK, "lambda dz: linear_backward(dz / len(x), x, W, b)"),
    ),
)

LINEAR_BACKWARD = (
    misconception(
        "linear_backward",
        "dW transposed",
        "A gradient has the shape of what it is the gradient of. W is (n_out, n_in).",
        (DW, "x.T @ dz"),
    ),
    misconception(
        "linear_backward",
        "dW averaged",
        "The mean over the examples is taken once, in the loss; here the examples only add up.",
        (DW, "dz.T @ x / len(x)"),
    ),
    misconception(
        "linear_backward",
        "db averaged",
        "The mean over the examples is taken once, in the loss; the bias is no exception.",
        (DB, "np.mean(dz, axis=0)"),
    ),
    misconception(
        "linear_backward",
        "db one number",
        "Each output has its own bias, and so its own gradient: sum over the examples, and over "
        "nothing else.",
        (DB, "np.sum(dz)"),
    ),
    misconception(
        "linear_backward",
        "db summed over the outputs",
        "This sum runs along the wrong axis: the result has one entry per example instead of one "
        "per output.",
        (DB, "np.sum(dz, axis=1)"),
    ),
    misconception(
        "linear_backward",
        "db with an axis too many",
        "The numbers are right. b has one axis; keepdims leaves two.",
        (DB, "np.sum(dz, axis=0, keepdims=True)"),
    ),
    misconception(
        "linear_backward",
        "db not summed",
        "One bias serves every example of the minibatch, so it collects the gradients of all of "
        "them.",
        (DB, "1.0 * dz"),
    ),
    misconception(
        "linear_backward",
        "db of ones",
        "The derivative of z with respect to b is 1, but the chain rule still multiplies by what "
        "comes from above.",
        (DB, "np.ones(dz.shape[1])"),
    ),
    misconception(
        "linear_backward",
        "db of zeros",
        "If b grows a little, z grows with it: the bias does have a gradient.",
        (DB, "np.zeros(dz.shape[1])"),
    ),
    misconception(
        "linear_backward",
        "dx with W transposed",
        "On the way there W is transposed. Write down the shapes of dz, W and dx for the way back.",
        (DX, "return dz @ W.T,"),
    ),
    misconception(
        "linear_backward",
        "dx transposed",
        "dx has the shape of x, with one row per example. Yours has one column per example.",
        (DX, "return W.T @ dz.T,"),
    ),
    misconception(
        "linear_backward",
        "dW before dx",
        "Whoever calls this unpacks its results in the order of the docstring.",
        (GRADS, "return dz.T @ x, dz @ W, np.sum(dz, axis=0)"),
    ),
    misconception(
        "linear_backward",
        "everything averaged",
        "The mean over the examples is taken once, in the loss. Here nothing is divided by the "
        "number of examples.",
        (GRADS, "return dz @ W / len(x), dz.T @ x / len(x), np.mean(dz, axis=0)"),
    ),
)

LINEAR = (*LINEAR_FORWARD, *LINEAR_BACKWARD)
