"""What leaves this repository: student.zip, and autograder.zip with what makes an image of it.

Both are the same bytes from the same files and settings, on whatever machine they are made.
"""
