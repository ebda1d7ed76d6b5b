# grader-secret: nothing of this file may reach students.
"""Training of the MLP of nn.py: minibatches, optimisers, a schedule for the rate, the loop."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

if __package__:
    from .nn import cross_entropy_loss
else:  # graded like any submission, beside its nn.py
    from nn import cross_entropy_loss

Params = dict[str, np.ndarray]


class BatchGenerator:
    """Minibatches of x (n, d) and y (n, c): iterating yields pairs (x_batch, y_batch).

    All examples once per epoch, in minibatches of batch_size, the last one shorter if batch_size
    does not divide n. Attributes: x, y, batch_size.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        self.x = x
        self.y = y
        self.batch_size = batch_size

    def __len__(self) -> int:
        """Number of minibatches in an epoch."""
        return -(-len(self.x) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (x_batch, y_batch), from the first example to the last."""
        for start in range(0, len(self.x), self.batch_size):
            stop = start + self.batch_size
            yield self.x[start:stop], self.y[start:stop]

    def shuffle(self) -> None:
        """Put the examples in a new random order; x and y stay paired."""
        order = np.random.permutation(len(self.x))
        self.x = self.x[order]
        self.y = self.y[order]


class Adam:
    """Adam (Kingma and Ba, 2015). eta is read at every update, so that a schedule can set it.

    Attributes: eta, beta1, beta2, eps.
    """

    def __init__(
        self, eta: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        self.eta = eta
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.t = 0
        self.m: Params = {}
        self.v: Params = {}

    def update(self, params: Params, grads: Params) -> None:
        """One step, in place, for every key; t counts the calls from 1, m and v start at 0.

        m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
        params <- params - eta mhat / (sqrt(vhat) + eps)
        with mhat = m / (1 - beta1^t) and vhat = v / (1 - beta2^t)
        """
        self.t += 1
        for key, g in grads.items():
            self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
            self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * g**2
            m_hat = self.m[key] / (1 - self.beta1**self.t)
            v_hat = self.v[key] / (1 - self.beta2**self.t)
            params[key] -= self.eta * m_hat / (np.sqrt(v_hat) + self.eps)


class SGD:
    """Gradient descent with momentum and weight decay. eta is read at every update.

    Attributes: eta, momentum, weight_decay.
    """

    def __init__(self, eta: float, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        self.eta = eta
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.v: Params = {}

    def update(self, params: Params, grads: Params) -> None:
        """One step, in place, for every key; v starts at 0, lambda = weight_decay, mu = momentum.

        g <- g + lambda W,   v <- mu v + g,   W <- W - eta v
        The penalty is lambda/2 ||W||^2: keys that start with b (biases) do not decay.
        """
        for key, grad in grads.items():
            decay = 0.0 if key.startswith("b") else self.weight_decay
            g = grad + decay * params[key]
            self.v[key] = self.momentum * self.v.get(key, 0.0) + g
            params[key] -= self.eta * self.v[key]


def step_decay(eta0: float, epoch: int, milestones: Sequence[int] = (20, 40)) -> float:
    """The rate after `epoch` completed epochs: eta0, halved for each milestone <= epoch."""
    return eta0 * 0.5 ** sum(milestone <= epoch for milestone in milestones)


def train_loop(
    model: Any,
    data: BatchGenerator,
    optimizer: Any,
    num_epochs: int,
    call_back: Callable[[Any, int], None] | None = None,
) -> tuple[list[float], list[float]]:
    """Train model (nn.NN) on data for num_epochs epochs, shuffled anew before each.

    For each minibatch: forward, cross_entropy_loss, the way back, optimizer.update in place.
    call_back(model, epoch) runs after each epoch, epoch = completed epochs (1, 2, ...); it may set
    optimizer.eta. Returns (losses, accs), the loss and accuracy of each training minibatch.
    """
    losses, accs = [], []
    for epoch in range(1, num_epochs + 1):
        data.shuffle()
        for x, y in data:
            h, back = model.forward(x)
            loss, loss_back = cross_entropy_loss(h, y)
            optimizer.update(model.parameters(), back(loss_back(1.0)))
            losses.append(loss)
            accs.append(float(np.mean(np.argmax(h, axis=1) == np.argmax(y, axis=1))))
        if call_back is not None:
            call_back(model, epoch)
    return losses, accs
