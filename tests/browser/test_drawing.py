"""Digits drawn with a mouse in notebook 04, read by the network that was trained there."""

import time

import pytest
from test_run_all import run_all

from mnist_lab import data

NAME = "04_error_analysis"
SCROLL = """() => { const content = window.jupyterapp.shell.currentWidget.content;
    content.scrollToItem(content.model.sharedModel.cells.findIndex((cell) => cell.id === 'board')); }"""


def draw(page, canvas, strokes):
    """Draw with the mouse; points are in percent of the board."""
    field = canvas.bounding_box()
    place = [[(field["x"] + x * field["width"] / 100, field["y"] + y * field["height"] / 100) for x, y in one]
             for one in strokes]  # fmt: skip
    for stroke in place:
        page.mouse.move(*stroke[0])
        page.mouse.down()
        for point in stroke[1:]:
            page.mouse.move(*point, steps=5)
        page.mouse.up()


@pytest.mark.slow
def test_drawn_digits_are_read_and_kept(lab, open_page):
    address, folder = lab
    page, seen = open_page(address.format(name=NAME), viewport={"width": 1200, "height": 1000})
    run_all(page, minutes=40)
    page.evaluate(SCROLL)
    board = page.locator(".widget-vbox", has=page.locator("canvas")).first
    canvas = board.locator("canvas").first
    canvas.wait_for(timeout=30_000)
    canvas.scroll_into_view_if_needed()
    read, seconds = {}, []
    for digit, strokes in data.DRAWN.items():
        board.get_by_text("Clear").click()
        board.get_by_text("Draw a digit into the black field.").wait_for(timeout=10_000)
        draw(page, canvas, strokes)
        began = time.monotonic()
        answer = board.get_by_text("The network reads a")
        answer.wait_for(timeout=20_000)
        seconds.append(time.monotonic() - began)
        page.wait_for_timeout(1500)  # the answer to the last stroke
        read[digit] = answer.inner_text()
        board.get_by_role("combobox").select_option(str(digit))
        board.get_by_text("Keep", exact=True).click()
        board.get_by_text(f"{digit}_001.png").wait_for(timeout=10_000)
    assert sum(f"reads a {digit} " in text for digit, text in read.items()) >= 8, read
    assert sorted(seconds)[5] <= 1, seconds
    assert len(list((folder / "results" / "my_digits").glob("*.png"))) == 10
    assert seen.elsewhere == []
