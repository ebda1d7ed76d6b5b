"""The assignments' report questions, as an answer key."""
