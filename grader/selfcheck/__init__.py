"""`python -m grader selfcheck`: do the checks tell right from wrong, function by function?

The reference earns everything, stubs nothing, and every known mistake costs its own function and
no other; what a student would be told of it is looked at as well.
"""
