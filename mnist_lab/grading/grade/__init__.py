"""``mnist-lab grade``: points for a class, that can't be forged inside a notebook.

===============  =====================================================================================
``command``      the submissions of a class, several at once, and the table
``submissions``  whose file is whose; the only reader of what students handed in
``assembling``   the notebook to run: the grader's locked cells, the student's answers
``variant``      the data of one grading
``box``          bubblewrap, limits, and the watch over them
``inside``       what runs in the first box: the notebooks
``hand_in``      what the checks wrote there, read without trust
``judge``        what runs in the second box: the checks on recomputed values
``bench``        the judge's process, kept warm
``grading``      one submission from its file to its result
``gradebook``    the command ``mnist-lab grades``: points into the file of Moodle or Canvas
``cluster``      the same on many machines, with dask
``pages``        a page for each student and one for the instructor
===============  =====================================================================================
"""
