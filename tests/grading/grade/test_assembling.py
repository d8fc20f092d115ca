import nbformat.v4 as v4
import pytest

from mnist_lab.grading.grade.assembling import assemble, match

ANSWER = {"mnist_lab": {"task": 1, "stub": "table = None"}}
CHECK = {"mnist_lab": {"task": 1, "points": 1}}


@pytest.fixture
def solution():
    cells = [
        v4.new_markdown_cell("# Title", id="title"),
        v4.new_code_cell("import checks", id="imports"),
        v4.new_code_cell("table = right", id="answer", metadata=ANSWER),
        v4.new_code_cell("print(checks.task_1(table))", id="check", metadata=CHECK),
    ]
    return v4.new_notebook(cells=cells)


def given(*cells):
    return {"cells": [{"id": name, "source": source} for name, source in cells]}


HONEST = [("imports", "import checks"), ("answer", "table = mine"), ("check", "print(checks.task_1(table))")]


def assembled(solution, *cells):
    notebook, remarks = assemble(given(*cells), solution)
    return [cell.source for cell in notebook.cells], remarks


def test_answers_are_the_students_and_locked_cells_the_graders(solution):
    forged = [("imports", "import mine as checks"), ("answer", "table = mine"), ("check", "print('1 of 1 point')")]
    sources, remarks = assembled(solution, *forged)
    assert sources == ["import checks", "table = mine", "print(checks.task_1(table))"]
    assert remarks == ["the check's cell check was changed; that of the course ran"]


def test_blanks_do_not_change_a_check(solution):
    assert assembled(solution, *HONEST[:2], ("check", "print( checks.task_1(table))\n"))[1] != []
    assert assembled(solution, *HONEST[:2], ("check", "print(checks.task_1(table))  \n"))[1] == []


def test_an_added_cell_stays_behind_the_one_it_followed(solution):
    cells = [("first", "a"), *HONEST[:2], (None, "b"), ("x", "c"), HONEST[2], ("y", "d")]
    expected = ["a", "import checks", "table = mine", "b", "c", "print(checks.task_1(table))", "d"]
    assert assembled(solution, *cells)[0] == expected


def test_a_locked_cell_that_is_missing_comes_back_and_an_answer_stays_empty(solution):
    sources, remarks = assembled(solution)
    assert sources == ["import checks", "", "print(checks.task_1(table))"]
    assert remarks == ["the answer cell answer is missing"]


def test_cells_in_another_order_run_in_the_graders(solution):
    assert assembled(solution, *reversed(HONEST))[0] == [source for _, source in HONEST]


def test_of_a_cell_that_occurs_twice_the_first_is_the_answer_and_it_is_said(solution):
    sources, remarks = assembled(solution, *HONEST, ("answer", "table = other"))
    assert sources[1] == "table = mine"
    assert remarks == ["the cell answer occurs 2 times"]


def test_fast_sets_what_the_locked_cell_says(solution):
    solution.cells[1].source = "EPOCHS = 12  # sets the cost\nMORE_EPOCHS = 5"
    solution.cells[1].metadata["mnist_lab"] = {"fast": {"EPOCHS": "6"}}
    notebook, _ = assemble(given(*HONEST), solution, fast=True)
    assert notebook.cells[0].source == "EPOCHS = 6\nMORE_EPOCHS = 5"
    assert assemble(given(*HONEST), solution)[0].cells[0].source.startswith("EPOCHS = 12")


def test_the_solution_is_left_alone(solution):
    before = solution.copy()
    assembled(solution, *HONEST)
    assert solution == before


def test_cells_decide_which_notebook_it_is_whatever_its_name(solution):
    notebooks = {"copy of mine.ipynb": given(*HONEST), "01.ipynb": given(("other", "1"))}
    assert match(notebooks, {"01_counts": solution}) == {"01_counts": "copy of mine.ipynb"}


def test_without_ids_the_number_in_its_name_decides(solution):
    assert match({"hw/01 Ada.ipynb": given((None, "1"))}, {"01_counts": solution}) == {"01_counts": "hw/01 Ada.ipynb"}


def test_a_notebook_belongs_to_one_of_the_course_though_it_shares_a_cell_with_others(solution):
    other = v4.new_notebook(cells=[solution.cells[1], v4.new_code_cell("b"), v4.new_code_cell("c")])
    both = {"01_counts": solution, "02_other": other}
    assert match({"mine.ipynb": given(*HONEST)}, both) == {"01_counts": "mine.ipynb"}
    second = given(("x", "import checks"), ("y", "b"), ("z", "c"))
    found = match({"02 first.ipynb": given(*HONEST), "01 second.ipynb": second}, both)
    assert found == {"01_counts": "02 first.ipynb", "02_other": "01 second.ipynb"}


def test_of_two_copies_the_better_one_is_taken(solution):
    copies = {"01 old.ipynb": given(*HONEST[:2]), "01 new.ipynb": given(*HONEST)}
    assert match(copies, {"01_counts": solution}) == {"01_counts": "01 new.ipynb"}


def test_a_notebook_of_another_course_belongs_nowhere(solution):
    assert match({"essay.ipynb": given((None, "1"))}, {"01_counts": solution}) == {}


def test_of_several_versions_the_one_in_the_fewest_folders_counts(solution):
    versions = dict.fromkeys(("alt/01.ipynb", "01.ipynb", "v2.zip/notebooks/01.ipynb"), given(*HONEST))
    assert match(versions, {"01_small": solution}) == {"01_small": "01.ipynb"}
