"""The assignments' report questions, run and answered: `python -m grader experiment NAME`.

A study (`studies/NAME.py`) declares what is run; an answer (`answers/NAME.py`) makes figures,
tables and a rubric of the results. Everything between them is the same for all.
"""
