"""The same training in PyTorch, eager, as its users write it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from grader.experiments.engine import SGD, Network, Optimiser


class TorchEpochs:
    """Network and optimiser of the engine's kind, with the same weights, on one thread."""

    def __init__(
        self, network: Network, optimiser: Optimiser, x: np.ndarray, labels: np.ndarray
    ) -> None:
        torch.set_num_threads(1)
        layers: list[Any] = []
        for fan_in, fan_out in pairwise(network.sizes):
            layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
        self.model = torch.nn.Sequential(*layers[:-1])
        with torch.no_grad():
            for linear, weight in zip(self.model[::2], network.weights, strict=True):
                linear.weight.copy_(torch.from_numpy(weight.T))
                linear.bias.zero_()
        kind = torch.optim.SGD if isinstance(optimiser, SGD) else torch.optim.Adam
        self.optimiser = kind(self.model.parameters(), lr=optimiser.eta)
        self.x, self.labels = torch.from_numpy(x), torch.from_numpy(labels)

    def epoch(self, order: np.ndarray, batch_size: int) -> None:
        """Train on all examples in this order."""
        for chosen in torch.from_numpy(order).split(batch_size):
            loss = functional.cross_entropy(self.model(self.x[chosen]), self.labels[chosen])
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()

    def weights(self) -> list[np.ndarray]:
        """W (fan_in, fan_out) of every layer."""
        return [linear.weight.detach().numpy().T for linear in self.model[::2]]
