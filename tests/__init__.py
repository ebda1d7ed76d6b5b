"""Public checks: run them with `pytest` from the folder that holds your files."""
