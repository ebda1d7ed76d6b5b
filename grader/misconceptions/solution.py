# grader-secret: nothing of this file may reach students.
"""Misconceptions of solution.py: wrong implementations that are seen in students' code."""

from __future__ import annotations

from grader.misconceptions.bank import Misconception
from grader.misconceptions.solution_backward import BACKWARD
from grader.misconceptions.solution_elementwise import (
    LEAKY_BANK,
    RELU_BANK,
    SIGMOID_BANK,
    TANH_BANK,
)
from grader.misconceptions.solution_measuring import COMPUTE, EVALUATE_BANK
from grader.misconceptions.solution_network import FORWARD, LOSS_BANK
from grader.misconceptions.solution_softmax import SOFTMAX
from grader.misconceptions.solution_start import ACTIVATION, INITIALIZE_WEIGHTS
from grader.misconceptions.solution_training import TRAIN_LOOP, UPDATE_BANK

BANK: tuple[Misconception, ...] = (
    *INITIALIZE_WEIGHTS,
    *RELU_BANK,
    *SIGMOID_BANK,
    *TANH_BANK,
    *LEAKY_BANK,
    *SOFTMAX,
    *ACTIVATION,
    *FORWARD,
    *LOSS_BANK,
    *BACKWARD,
    *UPDATE_BANK,
    *COMPUTE,
    *TRAIN_LOOP,
    *EVALUATE_BANK,
)
