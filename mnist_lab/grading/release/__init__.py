"""``mnist-lab release``: make what students start from, out of the solutions.

=============  ================================================================
``command``    the folder that students get: notebooks, library, README
``edition``    a student's notebook from a solution, as a pure function
``leaks``      what of a solution slips through
``nbgrader``   the same for a course of nbgrader
``otter``      the same for Otter-Grader
=============  ================================================================

A cell that the student answers has the metadata ``mnist_lab: {"task": 2, "stub": "..."}``; the stub is what stands in
its place, and runs. The cell of a check has ``mnist_lab: {"task": 2, "points": 2}``. All other cells stay as they are.
"""
