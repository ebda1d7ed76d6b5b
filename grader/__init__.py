"""The autograder: `python -m grader` grades a hand-written multilayer perceptron."""

__version__ = "0.1.0"
