"""Notebooks for `otter assign` from the solutions: answers with their prompt, and a question with tests for each check.

Otter runs its tests in the student's own kernel, where points can be forged. `mnist-lab grade` is the way that can be
trusted. Its format: https://otter-grader.readthedocs.io/en/latest/otter_assign/notebook_format.html
"""

import nbformat

from mnist_lab.grading.release.edition import points_of, prepared, stub_of

__all__ = ["assignment_notebook", "write_assignments"]

# By default, only cells within questions are stripped.
_CONFIG = "# ASSIGNMENT CONFIG\nstrip_solutions_from_all_cells: true\nexport_cell: false\ncheck_all_cell: false"
_README = """\
# Notebooks for Otter-Grader

Install otter-grader and the library in one environment, and write for each notebook:

```
otter assign {first} made
```

`made/autograder` is for you, `made/student` for your students. Otter runs the solution once, which takes minutes.
Set `MNIST_LAB_PROJECT` to the folder that `mnist-lab release` makes without `--format`: the notebooks read stored
measurements there. Students need that folder too.

Points made inside a student's kernel can be forged. `mnist-lab grade` computes them outside of it.
"""


def assignment_notebook(solution):
    """Return a notebook that `otter assign` takes: a new one.

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
    >>> assignment_notebook(v4.new_notebook(cells=[cell])).cells[-1].source.splitlines()[:3]
    ['# BEGIN SOLUTION NO PROMPT', 'x = 42', '# END SOLUTION']
    """
    notebook = prepared(solution)
    notebook.cells = [_raw(_CONFIG)]
    for cell in prepared(solution).cells:
        if stub_of(cell) is not None:
            cell.source = _with_prompt(cell.source, stub_of(cell))
        notebook.cells += _question(cell) if points_of(cell) else [cell]
        cell.metadata.pop("nbgrader", None)
        cell.metadata.pop("mnist_lab", None)
    return notebook


def _with_prompt(answer, stub):
    quotes = "'''" if '"""' in stub else '"""'
    prompt = f"{quotes} # BEGIN PROMPT\n{stub}\n{quotes} # END PROMPT"
    return f"# BEGIN SOLUTION NO PROMPT\n{answer}\n# END SOLUTION\n{prompt}"


def _question(cell):
    """Return the cells of a check: it keeps its outcome, and a test asks for each point."""
    task, points = cell.metadata["mnist_lab"]["task"], points_of(cell)
    begin, _, check = cell.source.rpartition("print(")
    cell.source = f"{begin}outcome = ({check}\nprint(outcome)"
    tests = [nbformat.v4.new_code_cell(f"outcome.points >= {point}") for point in range(1, points + 1)]
    for test in tests:
        test.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "True"}, execution_count=1)]
    question = _raw(f"# BEGIN QUESTION\nname: task_{task}\npoints: {[1] * points}")
    return [cell, question, _raw("# BEGIN TESTS"), *tests, _raw("# END TESTS"), _raw("# END QUESTION")]


def _raw(source):
    return nbformat.v4.new_raw_cell(source)


def write_assignments(folder, solutions):
    """Write a notebook for each solution, and a README."""
    folder.mkdir(parents=True)
    for name, solution in solutions.items():
        nbformat.write(assignment_notebook(solution), folder / name)
    (folder / "README.md").write_text(_README.format(first=next(iter(solutions))), encoding="utf-8")
