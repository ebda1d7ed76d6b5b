# grader-secret: nothing of this file may reach students.
"""Named wrong implementations, one file per suite, each a few edits of the reference.

They are graded by `selfcheck`, and recognised in a student's answers.
"""
