# grader-secret: nothing of this file may reach students.
"""The worker's half of the stand-ins: each asks the host, and holds nothing of a reference.

These modules are never imported: their text is executed in a worker, function by function, with
`host(name, *args, **kwargs)` and `np` among its globals.
"""
