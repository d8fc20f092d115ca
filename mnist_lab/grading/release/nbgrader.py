"""A course of nbgrader from the solutions: their cells with nbgrader's metadata, and the settings that they need.

nbgrader runs the checks in the student's own kernel, where points can be forged. `mnist-lab grade` is the way that
can be trusted.
"""

import nbformat

from mnist_lab.grading.release.edition import points_of, prepared

__all__ = ["course_notebook", "write_course"]

_CONFIG = """\
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearSolutions


class StandIns(ClearSolutions):
    \"""Put the stand-in of its metadata, which runs, in the place of each answer.\"""

    def preprocess_cell(self, cell, resources, index):
        cell.source = cell.metadata.pop("mnist_lab", {}).get("stub", cell.source)
        return cell, resources


c = get_config()
c.GenerateAssignment.preprocessors = [
    StandIns if one is ClearSolutions else one for one in GenerateAssignment.preprocessors.default()
]
c.CourseDirectory.course_id = "mnist"
# nbgrader's own limit of 30 seconds is too short for a training.
c.ExecutePreprocessor.timeout = 900
c.Execute.timeout = 900
"""
_README = """\
# A course for nbgrader

Install nbgrader and the library in one environment whose programs are on the PATH (nbgrader calls `alembic` by name):

```
pip install nbgrader
nbgrader generate_assignment mnist
```

Set `MNIST_LAB_PROJECT` to the folder that `mnist-lab release` makes without `--format`: the notebooks read stored
measurements there. Students need that folder too.

nbgrader limits a cell to 30 seconds; `nbgrader_config.py` allows 900. A cell that writes to stderr gets no points.

Points made inside a student's kernel can be forged. `mnist-lab grade` computes them outside of it.
"""


def course_notebook(solution):
    """Return a notebook of nbgrader's source folder: a new one, with the metadata of schema 3.

    A check's cell ends in its points, which nbgrader takes as partial credit.

    Parameters
    ----------
    solution : nbformat.NotebookNode

    Returns
    -------
    nbformat.NotebookNode

    Examples
    --------
    >>> import nbformat.v4 as v4
    >>> cell = v4.new_code_cell("print(checks.task_1(a))", metadata={"mnist_lab": {"task": 1, "points": 1}})
    >>> print(course_notebook(v4.new_notebook(cells=[cell])).cells[0].source)
    outcome = (checks.task_1(a))
    print(outcome)
    outcome.points
    """
    notebook = prepared(solution)
    for cell in notebook.cells:
        if points_of(cell):
            cell.source = _with_points(cell.source)
    return notebook


def _with_points(source):
    """Let a check's cell end in its points."""
    begin, _, check = source.rpartition("print(")
    return f"{begin}outcome = ({check}\nprint(outcome)\noutcome.points"


def write_course(folder, solutions):
    """Write a course's folder: ``source/mnist/``, ``nbgrader_config.py`` and a README."""
    source = folder / "source" / "mnist"
    source.mkdir(parents=True)
    for name, solution in solutions.items():
        nbformat.write(course_notebook(solution), source / name)
    (folder / "nbgrader_config.py").write_text(_CONFIG, encoding="utf-8")
    (folder / "README.md").write_text(_README, encoding="utf-8")
