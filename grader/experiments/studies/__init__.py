"""What each experiment runs: one module with a `STUDY` each."""
