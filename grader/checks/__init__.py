# grader-secret: nothing of this file may reach students.
"""Hidden checks, one file per suite."""
