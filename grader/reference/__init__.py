# grader-secret: nothing of this file may reach students.
"""Reference implementations, one file per suite; numpy alone."""
