"""Grading inside Gradescope's container, or any that is laid out like it.

platform      where everything lies, and what is written first
machine       what the container allows: processors, memory, time
metadata      submission_metadata.json, read as leniently as can be
extensions    extensions.csv
lateness      whose due date holds, and what being late costs
allowance     how many submissions are graded, and what is handed back beyond that
policies      all of this put together for one submission
leaderboard   accuracy on held data after a fixed number of updates
run           the whole way of one submission
"""
