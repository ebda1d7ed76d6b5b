"""Grading again: checks that are void, points set by hand, and what moved between two gradings."""
