"""Reference implementations, one file per suite; numpy alone."""
