"""What the grader costs: `python -m benchmarks` prints the figures."""
