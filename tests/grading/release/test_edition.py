from nbformat import validate
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mnist_lab.grading.release.edition import answer_cells, student_notebook
from mnist_lab.grading.release.nbgrader import course_notebook
from mnist_lab.grading.release.otter import assignment_notebook


def solution():
    cells = [
        new_markdown_cell("# Title"),
        new_code_cell("import numpy", id="imports", outputs=[new_output("stream", text="hi")], execution_count=1),
        new_code_cell("x = 42", id="answer", metadata={"mnist_lab": {"task": 1, "stub": "x = None"}, "tags": ["t"]}),
        new_code_cell("print(\n    checks.task_1(x)\n)", id="check", metadata={"mnist_lab": {"task": 1, "points": 2}}),
    ]
    return new_notebook(cells=cells)


def test_a_student_gets_stubs_locked_cells_and_no_outputs():
    notebook = student_notebook(solution())
    assert [cell.source for cell in notebook.cells] == [
        "# Title",
        "import numpy",
        "x = None",
        "print(\n    checks.task_1(x)\n)",
    ]
    code = notebook.cells[1:]
    assert [cell.metadata["editable"] for cell in code] == [False, True, False]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert "42" not in str(notebook)
    validate(notebook)


def test_names_of_cells_are_kept_twice_because_some_editors_change_ids():
    notebook = student_notebook(solution())
    assert [cell.metadata["nbgrader"]["grade_id"] for cell in notebook.cells[1:]] == ["imports", "answer", "check"]


def test_the_solution_is_left_alone():
    original = solution()
    before = str(original)
    for make in (student_notebook, course_notebook, assignment_notebook):
        make(original)
    assert str(original) == before


def test_answers_are_found():
    assert [cell.id for cell in answer_cells(solution())] == ["answer"]


def test_nbgrader_gets_whole_solutions_and_points_as_the_value_of_a_check():
    notebook = course_notebook(solution())
    assert [cell.metadata["nbgrader"]["solution"] for cell in notebook.cells[1:]] == [False, True, False]
    assert notebook.cells[2].source == "x = 42"
    assert notebook.cells[2].metadata["tags"] == ["t"]
    check = notebook.cells[3]
    assert check.metadata["nbgrader"]["points"] == 2
    assert check.source == "outcome = (\n    checks.task_1(x)\n)\nprint(outcome)\noutcome.points"
    validate(notebook)


def test_otter_gets_a_prompt_for_each_answer_and_a_test_for_each_point():
    sources = [cell.source for cell in assignment_notebook(solution()).cells]
    assert "strip_solutions_from_all_cells: true" in sources[0]
    assert sources[3].endswith('""" # BEGIN PROMPT\nx = None\n""" # END PROMPT')
    assert sources[5] == "# BEGIN QUESTION\nname: task_1\npoints: [1, 1]"
    assert sources[6:] == [
        "# BEGIN TESTS",
        "outcome.points >= 1",
        "outcome.points >= 2",
        "# END TESTS",
        "# END QUESTION",
    ]


def test_a_stub_with_a_docstring_is_quoted_otherwise():
    notebook = solution()
    notebook.cells[2].metadata["mnist_lab"]["stub"] = 'def f():\n    """Return nothing."""'
    assert assignment_notebook(notebook).cells[3].source.count("'''") == 2
