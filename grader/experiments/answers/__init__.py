"""What is made of an experiment's results: one module with an `answer(run)` each."""
