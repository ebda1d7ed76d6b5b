"""Multilayer perceptrons trained at the machine's speed: numpy, flat buffers, no hidden state.

    network = Network((784, 200, 10), activation="relu", seed=1)
    train(network, x, labels, epochs=50, batch_size=100, optimiser=SGD(0.1), seed=2,
          schedule=lambda epoch: step_decay(0.1, epoch), on_epoch=print)
    loss, accuracy = network.loss_and_accuracy(x_valid, labels_valid)

The readable counterparts are grader/reference/nn.py and hw_mlp.py; both give the same numbers.
"""

from .checkpoints import load_state, save_state
from .network import Network
from .optimisers import SGD, Adam, Optimiser
from .training import Diverged, EpochStats, gradients, train

__all__ = [
    "SGD",
    "Adam",
    "Diverged",
    "EpochStats",
    "Network",
    "Optimiser",
    "gradients",
    "load_state",
    "save_state",
    "train",
]
