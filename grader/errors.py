"""Errors of the grader itself.

    GraderError            a fault of the grader's own          exit code 3
      UsageError           wrong usage or unreadable input      exit code 2

What goes wrong inside a submission is never one of these: it is an outcome (grader.results).
"""

from grader.text import visible


class GraderError(Exception):
    """Something the grader did wrong; its text is one line for the instructor."""

    exit_code = 3

    def __init__(self, text: str) -> None:
        super().__init__(visible(text, keep=""))


class UsageError(GraderError):
    """Something the caller can put right: a path, an option, a setting. Its text is one line."""

    exit_code = 2
