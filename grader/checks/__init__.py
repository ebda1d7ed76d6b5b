"""Hidden checks, one file per suite."""
