import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mnist_lab import files
from mnist_lab.grading.release.edition import student_notebook
from mnist_lab.grading.release.leaks import find_leaks

ANSWER = "chosen = int(np.argmax(validation_errors))"
STUB = "chosen = 0  # your answer"
REFERENCE = [{"test_accuracy": {"value": 0.99573, "atol": 0.002}}]
NOTEBOOKS = sorted((files.project_root(__file__) / "notebooks").glob("0[1-5]*.ipynb"))


def pair(*, text="Choose a digit.", locked="import numpy as np", answer=ANSWER, stub=STUB):
    cell = new_code_cell(answer, metadata={"mnist_lab": {"task": 4, "stub": stub}})
    solution = new_notebook(cells=[new_markdown_cell(text), new_code_cell(locked), cell])
    return solution, student_notebook(solution)


def test_a_right_edition_has_none():
    assert find_leaks(*pair(), REFERENCE) == []


SHOWN = {
    "the answer in the text": ({"text": f"Write `{ANSWER}`."}, "the line 'chosen = int"),
    "the answer in a locked cell": ({"locked": f"if True:\n    {ANSWER}"}, "the line 'chosen = int"),
    "a result in the text": ({"text": "It reaches 99.573 % of them."}, "the result 99.573"),
    "a rounded result in the text": ({"text": "It reaches 0.9957."}, "the result 0.9957"),
    "a result in a stub": ({"stub": "expected = 0.9957  # your answer"}, "the result 0.9957"),
}


@pytest.mark.parametrize("how", SHOWN)
def test_what_gives_an_answer_away_is_found(how):
    change, leak = SHOWN[how]
    (found,) = find_leaks(*pair(**change), REFERENCE)
    assert found.startswith(leak)


def test_a_stored_output_is_found():
    solution, edition = pair()
    edition.cells[1].outputs = [new_output("stream", text="35 errors")]
    assert find_leaks(solution, edition) == [f"the output of cell {edition.cells[1].id}"]


def test_a_description_of_the_solutions_figure_is_found():
    solution, edition = pair()
    edition.cells[1].metadata["alt"] = "The improved CNN leads with 99.573 percent."
    assert find_leaks(solution, edition, REFERENCE) == ["the result 99.573"]


def test_an_answer_that_was_not_replaced_is_found():
    solution, _ = pair()
    assert "the line" in find_leaks(solution, solution)[0]


def test_what_a_stub_shows_on_purpose_is_no_leak():
    assert (
        find_leaks(*pair(answer="model = keras.Sequential([])", stub="model = keras.Sequential([])  # your code")) == []
    )


def test_settings_are_no_results():
    assert find_leaks(*pair(text="The rate is 0.001, or 0.004."), [{"a": {"value": 0.001}}]) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_notebook_of_the_course_shows_an_answer(path):
    solution = nbformat.read(path, as_version=4)
    assert find_leaks(solution, student_notebook(solution)) == []
