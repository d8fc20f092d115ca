"""A student's notebook from a solution: answers become stubs, outputs go, all other cells are locked."""

import copy

__all__ = ["answer_cells", "points_of", "prepared", "stub_of", "student_notebook"]


def stub_of(cell):
    """Return what stands in the place of a cell that the student answers; None for another cell."""
    return cell.metadata.get("mnist_lab", {}).get("stub")


def points_of(cell):
    """Return the points of a check's cell; 0 for another cell."""
    return cell.metadata.get("mnist_lab", {}).get("points", 0)


def answer_cells(notebook):
    """Return the cells that the student answers."""
    return [cell for cell in notebook.cells if stub_of(cell) is not None]


def prepared(solution):
    """Return a copy of a solution without outputs, in which each code cell has nbgrader's metadata (schema 3).

    They say which cells are answers and which are locked, and keep the name of a cell where an editor changes its ID:
    https://nbgrader.readthedocs.io/en/stable/contributor_guide/metadata.html
    """
    notebook = copy.deepcopy(solution)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            points, answer = points_of(cell), stub_of(cell) is not None
            cell.outputs, cell.execution_count = [], None
            cell.metadata.pop("alt", None)  # what the figure of the solution shows
            cell.metadata["nbgrader"] = {
                "schema_version": 3,
                "grade_id": cell.id,
                "solution": answer,
                "grade": bool(points),
                "locked": not answer,
                "task": False,
                **({"points": points} if points else {}),
            }
    return notebook


def student_notebook(solution):
    """Return a student's notebook: a new one, the solution is left alone.

    Parameters
    ----------
    solution : nbformat.NotebookNode

    Returns
    -------
    nbformat.NotebookNode

    Examples
    --------
    >>> import nbformat.v4 as v4
    >>> cell = v4.new_code_cell("x = 42", metadata={"mnist_lab": {"task": 1, "stub": "x = None  # your answer"}})
    >>> student_notebook(v4.new_notebook(cells=[cell])).cells[0].source
    'x = None  # your answer'
    """
    notebook = prepared(solution)
    for cell in notebook.cells:
        stub = stub_of(cell)
        if cell.cell_type == "code":
            cell.metadata |= {"editable": stub is not None, "deletable": False}
        if stub is not None:
            cell.source = stub
            del cell.metadata["mnist_lab"]["stub"]
    return notebook
