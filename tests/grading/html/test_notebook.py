import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mnist_lab import files
from mnist_lab.grading.html.notebook import alternative, body, first_picture, lead, title

NOTEBOOKS = sorted((files.project_root(__file__) / "notebooks").glob("*.ipynb"))
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def picture():
    return new_output("display_data", {"image/png": PIXEL, "text/plain": "<Figure size 640x480>"})


def chart():
    return new_output("display_data", {"application/vnd.plotly.v1+json": {"data": [], "layout": {}}})


@pytest.fixture
def notebook():
    cells = [
        new_markdown_cell("# 01 Counts\n\n*task 1*\n\nHow often does\neach digit occur?\n\nMore."),
        new_code_cell("x = 1  # a\nprint(x)", outputs=[new_output("stream", text="1 <b>\n")]),
        new_code_cell("draw()", metadata={"alt": "Bars of ten digits"}, outputs=[picture(), chart()]),
        new_markdown_cell("| a | b |\n|---|---|\n| 1 | 2 |"),
    ]
    return new_notebook(cells=cells)


def test_title_and_lead(notebook):
    assert title(notebook) == "01 Counts"
    assert lead(notebook) == "How often does each digit occur?"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_first_paragraph_of_each_notebook_stands_alone(path):
    text = lead(nbformat.read(path, as_version=4))
    assert len(text) > 60
    assert not re.search(r"\b(below|above|those two)\b", text)


def test_the_first_picture_comes_with_what_it_shows(notebook):
    assert first_picture(notebook) == (PIXEL, "Bars of ten digits")
    assert first_picture(new_notebook()) is None


def test_each_of_two_figures_has_its_own_text():
    cell = new_code_cell("", metadata={"alt": ["left", "right"]})
    assert [alternative(cell, number) for number in (0, 1)] == ["left", "right"]


def test_the_body_shows_code_output_and_pictures_and_needs_no_script(notebook):
    html = body(notebook)
    assert 'alt="Bars of ten digits"' in html
    assert "1 &lt;b&gt;" in html
    assert "something interactive stands here" in html
    assert "<script" not in html
    assert not re.search(r"(src|href)=\"(https?:)?//", html)


def test_what_scrolls_can_be_reached_with_the_keyboard(notebook):
    html = body(notebook)
    assert html.count("<pre") == html.count('<pre tabindex="0"')
    assert '<div class="wide" tabindex="0"><table>' in html


def test_the_notebook_is_left_alone(notebook):
    before = str(notebook)
    body(notebook)
    assert str(notebook) == before


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_figure_of_the_course_has_a_text_that_says_what_it_shows(path):
    for cell in nbformat.read(path, as_version=4).cells:
        figures = [output for output in cell.get("outputs", ()) if "image/png" in output.get("data", {})]
        for number in range(len(figures)):
            text = alternative(cell, number)
            assert len(text) > 25, (cell.id, text)
            assert not text.lower().startswith(("a figure", "a picture", "a plot", "an image", "figure"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_notebook_has_formulas_that_a_script_would_have_to_draw(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert cell.cell_type != "markdown" or not re.search(r"\$[^$]+\$", cell.source), cell.id
